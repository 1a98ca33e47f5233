"""Counts that lose no event: between threads, between readings, and in a forked process."""

import subprocess
import sys
from threading import Thread

from tests.frontends import ROOT
from xmlrpc_guard.counting import EventCounts


def test_each_kind_is_counted_by_itself() -> None:
    events = EventCounts(["a", "b", "c"])
    for kind in "abb":
        events.add(kind)
    assert events.read() == {"a": 1, "b": 2, "c": 0}


def test_reading_changes_nothing() -> None:
    events = EventCounts(["a", "b"])
    events.add("a")
    assert [events.read()["a"] for _ in range(3)] == [1, 1, 1]
    events.add("a")
    assert events.read() == {"a": 2, "b": 0}


def test_threads_that_count_while_another_reads_lose_nothing() -> None:
    events, readings = EventCounts(["a", "b"]), list[int]()

    def count() -> None:
        for _ in range(20_000):
            next(events.cells["a"])

    threads = [Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        readings.append(events.read()["a"])
    for thread in threads:
        thread.join()
    assert events.read() == {"a": 160_000, "b": 0}
    assert readings == sorted(readings)


def test_a_mirror_hears_of_each_event_and_of_no_reading() -> None:
    events, heard = EventCounts(["a", "b"]), list[str]()
    cells = events.cells
    events.add("a")
    events.mirror(heard.append)
    for _ in range(2):
        next(cells["b"])
        events.read()
    assert (heard, events.read()) == (["b", "b"], {"a": 1, "b": 2})


FORKED = """
import os
from xmlrpc_guard.counting import EventCounts

heard = []
events = EventCounts(["a"])
events.mirror(heard.append)
cells = events.cells
events.add("a")
child = os.fork()
next(cells["a"])
next(cells["a"])
if not child:
    os._exit(0 if (events.read(), len(heard)) == ({"a": 2}, 3) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), events.read())
"""


def test_a_forked_process_starts_at_zero_with_the_mirror_of_its_parent() -> None:
    command = (sys.executable, "-W", "ignore", "-c", FORKED)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("0 {'a': 3}\n", "")
