"""Envoy's default format, which does not name the peer."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb'\[(?P<time>\d{4}-\d\d-\d\dT[^]]+)\] "(?P<request>.*?)" (?P<status>\d{1,3}) (?P<flags>[A-Za-z,_-]+) .*?'
    rb'(?P<received>\d+) (?P<size>\d+) (?P<duration>\d+|-) \S+ "(?P<fields>.*" "[^" ]*" "[^"]*" "[^"]*)"',
    re.DOTALL,
)
_FIELDS = 5  # in quotes: the forwarded header, the user agent, and three that are not wanted


def read_envoy(line: bytes) -> Readings:
    """Read a line of Envoy's.

    Nothing is escaped in it: of more fields than there are, a client has written some, and where the forwarded header
    ends is not known.

    >>> begin = b'[2026-11-29T11:00:00.070Z] "GET /a HTTP/1.1" 200 - 0 2 0 - '
    >>> read_envoy(begin + b'"203.0.113.7" "probe/1" "6f" "h" "-"')[0].forwarded
    b'203.0.113.7'
    """
    found = _LINE.match(line)
    if found is None:
        return UNREAD
    method, targets, is_cut = split_request(found["request"])
    forwarded, *rest = found["fields"].split(b'" "')
    is_clear = len(rest) == _FIELDS - 1
    return (
        Logged(
            forwarded=absent(forwarded) if is_clear else None,
            has_forwarded=is_clear,
            method=method,
            targets=targets[:1] if method else (),
            is_cut=is_cut,
            status=number(found["status"]) or None,
            size=number(found["size"]),
            agent=absent(rest[0]),
            time=read_time(found["time"]),
        ),
    )
