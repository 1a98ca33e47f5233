"""Counts: they add up in any order, and to the same report."""

import pickle
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.audit import tally as module
from xmlrpc_guard.audit.clients import sum_up
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.judging import Judged
from xmlrpc_guard.audit.notes import find_note, read_notes
from xmlrpc_guard.audit.report import build_report
from xmlrpc_guard.audit.tally import Count, Tally, TimeSpans
from xmlrpc_guard.errors import SourceError

judgements = st.builds(
    Judged,
    st.sampled_from(["192.0.64.7", "203.0.113.9", ""]),
    st.sampled_from(["allowed", "refused", "unknown"]),
    st.sampled_from(["a", "b", "c", "d", ""]),
    st.sampled_from(["LISTED", "NOT_LISTED"]),
    st.sampled_from(["plain", "cut"]),
    st.sampled_from([0, 200, 403]),
)
times = st.none() | st.integers(0, 10**9)
requests = st.tuples(judgements, times, st.integers(0, 9))


def counted(part: list[tuple[Judged, int | None, int]]) -> Tally:
    tally = Tally()
    for judged, time, size in part:
        tally.lines["read"] += 1
        tally.period.add(Count(1, time, time, size))
        tally.count(judged, Count(1, time, time, size))
    return tally


def added(one: Tally, other: Tally) -> Tally:
    one.add(other)
    return one


@pytest.mark.parametrize("most", [10_000, 3])
@given(parts=st.lists(st.lists(requests, max_size=6), min_size=1, max_size=4))
def test_parts_add_up_to_what_one_run_counts(most: int, parts: list[list[tuple[Judged, int | None, int]]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_SPANS", most)
        whole = build_report(counted([request for part in parts for request in part]), Known())
        sums = reduce(added, (pickle.loads(pickle.dumps(counted(part))) for part in reversed(parts)))
        assert build_report(sums, Known()) == whole


def test_spans_become_longer_before_they_become_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SPANS", 2)
    spans = TimeSpans()
    for hour in (0, 1, 2, 3):
        spans.count(hour * 3600, "refused", 1)
    assert (spans.width, list(spans)) == (7200, [(0, (0, 2, 0)), (7200, (0, 2, 0))])


def test_a_clients_agents_are_those_of_most_requests() -> None:
    rows = [
        (Judged("::1", "refused", agent, "NOT_LISTED", "plain", 200), Count(n)) for n, agent in enumerate("abcde", 1)
    ]
    (client,) = sum_up(rows)
    assert client.agents == [("e", 5), ("d", 4), ("c", 3)]


def test_the_report_shows_whose_requests_were_answered_first_and_then_whose_were_most() -> None:
    tally = Tally()
    for client, status, number in (("::1", 403, 9), ("::2", 200, 2), ("::3", 200, 2), ("::4", 200, 3)):
        tally.count(Judged(client, "refused", "", "NOT_LISTED", "plain", status), Count(number))
    for top, shown in ((2, ["::4", "::2"]), (0, ["::4", "::2", "::3", "::1"])):
        report = build_report(tally, Known(), top)
        assert [each["client"] for each in report["clients"]["refused"]] == shown
        assert report["requests"]["refused"] == {"all": 16, "answered": 7, "refused_already": 9, "clients": 4}


def test_evidence_is_a_published_list_or_a_note_and_a_proxys_list_lets_no_one_in() -> None:
    known = Known(read_notes("# all\n203.0.113.0/24 # the office\n\n10.0.0.5\n", "notes"))
    found = {client: known.look_up(client) for client in ("192.0.64.7", "203.0.113.9", "10.0.0.5", "8.8.8.8", "")}
    assert {client: (each.lists, each.note, each.entry) for client, each in found.items()} == {
        "192.0.64.7": (("jetpack",), "", "jetpack"),
        "203.0.113.9": ((), "the office", "203.0.113.0/24"),
        "10.0.0.5": (("private",), "", "10.0.0.5"),
        "8.8.8.8": ((), "", ""),
        "": ((), "", ""),
    }


def test_lists_are_counted_for_clients_that_would_be_refused() -> None:
    tally = Tally()
    clients = {"192.0.64.6": 1, "192.0.64.7": 3, "192.0.64.8": 2, "192.0.64.9": 2, "8.8.8.8": 9}
    for client, requests in clients.items():
        tally.count(Judged(client, "refused", "", "NOT_LISTED", "plain", 200), Count(requests))
    first = [{"client": name, "requests": clients[name]} for name in ("192.0.64.7", "192.0.64.8", "192.0.64.9")]
    assert build_report(tally, Known())["refused_clients_in_lists"] == {
        "jetpack": {"clients": 4, "requests": 8, "first": first}
    }


def test_a_note_on_no_address_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"^notes:2: '10/8' is a partial address; write 10\.0\.0\.0/8$"):
        read_notes("::1\n10/8 # office\n", "notes")
    assert find_note([], "::1") is None
