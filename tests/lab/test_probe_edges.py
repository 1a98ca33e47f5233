"""``xmlrpc-guard probe`` through each server in front: the usual block leaves classes open, the rendered rule none."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.blocks import COPIED_FOR_PROXY, NOTHING, Block, ours, rule_for
from tests.lab.edge import EDGES, in_front
from tests.lab.hosts import hosts
from tests.lab.php import lacks_apache
from tests.lab.phpservers import Host
from tests.lab.setups import SETUPS
from tests.lab.tree import WORD
from xmlrpc_guard.cli import run

pytestmark = lacks_apache
BEHIND = next(setup for setup in SETUPS if setup.name == "Apache, one site")
Found = dict[str, Any]


@pytest.fixture(scope="module")
def behind() -> Iterator[Host]:
    with hosts([BEHIND]) as started:
        yield started[BEHIND.name]


def probe(edge: str, block: Block, behind: Host, capsys: pytest.CaptureFixture[str]) -> Found:
    with in_front(edge, block, [behind.listener.port]) as (at,):
        flags = ("--marker", WORD.decode(), "--path", "/xmlrpc.php", "--rate", "1000", "--json")
        status = run(["probe", *flags, f"http://localhost:{at.port}/"])
    found: Found = json.loads(capsys.readouterr().out)
    assert (bool(found["holes"]), found["stopped"]) == (bool(status), None)
    return found


@pytest.mark.parametrize("edge", EDGES)
def test_the_rendered_rule_leaves_nothing_for_the_probe(
    edge: str, behind: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    server = EDGES[edge].server
    if not EDGES[edge].program():
        pytest.skip(f"not installed: {edge}")
    without, copied, rendered = (
        probe(edge, block, behind, capsys)
        for block in (NOTHING, COPIED_FOR_PROXY[server], ours(server, rule_for(runs_php=False)))
    )
    numbers = [found["answers"].get("reached", 0) for found in (without, copied, rendered)]
    assert numbers[0] > numbers[1] > numbers[2] == 0
    assert {hole["class"] for hole in copied["holes"]} <= {hole["class"] for hole in without["holes"]}
