"""Rules of firewalls, one a line: what they mean beside each other. A part is what a rule says beside the addresses."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Item, Left, Refused, Row, exception
from xmlrpc_guard.ranges import WIDTH

_OTHER = "rules about other things"
EVERYONE = frozenset(("0.0.0.0/0", "::/0", "any"))
"""What stands for every address."""


class Terms(NamedTuple):
    """What a rule says beside its addresses."""

    chain: str
    part: str
    """All of it but the verdict, in words; the first one is the chain's."""
    accepts: bool
    denies: bool
    goes_on: bool = False
    """Whether it does neither, nor sends packets to another chain, which may do so."""
    negated: bool = False
    needs_all: bool = False
    """Whether it is about the packets alone that each of its conditions of addresses holds for."""
    place: str | None = None
    """Where it was inserted, as it is written: "" is the first place; None if it was added at the end."""
    version: int = 0
    """The only IP version whose packets it is about; 0 if that is not said."""
    leads_to: str = ""
    """The chain that it sends packets to, if it is one of the text's own."""
    is_early: bool = False
    """Whether packets pass it before all those that accept, and it can refuse alone."""


Meaning = tuple[tuple[str, ...], Terms]
"""The addresses that a rule is about, and what it says beside them."""


class FirewallRule(NamedTuple):
    """A rule: its line and its words, and what they mean."""

    line: int
    words: str
    addresses: tuple[str, ...]
    terms: Terms

    @property
    def is_bare(self) -> bool:
        """Whether it is about every packet, without a condition."""
        return not self.addresses and " " not in self.terms.part


class OpenPolicy(NamedTuple):
    """That a chain accepts what none of its rules is about."""

    line: int
    words: str
    chain: str


_MARK = "\0"  # no text that is read has one
_ADDRESS = re.compile("[0-9A-Fa-f.:/]+")


def read_marked(words: str, option: str, read: Callable[[str], Meaning | None]) -> Meaning | None:
    """Read a rule with a mark in place of the address after ``option``, if that is its only one.

    A ``read`` with a cache then reads one of many rules that differ in their addresses alone.
    """
    before, sign, rest = words.partition(option)
    address, blank, after = rest.partition(" ")
    if _ADDRESS.fullmatch(address) and address not in EVERYONE:
        meaning = read(f"{before}{sign}{_MARK}{blank}{after}")
        if meaning and meaning[0] == (_MARK,):
            return (address,), meaning[1]
    return read(words)


def judge_rules(found: Iterable[FirewallRule | OpenPolicy | Left | Refused]) -> Iterator[Item]:
    """Give the addresses of the rules that accept; the last one of a chain may refuse all the rest."""
    chains = _Chains()
    others: list[FirewallRule] = []
    policies: list[OpenPolicy] = []
    for rule in found:
        if isinstance(rule, FirewallRule):
            line, _, addresses, terms = rule
            chains.note(rule)
            if not addresses or not terms.accepts or terms.negated or terms.needs_all:
                others.append(rule)
                continue
            for address in addresses:
                yield Row(line, address, terms.part)
        elif isinstance(rule, OpenPolicy):
            policies.append(rule)
        else:
            yield rule
    for rule in others:
        yield from _judge_other(rule, chains)
    yield from (_judge_policy(policy, chains) for policy in policies)


