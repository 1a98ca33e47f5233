"""The grammar of the header Forwarded (RFC 7239 section 4), read from its right end.

Trusted proxies add their elements on the right; anything left of those may come from a stranger. Read from the left, a
quote that the stranger leaves open would swallow the proxies' elements; read from the right, it cannot. Both directions
cut a well-formed header at the same commas.
"""

import re

LONGEST_ELEMENT = 1024
"""The most characters that one element may have; a host name has at most 255."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110 section 5.6.2; not a password
_PLAIN = r"[\t !#-\[\]-~\x80-\xff]*+"
_QUOTED_STRING = rf'"{_PLAIN}(?:\\[\t -~\x80-\xff]{_PLAIN})*+"'  # RFC 9110 section 5.6.4
# Section 4 allows empty pairs between semicolons.
_ELEMENT = re.compile(rf"[\t ]*;*(?:{_TOKEN}=(?:{_TOKEN}|{_QUOTED_STRING})(?:;+|(?=[\t ]*\Z)))*[\t ]*")
_PAIR = re.compile(r'([^\t =;]+)=("[^"\\]*(?:\\.[^"\\]*)*"|[^\t ;]+)')  # for use after _ELEMENT has matched
_QUOTED_PAIR = re.compile(r"\\(.)")


def find_element_start(text: str, end: int) -> int:
    r"""Return where the element that ends at ``end`` starts: after the last comma outside quotes, or at 0.

    ValueError, with the reason, if a quote is unmatched or the element is longer than LONGEST_ELEMENT; no more
    characters than those are read.

    >>> text = 'for=192.0.2.43, for="_a,b\\"c"'
    >>> text[find_element_start(text, len(text)):]
    ' for="_a,b\\"c"'
    """
    first = end - LONGEST_ELEMENT - 1 if end > LONGEST_ELEMENT else 0
    comma, quote = text.rfind(",", first, end), text.rfind('"', first, end)
    while comma < quote:
        opening = _find_opening(text, first, quote)
        comma, quote = text.rfind(",", first, opening), text.rfind('"', first, opening)
    if end - comma - 1 > LONGEST_ELEMENT:
        raise ValueError(f"is longer than {LONGEST_ELEMENT} characters")
    return comma + 1


def _find_opening(text: str, first: int, closing: int) -> int:
    """Return where the quoted string that ends at ``closing`` opens: at a quote that is not escaped."""
    quote = text.rfind('"', first, closing)
    while quote >= 0:
        before = text[first:quote]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return quote
        quote = text.rfind('"', first, quote)
    raise ValueError("has an unmatched quote")


def read_node(element: str) -> str:
    """Return the value of an element's parameter ``for``, in lower case, without quotes and escapes.

    White space is allowed around an element (RFC 9110 section 5.6.1) and in quotes only. A parameter that stands
    twice is an error (RFC 7239 section 4 forbids it): readers differ in which one they take. ValueError, with the
    reason, if there is no such value.

    >>> read_node(' For="[2001:db8::1]:4711";proto=https')
    '[2001:db8::1]:4711'
    """
    if not _ELEMENT.fullmatch(element):
        raise ValueError("is not name=value pairs joined by semicolons, without spaces (ports and IPv6 need quotes)")
    pairs = _PAIR.findall(element.lower())  # names and addresses have no case
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("has a parameter more than once")
    if "for" not in values:
        raise ValueError("has no for=")
    node: str = values["for"]
    return _QUOTED_PAIR.sub(r"\1", node[1:-1]) if node[0] == '"' else node
