"""Bunny's lines: fields between bars, and the whole address that was asked for. The method is not among them."""

import re

from xmlrpc_guard.logs.logged import NOT_LOGGED, UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.requestline import without_host
from xmlrpc_guard.logs.times import read_time

# To its last field, a country: lines of other formats that begin with what a client sends do not end so.
_LINE = re.compile(
    rb"[A-Z]+\|(?P<status>\d{3})\|(?P<time>\d{9,11})\d{3}\|(?P<size>\d+)\|\d+\|(?P<peer>[^|]*)\|"
    rb'(?P<rest>.*\|[^|" ]*)'
)
_ADDRESS = re.compile(rb"\|(?=https?://)")  # after the Referer, which may hold a bar too
_REGION = re.compile(rb"\|[A-Z]{1,4}\d{0,2}\|")  # which follows the address


def read_bunny(line: bytes) -> Readings:
    """Read a line of Bunny's; a bar in the address leaves open where that ends, so that it is read in both ways.

    Where more than one part may be the address, all from the first one to the line's end is one more reading.

    >>> begin = b"MISS|200|1795950000123|370|1234|203.0.113.9|-|"
    >>> read_bunny(begin + b"https://a.example/a?b|DE|probe/1|6f96|DE")[0].targets
    (b'/a?b',)
    """
    found = _LINE.fullmatch(line)
    starts = [each.end() for each in _ADDRESS.finditer(found["rest"])] if found else []
    rest = found["rest"][starts[0] :] if found and starts else b""
    regions = [*_REGION.finditer(rest)]
    if found is None or not regions:
        return UNREAD
    ends = dict.fromkeys((regions[0].start(), regions[-1].start()))
    targets = [*(without_host(rest[:end]) for end in ends), *[rest] * (len(starts) > 1)]
    agent = rest[regions[0].end() :].rsplit(b"|", 2)[0]
    return (
        Logged(
            peer=absent(found["peer"]),
            method=NOT_LOGGED,
            targets=tuple(targets),
            status=number(found["status"]),
            size=number(found["size"]),
            agent=absent(agent),
            time=read_time(found["time"]),
        ),
    )
