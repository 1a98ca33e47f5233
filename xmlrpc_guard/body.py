"""A request's body: where it ends, and reading it once, a bounded part ahead of the rest."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from math import inf
from typing import Protocol
from wsgiref.types import WSGIEnvironment

PIECE = 65536
"""The most bytes of a body that are held at a time."""

CONTENT_LENGTH = re.compile(r"[0-9]{1,18}")
"""A message's length in bytes: digits alone (RFC 9110 section 8.6), and no more than any file has."""

# The versions in which a body ends without having announced its length (RFC 9113 section 8.1.1).
_FRAMED_VERSIONS = ("HTTP/2", "HTTP/2.0", "HTTP/3")
# Methods whose requests have no body that means anything (RFC 9110 sections 9.3 and 9.3.5).
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "DELETE"})
# What shows a server that does not set ``wsgi.input_terminated`` but hands on Transfer-Encoding if a request has one.
_SOFTWARE = ("WSGIServer/", "Werkzeug/", "Cheroot/")
_INPUTS = frozenset(
    {
        *("a2wsgi.wsgi.Body", "eventlet.wsgi.Input", "flup.server.fcgi_base.InputStream"),
        *("twisted.web.wsgi._InputStream", "uwsgi._Input"),
    }
)
# An input that ends where the body ends, and raises an error if that is too soon. Its server hands on nothing.
_ENDING_INPUT = "_pyvoy.wsgi.RequestInput"


class RequestError(Exception):
    """A request that must not go on: the status to answer it with, and what is wrong with it."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


def demand(condition: object, problem: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
    """Raise RequestError unless the condition holds."""
    if not condition:
        raise RequestError(status, problem)


def body_length(environ: WSGIEnvironment) -> int | None:
    """Give the length of a request's body in bytes; None if it is decoded from chunks and ends where they end.

    This is RFC 9112 section 6.3 without its leniencies. Where two servers could see two ends, the bytes between them
    are a body to one and a smuggled request to the other: that is a RequestError.

    >>> body_length({"CONTENT_LENGTH": "7"}), body_length({}), body_length({"CONTENT_LENGTH": ""})
    (7, 0, 0)
    >>> body_length({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}) is None
    True
    """
    length, coding = environ.get("CONTENT_LENGTH", ""), environ.get("HTTP_TRANSFER_ENCODING")
    demand(environ.get("HTTP_CONTENT_LENGTH", length) == length, "several lengths")
    if coding is not None and not (length and coding.lower() == "chunked" and _comes_from_gateway(environ)):
        _check_chunked(environ, length, coding)
        return None
    if not length:
        return _unannounced_length(environ)
    demand(CONTENT_LENGTH.fullmatch(length), "Content-Length is not a number of bytes")
    return int(length)


def _check_chunked(environ: WSGIEnvironment, length: str, coding: str) -> None:
    demand(not length, "both Transfer-Encoding and Content-Length")
    demand(environ.get("SERVER_PROTOCOL") != "HTTP/1.0", "Transfer-Encoding in HTTP/1.0")
    demand(coding.lower() == "chunked", "a transfer coding other than chunked", HTTPStatus.NOT_IMPLEMENTED)
    # A server that leaves the chunks in the body gives the reader no end to rely on.
    decoded = environ.get("wsgi.input_terminated")
    demand(decoded, "chunked, under a server that does not decode it", HTTPStatus.LENGTH_REQUIRED)


def _comes_from_gateway(environ: WSGIEnvironment) -> bool:
    """Return whether the request came over uwsgi's or FastCGI's protocol, as by nginx's ``uwsgi_pass``.

    These protocols have no chunks: the web server has taken them apart, and CONTENT_LENGTH is the length that it
    measured, which it writes beside the client's Transfer-Encoding. Over HTTP the same two are the sign of a smuggled
    request, and uWSGI hands them on then, too. The difference is what only a web server's parameters contain: no header
    of a client's becomes DOCUMENT_ROOT or REQUEST_SCHEME. UWSGI_ROUTER names uWSGI's own HTTP router.
    """
    if _input_class(environ) == "flup.server.fcgi_base.InputStream":
        return True
    by_parameters = {"uwsgi.version", "DOCUMENT_ROOT", "REQUEST_SCHEME"} <= environ.keys()
    return by_parameters and "UWSGI_ROUTER" not in environ


def _unannounced_length(environ: WSGIEnvironment) -> int | None:
    """Give the length of a body that has neither a length nor a coding; None if only reading shows it.

    In HTTP/1.1 that is no body, if the server hands on Transfer-Encoding. Some take a body out of its chunks and say
    nothing of it, and in HTTP/2 there is nothing to hand on: taken for no body, it would be lost without an error. So
    what the input itself shows is preferred; where it shows nothing, a method that has a body needs a length.
    """
    source, version = environ.get("wsgi.input"), environ.get("SERVER_PROTOCOL")
    framed = version in _FRAMED_VERSIONS
    may_have_body = environ.get("REQUEST_METHOD", "GET") not in _WITHOUT_BODY and version != "HTTP/1.0"
    if environ.get("wsgi.input_terminated"):
        return None if framed or may_have_body else 0
    if type(source) is BytesIO:  # the server has read all that there is
        return source.getbuffer().nbytes - source.tell()
    if _input_class(environ) == _ENDING_INPUT:
        return None
    known = not may_have_body or (not framed and _hands_on_coding(environ))
    demand(known, "no length, under a server that does not show whether there is a body", HTTPStatus.LENGTH_REQUIRED)
    return 0


def _hands_on_coding(environ: WSGIEnvironment) -> bool:
    return _input_class(environ) in _INPUTS or environ.get("SERVER_SOFTWARE", "").startswith(_SOFTWARE)


def _input_class(environ: WSGIEnvironment) -> str:
    kind = type(environ.get("wsgi.input"))
    return f"{kind.__module__}.{kind.__qualname__}"


class Input(Protocol):
    """What a body is read from: the environ's ``wsgi.input``."""

    def read(self, size: int, /) -> bytes:
        """Read up to ``size`` bytes; none at the end."""


