"""Rules of firewalls, one a line: what they mean beside each other. A part is what a rule says beside the addresses."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Item, Left, Refused, Row, exception

_OTHER = "rules about other things"
EVERYONE = frozenset(("0.0.0.0/0", "::/0", "any"))
"""What stands for every address."""


class Terms(NamedTuple):
    """What a rule says beside its addresses."""

    chain: str
    part: str
    """All of it but the verdict, the chain first."""
    accepts: bool
    denies: bool
    negated: bool = False
    needs_all: bool = False
    """Whether it is about the packets alone that each of its conditions of addresses holds for."""
    place: str | None = None
    """Where it was inserted, as it is written: "" is the first place; None if it was added at the end."""


Meaning = tuple[tuple[str, ...], Terms]
"""The addresses that a rule is about, and what it says beside them."""


class Rule(NamedTuple):
    """A rule: its line and its words, and what they mean."""

    line: int
    words: str
    addresses: tuple[str, ...]
    terms: Terms

    @property
    def is_bare(self) -> bool:
        """Whether it is about every packet, without a condition."""
        return not self.addresses and self.terms.part == self.terms.chain


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


def judge(found: Iterable[Rule | Left | Refused]) -> Iterator[Item]:
    """Give the addresses of the rules that accept; the last one of a chain may refuse all the rest."""
    last: dict[str, int] = {}  # by chain, where its last rule stands that accepts some
    others: list[Rule] = []
    for rule in found:
        if not isinstance(rule, Rule):
            yield rule
            continue
        line, _, addresses, terms = rule
        if addresses:
            last[terms.chain] = max(last.get(terms.chain, _FIRST), _latest(line, terms))
        if not addresses or not terms.accepts or terms.negated or terms.needs_all:
            others.append(rule)
            continue
        for address in addresses:
            yield Row(line, address, terms.part)
    for rule in others:
        yield from _judge_other(rule, last)


_FIRST = -(1 << 62)


def _latest(line: int, terms: Terms) -> int:
    if not terms.accepts:
        return _FIRST
    # A rule that is inserted comes before all that the file has above it.
    return -line if terms.place in ("", "1") else line


def _judge_other(rule: Rule, last: dict[str, int]) -> Iterator[Item]:
    """Judge a rule that does not simply let in some addresses."""
    line, words, addresses, terms = rule
    if _is_shadow(rule, last):
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
    elif rule.is_bare and terms.accepts and terms.chain in last:
        yield Refused(line, f"{words!a:.80} lets everyone in; leave only the rules that are meant")
    else:
        yield Left(line, "the rule that refuses all the rest" if rule.is_bare else _OTHER)
    for address in addresses:
        yield Row(line, address, terms.part)


def _is_shadow(rule: Rule, last: dict[str, int]) -> bool:
    """Return whether a rule without addresses refuses, in a chain where a rule that accepts some comes after it."""
    terms = rule.terms
    earliest = rule.line if terms.place is None else -rule.line
    refuses = terms.denies and not rule.addresses and not terms.negated
    return refuses and earliest < last.get(terms.chain, _FIRST) and not _APART.search(terms.part)


# Packets that no client sends who is let in by a later rule: those of no connection, and those that come from itself.
_APART = re.compile(r"--(?:ct)?state INVALID\b|--tcp-flags\b|--syn\b|\b-i lo\b")
