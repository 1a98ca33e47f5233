"""Nginx Proxy Manager's lines, which nginx writes: what is asked for stands between quotes, the client in brackets."""

import re

from xmlrpc_guard.logs.escapes import unescape
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.prefix import skip_header
from xmlrpc_guard.logs.times import read_time

# Of a proxy: what the cache did, the statuses of the servers behind it. Of a redirection: neither.
_LINE = re.compile(
    rb'\[(?P<time>[^]"]{20,30})\] (?:[^" ]+ [\d, :-]+ )?(?P<status>\d{3}) - (?P<method>[^" ]+) https? [^" ]* '
    rb'"(?P<target>[^"]*)" \[Client (?P<peer>[^]]*)\] \[Length (?P<size>\d+)\] \[Gzip [^]]*\] '
    rb'(?:\[Sent-to [^]]*\] )?"(?P<agent>[^"]*)" "[^"]*"'
)


def read_npm(line: bytes) -> Readings:
    """Read a line of Nginx Proxy Manager's.

    >>> begin = b'[29/Nov/2026:11:00:00 +0000] - 200 200 - POST https a.example "/a" [Client 203.0.113.9] '
    >>> read_npm(begin + b'[Length 370] [Gzip -] [Sent-to 10.0.0.5] "probe/1" "-"')[0].peer
    b'203.0.113.9'
    """
    found = _LINE.fullmatch(skip_header(line))
    if found is None:
        return UNREAD
    target = absent(unescape(found["target"]))
    return (
        Logged(
            peer=absent(found["peer"]),
            method=absent(found["method"]) if target else None,
            targets=(target,) if target else (),
            status=number(found["status"]),
            size=number(found["size"]),
            agent=absent(unescape(found["agent"])),
            time=read_time(found["time"]),
        ),
    )
