r"""The combined family: ``client ... [time] "request" status size "referer" "user agent"``.

nginx, Apache, lighttpd, gunicorn, Traefik, h2o, varnishncsa and Paste write it, each with escapes and prefixes of its
own. The third column is a user name that any client may send, blanks and all. So a line is not split at its blanks:
its time is looked for, and the request after it.
"""

import re
from collections.abc import Iterator

from xmlrpc_guard.logs.escapes import unescape
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, is_address_list, number
from xmlrpc_guard.logs.prefix import read_prefix
from xmlrpc_guard.logs.requestline import may_be_cut, split_request
from xmlrpc_guard.logs.times import read_time

_TIME = re.compile(rb'\[([^][" ]{8,30}(?: [^][" ]{2,14})?)\] "')
# The request ends at the first protocol that a status follows: it may hold quotes and blanks of its own.
_REQUEST = re.compile(rb'(.*? HTTP/\d(?:[.]\d)?)" (\d{3})(?![^ ])', re.DOTALL)
_NO_REQUEST = re.compile(rb'((?:[^"\\]|\\.)*+)" (\d{3})(?![^ ])', re.DOTALL)
_WHOLE = re.compile(rb'HTTP/\d[.]\d".\d{3}', re.DOTALL | re.IGNORECASE)
_SIZE = re.compile(rb" (\d+|-)(?![^ ])")
_FIELD = re.compile(rb' "((?:[^"\\]|\\.)*+)"', re.DOTALL)
# Pantheon ends a line in `"agent" 0.123 "203.0.113.9, 10.0.0.1"`, Acquia has `"agent" vhost=a forwarded_for="..."`.
_LATER = re.compile(rb'"(?: [\d.]+)+ "(?P<last>[^"\\]*)"\Z|" (?>(?:\w+=[^" ]* )*)forwarded_for="(?P<named>[^"\\]*)"')
_GOES_ON = re.compile(rb"[^ ](?!\w*=)")  # after a quote that was not the end; `"probe/1"rt=0.3` is another column
# Forms with the time elsewhere: `[time] 203.0.113.9 1.312 - example.org "GET / HTTP/1.1" 200`.
_LOOSE = re.compile(
    rb'"([A-Za-z][\w-]{0,30} (?:[^"\\]|\\.)*+)(?:(?<= HTTP/\d)|(?<= HTTP/\d[.]\d))" (\d{3})(?![^ ])', re.DOTALL
)
_TIME_ANYWHERE = re.compile(rb"\[([^][]{8,45})\]")
_AGENT, _FORWARDED = 1, 2  # which of the quoted fields
_MOST = 8  # times in a line: what is after them is not looked at, as no more lines run into one


def read_combined(line: bytes) -> Readings:
    """Read a line of the combined family.

    Several times in one line, each with a request, are two lines that two writers ran into one, or one that a client
    has written into another: each is given, and no client but the first is known.

    >>> begin = b"203.0.113.9 - u s [29/Nov/2026:11:00:00 +0000] "
    >>> read_combined(begin + b'"GET /a HTTP/1.1" 200 2 "-" "probe/1"')[0].targets
    (b'/a',)
    """
    times = [found for _, found in zip(range(_MOST), _TIME.finditer(line), strict=False)]
    found = tuple(_read_all(line, times)) or _read_loose(line)
    return tuple(map(_uncut, found)) if any(each.is_cut for each in found) and _WHOLE.search(line) else found


def _uncut(logged: Logged) -> Logged:
    """Take a request for whole since its line holds a whole one: in a line of several, it is that one which counts."""
    return logged if any(map(may_be_cut, logged.targets)) else logged._replace(is_cut=False)


def _read_all(line: bytes, times: list["re.Match[bytes]"]) -> Iterator[Logged]:
    first = True
    for at, found in enumerate(times):
        end = times[at + 1].start() if at + 1 < len(times) else len(line)
        logged = _read_request(line, found, end)
        if logged is not None:
            yield _with_peer(logged, line[: found.start()]) if first else logged
            first = False


def _read_request(line: bytes, time: "re.Match[bytes]", end: int) -> Logged | None:
    request = _REQUEST.match(line, time.end(), end) or _NO_REQUEST.match(line, time.end(), end)
    if request is None:
        return _read_cut(line[time.end() : end], read_time(time[1])) if end == len(line) else None
    return _fill(request, line[request.end() : end], read_time(time[1]))


def _fill(request: "re.Match[bytes]", rest: bytes, time: int | None) -> Logged:
    method, targets, is_cut = split_request(request[1])
    size = _SIZE.match(rest)
    fields = list(_fields(rest, size.end() if size else 0))
    forwarded, has_forwarded = read_third(fields[_FORWARDED]) if len(fields) > _FORWARDED else _read_later(rest)
    return Logged(
        method=method,
        targets=targets,
        is_cut=is_cut,
        status=number(request[2]),
        size=number(size[1]) if size else None,
        agent=absent(unescape(fields[_AGENT])) if len(fields) > _AGENT else None,
        forwarded=forwarded,
        has_forwarded=has_forwarded,
        time=time,
    )


def read_third(field: bytes) -> tuple[bytes | None, bool]:
    """Read the third quoted field: give X-Forwarded-For, and whether this is its place.

    nginx' own format has it there, with ``-`` for none. What else stands there is another field.

    >>> read_third(b"203.0.113.7"), read_third(b"-"), read_third(b"example.org")
    ((b'203.0.113.7', True), (None, True), (None, False))
    """
    has_list = field != b"" and is_address_list(field)
    return (field if has_list else None), has_list or field == b"-"


def _read_later(rest: bytes) -> tuple[bytes | None, bool]:
    """Read X-Forwarded-For where hosts of sites have it: after the times, or with its name."""
    found = _LATER.search(rest)
    return read_third(found["last"] or found["named"] or b"") if found else (None, False)


def _fields(rest: bytes, at: int) -> Iterator[bytes]:
    """Give the quoted fields that follow each other; quotes that do not pair up end at the last one of the line."""
    while rest.startswith(b' "', at):
        field = _FIELD.match(rest, at)
        if field is None or _GOES_ON.match(rest, field.end()):
            yield rest[at + 2 : max(rest.rfind(b'"'), at + 2)]
            return
        yield field[1]
        at = field.end()


def _read_cut(rest: bytes, time: int | None) -> Logged | None:
    """Read a line that ends within its request: what there is of the target is only its beginning."""
    method, targets, _ = split_request(rest)
    return None if method is None else Logged(method=method, targets=targets, is_cut=True, time=time)


def _read_loose(line: bytes) -> Readings:
    request = _LOOSE.search(line)
    if request is None:
        return UNREAD
    prefix = line[: request.start()]
    time = _TIME_ANYWHERE.search(prefix)
    logged = _fill(request, line[request.end() :], read_time(time[1]) if time else None)
    before = _TIME_ANYWHERE.sub(b"", prefix) if time else prefix
    return (_with_peer(logged, before if prefix[:1] == b" " else before.lstrip()),)


def _with_peer(logged: Logged, prefix: bytes) -> Logged:
    peer, forwarded, unix = read_prefix(prefix)
    if forwarded is None:
        return logged._replace(peer=peer, unix=unix)
    return logged._replace(peer=None, forwarded=forwarded, has_forwarded=True)
