"""Logs of which a client's first record in a minute is written, and the others are summed up; for several threads."""

import atexit
from collections.abc import Callable, Iterable
from math import inf
from threading import Lock
from time import monotonic
from weakref import WeakSet

from xmlrpc_guard.forking import renew_in_children
from xmlrpc_guard.sampling import Sampler, Summary


class Sampled:
    """A log's clients of the last minute.

    ``write_summary`` writes what is left out of a client's minute when that is over: with the next record of any
    client, by ``write_ended()``, or at exit.
    """

    def __init__(self, write_summary: Callable[[Summary], object], clock: Callable[[], float] = monotonic) -> None:
        self._write_summary, self._clock = write_summary, clock
        self.renew()
        renew_in_children(self)
        _ALL.add(self)

    def renew(self) -> None:
        """Start without any client; in a forked process, the parent sums its clients up."""
        self._lock, self._sampler = Lock(), Sampler()

    def is_first(self, client: str | None) -> bool:
        """Count a record of a client, and return whether it is to be written."""
        with self._lock:
            first, ended = self._sampler.see(client, self._clock())
        self._write(ended)
        return first

    def write_ended(self, *, until: float | None = None) -> None:
        """Sum up each client whose minute is over, by now or until this time of the clock."""
        with self._lock:
            ended = self._sampler.end_windows(self._clock() if until is None else until)
        self._write(ended)

    def _write(self, ended: Iterable[Summary]) -> None:
        for summary in ended:
            self._write_summary(summary)


_ALL = WeakSet[Sampled]()


def write_ended() -> None:
    """Sum up, in all logs of this process, each client whose minute is over."""
    for each in [*_ALL]:
        each.write_ended()


@atexit.register
def write_rest() -> None:
    """Sum up what has no record yet; this is called at exit."""
    for each in [*_ALL]:
        each.write_ended(until=inf)


def count_more(refusals: int) -> str:
    """Write how many more events there were.

    >>> count_more(1), count_more(12)
    ('1 more time within a minute', '12 more times within a minute')
    """
    return f"{refusals} more {'time' if refusals == 1 else 'times'} within a minute"
