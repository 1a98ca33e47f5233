"""The threat model's page is its table, and each row's defence and test are there; the command takes them away."""

from pathlib import Path

import pytest

from tests.frontends import ROOT
from tests.lab.package import copy_sources
from tests.lab.threats import THREATS, Threat, run_test, table, take_away

PAGE = ROOT / "docs/evidence/threats.md"


def test_the_page_shows_the_rows() -> None:
    assert table() in PAGE.read_text()


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat.defence)
def test_the_defence_stands_once_and_its_test_exists(threat: Threat) -> None:
    path, _, name = threat.test.partition("::")
    assert (ROOT / "xmlrpc_guard" / threat.file).read_text().count(threat.present) == 1
    assert f"def {name}(" in (ROOT / path).read_text()


def test_a_defence_that_is_taken_away_fails_its_test(tmp_path: Path) -> None:
    """One of them, so that the command is known to work; it shows all."""
    threat = next(each for each in THREATS if each.test.startswith("tests/test_body.py"))
    copy = copy_sources(tmp_path)
    assert run_test(copy, threat.test).returncode == 0
    take_away(copy, threat)
    assert run_test(copy, threat.test).returncode == 1
