"""The router of Cloud Foundry: the combined form but for its host, two addresses and the forwarded header's name."""

import re

from xmlrpc_guard.logs.escapes import unescape
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

_QUOTED = rb'(?:[^"\\]|\\.)*+'
# The request stands between the first quotes of the line: what else a client sends comes later. A query may hold more
# quotes, and the fields after it hold them with a backslash.
_LINE = re.compile(
    rb'(?:[^"]* )?[^ "]+ - \[(?P<time>[^]"]{20,40})\] "(?P<request>[^"]*|[^ "]+ [^ ]+ HTTP/\d(?:[.]\d)?)" '
    rb'(?P<status>\d{3}|"-") \d+ (?P<size>\d+) "%b" "(?P<agent>%b)" "?(?P<peer>[^" ]+)"? (?:"?[^" ]+"? )?'
    rb'x_forwarded_for:"(?P<forwarded>%b)"' % (_QUOTED, _QUOTED, _QUOTED)
)


def read_gorouter(line: bytes) -> Readings:
    """Read a line of the router's, after what the platform puts in front of it.

    >>> begin = b'a.example - [2026-11-29T11:00:00.1Z] "GET /a HTTP/1.1" 200 0 5 "-" "probe/1" "10.0.0.1:4" '
    >>> read_gorouter(begin + b'"10.0.0.2:8080" x_forwarded_for:"203.0.113.7, 10.0.0.1"')[0].forwarded
    b'203.0.113.7, 10.0.0.1'
    """
    found = _LINE.match(line)
    if found is None:
        return UNREAD
    method, targets, is_cut = split_request(found["request"])
    return (
        Logged(
            peer=absent(found["peer"]),
            forwarded=absent(unescape(found["forwarded"])),
            has_forwarded=True,
            method=method,
            targets=targets,
            is_cut=is_cut,
            status=number(found["status"]),
            size=number(found["size"]),
            agent=absent(unescape(found["agent"])),
            time=read_time(found["time"]),
        ),
    )
