"""The generated parts of docs/evidence/edge.md: what the numbers beside them and the trials say."""

import pytest

from tests.lab.edge import EDGES
from tests.lab.edge_paths import BEHIND, FAMILIES, RUNNING
from tests.lab.edge_table import PAGE, PASSES, RUNS, Counts, load_measured, page
from tests.lab.kinds import KINDS
from tests.lab.nesting import KIND

pytestmark = pytest.mark.lab
MEASURED = load_measured()


def test_the_page_is_what_the_numbers_say() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text, MEASURED) == text, "write it again: python -m tests.lab.edge_table --page"


def test_every_edge_was_asked_about_every_set_up() -> None:
    running = {server: sum(setup.family == family for setup in RUNNING) for family, server in FAMILIES.items()}
    expected = [*((server, RUNS, number) for server, number in running.items())]
    expected += [(edge, PASSES, len(BEHIND)) for edge in EDGES]
    assert [(each.edge, each.place, each.setups) for each in MEASURED.counts] == expected


@pytest.mark.parametrize("counts", MEASURED.counts, ids=lambda each: f"{each.edge} {each.place}")
def test_a_rule_leaves_nothing_open_and_keeps_no_listed_client_out(counts: Counts) -> None:
    assert (counts.rendered, counts.guarded, counts.kept_out, counts.blocked) == (0, 0, 0, 0)
    assert counts.sent > counts.without > counts.copied > 0
    assert {*counts.kinds} <= {*KINDS, KIND}
