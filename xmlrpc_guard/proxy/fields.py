"""Header fields as a proxy handles them: what one may hold, and which of them end here."""

import re

Fields = list[tuple[str, str]]
"""Names and values in the order of the wire; a name may stand there more than once."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field's name, or a method (RFC 9110 section 5.6.2)."""
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""A field's value: no line end, no other control character (RFC 9110 section 5.5)."""

# RFC 9110 section 7.6.1; the Proxy- fields are for this hop, and the trailers that Trailer announces are dropped.
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("http2-settings", "proxy-authenticate", "proxy-authorization"),
    }
)
# What says whose message it is and where it ends is no peer's to take away (CVE-2022-31813).
_NEVER_BY_NAME = frozenset(
    {"host", "content-length", "content-type", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
)


def end_to_end(fields: Fields) -> Fields:
    """Leave out the fields that end at this hop, and those that Connection names (RFC 9110 section 7.6.1).

    >>> end_to_end([("Connection", "close, X-Debug, Host"), ("X-Debug", "1"), ("Host", "a"), ("TE", "trailers")])
    [('Host', 'a')]
    """
    kept = [(name, value) for name, value in fields if name.lower() not in _HOP_BY_HOP]
    named = set(values(fields, "connection")) - _NEVER_BY_NAME
    return [(name, value) for name, value in kept if name.lower() not in named] if named else kept


def values(fields: Fields, wanted: str) -> list[str]:
    """Give the comma-separated members of all fields of a name, in lower case.

    >>> values([("Connection", "close"), ("CONNECTION", "Keep-Alive , X")], "connection")
    ['close', 'keep-alive', 'x']
    """
    texts = [value for name, value in fields if name.lower() == wanted]
    return [member.strip(" \t").lower() for text in texts for member in text.split(",")]
