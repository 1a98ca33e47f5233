"""What a file in any format holds: its entries, what is wrong with it, and what was left."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xmlrpc_guard.entries import check_range
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats.item import Format, Item, Left, Row
from xmlrpc_guard.listfile.verdicts import takes_away
from xmlrpc_guard.ranges import Range, merge, parse_plain


class FileEntry(NamedTuple):
    """An entry of a file: its line (0 where that is unknown), its range, and the published list that it names."""

    line: int
    range: Range
    name: str = ""


class Problem(NamedTuple):
    """Why a file is refused: the line, and what is wrong there."""

    line: int
    text: str


@dataclass
class Contents:
    """What a file holds."""

    format: str
    """What messages call its format."""
    is_list: bool = False
    """Whether it is a list file, which a guard reads as it is."""
    entries: list[FileEntry] = field(default_factory=list)
    """In the order of the file."""
    problems: list[Problem] = field(default_factory=list)
    """Any of them is a reason not to use the file at all; in the order of their lines."""
    left: dict[str, list[int]] = field(default_factory=dict)
    """What was passed over since it takes no address away, and its lines."""

    def leave(self, what: str, line: int) -> None:
        """Note that something was passed over."""
        self.left.setdefault(what, []).append(line)


def describe_left(contents: Contents) -> list[str]:
    """Write what was passed over, with how often and in which lines.

    >>> describe_left(Contents("nginx' geo", left={"comments": [1, 2, 9]}))
    ['comments: 3 (lines 1, 2, 9)']
    """
    # Several may stand on one line.
    return [
        f"{what}: {len(lines)} ({enumerate_lines([*dict.fromkeys(lines)])})" for what, lines in contents.left.items()
    ]


def enumerate_lines(lines: Sequence[int]) -> str:
    """Write the numbers of lines, the first few if there are many.

    >>> enumerate_lines([3]), enumerate_lines([*range(1, 8)])
    ('line 3', 'lines 1, 2, 3, 4, 5 and 2 more')
    """
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    more = f" and {len(lines) - _MOST_LINES} more" * (len(lines) > _MOST_LINES)
    return f"line{'s' * (len(lines) > 1)} {shown}{more}"


_MOST_LINES = 5


def read_text(format_: Format, text: str, source: str, wanted: Sequence[str]) -> Contents:
    """Read a text of a format. Of a file with several parts, ``wanted`` names those that are meant.

    SourceError if it has not those parts, or several lists and none is named: they may be for different clients.
    """
    items = format_.read(text)
    if format_.select and wanted:
        items, wanted = format_.select(text, wanted), ()
    reading = _Reading(format_, wanted)
    reading.take(items)
    contents = reading.contents
    if not reading.refuses_all and not reading.refused & {*wanted}:
        contents.entries = _choose(reading.parts, wanted, source, contents)
        if format_.has_names and not wanted:
            _check_names(reading.parts, source)
    if not contents.entries and not contents.problems:
        raise SourceError(source, 0, f"has no entries in the format {format_.name}; name another format, or none")
    return contents


class FilePart(NamedTuple):
    """A part of a file: the line of its first entry, and its entries, if they are wanted."""

    line: int
    entries: list[FileEntry]


class _Reading:
    """Collects what the reader of a format gives, by part."""

    def __init__(self, format_: Format, wanted: Sequence[str]) -> None:
        self._format, self._wanted = format_, wanted
        self.contents = Contents(format_.title)
        self.parts: dict[str, FilePart] = {}
        self.refuses_all = False  # in any part of the file
        self.refused: set[str] = set()

    def take(self, items: Iterable[Item]) -> None:
        """Take what stands in the file."""
        for item in items:
            if isinstance(item, Row):  # what long files are full of
                self._take_row(*item)
            elif isinstance(item, Left):
                self.contents.leave(item.what, item.line)
            elif item.part is None or self._is_wanted(item.part):
                self.refuses_all |= item.part is None
                self.refused |= {item.part} if item.part else set()
                self.contents.problems.append(Problem(item.line, item.problem))

    def _is_wanted(self, part: str) -> bool:
        return not self._wanted or part in self._wanted

    def _take_row(self, line: int, text: str, part: str) -> None:
        if part not in self.parts:
            self.parts[part] = FilePart(line, [])
        if self._wanted and part not in self._wanted:
            return
        plain = parse_plain(text)
        try:
            self.parts[part].entries.append(FileEntry(line, check_range(plain or self._format.read_entry(text))))
        except ValueError as problem:
            self.contents.problems.append(Problem(line, f"{text!a:.100} {problem}"))
            return
        if not plain:
            self.contents.leave(f"the notation of {self._format.title}", line)


def _choose(parts: dict[str, FilePart], wanted: Sequence[str], source: str, contents: Contents) -> list[FileEntry]:
    """Give the entries of the parts that are meant."""
    missing = [name for name in wanted if name not in parts]
    if missing:
        known = f"it has {_name_parts(parts)}" if any(parts) else "it is one list, so leave that out"
        raise SourceError(source, 0, f"has no part {missing[0]!a:.60}; {known}")
    chosen = [parts[name] for name in dict.fromkeys(wanted)] or [*parts.values()]
    if wanted or len(chosen) == 1 or _is_one_list(parts):
        return [entry for part in chosen for entry in part.entries]
    if len({tuple(merge(entry.range for entry in part.entries)) for part in chosen}) > 1:
        problem = f"holds several lists: {_name_parts(parts)}; name the one that is meant with --field"
        raise SourceError(source, 0, problem)
    for part in chosen[1:]:
        contents.leave("another part that has the same addresses", part.line)
    return chosen[0].entries if chosen else []


def _check_names(parts: dict[str, FilePart], source: str) -> None:
    """Refuse a list that its name says to be of those who are not let in; it may be meant for ``deny``."""
    for name, part in parts.items():
        if takes_away(name):
            problem = f"holds the list {name!a:.60}, whose name says that its addresses are not let in"
            raise SourceError(source, part.line, f"{problem}; name it with --field if it is meant, as for deny")


def _is_one_list(parts: dict[str, FilePart]) -> bool:
    """Return whether the parts are a list of IPv4 and one of IPv6, whose names say nothing else."""
    versions = [{entry.range[0] for entry in part.entries} for part in parts.values()]
    names = {_FAMILY.sub("", name.lower()) for name in parts}
    return len(names) == 1 and sum(map(len, versions)) == len(set().union(*versions))


_FAMILY = re.compile(r"[-_. ]?(?:ip|inet)?v?[46](?![0-9])|[-_. ]?inet(?![a-z])")


def _name_parts(parts: dict[str, FilePart]) -> str:
    named = [f"{name!a:.60} (line {part.line})" for name, part in parts.items()]
    return ", ".join(named[:_MOST_PARTS]) + f" and {len(named) - _MOST_PARTS} more" * (len(named) > _MOST_PARTS)


_MOST_PARTS = 8  # in a message
