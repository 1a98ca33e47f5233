"""Cisco: access lists of IOS and ASA, and groups of networks."""

import re
from collections.abc import Iterator
from functools import lru_cache

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import FirewallRule, Terms, judge_rules

_HEADING = re.compile(
    r"(?:ip |ipv6 )?access-list (?:(standard|extended) )?(\S+)|(?:Standard|Extended) IP access list (\S+)"
)
_GROUP = re.compile(r"object-group network (\S+)")
_LINE = re.compile(
    r"(?:access-list (?P<name>\S+) (?:line [0-9]{1,9} )?(?P<kind>standard |extended )?)?(?:[0-9]{1,9} )?"
    r"(?P<verdict>permit|deny) (?P<rest>.+)"
)
# What takes a line or a whole list away; words may be cut short.
_TAKES_LINE = re.compile(r"(?:no|default) (?:[0-9]{1,9}(?: |$)|(?:perm|den|network-o|group-o)\S*(?: |$))")
_TAKES_LIST = re.compile(r"(?:no|default|clear conf\S*) (?:ip |ipv6 )?(?:access-l|object-g)\S* ")
_MEMBER = re.compile(r"(?:network-object|group-object|object|host|range|description)\b|[0-9A-Fa-f]{0,4}[.:]")
_PROTOCOLS = frozenset(("ip", "tcp", "udp", "icmp", "ipv6", "esp", "gre", "object-group"))
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_ANY = frozenset(("any", "any4", "any6"))


def read_cisco(text: str) -> Iterator[Item]:
    """Give the networks of each group, and the sources that each access list permits."""
    return judge_rules(_Reader().read(text))


class _Reader:
    """Reads lines; what is open is the group or the access list that they belong to."""

    def __init__(self) -> None:
        self._group = self._list = ""
        self._names: set[str] = set()  # of the groups and lists above

    def read(self, text: str) -> Iterator[FirewallRule | Left | Refused]:
        for number, line in numbered_lines(text):
            words = " ".join(line.replace(", wildcard bits", "").split())
            if not words or words[0] in "!#":
                continue
            if rule := _LINE.fullmatch(words):
                yield self._read_rule(number, words, rule)
            elif self._takes_away(words):
                yield exception(number, words, why="takes addresses away")
            elif group := _GROUP.fullmatch(words):
                self._open(group=group[1])
            elif heading := _HEADING.fullmatch(words):
                self._open(list_=heading[2] or heading[3])
            elif self._group and _MEMBER.match(words):
                yield self._read_member(number, words)
            else:
                self._group = ""  # what is not one of its members ends it
                yield Left(number, "other lines")

    def _open(self, group: str = "", list_: str = "") -> None:
        self._group, self._list = group, list_
        self._names.add(group or list_)

    def _takes_away(self, words: str) -> bool:
        """Return whether a command takes away what is above; one for a list that is written anew stands before it."""
        whole = _TAKES_LIST.match(words)
        return bool(_TAKES_LINE.match(words) or (whole and not self._names.isdisjoint(words.split())))

    def _read_rule(self, line: int, words: str, match: re.Match[str]) -> FirewallRule | Left:
        rest = match["rest"].split()
        chain = match["name"] or self._list
        self._names.add(chain)
        if rest[-1] == "inactive":
            return Left(line, "rules that are not active")
        is_asa = bool(match["name"] and match["kind"])
        protocol = rest.pop(0) if rest[0] in _PROTOCOLS else ""
        address, others = _read_source(rest, is_asa=is_asa)
        terms = _read_terms(chain, match["verdict"], (protocol, *others))
        return FirewallRule(line, words, () if address in _ANY else (address,), terms)

    def _read_member(self, line: int, words: str) -> FirewallRule | Left | Refused:
        rest = words.removeprefix("network-object ").split()
        if rest[0] == "description":
            return Left(line, "other lines")
        if rest[0] in ("group-object", "object", "range") or len(rest) > 2:  # noqa: PLR2004 - an address and a mask
            problem = f"{words!a:.80} is not a network; write the addresses that it stands for"
            return Refused(line, problem, self._group)
        address, _ = _read_source(rest, is_asa=True)
        return FirewallRule(line, words, (address,), _read_terms(self._group, "permit", ()))


@lru_cache(maxsize=64)
def _read_terms(chain: str, verdict: str, others: tuple[str, ...]) -> Terms:
    said = [word for word in others if word not in ("", "log", "log-input")]
    if said[:1] in (["ip"], ["ipv6"]) and said[1:] in ([], ["any"]):
        said = []
    return Terms(chain, " ".join([chain, *said]), accepts=verdict == "permit", denies=verdict == "deny")


def _read_source(words: list[str], *, is_asa: bool) -> tuple[str, list[str]]:
    """Give the source that some words begin with, and the others; IOS writes the bits of the host as a mask."""
    first, *rest = words
    if first == "host" and rest:
        return rest[0], rest[1:]
    if rest and first not in _ANY and _DOTTED.fullmatch(rest[0]):
        return f"{first}/{rest[0] if is_asa else _invert(rest[0])}", rest[1:]
    return first, rest


@lru_cache(maxsize=64)
def _invert(mask: str) -> str:
    return ".".join(str(255 - int(octet)) if int(octet) < 256 else octet for octet in mask.split("."))  # noqa: PLR2004


FORMATS = (
    Format(
        "cisco",
        "access lists and groups of Cisco's",
        re.compile(
            r"^[ \t]*+(?:object-group[ \t]++network[ \t]|ipv6[ \t]++access-list[ \t]"
            r"|(?:Standard|Extended) IP access list "
            r"|(?:ip[ \t]++)?access-list[ \t][^\n]*\b(?:permit|deny|standard|extended)\b)",
            re.MULTILINE,
        ),
        read_cisco,
        read_masked,
        has_names=True,
    ),
)
