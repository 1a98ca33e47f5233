"""Bytes that come over a connection: read ahead, and taken as a message's parts need them."""

import re
from collections.abc import Callable
from http.client import HTTPException

from xmlrpc_guard.body import PIECE


class BadAnswerError(HTTPException):
    """An answer that is not HTTP/1.x, or that ends before its end."""


class ReadBuffer:
    """What came over a connection and was not taken yet; ``receive`` waits for up to so many bytes more."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._held, self._start = b"", 0

    @property
    def empty(self) -> bool:
        """Whether all that came was taken."""
        return self._start == len(self._held)

    def read_until(self, end: re.Pattern[bytes], limit: int, what: str) -> bytes:
        """Take up to and with ``end``; BadAnswerError if that is not among the next ``limit`` bytes."""
        looked = self._start
        while (found := end.search(self._held, looked, self._start + limit)) is None:
            ahead = len(self._held) - self._start
            if ahead >= limit:
                raise BadAnswerError(f"{what} is longer than {limit} bytes")
            if not self._receive_more():
                raise BadAnswerError(f"{what} does not end")
            looked = max(0, ahead - 2)  # an end of three bytes may have come in part
        return self._take(found.end() - self._start)

    def read_some(self, most: int) -> bytes:
        """Take up to ``most`` bytes, as soon as there are any; none at the end of the connection."""
        return self._receive(min(most, PIECE)) if self.empty else self._take(most)

    def wait(self) -> bool:
        """Wait for the first byte; False at the end of the connection."""
        return not self.empty or self._receive_more()

    def _receive_more(self) -> bool:
        came = self._receive(PIECE)
        self._held, self._start = self._held[self._start :] + came, 0
        return bool(came)

    def _take(self, size: int) -> bytes:
        start, self._start = self._start, min(self._start + size, len(self._held))
        return self._held[start : self._start]
