"""Header fields as a proxy handles them: what one may hold, and which of them end here."""

import re

Fields = list[tuple[str, str]]
"""Names and values in the order of the wire; a name may stand there more than once."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field's name, or a method (RFC 9110 section 5.6.2)."""
FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""A field's value: no line end, no other control character (RFC 9110 section 5.5)."""
HOST_VALUE = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.\-_~%!$&'()*+;=]+)(?::[0-9]*)?")
"""A host, and perhaps a port (RFC 9110 section 7.2, RFC 3986 section 3.2.2)."""
SCHEME_PORTS = {"http": "80", "https": "443"}
"""The port of each scheme where a host names none (RFC 9110 section 4.2)."""

# RFC 9110 section 7.6.1; the Proxy- fields are for this hop, and the trailers that Trailer announces are dropped.
# "Trailers" is in PEP 3333's list, by which servers judge what an application gives them.
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "trailers", "transfer-encoding", "upgrade"),
        *("http2-settings", "proxy-authenticate", "proxy-authorization"),
    }
)
# Fields that show whose message it is and where it ends: a peer must not be able to remove them (CVE-2022-31813).
_NEVER_BY_NAME = frozenset(
    {
        *("host", "content-length", "content-type", "via"),
        *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"),
    }
)


def drop_hop_by_hop(fields: Fields, connection: str | None, *, kept: str = "") -> Fields:
    """Drop the fields that end at this hop, and those that ``connection`` names (RFC 9110 section 7.6.1).

    It cannot name the field ``kept``, nor the fields that show whose message it is and where it ends.

    >>> drop_hop_by_hop([("X-Debug", "1"), ("Host", "a"), ("TE", "trailers")], "close, X-Debug, Host")
    [('Host', 'a')]
    """
    named = read_members(connection) - _NEVER_BY_NAME - {kept.lower()}
    dropped = _HOP_BY_HOP if named <= _HOP_BY_HOP else _HOP_BY_HOP | named
    return [field for field in fields if field[0].lower() not in dropped]


def join_by_name(fields: Fields) -> dict[str, str]:
    """Give the value of each name in lower case; several of a name are joined by commas (RFC 9110 section 5.3).

    >>> join_by_name([("Connection", "close"), ("CONNECTION", "X"), ("Host", "a")])
    {'connection': 'close,X', 'host': 'a'}
    """
    joined: dict[str, str] = {}
    for name, value in fields:
        lower = name.lower()
        joined[lower] = f"{joined[lower]},{value}" if lower in joined else value
    return joined


def read_members(value: str | None) -> set[str]:
    """Give the members of a comma-separated value in lower case; none if it is None.

    >>> sorted(read_members("Keep-Alive ,close"))
    ['close', 'keep-alive']
    """
    return {member.strip(" \t").lower() for member in value.split(",")} if value else set()
