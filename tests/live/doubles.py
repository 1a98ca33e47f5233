"""A clock and a source that a test controls, and short ways to make and change what is followed."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from xmlrpc_guard import Networks, Policy
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.sources import LivePolicy, Reading, Source

BEGINNING = datetime(2026, 11, 27, tzinfo=UTC)
OLD, NEW, STRANGER = "192.0.2.7", "192.0.2.8", "203.0.113.9"
BAD = SourceError("memory", 3, "'10/8' is a partial address; write 10.0.0.0/8")


class Time:
    """Two clocks: seconds that only grow, and the time of day, which can be set."""

    def __init__(self) -> None:
        self.seconds, self.date = 1000.0, BEGINNING
        self.read_clock: Callable[[], float] = lambda: self.seconds
        self.read_date: Callable[[], datetime] = lambda: self.date

    def passes(self, seconds: float) -> None:
        self.seconds += seconds
        self.date += timedelta(seconds=seconds)

    def clock(self) -> float:
        return self.read_clock()

    def now(self) -> datetime:
        return self.read_date()


@dataclass
class Memory:
    """A source that holds the entries written to it, and can be made to fail, or to wait while it is read."""

    entries: list[str] = field(default_factory=list)
    name: str = "memory"
    max_age: timedelta | None = None
    fallback: Reading | None = None
    marked: Hashable = 0
    error: Exception | None = None
    written: datetime | None = None
    meanwhile: Callable[[], object] = bool
    """Called in the middle of each reading."""
    readings: int = 0
    _last: tuple[list[str], Networks] | None = None

    def write(self, *entries: str) -> None:
        self.entries, self.marked, self.error = list(entries), object(), None

    def fail(self, error: Exception) -> None:
        self.error, self.marked = error, object()

    def stamp(self) -> Hashable:
        if self.error is not None:
            raise self.error
        return self.marked

    def read(self) -> Reading:
        self.readings += 1
        marked, entries = self.stamp(), list(self.entries)
        self.meanwhile()
        if self._last is None or self._last[0] != entries:
            self._last = entries, self._networks(entries)
        return Reading(self._last[1], len(entries), self.written, marked)

    def _networks(self, entries: list[str]) -> Networks:
        try:
            return Networks(entries)
        except ConfigurationError as error:
            raise SourceError(self.name, 0, f"{error.value!r} {error.problem}") from None


class Gate:
    """Where one thread is stopped until another lets it pass."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.opened.wait(30)


def follow(time: Time, *allow: Source, policy: Policy | None = None, **lists: Any) -> LivePolicy:
    """Make a LivePolicy with the test's clocks."""
    return LivePolicy(policy or Policy(allow=[]), allow=allow, clock=time.clock, now=time.now, **lists)


def swap(path: Path, *entries: str) -> None:
    """Change a file as it should be done: write another one, and rename it."""
    path.with_suffix(".new").write_text("\n".join(entries))
    path.with_suffix(".new").replace(path)
