"""What a server does between requests, and at the signals that other servers open their logs again for."""

import os
import signal
from collections.abc import Callable
from threading import Event

import pytest

from xmlrpc_guard.serving.upkeep import Upkeep


class Jobs:
    """Two jobs that note their turns."""

    def __init__(self) -> None:
        self.turns = list[str]()
        self.asked_for, self.regular_again = Event(), Event()

    def regular(self) -> None:
        self.turns.append("regular")
        self.regular_again.set()

    def asked(self) -> None:
        self.turns.append("asked")
        self.regular_again.clear()
        self.asked_for.set()


def test_the_regular_job_has_its_turns() -> None:
    jobs = Jobs()
    with Upkeep(jobs.regular, jobs.asked, seconds=0.001).running():
        assert jobs.regular_again.wait(30)
    assert set(jobs.turns) == {"regular"}


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1"])
def test_a_signal_ends_nothing_and_asks_for_a_turn_at_once(name: str) -> None:
    jobs, number = Jobs(), signal.Signals[name]
    before = signal.getsignal(number)
    with Upkeep(jobs.regular, jobs.asked, seconds=3600).running():
        os.kill(os.getpid(), number)
        assert jobs.asked_for.wait(30)
        assert jobs.regular_again.wait(30)
    assert jobs.turns == ["asked", "regular"]
    assert signal.getsignal(number) is before


def fail() -> None:
    raise RuntimeError("a list\nthat cannot be read")


@pytest.mark.parametrize("job", ["regular", "asked"])
def test_a_job_that_fails_is_logged_and_has_its_next_turn(job: str, caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs()
    chosen: dict[str, Callable[[], object]] = {"regular": jobs.regular, "asked": jobs.asked, job: fail}
    with Upkeep(**chosen, seconds=3600).running():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)
        assert (jobs.asked_for if job == "regular" else jobs.regular_again).wait(30)
    assert r"upkeep failed: RuntimeError: a list\nthat cannot be read" in caplog.messages


def test_without_these_signals_there_are_only_regular_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.delattr(signal, "SIGUSR1")
    jobs = Jobs()
    with Upkeep(jobs.regular, jobs.asked, seconds=0.001).running():
        assert jobs.regular_again.wait(30)
