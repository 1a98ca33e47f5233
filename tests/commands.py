"""A module run as ``python -m`` runs it, within this process."""

import runpy
import sys

import pytest


def as_command(module: str, *arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        patch.delitem(sys.modules, module, raising=False)
        runpy.run_module(module, run_name="__main__")
