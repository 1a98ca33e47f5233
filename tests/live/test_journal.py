"""What is logged about followed lists: each thing once, when it begins."""

import gc
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live.contract import allowed
from tests.live.doubles import BAD, BEGINNING, NEW, OLD, STRANGER, Memory, Time, follow, swap
from xmlrpc_guard import Policy
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.sources import File

PROBLEMS: list[Any] = [
    pytest.param(BAD, f"{BAD}", id="an entry that cannot be used"),
    pytest.param(SourceError("memory", 0, "is empty; write"), "memory: is empty; write", id="an empty file"),
    pytest.param(OSError(5, "Input/output error"), "cannot be read (OSError: ", id="a disk that fails"),
    pytest.param(MemoryError(), "memory: cannot be read (MemoryError: )", id="no memory for a list"),
    pytest.param(
        ZeroDivisionError("x\ny"),
        r"cannot be read (ZeroDivisionError: x\ny)",
        id="an error of a source of one's own, with a line end in it",
    ),
]


@pytest.mark.parametrize(("error", "shown"), PROBLEMS)
def test_a_problem_is_logged_once_and_the_last_usable_entries_stay_active(
    error: Exception, shown: str, time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = follow(time, memory)
    memory.fail(error)
    for _ in range(5):
        time.passes(5)
        assert allowed(live, OLD, STRANGER) == [OLD]
    (record,) = caplog.records
    assert (record.levelno, shown in record.getMessage()) == (logging.ERROR, True)
    assert record.getMessage().startswith("allow: memory:")
    assert record.getMessage().endswith("; an earlier list stays active, with 1 entry")


def test_the_end_of_a_problem_is_logged_once(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = follow(time, memory)
    memory.fail(BAD)
    time.passes(5)
    live.current()
    caplog.clear()
    memory.write(NEW, OLD)
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        for _ in range(3):
            time.passes(5)
            assert allowed(live, NEW) == [NEW]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "allow: memory is usable again, with 2 entries")
    ]


def test_a_second_problem_is_logged(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = follow(time, memory)
    for line in (3, 3, 7):
        memory.fail(SourceError("memory", line, "is odd"))
        time.passes(5)
        live.current()
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "allow: memory:3: is odd",
        "allow: memory:7: is odd",
    ]


def test_new_entries_are_logged_at_info(time: Time, memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    live = follow(time, memory)
    memory.write(OLD, NEW)
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        time.passes(5)
        live.current()
    assert caplog.messages == ["allow: memory now has 2 entries (1 before)"]


def test_other_comments_are_not_logged(time: Time, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    swap(tmp_path / "list", OLD)
    live = follow(time, File(tmp_path / "list"))
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        for line in ("# the office", NEW):
            swap(tmp_path / "list", OLD, line)
            time.passes(5)
            live.current()
    assert caplog.messages == [f"allow: {tmp_path / 'list'} now has 2 entries (1 before)"]


def test_a_list_without_entries_is_logged_at_warning(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = follow(time, memory)
    memory.write()
    time.passes(5)
    live.current()
    assert caplog.messages == ["allow: memory now has 0 entries (1 before)"]


def test_a_list_that_is_not_refreshed_is_logged_once_and_stays_active(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.written, memory.max_age = BEGINNING, timedelta(days=7)
    live, results = follow(time, memory), []
    for day in range(1, 20):
        time.passes(86400)
        memory.written = max(memory.written, BEGINNING + timedelta(days=10 * (day // 10)))  # refreshed on the tenth
        memory.write(OLD)
        results.append(live.status()[0].stale)
    assert allowed(live, OLD) == [OLD]
    assert results == [False] * 7 + [True] * 2 + [False] * 8 + [True] * 2
    stale = "allow: memory is older than its max_age; the list of {} 00:00 UTC stays active, with 1 entry"
    assert caplog.messages == [stale.format("2026-11-27"), stale.format("2026-12-07")]


def test_trouble_is_logged_again_after_a_look_without_it(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    live = follow(time, every=0)
    for date in (None, BEGINNING) * 2:
        time.read_date = lambda date=date: date  # type: ignore[misc]
        live.current()
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "the lists could not be checked (ConfigurationError"
    ] * 2


def test_a_list_that_others_may_write_is_logged_once_and_is_active(
    time: Time, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "list"
    path.write_text(OLD)
    live = follow(time, File(path))
    for mode in (0o666, 0o666, 0o644, 0o664):
        path.chmod(mode)
        time.passes(5)
        assert allowed(live, OLD) == [OLD]
    warning = f"{path}: can be written by others (mode {{}}); run: chmod go-w {path}"
    assert caplog.messages == [f"allow: {warning.format(mode)}" for mode in (666, 664)]
    (status,) = live.status()
    assert (status.warning, status.error) == (warning.format(664), None)


def test_a_name_cannot_forge_a_record(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory([OLD], name="a\nb\udcff", max_age=timedelta(days=1), written=BEGINNING)
    live = follow(time, memory)
    with caplog.at_level(logging.INFO, logger="xmlrpc_guard"):
        for error, entries in ((None, [NEW]), (BAD, [NEW]), (None, [OLD, NEW])):
            memory.entries, memory.error, memory.marked = entries, error, object()
            time.passes(40000)
            live.current()
    starts = [message.removeprefix(r"allow: a\nb\udcff ") for message in caplog.messages]
    assert [start[:12] for start in starts] == ["now has 1 en", "allow: memor", "is usable ag", "is older tha"]
    assert all(message.isprintable() for message in caplog.messages)


def test_a_doubt_is_logged_when_an_entry_of_a_list_brings_it(
    time: Time, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    live = follow(time, memory, policy=Policy(allow=["10.0.0.1"], trusted_proxies=["10.0.0.0/30"]))
    for entries in ([NEW], ["10.0.0.2"], ["10.0.0.2", OLD], [OLD], ["10.0.0.2"]):
        memory.write(*entries)
        time.passes(5)
        live.current()
    doubt = "10.0.0.1/32, 10.0.0.2/32 are in both trusted_proxies and allow: "
    doubt += "requests that such a proxy makes itself are allowed"
    known = doubt.replace(", 10.0.0.2/32 are", " is")
    assert caplog.messages == [doubt, known, doubt]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


@pytest.mark.parametrize("changes", [0, 3], ids=["a list as it was at the start", "a list that has changed"])
def test_a_look_that_finds_no_change_costs_no_more_for_a_long_list(changes: int) -> None:
    """Doubts walk whole lists, so they are worked out for a new policy only: 0.18 s for a million entries."""
    few, many = (calls_of_a_look(length, changes) for length in (10, 1000))
    assert few == many


def calls_of_a_look(length: int, changes: int) -> int:
    """Count the calls of Python and C functions in a look that finds nothing new."""
    time, memory = Time(), Memory([f"10.0.{number >> 7}.{number % 128 * 2}" for number in range(length)])
    live = follow(time, memory, policy=Policy(allow=[], trusted_proxies=[STRANGER]))
    for _ in range(changes):
        memory.write(*memory.entries[1:])
        time.passes(5)
        live.current()
    time.passes(5)
    live.current()  # the look after which the stamp is trusted
    time.passes(5)
    calls = list[str]()
    gc.disable()  # what other tests left behind may have finalizers, whose calls are none of the look's
    sys.setprofile(lambda _frame, event, _argument: calls.append(event))
    try:
        live.current()
    finally:
        sys.setprofile(None)
        gc.enable()
    return len(calls)
