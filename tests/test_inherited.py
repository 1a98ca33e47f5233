"""The variables that a program which a test starts finds."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inherited import inherited

COPIED = re.compile(r"\*\*\s*os\.environ|os\.environ\.(?:copy|items|values)\(|dict\(os\.environ\)")


class Vanishing(dict[str, str]):
    """Variables of which one is removed between its name and its text, as pytest's is by the main thread."""

    def __iter__(self) -> Iterator[str]:
        return iter([*super().__iter__(), "PYTEST_CURRENT_TEST"])


def test_a_variable_that_is_removed_meanwhile_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", Vanishing(HOME="/home", PATH="/bin"))
    assert inherited(PATH="/usr/bin", LANG="C") == {"HOME": "/home", "PATH": "/usr/bin", "LANG": "C"}


def test_no_other_module_of_the_tests_copies_all_variables() -> None:
    modules = [path for path in Path(__file__).parent.rglob("*.py") if path != Path(__file__)]
    assert not [path.name for path in modules if COPIED.search(path.read_text("utf-8"))]
