"""Apache's ``ssl_request_log``: the time, the client, how it is encrypted, the request and a size; no status."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, number
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb'\[(?P<time>[^]"]{20,30})\] (?P<peer>[^" ]+) (?:(?:TLS|SSL)v[\d.]+|-) [^" ]+ "(?P<request>(?:[^"\\]|\\.)*+)" '
    rb"(?P<size>\d+|-)"
)


def read_ssl_request(line: bytes) -> Readings:
    """Read a line of that log, whose last number is a size though it may look like a status.

    >>> begin = b"[29/Nov/2026:11:00:00 +0000] 203.0.113.9 TLSv1.3 TLS_AES_256_GCM_SHA384 "
    >>> read_ssl_request(begin + b'"GET /a HTTP/1.1" 403')[0].size
    403
    """
    found = _LINE.fullmatch(line)
    if found is None:
        return UNREAD
    method, targets, is_cut = split_request(found["request"])
    return (
        Logged(
            peer=found["peer"],
            method=method,
            targets=targets,
            is_cut=is_cut,
            size=number(found["size"]),
            time=read_time(found["time"]),
        ),
    )
