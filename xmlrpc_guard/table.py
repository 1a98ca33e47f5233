"""Several sets of addresses asked at once: most often one binary search, however many sets there are."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from xmlrpc_guard.networks import V4_BYTES, V6_BYTES, Networks

Value = TypeVar("Value")


class FirstMatch(Generic[Value]):
    """What belongs to an address: the value of the first set that covers it, or the default.

    >>> table = FirstMatch([(Networks(["10.0.0.5"]), "deny"), (Networks(["10.0.0.0/8"]), "allow")], "nobody")
    >>> table.find(bytes([10, 0, 0, 5])), table.find(bytes([10, 0, 0, 6])), table.find(bytes([11, 0, 0, 5]))
    ('deny', 'allow', 'nobody')
    """

    __slots__ = ("_v4", "_v6")

    def __init__(self, rows: Sequence[tuple[Networks, Value]], default: Value) -> None:
        self._v4 = _cells(rows, default, V4_BYTES)
        self._v6 = _cells(rows, default, V6_BYTES)

    def find(self, packed: bytes) -> Value:
        """Give the value for a packed address of 4 or 16 bytes."""
        asked, otherwise = (self._v4 if len(packed) == V4_BYTES else self._v6)[packed[0]]
        if asked:
            address, second = int.from_bytes(packed), packed[1]
            for edges, lows, highs, value in asked:
                if bisect_right(edges, address, lows[second], highs[second]) & 1:
                    return value
        return otherwise


Asked = tuple[Sequence[int], Sequence[int], Sequence[int], Value]
"""The edges of a set, from where to where in them to search by second byte, and the value of what the set covers."""

Cell = tuple[list[Asked[Value]], Value]
"""The sets to ask for addresses with one first byte, and the value if none of them covers the address.

Most cells of a short list are left with nothing to ask. In a very long one sixteen steps of the search are spared, each
of which touches another place in memory. The edges are those that Networks keep: a list is held once.
"""


def _cells(rows: Sequence[tuple[Networks, Value]], default: Value, size: int) -> list[Cell[Value]]:
    lines = [(networks.edges(size), value) for networks, value in rows]
    bounds = pairwise(first << 8 * (size - 1) for first in range(257))
    return [_cell(lines, default, start, end) for start, end in bounds]


def _cell(lines: Sequence[tuple[Sequence[int], Value]], default: Value, start: int, end: int) -> Cell[Value]:
    asked: list[Asked[Value]] = []
    for edges, value in lines:
        low, high = bisect_right(edges, start), bisect_left(edges, end)
        if low < high:
            asked.append((edges, *_searched(edges, low, high, range(start, end + 1, (end - start) // 256)), value))
        elif low & 1:
            return asked, value  # it covers them all, and hides the sets below it
    return asked, default


def _searched(edges: Sequence[int], low: int, high: int, seconds: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    if high - low <= len(seconds):  # to find out more would take longer than it spares
        return array("I", [low]) * 256, array("I", [high]) * 256
    starts = array("I", [bisect_left(edges, second, low, high) for second in seconds])
    return starts[:-1], starts[1:]
