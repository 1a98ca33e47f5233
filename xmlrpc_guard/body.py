"""A request's body: where it ends, and reading it once, a bounded part ahead of the rest."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Protocol
from wsgiref.types import WSGIEnvironment

PIECE = 65536
"""The most bytes of a body that are held at a time."""

CONTENT_LENGTH = re.compile(r"[0-9]{1,18}")
"""A message's length in bytes: digits alone (RFC 9110 section 8.6), and no more than any file has."""

# The versions in which a body ends without having announced its length (RFC 9113 section 8.1.1).
_FRAMED_VERSIONS = ("HTTP/2", "HTTP/2.0", "HTTP/3")


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
    if coding is not None:
        _check_chunked(environ, length, coding)
        return None
    if not length:
        unannounced = environ.get("SERVER_PROTOCOL") in _FRAMED_VERSIONS and environ.get("wsgi.input_terminated")
        return None if unannounced else 0
    demand(CONTENT_LENGTH.fullmatch(length), "Content-Length is not a number of bytes")
    return int(length)


def _check_chunked(environ: WSGIEnvironment, length: str, coding: str) -> None:
    demand(not length, "both Transfer-Encoding and Content-Length")
    demand(environ.get("SERVER_PROTOCOL") != "HTTP/1.0", "Transfer-Encoding in HTTP/1.0")
    demand(coding.lower() == "chunked", "a transfer coding other than chunked", HTTPStatus.NOT_IMPLEMENTED)
    # A server that leaves the chunks in the body gives the reader no end to rely on.
    decoded = environ.get("wsgi.input_terminated")
    demand(decoded, "chunked, under a server that does not decode it", HTTPStatus.LENGTH_REQUIRED)


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

    def read_ahead(self, most: int) -> bytes:
        """Read ``most`` bytes; fewer are all that is left."""
        held = bytearray()
        while len(held) < most and (piece := self._read(most - len(held))):
            held += piece
        return bytes(held)

    def read_pieces(self) -> Iterator[bytes]:
        """Read what is left, in pieces of at most PIECE bytes."""
        while piece := self._read(PIECE):
            yield piece

    def _read(self, most: int) -> bytes:
        if self._left is None:
            return self._receive(most)
        piece = self._receive(min(most, self._left)) if self._left else b""
        demand(piece or not self._left, f"the body ends {self._left} bytes too soon")
        self._left -= len(piece)
        return piece

    def _receive(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except Exception as error:  # servers raise errors of many kinds for a client that left, or sends no chunks
            raise RequestError(HTTPStatus.BAD_REQUEST, f"the body cannot be read: {error}") from error
