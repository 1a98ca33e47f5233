"""Logs that name their columns in a ``#Fields:`` line: IIS, and CloudFront with tabs."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
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


_QUOTED = re.compile(rb'"([^"]*)"|([^ "]+)')


class W3CReader:
    """Reads lines by the columns that the last ``#Fields:`` line named.

    >>> reader = W3CReader()
    >>> reader(b"#Fields: date time c-ip cs-method cs-uri-stem sc-status")
    ()
    >>> reader(b"2026-11-29 11:00:00 203.0.113.9 POST /xmlrpc.php 200")[0].paths
    (b'/xmlrpc.php',)
    """

    def __init__(self) -> None:
        self.columns: list[bytes] = []

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
        if line.startswith(_DIRECTIVE):
            self.columns = line.removeprefix(_DIRECTIVE).split()


def _read(row: Mapping[bytes, bytes], *, is_cloudfront: bool) -> Readings:
    stem = absent(row.get(b"cs-uri-stem")) or _after_host(row.get(b"cs-uri"))
    # IIS has decoded the path; CloudFront has encoded it once more, which further decoding undoes.
    targets, paths = ((stem,), ()) if is_cloudfront and stem else ((), (stem,) if stem else ())
    agent = absent(row.get(b"cs(User-Agent)"))
    forwarded = row.get(b"x-forwarded-for", row.get(b"X-Forwarded-For", row.get(b"cs(X-Forwarded-For)")))
    return (
        Logged(
            peer=absent(row.get(b"c-ip")),
            forwarded=absent((forwarded or b"").replace(b"+", b" ")),
            has_forwarded=forwarded is not None,
            method=absent(row.get(b"cs-method")) if stem else None,
            targets=targets,
            paths=paths,
            status=number(row.get(b"sc-status")),
            size=number(row.get(b"sc-bytes")),
            agent=agent and unquote_to_bytes(agent.replace(b"+", b" ")),
            time=read_time(
                b"%b %b" % tuple(row.get(name, row.get(name + b"-local", b"")) for name in (b"date", b"time"))
            ),
        ),
    )


def _after_host(uri: bytes | None) -> bytes | None:
    """Give the path of an address without a scheme, as some write; None if there is none."""
    _host, slash, path = (uri or b"").partition(b"/")
    return slash + path or None
