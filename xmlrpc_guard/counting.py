"""Counts of events in this process, added to by any thread without a lock."""

from collections.abc import Callable, Hashable, Iterable
from itertools import count
from threading import Lock
from typing import Generic, Protocol, TypeVar

from xmlrpc_guard.forking import renew_in_children

K = TypeVar("K", bound=Hashable)


class Cell(Protocol):
    """A number that ``next()`` makes one more."""

    def __next__(self) -> int: ...


class EventCounts(Generic[K]):
    """How often each kind of event has happened in this process; a forked process starts at zero.

    ``next(events.cells[kind])`` counts one, and ``add`` does the same in words.

    >>> events = EventCounts(["read", "written"])
    >>> events.add("read")
    >>> events.read()
    {'read': 1, 'written': 0}
    """

    # A refused request may not pay for a lock, and `number += 1` is a read and a write between which another thread may
    # come. itertools.count gives its next number in one step that no thread interrupts, so no event is lost. It can
    # only be read by that step too: each reading takes a number that no event took, and is subtracted from the next.
    def __init__(self, kinds: Iterable[K]) -> None:
        self._kinds = tuple(kinds)
        self._also: Callable[[K], object] | None = None
        self.cells: dict[K, Cell] = {}
        """The next number of each kind, filled anew but never replaced: who counts may keep this."""
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """Start at zero."""
        self._lock = Lock()
        self._readings = 0
        self._own = {kind: count() for kind in self._kinds}
        self._connect()

    def add(self, kind: K) -> None:
        """Count one event."""
        next(self.cells[kind])

    def read(self) -> dict[K, int]:
        """Return how many events of each kind there were."""
        with self._lock:
            numbers = {kind: next(cell) - self._readings for kind, cell in self._own.items()}
            self._readings += 1
        return numbers

    def mirror(self, also: Callable[[K], object]) -> None:
        """Call ``also`` with the kind of each further event, in the thread that counts it; it must not raise."""
        self._also = also
        self._connect()

    def _connect(self) -> None:
        also = self._also
        self.cells.update(self._own if also is None else {k: _Mirrored(c, also, k) for k, c in self._own.items()})


class _Mirrored(Generic[K]):
    """A cell that reports each event to another place as well."""

    def __init__(self, cell: Cell, also: Callable[[K], object], kind: K) -> None:
        self._cell, self._also, self._kind = cell, also, kind

    def __next__(self) -> int:
        self._also(self._kind)
        return next(self._cell)
