"""What is left of a request's body once it is answered: read away, so that the connection can serve another request."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from math import inf
from threading import Lock, Timer
from time import monotonic
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard.body import CONTENT_LENGTH, PIECE, Input
from xmlrpc_guard.caching import Headers
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.peers import find_connection

# A proxy in front keeps connections to the server, and sends the requests of all its clients over them. It takes a
# connection for free as soon as the request is sent and the answer is there. A server that finds too much of a body
# unread closes the connection then, and the next request over it, another client's, is answered 502. So a stranger
# whose requests are refused can make those of others fail.
#
# Reading is bounded twice, since a stranger needs no password to send a body. In bytes, by max_drain: a larger body
# would keep the server busy longer than the lost connection costs. In time, by one second in all: a body that a proxy
# has sent already arrives within milliseconds. One that is still on its way after a second is a slow sender's, who has
# this connection to himself, so that no one loses anything if it is closed. Servers by themselves wait longer: gunicorn
# as long as a byte arrives every five seconds.
#
# It is done after the answer: the client gets that at once, and the application that gives it can read the body.

DEFAULT_MAX_DRAIN = 1 << 20
MOST_SECONDS = 1.0
"""How long a body is read."""

_LEFT_TO_SERVER = 8192  # bytes that are not worth it: all servers read so many themselves
# The keys of servers that keep no connection with a body on it, or read it away themselves.
_CAREFUL_SERVERS = frozenset({"waitress.client_disconnected", "uwsgi.version", "mod_wsgi.version"})


def check_max_drain(max_drain: object) -> int:
    """Give a number of bytes that is 0 or more; ConfigurationError for anything else.

    >>> check_max_drain(0)
    0
    """
    if isinstance(max_drain, int) and not isinstance(max_drain, bool) and max_drain >= 0:
        return max_drain
    problem = f"is not a number of bytes; write {DEFAULT_MAX_DRAIN}, or 0 to read nothing"
    raise ConfigurationError("max_drain", max_drain, problem)


def answer_and_drain(
    app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse, most: int
) -> Iterable[bytes]:
    """Let an application answer a request, and then drain it; that is nothing if ``most`` is 0."""
    if not (most and _announces_body(environ) and _is_kept(environ)):
        return app(environ, start_response)
    # granian hands an answer's Connection on, which PEP 3333 forbids elsewhere. A proxy that reads there that the
    # connection ends, takes no other request to it. So it need not be known whether all of the body could be read.
    ends = environ.get("SERVER_SOFTWARE") == "Granian"
    pieces = app(environ, _end_connection(start_response) if ends else start_response)
    return _Drained(pieces, environ, most) if _is_worth_draining(environ, most) else pieces


def drain(environ: WSGIEnvironment, most: int) -> None:
    """Read what is left of a request's body if that is up to ``most`` bytes, for one second at most.

    The connection is closed if it takes longer, or if what comes is no body. Where it cannot be found, one body is read
    at a time, and others are left: a slow sender then holds one thread of a process, for as long as the server waits.

    >>> from io import BytesIO
    >>> body = BytesIO(b"<methodCall/>")
    >>> drain({"wsgi.input": body}, 100)
    >>> body.read()
    b''
    """
    connection = find_connection(environ)
    with suppress(Exception), _limit_time(connection) as end:
        if _read_away(environ["wsgi.input"], most, end) or not _takes_rest_for_request(environ):
            return
    if connection is not None:
        _shut_down(connection)


def _read_away(source: Input, most: int, end: float) -> bool:
    """Read up to ``most`` bytes, and one more to see whether they end; give whether they do."""
    left = most + 1
    while left and monotonic() < end:
        piece = source.read(min(left, PIECE))
        if not piece:
            return True
        left -= len(piece)
    return False


def _takes_rest_for_request(environ: WSGIEnvironment) -> bool:
    # cheroot 11.1 does, of a body in chunks. Others read on or close the connection.
    software: str = environ.get("SERVER_SOFTWARE", "")
    return software.startswith("Cheroot/")


def _announces_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def _is_kept(environ: WSGIEnvironment) -> bool:
    """Return whether the connection may serve another request (RFC 9112 section 9.3)."""
    options = [option.strip(" \t") for option in environ.get("HTTP_CONNECTION", "").lower().split(",")]
    version = environ.get("SERVER_PROTOCOL")
    return (version == "HTTP/1.1" and "close" not in options) or (version == "HTTP/1.0" and "keep-alive" in options)


def _is_worth_draining(environ: WSGIEnvironment, most: int) -> bool:
    if not _CAREFUL_SERVERS.isdisjoint(environ):
        return False
    length = environ.get("CONTENT_LENGTH", "")
    if not length:
        return bool(environ.get("wsgi.input_terminated"))  # or nothing shows where the chunks end
    return bool(CONTENT_LENGTH.fullmatch(length)) and _LEFT_TO_SERVER < int(length) <= most


def _end_connection(start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: Headers, *exc_info: Any) -> Any:
        return start_response(status, [*headers, ("Connection", "close")], *exc_info)

    return start


class _Drained:
    """An answer, after which the request's body is drained: servers close an iterable when it has been sent."""

    def __init__(self, pieces: Iterable[bytes], environ: WSGIEnvironment, most: int) -> None:
        self._pieces, self._environ, self._most = pieces, environ, most

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        try:
            getattr(self._pieces, "close", bool)()
        finally:
            drain(self._environ, self._most)


class _Connection(Protocol):
    def fileno(self) -> int: ...


def _limit_time(connection: _Connection | None) -> AbstractContextManager[float]:
    """Limit how long the block takes; give the time at which it should begin nothing more."""
    return _one_at_a_time() if connection is None else _close_late(connection)


@contextmanager
def _close_late(connection: _Connection) -> Iterator[float]:
    """Close a connection if the block takes longer than a second; what reads from it comes to its end then.

    By the system, and not by a timeout of the socket's: that counts for each piece, and a sender may send a byte at a
    time. Nor is it enough to end the reading: the server would take bytes that come later for another request.
    """
    lock, open_ = Lock(), [connection]

    def close() -> None:
        with lock, suppress(IndexError):
            _shut_down(open_.pop())

    timer = Timer(MOST_SECONDS, close)
    timer.daemon = True
    timer.start()
    try:
        yield inf
    finally:
        with lock:  # its descriptor may be another connection's soon
            open_.clear()
        timer.cancel()


def _shut_down(connection: _Connection) -> None:
    # By a descriptor of its own: with TLS, the object's own method would have the server go on without encryption.
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)


_reading = Lock()


@contextmanager
def _one_at_a_time() -> Iterator[float]:
    if not _reading.acquire(blocking=False):
        raise BlockingIOError
    try:
        yield monotonic() + MOST_SECONDS
    finally:
        _reading.release()
