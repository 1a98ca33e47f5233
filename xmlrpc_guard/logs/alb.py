"""The access log of Amazon's load balancers: of the classic one, a line does not begin with the protocol."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.requestline import split_request, without_host
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb"(?:(?:https?|h2|grpcs|wss?) )?(?P<time>\d{4}-\d\d-\d\dT\S+) \S+ (?P<peer>\S+) \S+ (?:[-\d.]+ ){3}"
    rb'(?P<status>\d{3}|-) (?:\d{3}|-) \d+ (?P<size>\d+) "(?P<request>(?:[^"\\]|\\.)*+)" "(?P<agent>(?:[^"\\]|\\.)*+)"',
    re.DOTALL,
)


def read_alb(line: bytes) -> Readings:
    """Read a line of a load balancer's. The target is written as a whole address, with the host and the port.

    >>> begin = b"https 2026-11-29T11:00:00.1Z app/n 203.0.113.9:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "
    >>> read_alb(begin + b'"GET https://example.org:443/a HTTP/1.1" "probe/1" - -')[0].peer
    b'203.0.113.9:2817'
    """
    found = _LINE.match(line)
    if found is None:
        return UNREAD
    method, targets, is_cut = split_request(found["request"])
    return (
        Logged(
            peer=found["peer"],
            method=method,
            targets=tuple(map(without_host, targets)),
            is_cut=is_cut,
            status=number(found["status"]),
            size=number(found["size"]),
            agent=absent(found["agent"]),
            time=read_time(found["time"]),
        ),
    )