class _Chains:
    """What the rules of each chain are about."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], int] = {}  # by IP version too: where the last rule stands that accepts some
        self._closed: set[str] = set()
        self._refusing: set[str] = set()

    def note(self, rule: FirewallRule) -> None:
        """Take note of a rule."""
        terms = rule.terms
        if rule.addresses:
            key = terms.chain, terms.version
            self._last[key] = max(self._last.get(key, _FIRST), _latest(rule.line, terms))
        elif not terms.accepts and not terms.goes_on and not terms.negated:
            self._closed.add(terms.chain)
            if terms.denies and not _APART.search(terms.part):
                self._refusing.add(terms.chain)

    def refuses(self, terms: Terms) -> bool:
        """Return whether a rule refuses, or sends packets to a chain that may refuse those of every source."""
        return terms.denies or terms.leads_to in self._refusing

    def accepts_some(self, chain: str) -> bool:
        """Return whether rules of a chain are about addresses."""
        return any((chain, version) in self._last for version in (0, *WIDTH))

    def accepts_any(self) -> bool:
        """Return whether a rule of any chain accepts packets of some addresses."""
        return any(place != _FIRST for place in self._last.values())

    def last(self, terms: Terms) -> int:
        """Give where the last rule stands that accepts addresses of those that a rule without any is about."""
        versions = (0, terms.version) if terms.version else (0, *WIDTH)
        return max(self._last.get((terms.chain, version), _FIRST) for version in versions)

    def is_closed(self, chain: str) -> bool:
        """Return whether a rule of a chain may refuse packets of every source."""
        return chain in self._closed


_FIRST = -(1 << 62)


def _latest(line: int, terms: Terms) -> int:
    if not terms.accepts:
        return _FIRST
    # A rule that is inserted comes before all that the file has above it.
    return -line if terms.place in ("", "1") else line


def _judge_other(rule: FirewallRule, chains: _Chains) -> Iterator[Item]:
    """Judge a rule that does not simply let in some addresses."""
    line, words, addresses, terms = rule
    if _is_shadow(rule, chains):
        problem = f"{words!a:.80} comes before rules that accept, and may refuse their addresses"
        yield Refused(line, f"{problem}; leave only the rules that accept")
    elif terms.negated or (addresses and terms.denies):
        yield exception(line, words)  # to every part: the order of the rules counts
    elif terms.needs_all:
        problem = f"{words!a:.80} asks for two things of an address, which a list file cannot say"
        yield Refused(line, f"{problem}; write the addresses that both have", terms.part)
        return
    elif addresses:
        problem = f"{words!a:.80} does not accept by itself; a list file has only who is let in"
        yield Refused(line, problem, terms.part)
    elif rule.is_bare and terms.accepts and chains.accepts_some(terms.chain):
        yield Refused(line, f"{words!a:.80} lets everyone in; leave only the rules that are meant")
    else:
        yield Left(line, "the rule that refuses all the rest" if rule.is_bare and terms.denies else _OTHER)
    for address in addresses:
        yield Row(line, address, terms.part)


def _is_shadow(rule: FirewallRule, chains: _Chains) -> bool:
    """Return whether a rule without addresses refuses, in a chain where a rule that accepts some comes after it."""
    terms = rule.terms
    earliest = rule.line if terms.place is None else -rule.line
    refuses = chains.refuses(terms) and not rule.addresses and not terms.negated
    if not refuses or _APART.search(terms.part):
        return False
    if terms.is_early:
        return chains.accepts_any() and not _APART_EARLY.search(terms.part)
    return earliest < chains.last(terms)


# Packets that no client sends who is let in by a later rule: those of no connection, and those that come from itself.
_APART = re.compile(r"--(?:ct)?state INVALID\b|--tcp-flags\b|--syn\b|\b-i lo\b")
# Those that are a part of others, have a forged source, or are of no connection to a service.
_APART_EARLY = re.compile(
    r"(?: -f| --fragment| -p icmp(?:v6)?| -p ipv6-icmp| --icmp-type \S+| -m rpfilter| --mss \S+)(?: |$)"
)


def refuse_unused(line: int, chain: str, part: str) -> Refused:
    """Make the refusal of rules in a chain that the same text makes and sends no packets to."""
    problem = f"stands in the chain {chain!a:.40}, to which no rule leads, so that it lets no one in"
    return Refused(line, f"{problem}; leave only rules that are in use", part)


def _judge_policy(policy: OpenPolicy, chains: _Chains) -> Item:
    if not chains.accepts_some(policy.chain) or chains.is_closed(policy.chain):
        return Left(policy.line, "other commands")
    problem = f"{policy.words!a:.80} lets everyone in, as no rule refuses the rest"
    return Refused(policy.line, f"{problem}; leave only the rules that are meant")
