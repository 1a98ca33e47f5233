"""nftables: the table and the chain that a place of a text is in, where sets or chains of several tables are beside."""

import re
from bisect import bisect

_HEADERS = {
    "table": re.compile(r"\btable\s+(?P<name>[^\s{};]+(?:[ \t]+[^\s{};]+)?)\s*\{"),
    "chain": re.compile(r"\bchain\s+(?P<name>[^\s{};]+)\s*\{"),
}
_SET = re.compile(
    r"\b(?:set|map)\s+(?P<name>[^\s{};]+)\s*\{"
    r"|\b(?:add|create)[ \t]+(?:element|set|map)[ \t]+(?P<placed>(?:[^\s{};]+[ \t]+){0,2}[^\s{};]+)\s*\{"
)


class _Headers:
    """The headers of blocks of one kind, by position."""

    def __init__(self, kind: str, text: str) -> None:
        # A long text without a second one need not be searched.
        found = [*_HEADERS[kind].finditer(text)] if text.count(kind) > 1 else []
        self._starts = [match.start() for match in found]
        self._names = [match["name"].split()[-1] for match in found]  # of both IP versions alike

    @property
    def are_several(self) -> bool:
        """Whether there is more than one."""
        return len({*self._names}) > 1

    def last(self, position: int) -> str:
        """Give the name of the last one before a position, or nothing."""
        place = bisect(self._starts, position)
        return self._names[place - 1] if place else ""


class Places:
    """Names what is in a text, with the table where two have the same name."""

    def __init__(self, text: str) -> None:
        self._tables = _Headers("table", text)
        self._chains = _Headers("chain", text)
        self._with: dict[str, set[str]] = {}  # the tables that have a set of a name
        self.has_chains: bool = self._chains.are_several or self._tables.are_several
        """Whether rules may stand in several."""
        for match in _SET.finditer(text) if self._tables.are_several or "element " in text else ():
            name = (match["name"] or match["placed"]).split()[-1]
            table = self._table_of(match["placed"], match.start())
            self._with.setdefault(name, set()).update({table} - {""})

    def name_set(self, name: str, position: int, placed: str = "") -> str:
        """Name a set; ``placed`` are the words that a command says before it."""
        several = len(self._with.get(name, ())) > 1
        return f"{self._table_of(f'{placed} {name}', position)} {name}" if several else name

    def chain(self, position: int) -> str:
        """Give the chain of a rule in a block, with its table."""
        return f"{self._tables.last(position)} {self._chains.last(position)}".strip()

    def _table_of(self, placed: str | None, position: int) -> str:
        words = (placed or "").split()
        return words[-2] if len(words) > 1 else self._tables.last(position)
