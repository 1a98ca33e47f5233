"""One entry of a list, the line where it stands, and the ranges that it covers."""

from typing import NamedTuple

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.ranges import Range


class ListEntry(NamedTuple):
    """One entry of a list: the line where it stands, counted from 1 (0 where that is unknown), and its text."""

    line: int
    text: str


def read_at_line(entry: ListEntry, source: str) -> list[Range]:
    """Give the ranges of one entry of a list: several only if it is a published list's name."""
    try:
        return read_entry(entry.text)
    except ValueError as problem:
        raise entry_error(source, entry, str(problem)) from None


def entry_error(source: str, entry: ListEntry, problem: str) -> SourceError:
    """Make the error for an entry that cannot be used; ``problem`` is what the entry alone has."""
    if "\n" in entry.text:  # in a text of JSON
        problem = "holds several lines; write an array of texts, one for each"
    elif problem.endswith(_FOR_ANY_TEXT):  # such as two entries, or words: what to write depends on the file
        problem = f"{problem.removesuffix(_FOR_ANY_TEXT)}write one entry a line, such as 203.0.113.0/24"
    return SourceError(source, entry.line, f"{entry.text!a:.100} {problem}")


_FOR_ANY_TEXT = "write one such as 203.0.113.0/24"
