"""Lists of routers: prefix lists of Cisco's, FRRouting's and Juniper's, and the routes of a registry (RPSL)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked, read_strictly

# Prefix lists

_CISCO = re.compile(
    r"(?:ip|ipv6) prefix-list (?P<name>\S+) (?:seq (?P<place>[0-9]{1,10}) )?"
    # The lengths of routes within a network, which change nothing about its addresses.
    r"(?P<verdict>permit|deny) (?P<address>\S+)(?: (?:ge|le) [0-9]{1,3})*"
)
_OPENED = re.compile(r"(?:replace: )?prefix-list (\S+) \{")
_JUNIPER = re.compile(r"set policy-options prefix-list (?P<name>\S+) (?P<address>\S+)")
_ALL = frozenset(("0.0.0.0/0", "::/0", "any"))


class _Rule(NamedTuple):
    """A row of a prefix list: its place among the others, and whether it lets in."""

    line: int
    name: str
    place: int
    permits: bool
    address: str
    words: str


class _Lists:
    """The lists of a text while it is read: their rows and names, and the one that is open, by its line and name."""

    def __init__(self) -> None:
        self.rules: list[_Rule] = []
        self.names: set[str] = set()
        self.opened = 0, ""

    def read_line(self, number: int, words: str) -> Iterator[Item]:
        """Take a line; give it where it is no row of a list."""
        if self.opened[1]:
            yield from self._read_row(number, words)
        elif block := _OPENED.fullmatch(words):
            self.opened = number, block[1]
            self.names.add(block[1])
        elif rule := _read_rule(number, words):
            self.rules.append(rule)
            self.names.add(rule.name)
        elif words and words[0] not in "!#":
            yield _read_other(number, words, self.names)

    def _read_row(self, number: int, words: str) -> Iterator[Item]:
        """Take a line of the list that is open, whose rows have a semicolon each."""
        if words.endswith(";"):
            self.rules.append(
                _Rule(number, self.opened[1], number, permits=True, address=words.removesuffix(";"), words=words)
            )
        elif words == "}":
            self.opened = 0, ""
        elif words:
            yield Refused(number, f"{words!a:.80} is not a row of a prefix list; leave only networks")


def read_prefix_list(text: str) -> Iterator[Item]:
    """Give the networks that each list permits; a row that denies all the rest must be the last of its list."""
    lists = _Lists()
    for number, line in numbered_lines(text):
        yield from lists.read_line(number, " ".join(line.split()))
    if lists.opened[1]:
        begin, name = lists.opened
        yield Refused(begin, f"ends within the list {name!a:.40}; fetch or write it again")
    yield from _read_rules(lists.rules)


def _read_rule(line: int, words: str) -> _Rule | None:
    if cisco := _CISCO.fullmatch(words):
        place, permits = int(cisco["place"] or line), cisco["verdict"] == "permit"
        return _Rule(line, cisco["name"], place, permits, cisco["address"], words)
    if juniper := _JUNIPER.fullmatch(words):
        return _Rule(line, juniper["name"], line, permits=True, address=juniper["address"], words=words)
    return None


def _read_other(line: int, words: str, names: set[str]) -> Item:
    if words.startswith(("no ", "delete ")):
        # Before its rows, as generators write it, it empties a list that is there already.
        if not names.isdisjoint(words.split()):
            return exception(line, words, why="takes networks away")
        return Left(line, "what removes a list before it is written anew")
    if "prefix-list" in words and " description " not in words:
        return Refused(line, f"{words!a:.80} is not a row of a prefix list; leave only rows that permit")
    return Left(line, "other lines")


def _read_rules(rules: list[_Rule]) -> Iterator[Item]:
    last: dict[str, int] = {}
    for rule in rules:
        if rule.permits:
            last[rule.name] = max(last.get(rule.name, 0), rule.place)
    for rule in rules:
        if not rule.permits and (rule.address not in _ALL or rule.place < last.get(rule.name, 0)):
            yield exception(rule.line, rule.words, rule.name)
        elif not rule.permits:
            yield Left(rule.line, "the row that denies all the rest")
        elif rule.address in _ALL:
            yield Refused(
                rule.line, f"{rule.words!a:.80} lets everyone in; leave only the rows that are meant", rule.name
            )
        else:
            yield Row(rule.line, rule.address, rule.name)


# A registry's routes

_ROUTE = re.compile(r"route6?:\s*(\S+)(?:\s+#.*)?")
_ORIGIN = re.compile(r"origin:\s*(\S+)(?:\s+#.*)?", re.IGNORECASE)


def read_routes(text: str) -> Iterator[Item]:
    """Give the networks of the objects ``route`` and ``route6``, by the network that announces them."""
    route = 0, ""
    for number, line in numbered_lines(text):
        found, origin = _ROUTE.fullmatch(line.rstrip()), _ORIGIN.fullmatch(line.rstrip())
        if found and not route[1]:
            route = number, found[1]
        elif found:
            yield Refused(route[0], f"{route[1]!a:.60} has no origin; fetch the routes again")
            route = number, found[1]
        elif origin and route[1]:
            yield Row(*route, origin[1].upper())
            route = 0, ""
        elif line.strip() and line[0] not in "%#":
            yield Left(number, "what else is known of a route")
    if route[1]:
        yield Refused(route[0], f"{route[1]!a:.60} has no origin; fetch the routes again")


FORMATS = (
    Format(
        "prefix-list",
        "prefix lists of routers",
        re.compile(
            r"^[ \t]*(?:(?:ip|ipv6)[ \t]+prefix-list[ \t]+\S+[ \t]+(?:seq|permit|deny)[ \t]"
            r"|prefix-list[ \t]+\S+[ \t]*\{"
            r"|set[ \t]+policy-options[ \t]+prefix-list[ \t]+\S+[ \t]+[0-9A-Fa-f]*[.:])",
            re.MULTILINE,
        ),
        read_prefix_list,
        read_masked,
        has_names=True,
    ),
    Format(
        "rpsl",
        "routes of a registry",
        re.compile(r"^route6?:[ \t]*[0-9A-Fa-f]*[.:]", re.MULTILINE),
        read_routes,
        read_strictly,
    ),
)
