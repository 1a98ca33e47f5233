"""Which refusals of a flood get a record: a client's first in a minute. Values and times in, verdicts out."""

from collections import OrderedDict
from socket import AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

WINDOW = 60.0
"""The seconds in which a client's further refusals are counted, after one that has a record."""
MOST_CLIENTS = 1024
"""The clients that are counted apart at a time; the others share one count, so that memory and log stay bounded."""


class Summary(NamedTuple):
    """How many refusals of a client had no record of their own."""

    client: str | None
    """An address, an IPv6 network of 64 bits, or ``unknown``; None for all clients that were not counted apart."""
    refusals: int


class _Window:
    __slots__ = ("end", "refusals")

    def __init__(self, end: float) -> None:
        self.end = end
        self.refusals = 0


class Sampler:
    """The clients that were refused within the last minute, an IPv6 network of 64 bits being one.

    Any customer of a provider has such a network, and so 2**64 addresses. Not for several threads at once.

    >>> sampler = Sampler()
    >>> sampler.see("203.0.113.9", 0.0), sampler.see("203.0.113.9", 59.9), sampler.see("203.0.113.9", 60.0)
    ((True, []), (False, []), (True, [Summary(client='203.0.113.9', refusals=1)]))
    """

    # Windows are equally long, and a client's begins when it enters: so the order of entry is the order of their ends,
    # and the ended ones are found at the front. An OrderedDict, since a dict that is emptied from the front is searched
    # through all that was removed.
    def __init__(self) -> None:
        self._windows: OrderedDict[str | bytes, _Window] = OrderedDict()
        self._others: _Window | None = None

    def see(self, client: str | None, now: float) -> tuple[bool, list[Summary]]:
        """Note a refusal; return whether it is to be recorded, and what the windows that have ended held."""
        ended = self.end_windows(now)
        key = _key(client)
        window = self._windows.get(key)
        if window is None and len(self._windows) < MOST_CLIENTS:
            self._windows[key] = _Window(now + WINDOW)
            return True, ended
        if window is None:
            window = self._others = self._others or _Window(now + WINDOW)
        window.refusals += 1
        return False, ended

    def end_windows(self, now: float) -> list[Summary]:
        """Forget the clients whose minute is over, and return what was counted for them."""
        ended: list[Summary] = []
        while self._windows and next(iter(self._windows.values())).end <= now:
            key, window = self._windows.popitem(last=False)
            if window.refusals:
                ended.append(Summary(_format(key), window.refusals))
        if self._others is not None and self._others.end <= now:
            ended.append(Summary(None, self._others.refusals))
            self._others = None
        return ended


def _key(client: str | None) -> str | bytes:
    if client is None:
        return "unknown"
    return inet_pton(AF_INET6, client)[:8] if ":" in client else client


def _format(key: str | bytes) -> str:
    return key if isinstance(key, str) else f"{inet_ntop(AF_INET6, key + bytes(8))}/64"
