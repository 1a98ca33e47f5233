"""Several sets of addresses asked at once: one binary search, however many sets there are."""

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
        self._v4 = _intervals(rows, default, V4_BYTES)
        self._v6 = _intervals(rows, default, V6_BYTES)

    def find(self, packed: bytes) -> Value:
        """Give the value for a packed address of 4 or 16 bytes."""
        cuts, values = (self._v4 if len(packed) == V4_BYTES else self._v6)[packed[0]]
        return values[bisect_right(cuts, packed)]


Stretch = tuple[list[bytes], list[Value]]
"""Where the value changes along the line of addresses, and the values before, between and behind the cuts."""


def _intervals(rows: Sequence[tuple[Networks, Value]], default: Value, size: int) -> list[Stretch[Value]]:
    """Cut the line of addresses wherever a set begins or ends; between two cuts one value holds."""
    bounds = [(networks.edges(size), value) for networks, value in rows]
    cuts = sorted({edge for edges, _ in bounds for edge in edges})
    values = [default]
    for cut in cuts:
        covering = (value for edges, value in bounds if bisect_right(edges, cut) & 1)
        values.append(next(covering, default))
    # By the first byte of an address, which spares a search in a long list its first eight steps.
    starts = [bisect_left(cuts, bytes([first])) for first in range(256)]
    return [(cuts[low:high], values[low : high + 1]) for low, high in pairwise([*starts, len(cuts)])]
