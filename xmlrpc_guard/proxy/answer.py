"""An upstream's answer, read strictly as RFC 9112 defines it: what is odd is an error, never a guess.

``http.client`` is lenient, as a client may be: it unfolds lines, ends a field at a bare CR, takes the first of several
lengths, ``+5`` for one, and a body cut short for a whole one. A proxy hands on what it reads: its guess and the
client's could differ.
"""

import re
from collections.abc import Iterator
from http.client import RemoteDisconnected
from typing import NamedTuple, cast

from xmlrpc_guard.body import CONTENT_LENGTH, PIECE
from xmlrpc_guard.proxy.fields import TOKEN, Fields, drop_hop_by_hop, join_by_name, read_members
from xmlrpc_guard.proxy.readbuffer import BadAnswerError, ReadBuffer

_SIZE_LIMIT = 32768  # bytes of a head, of a chunk's line, of a trailer
_MOST_INTERIM = 16  # answers below 200 before the real one
_MOST_TRAILERS = 100
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([\x20-\x7e\x80-\xff]*))?\r?\n")
_FIELD_LINES = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x20-\x7e\x80-\xff]*\r?\n)*")
_FIELD_LINE = re.compile(r"([^:]+):([^\r\n]*)\r?\n")
_HEAD_END = re.compile(rb"\n\r?\n")
_LINE_END = re.compile(rb"\n")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")

_SWITCHING, _FIRST_FINAL, _NO_CONTENT, _NOT_MODIFIED = 101, 200, 204, 304


class UpstreamAnswer:
    """The head of an answer to a request of some method, and what is still to come of it.

    ``fields`` are the header fields that go on to the client, in order. ``length`` is the body's bytes, None where
    only its end shows it. ``closes``: the connection serves no other request. Interim answers are read and dropped.
    """

    version: int
    """The digit after ``HTTP/1.``."""
    status: int
    reason: str
    fields: Fields
    length: int | None
    closes: bool

    def __init__(self, received: ReadBuffer, method: str) -> None:
        self._received = received
        if not received.wait():
            raise RemoteDisconnected("closed the connection without an answer")
        self.version, self.status, self.reason, fields = _read_final_head(received)
        named = join_by_name(fields)
        self._find_end(named, bodyless=method == "HEAD" or self.status in (_NO_CONTENT, _NOT_MODIFIED))
        self.fields = drop_hop_by_hop(fields, named.get("connection"))
        if self.status == _NO_CONTENT:  # it must not have a length (RFC 9110 section 8.6)
            self.fields = [field for field in self.fields if field[0].lower() != "content-length"]

    def _find_end(self, fields: dict[str, str], *, bodyless: bool) -> None:
        """Find where the body ends (RFC 9112 section 6.3)."""
        length, coding = fields.get("content-length"), fields.get("transfer-encoding")
        if coding is not None and (coding.lower() != "chunked" or length is not None or not self.version):
            raise BadAnswerError("its Transfer-Encoding cannot be relied on")
        if length is not None and not CONTENT_LENGTH.fullmatch(length):
            raise BadAnswerError("its Content-Length cannot be relied on")
        self._chunked = coding is not None and not bodyless
        self.length = 0 if bodyless else int(length) if length else None
        ends_with_it = self.length is None and not self._chunked
        self.closes = ends_with_it or not self.version or "close" in read_members(fields.get("connection"))

    def read_pieces(self) -> Iterator[bytes]:
        """Read the body in pieces of at most PIECE bytes; BadAnswerError where it ends too soon."""
        if self._chunked:
            yield from self._read_chunks()
        elif self.length is None:
            while piece := self._received.read_some(PIECE):
                yield piece
        else:
            yield from self._read_counted(self.length)

    def _read_counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._received.read_some(left)
            if not piece:
                raise BadAnswerError(f"it ends {left} bytes too soon")
            left -= len(piece)
            yield piece

    def _read_chunks(self) -> Iterator[bytes]:
        while size := self._read_chunk_size():
            yield from self._read_counted(size)
            if b"".join(self._read_counted(2)) != b"\r\n":
                raise BadAnswerError("a chunk does not end where it should")
        for _ in range(_MOST_TRAILERS):  # they end here: WSGI has no place for them
            if self._received.read_until(_LINE_END, _SIZE_LIMIT, "a trailer") in (b"\r\n", b"\n"):
                return
        raise BadAnswerError("too many trailers")

    def _read_chunk_size(self) -> int:
        line = _CHUNK_LINE.fullmatch(self._received.read_until(_LINE_END, _SIZE_LIMIT, "a chunk's size"))
        if line is None:
            raise BadAnswerError("a chunk does not begin with its size")
        return int(line[1], 16)


class _AnswerHead(NamedTuple):
    version: int
    """The digit after ``HTTP/1.``"""
    status: int
    reason: str
    fields: Fields


def _read_final_head(received: ReadBuffer) -> _AnswerHead:
    for _ in range(_MOST_INTERIM):
        # A tab is as good as a space in a value (RFC 9110 section 5.5), and PEP 3333 has servers refuse it.
        head = _parse_head(received.read_until(_HEAD_END, _SIZE_LIMIT, "its head").decode("latin-1").replace("\t", " "))
        if head.status >= _FIRST_FINAL:
            return head
        if head.status == _SWITCHING:
            raise BadAnswerError("it switches protocols, which was not requested")
    raise BadAnswerError("too many interim answers")


def _parse_head(text: str) -> _AnswerHead:
    status = _STATUS_LINE.match(text)
    if status is None:
        raise BadAnswerError("its first line is not a status line of HTTP/1.x")
    fields = parse_plain_fields(text[status.end() :])
    if fields is None:
        fields = parse_fields(text, status.end())
    return _AnswerHead(int(status[1]), int(status[2]), status[3] or "", fields)


def parse_fields(text: str, start: int = 0) -> Fields:
    """Read the fields of a head, which begin at ``start``, up to the empty line that ends it."""
    end = cast(re.Match[str], _FIELD_LINES.match(text, start)).end()
    if text[end:] not in ("\r\n", "\n"):
        raise BadAnswerError(f"its field {text[end : end + 60]!r} is malformed")
    return [(name, value.strip(" ")) for name, value in _FIELD_LINE.findall(text, start, end)]


def parse_plain_fields(text: str) -> Fields | None:
    """Read them in a quarter of the time, if lines end with CRLF and names have been seen before; else give None.

    The rule is parse_fields. Its pattern looks at each character several times; what is left to look for here is a
    character that no line may have, a line without a colon, and a name that is not known to be one.
    """
    if text[-4:] != "\r\n\r\n" or _IN_NO_LINE.search(text.replace("\r\n", "")):
        return None
    parts = [line.partition(":") for line in text[:-4].split("\r\n")]
    for name, colon, _ in parts:
        if name not in known_names or not colon:
            _learn(name)
            return None
    return [(name, value.strip(" ")) for name, _, value in parts]


_IN_NO_LINE = re.compile(r"[^\x20-\x7e\x80-\xff]")
known_names: set[str] = set()
_MOST_NAMES = 1024


def _learn(name: str) -> None:
    if TOKEN.fullmatch(name):
        if len(known_names) >= _MOST_NAMES:
            known_names.clear()
        known_names.add(name)
