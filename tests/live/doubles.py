"""What stands in for time and for files where a test must say what happens when."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from xmlrpc_guard import Networks
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.sources import Reading

BEGINNING = datetime(2026, 11, 27, tzinfo=UTC)


class Time:
    """Two clocks: seconds that only ever grow, and the time of day, which anybody may set."""

    def __init__(self) -> None:
        self.seconds, self.date = 1000.0, BEGINNING
        self.counted: Callable[[], float] = lambda: self.seconds
        self.told: Callable[[], datetime] = lambda: self.date

    def passes(self, seconds: float) -> None:
        self.seconds += seconds
        self.date += timedelta(seconds=seconds)

    def clock(self) -> float:
        return self.counted()

    def now(self) -> datetime:
        return self.told()


@dataclass
class Memory:
    """A source that says what it is told to, and can be made to wait while it is read."""

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

    def says(self, *entries: str) -> None:
        self.entries, self.marked, self.error = list(entries), object(), None

    def fails(self, error: Exception) -> None:
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
