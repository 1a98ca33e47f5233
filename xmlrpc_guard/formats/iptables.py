"""iptables: what ``iptables-save`` writes, and scripts that call it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import EVERYONE, Meaning, OpenPolicy, Rule, Terms, judge, read_marked

_WORD = re.compile(r"(?:[^\s\"'\\]++|\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+')++|\S")
_JOINED = re.compile(r"(--(?:source|src|src-range|jump|goto))=(.*)|(-[sjg])(.+)", re.DOTALL)  # to its value
_INSERTS = frozenset(("-I", "--insert"))
_ADDS = frozenset(("-A", "--append")) | _INSERTS
_CHANGES = frozenset(("-D", "--delete", "-R", "--replace"))
_SOURCES = frozenset(("-s", "--source", "--src", "--src-range"))
_TARGETS = frozenset(("-j", "--jump", "-g", "--goto"))
_DENYING = frozenset(("DROP", "REJECT", "TARPIT"))
_GOING_ON = frozenset(("", "LOG", "NFLOG", "RETURN", "MARK", "CONNMARK"))
"""Targets after which the next rule is looked at, or the policy."""
_OPEN_POLICY = re.compile(r"(?::|(?:\S+ +)*?(?:-P|--policy) +)(\S+) +ACCEPT\b.*")
_OF_THIS_HOST = frozenset(("OUTPUT", "POSTROUTING"))
"""Chains of the packets that this host sends or passes on: their sources are not clients."""
_NOISE = {"--comment": 1, "-c": 2, "--set-counters": 2}
"""Options that say nothing about packets, and how many words belong to each."""


def read_iptables(text: str) -> Iterator[Item]:
    """Give the sources that rules accept, by what else the rules say."""
    return judge(_read_lines(text))


def _read_lines(text: str) -> Iterator[Rule | OpenPolicy | Left | Refused]:
    read = lru_cache(maxsize=64)(_read_rule)
    for number, line in numbered_lines(text):
        words = line.strip()
        if not words or words[0] == "#":
            continue
        if meaning := read_marked(words, " -s ", read):
            yield Rule(number, words, *meaning)
        elif not _CHANGES.isdisjoint(_split(words)):
            yield exception(number, words)
        elif policy := _OPEN_POLICY.fullmatch(words):
            yield OpenPolicy(number, words, policy[1])
        else:
            yield Left(number, "other commands")


def _split(line: str) -> list[str]:
    if '"' not in line and "'" not in line:
        return line.split()
    return [re.sub(r"\\(.)|[\"']", r"\1", word) for word in _WORD.findall(line)]


def _read_rule(line: str) -> Meaning | None:
    """Read a rule; None for a line that adds none."""
    words = _split(line)
    command = next((place for place, word in enumerate(words) if word in _ADDS), None)
    if command is None or not words[command + 1 :]:
        return None
    verb, chain, *rest = words[command:]
    place = None
    if verb in _INSERTS:
        place = rest.pop(0) if rest and rest[0].isdigit() else ""
    return _Options(rest).read(chain, place)


class _Options:
    """What the words of a rule say."""

    def __init__(self, words: list[str]) -> None:
        self._addresses: list[str] = []
        self._others: list[str] = []
        self._verdict = ""
        self._sources = 0
        self._negated = False
        rest = iter([*_separate(words)])
        sign = ""
        for word in rest:
            if word == "!":
                sign = word
                continue
            if word in _SOURCES:
                self._take_source(next(rest, ""), sign, rest)
            elif word in _TARGETS:
                self._verdict = next(rest, "")
            elif word in _NOISE:
                [*islice(rest, _NOISE[word])]
            elif word == "-m":
                module = next(rest, "")
                self._others += [] if module in ("comment", "iprange") else [word, module]
            else:
                self._others += [sign, word] if sign else [word]
            sign = ""

    def _take_source(self, value: str, sign: str, rest: Iterator[str]) -> None:
        if value == "!":
            sign, value = value, next(rest, "")
        self._sources += 1
        self._negated |= bool(sign)
        self._addresses += value.split(",")

    def read(self, chain: str, place: str | None) -> Meaning:
        """Give what they mean in a chain."""
        verdict, is_local = self._verdict, chain in _OF_THIS_HOST
        denies = verdict in _DENYING
        everyone = not self._negated and {*self._addresses} <= EVERYONE
        addresses = () if everyone or is_local else tuple(self._addresses)
        negated = (self._negated or (self._in_set and denies)) and not is_local
        part = " ".join((chain, *self._others))
        goes_on = verdict in _GOING_ON
        return addresses, Terms(chain, part, verdict == "ACCEPT", denies, goes_on, negated, self._sources > 1, place)

    @property
    def _in_set(self) -> bool:
        """Whether the addresses are those of a set of ipset."""
        return any(
            self._others[place] == "--match-set" and self._others[place + 2 : place + 3] == ["src"]
            for place in range(len(self._others))
        )


def _separate(words: list[str]) -> Iterator[str]:
    """Give the words, those that are joined to their option apart."""
    for word in words:
        joined = _JOINED.fullmatch(word) if word[:1] == "-" and len(word) > 2 else None  # noqa: PLR2004 - an option
        if joined:
            yield from filter(None, joined.groups())
        else:
            yield word


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
)
