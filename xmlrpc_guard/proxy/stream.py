"""The body of an answer on its way to the client, piece by piece."""

import errno
from collections.abc import Iterator
from http.client import HTTPException

from xmlrpc_guard.proxy.answer import UpstreamAnswer
from xmlrpc_guard.proxy.connection import Connection
from xmlrpc_guard.proxy.journal import log_break_off
from xmlrpc_guard.proxy.upstream import BROKEN_OFF, Upstream


class Stream:
    """A body on its way to the client; a server that stops before its end must close it, as PEP 3333 asks.

    The first piece is read at once, so that an upstream that fails until then can still be answered with 502.
    """

    def __init__(self, upstream: Upstream, connection: Connection, answer: UpstreamAnswer) -> None:
        self._upstream, self._connection, self._answer = upstream, connection, answer
        self._pieces = answer.read_pieces()
        self._first = next(self._pieces, b"")
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield self._first
            yield from self._pieces
        except (OSError, HTTPException) as error:
            self._upstream.errors.add(BROKEN_OFF)
            log_break_off(self._upstream.name, error)
            raise ConnectionResetError(errno.ECONNRESET, "the upstream broke off its answer") from None
        self._complete = True
        self._upstream.release(self._connection, self._answer)

    def close(self) -> None:
        """Close the connection to the upstream unless the whole answer was read."""
        if not self._complete:
            self._connection.close()
