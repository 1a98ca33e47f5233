"""A lock that no thread waits for, and that a forked process finds free."""

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.frontends import ROOT
from tests.live.contract import allowed
from tests.live.doubles import NEW, OLD, Memory, Time, follow
from xmlrpc_guard.forking import renew_all
from xmlrpc_guard.live.lock import ForkSafeLock


def test_a_lock_is_held_by_one_and_free_afterwards() -> None:
    lock = ForkSafeLock()
    with lock.try_hold() as first, lock.try_hold() as second:
        pass
    with pytest.raises(KeyboardInterrupt), lock.try_hold() as third:
        raise KeyboardInterrupt
    with lock.try_hold() as fourth:
        pass
    assert (first, second, third, fourth) == (True, False, True, True)


def test_a_renewed_lock_is_free_and_not_released_by_its_last_holder() -> None:
    lock = ForkSafeLock()
    with ExitStack() as of_the_parent, ExitStack() as of_the_child:
        of_the_parent.enter_context(lock.try_hold())
        renew_all()
        assert of_the_child.enter_context(lock.try_hold())
        of_the_parent.close()
        with lock.try_hold() as held:
            assert not held


def test_a_lock_is_free_in_a_process_whose_fork_python_was_not_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = ForkSafeLock()
    with lock.try_hold() as of_the_parent:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with lock.try_hold() as of_the_child:
            assert of_the_parent
            assert of_the_child


def test_a_look_that_was_under_way_does_not_keep_a_forked_process_from_looking(time: Time, memory: Memory) -> None:
    """What a child does with the state of a thread that it does not have; the next test forks."""
    live, results = follow(time, memory), []

    def forked() -> None:
        memory.meanwhile = bool
        renew_all()
        time.passes(5)
        results.append(allowed(live, OLD, NEW))

    memory.write(NEW)
    memory.meanwhile = forked
    time.passes(5)
    assert (allowed(live, OLD, NEW), results) == ([NEW], [[NEW]])


FORKED_WHILE_READING = """
import os, threading
from tests.live.doubles import Gate, Memory, Time
from xmlrpc_guard import Policy
from xmlrpc_guard.sources import LivePolicy

time, memory, gate = Time(), Memory(["192.0.2.7"]), Gate()
live = LivePolicy(Policy(allow=[]), allow=[memory], clock=time.clock, now=time.now)
memory.write("192.0.2.8")
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
