"""nftables: what the rules of a chain mean beside each other, written in a block or added by commands."""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Refused
from xmlrpc_guard.formats.lines import LineFinder

NESTED = r"(?>(?:[^{}]++|\{[^{}]*+\})*)"  # for good: without, a block that is cut off takes minutes
_TABLE = re.compile(r"\btable\s+(?P<name>[^\s{};]+(?:[ \t]+[^\s{};]+)?)\s*\{")
_CHAIN = re.compile(
    rf"\bchain\s+(?P<placed>(?:[^\s{{}};]+[ \t]+){{0,2}})(?P<name>[^\s{{}};]+)\s*\{{(?P<inside>{NESTED})\}}"
)
_STATEMENT = re.compile(r"(?!\s)(?>(?:[^;\n{}]++|\{[^{}]*+\})+)")
_COMMAND = re.compile(
    r"\b(?P<verb>add|insert)[ \t]+rule[ \t]+"
    r"(?P<chain>(?:(?:ip6?|inet|arp|bridge|netdev)[ \t]+)?[^\s;{}]+[ \t]+[^\s;{}]+)"
    r"[ \t]+(?P<rule>(?>(?:[^;\n{}]++|\{[^{}\n]*+\})+))"
)
_ACCEPTING = re.compile(r"\baccept\b")
_REFUSING = re.compile(r"\b(?:drop|reject)\b")
# What has its own refusal, is for the rest, or is about packets of no connection.
_APART = re.compile(r"\bsaddr\b|\bpolicy\b|\bct\s+state\s+(?:\{\s*)?invalid\b")
_HOOK = re.compile(r"\btype\s+filter\s+hook\b")
_APART_HOOK = re.compile(r"\btype\s+(?:nat|route)\s+hook\b|\bhook\s+(?:output|postrouting)\b")
_LED = re.compile(r"\b(?:jump|goto)\s+([^\s;{},]+)")
SENT_ON = re.compile(r"\b(?:jump|goto|queue)\b")


class _Statement(NamedTuple):
    """A rule, or what a chain says of itself."""

    position: int
    text: str

    @property
    def accepts_some(self) -> bool:
        """Whether it accepts packets of some sources."""
        _, saddr, rest = self.text.partition("saddr")
        return bool(saddr) and "accept" in rest and bool(_ACCEPTING.search(rest))

    @property
    def refuses_all(self) -> bool:
        """Whether it may refuse packets of every source."""
        if "drop" not in self.text and "reject" not in self.text:
            return False
        return bool(_REFUSING.search(self.text) and not _APART.search(self.text))

    @property
    def leads_to(self) -> str:
        """The chain that it sends packets to."""
        found = _LED.search(self.text) if "jump" in self.text or "goto" in self.text else None
        return found[1] if found else ""

    @property
    def may_refuse(self) -> bool:
        """Whether it refuses packets of every source, as a policy too, or sends them to a chain that may."""
        is_sent = SENT_ON.search(self.text) and not _APART.search(self.text)
        return bool(re.search(r"\bpolicy\s+drop\b", self.text) or is_sent or self.refuses_all)


class _Chain:
    """The rules of a chain, from its blocks and from commands, in their order."""

    def __init__(self) -> None:
        self.block: re.Match[str] | None = None
        """The block of a chain that the kernel sends packets to."""
        self.is_apart = False
        self._inserted: list[_Statement] = []
        self._added: list[_Statement] = []

    def add_block(self, block: re.Match[str]) -> None:
        """Add the rules of a block."""
        inside, start = block["inside"], block.start("inside")
        self._added += [_Statement(start + each.start(), each[0]) for each in _STATEMENT.finditer(inside)]
        self.block = block if _HOOK.search(block.string, *block.span("inside")) else self.block
        self.is_apart |= _is_apart(block)

    def add_command(self, verb: str, rule: _Statement) -> None:
        """Add the rule of a command."""
        (self._inserted if verb == "insert" else self._added).append(rule)

    @property
    def statements(self) -> list[_Statement]:
        """The rules as they are in the end."""
        return [*reversed(self._inserted), *self._added]


