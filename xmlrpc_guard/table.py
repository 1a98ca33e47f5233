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
            for edges, starts, value in asked:
                if bisect_right(edges, address, starts[second], starts[second + 1]) & 1:
                    return value
        return otherwise


Asked = tuple[Sequence[int], "array[int]", Value]
"""The edges of a set, where among them those with each second byte start, and the value of what the set covers."""

Cell = tuple[list[Asked[Value]], Value]
"""The sets to ask for addresses with one first byte, and the value if none of them covers the address.

Most cells of a short list are left with nothing to ask, and in a long one sixteen steps of the search are spared: they
would touch as many places in memory. The edges are those that Networks keep, so that a long list is held once.
"""


def _cells(rows: Sequence[tuple[Networks, Value]], default: Value, size: int) -> list[Cell[Value]]:
    lines = [(networks.edges(size), value) for networks, value in rows]
    bounds = pairwise(first << 8 * (size - 1) for first in range(257))
    return [_cell(lines, default, start, end) for start, end in bounds]


def _cell(lines: Sequence[tuple[Sequence[int], Value]], default: Value, start: int, end: int) -> Cell[Value]:
    asked: list[Asked[Value]] = []
    for edges, value in lines:
        before = bisect_right(edges, start)
        if before < bisect_left(edges, end):  # it begins or ends among them
            seconds = range(start, end + 1, (end - start) // 256)
            asked.append((edges, array("I", [bisect_left(edges, second) for second in seconds]), value))
        elif before & 1:
            return asked, value  # it covers them all, and hides the sets below it
    return asked, default
