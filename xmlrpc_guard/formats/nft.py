"""nftables: the elements of sets and definitions, and the sources of rules."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import LineFinder
from xmlrpc_guard.formats.nft_chains import NESTED, SENT_ON, Blocks, ChainsApart, find_blocks, find_unused, judge_chains
from xmlrpc_guard.formats.nft_commands import find_flushes, hide_texts
from xmlrpc_guard.formats.nft_places import Places
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import refuse_unused

_SET = re.compile(
    rf"\b(?P<kind>set|map)\s+(?P<placed>(?:[^\s{{}};]+[ \t]+){{0,2}})(?P<name>[^\s{{}};]+)\s*\{{(?P<inside>{NESTED})\}}"
)
_TYPE = re.compile(r"\b(?:type|typeof)\s+(?P<type>[^;\n{}]+)(?:;|\n|\Z)")
_ELEMENTS = re.compile(r"\belements\s*=\s*\{(?P<inside>[^{}]*)\}")
_ADDED = re.compile(
    r"\b(?:add|create)\s+element\s+(?P<placed>(?:[^\s{};]+\s+){0,2})(?P<name>[^\s{};]+)\s*\{(?P<inside>[^{}]*)\}"
)
_DEFINED = re.compile(r"\bdefine\s+(?P<name>[^\s={}]+)\s*=\s*(?:\{(?P<inside>[^{}]*)\}|(?P<single>[^\s{};]+))")
_RULE = re.compile(
    r"\bip6?[ \t]+saddr[ \t]++(?:(?P<sign>!=|==)[ \t]*+)?(?P<what>\{[^{}]*\}|[^\s;{}]+)(?P<after>[^;\n}]*)"
)
_TAKEN = re.compile(
    r"\b(?:delete|destroy)\s+element\b[^\n{]*|\b(?:re|un)define\b[^\n{]*|^[ \t]*include\b", re.MULTILINE
)
_ADDRESS_TYPES = frozenset(("ipv4_addr", "ipv6_addr", "ip saddr", "ip6 saddr"))
_OPTION = re.compile(r" (?:(?:timeout|expires) \S+|counter(?: packets \d+ bytes \d+)?|comment\b)")
_COUNTED = re.compile(r"\bcounter(?:\s+packets\s+\d+\s+bytes\s+\d+)?|\bcomment\b|\blog(?:\s+prefix)?\b")


def read_nft(text: str) -> Iterator[Item]:
    """Give the elements of each set of addresses and of each definition, and the sources of the rules that accept."""
    plain = hide_texts(text)
    lines = LineFinder(text)
    for match in _find_all(_TAKEN, plain, "element", "define", "include"):
        yield exception(lines.at(match.start()), match[0].strip(), why="takes addresses away, or may do so")
    yield from find_flushes(plain, lines)
    if plain.count("{") != plain.count("}"):
        yield Refused(lines.at(len(plain)), "ends in the middle of a block; fetch or write it again")
    places = Places(plain)
    yield from _read_sets(plain, lines, places)
    yield from _read_definitions(plain, lines)
    blocks = find_blocks(plain)
    yield from _read_rules(plain, lines, places, blocks)
    yield from judge_chains(plain, blocks, lines)


def _read_definitions(plain: str, lines: LineFinder) -> Iterator[Item]:
    for match in _find_all(_DEFINED, plain, "define"):
        at = "inside" if match["inside"] is not None else "single"
        if _holds_addresses(match[at]):
            yield from _read_elements(match[at], match.start(at), match["name"], lines)
        else:
            yield Left(lines.at(match.start()), "definitions of something else")


def _read_rules(plain: str, lines: LineFinder, places: Places, blocks: Blocks) -> Iterator[Item]:
    apart, unused = ChainsApart(blocks), find_unused(plain, blocks)
    for rule in _tell_chains_apart(_find_rules(plain, places), places):
        position = rule.match.start()
        if apart.has(position):
            yield Left(lines.at(position), "rules about what this host sends, or about other things")
            continue
        if unused and rule.is_simple and (chain := places.chain(position).rpartition(" ")[2]) in unused:
            yield refuse_unused(lines.at(position), chain, rule.part)
        yield from _read_rule(rule, lines)


def _find_all(pattern: re.Pattern[str], text: str, *words: str) -> Iterator[re.Match[str]]:
    """Find a pattern that begins with one of some words, which a text without them need not be searched for."""
    return pattern.finditer(text) if any(word in text for word in words) else iter(())


def _holds_addresses(inside: str) -> bool:
    return any("." in each or ":" in each for each in inside.split(","))


def _read_sets(text: str, lines: LineFinder, places: Places) -> Iterator[Item]:
    for match in _find_all(_SET, text, "set", "map"):
        yield from _read_set(match, places.name_set(match["name"], match.start(), match["placed"]), lines)
    for match in _find_all(_ADDED, text, "element"):
        name = places.name_set(match["name"], match.start(), match["placed"])
        yield from _read_elements(match["inside"], match.start("inside"), name, lines)


def _read_set(match: re.Match[str], name: str, lines: LineFinder) -> Iterator[Item]:
    inside, line = match["inside"], lines.at(match.start())
    found = _TYPE.search(inside)
    type_ = " ".join(found["type"].split()) if found else ""
    elements = _ELEMENTS.search(inside)
    if match["kind"] == "map" or any(each in type_ for each in (" . ", " : ")):
        problem = f"the {match['kind']} {name!a:.40} is of {type_!a:.60}, not of addresses alone"
        yield Refused(line, f"{problem}; a list file has only addresses", name)
    elif type_ not in _ADDRESS_TYPES or elements is None:
        yield Left(line, "sets of something else, or without elements")
    else:
        start = match.start("inside") + elements.start("inside")
        yield from _read_elements(elements["inside"], start, name, lines)


def _read_elements(inside: str, start: int, part: str, lines: LineFinder) -> Iterator[Item]:
    for element in inside.split(","):
        value = " ".join(element.split())
        if value:
            line = lines.at(start + len(element) - len(element.lstrip()))
            yield from _read_element(value, line, part) if " " in value else (Row(line, value, part),)
        start += len(element) + 1


def _read_element(element: str, line: int, part: str) -> Iterator[Item]:
    address, _, options = element.partition(" ")
    if options and (rest := _OPTION.sub("", f" {options}").strip()):
        if re.fullmatch(r"-\s*\S+", rest) and rest == options.strip():  # a range with blanks
            yield Row(line, element, part)
            return
        problem = f"{element!a:.60} is not an address alone; a list file has only addresses"
        yield Refused(line, problem, part)
        return
    if "timeout" in options:
        yield Left(line, "a time after which nftables would have removed the element, which a list file has not")
    yield Row(line, address, part)


class _Rule(NamedTuple):
    """A rule about sources."""

    match: re.Match[str]
    before: str
    part: str
    """What it says beside the addresses; the set or the definition, if it names one."""
    verdict: str
    is_simple: bool
    """Whether it accepts the addresses that it says."""

    @property
    def said(self) -> str:
        """The rule in one line."""
        return " ".join(f"{self.before}{self.match[0]}".split())


def _find_rules(text: str, places: Places) -> Iterator[_Rule]:
    end = 0
    for match in _RULE.finditer(text):
        before = text[end : match.start()]
        for end_sign in "\n;{}":
            before = before.rpartition(end_sign)[2]
        sign, what, after = match.group("sign", "what", "after")
        part, verdict, is_simple = _read_conditions(before, after)
        if what[0] in "@$":
            part, is_simple = places.name_set(what[1:], match.start()), False
        yield _Rule(match, before, part, verdict, is_simple and sign != "!=")
        end = match.end()


def _tell_chains_apart(found: Iterator[_Rule], places: Places) -> Iterator[_Rule]:
    """Name the chain of each rule that accepts addresses, if there are several."""
    if not places.has_chains:
        return found
    rules = [*found]
    chains = [places.chain(rule.match.start()) if rule.is_simple else "" for rule in rules]
    if len({*chains} - {""}) < 2:  # noqa: PLR2004 - several
        return iter(rules)
    pairs = zip(rules, chains, strict=True)
    return (rule._replace(part=f"{chain} {rule.part}".strip()) for rule, chain in pairs)


def _read_rule(rule: _Rule, lines: LineFinder) -> Iterator[Item]:
    what, start = rule.match["what"], rule.match.start("what")
    if not rule.is_simple:
        yield _judge_rule(rule, lines.at(start))
    elif what[0] == "{":
        yield from _read_elements(what[1:-1], start + 1, rule.part, lines)
    else:
        yield Row(lines.at(start), what, rule.part)


def _judge_rule(rule: _Rule, line: int) -> Left | Refused:
    after, is_named = rule.match["after"], rule.match["what"][0] in "@$"
    if rule.match["sign"] == "!=" or rule.verdict in ("drop", "reject"):
        return exception(line, rule.said)  # to every part: the order of the rules counts
    if "saddr" in after:
        problem = "asks for two things of an address, which a list file cannot say; write the addresses that both have"
    elif is_named and SENT_ON.search(after):
        problem = "leaves it to another chain, which may refuse its addresses; leave only the set"
    elif is_named:
        return Left(line, "rules that use a set")
    else:
        problem = "does not accept by itself; a list file has only who is let in"
    return Refused(line, f"{rule.said!a:.80} {problem}", rule.part)


@lru_cache(maxsize=64)
def _read_conditions(before: str, after: str) -> tuple[str, str, bool]:
    """Give what a rule says beside its addresses, its verdict, and whether it accepts them without another source."""
    verdicts = re.findall(r"\b(?:accept|drop|reject)\b", after)
    verdict = verdicts[-1] if verdicts else ""
    others = " ".join(_COUNTED.sub(" ", f"{before} {after}").split())
    return others, verdict, verdict == "accept" and "saddr" not in after


FORMATS = (
    Format(
        "nft",
        "sets and rules of nftables",
        re.compile(
            r"\belements\s*=\s*\{|^[ \t]*define\s+\w+\s*=\s*[{\d]|\b(?:add|create)\s+element\s|\bip6?[ \t]+saddr\b",
            re.MULTILINE,
        ),
        read_nft,
        read_masked,
        has_names=True,
    ),
)