Blocks = list[re.Match[str]]
"""The blocks of chains in a text."""


def find_blocks(text: str) -> Blocks:
    """Find the blocks of chains."""
    return [*_CHAIN.finditer(text)] if "chain" in text else []


def judge_chains(text: str, blocks: Blocks, lines: LineFinder) -> Iterator[Refused]:
    """Refuse what refuses packets of every source before a rule that accepts those of some, and what lets all in."""
    chains = _collect_chains(text, blocks)
    refusing = {_last(key) for key, chain in chains.items() if any(each.refuses_all for each in chain.statements)}
    for chain in chains.values():
        statements = [] if chain.is_apart else chain.statements
        yield from _judge_order(statements, refusing, lines)
        if chain.block and any(each.accepts_some for each in statements):
            yield from _judge_end(chain.block, statements, lines)


def _collect_chains(text: str, blocks: Blocks) -> dict[str, _Chain]:
    """Give the chains by their table and name; by the name alone, where the text has no tables."""
    tables = [(match.start(), match["name"]) for match in _TABLE.finditer(text)] if "table" in text else []
    chains: defaultdict[str, _Chain] = defaultdict(_Chain)
    for block in blocks:
        place = bisect(tables, (block.start(),))
        table = block["placed"] or (tables[place - 1][1] if place else "")
        chains[_key(f"{table} {block['name']}", whole=bool(tables))].add_block(block)
    for command in _COMMAND.finditer(text) if " rule" in text else ():
        rule = _Statement(command.start("rule"), command["rule"])
        chains[_key(command["chain"], whole=bool(tables))].add_command(command["verb"], rule)
    return chains


def _last(key: str) -> str:
    return key.rsplit(maxsplit=1)[-1]


def _key(place: str, *, whole: bool) -> str:
    words = place.split()
    return " ".join(words).removeprefix("ip ") if whole else words[-1]


def find_unused(text: str, blocks: Blocks) -> set[str]:
    """Give the chains to which no rule leads, beside those that the kernel sends packets to."""
    hooked = {block["name"] for block in blocks if _has_hook(block)}
    if not hooked:
        return set()  # a part of a ruleset, perhaps
    others = {block["name"] for block in blocks} - hooked
    return others - {*_LED.findall(text)} if others else others


def _has_hook(block: re.Match[str]) -> bool:
    return block.string.find(" hook ", *block.span("inside")) >= 0


def _is_apart(block: re.Match[str]) -> bool:
    return _has_hook(block) and bool(_APART_HOOK.search(block.string, *block.span("inside")))


class ChainsApart:
    """Where the blocks of chains stand that let in no client: of what this host sends, and of other types."""

    def __init__(self, blocks: Blocks) -> None:
        spans = [block.span("inside") for block in blocks if _is_apart(block)]
        self._starts, self._ends = [start for start, _ in spans], [end for _, end in spans]

    def has(self, position: int) -> bool:
        """Return whether a place is in one of them."""
        place = bisect(self._starts, position)
        return place > 0 and position < self._ends[place - 1]


def _judge_order(statements: list[_Statement], refusing: set[str], lines: LineFinder) -> Iterator[Refused]:
    accepting = [place for place, each in enumerate(statements) if each.accepts_some]
    for each in statements[: accepting[-1] if accepting else 0]:
        if each.refuses_all or (each.leads_to in refusing and not _APART.search(each.text)):
            problem = "comes before rules that accept, and may refuse their addresses"
            said = " ".join(each.text.split())
            yield Refused(lines.at(each.position), f"{said!a:.80} {problem}; leave only the rules that accept")


def _judge_end(chain: re.Match[str], statements: list[_Statement], lines: LineFinder) -> Iterator[Refused]:
    if not any(each.may_refuse for each in statements):
        problem = f"the chain {chain['name']!a:.40} lets everyone in, as no rule and no policy refuses the rest"
        yield Refused(lines.at(chain.start()), f"{problem}; leave only the rules that are meant")
