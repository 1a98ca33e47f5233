"""Squid's own format, in which each word is encoded so that it has no blanks."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, number
from xmlrpc_guard.logs.requestline import split_target, without_host
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb"(?P<time>\d{9,10}[.]\d{3}) +-?\d+ (?P<peer>\S+) [A-Z_]+/(?P<status>\d{3}) (?P<size>\d+) "
    rb"(?P<request>\S+ \S+) \S+ [A-Z_]+/\S+ \S+"
)


def read_squid(line: bytes) -> Readings:
    """Read a line of Squid's; its target is a whole address, and ``error:...`` where there was no request.

    >>> line = b"1796014522.348     11 203.0.113.9 TCP_MISS/200 216 POST http://a.example/a - NONE/- -"
    >>> read_squid(line)[0].targets
    (b'/a',)
    """
    found = _LINE.fullmatch(line)
    if found is None:
        return UNREAD
    method, targets, is_cut = split_target(found["request"], whole=True)
    is_request = method is not None and not targets[0].startswith(b"error:")
    return (
        Logged(
            peer=found["peer"],
            method=method if is_request else None,
            targets=tuple(map(without_host, targets)) if is_request else (),
            is_cut=is_cut and is_request,
            status=number(found["status"]) or None,
            size=number(found["size"]),
            time=read_time(found["time"]),
        ),
    )
