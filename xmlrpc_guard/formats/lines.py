"""The lines of a text: those that a backslash joins, and the line of a place.

However a text is made, both take time in proportion to its length.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

_BLOCK = 1 << 16  # characters


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    r"""Give the lines with their numbers, without their ends, LF or CRLF.

    >>> list(numbered_lines("a\r\n\nb"))
    [(1, 'a'), (2, ''), (3, 'b')]
    """
    number = start = 0
    while start <= len(text):
        # Block by block: all lines at once would take three times the memory of the text.
        end = text.find("\n", start + _BLOCK)
        end = len(text) if end < 0 else end
        for line in text[start:end].split("\n"):
            number += 1
            yield number, line.rstrip("\r")
        start = end + 1


def logical_lines(text: str, joint: str = "") -> Iterator[tuple[int, str]]:
    r"""Give the lines with the numbers of their first ones; a backslash at the end joins the next one.

    ``joint`` is put in place of the backslash.

    >>> list(logical_lines("a \\\nb\nc"))
    [(1, 'a b'), (3, 'c')]
    """
    return _join_lines(text, joint) if "\\" in text else numbered_lines(text)


def _join_lines(text: str, joint: str) -> Iterator[tuple[int, str]]:
    begun: list[str] = []
    first = 0
    for number, content in numbered_lines(text):
        if content.endswith("\\"):
            begun.append(content[:-1])
            first = first or number
        elif begun:
            yield first, joint.join((*begun, content))
            begun, first = [], 0
        else:
            yield number, content
    if begun:
        yield first, joint.join((*begun, ""))


class LineFinder:
    r"""Tells the line of a place in a text.

    >>> [LineFinder("a\nb").at(place) for place in (0, 1, 2)]
    [1, 1, 2]
    """

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def at(self, position: int) -> int:
        """Give the line of a position, counted from 1."""
        return bisect_left(self._ends, position) + 1
