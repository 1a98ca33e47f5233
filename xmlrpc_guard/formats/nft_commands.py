"""nftables: the commands that take away what stands above them in the same file."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Refused, exception
from xmlrpc_guard.formats.lines import LineFinder

# Commands may be in quotes, as in a script; texts that are only shown are not commands.
_SHOWN = re.compile(r"\b(?:comment|prefix)\s+\"[^\"\n]*\"|(?<!\S)#[^\n]*")
_FAMILIES = frozenset(("ip", "ip6", "inet", "arp", "bridge", "netdev"))
_WORDS = ("flush", "delete", "destroy", "replace")
_TAKING = re.compile(
    r"\b(?:flush|delete|destroy)[ \t]+(?:ruleset|table|chain|set|map|rule)\b[^\n;{}]*|\breplace[ \t]+rule\b[^\n;{}]*"
)
_ADDRESS = re.compile(r"\b[0-9]{1,3}\.[0-9]|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:|=\s*\$|\bsaddr[ \t]+\$")
_TOKEN = re.compile(
    rf"(?P<taking>{_TAKING.pattern})"
    r"|\b(?:add|create|insert)[ \t]+(?:element|rule|set|map|chain)[ \t]+(?P<place>[^\n;{}]++)"
    r"|\btable[ \t]+(?P<table>[^\n;{}]++)"
    r"|\b(?:set|map|chain)[ \t]+(?P<item>[^\s;{}]++)"
    rf"|(?P<address>{_ADDRESS.pattern})"
)


class _Place(NamedTuple):
    """A set or a chain; what a text does not say is empty."""

    family: str = ""
    table: str = ""
    item: str = ""


def hide_texts(text: str) -> str:
    r"""Put blanks in place of comments, of quotes around commands, and of ends of lines that go on, place by place.

    >>> hide_texts('nft "add element t a { ::1 }" # one')
    'nft  add element t a { ::1 }       '
    """
    shown = _SHOWN.sub(lambda match: " " * len(match[0]), text).replace('"', " ").replace("'", " ")
    return shown.replace("\\\n", "  ")  # a line that goes on


def find_flushes(text: str, lines: LineFinder) -> Iterator[Refused]:
    """Give the commands that remove addresses which stand above them, of a text without comments."""
    takers = [*_TAKING.finditer(text)] if any(word in text for word in _WORDS) else []
    reader = _Reader()
    for token in _TOKEN.finditer(text, 0, takers[-1].end() if takers else 0):
        if not token["taking"]:
            reader.read(token)
        elif reader.has_any(said := " ".join(token[0].split())):
            yield exception(lines.at(token.start()), said, why="takes away addresses above it")


def _read_place(words: list[str], count: int = 1) -> _Place:
    """Read a table, and what is in it if ``count`` is 2; what follows is something else."""
    family, *names = words if words[0] in _FAMILIES and len(words) > 1 else ("ip", *words)
    return _Place(family, *names[:count])


class _Reader:
    """Knows the sets and chains above that have addresses."""

    def __init__(self) -> None:
        self._current = _Place()
        self._filled: set[_Place] = set()  # with their tables, their families and all of it, which is empty

    def read(self, token: re.Match[str]) -> None:
        """Read an address, or where the next ones belong."""
        if token["item"]:
            self._current = self._current._replace(item=token["item"])
        elif named := token["table"] or token["place"]:
            self._current = _read_place(named.split(), count=1 if token["table"] else 2)
        if token["address"] or _ADDRESS.search(token["place"] or ""):
            place = self._current
            self._filled |= {place, place._replace(item=""), _Place(place.family), _Place()}

    def has_any(self, command: str) -> bool:
        """Return whether what a command is about has addresses."""
        kind, *words = command.split()[1:]
        if "$" in command or not words:
            return bool(self._filled)
        if kind == "ruleset":
            return _Place(words[0]) in self._filled
        place = _read_place(words, count=1 if kind == "table" else 2)
        unplaced = _Place(item=place.item)  # of a text that does not say its table
        return place in self._filled or (unplaced in self._filled and kind != "table")
