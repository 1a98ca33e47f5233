"""What the reader of a format gives, line by line, and what a format is."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from xmlrpc_guard.formats.notation import read_strictly
from xmlrpc_guard.ranges import Range


class Row(NamedTuple):
    """An entry as it is written, and the part of the file that it stands in: a block, a set, a variable."""

    line: int
    text: str
    part: str = ""


class Left(NamedTuple):
    """Something that is not an entry and takes none away."""

    line: int
    what: str


class Refused(NamedTuple):
    """Something that a list file cannot say, as ``problem; fix``; ``part`` is None if it concerns every part."""

    line: int
    problem: str
    part: str | None = None


Item = Row | Left | Refused


class Format(NamedTuple):
    """A format in which services and tools write addresses."""

    name: str
    """What the command line calls it."""
    title: str
    """What messages call it."""
    pattern: re.Pattern[str]
    """What a text of this format has, and no other text."""
    read: Callable[[str], Iterable[Item]]
    """Gives what stands in a text; it raises nothing."""
    read_entry: Callable[[str], Range] = read_strictly
    """Gives the range of an entry as the tool reads it; ValueError for what the tool does not read."""
    select: Callable[[str, Sequence[str]], Iterator[Item]] | None = None
    """Gives only the parts that are meant, where parts are paths rather than names."""
    has_names: bool = False
    """Whether a part is a name that was given to a list, and so may say what the list is for."""
    is_last: bool = False
    """Whether it is tried only where no other format is found."""


def exception(line: int, words: str, part: str | None = None, why: str = "is an exception") -> Refused:
    """Make the refusal of what takes addresses away from others."""
    fix = "a list file has none; put the addresses that are meant into a list, and these into deny"
    return Refused(line, f"{words!a:.80} {why}; {fix}", part)
