"""The rules of ``xmlrpc-guard render`` on real servers, with PHP in them and behind them: a sample of the page."""

from collections.abc import Iterator

import pytest

from tests.lab.corpus import ordinary
from tests.lab.edge import EDGES
from tests.lab.edge_paths import BEHIND, FAMILIES, RUNNING, Asked, Cell, Hosts, pass_on, run_php, select
from tests.lab.hosts import hosts
from tests.lab.matrix import lacking
from tests.lab.setups import MULTIVIEWS, Setup
from tests.lab.truth import SHIPPED, load

pytestmark = pytest.mark.lab
TRUTH = load(SHIPPED)
ORDINARY = [row.sent for row in ordinary()][::25]
NETWORK = "Apache, network, both"
_NAMES = (*(NETWORK, MULTIVIEWS, "nginx, network by directory", "nginx, sloppy", "php -S, router", "Caddy", "uWSGI"),)
SOME = [setup for setup in BEHIND if setup.name in _NAMES]
LACKING = lacking(RUNNING)


def ask(setups: list[Setup], *, passed_on: bool, every: int, nested: int) -> Asked:
    chosen = {
        setup.name: select(TRUTH, setup, passed_on=passed_on, every=every, nested=nested, seed=seed)
        for seed, setup in enumerate(setups)
    }
    return Asked(chosen, ORDINARY)


def hold(cells: list[Cell]) -> None:
    assert [(cell.edge, cell.setup, cell.rendered) for cell in cells if cell.rendered] == []
    assert [(cell.edge, cell.setup, cell.kept_out) for cell in cells if cell.kept_out] == []
    assert [(cell.edge, cell.setup, cell.blocked) for cell in cells if cell.blocked] == []
    assert [(cell.edge, cell.setup) for cell in cells if cell.guarded] == []
    assert [cell.setup for cell in cells if not cell.without] == []


@pytest.fixture(scope="module")
def behind() -> Iterator[Hosts]:
    with hosts(SOME) as running:
        yield running


@pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")
@pytest.mark.parametrize("family", FAMILIES)
def test_where_the_server_runs_php_no_stranger_runs_the_script_and_each_listed_client_does(family: str) -> None:
    setups = [setup for setup in RUNNING if setup.family == family]
    cells = run_php(family, setups, ask(setups, passed_on=False, every=100, nested=20))
    hold(cells)
    assert any(cell.copied for cell in cells)


@pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")
@pytest.mark.parametrize("edge", EDGES)
def test_where_the_server_passes_on_no_stranger_runs_the_script_and_each_listed_client_does(
    edge: str, behind: Hosts
) -> None:
    cells = pass_on(edge, behind, ask(SOME, passed_on=True, every=100, nested=20))
    hold(cells)
    assert any(cell.copied for cell in cells)


@pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")
@pytest.mark.parametrize("edge", ["nginx", "HAProxy"])
def test_a_rule_for_a_server_that_runs_php_does_not_hold_where_the_request_is_passed_on(
    edge: str, behind: Hosts
) -> None:
    asked = ask(SOME, passed_on=True, every=20, nested=200)
    (cell,) = pass_on(edge, {NETWORK: behind[NETWORK]}, asked, runs_php=True)
    assert cell.rendered
