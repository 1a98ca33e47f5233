"""Logs that name their columns in a ``#Fields:`` line: IIS, and CloudFront with tabs."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from xmlrpc_guard.logs.logged import NOT_LOGGED, UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.times import read_time

_DIRECTIVE = b"#Fields:"
# CloudFront's columns, for a file whose first lines were cut off.
_CLOUDFRONT = (
    b"date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    b"cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    b"x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    b"fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    b"sc-range-start sc-range-end"
).split()


_QUOTED = re.compile(rb'"((?:[^"]|"")*+)"|([^ "]+)')


# A date, a time, and among the words after them a method before a path, as IIS orders them.
_HEADLESS = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: [^ ]+){0,3} [A-Z]{3,20} /[^ ]* [^ ]+ \d{1,5} ")


def is_w3c_format(text: str) -> bool:
    """Return whether a text is the line that names the columns.

    >>> is_w3c_format("#Fields: date time c-ip"), is_w3c_format("$request")
    (True, False)
    """
    return names_columns(text.strip().encode("latin-1", "replace"))


def names_columns(line: bytes) -> bool:
    """Return whether a line is the one that names the columns.

    >>> names_columns(b"#Fields: date time c-ip"), names_columns(b"#Version: 1.0")
    (True, False)
    """
    return line.startswith(_DIRECTIVE)


def lacks_columns(lines: Iterable[bytes]) -> bool:
    """Return whether lines are of IIS, and none of them names the columns.

    >>> lacks_columns([b"2026-11-29 11:00:00 10.0.0.1 POST /xmlrpc.php - 443 - 203.0.113.9 probe/1 - 200 0 0 15"])
    True
    """
    found = [line for line in lines if line.strip()]
    headless = sum(bool(_HEADLESS.match(line)) for line in found)
    return 2 * headless > len(found) and not any(map(names_columns, found))


class W3CReader:
    """Reads lines by the columns that the last ``#Fields:`` line named; ``fields`` is one for a file without.

    >>> reader = W3CReader()
    >>> reader(b"#Fields: date time c-ip cs-method cs-uri-stem sc-status")
    ()
    >>> reader(b"2026-11-29 11:00:00 203.0.113.9 POST /xmlrpc.php 200")[0].paths
    (b'/xmlrpc.php',)
    """

    def __init__(self, fields: str = "") -> None:
        self.columns: list[bytes] = []
        self._follow(fields.strip().encode("latin-1", "replace"))

    def __call__(self, line: bytes) -> Readings:
        """Read a line; none of the directives is a request."""
        if line.startswith(b"#"):
            self._follow(line)
            return UNREAD
        tabs = line.split(b"\t")
        if not self.columns and len(tabs) == len(_CLOUDFRONT) and line[4:5] == b"-":
            self.columns = _CLOUDFRONT
        values = tabs if len(tabs) > 1 else line.split(b" ")
        if len(values) != len(self.columns) and b'"' in line:  # in which blanks may stand
            values = [found[2] if found[1] is None else found[1] for found in _QUOTED.finditer(line)]
        if not self.columns or len(values) != len(self.columns):
            return UNREAD
        return _read(dict(zip(self.columns, values, strict=True)), is_cloudfront=len(tabs) > 1)

    def _follow(self, line: bytes) -> None:
        if names_columns(line):
            self.columns = line.removeprefix(_DIRECTIVE).split()


def _read(row: Mapping[bytes, bytes], *, is_cloudfront: bool) -> Readings:
    if not _TARGETS & row.keys():
        return UNREAD  # without it, no line tells what was asked for
    stem = absent(row.get(b"cs-uri-stem")) or _after_host(row.get(b"cs-uri"))
    # CloudFront has encoded the path once more, which further decoding undoes.
    targets, paths = ((stem,) if stem else (), ()) if is_cloudfront else ((), _decoded_paths(stem))
    forwarded = row.get(b"x-forwarded-for", row.get(b"X-Forwarded-For", row.get(b"cs(X-Forwarded-For)")))
    return (
        Logged(
            peer=absent(row.get(b"c-ip")),
            forwarded=absent((forwarded or b"").replace(b"+", b" ")),
            has_forwarded=forwarded is not None,
            method=absent(row.get(b"cs-method", NOT_LOGGED)) if stem else None,
            targets=targets,
            paths=paths,
            status=number(row.get(b"sc-status", row.get(b"c-status"))),
            size=number(row.get(b"sc-bytes")),
            agent=_agent_of(row),
            time=_time_of(row),
        ),
    )


def _agent_of(row: Mapping[bytes, bytes]) -> bytes | None:
    agent = absent(row.get(b"cs(User-Agent)"))
    return agent and unquote_to_bytes(agent.replace(b"+", b" "))


def _time_of(row: Mapping[bytes, bytes]) -> int | None:
    date, time = (row.get(name, row.get(name + b"-local", b"")) for name in (b"date", b"time"))
    return read_time(b"%b %b" % (date, time))


def _decoded_paths(stem: bytes | None) -> tuple[bytes, ...]:
    """Give the path that IIS has decoded, in which it writes a blank as a plus sign."""
    return tuple(dict.fromkeys((stem, stem.replace(b"+", b" ")))) if stem else ()


_TARGETS = frozenset((b"cs-uri-stem", b"cs-uri"))


def _after_host(uri: bytes | None) -> bytes | None:
    """Give the path of an address without a scheme, as some write; None if there is none."""
    _host, slash, path = (uri or b"").partition(b"/")
    return slash + path or None
