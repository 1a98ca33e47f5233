"""The threads that answer requests: which of them does, and how they end."""

from threading import Event, get_ident
from typing import Any

import pytest

from tests.waiting import wait_until
from xmlrpc_guard.serving.threads import Threads


class Task:
    """A connection with a request, which takes until it is let go."""

    def __init__(self, error: type[BaseException] | None = None) -> None:
        self.begun, self.go, self.done = Event(), Event(), Event()
        self.error = error
        self.thread = 0
        self.cancelled = False

    def service(self) -> None:
        self.thread = get_ident()
        self.begun.set()
        self.go.wait()
        self.done.set()
        if self.error:
            raise self.error

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def threads() -> Any:
    threads = Threads()
    threads.set_thread_count(3)
    yield threads
    threads.shutdown()


def answer(threads: Threads, task: Task) -> int:
    """Have a task answered; give its thread when that is idle again."""
    idle = len(threads.idle)
    threads.add_task(task)
    task.go.set()
    assert task.done.wait(60)
    wait_until(lambda: len(threads.idle) == idle)
    return task.thread


def test_the_thread_that_was_busy_last_is_given_the_next_request(threads: Threads) -> None:
    wait_until(lambda: len(threads.idle) == 3)
    assert len({answer(threads, Task()) for _ in range(20)}) == 1


def test_requests_at_once_have_a_thread_each_and_one_more_waits_for_the_first_that_is_free(threads: Threads) -> None:
    tasks = [Task() for _ in range(4)]
    for task in tasks:
        threads.add_task(task)
    for task in tasks[:3]:
        assert task.begun.wait(60)
    assert not tasks[3].begun.is_set()
    tasks[1].go.set()
    assert tasks[3].begun.wait(60)
    assert tasks[3].thread == tasks[1].thread
    for task in tasks:
        task.go.set()
    assert len({task.thread for task in tasks}) == 3


@pytest.mark.parametrize("error", [ValueError, SystemExit], ids=["an error", "one that would end a thread"])
def test_a_thread_outlives_a_request_that_fails(error: type[BaseException], threads: Threads) -> None:
    wait_until(lambda: len(threads.idle) == 3)
    assert answer(threads, Task(error)) == answer(threads, Task())


def test_the_end_waits_for_what_runs_and_cancels_what_does_not() -> None:
    threads = Threads()
    threads.set_thread_count(1)
    running, waiting = Task(), Task()
    threads.add_task(running)
    assert running.begun.wait(60)
    threads.add_task(waiting)
    threads.set_thread_count(0)
    running.go.set()
    assert threads.shutdown()
    assert running.done.is_set()
    assert (waiting.begun.is_set(), waiting.cancelled) == (False, True)
    assert not threads.threads


def test_idle_threads_end_at_once() -> None:
    threads = Threads()
    threads.set_thread_count(3)
    wait_until(lambda: len(threads.idle) == 3)
    threads.set_thread_count(1)
    wait_until(lambda: len(threads.threads) == 1)
    threads.shutdown()
    assert not threads.threads
