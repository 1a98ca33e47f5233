"""An upstream's answer, read as RFC 9112 writes it and no other way: what is odd is an error, never a guess."""

import re
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse, RemoteDisconnected

from xmlrpc_guard.proxy.fields import Fields, values

PIECE = 65536
"""The most bytes of a body that are held at a time."""

_HEAD = 65536  # bytes of a status line and its fields, of a chunk's line, and of trailers
_INTERIM = 16  # answers below 200 before the real one
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?\r?\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")

_HTTP_1_0 = 10  # as http.client writes it
_SWITCHING, _OK, _NO_CONTENT, _NOT_MODIFIED = 101, 200, 204, 304


class BadAnswerError(HTTPException):
    """An answer that is not HTTP/1.x, or that ends before its end."""


class Answer(HTTPResponse):
    """What ``HTTPConnection.getresponse`` gives: the head is read when it is made, the body by ``pieces``.

    ``fields`` are all header fields, in order. ``length`` is the body's bytes, None where only its end tells.
    ``will_close``: the connection serves no other request. Interim answers are read and dropped.

    The standard library's own reading takes line folding, bare CR, several lengths and ``+5`` for a length, and
    an answer cut short for a whole one; hence this one.
    """

    fields: Fields

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        super().__init__(sock, debuglevel, method)
        self._asked_for_head = method == "HEAD"

    def begin(self) -> None:
        """Read heads up to the first that is no interim one."""
        if not self.fp.peek(1):
            raise RemoteDisconnected("closed the connection without an answer")
        for _ in range(_INTERIM):
            self._read_head()
            if self.status >= _OK:
                return self._frame()
            if self.status == _SWITCHING:
                raise BadAnswerError("it switches protocols, which nobody asked for")
        raise BadAnswerError("too many interim answers")

    def pieces(self) -> Iterator[bytes]:
        """Give the body in pieces of at most PIECE bytes; BadAnswerError where it ends too soon."""
        if self.chunked:
            yield from self._chunks()
        elif self.length is None:
            while piece := self.fp.read1(PIECE):
                yield piece
        else:
            yield from self._counted(self.length)

    def has_more(self) -> bool:
        """Tell whether something came behind the answer; its socket must not block."""
        return bool(self.fp.peek(1))

    def _read_head(self) -> None:
        status, *fields = self._lines() or [b""]
        match = _STATUS.fullmatch(status)
        if match is None:
            raise BadAnswerError("its first line is no status line of HTTP/1.x")
        self.version, self.status = 10 + int(match[1]), int(match[2])
        self.reason = (match[3] or b"").decode("latin-1")
        self.fields = [_field(line) for line in fields]

    def _lines(self) -> list[bytes]:
        """Read lines up to the empty one, which is left out."""
        lines, left = [], _HEAD
        while (line := self.fp.readline(left)) not in (b"\r\n", b"\n"):
            left -= len(line)
            if not line.endswith(b"\n"):
                raise BadAnswerError("its head does not end" if left else f"its head is longer than {_HEAD} bytes")
            lines.append(line)
        return lines

    def _frame(self) -> None:
        """Say where the body ends (RFC 9112 section 6.3)."""
        lengths, codings = values(self.fields, "content-length"), values(self.fields, "transfer-encoding")
        if codings and (codings != ["chunked"] or lengths or self.version == _HTTP_1_0):
            raise BadAnswerError("its Transfer-Encoding cannot be relied on")
        if lengths and (len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0])):
            raise BadAnswerError("its Content-Length cannot be relied on")
        bodyless = self._asked_for_head or self.status in (_NO_CONTENT, _NOT_MODIFIED)
        self.chunked = bool(codings) and not bodyless
        self.length = 0 if bodyless else int(lengths[0]) if lengths else None
        ends_with_it = self.length is None and not self.chunked
        self.will_close = ends_with_it or self.version == _HTTP_1_0 or "close" in values(self.fields, "connection")
        if self.status == _NO_CONTENT:  # it must not have a length (RFC 9110 section 8.6)
            self.fields = [field for field in self.fields if field[0].lower() != "content-length"]

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self.fp.read1(min(PIECE, left))
            if not piece:
                raise BadAnswerError(f"it ends {left} bytes too soon")
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._counted(size)
            if self.fp.read(2) != b"\r\n":
                raise BadAnswerError("a chunk does not end where it should")
        self._lines()  # trailers end here: WSGI has no place for them

    def _chunk_size(self) -> int:
        line = _CHUNK.fullmatch(self.fp.readline(_HEAD))
        if line is None:
            raise BadAnswerError("a chunk begins with no size")
        return int(line[1], 16)


def _field(line: bytes) -> tuple[str, str]:
    field = _FIELD.fullmatch(line)
    if field is None:
        raise BadAnswerError(f"its field {line[:60]!r} is malformed")
    return field[1].decode("ascii"), field[2].strip(b" \t").decode("latin-1")
