"""Counts that spill to a file: what comes back is what memory alone would give."""

from typing import Any

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


@given(parts=st.lists(st.lists(st.tuples(judgements, counts), max_size=5), min_size=1, max_size=3))
def test_what_others_left_in_their_files_is_added(
    parts: list[list[tuple[Judged, Count]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, memory = tmp_path_factory.mktemp("parts"), InMemory()
    with Spilling() as whole:
        for number, added in enumerate(parts):
            path = str(folder / str(number))
            with Spilling(path) as part:
                for judged, count in added:
                    part.count(judged, Count(count.requests, count.first, count.last, count.size))
                    memory.count(judged, Count(count.requests, count.first, count.last, count.size))
                part.save()
            whole.take(path)
        for verdict in VERDICTS:
            assert list(whole.rows(verdict)) == list(memory.rows(verdict))


@pytest.mark.parametrize("most", [1, 99])
def test_sums_of_bytes_have_no_end(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "MOST_IN_MEMORY", most)
    judged = Judged("::1", "refused", "", "NOT_LISTED", "plain", 200)
    with Spilling() as counts:
        for size in (10**20, 1, 10**20):
            counts.count_all([(*judged, 1, 60, 60, size)])
        assert [(count.requests, float(count.size)) for _, count in counts.rows("refused")] == [(3, 2e20)]


STATUSES: list[Any] = [
    pytest.param(200, 0, id="200, which WordPress gives to a failed login too, is an answer"),
    pytest.param(302, 0, id="302 is an answer"),
    pytest.param(400, 1, id="400 is a refusal"),
    pytest.param(403, 1, id="403 is a refusal"),
    pytest.param(404, 1, id="404 is a refusal"),
    pytest.param(405, 0, id="405 is WordPress' own answer to GET"),
    pytest.param(444, 1, id="444 is how nginx logs that it hung up"),
    pytest.param(498, 1, id="498 is a refusal"),
    pytest.param(499, 0, id="499 is a client that hung up"),
    pytest.param(500, 0, id="500 is an answer"),
    pytest.param(0, 0, id="a line without a status says nothing"),
]


@pytest.mark.parametrize("most", [1, 99], ids=["in a file", "in memory"])
@pytest.mark.parametrize(("status", "refused"), STATUSES)
def test_which_statuses_say_that_a_request_was_refused_already(
    status: int, refused: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill, "MOST_IN_MEMORY", most)
    with Spilling() as counts:
        tally = Tally(counts)
        tally.count(Judged("::1", "refused", "", "NOT_LISTED", "plain", status), Count(1))
        report = build_report(tally, Known())
    assert report["requests"]["refused"] == {
        "all": 1,
        "answered": 1 - refused,
        "refused_already": refused,
        "clients": 1,
    }
    assert report["clients"]["refused"][0]["refused_already"] == refused
