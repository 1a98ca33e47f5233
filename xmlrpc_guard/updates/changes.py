"""What a new list adds to an old one, and what it removes."""

from collections.abc import Iterable
from typing import NamedTuple

from xmlrpc_guard.ranges import Range, format_range


class Changes(NamedTuple):
    """The entries that only the old list has, and those that only the new one has; both sorted."""

    removed: list[Range]
    added: list[Range]

    @property
    def lines(self) -> list[str]:
        """The changes as text, sorted by address, a line for each entry."""
        signed = [*((entry, "-") for entry in self.removed), *((entry, "+") for entry in self.added)]
        return [f"{sign} {format_range(entry)}" for entry, sign in sorted(signed)]


def compare(old: Iterable[Range], new: Iterable[Range]) -> Changes:
    """Compare two lists, entry by entry: a range and its two halves are different entries.

    >>> compare([(4, 8, 9)], [(4, 8, 9), (4, 16, 16)])
    Changes(removed=[], added=[(4, 16, 16)])
    """
    before, after = set(old), set(new)
    return Changes(sorted(before - after), sorted(after - before))