class Body:
    """A request's body of ``length`` bytes, or (None) up to its end, read once and in order.

    RequestError where it ends too soon or cannot be read. What read_ahead gives and what read_pieces gives after it
    are together the body, byte for byte: who has looked at the beginning can still hand on the whole.

    >>> from io import BytesIO
    >>> body = Body(BytesIO(b"<methodCall/> GET /next"), 13)
    >>> body.read_ahead(7), list(body.read_pieces())
    (b'<method', [b'Call/>'])
    """

    def __init__(self, source: Input, length: int | None) -> None:
        self._source, self._left = source, length

    @property
    def left(self) -> int | None:
        """How many bytes of it are unread; None while only reading on shows that."""
        return self._left

    def read_ahead(self, most: int) -> bytes:
        """Read ``most`` bytes; fewer are all that is left."""
        held = bytearray()
        while len(held) < most and (piece := self.read(most - len(held))):
            held += piece
        return bytes(held)

    def read_pieces(self, most: int | None = None) -> Iterator[bytes]:
        """Read what is left, or of that the first ``most`` bytes, in pieces of at most PIECE bytes."""
        left = inf if most is None else most
        while left and (piece := self.read(int(min(PIECE, left)))):
            left -= len(piece)
            yield piece

    def read(self, most: int) -> bytes:
        """Read up to ``most`` bytes; none at the end."""
        if self._left is None:
            piece = self._receive(most)
            self._left = None if piece else 0
            return piece
        piece = self._receive(min(most, self._left)) if self._left else b""
        demand(piece or not self._left, f"the body ends {self._left} bytes too soon")
        self._left -= len(piece)
        return piece

    def _receive(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except Exception as error:  # servers raise errors of many kinds for a client that left, or sends no chunks
            raise RequestError(HTTPStatus.BAD_REQUEST, f"the body cannot be read: {error}") from error
