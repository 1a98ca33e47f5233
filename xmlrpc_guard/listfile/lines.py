"""A list of lines: one entry each, with comments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.edges import Pause, go_on
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile.data import Data, check_line_ends, decode, skip_bom
from xmlrpc_guard.listfile.entry import ListEntry
from xmlrpc_guard.ranges import Range, contains, parse_cidr, parse_ends

LONGEST_LINE = 4096
"""The characters of the longest line that a list may have, comment and all."""


PIECE = 4096
"""The bytes that are read at once: some three hundred lines, a tenth of a millisecond."""


def read_lines(data: Data, source: str) -> Iterator[ListEntry]:
    r"""Give the entries of a list of lines; SourceError for a line that is not one.

    ``#`` or ``;`` begins a comment. LF or CRLF ends a line; a CR elsewhere is an error, since an editor that shows two
    lines there hides that the second belongs to a comment.

    >>> list(read_lines(b"# the office\n192.0.2.7\n\n2001:db8::/32 ; its new line\n", "office.txt"))
    [ListEntry(line=2, text='192.0.2.7'), ListEntry(line=4, text='2001:db8::/32')]
    """
    for piece in read_pieces(data, source):
        yield from piece.entries()


def read_pieces(data: Data, source: str, pause: Pause = go_on) -> Iterator["LinesPiece"]:
    """Give the same in pieces of whole lines, which are not read yet."""
    check_line_ends(data, source, pause)
    start, number = skip_bom(data), 1
    while start < len(data):
        end = data.find(b"\n", start + PIECE) + 1 or len(data)
        piece = LinesPiece(data[start:end], number, source)
        yield piece
        start, number = end, number + piece.data.count(b"\n")


class LinesPiece(NamedTuple):
    """Some whole lines of a list."""

    data: bytes
    line: int
    """The number of the first."""
    source: str

    def entries(self) -> Iterator[ListEntry]:
        """Give the entries, with their lines."""
        for number, raw in enumerate(self.data.split(b"\n"), self.line):
            text = _read_line(decode(raw, self.source, number), number, self.source)
            if text:
                yield ListEntry(number, text)

    def texts(self) -> list[str] | None:
        """Give the entries' texts alone, in a quarter of the time; None for lines that must be looked at one by one."""
        try:
            text = self.data.decode("ascii")
        except UnicodeDecodeError:
            return None
        lines = text.split("\n")
        if max(map(len, lines)) > LONGEST_LINE:
            return None
        if "#" in text:
            lines = [line.partition("#")[0] for line in lines]
        if ";" in text:
            parts = [line.partition(";") for line in lines]
            comments = "".join([comment for _, _, comment in parts])
            if "." in comments or ":" in comments:  # which an entry has
                return None
            lines = [line for line, _, _ in parts]
        if " " in text or "\t" in text or "\r" in text:
            lines = [line.strip(_BLANKS) for line in lines]
        return [*filter(None, lines)]


_BLANKS = " \t\r"


def _read_line(line: str, number: int, source: str) -> str:
    """Give a line's entry, or "" if it has none."""
    if len(line) > LONGEST_LINE:
        raise SourceError(source, number, f"is longer than {LONGEST_LINE} characters; write one entry a line")
    entry = line.partition("#")[0]
    if ";" in entry:
        entry, _, comment = entry.partition(";")
        _check_comment(entry, comment, source, number)
    return entry.strip(_BLANKS)


def _check_comment(entry: str, comment: str, source: str, line: int) -> None:
    # A semicolon also separates the entries of some lists: "192.0.2.7; 192.0.2.8" would lose the second. Other lists
    # write the ends of the same range there.
    first_word = re.split(r"[\s,;]+", comment.strip(" \t,;"), maxsplit=1)[0]
    if "." not in first_word and ":" not in first_word:
        return
    own, other = _read_range(entry.strip(" \t")), _read_range(first_word)
    if own and other and not contains(own, other):
        raise SourceError(source, line, "has an entry after ';', which begins a comment; write one entry a line")


def _read_range(text: str) -> Range | None:
    return parse_cidr(text) or parse_ends(text)
