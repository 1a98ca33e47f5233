"""The examples in docstrings, by module."""

import doctest
import re
from importlib import import_module
from pathlib import Path


def modules_with_examples(package: str) -> list[str]:
    """Give the names of the modules of a package that have an example, as ``tests.lab.parts``."""
    folder = Path(import_module(package).__file__ or "").parent
    files = sorted(path for path in folder.rglob("*.py") if re.search("(?m)^ +>>> ", path.read_text("utf-8")))
    names = (".".join((package, *file.relative_to(folder).with_suffix("").parts)) for file in files)
    return [name.removesuffix(".__init__") for name in names]


def check_examples(module: str) -> None:
    """Run the examples of a module; AssertionError if one fails, or if there is none."""
    tried = doctest.testmod(import_module(module))
    assert (tried.attempted > 0, tried.failed) == (True, 0)
