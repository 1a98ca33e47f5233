"""What is odd about a list, line by line: for the person who keeps it by hand."""

from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import read_list
from xmlrpc_guard.ranges import Range, format_cidr
from xmlrpc_guard.updates.blocks import blocks_of

_SHOWN = 5  # lines of those that make up a range


class Finding(NamedTuple):
    """Something about one line of a list, and whether the list cannot be used because of it."""

    line: int
    text: str
    fatal: bool = False


class _Stretch(NamedTuple):
    block: Range
    entries: frozenset[tuple[int, int]]
    """What it is made of: the line and the place in the list of each."""


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
    for place, listed in entries:
        try:
            stretches += [_Stretch(block, frozenset({(listed.line, place)})) for block in blocks_of(listed, source)]
        except SourceError as error:
            findings.append(Finding(listed.line, error.problem, fatal=True))
    return sorted([*findings, *_needless(stretches)])


def _needless(stretches: list[_Stretch]) -> Iterator[Finding]:
    """Find duplicates, ranges within others, and neighbours that make up one range together."""
    kept: list[_Stretch] = []
    for stretch in sorted(stretches, key=_widest_first):
        if kept and _covers(kept[-1].block, stretch.block):
            yield from _covered(kept[-1], stretch)
        else:
            kept.append(stretch)
    yield from _merging(kept)


def _widest_first(stretch: _Stretch) -> tuple[int, int, int, list[tuple[int, int]]]:
    version, first, last = stretch.block
    return version, first, -last, sorted(stretch.entries)


def _covers(outer: Range, inner: Range) -> bool:
    return outer[0] == inner[0] and inner[2] <= outer[2]


def _covered(outer: _Stretch, inner: _Stretch) -> Iterator[Finding]:
    ((line, _),), ((above, _),) = inner.entries, outer.entries
    if inner.block == outer.block:
        yield Finding(line, f"{format_cidr(inner.block)} is on line {above} already")
    else:
        yield Finding(line, f"{format_cidr(inner.block)} lies within {format_cidr(outer.block)} of line {above}")


def _merging(stretches: list[_Stretch]) -> Iterator[Finding]:
    merged: list[_Stretch] = []
    for stretch in stretches:
        merged.append(stretch)
        while len(merged) > 1 and _are_halves(merged[-2].block, merged[-1].block):
            right, left = merged.pop(), merged.pop()
            whole = left.block[0], left.block[1], right.block[2]
            merged.append(_Stretch(whole, left.entries | right.entries))
    for block, entries in merged:
        (line, _), *others = sorted(entries)
        if others:
            yield Finding(line, f"with line{'s' * (len(others) > 1)} {_enumerated(others)} it is {format_cidr(block)}")


def _are_halves(left: Range, right: Range) -> bool:
    """Tell whether two neighbours are of one size and make up a CIDR block."""
    size = left[2] - left[1] + 1
    halves = left[0] == right[0] and left[2] + 1 == right[1] and right[2] - right[1] + 1 == size
    return halves and left[1] % (2 * size) == 0


def _enumerated(entries: list[tuple[int, int]]) -> str:
    shown = ", ".join(str(line) for line, _ in entries[:_SHOWN])
    return shown if len(entries) <= _SHOWN else f"{shown} and {len(entries) - _SHOWN} more"
