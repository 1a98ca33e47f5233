"""A list of lines: one entry each, with comments."""

import re
from collections.abc import Iterator

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile.data import Data, check_line_ends, decode, skip_bom
from xmlrpc_guard.listfile.entry import ListEntry
from xmlrpc_guard.ranges import Range, contains, parse_cidr, parse_ends

LONGEST_LINE = 4096
"""The characters of the longest line that a list may have, comment and all."""


def read_lines(data: Data, source: str) -> Iterator[ListEntry]:
    r"""Give the entries of a list of lines; SourceError for a line that is not one.

    ``#`` or ``;`` begins a comment. LF or CRLF ends a line; a CR elsewhere is an error, since an editor that shows two
    lines there hides that the second belongs to a comment.

    >>> list(read_lines(b"# the office\n192.0.2.7\n\n2001:db8::/32 ; its new line\n", "office.txt"))
    [ListEntry(line=2, text='192.0.2.7'), ListEntry(line=4, text='2001:db8::/32')]
    """
    check_line_ends(data, source)
    for number, raw in enumerate(_split_lines(data), 1):
        line = decode(raw, source, number)
        if len(line) > LONGEST_LINE:
            raise SourceError(source, number, f"is longer than {LONGEST_LINE} characters; write one entry a line")
        entry = line.partition("#")[0]
        if ";" in entry:
            entry, _, comment = entry.partition(";")
            _check_comment(entry, comment, source, number)
        entry = entry.strip(" \t\r")
        if entry:
            yield ListEntry(number, entry)


def _split_lines(data: Data) -> Iterator[bytes]:
    """Give the lines without their ends; nothing but LF ends one."""
    start = skip_bom(data)
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield data[start:end]
        start = end + 1


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
