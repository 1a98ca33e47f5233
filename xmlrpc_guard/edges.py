"""Where a set of addresses begins and ends along the line of all addresses, as numbers: start, end, start, end, ...

An end is the first address after a range; a range that reaches the last address has none. Edges are sorted and differ,
so that an address in the set has an odd number of them at or below it, and any other an even number.

A list may have a million ranges, and what is done to it at once keeps all other threads waiting. So long work is done
in pieces, with a ``pause`` after each: a function that lets others run, or one that does nothing.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from itertools import chain, compress, zip_longest
from operator import lt

IntArray = MutableSequence[int]
"""An array or a list, which are alike in all that is done here."""
Pause = Callable[[], object]

PIECE = 1024
"""Numbers that are sorted or compared at once: a tenth of a millisecond or two."""

V4_WIDTH, V6_WIDTH = 32, 128
_DIGIT = 8  # bits
_PARTS = 2 << _DIGIT  # the bit above the digit is alike too, but for an end of 1 << 32
_LOOKED_THROUGH = 1 << 16  # numbers, in a millisecond or two
_SUMMED = 1 << 14  # numbers of which every second is added, or that are let go, in a fifth of a millisecond


def go_on() -> None:
    """Do not pause."""


class UnmergedRanges:
    """Ranges of addresses of so many bits, in any order, that may overlap."""

    # Four and eight bytes a number where an array can hold them: of a list object and its numbers it would be 36.
    def __init__(self, width: int) -> None:
        self._width = width
        self.starts: IntArray = array("I") if width == V4_WIDTH else []
        self.ends: IntArray = array("Q") if width == V4_WIDTH else []

    # A merged range begins at the start before which as many ranges have ended as have begun. So starts and ends may be
    # sorted each by itself: it is a start that is above the end which stands one place before it.
    def merge(self, pause: Pause = go_on) -> IntArray:
        """Give the edges of all that the ranges cover, and forget the ranges.

        >>> ranges = UnmergedRanges(32)
        >>> ranges.starts.extend([13, 8, 9, 10])
        >>> ranges.ends.extend([14, 10, 10, 12])
        >>> list(ranges.merge())
        [8, 12, 13, 14]
        """
        starts, ends = self.starts, self.ends
        for numbers in (starts, ends):
            _sort(numbers, self._width, pause)
        edges = starts[:1]
        for place in range(1, len(starts), PIECE):
            before, after = ends[place - 1 : place - 1 + PIECE], starts[place : place + PIECE]
            gaps = compress(zip(before, after, strict=False), map(lt, before, after))
            edges.extend(chain.from_iterable(gaps))
            pause()
        edges.extend(end for end in ends[-1:] if not end >> self._width)
        self.starts, self.ends = starts[:0], ends[:0]
        for numbers in (starts, ends):
            _drop(numbers, pause)
        return edges


class Gathered:
    """Ranges of both IP versions that are not merged yet."""

    def __init__(self) -> None:
        self.ranges: dict[int, UnmergedRanges] = {4: UnmergedRanges(V4_WIDTH), 6: UnmergedRanges(V6_WIDTH)}

    def add(self, ranges: Iterable[tuple[int, int, int]]) -> None:
        """Add ranges: IP version, first and last address."""
        for version, first, last in ranges:
            self.ranges[version].starts.append(first)
            self.ranges[version].ends.append(last + 1)

    def merge(self, pause: Pause = go_on) -> tuple[IntArray, IntArray]:
        """Give the edges of all that the ranges cover, IPv4 first, and forget the ranges."""
        return self.ranges[4].merge(pause), self.ranges[6].merge(pause)


def _sort(numbers: IntArray, width: int, pause: Pause) -> None:
    """Sort numbers in their place."""
    done = paused = 0
    for piece in _sort_from_digit(numbers, width - _DIGIT, pause):
        end = done + len(piece)
        numbers[done:end] = piece
        done = end
        if done - paused >= PIECE:
            paused = done
            pause()


def _sort_from_digit(numbers: IntArray, shift: int, pause: Pause) -> Iterator[IntArray]:
    """Give the numbers in sorted pieces. Above the digit that begins at bit ``shift`` they are alike.

    ``sorted`` alone would not let others run, and takes a half longer for numbers of more than 30 bits.
    """
    if len(numbers) <= PIECE or shift < 0:
        piece = numbers[:0]
        piece.extend(sorted(numbers))
        yield piece
        return
    if shift > V4_WIDTH and len(numbers) <= _LOOKED_THROUGH:  # addresses of IPv6 are alike in most of their bits
        shift = max(0, (min(numbers) ^ max(numbers)).bit_length() - _DIGIT)
    parts = [numbers[:0] for _ in range(_PARTS)]
    mask = _PARTS - 1
    for place in range(0, len(numbers), PIECE):
        for number in numbers[place : place + PIECE]:
            parts[number >> shift & mask].append(number)
        pause()
    parts.reverse()
    while parts:
        part = parts.pop()
        yield from _sort_from_digit(part, shift - _DIGIT, pause)
        _drop(part, pause)


def _drop(numbers: IntArray, pause: Pause) -> None:
    """Forget numbers that no one needs any more. A list of a million holds an object for each, to be let go."""
    if isinstance(numbers, list):
        while numbers:
            del numbers[-_SUMMED:]
            pause()


def join(one: IntArray, other: IntArray) -> IntArray:
    """Give the edges of what either set covers: one of the two itself, if the other covers nothing.

    The longer one is copied in long parts, whatever its length, between what is inserted of the other.

    >>> join([2, 4, 6, 8], [4, 5, 7, 9])
    [2, 5, 6, 9]
    """
    longer, shorter = _by_length(one, other)
    if not shorter:
        return longer
    joined, done = longer[:0], 0
    for start, end in _pairs(shorter):
        # What touches is joined: of an end and a start that are the same number, neither is an edge any more.
        first = bisect_left(longer, start, done)
        after = len(longer) if end is None else bisect_right(longer, end, first)
        joined.extend(longer[done:first])
        joined.extend(each for each, place in ((start, first), (end, after)) if each is not None and not place & 1)
        done = after
    joined.extend(longer[done:])
    return joined


def share(one: IntArray, other: IntArray) -> IntArray:
    """Give the edges of what both sets cover.

    >>> share([2, 4, 6, 8], [3, 7])
    [3, 4, 6, 7]
    """
    longer, shorter = _by_length(one, other)
    shared = longer[:0]
    for start, end in _pairs(shorter):
        first = bisect_right(longer, start)
        after = len(longer) if end is None else bisect_left(longer, end, first)
        shared.extend([start] * (first & 1))
        shared.extend(longer[first:after])
        shared.extend(each for each in (end,) if each is not None and after & 1)
    return shared


def _by_length(one: IntArray, other: IntArray) -> tuple[IntArray, IntArray]:
    return (one, other) if len(one) >= len(other) else (other, one)


def count_within(edges: Sequence[int], first: int, last: int, pause: Pause = go_on) -> int:
    """Count the addresses from ``first`` to ``last``, both included, that lie in a set.

    >>> count_within([2, 4, 6], 3, 7)
    3
    """
    begin, end = bisect_right(edges, first), bisect_right(edges, last)
    inside = [first] * (begin & 1)  # within a range, which then begins here
    starts = _add_every_second(edges, begin + (begin & 1), end, pause)
    ends = _add_every_second(edges, begin + 1 - (begin & 1), end, pause)
    return ends + (last + 1) * (end & 1) - starts - sum(inside)


def _add_every_second(edges: Sequence[int], begin: int, end: int, pause: Pause) -> int:
    total = 0
    for place in range(begin, end, _SUMMED):
        total += sum(edges[place : min(place + _SUMMED, end) : 2])
        pause()
    return total


def _pairs(edges: Sequence[int]) -> Iterator[tuple[int, int | None]]:
    """Give the start and the end of each range; the last may have no end."""
    each = iter(edges)
    yield from zip_longest(each, each)
