"""uWSGI's own lines, in which nothing is escaped."""

import re

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, number
from xmlrpc_guard.logs.prefix import skip_header
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time

# In a log of another server, this form may stand in what a client writes: as its User-Agent, in quotes, or as its name,
# before the quotes of the request.
_BEGIN = (
    rb"\[pid: \d+\|app: [^|\]]*\|req: [^|\]]*\] (?P<peer>\S*) \([^)]*\) \{\d+ vars in \d+ bytes\} "
    rb"\[(?P<time>[^]]*)\] (?P<method>\S*) ?"
)
_LINE = re.compile(
    rb"[^\"]*?" + _BEGIN + rb"(?P<target>.*) => generated (?P<size>\d+) bytes in \d+ [a-z]+ "
    rb"\((?P<protocol>.{0,500}?) ?(?P<status>\d{3})\) \d+ headers in [^\"]*+",
    re.DOTALL,
)
# A line that goes on in another way: what stands in the protocol's place is longer, or the line is cut.
_OTHER = re.compile(_BEGIN + rb"(?P<target>.*?)(?: => generated .*)?(?P<size>)(?P<protocol>)(?P<status>)", re.DOTALL)
_WHOLE = re.compile(rb"(?:.* )?HTTP/\d(?:[.]\d)?", re.DOTALL)


def read_uwsgi(line: bytes) -> Readings:
    """Read a line of uWSGI's.

    What follows a blank in the target stands in the protocol's place, of which 500 bytes are looked at. Without a
    protocol the target ended at a NUL, and what came after it is not known.

    >>> begin = b"[pid: 1|app: 0|req: 5/5] ::1 () {24 vars in 250 bytes} [Sun Nov 29 11:00:00 2026] GET /s "
    >>> read_uwsgi(begin + b"=> generated 2 bytes in 0 msecs (p c HTTP/1.1 200) 2 headers in 68 bytes")[0].targets
    (b'/s p c',)
    """
    found = _LINE.fullmatch(skip_header(line)) or _OTHER.fullmatch(line)
    if found is None:
        return UNREAD
    text = b"%b %b %b" % (found["method"], found["target"].rstrip(b" "), found["protocol"])
    text = text.rstrip(b" ")
    method, targets, is_cut = split_request(text)
    unix = found["peer"] in (b"", b"0.0.0.0")
    return (
        Logged(
            peer=None if unix else found["peer"],
            unix=unix,
            method=method,
            targets=targets[:1],
            is_cut=is_cut or (method is not None and not _WHOLE.fullmatch(found["protocol"])),
            status=number(found["status"]),
            size=number(found["size"]),
            time=read_time(found["time"]),
        ),
    )
