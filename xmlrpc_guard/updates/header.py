"""The file that an update writes: a header that says whose list it is and when it was fetched, then CIDRs."""

import re
from collections.abc import Iterable

from xmlrpc_guard.ranges import Range, format_cidr

_TITLE = re.compile(rb"# (.{1,100}): [0-9]+ entr(?:y|ies); xmlrpc-guard ranges update ")
_FETCHED = re.compile(rb"^# fetched: (\S{1,40})\r?$", re.MULTILINE)
_HEAD = 4096
"""The bytes within which a header stands."""
_LONGEST = 1000
"""The characters of an address that are written: a line must be short enough for whoever reads the list."""


def written(title: str, urls: Iterable[str], blocks: list[Range], when: str, without: Iterable[str] = ()) -> bytes:
    r"""Give the bytes of a list: header, then one CIDR a line. ``when`` is its date, in ISO 8601.

    ``title`` is the list's name and its service, ``without`` what was left out of it. A query is left out of the
    address: it may hold a secret, and the file is for all to read.

    >>> print(written("office", ["https://a.example/x?key=1"], [(4, 8, 9)], "2026-11-27T08:00:00Z").decode(), end="")
    # office: 1 entry; xmlrpc-guard ranges update writes this file anew
    # fetched: 2026-11-27T08:00:00Z
    # source: https://a.example/x
    0.0.0.8/31
    """
    entries = "1 entry" if len(blocks) == 1 else f"{len(blocks)} entries"
    lines = [
        f"# {title}: {entries}; xmlrpc-guard ranges update writes this file anew",
        f"# fetched: {when}",
        *(f"# source: {url.partition('?')[0]:.{_LONGEST}}" for url in urls),
        *(f"# without: {text}, which others use too; hence the many ranges around it" for text in without),
        *map(format_cidr, blocks),
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def titled(data: bytes) -> str | None:
    r"""Give the title that a list's header tells; None if no update wrote it.

    >>> titled(b"# aws S3: 1 entry; xmlrpc-guard ranges update writes this file anew\n0.0.0.8/31\n")
    'aws S3'
    """
    match = _TITLE.match(data)
    return match[1].decode("ascii", "replace") if match else None


def fetched(data: bytes) -> str | None:
    r"""Give the date that a list's header tells, as written there; None if it tells none.

    >>> fetched(b"# office: 1 entry\n# fetched: 2026-11-27T08:00:00Z\n0.0.0.8/31\n")
    '2026-11-27T08:00:00Z'
    """
    match = _FETCHED.search(data[:_HEAD])
    return match[1].decode("ascii", "replace") if match else None
