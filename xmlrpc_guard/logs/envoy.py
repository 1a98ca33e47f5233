"""Envoy's default format, which does not name the peer."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb'\[(?P<time>\d{4}-\d\d-\d\dT[^]]+)\] "(?P<request>.*?)" (?P<status>\d{1,3}) (?P<flags>[A-Za-z,_-]+) .*?'
    rb'(?P<received>\d+) (?P<size>\d+) (?P<duration>\d+|-) \S+ "(?P<forwarded>[^"]*)" "(?P<agent>.*?)" '
    rb'"[^" ]*" "[^"]*" "[^"]*"',
    re.DOTALL,
)


def read_envoy(line: bytes) -> Readings:
    """Read a line of Envoy's.

    >>> begin = b'[2026-11-29T11:00:00.070Z] "GET /a HTTP/1.1" 200 - 0 2 0 - '
    >>> read_envoy(begin + b'"203.0.113.7" "probe/1" "6f" "h" "-"')[0].forwarded
    b'203.0.113.7'
    """
    found = _LINE.match(line)
    if found is None:
        return UNREAD
    method, targets, is_cut = split_request(found["request"])
    return (
        Logged(
            forwarded=absent(found["forwarded"]),
            has_forwarded=True,
            method=method,
            targets=targets[:1] if method else (),
            is_cut=is_cut,
            status=number(found["status"]) or None,
            size=number(found["size"]),
            agent=absent(found["agent"]),
            time=read_time(found["time"]),
        ),
    )
