"""What is left of a request's body once it is answered: read away, so that the connection can serve another request."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from threading import Lock, Thread, Timer
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
# this connection to himself: no one else loses anything if it is closed, without an answer even. Servers by themselves
# wait longer: gunicorn as long as a byte arrives every five seconds.
#
# It is done when the answer is ready and before it is sent: the application that gives it can read the body, and no
# other request can be on the connection yet. gunicorn 23 loses one that comes while a body is read: it has it in a
# buffer then, and waits for the connection to become readable.

DEFAULT_MAX_DRAIN = 1 << 20
MOST_SECONDS = 1.0
"""How long a body is read."""

_LEFT_TO_SERVER = 8192  # bytes that are not worth it: all servers read so many themselves
# The keys of servers that keep no connection with a body on it, or read it away themselves.
_CAREFUL_SERVERS = frozenset({"waitress.client_disconnected", "uwsgi.version", "mod_wsgi.version"})


class _Connection(Protocol):
    def fileno(self) -> int: ...


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
    app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse, most: int, left: int | None = None
) -> Iterable[bytes]:
    """Let an application answer a request, and drain it before the answer is sent; 0 for ``most`` is not at all.

    ``left`` is how much of the body is unread before, if that is known and not all of it.
    """
    if not (most and left != 0 and _announces_body(environ) and _is_kept(environ)):
        return app(environ, start_response)
    # granian hands an answer's Connection on, which PEP 3333 forbids elsewhere. A proxy that reads there that the
    # connection ends, takes no other request to it. So it need not be known whether all of the body could be read.
    pieces = app(environ, _end_connection(start_response) if _is_granian(environ) else start_response)
    if not _is_worth_draining(environ, most):
        return pieces
    if not isinstance(pieces, (list, tuple)):
        return _Draining(pieces, environ, most, left)
    drain(environ, most, left)
    return pieces


def drain(environ: WSGIEnvironment, most: int, left: int | None = None) -> None:
    """Read what is left of a request's body if that is up to ``most`` bytes, for one second at most.

    ``left`` is how much that is, if it is known and not all of the body.

    The connection is closed if it takes longer, or if what comes is no body. Where it cannot be found, one body is read
    at a time, and others are left: a slow sender then holds one thread of a process, for as long as the server waits;
    under granian one that serves no requests.

    >>> from io import BytesIO
    >>> body = BytesIO(b"<methodCall/>")
    >>> drain({"wsgi.input": body}, 100)
    >>> body.read()
    b''
    """
    connection: Any = find_connection(environ)
    source: Any = environ.get("wsgi.input")
    left = _count_left(environ, most) if left is None else left
    if connection is not None:
        _drain_or_close(connection, source, left, mixes_up=_takes_rest_for_request(environ))
    elif _is_granian(environ):
        _drain_apart(source, left)
    else:
        _drain_if_free(source, left)


def _count_left(environ: WSGIEnvironment, most: int) -> int:
    """Give how many bytes to read: up to the length of the body, or one more than ``most`` to see whether chunks end.

    Not every server's input ends where the body does (PEP 3333): wsgiref and werkzeug would wait there for more.
    """
    return min(int(environ["CONTENT_LENGTH"]), most) if _has_length_alone(environ) else most + 1


def _has_length_alone(environ: WSGIEnvironment) -> bool:
    return bool(environ.get("CONTENT_LENGTH")) and "HTTP_TRANSFER_ENCODING" not in environ


def _drain_or_close(connection: _Connection, source: Input, left: int, *, mixes_up: bool) -> None:
    with suppress(Exception), _close_late(connection):  # servers raise errors of many kinds for what is no body
        if _read_away(source, left, inf) or not mixes_up:
            return
    _shut_down(connection)


def _drain_apart(source: Input, left: int) -> None:
    # granian's input may be read in another thread, and even after the answer.
    reader = Thread(target=_drain_if_free, args=(source, left), daemon=True)
    with suppress(RuntimeError):  # there may be no room for a thread
        reader.start()
        reader.join(MOST_SECONDS)


def _drain_if_free(source: Input, left: int) -> None:
    if _reading.acquire(blocking=False):
        with suppress(Exception):
            _read_away(source, left, monotonic() + MOST_SECONDS)
        _reading.release()


_reading = Lock()


def _read_away(source: Input, left: int, end: float) -> bool:
    """Read up to ``left`` bytes; give whether the input ended before."""
    while left and monotonic() < end:
        piece = source.read(min(left, PIECE))
        if not piece:
            return True
        left -= len(piece)
    return False


def _is_granian(environ: WSGIEnvironment) -> bool:
    return environ.get("SERVER_SOFTWARE") == "Granian"


def _takes_rest_for_request(environ: WSGIEnvironment) -> bool:
    # cheroot 11.1 does, of a body in chunks. Others read on or close the connection.
    software: str = environ.get("SERVER_SOFTWARE", "")
    return software.startswith("Cheroot/") and not _has_length_alone(environ)


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


class _Draining:
    """An answer that may be made only as it is sent: its application has read what it wants at the first piece."""

    def __init__(self, pieces: Iterable[bytes], environ: WSGIEnvironment, most: int, left: int | None) -> None:
        self._pieces, self._environ, self._most, self._left = pieces, environ, most, left

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._pieces)
        first = next(pieces, b"")
        drain(self._environ, self._most, self._left)
        yield first
        yield from pieces

    def close(self) -> None:
        getattr(self._pieces, "close", bool)()


@contextmanager
def _close_late(connection: _Connection) -> Iterator[None]:
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
        yield
    finally:
        with lock:  # its descriptor may be another connection's soon
            open_.clear()
        timer.cancel()


def _shut_down(connection: _Connection) -> None:
    # By a descriptor of its own: with TLS, the object's own method would have the server go on without encryption.
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)
