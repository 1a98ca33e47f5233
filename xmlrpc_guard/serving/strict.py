"""waitress without the leniency by which it and a proxy in front of it can read a request in different ways."""

import re
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import WSGITask

from xmlrpc_guard.body import PIECE

_FRAMING = re.compile(rb"\n(?:transfer-encoding|content-length)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_BLANKS = re.compile(rb"(\n[^\r\n:]+:)[ \t]{2,}")
_VERSIONS = ("1.0", "1.1")
# Of the PROXY protocol's two versions. The second begins with two line ends, which waitress takes for an empty request.
_PROXY_PROTOCOL = {b"PROXY ": 1, b"\0\r\nQUIT\n": 2}
_PROXY_STARTS = tuple(_PROXY_PROTOCOL)


class StrictParser(HTTPRequestParser):
    """waitress' parser, which also answers 400 to folded lines, several codings or lengths, and other versions.

    RFC 9112 sections 5.2, 6.1 and 6.3 let a server refuse the first two. waitress 3.0 unfolds the lines, ignores a
    length beside a coding, and reads any other version as HTTP/1.0.
    """

    start_line: bytes = b""
    """The first line, as it came; waitress reads another in its place if a head is too long."""
    proxy_protocol: int = 0
    """The version of the PROXY protocol that a peer speaks in place of HTTP; 0 for none."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the fields of a request; ParsingError is answered with 400."""
        is_whole = self.header_bytes_received < self.adj.max_request_header_size
        self.start_line = (header_plus if is_whole else self.header_plus).partition(b"\r\n")[0] or b"-"
        if header_plus.startswith(_PROXY_STARTS):
            self.proxy_protocol = next(each for start, each in _PROXY_PROTOCOL.items() if header_plus.startswith(start))
            raise ParsingError("The PROXY protocol is not read here")
        if b"\n " in header_plus or b"\n\t" in header_plus:
            raise ParsingError("A header line is folded")
        if _has_several_framings(header_plus):
            raise ParsingError("Several of Transfer-Encoding and Content-Length")
        super().parse_header(trim_blanks(header_plus))
        if self.version not in _VERSIONS:
            raise ParsingError("A version other than HTTP/1.0 and HTTP/1.1")


def trim_blanks(head: bytes) -> bytes:
    r"""Leave one blank before each value.

    The blanks are not part of the value (RFC 9112 section 5.1), but waitress reads many of them in quadratic time,
    in the one thread that reads all connections.

    >>> trim_blanks(b"GET / HTTP/1.1\r\nX:\t  a  b\r\n")
    b'GET / HTTP/1.1\r\nX: a  b\r\n'
    """
    # Most heads have none of this, which the pattern would take a tenth of the time of the whole head to find.
    return _BLANKS.sub(rb"\1 ", head) if b":  " in head or b"\t" in head else head


def _has_several_framings(head: bytes) -> bool:
    lowered = head.lower()  # for most heads this is all, which is ten times as fast as the pattern
    if b"\ntransfer-encoding" not in lowered and b"\ncontent-length" not in lowered:
        return False
    return b"," in b",".join(_FRAMING.findall(head))


class StrictTask(WSGITask):
    """waitress' answer to a request, which also ends the connection if ``close`` is one of several options.

    Connection holds a list (RFC 9110 section 7.6.1): ``Connection: close, TE`` means both. waitress 3.0 compares the
    whole value, and the client would wait for the end of an answer that it takes the closing for.
    """

    wrote_header: bool

    request: Any  # a StrictParser
    channel: Any

    def build_response_header(self) -> bytes:
        """Make the head of the answer."""
        connection = self.request.headers.get("CONNECTION")
        if connection and "close" in [option.strip(" \t") for option in connection.lower().split(",")]:
            self.set_close_on_finish()
        return super().build_response_header()

    def write(self, data: bytes) -> None:
        """Send a piece of the body; the first one together with the head, in one packet."""
        if self.wrote_header or len(data) > PIECE:
            super().write(data)
            return
        channel, gathered = self.channel, _Gathered(self.channel.server)
        self.channel = gathered
        try:
            super().write(data)
        finally:
            self.channel, self.wrote_header = channel, False
        channel.write_soon(b"".join(gathered.pieces))
        self.wrote_header = True


class _Gathered:
    """What a task writes, in place of its channel."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.pieces: list[bytes] = []
        self.write_soon = self.pieces.append
