"""iptables: what ``iptables-save`` writes, and scripts that call it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import (
    EVERYONE,
    FirewallRule,
    Meaning,
    OpenPolicy,
    Terms,
    judge_rules,
    read_marked,
    refuse_unused,
)

_WORD = re.compile(r"(?>(?:[^\s\"'\\]++|\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+')+)|\S")
_JOINED = re.compile(r"(--(?:source|src|src-range|jump|goto|table))=(.*)|(-[sjgt])(.+)", re.DOTALL)  # to its value
_INSERTS = frozenset(("-I", "--insert"))
_ADDS = frozenset(("-A", "--append")) | _INSERTS
_CHANGES = re.compile(
    r"-[DR](?:[A-Z]\w*)?|--delete(?:=.*)?|--rep\w*(?:=.*)?"
)  # a chain may be joined to them, words be cut short
_FLUSHES = re.compile(r"-F(?:[A-Z]\w*)?|--fl\w*(?:=\S*)?|(?:\S*/)?ip6?tables(?:-legacy|-nft)?-restore")
_TABLES = frozenset(("-t", "--table"))
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
    return judge_rules(_read_lines(text))


def _read_lines(text: str) -> Iterator[FirewallRule | OpenPolicy | Left | Refused]:
    read = lru_cache(maxsize=64)(_read_rule)
    rules, unused = _Rules(), _find_unused(text)
    for number, line in numbered_lines(text):
        words = line.strip()
        if not words or words[0] == "#":
            rules.saved_by = words if "tables-save" in words else rules.saved_by
            continue
        command = f"{rules.section}{words}"
        if meaning := read_marked(command, " -s ", read):
            rules.note(meaning)
            if meaning[1].chain in unused:
                yield refuse_unused(number, meaning[1].chain, meaning[1].part)
            yield FirewallRule(number, words, *meaning)
        else:
            yield _read_other(number, words, rules)


_MADE = re.compile(r"^[^#\n]*?(?:-N|--new-chain)[ =]+([\w.-]+)|^:([\w.-]+) - ", re.MULTILINE)
_LED = re.compile(r"(?:-[jg]|--jump|--goto)[ =]*([\w.-]+)")


def _find_unused(text: str) -> set[str]:
    """Give the chains that a text makes, and sends no packets to."""
    made = (
        {one or other for one, other in _MADE.findall(text)}
        if "-N" in text or "--new" in text or " - [" in text
        else set()
    )
    return made - {*_LED.findall(text)} if made else made


def _read_other(number: int, line: str, rules: "_Rules") -> OpenPolicy | Left | Refused:
    """Read a line that adds no rule."""
    words = _split(f"{rules.section}{line}")
    if any(map(_CHANGES.fullmatch, words)):
        return exception(number, line)
    if rules.begin_table(line) if line[0] == "*" else rules.are_flushed(words):
        return exception(number, line, why="takes away rules above it")
    policy = _OPEN_POLICY.fullmatch(line)
    if policy and not _read_table(words):
        return OpenPolicy(number, line, policy[1])
    return Left(number, "other commands")


class _Rules:
    """The rules above a line that are about addresses: what a command after them may take away."""

    def __init__(self) -> None:
        self.saved_by = ""
        """What wrote the rules, as a comment says."""
        self.section = ""
        """The table whose rules follow, as an option; nothing for the table that lets in."""
        self._added: set[tuple[str, str, int]] = set()  # table, chain, IP version

    def note(self, meaning: Meaning) -> None:
        """Take note of a rule."""
        addresses, terms = meaning
        if addresses:
            self._added.add((_table_of(terms.part), terms.chain, 6 if ":" in addresses[0] else 4))

    def begin_table(self, line: str) -> bool:
        """Take note of a table, and return whether it takes the place of rules above."""
        table = _name_table(line[1:].strip())
        self.section = f"-t {table} " if table else ""
        return self._has(table, "", _version_of(self.saved_by))

    def are_flushed(self, words: list[str]) -> bool:
        """Return whether a command removes some of them."""
        place = next((place for place, word in enumerate(words) if _FLUSHES.fullmatch(word)), None)
        if place is None:
            return False
        program, word, after = " ".join(words[: place + 1]), words[place], words[place + 1 : place + 2]
        if word.endswith("-restore"):
            return {"-n", "--noflush"}.isdisjoint(words) and self._has(None, "", _version_of(program))
        joined = word[2:] if word[1] == "F" else word.partition("=")[2]
        named = re.fullmatch(r"\w[\w.-]*", joined or "".join(after))
        return self._has(_read_table(words), named[0] if named else "", _version_of(program))

    def _has(self, table: str | None, chain: str, version: int) -> bool:
        return any(
            table in (None, its_table) and chain in ("", its_chain) and version in (0, its_version)
            for its_table, its_chain, its_version in self._added
        )


def _version_of(program: str) -> int:
    """Give the IP version that a program is for; 0 if its name does not say, as that of a variable."""
    if re.search(r"6tables|ipt\w*6|ipv?6", program, re.IGNORECASE):
        return 6
    return 4 if re.search(r"(?<![$\w{])iptables\b", program) else 0


def _read_table(words: list[str]) -> str:
    """Give the table that a command is about; nothing for the one that lets in."""
    rest = iter([*_separate(words)])
    return next((_name_table(next(rest, "")) for word in rest if word in _TABLES), "")


def _name_table(name: str) -> str:
    return "" if name == "filter" else name


@lru_cache(maxsize=64)
def _table_of(part: str) -> str:
    _, option, table, *_ = f"{part} - -".split(" ", 3)
    return table if option == "-t" else ""


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
    return _Options(rest, _read_table(words)).read(chain, place)


class _Options:
    """What the words of a rule say."""

    def __init__(self, words: list[str], table: str) -> None:
        self._addresses: list[str] = []
        self._table = table
        self._others: list[str] = ["-t", table] if table else []
        self._verdict = ""
        self._sources = 0
        self._negated = any(map(_CHANGES.fullmatch, words)) or any(map(_FLUSHES.fullmatch, words))  # by a next command
        rest = iter([*_separate(words)])
        sign = ""
        for word in rest:
            if word != "!":
                self._take(word, sign, rest)
            sign = word if word == "!" else ""

    def _take(self, word: str, sign: str, rest: Iterator[str]) -> None:
        """Take an option with its values, which come next; ``sign`` is the "!" before it, if any."""
        if word in _SOURCES:
            self._take_source(next(rest, ""), sign, rest)
        elif word in _TARGETS:
            self._verdict = next(rest, "")
        elif word in _TABLES:
            next(rest, "")
        elif word in _NOISE:
            [*islice(rest, _NOISE[word])]
        elif word == "-m":
            module = next(rest, "")
            self._others += [] if module in ("comment", "iprange") else [word, module]
        else:
            self._others += [sign, word] if sign else [word]

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
        accepts = verdict == "ACCEPT" and not self._table  # in another table it only goes on
        goes_on = verdict in _GOING_ON or (verdict == "ACCEPT" and not accepts)
        everyone = not self._negated and {*self._addresses} <= EVERYONE
        addresses = () if everyone or is_local else tuple(self._addresses)
        negated = (self._negated or (self._in_set and denies)) and not is_local
        part = " ".join((chain, *self._others))
        terms = Terms(chain, part, accepts, denies, goes_on, negated, self._sources > 1, place)
        leads_to = "" if accepts or denies or goes_on else verdict
        return addresses, terms._replace(leads_to=leads_to, is_early=bool(self._table) and not is_local)

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
