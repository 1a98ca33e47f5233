"""nftables: the elements of sets and definitions, and the sources of rules."""

import re
from collections.abc import Iterator
from functools import lru_cache

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import Lines
from xmlrpc_guard.formats.notation import read_masked

_HIDDEN = re.compile(r"\"[^\"\n]*\"|(?<!\S)#[^\n]*")
_NESTED = r"(?:[^{}]++|\{[^{}]*+\})*+"  # possessive: without, a block that is cut off takes minutes
_SET = re.compile(
    rf"\b(?P<kind>set|map)\s+(?:[^\s{{}};]+[ \t]+){{0,2}}(?P<name>[^\s{{}};]+)\s*\{{(?P<inside>{_NESTED})\}}"
)
_TYPE = re.compile(r"\b(?:type|typeof)\s+(?P<type>[^;\n{}]+)(?:;|\n|\Z)")
_ELEMENTS = re.compile(r"\belements\s*=\s*\{(?P<inside>[^{}]*)\}")
_ADDED = re.compile(r"\b(?:add|create)\s+element\s+(?:[^\s{};]+\s+){0,2}(?P<name>[^\s{};]+)\s*\{(?P<inside>[^{}]*)\}")
_DEFINED = re.compile(r"\bdefine\s+(?P<name>[^\s={}]+)\s*=\s*(?:\{(?P<inside>[^{}]*)\}|(?P<single>[^\s{};]+))")
_RULE = re.compile(
    r"\bip6?[ \t]+saddr[ \t]++(?:(?P<sign>!=|==)[ \t]*+)?(?P<what>\{[^{}]*\}|[^\s;{}]+)(?P<after>[^;\n}]*)"
)
_CHAIN = re.compile(rf"\bchain\s+(?P<name>[^\s{{}};]+)\s*\{{(?P<inside>{_NESTED})\}}")
_STATEMENT = re.compile(r"(?!\s)(?:[^;\n{}]++|\{[^{}]*+\})++")
_REFUSING = re.compile(r"\b(?:drop|reject)\b")
# What has its own refusal, is for the rest, or is about packets of no connection.
_APART = re.compile(r"\bsaddr\b|\bpolicy\b|\bct\s+state\s+(?:\{\s*)?invalid\b")
_TAKEN = re.compile(r"\b(?:delete|destroy)\s+element\b[^\n{]*|^[ \t]*include\b", re.MULTILINE)
_ADDRESS_TYPES = frozenset(("ipv4_addr", "ipv6_addr", "ip saddr", "ip6 saddr"))
_OPTION = re.compile(r" (?:(?:timeout|expires) \S+|counter(?: packets \d+ bytes \d+)?|comment\b)")
_SENT_ON = re.compile(r"\b(?:jump|goto|queue)\b")
_COUNTED = re.compile(r"\bcounter(?:\s+packets\s+\d+\s+bytes\s+\d+)?|\bcomment\b|\blog(?:\s+prefix)?\b")


def read_nft(text: str) -> Iterator[Item]:
    """Give the elements of each set of addresses and of each definition, and the sources of the rules that accept."""
    plain = _HIDDEN.sub(lambda match: " " * len(match[0]), text)  # each place stays on its line
    lines = Lines(plain)
    for match in _find_all(_TAKEN, plain, "element", "include"):
        yield exception(lines.at(match.start()), match[0].strip(), why="takes addresses away, or may do so")
    if plain.count("{") != plain.count("}"):
        yield Refused(lines.at(len(plain)), "ends in the middle of a block; fetch or write it again")
    for match in _find_all(_SET, plain, "set", "map"):
        yield from _read_set(match, lines)
    for match in _find_all(_ADDED, plain, "element"):
        yield from _read_elements(match["inside"], match.start("inside"), match["name"], lines)
    for match in _find_all(_DEFINED, plain, "define"):
        at = "inside" if match["inside"] is not None else "single"
        if _holds_addresses(match[at]):
            yield from _read_elements(match[at], match.start(at), match["name"], lines)
        else:
            yield Left(lines.at(match.start()), "definitions of something else")
    end = 0
    for match in _RULE.finditer(plain):
        before = plain[end : match.start()]
        for sign in "\n;{}":
            before = before.rpartition(sign)[2]
        yield from _read_rule(match, before, lines)
        end = match.end()
    for match in _find_all(_CHAIN, plain, "chain"):
        yield from _read_chain(match, lines)


