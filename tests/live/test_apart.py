"""Long lists are read by a thread, and no request waits for them but the first after a quiet minute."""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Hashable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.frontends import ROOT
from tests.live.contract import allowed
from tests.live.doubles import NEW, OLD, STRANGER, Gate, Memory, Time, follow, swap
from tests.waiting import wait_until
from xmlrpc_guard.live import apart
from xmlrpc_guard.live.apart import READER, GiveWay, threads_run_between_requests
from xmlrpc_guard.sources import File


class Long(Memory):
    """A source that is read apart from requests."""

    def is_long(self) -> bool:
        return True


@pytest.fixture
def long() -> Long:
    return Long([OLD], name="long")


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == READER]


def test_the_caller_that_finds_a_long_list_changed_gets_the_active_list_and_later_ones_the_new(
    time: Time, long: Long
) -> None:
    live, gate = follow(time, long), Gate()
    long.write(NEW)
    long.meanwhile = gate
    time.passes(5)
    results = [allowed(live, OLD, NEW)]  # returns while the reading is stopped at the gate
    time.passes(5)
    results.append(allowed(live, OLD, NEW))
    gate.opened.set()
    wait_until(lambda: not readers())
    readings = long.readings
    results.append(allowed(live, OLD, NEW))
    assert (results, readings) == ([[OLD], [OLD], [NEW]], 2)
    wait_until(lambda: not readers())


def test_a_long_list_that_has_not_changed_starts_no_thread(
    time: Time, long: Long, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = follow(time, long)
    time.passes(5)
    live.current()
    wait_until(lambda: not readers())
    monkeypatch.setattr(threading.Thread, "start", None)
    time.passes(5)
    assert allowed(live, OLD) == [OLD]
    assert live.status()[0].attempted == time.now()


def test_a_short_list_is_active_at_once_while_a_long_one_is_read(time: Time, memory: Memory, long: Long) -> None:
    live, gate = follow(time, long, memory), Gate()
    long.write(STRANGER)
    long.meanwhile = gate
    memory.write(NEW)
    time.passes(5)
    results = [allowed(live, OLD, NEW, STRANGER)]
    gate.opened.set()
    wait_until(lambda: not readers())
    results.append(allowed(live, OLD, NEW, STRANGER))
    assert results == [[OLD, NEW], [NEW, STRANGER]]


def test_the_first_caller_after_a_quiet_minute_waits_for_a_long_list(
    time: Time, long: Long, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "PATIENCE", 60)
    live = follow(time, long)
    long.write(NEW)
    time.passes(66)
    assert allowed(live, OLD, NEW) == [NEW]


def test_it_does_not_wait_longer_than_a_second(time: Time, long: Long, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PATIENCE", 0.001)
    live, gate = follow(time, long), Gate()
    long.write(NEW)
    long.meanwhile = gate
    time.passes(66)
    assert allowed(live, OLD, NEW) == [OLD]
    gate.opened.set()
    wait_until(lambda: not readers())


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("start", id="there are too many threads"),
        pytest.param("__init__", id="an isolated subinterpreter has no threads that may end with it"),
    ],
)
def test_where_no_thread_can_be_started_the_caller_reads(
    step: str, time: Time, long: Long, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, step, refuse)
    live = follow(time, long)
    long.write(NEW)
    time.passes(5)
    assert allowed(live, OLD, NEW) == [NEW]


def test_trouble_in_the_thread_is_logged_and_the_next_look_comes(
    time: Time, long: Long, caplog: pytest.LogCaptureFixture
) -> None:
    live = follow(time, long)

    stamp, date = long.stamp, time.date

    def stamp_and_lose_the_date() -> Hashable:
        time.read_date = lambda: None  # type: ignore[assignment,return-value]
        return stamp()

    long.stamp = stamp_and_lose_the_date  # type: ignore[method-assign]
    long.write(NEW)
    time.passes(5)
    live.current()
    wait_until(lambda: not readers())
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == ["the lists could not be checked"]
    time.read_date, long.stamp = (lambda: date), stamp  # type: ignore[method-assign]
    time.passes(5)
    live.current()
    wait_until(lambda: not readers())
    assert allowed(live, OLD, NEW) == [NEW]


def test_trouble_in_the_thread_is_logged_once_while_it_lasts(
    time: Time, long: Long, caplog: pytest.LogCaptureFixture
) -> None:
    live, date = follow(time, long), time.read_date
    time.read_date = lambda: None if threading.current_thread().name == READER else date()  # type: ignore[assignment,return-value]
    long.write(NEW)
    for _ in range(3):
        time.passes(5)
        live.current()
        wait_until(lambda: not readers())
    assert len(caplog.records) == 1
    time.read_date = date
    time.passes(5)
    live.current()
    wait_until(lambda: allowed(live, NEW) == [NEW])


def uwsgi(patch: int, **options: object) -> SimpleNamespace:
    return SimpleNamespace(version_info=(2, 0, patch, 0, b""), opt=options)


