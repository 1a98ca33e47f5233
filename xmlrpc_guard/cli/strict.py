"""waitress without the leniencies that let it and a proxy before it read a request in different ways."""

import re

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

_FOLDED = re.compile(rb"\n[ \t]")
_FRAMING = re.compile(rb"\n(?:transfer-encoding|content-length)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_BLANKS = re.compile(rb"(\n[^\r\n:]+:)[ \t]{2,}")
_VERSIONS = ("1.0", "1.1")


class StrictParser(HTTPRequestParser):
    """waitress' own reading of a head; 400 for folded lines, for more than one coding or length, for another version.

    RFC 9112 sections 5.2, 6.1 and 6.3 let a server refuse the former; waitress 3.0 unfolds the lines, overlooks a
    length beside a coding, and takes any version for HTTP/1.0.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the fields of a request; ParsingError is answered with 400."""
        if _FOLDED.search(header_plus):
            raise ParsingError("A header line is folded")
        if b",".join(_FRAMING.findall(header_plus)).count(b","):
            raise ParsingError("Several of Transfer-Encoding and Content-Length")
        super().parse_header(tidied(header_plus))
        if self.version not in _VERSIONS:
            raise ParsingError("A version other than HTTP/1.0 and HTTP/1.1")


def tidied(head: bytes) -> bytes:
    r"""Leave one blank before each value: waitress reads many in quadratic time, and serves nobody meanwhile.

    They are no part of the value (RFC 9112 section 5.1).

    >>> tidied(b"GET / HTTP/1.1\r\nX:\t  a  b\r\n")
    b'GET / HTTP/1.1\r\nX: a  b\r\n'
    """
    return _BLANKS.sub(rb"\1 ", head)


class StrictChannel(HTTPChannel):
    """A connection whose requests are read strictly."""

    parser_class = StrictParser
