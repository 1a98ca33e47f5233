"""Rules of firewalls, one a line: iptables and ufw. A part is what a rule says beside the addresses."""

import re
from collections.abc import Iterator
from itertools import islice
from sys import intern
from typing import NamedTuple

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked

_OTHER = "rules about other things"
_EVERYONE = frozenset(("0.0.0.0/0", "::/0", "any"))


class Rule(NamedTuple):
    """A rule: the addresses that it is about, what it says beside them, and what it does with them."""

    line: int
    words: str
    addresses: list[str]
    part: str
    verdict: str
    negated: bool = False
    needs_all: bool = False
    """Whether it is about the packets alone that each of its conditions of addresses holds for."""
    place: str | None = None
    """Where it was inserted, as it is written: "" is the first place; None if it was added at the end."""

    @property
    def is_bare(self) -> bool:
        """Whether it is about every packet, without a condition."""
        return not self.addresses and len(self.part.split()) == 1


def _read_rules(rules: list[Rule], accepting: str) -> Iterator[Item]:
    """Give the addresses of the rules that accept; the last one of a part may refuse all the rest."""
    parts = {rule.part.split(" ")[0] for rule in rules if rule.addresses}
    shadows = _find_shadows(rules, accepting)
    for rule in rules:
        if rule.line in shadows:
            problem = f"{rule.words!a:.80} comes before rules that accept, and may refuse their addresses"
            yield Refused(rule.line, f"{problem}; leave only the rules that accept")
        elif rule.negated or (rule.addresses and rule.verdict in _DENYING):
            yield exception(rule.line, rule.words)  # to every part: the order of the rules counts
        elif rule.needs_all:
            problem = f"{rule.words!a:.80} asks for two things of an address, which a list file cannot say"
            yield Refused(rule.line, f"{problem}; write the addresses that both have", rule.part)
            continue
        elif rule.addresses and rule.verdict != accepting:
            problem = f"{rule.words!a:.80} does not accept by itself; a list file has only who is let in"
            yield Refused(rule.line, problem, rule.part)
        elif rule.is_bare and rule.part in parts and rule.verdict == accepting:
            yield Refused(rule.line, f"{rule.words!a:.80} lets everyone in; leave only the rules that are meant")
        elif not rule.addresses:
            yield Left(rule.line, "the rule that refuses all the rest" if rule.is_bare else _OTHER)
        for address in rule.addresses:
            yield Row(rule.line, address, rule.part)


def _find_shadows(rules: list[Rule], accepting: str) -> set[int]:
    """Give the lines of rules without addresses that refuse, in a chain where a rule that accepts comes after them."""
    refusing = [rule for rule in rules if not rule.addresses and not rule.negated and rule.verdict in _DENYING]
    last: dict[str, int] = {}
    for rule in rules if refusing else ():
        if rule.addresses and rule.verdict == accepting:
            chain = rule.part.split(" ")[0]
            last[chain] = max(last.get(chain, _FIRST), _latest(rule))
    return {
        rule.line
        for rule in refusing
        if _earliest(rule) < last.get(rule.part.split(" ")[0], _FIRST) and not _APART.search(rule.part)
    }


_FIRST = -(1 << 62)
# Packets that no client sends who is let in by a later rule: those of no connection, and those that come from itself.
_APART = re.compile(r"--(?:ct)?state INVALID\b|--tcp-flags\b|--syn\b|\b-i lo\b")


def _latest(rule: Rule) -> int:
    # A rule that is inserted comes before all that the file has above it.
    return -rule.line if rule.place in ("", "1") else rule.line


def _earliest(rule: Rule) -> int:
    return rule.line if rule.place is None else -rule.line


_DENYING = frozenset(("DROP", "REJECT", "TARPIT", "deny", "reject"))


# iptables

_WORD = re.compile(r"(?:[^\s\"'\\]++|\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+')++|\S")
_JOINED = re.compile(r"(--(?:source|src|src-range|jump|goto))=(.*)|(-[sjg])(.+)", re.DOTALL)  # to its value
_INSERTS = frozenset(("-I", "--insert"))
_ADDS = frozenset(("-A", "--append")) | _INSERTS
_CHANGES = frozenset(("-D", "--delete", "-R", "--replace"))
_SOURCES = frozenset(("-s", "--source", "--src", "--src-range"))
_TARGETS = frozenset(("-j", "--jump", "-g", "--goto"))
_OF_THIS_HOST = frozenset(("OUTPUT", "POSTROUTING"))
"""Chains of the packets that this host sends or passes on: their sources are not clients."""
_NOISE = {"--comment": 1, "-c": 2, "--set-counters": 2}
"""Options that say nothing about packets, and how many words belong to each."""


def read_iptables(text: str) -> Iterator[Item]:
    """Give the sources that rules accept, by what else the rules say."""
    rules: list[Rule] = []
    for number, line in numbered_lines(text):
        words = _split(line)
        command = next((place for place, word in enumerate(words) if word in _ADDS), None)
        if not words or words[0].startswith("#"):
            continue
        if command is not None and words[command + 1 :]:
            rules.append(_read_iptables_rule(number, line.strip(), words[command:]))
        elif not _CHANGES.isdisjoint(words):
            yield exception(number, line.strip())
        else:
            yield Left(number, "other commands")
    yield from _read_rules(rules, "ACCEPT")


