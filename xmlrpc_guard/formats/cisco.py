"""Cisco: access lists of IOS and ASA, and groups of networks."""

import re
from collections.abc import Iterator
from functools import lru_cache

from xmlrpc_guard.formats.item import Format, Item, Left, Refused
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import Rule, Terms, judge

_HEADING = re.compile(
    r"(?:ip |ipv6 )?access-list (?:(standard|extended) )?(\S+)|(?:Standard|Extended) IP access list (\S+)"
)
_GROUP = re.compile(r"object-group network (\S+)")
_LINE = re.compile(
    r"(?:access-list (?P<name>\S+) (?:line [0-9]{1,9} )?(?P<kind>standard |extended )?)?(?:[0-9]{1,9} )?"
    r"(?P<verdict>permit|deny) (?P<rest>.+)"
)
_MEMBER = re.compile(r"(?:network-object|group-object|object|host|range|description)\b|[0-9A-Fa-f]{0,4}[.:]")
_PROTOCOLS = frozenset(("ip", "tcp", "udp", "icmp", "ipv6", "esp", "gre", "object-group"))
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_ANY = frozenset(("any", "any4", "any6"))


def read_cisco(text: str) -> Iterator[Item]:
    """Give the networks of each group, and the sources that each access list permits."""
    return judge(_Reader().read(text))


class _Reader:
    """Reads lines; what is open is the group or the access list that they belong to."""

    def __init__(self) -> None:
        self._group = self._list = ""

    def read(self, text: str) -> Iterator[Rule | Left | Refused]:
        for number, line in numbered_lines(text):
            words = " ".join(line.replace(", wildcard bits", "").split())
            if not words or words[0] in "!#":
                continue
            if rule := _LINE.fullmatch(words):
                yield self._read_rule(number, words, rule)
            elif group := _GROUP.fullmatch(words):
                self._group, self._list = group[1], ""
            elif heading := _HEADING.fullmatch(words):
                self._group, self._list = "", heading[2] or heading[3]
            elif self._group and _MEMBER.match(words):
                yield self._read_member(number, words)
            else:
                self._group = ""  # what is not one of its members ends it
                yield Left(number, "other lines")

    def _read_rule(self, line: int, words: str, match: re.Match[str]) -> Rule:
        rest = match["rest"].split()
        chain = match["name"] or self._list
        is_asa = bool(match["name"] and match["kind"])
        protocol = rest.pop(0) if rest[0] in _PROTOCOLS else ""
        address, others = _read_source(rest, is_asa=is_asa)
        terms = _read_terms(chain, match["verdict"], (protocol, *others))
        return Rule(line, words, () if address in _ANY else (address,), terms)

    def _read_member(self, line: int, words: str) -> Rule | Left | Refused:
        rest = words.removeprefix("network-object ").split()
        if rest[0] == "description":
            return Left(line, "other lines")
        if rest[0] in ("group-object", "object", "range") or len(rest) > 2:  # noqa: PLR2004 - an address and a mask
            problem = f"{words!a:.80} is not a network; write the addresses that it stands for"
            return Refused(line, problem, self._group)
        address, _ = _read_source(rest, is_asa=True)
        return Rule(line, words, (address,), _read_terms(self._group, "permit", ()))


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
    ),
)
