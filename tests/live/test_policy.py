"""A policy that follows its lists: what is in force when, what is said about it, and that nobody waits."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frontends import ROOT
from tests.live.contract import allowed
from tests.live.doubles import BEGINNING, Gate, Memory, Time
from xmlrpc_guard import ConfigurationError, Networks, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.live.policy import _unlock_all
from xmlrpc_guard.sources import File, ListStatus, LivePolicy, Reading, Source

OLD, NEW, STRANGER = "192.0.2.7", "192.0.2.8", "203.0.113.9"
BAD = SourceError("memory", 3, "'10/8' is a partial address; write 10.0.0.0/8")


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def memory() -> Memory:
    return Memory([OLD])


def alive(time: Time, *allow: Source, policy: Policy | None = None, **lists: Any) -> LivePolicy:
    return LivePolicy(policy or Policy(allow=[]), allow=allow, clock=time.clock, now=time.now, **lists)


# What is in force


def test_the_entries_are_added_to_the_policys_own(time: Time) -> None:
    own = Policy(
        allow=["10.0.0.0/8"], deny=["10.0.0.5"], trusted_proxies=["10.1.0.1", "unix"], scripts=["wp-login.php"]
    )
    live = alive(
        time,
        Memory([OLD]),
        Memory([NEW]),
        policy=own,
        deny=[Memory(["10.0.0.6"])],
        trusted_proxies=[Memory(["10.1.0.2"])],
    )
    assert live.current() == Policy(
        allow=["10.0.0.0/8", OLD, NEW],
        deny=["10.0.0.5", "10.0.0.6"],
        trusted_proxies=["10.1.0.1", "10.1.0.2", "unix"],
        scripts=["wp-login.php"],
    )


def test_without_a_list_it_is_the_policy(time: Time) -> None:
    assert alive(time, policy=Policy(allow=[OLD])).current() == Policy(allow=[OLD])


def test_a_guard_takes_it_for_a_policy(time: Time, memory: Memory) -> None:
    guard = XMLRPCGuard(lambda _environ, _start: [], alive(time, memory))
    environ = {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": NEW}
    before = guard.decide(environ)
    memory.says(NEW)
    time.passes(5)
    assert (before.reason, guard.decide(environ).reason) == (Reason.NOT_LISTED, Reason.LISTED)


def test_a_list_is_looked_at_when_it_is_time_and_read_when_it_has_changed(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    readings = []
    for change, seconds in ((False, 5), (False, 4.9), (True, 0), (False, 0.1), (False, 5), (False, 5)):
        if change:
            memory.says(NEW)
        time.passes(seconds)
        live.current()
        readings.append((allowed(live, OLD, NEW), memory.readings))
    assert readings == [
        ([OLD], 2),  # once more: two changes can leave the same stamp behind
        ([OLD], 2),  # not looked at
        ([OLD], 2),  # changed, and not looked at yet
        ([NEW], 3),
        ([NEW], 4),  # once more
        ([NEW], 4),
    ]


def test_a_second_change_that_leaves_the_same_stamp_is_found(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    memory.says(STRANGER)
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [STRANGER]
    memory.entries = [NEW]  # in the same tick of the file system's clock
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [NEW]


@pytest.mark.parametrize("changed", [False, True], ids=["since the guard was made", "since a change"])
def test_a_stamp_is_trusted_two_seconds_after_it_was_first_seen(changed: bool, time: Time, memory: Memory) -> None:
    live = alive(time, memory, every=0)
    if changed:
        memory.says(STRANGER)
        live.current()
    time.passes(1.9)
    live.current()
    memory.entries = [NEW]  # in the same tick of FAT's clock, which is as long
    time.passes(0.2)
    assert allowed(live, OLD, NEW, STRANGER) == [NEW]
    readings = memory.readings
    time.passes(5)
    live.current()
    assert memory.readings == readings


def test_a_source_that_could_not_be_asked_is_read_again_whatever_its_stamp(time: Time, memory: Memory) -> None:
    live, seen = alive(time, memory), []
    for error in (None, BAD, None):
        memory.error = error  # the stamp stays
        time.passes(5)
        seen.append(live.status()[0].error)
    assert seen == [None, str(BAD), None]


def test_a_look_that_takes_long_does_not_put_the_next_one_off(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    memory.meanwhile = lambda: time.passes(4)
    time.passes(5)
    live.current()
    memory.says(NEW)
    time.passes(1)
    assert allowed(live, OLD, NEW) == [NEW]


def test_a_change_between_stat_and_read_and_another_in_the_same_tick_are_found(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    memory.says(STRANGER)
    time.passes(5)
    live.current()
    stamp = memory.stamp

    def stamp_and_change() -> Hashable:
        before, memory.stamp = stamp(), stamp  # type: ignore[method-assign]
        memory.says(NEW)
        return before

    memory.stamp = stamp_and_change  # type: ignore[method-assign]

    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [NEW]
    memory.entries = [OLD]  # in the same tick of the file system's clock
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [OLD]


@pytest.mark.parametrize("number", range(20))
def test_a_file_rewritten_in_place_at_once_is_found(number: int, time: Time, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text(f"10.0.0.1{number:02}\n")
    live = alive(time, File(path))
    path.write_text(f"10.1.0.1{number:02}\n")
    time.passes(5)
    assert live.current() == Policy(allow=[f"10.1.0.1{number:02}"])


def test_a_source_whose_stamp_says_nothing_is_read_once_more_after_an_error(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    for error in (BAD, None):
        memory.error, memory.marked = error, None
        memory.entries = [NEW]
        time.passes(5)
        live.current()
    assert allowed(live, OLD, NEW) == [NEW]


STEPS = st.one_of(
    st.lists(st.sampled_from([OLD, NEW, STRANGER]), unique=True),
    st.sampled_from([BAD, OSError(5, "Input/output error"), "10/8"]),
    st.floats(0, 12),
)


@given(st.lists(STEPS))
def test_in_force_is_always_what_was_good_at_the_last_look(steps: list[list[str] | Exception | str | float]) -> None:
    """The rule written slowly: a look each 5 s, or later if nobody asks, takes what it finds if that is good."""
    time, memory = Time(), Memory([OLD])
    live, found, expected, due = alive(time, memory), [OLD], [OLD], time.seconds + 5
    for step in steps:
        if isinstance(step, list):
            memory.says(*step)
            found = step
        elif isinstance(step, str):
            memory.says(step)
            found = expected
        elif isinstance(step, Exception):
            memory.fails(step)
            found = expected
        else:
            time.passes(step)
        if time.seconds >= due:
            due, expected = time.seconds + 5, found
        assert sorted(allowed(live, OLD, NEW, STRANGER)) == sorted(expected)


def test_an_unchanged_list_leaves_the_very_policy(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    before = live.current()
    memory.says(OLD)
    time.passes(5)
    assert live.current() is before


def test_a_list_may_shrink_to_nobody_and_hold_private_ranges(time: Time, memory: Memory) -> None:
    live, seen = alive(time, memory), []
    for entries in (["10.0.0.0/8", OLD], [], ["127.0.0.1"]):
        memory.says(*entries)
        time.passes(5)
        seen.append(allowed(live, OLD, "10.0.0.1", "127.0.0.1"))
    assert seen == [[OLD, "10.0.0.1"], [], ["127.0.0.1"]]


def test_a_wall_clock_that_jumps_back_stops_nothing(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    memory.says(NEW)
    time.passes(5)
    time.date -= timedelta(days=3650)
    assert allowed(live, OLD, NEW) == [NEW]
    assert live.status()[0].attempted == BEGINNING + timedelta(seconds=5) - timedelta(days=3650)


# What is wrong with a list


PROBLEMS: list[Any] = [
    pytest.param(BAD, f"{BAD}", id="an entry that cannot be used"),
    pytest.param(SourceError("memory", 0, "is empty; write"), "memory: is empty; write", id="zero bytes"),
    pytest.param(OSError(5, "Input/output error"), "cannot be read (OSError: ", id="a disk that fails"),
    pytest.param(MemoryError(), "memory: cannot be read (MemoryError: )", id="no memory for it"),
    pytest.param(ZeroDivisionError("x\ny"), r"cannot be read (ZeroDivisionError: x\ny)", id="somebody's own source"),
]


@pytest.mark.parametrize(("error", "shown"), PROBLEMS)
def test_the_last_good_list_stays_and_that_is_said_once(
    error: Exception, shown: str, time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = alive(time, memory)
    memory.fails(error)
    for _ in range(5):
        time.passes(5)
        assert allowed(live, OLD, STRANGER) == [OLD]
    (record,) = caplog.records
    assert (record.levelno, shown in record.getMessage()) == (logging.ERROR, True)
    assert record.getMessage().startswith("allow: memory:")
    assert record.getMessage().endswith("; an earlier list stays in force, with 1 entries")


def test_a_list_that_is_in_order_again_is_said_once(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = alive(time, memory)
    memory.fails(BAD)
    time.passes(5)
    live.current()
    caplog.clear()
    memory.says(NEW, OLD)
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        for _ in range(3):
            time.passes(5)
            assert allowed(live, NEW) == [NEW]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "allow: memory is in order again, with 2 entries")
    ]


def test_another_problem_is_said_too(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = alive(time, memory)
    for line in (3, 3, 7):
        memory.fails(SourceError("memory", line, "is odd"))
        time.passes(5)
        live.current()
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "allow: memory:3: is odd",
        "allow: memory:7: is odd",
    ]


def test_new_entries_are_said_at_info(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = alive(time, memory)
    memory.says(OLD, NEW)
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        time.passes(5)
        live.current()
    assert caplog.messages == ["allow: memory had 1 entries, and has 2 now"]


def test_a_list_that_means_nobody_now_is_said_at_warning(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = alive(time, memory)
    memory.says()
    time.passes(5)
    live.current()
    assert caplog.messages == ["allow: memory had 1 entries, and has 0 now"]


def test_a_bad_list_is_not_judged_again_before_it_changes(time: Time, memory: Memory) -> None:
    live = alive(time, memory)
    memory.says("10/8")
    for _ in range(5):
        time.passes(5)
        live.current()
    assert memory.readings == 3  # when it was made, when it changed, and once more to trust its stamp


def test_one_bad_list_holds_no_other_up(time: Time, memory: Memory) -> None:
    other = Memory([STRANGER])
    live = alive(time, memory, other)
    memory.fails(BAD)
    other.says(NEW)
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [OLD, NEW]


# Trust in everyone


def trusted(live: LivePolicy) -> list[str]:
    return list(live.current().trusted_proxies)


def test_a_file_cannot_make_everyone_trusted(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = alive(time, trusted_proxies=[memory])
    memory.says("0.0.0.0/0")
    time.passes(5)
    assert trusted(live) == [f"{OLD}/32"]
    assert caplog.messages[0].startswith("trusted_proxies: memory: trusts everyone; write only your proxies' addresses")


def test_nor_can_two_files_together_and_each_is_taken_as_soon_as_it_can_be(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    other, clients = Memory(["128.0.0.0/1"], name="other"), Memory(["2001:db8::1"])
    live = alive(time, clients, trusted_proxies=[memory, other])
    memory.says("0.0.0.0/1")
    clients.says("2001:db8::2")
    seen = []
    for _ in range(2):
        time.passes(5)
        seen.append((trusted(live), allowed(live, "2001:db8::1", "2001:db8::2")))
    other.says("10.0.0.1")
    time.passes(5)
    seen.append((trusted(live), allowed(live, "2001:db8::1", "2001:db8::2")))
    both = [*Networks([OLD, "128.0.0.0/1"])]
    assert seen == [(proxies, ["2001:db8::2"]) for proxies in (both, both, ["0.0.0.0/1"])]
    assert [message.split(";")[0] for message in caplog.messages] == [
        "trusted_proxies: memory: trusts everyone",
        "trusted_proxies: memory is in order again, with 1 entries",
    ]


HALF = "128.0.0.0/1"
TOGETHER: list[Any] = [
    pytest.param(
        (["10.0.0.1"], ["0.0.0.0/1"], ["::2"]), ["10.0.0.1", "64.0.0.0/2", "::2"], ["other"], id="one tips it over"
    ),
    pytest.param((["0.0.0.0/2"], ["10.0.0.1"], ["::2"]), ["0.0.0.0/2", "::2"], [], id="another makes room"),
    pytest.param(
        (["0.0.0.0/2"], ["64.0.0.0/2", "::2"], ["::3"]), [OLD, "64.0.0.0/2", "::2", "::3"], ["one"], id="the first does"
    ),
    pytest.param(
        (["0.0.0.0/2"], ["10.0.0.1"], ["0.0.0.0/1"]),
        ["0.0.0.0/2", "::1"],
        ["third"],
        id="the last does, and the first only until the second is taken",
    ),
]


@pytest.mark.parametrize(("says", "proxies", "blamed"), TOGETHER)
def test_only_the_file_that_tips_it_over_is_refused(
    says: tuple[list[str], ...], proxies: list[str], blamed: list[str], time: Time
) -> None:
    sources = [Memory([OLD], "one"), Memory(["64.0.0.0/2"], "other"), Memory(["::1"], "third")]
    live = alive(time, policy=Policy(allow=[], trusted_proxies=[HALF]), trusted_proxies=sources)
    for source, entries in zip(sources, says, strict=True):
        source.says(*entries)
    time.passes(5)
    assert trusted(live) == [*Networks([HALF, *proxies])]
    assert [status.source for status in live.status() if status.error] == blamed


def test_what_was_refused_costs_nothing_until_something_changes(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    other = Memory(["128.0.0.0/1"], name="other")
    live = alive(time, trusted_proxies=[memory, other])
    memory.says("0.0.0.0/1")
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
    memory.fails(BAD)
    time.passes(5)
    assert live.status()[0].error == str(BAD)
    memory.says(OLD)
    time.passes(5)
    assert (live.status()[0].error, trusted(live)) == (None, [*Networks([OLD, "128.0.0.0/1"])])
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR", "WARNING"]


# What somebody's own source or clock may do


class Mute(Exception):  # noqa: N818 - a hostile one
    def __str__(self) -> str:
        raise ZeroDivisionError


def gives(value: object) -> Callable[[Memory, Time], None]:
    def change(memory: Memory, _time: Time) -> None:
        memory.says(NEW)
        memory.read = lambda: value  # type: ignore[method-assign,assignment,return-value]

    return change


def raises(*_: object) -> Any:
    raise Mute


def clock_raises(_memory: Memory, time: Time) -> None:
    time.counted = raises


def now_raises(_memory: Memory, time: Time) -> None:
    time.told = raises


def now_is_right(_memory: Memory, time: Time) -> None:
    time.told = lambda: BEGINNING


def now_is_naive(_memory: Memory, time: Time) -> None:
    time.told = lambda: BEGINNING.replace(tzinfo=None)


def clock_is_text(_memory: Memory, time: Time) -> None:
    time.counted = lambda: "5"  # type: ignore[assignment,return-value]


def name_is_gone(memory: Memory, _time: Time) -> None:
    memory.fails(OSError())
    memory.name = None  # type: ignore[assignment]


NO_READING = "allow: memory: was read, but gave no Reading; return one, its date with a time zone; the list of"
LOOKS = "the lists could not be looked at ({}); what was in force stays"
OWN: list[Any] = [
    pytest.param(gives(None), NO_READING, id="a reading that is none"),
    pytest.param(gives(Reading([NEW], 1, None, 0)), NO_READING, id="entries that nobody has read"),  # type: ignore[arg-type]
    pytest.param(gives(Reading(Networks(), None, None, 0)), NO_READING, id="no number"),  # type: ignore[arg-type]
    pytest.param(
        gives(Reading(Networks(), 0, BEGINNING.replace(tzinfo=None), 0)), NO_READING, id="a date without a zone"
    ),
    pytest.param(
        lambda memory, _: memory.fails(Mute()), "allow: memory: cannot be read (Mute); the list of", id="a mute error"
    ),
    pytest.param(name_is_gone, "the lists could not be looked at (TypeError: ", id="no name"),
    pytest.param(clock_raises, LOOKS.format("Mute"), id="a clock that raises"),
    pytest.param(clock_is_text, "the lists could not be looked at (TypeError: '>=' not", id="a clock that gives text"),
    pytest.param(now_raises, LOOKS.format("Mute"), id="no time"),
    pytest.param(
        now_is_naive, "the lists could not be looked at (ConfigurationError: now: ", id="a time without a zone"
    ),
]


@pytest.mark.parametrize(("change", "message"), OWN)
def test_whatever_a_source_or_a_clock_does_requests_are_answered_and_it_is_said_once(
    change: Callable[[Memory, Time], None], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    time, memory = Time(), Memory([OLD], max_age=timedelta(days=1), written=BEGINNING)
    live = alive(time, memory, every=0.0)
    change(memory, time)
    for _ in range(3):
        assert allowed(live, OLD, NEW) == [OLD]
    assert [record.getMessage()[: len(message)] for record in caplog.records] == [message]
    assert caplog.records[0].levelno == logging.ERROR


def test_what_went_wrong_again_is_said_again(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = alive(time, memory, every=0)
    for change in (now_raises, now_is_right) * 2:
        change(memory, time)
        live.current()
    assert caplog.messages == [LOOKS.format("Mute")] * 2


def test_a_name_cannot_forge_a_record(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory([OLD], name="a\nb\udcff", max_age=timedelta(days=1), written=BEGINNING)
    live = alive(time, memory)
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        for error, entries in ((None, [NEW]), (BAD, [NEW]), (None, [OLD, NEW])):
            memory.entries, memory.error, memory.marked = entries, error, object()
            time.passes(40000)
            live.current()
    starts = [message.removeprefix(r"allow: a\nb\udcff ") for message in caplog.messages]
    assert [start[:12] for start in starts] == ["had 1 entrie", "allow: memor", "is in order ", "is older tha"]
    assert all(message.isprintable() for message in caplog.messages)


# What may not be meant


def test_a_doubt_that_a_file_brings_is_told_when_it_appears(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = alive(time, memory, policy=Policy(allow=["10.0.0.1"], trusted_proxies=["10.0.0.0/30"]))
    for entries in ([NEW], ["10.0.0.2"], ["10.0.0.2", OLD], [OLD], ["10.0.0.2"]):
        memory.says(*entries)
        time.passes(5)
        live.current()
    doubt = "10.0.0.1/32, 10.0.0.2/32 are in both trusted_proxies and allow: "
    doubt += "requests that such a proxy makes itself are allowed"
    known = doubt.replace(", 10.0.0.2/32 are", " is")
    assert caplog.messages == [doubt, known, doubt]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


# At the start


def test_a_list_that_is_bad_at_the_start_is_refused(time: Time, memory: Memory) -> None:
    memory.fails(BAD)
    with pytest.raises(ConfigurationError) as raised:
        alive(time, memory)
    assert str(raised.value) == ("allow: 'memory' is wrong in line 3: '10/8' is a partial address; write 10.0.0.0/8")


def test_whatever_a_source_raises_at_the_start_is_a_configuration_error(time: Time, memory: Memory) -> None:
    memory.fails(OSError(5, "Input/output error"))
    with pytest.raises(
        ConfigurationError, match=r"'memory' cannot be read \(OSError: \[Errno 5\] Input/output error\)"
    ):
        alive(time, memory)


def test_trust_in_everyone_is_refused_at_the_start(time: Time) -> None:
    with pytest.raises(ConfigurationError, match="trusted_proxies: 'memory' trusts everyone"):
        alive(time, trusted_proxies=[Memory(["::/0"])])
    with pytest.raises(ConfigurationError, match="trusts everyone; write only your proxies' addresses"):
        alive(time, trusted_proxies=[Memory(["0.0.0.0/1"]), Memory(["128.0.0.0/1"])])


def test_a_fallback_stands_in_until_the_list_can_be_read(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.fallback = Reading(Networks([STRANGER]), 1, None, None)
    memory.fails(BAD)
    live = alive(time, memory)
    before = live.status()[0]
    memory.says(OLD, NEW)
    time.passes(5)
    after = live.status()[0]
    assert (before.entries, before.error, after.entries, after.error) == (1, str(BAD), 2, None)
    assert allowed(live, OLD, STRANGER) == [OLD]
    assert caplog.messages == [
        f"allow: {BAD}; the fallback stays in force, with 1 entries",
        "allow: memory is in order again, with 2 entries",
    ]


UNUSABLE: list[Any] = [
    pytest.param(
        {"policy": ["10.0.0.0/8"]},
        "policy: ['10.0.0.0/8'] is not a Policy; write Policy(allow=[...])",
        id="a list in place of a policy",
    ),
    pytest.param(
        {"allow": ["192.0.2.7"]},
        "allow: '192.0.2.7' is no source; write File(path), or put entries in the policy",
        id="an entry in place of a source",
    ),
    pytest.param(
        {"deny": [File]},
        "deny: <class 'xmlrpc_guard.live.file.File'> is no source; write File(path), or put entries in the policy",
        id="the class File itself",
    ),
    pytest.param(
        {"trusted_proxies": "list"},
        "trusted_proxies: 'list' is one string where a list belongs; write ['list']",
        id="one string",
    ),
    pytest.param({"every": -1}, "every: -1 is no number of seconds; write 5.0", id="less than no time"),
    pytest.param({"every": True}, "every: True is no number of seconds; write 5.0", id="a boolean"),
    pytest.param({"every": "5"}, "every: '5' is no number of seconds; write 5.0", id="text"),
    pytest.param({"every": float("nan")}, "every: nan is no number of seconds; write 5.0", id="no number"),
    pytest.param(
        {"clock": lambda: "5"},
        "clock: '5' is what it gives, and no number of seconds; write time.monotonic",
        id="a clock that gives text",
    ),
    pytest.param(
        {"now": lambda: BEGINNING.replace(tzinfo=None)},
        "now: datetime.datetime(2026, 11, 27, 0, 0) is what it gives, and no time with a zone; write datetime.now(UTC)",
        id="a time without a zone",
    ),
    pytest.param({"every": float("inf")}, "every: inf is no number of seconds; write 5.0", id="never"),
]


@pytest.mark.parametrize(("arguments", "message"), UNUSABLE)
def test_unusable_arguments_raise_at_construction(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        LivePolicy(**{"policy": Policy(allow=[]), **arguments})
    assert str(raised.value) == message


# What it tells of itself


def test_the_status_of_each_list(time: Time, memory: Memory) -> None:
    memory.written = BEGINNING - timedelta(days=1)
    live = alive(time, memory, deny=[Memory(name="bots")])
    memory.fails(BAD)
    time.passes(5)
    attempted = BEGINNING + timedelta(seconds=5)
    assert live.status() == [
        ListStatus("allow", "memory", 1, memory.written, attempted, str(BAD), stale=False),
        ListStatus("deny", "bots", 0, None, attempted, None, stale=False),
    ]


def test_a_list_that_nobody_refreshes_is_said_once_and_stays(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.written, memory.max_age = BEGINNING, timedelta(days=7)
    live, seen = alive(time, memory), []
    for day in range(1, 20):
        time.passes(86400)
        memory.written = max(memory.written, BEGINNING + timedelta(days=10 * (day // 10)))  # refreshed on the tenth
        memory.says(OLD)
        seen.append(live.status()[0].stale)
    assert allowed(live, OLD) == [OLD]
    assert seen == [False] * 7 + [True] * 2 + [False] * 8 + [True] * 2
    stale = "allow: memory is older than its max_age; the list of {} 00:00 UTC stays in force, with 1 entries"
    assert caplog.messages == [stale.format("2026-11-27"), stale.format("2026-12-07")]


def test_a_list_of_unknown_age_is_not_old(time: Time, memory: Memory) -> None:
    memory.max_age = timedelta(days=7)
    assert alive(time, memory).status()[0].stale is False


def test_it_shows_what_it_is_made_of(time: Time, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(OLD)
    policy = Policy(allow=["::1"])
    assert repr(alive(time, File(tmp_path / "list"), policy=policy)) == (
        f"LivePolicy({policy}, allow=[File('{tmp_path}/list')], deny=[], trusted_proxies=[], every=5.0)"
    )


# Nobody waits


def test_while_one_thread_reads_the_others_decide_by_the_list_they_have(time: Time, memory: Memory) -> None:
    live, gate = alive(time, memory), Gate()
    memory.says(NEW)
    memory.meanwhile = gate
    time.passes(5)
    reader = threading.Thread(target=live.current)
    reader.start()
    assert gate.reached.wait(30)
    seen = []
    for _ in range(100):  # another reading is due at each, and none is begun
        time.passes(5)
        seen.append(allowed(live, OLD, NEW))
    gate.opened.set()
    reader.join()
    assert (seen, memory.readings) == ([[OLD]] * 100, 2)
    assert allowed(live, OLD, NEW) == [NEW]


def test_a_reading_that_is_broken_off_is_begun_again(time: Time, memory: Memory) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    live = alive(time, memory)
    memory.says(NEW)
    memory.meanwhile = interrupted
    time.passes(5)
    with pytest.raises(KeyboardInterrupt):
        live.current()
    memory.meanwhile = bool
    time.passes(5)
    assert allowed(live, OLD, NEW) == [NEW]


def test_a_thousand_changes_while_eight_threads_ask(tmp_path: Path) -> None:
    path = tmp_path / "list"
    swap(path, "10.0.0.0/8", OLD)
    live = LivePolicy(Policy(allow=[]), allow=[File(path)], every=0.001)
    over, seen, asked = threading.Event(), set[tuple[str, ...]](), [0] * 8

    def ask(index: int) -> None:
        while not over.wait(0.0005):  # or eight threads that never rest leave the reader little of the processor
            asked[index] += 1
            seen.add(tuple(allowed(live, "10.0.0.1", OLD, NEW, STRANGER)))

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for number in range(1000):
        latest = (OLD, NEW)[number % 2]
        swap(path, "10.0.0.0/8", latest)
        while allowed(live, OLD, NEW) != [latest]:
            over.wait(0.0005)
    over.set()
    for thread in threads:
        thread.join()
    assert seen == {("10.0.0.1", OLD), ("10.0.0.1", NEW)}
    assert min(asked) > 0


def swap(path: Path, *entries: str) -> None:
    path.with_suffix(".new").write_text("\n".join(entries))
    path.with_suffix(".new").replace(path)


# Processes


def test_after_a_fork_a_look_that_was_under_way_holds_nobody_up(time: Time, memory: Memory) -> None:
    """What a child does with the state of a thread that it does not have; the next test forks."""
    live, seen = alive(time, memory), []

    def forked() -> None:
        memory.meanwhile = bool
        _unlock_all()
        time.passes(5)
        seen.append(allowed(live, OLD, NEW))

    memory.says(NEW)
    memory.meanwhile = forked
    time.passes(5)
    assert (allowed(live, OLD, NEW), seen) == ([NEW], [[NEW]])


FORKED_WHILE_READING = """
import os, threading
from tests.live.doubles import Gate, Memory, Time
from xmlrpc_guard import Policy
from xmlrpc_guard.sources import LivePolicy

time, memory, gate = Time(), Memory(["192.0.2.7"]), Gate()
live = LivePolicy(Policy(allow=[]), allow=[memory], clock=time.clock, now=time.now)
memory.says("192.0.2.8")
memory.meanwhile = gate
time.passes(5)
reader = threading.Thread(target=live.current)
reader.start()
gate.reached.wait(30)
child = os.fork()
if not child:
    memory.meanwhile = bool
    time.passes(5)
    os._exit(0 if live.current() == Policy(allow=["192.0.2.8"]) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
gate.opened.set()
reader.join()
print(live.current() == Policy(allow=["192.0.2.8"]))
"""


def test_a_process_that_is_forked_while_a_thread_reads_reads_by_itself() -> None:
    command = (sys.executable, "-W", "ignore", "-c", FORKED_WHILE_READING)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (done.stdout.split(), done.stderr) == (["0", "True"], "")