def _split(line: str) -> list[str]:
    if '"' not in line and "'" not in line:
        return line.split()
    return [re.sub(r"\\(.)|[\"']", r"\1", word) for word in _WORD.findall(line)]


def _read_iptables_rule(line: int, said: str, words: list[str]) -> Rule:
    command, chain, *rest = words
    place = None
    if command in _INSERTS:
        place = rest.pop(0) if rest and rest[0].isdigit() else ""
    options = _Options(rest)
    everyone = not options.negated and {*options.addresses} <= _EVERYONE
    negated = options.negated or (options.in_set and options.verdict in _DENYING)
    part = intern(" ".join((chain, *options.others)))
    addresses = [] if everyone or chain in _OF_THIS_HOST else options.addresses
    negated &= chain not in _OF_THIS_HOST
    return Rule(line, said, addresses, part, options.verdict, negated, options.sources > 1, place)


class _Options:
    """What the words of a rule of iptables say."""

    def __init__(self, words: list[str]) -> None:
        self.addresses: list[str] = []
        self.others: list[str] = []
        self.verdict = ""
        self.sources = 0
        self.negated = False
        rest = iter([*_separate(words)])
        sign = ""
        for word in rest:
            if word == "!":
                sign = word
                continue
            if word in _SOURCES:
                self._take_source(next(rest, ""), sign, rest)
            elif word in _TARGETS:
                self.verdict = next(rest, "")
            elif word in _NOISE:
                [*islice(rest, _NOISE[word])]
            elif word == "-m":
                module = next(rest, "")
                self.others += [] if module in ("comment", "iprange") else [word, module]
            else:
                self.others += [sign, word] if sign else [word]
            sign = ""

    def _take_source(self, value: str, sign: str, rest: Iterator[str]) -> None:
        if value == "!":
            sign, value = value, next(rest, "")
        self.sources += 1
        self.negated |= bool(sign)
        self.addresses += value.split(",")

    @property
    def in_set(self) -> bool:
        """Whether the addresses are those of a set of ipset."""
        return any(
            self.others[place] == "--match-set" and self.others[place + 2 : place + 3] == ["src"]
            for place in range(len(self.others))
        )


def _separate(words: list[str]) -> Iterator[str]:
    """Give the words, those that are joined to their option apart."""
    for word in words:
        joined = _JOINED.fullmatch(word) if word[0] == "-" and len(word) > 2 else None  # noqa: PLR2004 - an option
        if joined:
            yield from filter(None, joined.groups())
        else:
            yield word


# ufw

_UFW = re.compile(
    r"(?:\S+\s+)*?ufw\s+(?:--\S+\s+)*(?P<route>route\s+)?(?:(?:insert\s+(?P<place>[0-9]+)|(?P<first>prepend))\s+)?"
    r"(?P<verdict>allow|deny|reject|limit|delete)\s*(?P<rest>.*)"
)
_FROM = re.compile(r"(?<!\S)from\s+(\S+)")
_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S+)"
_UFW_COMMENT = re.compile(rf"(?<!\S)comment\s+{_QUOTED}|\s#.*")


def read_ufw(text: str) -> Iterator[Item]:
    """Give the addresses that rules of ufw allow, by what else the rules say."""
    rules: list[Rule] = []
    for number, line in numbered_lines(text):
        words = line.strip()
        match = None if words.startswith("#") else _UFW.match(words)
        if match:
            rules.append(_read_ufw_rule(number, words, match))
        elif words and not words.startswith("#"):
            yield Left(number, "other commands")
    yield from _read_rules(rules, "allow")


def _read_ufw_rule(line: int, words: str, match: re.Match[str]) -> Rule:
    rest = _UFW_COMMENT.sub("", match["rest"])
    is_out = rest.split()[:1] == ["out"]  # from this host, whose addresses are not clients
    addresses = [address for address in _FROM.findall(rest) if address not in _EVERYONE and not is_out]
    deleted = match["verdict"] == "delete"
    part = intern(" ".join([match["route"] or "in", *_FROM.sub(" ", rest).split()]))
    place = "" if match["first"] else match["place"]
    return Rule(line, words, addresses, part, match["verdict"], negated=deleted, place=place)


FORMATS = (
    Format(
        "iptables",
        "rules of iptables",
        re.compile(
            r"^(?>[^#\n]*?(?:-A|-I|--append|--insert)[ \t]+)[^#\n]*(?:-s|--source|--src|--src-range)[ \t]", re.MULTILINE
        ),
        read_iptables,
        read_masked,
    ),
    Format(
        "ufw",
        "rules of ufw",
        re.compile(r"^(?>[^#\n]*?\bufw[ \t]+)[^#\n]*\bfrom[ \t]", re.MULTILINE),
        read_ufw,
        read_masked,
    ),
)
