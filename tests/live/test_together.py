"""Which of several changed lists become active together."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.live.contract import allowed
from tests.live.doubles import BAD, OLD, Memory, Time, follow
from xmlrpc_guard import Networks, Policy
from xmlrpc_guard.live.together import choose_fitting
from xmlrpc_guard.sources import LivePolicy

Quarters = frozenset[int]


def trusted(live: LivePolicy) -> list[str]:
    return list(live.current().trusted_proxies)


def test_a_file_cannot_make_everyone_trusted(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = follow(time, trusted_proxies=[memory])
    memory.write("0.0.0.0/0")
    time.passes(5)
    assert trusted(live) == [f"{OLD}/32"]
    assert caplog.messages[0].startswith("trusted_proxies: memory: trusts everyone; write only your proxies' addresses")


def test_two_files_cannot_make_everyone_trusted_and_a_refused_one_is_taken_once_it_fits(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    other, clients = Memory(["128.0.0.0/1"], name="other"), Memory(["2001:db8::1"])
    live = follow(time, clients, trusted_proxies=[memory, other])
    memory.write("0.0.0.0/1")
    clients.write("2001:db8::2")
    results = []
    for _ in range(2):
        time.passes(5)
        results.append((trusted(live), allowed(live, "2001:db8::1", "2001:db8::2")))
    other.write("10.0.0.1")
    time.passes(5)
    results.append((trusted(live), allowed(live, "2001:db8::1", "2001:db8::2")))
    both = [*Networks([OLD, "128.0.0.0/1"])]
    assert results == [(proxies, ["2001:db8::2"]) for proxies in (both, both, ["0.0.0.0/1"])]
    assert [message.split(";")[0] for message in caplog.messages] == [
        "trusted_proxies: memory: trusts everyone",
        "trusted_proxies: memory is usable again, with 1 entry",
        "trusted_proxies holds 0.0.0.0/1, 2,147,483,648 addresses: each may name any client",
    ]


HALF = "128.0.0.0/1"
TOGETHER: list[Any] = [
    pytest.param(
        (["10.0.0.1"], ["0.0.0.0/1"], ["::2"]),
        ["10.0.0.1", "64.0.0.0/2", "::2"],
        ["other"],
        id="the second does not fit beside the first, and the third does",
    ),
    pytest.param(
        (["0.0.0.0/2"], ["10.0.0.1"], ["::2"]), ["0.0.0.0/2", "::2"], [], id="the second makes room for the first"
    ),
    pytest.param(
        (["0.0.0.0/2"], ["64.0.0.0/2", "::2"], ["::3"]),
        [OLD, "64.0.0.0/2", "::2", "::3"],
        ["one"],
        id="the first does not fit beside the policy's own",
    ),
    pytest.param(
        (["0.0.0.0/2"], ["10.0.0.1"], ["0.0.0.0/1"]),
        ["0.0.0.0/2", "::1"],
        ["third"],
        id="the last does not fit, and the first fits once the second has made room",
    ),
]


@pytest.mark.parametrize(("says", "proxies", "blamed"), TOGETHER)
def test_only_a_file_that_does_not_fit_is_refused(
    says: tuple[list[str], ...], proxies: list[str], blamed: list[str], time: Time
) -> None:
    sources = [Memory([OLD], "one"), Memory(["64.0.0.0/2"], "other"), Memory(["::1"], "third")]
    live = follow(time, policy=Policy(allow=[], trusted_proxies=[HALF]), trusted_proxies=sources)
    for source, entries in zip(sources, says, strict=True):
        source.write(*entries)
    time.passes(5)
    assert trusted(live) == [*Networks([HALF, *proxies])]
    assert [status.source for status in live.status() if status.error] == blamed


def test_a_refused_list_is_not_tried_again_until_a_list_changes(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    other = Memory(["128.0.0.0/1"], name="other")
    live = follow(time, trusted_proxies=[memory, other])
    memory.write("0.0.0.0/1")
    time.passes(5)
    policy = live.current()
    for _ in range(5):
        time.passes(5)
        assert live.current() is policy
    assert (memory.readings, other.readings) == (3, 2)  # and once more each, to trust their stamps
    assert [status.error for status in live.status()] == [
        "memory: trusts everyone; write only your proxies' addresses",
        None,
    ]
    memory.fail(BAD)
    time.passes(5)
    assert live.status()[0].error == str(BAD)
    memory.write(OLD)
    time.passes(5)
    assert (live.status()[0].error, trusted(live)) == (None, [*Networks([OLD, "128.0.0.0/1"])])
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR", "WARNING"]


QUARTERS = st.frozensets(st.integers(0, 3), max_size=4)
CHANGES = st.lists(st.tuples(QUARTERS, QUARTERS), max_size=5)  # what each list covers now, and would cover


@given(CHANGES)
@example([(frozenset({0, 1}), frozenset({2, 3}))] * 2)  # neither fits alone, and both fit
def test_what_is_chosen_fits_and_is_what_a_trial_of_each_chooses(changes: list[tuple[Quarters, Quarters]]) -> None:
    def find_problem(accepted: AbstractSet[int]) -> str:
        covered = {quarter for index, pair in enumerate(changes) for quarter in pair[index in accepted]}
        return f"everyone, with {sorted(accepted)}" if len(covered) == 4 else ""

    assume(not find_problem(set()))
    problems = choose_fitting(range(len(changes)), find_problem)
    accepted = {index for index, problem in problems.items() if not problem}
    assert accepted == choose_slowly(len(changes), find_problem)
    assert problems == {index: find_problem({*accepted, index}) for index in range(len(changes))}


def choose_slowly(count: int, find_problem: Callable[[AbstractSet[int]], str]) -> set[int]:
    """Accept all if they fit; if not, try each in turn, and all of them as often as there are candidates."""
    if not find_problem({*range(count)}):
        return {*range(count)}
    accepted = set[int]()
    for candidate in [*range(count)] * count:
        if not find_problem({*accepted, candidate}):
            accepted.add(candidate)
    return accepted
