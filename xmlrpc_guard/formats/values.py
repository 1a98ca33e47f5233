"""What a value beside an entry means: that the entry is in the list, or not."""

from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Refused, exception
from xmlrpc_guard.listfile.verdicts import is_off, is_taking


class Valued(NamedTuple):
    """An entry with a value: the line, the entry, its value."""

    line: int
    text: str
    value: str


class Values:
    """The values of the entries of one part, which must all be the same and on."""

    def __init__(self, part: str = "", column: str = "") -> None:
        self._part = part
        self._takes = is_taking(column)  # a value that is on says then that the entry is not in the list
        what = f"{column!a:.40} being on" if self._takes else "value being off"
        self._why = f"is an exception, its {what}"
        self._first: Valued | None = None
        self._off = False  # whether the value of the first means that it is not in the list

    def check(self, entry: Valued) -> Iterator[Refused]:
        """Give the refusal of an entry whose value is off, or not that of the first entry."""
        first = self._first
        if first is not None and entry.value == first.value and not self._off:  # as nearly all are
            return
        first = self._first = first or entry
        self._off = self._is_off(first.value)
        words = f"{entry.text} {entry.value}"
        if self._is_off(entry.value):
            yield exception(entry.line, words, self._part, self._why)
        elif entry.value != first.value:
            problem = f"{words!a:.80} has another value than line {first.line}, {first.value!a:.40}"
            yield Refused(
                entry.line, f"{problem}; a list file has one meaning: leave the rows that are meant", self._part
            )

    def _is_off(self, value: str) -> bool:
        return is_off(value) != self._takes
