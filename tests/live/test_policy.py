"""A policy that follows its lists: which entries are active when, and that no caller waits."""

import logging
import sys
import threading
from collections.abc import Callable, Hashable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.live.contract import allowed
from tests.live.doubles import BAD, BEGINNING, NEW, OLD, STRANGER, Gate, Memory, Time, follow, swap
from xmlrpc_guard import ConfigurationError, Networks, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.sources import File, LivePolicy, Reading

# What is active


def test_the_entries_are_added_to_the_policys_own(time: Time) -> None:
    own = Policy(
        allow=["10.0.0.0/8"], deny=["10.0.0.5"], trusted_proxies=["10.1.0.1", "unix"], scripts=["wp-login.php"]
    )
    live = follow(
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


def test_a_live_policy_without_a_list_is_its_policy(time: Time) -> None:
    assert follow(time, policy=Policy(allow=[OLD])).current() == Policy(allow=[OLD])


def test_what_advice_on_a_refused_entry_needs_is_imported_before_there_are_threads(
    time: Time, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that is forked while another thread imports it would wait for that thread, which it has not.
    monkeypatch.delitem(sys.modules, "netaddr")
    follow(time, memory)
    assert "netaddr" in sys.modules


def test_a_guard_takes_a_live_policy(time: Time, memory: Memory) -> None:
    guard = XMLRPCGuard(lambda _environ, _start: [], follow(time, memory))
    environ = {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": NEW}
    before = guard.decide(environ)
    memory.write(NEW)
    time.passes(5)
    assert (before.reason, guard.decide(environ).reason) == (Reason.NOT_LISTED, Reason.LISTED)


def test_a_guard_looks_at_the_lists_only_when_a_request_may_reach_a_script(time: Time, memory: Memory) -> None:
    guard, readings = XMLRPCGuard(lambda _environ, _start: [], follow(time, memory)), []
    memory.write(NEW)
    time.passes(5)
    for path in ("/2015/12/how-to/", "/xmlrpc.php"):
        guard(
            {"SCRIPT_NAME": "", "PATH_INFO": path, "REMOTE_ADDR": NEW}, lambda _status, _headers, _exc_info=None: bytes
        )
        readings.append(memory.readings)
    assert readings == [1, 2]


def test_a_list_is_looked_at_when_it_is_time_and_read_when_it_has_changed(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    readings = []
    for change, seconds in ((False, 5), (False, 4.9), (True, 0), (False, 0.1), (False, 5), (False, 5)):
        if change:
            memory.write(NEW)
        time.passes(seconds)
        live.current()
        readings.append((allowed(live, OLD, NEW), memory.readings))
    assert readings == [
        ([OLD], 2),  # once more: two changes can leave the same stamp
        ([OLD], 2),  # not looked at
        ([OLD], 2),  # changed, and not looked at yet
        ([NEW], 3),
        ([NEW], 4),  # once more
        ([NEW], 4),
    ]


def test_a_second_change_that_leaves_the_same_stamp_is_found(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    memory.write(STRANGER)
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [STRANGER]
    memory.entries = [NEW]  # in the same tick of the file system's clock
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [NEW]


@pytest.mark.parametrize("changed", [False, True], ids=["since the guard was made", "since a change"])
def test_a_stamp_is_trusted_two_seconds_after_it_was_first_read(changed: bool, time: Time, memory: Memory) -> None:
    live = follow(time, memory, every=0)
    if changed:
        memory.write(STRANGER)
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


def test_a_source_that_had_no_stamp_is_read_again_even_if_its_stamp_is_the_old_one(time: Time, memory: Memory) -> None:
    live, results = follow(time, memory), []
    for error in (None, BAD, None):
        memory.error = error  # the stamp stays
        time.passes(5)
        results.append(live.status()[0].error)
    assert results == [None, str(BAD), None]


def test_a_look_that_takes_long_does_not_put_the_next_one_off(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    memory.meanwhile = lambda: time.passes(4)
    time.passes(5)
    live.current()
    memory.write(NEW)
    time.passes(1)
    assert allowed(live, OLD, NEW) == [NEW]


def test_a_change_between_stat_and_read_and_another_in_the_same_tick_are_found(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    memory.write(STRANGER)
    time.passes(5)
    live.current()
    stamp = memory.stamp

    def stamp_and_change() -> Hashable:
        before, memory.stamp = stamp(), stamp  # type: ignore[method-assign]
        memory.write(NEW)
        return before

    memory.stamp = stamp_and_change  # type: ignore[method-assign]

    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [NEW]
    memory.entries = [OLD]  # in the same tick of the file system's clock
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [OLD]


@pytest.mark.parametrize("number", range(20), ids="rewrite {}".format)
def test_a_file_rewritten_in_place_at_once_is_found(number: int, time: Time, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text(f"10.0.0.1{number:02}\n")
    live = follow(time, File(path))
    path.write_text(f"10.1.0.1{number:02}\n")
    time.passes(5)
    assert live.current() == Policy(allow=[f"10.1.0.1{number:02}"])


def test_a_source_whose_stamp_never_changes_is_read_once_more_after_an_error(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
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
def test_active_is_always_what_was_usable_at_the_last_look(steps: list[list[str] | Exception | str | float]) -> None:
    """The rule written slowly: a look each 5 s, or later without requests, takes what it finds if that is usable."""
    time, memory = Time(), Memory([OLD])
    live, found, expected, due = follow(time, memory), [OLD], [OLD], time.seconds + 5
    for step in steps:
        if isinstance(step, list):
            memory.write(*step)
            found = step
        elif isinstance(step, str):
            memory.write(step)
            found = expected
        elif isinstance(step, Exception):
            memory.fail(step)
            found = expected
        else:
            time.passes(step)
        if time.seconds >= due:
            due, expected = time.seconds + 5, found
        assert sorted(allowed(live, OLD, NEW, STRANGER)) == sorted(expected)


def test_an_unchanged_list_leaves_the_very_policy(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    before = live.current()
    memory.write(OLD)
    time.passes(5)
    assert live.current() is before


def test_a_list_may_shrink_to_nothing_and_hold_private_ranges(time: Time, memory: Memory) -> None:
    live, results = follow(time, memory), []
    for entries in (["10.0.0.0/8", OLD], [], ["127.0.0.1"]):
        memory.write(*entries)
        time.passes(5)
        results.append(allowed(live, OLD, "10.0.0.1", "127.0.0.1"))
    assert results == [[OLD, "10.0.0.1"], [], ["127.0.0.1"]]


def test_a_wall_clock_that_jumps_back_stops_nothing(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    memory.write(NEW)
    time.passes(5)
    time.date -= timedelta(days=3650)
    assert allowed(live, OLD, NEW) == [NEW]
    assert live.status()[0].attempted == BEGINNING + timedelta(seconds=5) - timedelta(days=3650)


def test_a_bad_list_is_not_judged_again_before_it_changes(time: Time, memory: Memory) -> None:
    live = follow(time, memory)
    memory.write("10/8")
    for _ in range(5):
        time.passes(5)
        live.current()
    assert memory.readings == 3  # when it was made, when it changed, and once more to trust its stamp


def test_a_bad_list_does_not_hold_up_the_others(time: Time, memory: Memory) -> None:
    other = Memory([STRANGER])
    live = follow(time, memory, other)
    memory.fail(BAD)
    other.write(NEW)
    time.passes(5)
    assert allowed(live, OLD, NEW, STRANGER) == [OLD, NEW]


# At the start


def test_a_list_that_is_bad_at_the_start_is_refused(time: Time, memory: Memory) -> None:
    memory.fail(BAD)
    with pytest.raises(ConfigurationError) as raised:
        follow(time, memory)
    assert str(raised.value) == ("allow: 'memory' is wrong in line 3: '10/8' is a partial address; write 10.0.0.0/8")


def test_any_error_of_a_source_at_the_start_is_a_configuration_error(time: Time, memory: Memory) -> None:
    memory.fail(OSError(5, "Input/output error"))
    with pytest.raises(
        ConfigurationError, match=r"'memory' cannot be read \(OSError: \[Errno 5\] Input/output error\)"
    ):
        follow(time, memory)


def test_trust_in_everyone_is_refused_at_the_start(time: Time) -> None:
    with pytest.raises(ConfigurationError, match="trusted_proxies: 'memory' trusts everyone"):
        follow(time, trusted_proxies=[Memory(["::/0"])])
    with pytest.raises(ConfigurationError, match="trusts everyone; write only your proxies' addresses"):
        follow(time, trusted_proxies=[Memory(["0.0.0.0/1"]), Memory(["128.0.0.0/1"])])


def test_a_fallback_stands_in_until_the_list_can_be_read(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.fallback = Reading(Networks([STRANGER]), 1, None, None)
    memory.fail(BAD)
    live = follow(time, memory)
    before = live.status()[0]
    memory.write(OLD, NEW)
    time.passes(5)
    after = live.status()[0]
    assert (before.entries, before.error, after.entries, after.error) == (1, str(BAD), 2, None)
    assert allowed(live, OLD, STRANGER) == [OLD]
    assert caplog.messages == [
        f"allow: {BAD}; the fallback stays active, with 1 entry",
        "allow: memory is usable again, with 2 entries",
    ]


def test_a_live_policy_shows_what_it_is_made_of(time: Time, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(OLD)
    policy = Policy(allow=["::1"])
    assert repr(follow(time, File(tmp_path / "list"), policy=policy)) == (
        f"LivePolicy({policy}, allow=[File('{tmp_path}/list')], deny=[], trusted_proxies=[], every=5.0)"
    )


# What a source or a clock of one's own may do


class Mute(Exception):  # noqa: N818 - a hostile one
    def __str__(self) -> str:
        raise ZeroDivisionError


def gives(value: object) -> Callable[[Memory, Time], None]:
    def change(memory: Memory, _time: Time) -> None:
        memory.write(NEW)
        memory.read = lambda: value  # type: ignore[method-assign,assignment,return-value]

    return change


def raises(*_: object) -> Any:
    raise Mute


def clock_raises(_memory: Memory, time: Time) -> None:
    time.read_clock = raises


def now_raises(_memory: Memory, time: Time) -> None:
    time.read_date = raises


def now_is_right(_memory: Memory, time: Time) -> None:
    time.read_date = lambda: BEGINNING


def now_is_naive(_memory: Memory, time: Time) -> None:
    time.read_date = lambda: BEGINNING.replace(tzinfo=None)


def clock_is_text(_memory: Memory, time: Time) -> None:
    time.read_clock = lambda: "5"  # type: ignore[assignment,return-value]


def name_is_gone(memory: Memory, _time: Time) -> None:
    memory.fail(OSError())
    memory.name = None  # type: ignore[assignment]


NO_READING = "allow: memory: returned no Reading; return one, its date with a time zone; the list of"
TROUBLE = "the lists could not be checked ({}"
OWN: list[Any] = [
    pytest.param(gives(None), NO_READING, id="None in place of a reading"),
    pytest.param(gives(Reading([NEW], 1, None, 0)), NO_READING, id="a reading of texts that are not networks"),  # type: ignore[arg-type]
    pytest.param(gives(Reading(Networks(), None, None, 0)), NO_READING, id="a reading without a number"),  # type: ignore[arg-type]
    pytest.param(
        gives(Reading(Networks(), 0, BEGINNING.replace(tzinfo=None), 0)), NO_READING, id="a date without a zone"
    ),
    pytest.param(
        lambda memory, _: memory.fail(Mute()), "allow: memory: cannot be read (Mute); the list of", id="a mute error"
    ),
    pytest.param(name_is_gone, TROUBLE.format("TypeError: "), id="a source without a name"),
    pytest.param(clock_raises, TROUBLE.format("Mute); the active entries stay active"), id="a clock that raises"),
    pytest.param(clock_is_text, TROUBLE.format("TypeError: '>=' not"), id="a clock that gives text"),
    pytest.param(now_raises, TROUBLE.format("Mute); the active entries stay active"), id="a time of day that raises"),
    pytest.param(now_is_naive, TROUBLE.format("ConfigurationError: now: "), id="a time without a zone"),
]


@pytest.mark.parametrize(("change", "message"), OWN)
def test_requests_are_answered_and_the_error_of_a_source_or_clock_is_logged_once(
    change: Callable[[Memory, Time], None], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    time, memory = Time(), Memory([OLD], max_age=timedelta(days=1), written=BEGINNING)
    live = follow(time, memory, every=0.0)
    change(memory, time)
    for _ in range(3):
        assert allowed(live, OLD, NEW) == [OLD]
    assert [record.getMessage()[: len(message)] for record in caplog.records] == [message]
    assert caplog.records[0].levelno == logging.ERROR


# No caller waits


def test_while_one_thread_reads_the_others_decide_by_the_active_list(time: Time, memory: Memory) -> None:
    live, gate = follow(time, memory), Gate()
    memory.write(NEW)
    memory.meanwhile = gate
    time.passes(5)
    reader = threading.Thread(target=live.current)
    reader.start()
    assert gate.reached.wait(30)
    results = []
    for _ in range(100):  # another reading is due at each, and none is begun
        time.passes(5)
        results.append(allowed(live, OLD, NEW))
    gate.opened.set()
    reader.join()
    assert (results, memory.readings) == ([[OLD]] * 100, 2)
    assert allowed(live, OLD, NEW) == [NEW]


def test_a_reading_that_is_broken_off_is_begun_again(time: Time, memory: Memory) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    live = follow(time, memory)
    memory.write(NEW)
    memory.meanwhile = interrupted
    time.passes(5)
    with pytest.raises(KeyboardInterrupt):
        live.current()
    memory.meanwhile = bool
    time.passes(5)
    assert allowed(live, OLD, NEW) == [NEW]


CHANGES = 10 * settings().max_examples  # a thousand in the profile ci


def test_every_decision_among_many_changes_is_by_the_list_before_or_after_one(tmp_path: Path) -> None:
    path = tmp_path / "list"
    swap(path, "10.0.0.0/8", OLD)
    live = LivePolicy(Policy(allow=[]), allow=[File(path)], every=0.001)
    over, results, decided = threading.Event(), set[tuple[str, ...]](), [0] * 8

    def decide(index: int) -> None:
        while not over.wait(0.0005):  # or eight threads that never rest leave the reader little of the processor
            decided[index] += 1
            results.add(tuple(allowed(live, "10.0.0.1", OLD, NEW, STRANGER)))

    threads = [threading.Thread(target=decide, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for number in range(CHANGES):
        latest = (OLD, NEW)[number % 2]
        swap(path, "10.0.0.0/8", latest)
        while allowed(live, OLD, NEW) != [latest]:
            over.wait(0.0005)
    over.set()
    for thread in threads:
        thread.join()
    assert results == {("10.0.0.1", OLD), ("10.0.0.1", NEW)}
    assert min(decided) > 0