@pytest.mark.parametrize(
    ("modules", "run"),
    [
        pytest.param({}, True, id="a server that is not uWSGI"),
        pytest.param({"uwsgi": uwsgi(26, master=b"true")}, False, id="uWSGI 2.0.26 without threads"),
        pytest.param({"uwsgi": uwsgi(26, **{"enable-threads": True})}, True, id="uWSGI 2.0.26 with enable-threads"),
        pytest.param({"uwsgi": uwsgi(26, threads=b"2")}, True, id="uWSGI 2.0.26 with threads"),
        pytest.param({"uwsgi": uwsgi(31, master=b"true")}, True, id="uWSGI 2.0.31, which always enables them"),
        pytest.param({"uwsgi": SimpleNamespace()}, True, id="another module of this name"),
    ],
)
def test_whether_threads_threads_run_between_requests(modules: Mapping[str, object], run: bool) -> None:
    assert threads_run_between_requests(modules) is run


def test_after_a_long_wait_a_tenth_of_it_is_worked_without_another(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = [100.0], list[float]()

    def sleep(_seconds: float) -> None:
        waits.append(now[0])
        now[0] += 0.003  # others run

    monkeypatch.setattr(apart, "time", SimpleNamespace(perf_counter=lambda: now[0], sleep=sleep))
    give_way = GiveWay()
    for _ in range(5):
        give_way()
        now[0] += 0.0002
    assert waits == pytest.approx([100.0, 100.0034, 100.0068])


def entries(number: int) -> list[str]:
    return [f"10.{index >> 8}.{index & 255}.0/24" for index in range(0, 2 * number, 2)]


def test_a_file_is_long_from_some_thousand_entries(time: Time, tmp_path: Path) -> None:
    path = tmp_path / "list"
    results = []
    for number in (4000, 6000):
        swap(path, *entries(number))
        results.append(File(path).is_long())
    assert results == [False, True]
    live = follow(time, File(path))
    swap(path, NEW, *entries(6000))
    time.passes(5)
    live.current()
    wait_until(lambda: allowed(live, NEW) == [NEW])
    wait_until(lambda: not readers())


FORKED_WHILE_A_THREAD_READS = """
import os
from tests.live.doubles import Gate, Time
from tests.live.test_apart import Long, readers
from xmlrpc_guard import Policy
from xmlrpc_guard.sources import LivePolicy

def join():
    for thread in readers():
        thread.join()

time, long, gate = Time(), Long(["192.0.2.7"]), Gate()
live = LivePolicy(Policy(allow=[]), allow=[long], clock=time.clock, now=time.now)
long.write("192.0.2.8")
long.meanwhile = gate
time.passes(5)
live.current()
gate.reached.wait(30)
child = os.fork()
if not child:
    long.meanwhile = bool
    time.passes(5)
    live.current()
    join()
    os._exit(0 if live.current() == Policy(allow=["192.0.2.8"]) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
gate.opened.set()
join()
print(live.current() == Policy(allow=["192.0.2.8"]))
"""

READS_WHAT_IS_REFUSED = """
import logging, sys, threading
from pathlib import Path
from xmlrpc_guard import Policy
from xmlrpc_guard.sources import File, LivePolicy

logging.disable()
path = Path(sys.argv[1])
path.write_text("192.0.2.7")
live = LivePolicy(Policy(allow=[]), allow=[File(path)], every=0)
before = {*sys.modules}
for text in sys.argv[2:]:
    path.write_text(text + chr(10) * 70_000)
    live.current()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join()
    assert live.status()[0].error, text
print(*{*sys.modules} - before)
"""

GREENLETS_WHILE_READING = """
from gevent import monkey
monkey.patch_all()
import gevent, sys
from pathlib import Path
from tests.live.doubles import Time, swap
from tests.live.test_apart import entries
from xmlrpc_guard import Policy
from xmlrpc_guard.sources import File, LivePolicy

time, path = Time(), Path(sys.argv[1])
swap(path, "192.0.2.7")
live = LivePolicy(Policy(allow=[]), allow=[File(path)], clock=time.clock, now=time.now)
swap(path, *entries(20_000))
time.passes(5)
before, turns = live.current(), 0
while live.current() is before:
    turns += 1
    gevent.sleep(0)
print(turns > 20, live.current() == Policy(allow=entries(20_000)))
"""


def run(code: str, *arguments: str) -> list[str]:
    command = (sys.executable, "-W", "ignore", "-c", code, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.stderr == ""
    return done.stdout.split()


def test_a_process_that_is_forked_while_a_thread_reads_starts_its_own() -> None:
    assert run(FORKED_WHILE_A_THREAD_READS) == ["0", "True"]


REFUSED = [
    *("no address", "10.0.0.1/24", "10.0.0", "jetpak", "unix", "*", "10.0.0.1 10.0.0.2", "10.0.0.1; 10.0.0.2"),
    *("fe80::1%eth0", "10.0.0.1:80", "http://host.example/", "010.0.0.1", "10.0.0.9-10.0.0.1", "caf\xe9", "0.0.0.0"),
    *("<html>", "{", '["10.0.0.1/24"]', '{"hooks": ["10.0.0.0/8"]}', "x" * 5000),
]


def test_reading_imports_nothing_for_which_a_forked_process_would_wait(tmp_path: Path) -> None:
    """A module that one thread imports while another forks stays locked in the child, which waits for it for ever."""
    assert run(READS_WHAT_IS_REFUSED, str(tmp_path / "list"), *REFUSED) == []


@pytest.mark.skipif(importlib.util.find_spec("gevent") is None, reason="gevent is missing")
def test_other_greenlets_run_while_a_long_list_is_read(tmp_path: Path) -> None:
    assert run(GREENLETS_WHILE_READING, str(tmp_path / "list")) == ["True", "True"]
