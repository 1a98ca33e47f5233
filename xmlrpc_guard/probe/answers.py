"""What came back over a connection, read as HTTP as far as it can be."""

import re
import zlib
from typing import NamedTuple

LARGEST_ANSWER = 1 << 17
"""The bytes that are read of an answer, and the most that a compressed one may become."""

_STATUS = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})(?: [^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"(?:\r?\n)?([0-9a-fA-F]{1,8})[^\r\n]{0,100}\r?\n")
_TITLE = re.compile(rb"<title[^>]{0,200}>\s*([^<]{0,200})", re.IGNORECASE)


class Likeness(NamedTuple):
    """What stays the same between two requests for one page."""

    status: int = 0
    title: str = ""
    location: str = ""
    """Where it redirects to."""

    def without(self, name: str) -> "Likeness":
        """Leave out a name that an answer may repeat, and the query, which may repeat it in escapes.

        >>> Likeness(302, "", "/login?to=%2Fa.php").without("a.php") == Likeness(302, "", "/login")
        True
        """
        return Likeness(self.status, self.title.replace(name, ""), self.location.partition("?")[0].replace(name, ""))


class SiteAnswer(NamedTuple):
    """An answer; ``status`` is 0 where a server gave no status line, as HTTP/0.9 has none."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()
    """The header fields, with their names in small letters."""
    body: bytes = b""

    def field(self, name: str) -> str:
        """Give the first field of a name, which is written in small letters; "" if there is none."""
        return next((value for each, value in self.fields if each == name), "")

    @property
    def title(self) -> str:
        """The title of a page, or ""."""
        found = _TITLE.search(self.body)
        return " ".join(found[1].decode("latin-1").split()) if found else ""

    @property
    def likeness(self) -> Likeness:
        """What stays the same between two requests for one page."""
        return Likeness(self.status, self.title, self.field("location"))

    def is_page(self, other: "SiteAnswer") -> bool:
        """Return whether it is the same page as another: with the same title or, without one, the same content."""
        return self.likeness == other.likeness and (bool(self.title) or self.body == other.body)


def parse_answer(received: bytes) -> SiteAnswer:
    r"""Read what a server sent; what is not HTTP is a body without a status.

    >>> parse_answer(b"HTTP/1.1 405 Not Allowed\r\nAllow: POST\r\n\r\nNo.")
    SiteAnswer(status=405, fields=(('allow', 'POST'),), body=b'No.')
    """
    found = _STATUS.match(received)
    while found and found[1].startswith(b"1"):  # 100 Continue and the like
        end = _HEAD_END.search(received)
        received = received[end.end() :] if end else b""
        found = _STATUS.match(received)
    if not found:
        return SiteAnswer(0, (), received)
    end = _HEAD_END.search(received, found.end() - 2)
    head = received[found.end() : end.start() if end else None]
    fields = tuple(_parse_field(line) for line in head.splitlines() if b":" in line)
    answer = SiteAnswer(int(found[1]), fields, received[end.end() :] if end else b"")
    return answer._replace(body=_decompress(answer.field("content-encoding"), _join_chunks(answer)))


def _parse_field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()


def _join_chunks(answer: SiteAnswer) -> bytes:
    if "chunked" not in answer.field("transfer-encoding").lower():
        return answer.body
    pieces, at = [], 0
    while (found := _CHUNK.match(answer.body, at)) and (size := int(found[1], 16)):
        at = found.end() + size
        pieces.append(answer.body[found.end() : at])
    return b"".join(pieces)


def _decompress(encoding: str, body: bytes) -> bytes:
    """Read a body that is compressed although it was not asked for; as much of it as any other body."""
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LARGEST_ANSWER)
    except zlib.error:
        return body


def is_whole(received: bytes | bytearray) -> bool:
    r"""Return whether an answer is all there, so that no one has to wait for the connection's end.

    >>> is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), is_whole(b"HTTP/1.1 200 OK\r\n\r\nok")
    (True, False)
    """
    if len(received) >= LARGEST_ANSWER:
        return True
    end = _HEAD_END.search(received)
    if not end:
        return False
    head = received[: end.start()].lower()
    length = re.search(rb"\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*(?:\r?\n|\Z)", head)
    if re.search(rb"\ntransfer-encoding:[^\r\n]*chunked", head):
        return received.endswith(b"\n0\r\n\r\n")
    return length is not None and len(received) - end.end() >= int(length[1]) and not head.startswith(b"http/1.1 1")
