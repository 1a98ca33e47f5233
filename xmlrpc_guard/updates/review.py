"""What is odd about a list, line by line: for the person who keeps it by hand."""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from xmlrpc_guard.formats import Contents, FileEntry
from xmlrpc_guard.formats.contents import enumerate_lines
from xmlrpc_guard.ranges import Range, collapse, contains, format_cidr


class FindingKind(Enum):
    """What is found; only a problem keeps a list from being used."""

    PROBLEM = "problems"
    FORMAT = "formats"
    REPEATED = "entries are there already"
    WITHIN = "entries lie within others"
    HALVES = "groups of entries make up a wider one"


class Finding(NamedTuple):
    """Something about one line of a list."""

    line: int
    text: str
    kind: FindingKind = FindingKind.PROBLEM

    @property
    def fatal(self) -> bool:
        """Whether the list cannot be used because of it."""
        return self.kind is FindingKind.PROBLEM


class _Stretch(NamedTuple):
    """A range, and the entries that make it up: of each its line, and its place in the list (JSON has many a line)."""

    range: Range
    entries: frozenset[tuple[int, int]]

    @property
    def line(self) -> int:
        """The line of its first entry."""
        return min(self.entries)[0]


def review(contents: Contents) -> list[Finding]:
    r"""Give what is odd about a list, in the order of its lines; nothing fatal in it means that the list can be used.

    >>> from xmlrpc_guard.formats import read_file
    >>> for finding in review(read_file(b"10.0.0.0/8\n10.1.0.0/16\n11.0.0.0/8\n10/8\n", "office.txt")):
    ...     print(finding.line, finding.text)
    1 with line 3 it is 10.0.0.0/7
    2 10.1.0.0/16 lies within 10.0.0.0/8 of line 1
    4 '10/8' is a partial address; write 10.0.0.0/8
    """
    stretches: list[_Stretch] = []
    for place, (key, entries) in enumerate(groupby(enumerate(contents.entries), _name_or_place)):
        # Merged: a published list may hold ranges within others, which is not this list's affair.
        ranges = collapse(entry.range for _, entry in entries)
        stretches += [_Stretch(each, frozenset({(key[1], place)})) for each in ranges]
    problems = [Finding(line, text) for line, text in contents.problems]
    return sorted([*problems, *_find_needless(stretches)], key=lambda finding: (finding.line, finding.text))


def _name_or_place(numbered: tuple[int, FileEntry]) -> tuple[object, int]:
    place, entry = numbered
    return entry.name or place, entry.line


def summarize(findings: Iterable[Finding]) -> list[Finding]:
    """Give the same with one finding in place of many that do no harm; its line is 0.

    >>> [found.text for found in summarize([Finding(line, "...", FindingKind.WITHIN) for line in range(1, 2001)])]
    ['2000 entries lie within others (lines 1, 2, 3, 4, 5 and 1995 more), which does no harm']
    """
    by_kind: dict[FindingKind, list[Finding]] = {}
    for finding in findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    many = [
        kind
        for kind in (FindingKind.REPEATED, FindingKind.WITHIN, FindingKind.HALVES)
        if len(by_kind.get(kind, ())) > _MOST_NAMED
    ]
    summaries = [Finding(0, _sum_up(kind, by_kind[kind]), kind) for kind in many]
    return [*(finding for kind, found in by_kind.items() if kind not in many for finding in found), *summaries]


def _sum_up(kind: FindingKind, findings: list[Finding]) -> str:
    lines = enumerate_lines([finding.line for finding in findings])
    return f"{len(findings)} {kind.value} ({lines}), which does no harm"


_MOST_NAMED = 3


def _find_needless(stretches: list[_Stretch]) -> Iterator[Finding]:
    """Find duplicates, ranges within others, and neighbours that make up one range together."""
    kept: list[_Stretch] = []
    for stretch in sorted(stretches, key=_widest_first):
        if kept and contains(kept[-1].range, stretch.range):
            yield _describe_covered(kept[-1], stretch)
        else:
            kept.append(stretch)
    yield from _find_halves(kept)


def _widest_first(stretch: _Stretch) -> tuple[int, int, int, list[tuple[int, int]]]:
    version, first, last = stretch.range
    return version, first, -last, sorted(stretch.entries)


def _describe_covered(outer: _Stretch, inner: _Stretch) -> Finding:
    text = format_cidr(inner.range)
    if inner.range == outer.range:
        return Finding(inner.line, f"{text} is on line {outer.line} already", FindingKind.REPEATED)
    wider = f"{format_cidr(outer.range)} of line {outer.line}"
    return Finding(inner.line, f"{text} lies within {wider}", FindingKind.WITHIN)


def _find_halves(stretches: list[_Stretch]) -> Iterator[Finding]:
    # A stack, since a range that two neighbours make up may be half of a wider one.
    joined: list[_Stretch] = []
    for stretch in stretches:
        joined.append(stretch)
        while len(joined) > 1 and _are_halves(joined[-2].range, joined[-1].range):
            right, left = joined.pop(), joined.pop()
            version, first, _ = left.range
            joined.append(_Stretch((version, first, right.range[2]), left.entries | right.entries))
    for stretch in joined:
        _, *others = sorted(stretch.entries)
        if others:
            lines = enumerate_lines([line for line, _ in others])
            yield Finding(stretch.line, f"with {lines} it is {format_cidr(stretch.range)}", FindingKind.HALVES)


def _are_halves(left: Range, right: Range) -> bool:
    """Return whether two neighbours make up one CIDR."""
    return left[2] + 1 == right[1] and collapse([left, right]) == [(left[0], left[1], right[2])]
