"""The file that an update writes: a header that names the list and its date, then CIDRs."""

import re
from collections.abc import Collection, Iterable

from xmlrpc_guard.ranges import Range, format_range
from xmlrpc_guard.text import format_entries

_TITLE = re.compile(rb"# (.{1,100}): [0-9]+ entr(?:y|ies); xmlrpc-guard ranges update ")
_DATE = re.compile(rb"^# fetched: (\S{1,40})\r?$", re.MULTILINE)
_HEADER_BYTES = 4096
"""The bytes within which a header stands."""
_LONGEST_URL = 1000
"""The characters of an address that are written: readers of lists limit the length of a line."""


def format_file(
    title: str, urls: Iterable[str], entries: Collection[Range], date: str, excluded: Iterable[Range] = ()
) -> bytes:
    r"""Give the bytes of a list: header, then one CIDR a line. ``date`` is that of the download, in ISO 8601.

    ``title`` is the list's name and its service, ``excluded`` what was cut out of its entries. A query is left out of
    the address: it may hold a secret, and the file is for all to read.

    >>> file = format_file("office", ["https://a.example/x?key=1"], [(4, 8, 9)], "2026-11-27T08:00:00Z")
    >>> print(file.decode(), end="")
    # office: 1 entry; xmlrpc-guard ranges update replaces this file
    # fetched: 2026-11-27T08:00:00Z
    # source: https://a.example/x
    0.0.0.8/31
    """
    lines = [
        f"# {title}: {format_entries(len(entries))}; xmlrpc-guard ranges update replaces this file",
        f"# fetched: {date}",
        *(f"# source: {url.partition('?')[0]:.{_LONGEST_URL}}" for url in urls),
        *(f"# excluded: {format_range(hole)}, so the range around it is split into several" for hole in excluded),
        *map(format_range, entries),
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def read_title(data: bytes) -> str | None:
    r"""Give the title in a list's header; None if no update wrote it.

    >>> read_title(b"# aws S3: 1 entry; xmlrpc-guard ranges update replaces this file\n0.0.0.8/31\n")
    'aws S3'
    """
    match = _TITLE.match(data)
    return match[1].decode("ascii", "replace") if match else None


def read_date(data: bytes) -> str | None:
    r"""Give the date in a list's header, as written there; None if there is none.

    >>> read_date(b"# office: 1 entry\n# fetched: 2026-11-27T08:00:00Z\n0.0.0.8/31\n")
    '2026-11-27T08:00:00Z'
    """
    match = _DATE.search(data[:_HEADER_BYTES])
    return match[1].decode("ascii", "replace") if match else None
