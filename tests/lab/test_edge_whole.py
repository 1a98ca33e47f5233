"""The whole corpus through each edge: what the page's numbers say, and a sample of it asked again."""

from collections.abc import Iterator

import pytest

from tests.lab import edge_whole
from tests.lab.blocks import NOTHING
from tests.lab.edge import EDGES
from tests.lab.edge_table import PAGE
from tests.lab.edge_whole import Whole, ask, load_measured, page
from tests.lab.hosts import hosts
from tests.lab.matrix import Hosts, lacking
from tests.lab.setups import MULTIVIEWS, SETUPS
from tests.lab.truth import SHIPPED, load

pytestmark = pytest.mark.lab
MEASURED = load_measured()
ROWS = load(SHIPPED).rows
SOME = [setup for setup in SETUPS if setup.name in ("Apache, network, both", MULTIVIEWS, "nginx, sloppy")]
LACKING = lacking(SOME)


def test_the_page_is_what_the_numbers_say() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "write it again: python -m tests.lab.edge_whole --page"


def test_every_edge_was_asked_about_the_whole_corpus() -> None:
    assert [(each.edge, each.sent) for each in MEASURED] == [(edge, len(ROWS)) for edge in EDGES]


@pytest.mark.parametrize("whole", MEASURED, ids=lambda each: each.edge)
def test_nothing_that_a_stranger_gets_through_runs_the_script(whole: Whole) -> None:
    assert (whole.reached, whole.kept_out, whole.blocked) == (0, 0, 0)
    assert whole.sent > whole.arriving > whole.passed > 1000


@pytest.fixture(scope="module")
def behind() -> Iterator[Hosts]:
    with hosts(SOME) as running:
        yield running


needs_all = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")


@needs_all
@pytest.mark.parametrize("edge", EDGES)
def test_a_sample_says_so_too(edge: str, behind: Hosts) -> None:
    if not EDGES[edge].program():
        pytest.skip(f"not installed: {edge}")
    whole = ask(edge, ROWS[::150], behind)
    assert (whole.reached, whole.kept_out, whole.blocked) == (0, 0, 0)
    assert whole.arriving > whole.passed > 0


@needs_all
def test_without_a_rule_the_script_runs(behind: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_whole, "ours", lambda *_: NOTHING)
    whole = ask("nginx", ROWS[::150], behind)
    assert whole.reached > 10
    assert whole.passed == whole.arriving
