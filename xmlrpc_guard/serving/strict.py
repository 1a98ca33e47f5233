"""waitress without the leniency by which it and a proxy in front of it can read a request in different ways."""

import re
from typing import cast

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import WSGITask

_FOLDED = re.compile(rb"\n[ \t]")
_FRAMING = re.compile(rb"\n(?:transfer-encoding|content-length)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_BLANKS = re.compile(rb"(\n[^\r\n:]+:)[ \t]{2,}")
_VERSIONS = ("1.0", "1.1")


class StrictParser(HTTPRequestParser):
    """waitress' parser, which also answers 400 to folded lines, several codings or lengths, and other versions.

    RFC 9112 sections 5.2, 6.1 and 6.3 let a server refuse the first two. waitress 3.0 unfolds the lines, ignores a
    length beside a coding, and reads any other version as HTTP/1.0.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the fields of a request; ParsingError is answered with 400."""
        if _FOLDED.search(header_plus):
            raise ParsingError("A header line is folded")
        if b",".join(_FRAMING.findall(header_plus)).count(b","):
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
    return _BLANKS.sub(rb"\1 ", head)


class StrictTask(WSGITask):
    """waitress' answer to a request, which also ends the connection if ``close`` is one of several options.

    Connection holds a list (RFC 9110 section 7.6.1): ``Connection: close, TE`` means both. waitress 3.0 compares the
    whole value, and the client would wait for the end of an answer that it takes the closing for.
    """

    def build_response_header(self) -> bytes:
        """Make the head of the answer."""
        options = cast(StrictParser, self.request).headers.get("CONNECTION", "").lower().split(",")
        if "close" in (option.strip(" \t") for option in options):
            self.set_close_on_finish()
        return super().build_response_header()


class StrictChannel(HTTPChannel):
    """A connection whose requests StrictParser reads, and StrictTask answers."""

    parser_class = StrictParser
    task_class = StrictTask
