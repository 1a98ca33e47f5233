"""``xmlrpc-guard probe`` of the table's set-ups, with and without the usual remedies: it finds the recorded classes.

A script that says that it ran lies in place of xmlrpc.php, so that it is found by a marker.
"""

import json
from collections.abc import Iterator, Mapping

import pytest

from tests.lab.hosts import hosts
from tests.lab.matrix import lacking
from tests.lab.phpservers import Host
from tests.lab.setups import REMEDIES, SAMPLED, Setup, with_and_without_remedies
from tests.lab.tree import WORD
from tests.lab.truth import SHIPPED, load
from xmlrpc_guard.cli import run
from xmlrpc_guard.cli.status import UNUSABLE

LACKING = lacking(SAMPLED)
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")
OTHER = "other methods"
SETUPS = with_and_without_remedies(SAMPLED)


@pytest.fixture(scope="module")
def set_ups() -> Iterator[Mapping[str, Host]]:
    with hosts(SETUPS) as started:
        yield started


def recorded(setup: Setup) -> set[str]:
    """Give the classes of spellings by which the table has a set-up run the script."""
    table = load(SHIPPED)
    name, _, remedy = setup.name.partition(" + ")
    masks = table.remedies[remedy] if remedy else table.direct
    return {row.kind for row, mask in zip(table.rows, masks, strict=True) if mask & table.bit(name)}


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_the_probe_finds_the_classes_of_the_table(
    setup: Setup, set_ups: Mapping[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    at = set_ups[setup.name].listener
    flags = ("--marker", WORD.decode(), "--path", "/xmlrpc.php", "--rate", "1000", "--json")
    status = run(["probe", *flags, f"http://127.0.0.1:{at.port}/"])
    result = json.loads(capsys.readouterr().out)
    reached = [hole for hole in result["holes"] if hole["answer"] == "reached"]
    # A POST is every class's other method here, so that it counts as a hole of that class.
    assert {hole["class"] for hole in reached} - {OTHER} == recorded(setup) - {OTHER}
    assert any("POST" in hole["methods"] for hole in reached) or OTHER not in recorded(setup)
    assert (bool(status), result["stopped"]) == (bool(result["holes"]), None)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_a_path_with_a_typing_error_proves_nothing(
    setup: Setup, set_ups: Mapping[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    at = set_ups[setup.name].listener
    flags = ("--marker", WORD.decode(), "--path", "/xmlrcp.php", "--rate", "1000", "--json")
    assert run(["probe", *flags, f"http://127.0.0.1:{at.port}/"]) == UNUSABLE
    result = json.loads(capsys.readouterr().out)
    assert (result["holes"], result["stopped"]) == ([], None)
    assert "as a page that does not exist does: a wrong path would look the same" in result["proves_nothing"]


def test_there_is_a_set_up_for_each_remedy() -> None:
    assert {setup.name.partition(" + ")[2] for setup in SETUPS} == {"", *REMEDIES}
