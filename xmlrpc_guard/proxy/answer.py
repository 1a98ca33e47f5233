"""An upstream's answer, read as RFC 9112 writes it and no other way: what is odd is an error, never a guess.

``http.client`` reads answers for those who want to make something of them: it unfolds lines, ends a field at a bare CR,
takes the first of several lengths, ``+5`` for one, and a body cut short for a whole one. A proxy must do none of it.
"""

import re
from collections.abc import Iterator
from http.client import RemoteDisconnected
from typing import NamedTuple, cast

from xmlrpc_guard.body import CONTENT_LENGTH, PIECE
from xmlrpc_guard.proxy.fields import Fields, by_name, end_to_end, members
from xmlrpc_guard.proxy.incoming import BadAnswerError, Incoming

_LONGEST = 32768  # bytes of a head, of a chunk's line, of a trailer
_INTERIM = 16  # answers below 200 before the real one
_TRAILERS = 100
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([\x20-\x7e\x80-\xff]*))?\r?\n")
_FIELDS = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x20-\x7e\x80-\xff]*\r?\n)*")
_FIELD = re.compile(r"([^:]+):([^\r\n]*)\r?\n")
_HEAD_END = re.compile(rb"\n\r?\n")
_LINE_END = re.compile(rb"\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")

_SWITCHING, _OK, _NO_CONTENT, _NOT_MODIFIED = 101, 200, 204, 304


class Answer:
    """The head of an answer to a request of some method, and what is left of it to come.

    ``fields`` are the header fields that go on to the client, in order. ``length`` is the body's bytes, None where
    only its end tells. ``closes``: the connection serves no other request. Interim answers are read and dropped.
    """

    def __init__(self, incoming: Incoming, method: str) -> None:
        self._incoming = incoming
        if not incoming.waits():
            raise RemoteDisconnected("closed the connection without an answer")
        self.version, self.status, self.reason, fields = _final_head(incoming)
        named = by_name(fields)
        self._frame(named, bodyless=method == "HEAD" or self.status in (_NO_CONTENT, _NOT_MODIFIED))
        self.fields = end_to_end(fields, named.get("connection"))
        if self.status == _NO_CONTENT:  # it must not have a length (RFC 9110 section 8.6)
            self.fields = [field for field in self.fields if field[0].lower() != "content-length"]

    def _frame(self, fields: dict[str, str], *, bodyless: bool) -> None:
        """Say where the body ends (RFC 9112 section 6.3)."""
        length, coding = fields.get("content-length"), fields.get("transfer-encoding")
        if coding is not None and (coding.lower() != "chunked" or length is not None or not self.version):
            raise BadAnswerError("its Transfer-Encoding cannot be relied on")
        if length is not None and not CONTENT_LENGTH.fullmatch(length):
            raise BadAnswerError("its Content-Length cannot be relied on")
        self._chunked = coding is not None and not bodyless
        self.length = 0 if bodyless else int(length) if length else None
        ends_with_it = self.length is None and not self._chunked
        self.closes = ends_with_it or not self.version or "close" in members(fields.get("connection"))

    def pieces(self) -> Iterator[bytes]:
        """Give the body in pieces of at most PIECE bytes; BadAnswerError where it ends too soon."""
        if self._chunked:
            yield from self._chunks()
        elif self.length is None:
            while piece := self._incoming.some(PIECE):
                yield piece
        else:
            yield from self._counted(self.length)

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._incoming.some(left)
            if not piece:
                raise BadAnswerError(f"it ends {left} bytes too soon")
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._counted(size)
            if b"".join(self._counted(2)) != b"\r\n":
                raise BadAnswerError("a chunk does not end where it should")
        for _ in range(_TRAILERS):  # they end here: WSGI has no place for them
            if self._incoming.until(_LINE_END, _LONGEST, "a trailer") in (b"\r\n", b"\n"):
                return
        raise BadAnswerError("too many trailers")

    def _chunk_size(self) -> int:
        line = _CHUNK.fullmatch(self._incoming.until(_LINE_END, _LONGEST, "a chunk's size"))
        if line is None:
            raise BadAnswerError("a chunk begins with no size")
        return int(line[1], 16)


class _Head(NamedTuple):
    version: int
    """The digit behind ``HTTP/1.``"""
    status: int
    reason: str
    fields: Fields


def _final_head(incoming: Incoming) -> _Head:
    for _ in range(_INTERIM):
        # A tab is as good as a space in a value (RFC 9110 section 5.5), and PEP 3333 has servers refuse it.
        head = _read(incoming.until(_HEAD_END, _LONGEST, "its head").decode("latin-1").replace("\t", " "))
        if head.status >= _OK:
            return head
        if head.status == _SWITCHING:
            raise BadAnswerError("it switches protocols, which nobody asked for")
    raise BadAnswerError("too many interim answers")


def _read(text: str) -> _Head:
    status = _STATUS.match(text)
    if status is None:
        raise BadAnswerError("its first line is no status line of HTTP/1.x")
    start = status.end()
    end = cast(re.Match[str], _FIELDS.match(text, start)).end()
    if text[end:] not in ("\r\n", "\n"):
        raise BadAnswerError(f"its field {text[end : end + 60]!r} is malformed")
    fields = [(name, value.strip(" ")) for name, value in _FIELD.findall(text, start, end)]
    return _Head(int(status[1]), int(status[2]), status[3] or "", fields)