def _find_all(pattern: re.Pattern[str], text: str, *words: str) -> Iterator[re.Match[str]]:
    """Find a pattern that begins with one of some words, which a text without them need not be searched for."""
    return pattern.finditer(text) if any(word in text for word in words) else iter(())


def _holds_addresses(inside: str) -> bool:
    return any("." in each or ":" in each for each in inside.split(","))


def _read_set(match: re.Match[str], lines: Lines) -> Iterator[Item]:
    name, inside, line = match["name"], match["inside"], lines.at(match.start())
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


def _read_elements(inside: str, start: int, part: str, lines: Lines) -> Iterator[Item]:
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


def _read_rule(match: re.Match[str], before: str, lines: Lines) -> Iterator[Item]:
    line, what = lines.at(match.start("what")), match["what"]
    name = what[1:] if what[0] in "@$" else None
    others, verdict = _read_conditions(before, match["after"])
    part = name or others
    if match["sign"] != "!=" and verdict == "accept" and not name:
        if what[0] == "{":
            yield from _read_elements(what[1:-1], match.start("what") + 1, part, lines)
        else:
            yield Row(line, what, part)
        return
    said = " ".join(f"{before}{match[0]}".split())
    if match["sign"] == "!=" or verdict in ("drop", "reject"):
        yield exception(line, said)  # to every part: the order of the rules counts
    elif name and _SENT_ON.search(match["after"]):
        problem = "leaves it to another chain, which may refuse its addresses; leave only the set"
        yield Refused(line, f"{said!a:.80} {problem}", part)
    elif name:
        yield Left(line, "rules that use a set")
    else:
        yield Refused(line, f"{said!a:.80} does not accept by itself; a list file has only who is let in", part)


@lru_cache(maxsize=64)
def _read_conditions(before: str, after: str) -> tuple[str, str]:
    """Give what a rule says beside its addresses, and its verdict."""
    verdicts = re.findall(r"\b(?:accept|drop|reject)\b", after)
    return " ".join(_COUNTED.sub(" ", f"{before} {after}").split()), verdicts[-1] if verdicts else ""


def _accepts_some(statement: str) -> bool:
    source = re.search(r"\bsaddr\b", statement)
    return bool(source and re.search(r"\baccept\b", statement[source.end() :]))


def _read_chain(chain: re.Match[str], lines: Lines) -> Iterator[Item]:
    """Refuse what refuses packets of every source before a rule that accepts those of some."""
    statements = [*_STATEMENT.finditer(chain["inside"])]
    accepting = [place for place, each in enumerate(statements) if _accepts_some(each[0])]
    for each in statements[: accepting[-1] if accepting else 0]:
        if _REFUSING.search(each[0]) and not _APART.search(each[0]):
            line, said = lines.at(chain.start("inside") + each.start()), " ".join(each[0].split())
            problem = "comes before rules that accept, and may refuse their addresses"
            yield Refused(line, f"{said!a:.80} {problem}; leave only the rules that accept")
    if accepting and _HOOK.search(chain["inside"]) and not any(map(_may_refuse, statements)):
        problem = f"the chain {chain['name']!a:.40} lets everyone in, as no rule and no policy refuses the rest"
        yield Refused(lines.at(chain.start()), f"{problem}; leave only the rules that are meant")


_HOOK = re.compile(r"\btype\s+filter\s+hook\b")


def _may_refuse(statement: re.Match[str]) -> bool:
    """Return whether a statement refuses packets of every source, or sends them to a chain that may."""
    policy = re.search(r"\bpolicy\s+drop\b", statement[0])
    refuses = _REFUSING.search(statement[0]) or _SENT_ON.search(statement[0])
    return bool(policy or (refuses and not _APART.search(statement[0])))


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
    ),
)
