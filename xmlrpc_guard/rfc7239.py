"""The grammar of the header Forwarded (RFC 7239 section 4), read from its right end.

From the right, since what stands left of the elements that trusted proxies wrote may be anybody's: a quote that a
stranger leaves open must not swallow them. Both ways cut a well-formed header at the same places.
"""

import re

LONGEST = 1024
"""The characters that one element may have; a host name is at most 255 of them."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110 section 5.6.2, and no password
_PLAIN = r"[\t !#-\[\]-~\x80-\xff]*+"
_QUOTED = rf'"{_PLAIN}(?:\\[\t -~\x80-\xff]{_PLAIN})*+"'  # RFC 9110 section 5.6.4
# Section 4 lets pairs be left out between semicolons.
_ELEMENT = re.compile(rf"[\t ]*;*(?:{_TOKEN}=(?:{_TOKEN}|{_QUOTED})(?:;+|(?=[\t ]*\Z)))*[\t ]*")
_PAIR = re.compile(r'([^\t =;]+)=("[^"\\]*(?:\\.[^"\\]*)*"|[^\t ;]+)')  # in what is known to be an element
_ESCAPE = re.compile(r"\\(.)")


def element_before(text: str, end: int) -> int:
    r"""Give where the element starts that ends at ``end``: behind the last comma that is not quoted, or at 0.

    A ValueError says why there is no telling. At most LONGEST characters are looked at.

    >>> text = 'for=192.0.2.43, for="_a,b\\"c"'
    >>> text[element_before(text, len(text)):]
    ' for="_a,b\\"c"'
    """
    first = end - LONGEST - 1 if end > LONGEST else 0
    comma, quote = text.rfind(",", first, end), text.rfind('"', first, end)
    while comma < quote:
        opening = _opening(text, first, quote)
        comma, quote = text.rfind(",", first, opening), text.rfind('"', first, opening)
    if end - comma - 1 > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    return comma + 1


def _opening(text: str, first: int, closing: int) -> int:
    """Give where the quoted string opens that ends at ``closing``: at a quote with no escape before it."""
    quote = text.rfind('"', first, closing)
    while quote >= 0:
        before = text[first:quote]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return quote
        quote = text.rfind('"', first, quote)
    raise ValueError("has a quote without its other one")


def node_of(element: str) -> str:
    """Give the value of an element's parameter ``for``, without quotes and escapes.

    White space may stand around an element (RFC 9110 section 5.6.1), and nowhere else but in quotes. Of two
    parameters of one name nobody knows which counts (RFC 7239 section 4 forbids them). A ValueError says what is wrong.

    >>> node_of(' For="[2001:db8::1]:4711";proto=https')
    '[2001:db8::1]:4711'
    """
    if not _ELEMENT.fullmatch(element):
        raise ValueError("is no list of name=value with semicolons and without spaces (in quotes: ports, IPv6)")
    pairs = _PAIR.findall(element.lower())  # names have no case; neither have addresses
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("has a parameter more than once")
    if "for" not in values:
        raise ValueError("has no for=")
    node: str = values["for"]
    return _ESCAPE.sub(r"\1", node[1:-1]) if node[0] == '"' else node
