"""HAProxy's ``option httplog``, after whatever syslog puts in front of it."""

import re
from collections.abc import Iterator

from xmlrpc_guard.logs.escapes import unescape_hash
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, is_address_list, number
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb"(?:^|(?<= ))(?P<peer>\S+):(?P<port>\d+) \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8}[.]\d{3})\] "
    rb"\S+ \S+/\S+ [-+\d/]+ (?P<status>\d{3}|-1) [+]?(?P<size>\d+) \S+ \S+ \S{4} [\d/+]+ \d+/\d+ "
    rb"(?P<captures>(?:\{[^}]*\} ){0,2})\"(?P<request>.*)",
    re.DOTALL,
)


def read_haproxy(line: bytes) -> Readings:
    """Read a line of HAProxy's.

    A message is cut at 1024 bytes and a request line at 1023, which shows in the quote or the protocol that is missing.
    Captures have no names: an address list among those of the request is taken for the forwarded header.

    >>> begin = b"127.0.0.1:4 [29/Nov/2026:11:00:00.123] f1 b/s 0/0/0/7/7 200 51 - - ---- 1/1/0/0/0 0/0 "
    >>> read_haproxy(begin + b'"GET /#23 HTTP/1.1"')[0].targets
    (b'/#',)
    """
    found = _LINE.search(line)
    if found is None:
        return UNREAD
    captures = list(_captures(found["captures"]))
    forwarded = [text for text in captures if is_address_list(text)]
    agents = [text for text in captures if text and not is_address_list(text)]
    method, targets, is_cut = _split(found["request"])
    unix = found["peer"] == b"unix"
    return (
        Logged(
            peer=None if unix else found["peer"],
            unix=unix,
            forwarded=forwarded[0] if len(forwarded) == 1 else None,
            has_forwarded=len(forwarded) == 1,
            method=method,
            targets=targets,
            is_cut=is_cut,
            status=number(found["status"]),
            size=number(found["size"]),
            agent=agents[0] if len(agents) == 1 else None,
            time=read_time(found["time"]),
        ),
    )


def _captures(text: bytes) -> Iterator[bytes]:
    """Give the captured fields of the request, which are the first in braces."""
    first = text[1 : text.find(b"}")] if text else b""
    return map(unescape_hash, first.split(b"|"))


def _split(request: bytes) -> tuple[bytes | None, tuple[bytes, ...], bool]:
    text, quote, _ = request.rpartition(b'"')
    if text == b"<BADREQ>":
        return None, (), False
    method, targets, is_cut = split_request(text if quote else request)
    # A backslash is itself here; what another dialect would make of it is no reading of this line.
    return method, tuple(map(unescape_hash, targets[:1])), is_cut or not quote
