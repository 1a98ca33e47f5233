"""HAProxy's ``option httplog``, after whatever syslog puts in front of it."""

import re
from collections.abc import Iterable, Iterator

from xmlrpc_guard.logs.escapes import unescape_hash
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, is_address_list, number
from xmlrpc_guard.logs.prefix import skip_header
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

# What a client writes stands after a quote or in braces; it may be the form of a line, and is not taken for one.
_LINE = re.compile(
    rb"(?:[^\"]*? )??(?P<peer>\S+):(?P<port>\d+) \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8}[.]\d{3})\] "
    rb"\S+ \S+/\S+ [-+\d/]+ (?P<status>\d{3}|-1) [+]?(?P<size>\d+) \S+ \S+ \S{4} [\d/+]+ \d+/\d+ "
    rb"(?P<captures>(?:\{[^}\"]*\} ){0,2})\"(?P<request>.*)",
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
    found = _LINE.match(skip_header(line))
    return UNREAD if found is None else (_read_parts(found),)


def _read_parts(found: re.Match[bytes]) -> Logged:
    captures = list(_captures(found["captures"]))
    forwarded = _only(text for text in captures if is_address_list(text))
    method, targets, is_cut = _split(found["request"])
    unix = found["peer"] == b"unix"
    return Logged(
        peer=None if unix else found["peer"],
        unix=unix,
        forwarded=forwarded,
        has_forwarded=forwarded is not None,
        method=method,
        targets=targets,
        is_cut=is_cut,
        status=number(found["status"]),
        size=number(found["size"]),
        agent=_only(text for text in captures if text and not is_address_list(text)),
        time=read_time(found["time"]),
    )


def _only(texts: Iterable[bytes]) -> bytes | None:
    """Give a text if it is the only one."""
    first, *more = (*texts, None)
    return None if more[1:] else first


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
