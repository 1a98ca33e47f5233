"""What is odd about a list, line by line: for the person who keeps it by hand."""

from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import read_at_line, read_list
from xmlrpc_guard.ranges import Range, collapse, contains, format_cidr

_MOST_LINES = 5  # lines of those that make up a range


class Finding(NamedTuple):
    """Something about one line of a list, and whether the list cannot be used because of it."""

    line: int
    text: str
    fatal: bool = False


class _Stretch(NamedTuple):
    """A range, and the entries that make it up: of each its line, and its place in the list (JSON has many a line)."""

    range: Range
    entries: frozenset[tuple[int, int]]

    @property
    def line(self) -> int:
        """The line of its first entry."""
        return min(self.entries)[0]


def review(data: bytes, source: str) -> list[Finding]:
    r"""Give what is odd about a list, in the order of its lines; nothing fatal in it means that a guard takes it.

    >>> for finding in review(b"10.0.0.0/8\n10.1.0.0/16\n11.0.0.0/8\n10/8\n", "office.txt"):
    ...     print(finding.line, finding.text)
    1 with line 3 it is 10.0.0.0/7
    2 10.1.0.0/16 lies within 10.0.0.0/8 of line 1
    4 '10/8' is a partial address; write 10.0.0.0/8
    """
    try:
        entries = list(enumerate(read_list(data, source)))
    except SourceError as error:
        return [Finding(error.line, error.problem, fatal=True)]
    findings: list[Finding] = []
    stretches: list[_Stretch] = []
    for place, entry in entries:
        try:
            # Merged: a published list may hold ranges within others, which is not this list's affair.
            ranges = collapse(read_at_line(entry, source))
        except SourceError as error:
            findings.append(Finding(entry.line, error.problem, fatal=True))
        else:
            stretches += [_Stretch(each, frozenset({(entry.line, place)})) for each in ranges]
    return sorted([*findings, *_find_needless(stretches)])


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
        return Finding(inner.line, f"{text} is on line {outer.line} already")
    return Finding(inner.line, f"{text} lies within {format_cidr(outer.range)} of line {outer.line}")


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
            lines = f"line{'s' * (len(others) > 1)} {_enumerate(others)}"
            yield Finding(stretch.line, f"with {lines} it is {format_cidr(stretch.range)}")


def _are_halves(left: Range, right: Range) -> bool:
    """Return whether two neighbours make up one CIDR."""
    return left[2] + 1 == right[1] and collapse([left, right]) == [(left[0], left[1], right[2])]


def _enumerate(entries: list[tuple[int, int]]) -> str:
    shown = ", ".join(str(line) for line, _ in entries[:_MOST_LINES])
    return shown if len(entries) <= _MOST_LINES else f"{shown} and {len(entries) - _MOST_LINES} more"
