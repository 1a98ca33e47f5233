"""Heroku's router: names and their values to the end of the line, of which the peer's address is none."""

import re

from xmlrpc_guard.logs.escapes import readings_of
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.times import read_time

_HEAD = re.compile(rb'(?:[^"=]* )?at=(?:info|warning|error)(?: code=\w+ desc="[^"]*")?')
_PAIRS = rb'(?>(?:[a-z_]+=[^" ]*(?: |\Z))*)'
# To the end, or what a client has put into a field of another format might be taken for a line of this one. One field
# is in quotes, and may hold more of them: that of the client, who may write what looks like the fields after it.
_FIELDS = re.compile(rb'(?P<before>%b)(?:fwd="(?P<fwd>.*)"(?: |\Z)(?P<after>%b))?' % (_PAIRS, _PAIRS), re.DOTALL)
_EACH = re.compile(rb"([a-z_]+)=(\S*)")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")


def read_heroku(line: bytes) -> Readings:
    """Read a line of Heroku's router, after whatever syslog puts in front of it.

    >>> begin = b'2026-11-29T11:00:00.1+00:00 heroku[router]: at=info method=GET path="/a" host=a.example '
    >>> read_heroku(begin + b'fwd="203.0.113.7" dyno=web.1 connect=0ms service=1ms status=200 bytes=5')[0].forwarded
    b'203.0.113.7'
    """
    if (found := _split(line)) is None:
        return UNREAD
    head, method, path, rest = found
    fields = dict(_EACH.findall(rest["before"] + (rest["after"] or b"")))
    time = _TIME.search(head)
    return (
        Logged(
            forwarded=absent(rest["fwd"]),
            has_forwarded=rest["fwd"] is not None,
            method=method,
            targets=readings_of(path),
            status=number(fields.get(b"status")),
            size=number(fields.get(b"bytes")),
            time=read_time(time[0]) if time else None,
        ),
    )


def _split(line: bytes) -> "tuple[bytes, bytes, bytes, re.Match[bytes]] | None":
    """Split a line into what is before the method, the method, the path, and the other fields."""
    head, _, request = line.partition(b" method=")
    method, _, rest = request.partition(b" path=")
    # A quote may stand within the path as it is, but no blank does.
    path, sign, rest = rest[1:].partition(b'" host=') if rest[:1] == b'"' else rest.partition(b" host=")
    fields = _FIELDS.fullmatch(b"host=" + rest) if sign and path and _HEAD.fullmatch(head) else None
    return None if fields is None else (head, method, path, fields)
