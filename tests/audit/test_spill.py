"""Counts that spill to a file: what comes back is what memory alone would give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.test_tally import judgements
from xmlrpc_guard.audit import spill
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.judging import VERDICTS, Judged
from xmlrpc_guard.audit.report import build_report
from xmlrpc_guard.audit.spill import Spilling
from xmlrpc_guard.audit.tally import Count, InMemory, Tally

counts = st.builds(
    lambda requests, time, size: Count(requests, time, None if time is None else time + 5, size),
    st.integers(1, 9),
    st.none() | st.integers(0, 99),
    st.integers(0, 9),
)


@pytest.mark.parametrize("most", [1, 3, 99])
@given(added=st.lists(st.tuples(judgements, counts), max_size=12))
def test_what_is_counted_in_a_file_is_what_is_counted_in_memory(most: int, added: list[tuple[Judged, Count]]) -> None:
    with pytest.MonkeyPatch.context() as patch, Spilling() as spilling:
        patch.setattr(spill, "MOST_IN_MEMORY", most)
        memory = InMemory()
        for judged, count in added:
            for each in (spilling, memory):
                each.count(judged, Count(count.requests, count.first, count.last, count.size))
        for verdict in VERDICTS:
            assert list(spilling.rows(verdict)) == list(memory.rows(verdict))
        assert build_report(Tally(spilling), Known()) == build_report(Tally(memory), Known())


@given(agents=st.lists(st.text(st.characters(max_codepoint=255), max_size=3), unique=True))
def test_the_order_is_that_of_code_points(agents: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch, Spilling() as spilling:
        patch.setattr(spill, "MOST_IN_MEMORY", 1)
        for agent in agents:
            spilling.count(Judged("::1", "refused", agent, "NOT_LISTED", "plain", 200), Count(1))
        assert [judged.agent for judged, _ in spilling.rows("refused")] == sorted(agents)


def test_what_is_partly_in_a_file_can_be_added_to_another_tally() -> None:
    with Spilling() as counts:
        part, whole = Tally(counts), Tally()
        for verdict in ("refused", "allowed"):
            part.count(Judged("::1", verdict, "", "NOT_LISTED", "plain", 200), Count(2, 60, 120, 5))
        whole.add(part)
        whole.add(part)
        for verdict in ("refused", "allowed"):
            assert [count for _, count in whole.counts.rows(verdict)] == [Count(4, 60, 120, 10)]
