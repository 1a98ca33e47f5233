"""Read the bytes of an address list: one entry a line, or JSON as services publish it.

First the entries, then what they cover. An HTML page, a file cut off by a crash, JSON of an unknown shape, and an entry
that cannot be read are each a SourceError that names the line and says what to do.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from xmlrpc_guard.batches import BATCH, add_batch
from xmlrpc_guard.edges import Gathered, Pause, go_on
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile.data import Data, check_data, decode, is_json, markup_error, skip_bom
from xmlrpc_guard.listfile.documents import check_shape, read_document
from xmlrpc_guard.listfile.entry import ListEntry, read_at_line
from xmlrpc_guard.listfile.lines import LONGEST_LINE, LinesPiece, read_lines, read_pieces
from xmlrpc_guard.listfile.paths import parse_path
from xmlrpc_guard.networks import Networks, merge_gathered
from xmlrpc_guard.published import ARRAY, LINES, OBJECTS, Shape
from xmlrpc_guard.ranges import Range

__all__ = [
    "LONGEST_LINE",
    "SHAPES",
    "ListEntry",
    "iterate_list",
    "read_at_line",
    "read_list",
    "read_networks",
    "read_ranges",
]

SHAPES = (LINES, ARRAY, *OBJECTS)
"""Every shape that a list may have."""


def read_networks(
    data: Data, source: str, *, service: str | None = None, field: str | None = None, pause: Pause = go_on
) -> tuple[Networks, int]:
    r"""Give the addresses that a list covers, and how many entries it has; SourceError if any of it cannot be used.

    ``pause`` is called after each piece of a long list of lines, and of the work that follows.

    >>> read_networks(b"192.0.2.0/25\n192.0.2.128/25\n", "office.txt")
    (Networks(['192.0.2.0/24']), 2)
    """
    gathered, count = Gathered(), 0
    for piece in _iterate_pieces(data, source, service, field, pause):
        texts = piece.texts()
        if texts is None or not add_batch(gathered, texts):
            texts = list(_add_each(gathered, piece.entries(), source))
        count += len(texts)
        pause()
    return merge_gathered(gathered, pause), count


def _add_each(gathered: Gathered, entries: Iterable[ListEntry], source: str) -> Iterator[str]:
    """Add what entries cover, one by one, and give the text of each."""
    for entry in entries:
        gathered.add(read_at_line(entry, source))
        yield entry.text


class _Piece(NamedTuple):
    """Some entries of a document."""

    all: list[ListEntry]

    def entries(self) -> Iterable[ListEntry]:
        return self.all

    def texts(self) -> list[str]:
        return [entry.text for entry in self.all]


def read_ranges(data: Data, source: str) -> list[Range]:
    r"""Give the ranges of a list's entries, sorted and each once; SourceError if any of it cannot be used.

    >>> read_ranges(b"2001:DB8::/32\n192.0.2.7\n192.0.2.7/32\n", "office.txt")[0] == (4, 0xC0000207, 0xC0000207)
    True
    >>> read_ranges(b"192.0.2.7/24\n", "office.txt")
    Traceback (most recent call last):
    xmlrpc_guard.errors.SourceError: office.txt:1: '192.0.2.7/24' has host bits set; write 192.0.2.0/24
    """
    return sorted({each for entry in iterate_list(data, source) for each in read_at_line(entry, source)})


def read_list(data: Data, source: str, *, service: str | None = None, field: str | None = None) -> list[ListEntry]:
    r"""Give the entries of a list, in order, not yet read; SourceError, naming ``source``, if it is not a list.

    Lines: one entry each, ``#`` or ``;`` begins a comment. JSON: an array of texts, or an object with all the fields of
    a service's list; of AWS' and Azure's, ``service`` names the part to take, and of any document ``field`` the place
    where the entries stand, as ``parse_path`` reads it. Without ``field``, an address in any other place is an error,
    since it would be dropped in silence. A list of comments alone has no entries, and so does ``[]``; bytes without
    even a comment are an error, since that is what a failed download leaves.

    >>> read_list(b"# the office\n192.0.2.7\n\n2001:db8::/32  # its new line\n", "office.txt")
    [ListEntry(line=2, text='192.0.2.7'), ListEntry(line=4, text='2001:db8::/32')]
    >>> read_list(b'{"hooks": ["192.0.2.0/24"], "web": ["198.51.100.0/24"]}', "meta.json", field="hooks")
    [ListEntry(line=1, text='192.0.2.0/24')]
    """
    return list(iterate_list(data, source, service=service, field=field))


def iterate_list(
    data: Data,
    source: str,
    *,
    service: str | None = None,
    field: str | None = None,
    shapes: Collection[Shape] = SHAPES,
) -> Iterator[ListEntry]:
    """Give the same one by one, so that a million entries need not be held at once; an error may come on the way.

    ``shapes`` are those that the list may have.
    """
    if _is_lines(data, source, service, field, shapes):
        return read_lines(data, source)
    return _read_json(data, source, service, field, shapes)


def _iterate_pieces(
    data: Data, source: str, service: str | None, field: str | None, pause: Pause
) -> Iterator[LinesPiece | _Piece]:
    if _is_lines(data, source, service, field, SHAPES):
        yield from read_pieces(data, source, pause)
        return
    entries = _read_json(data, source, service, field, SHAPES)
    while batch := [*islice(entries, BATCH)]:
        yield _Piece(batch)


def _is_lines(data: Data, source: str, service: str | None, field: str | None, shapes: Collection[Shape]) -> bool:
    """Return whether bytes are lines, and not JSON; SourceError if they are neither, or not what was expected."""
    start = check_data(data, source)
    if data[start : start + 1] == b"<":
        raise markup_error(source, data)
    if is_json(data, start):
        return False
    check_shape(LINES, source, service, shapes)
    if field is not None:
        raise SourceError(source, 0, f"is lines of text, but field={field!a:.60} is set; leave that out")
    return True


def _read_json(
    data: Data, source: str, service: str | None, field: str | None, shapes: Collection[Shape]
) -> Iterator[ListEntry]:
    path = None if field is None else parse_path(field)
    return read_document(decode(data[skip_bom(data) :], source), source, shapes, service, path)
