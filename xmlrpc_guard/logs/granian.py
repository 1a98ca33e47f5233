"""granian's lines: a path that is decoded in full, and no query."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, number
from xmlrpc_guard.logs.times import read_time

_LINE = re.compile(
    rb'\[(?P<time>[^]]{10,40})\] (?P<peer>\S*) - "(?P<method>[A-Z]+) (?P<path>.*) '
    rb'HTTP/\d(?:[.]\d)?" (?P<status>\d{3})(?![^ ])',
    re.DOTALL,
)

# A line end in a path is written as it is: the first half of the line names the client, and the path goes on.
_HALF = re.compile(
    rb'\[(?P<time>\d{4}[^]]{6,36})\] (?P<peer>\S*) - "(?P<method>[A-Z]+) (?P<path>[^"]*)(?P<status>)', re.DOTALL
)


def read_granian(line: bytes) -> Readings:
    """Read a line of granian's; its path is UTF-8 of what was read as Latin-1, so that it is put back into bytes.

    >>> read_granian(b'[2026-11-29 11:00:00 +0000] ::1 - "GET /a?/xmlrpc.php HTTP/1.1" 200 0.5')[0].paths
    (b'/a?/xmlrpc.php',)
    """
    found = _LINE.match(line) or _HALF.fullmatch(line)
    if found is None:
        return UNREAD
    return (
        Logged(
            peer=found["peer"] or None,
            unix=not found["peer"],
            method=found["method"],
            paths=(_as_sent(found["path"]),),
            is_cut=found.re is _HALF,
            status=number(found["status"]),
            time=read_time(found["time"]),
        ),
    )


def _as_sent(path: bytes) -> bytes:
    try:
        return path.decode().encode("latin-1")
    except UnicodeError:
        return path
