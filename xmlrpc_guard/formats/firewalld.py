"""firewalld: sets and zones as its files have them, and ``ipset list -output xml``."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.parsers.expat import ParserCreate

from xmlrpc_guard.formats.elements import parse, show_element
from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.notation import read_masked

_TYPES = frozenset(("hash:ip", "hash:net"))
_TRUE = frozenset(("yes", "true", "1"))
_VERDICTS = frozenset(("accept", "drop", "reject", "mark"))
# What a zone lets in, or a rule asks for.
_ADMITTING = frozenset(("service", "port", "protocol", "source-port", "forward-port", "masquerade"))
# What a rule is about beside its sources.
_LIMITING = frozenset(("destination", "icmp-type"))


class _Source(NamedTuple):
    """An address that a zone or a rule is about."""

    line: int
    address: str
    words: str
    negated: bool


class _Rule:
    """A zone or a rule, as far as it is read."""

    def __init__(self, line: int, said: str, verdict: str = "") -> None:
        self.line, self.said, self.verdict = line, said, verdict
        self.sources: list[_Source] = []
        self.conditions: list[str] = []
        self.interfaces: list[str] = []


def read_firewalld(text: str) -> list[Item]:
    """Give the entries of sets, and the sources of zones and rules that let them in."""
    reader = _Reader()
    return [*parse(reader.parser, text, "firewalld"), *reader.items]


class _Reader:
    """Collects what stands in the elements."""

    def __init__(self) -> None:
        self.parser = ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._read_text
        self.items: list[Item] = []
        self._set = self._text = ""
        self._line = 0
        self._zone: _Rule | None = None
        self._rule: _Rule | None = None
        self._rows: list[Row] = []  # of the rules of a zone

    def _read_text(self, text: str) -> None:
        self._text += text

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._line, self._text = self.parser.CurrentLineNumber, ""
        said = show_element(tag, attributes)
        around = self._rule or self._zone
        if tag == "zone":
            self._zone = _Rule(self._line, said, attributes.get("target", ""))
        elif tag == "rule":
            self._rule = _Rule(self._line, said)
        elif around:
            self._read_condition(around, tag, attributes, said)
        elif tag == "ipset":
            self._set = attributes.get("name", "")
            self._check_type(attributes.get("type", "hash:net"))

    def _read_condition(self, around: _Rule, tag: str, attributes: Mapping[str, str], said: str) -> None:
        if tag == "source":
            self._read_source(around, attributes, said)
        elif tag in _ADMITTING or (tag in _LIMITING and around is self._rule):
            around.conditions.append(said)
        elif tag == "interface":
            around.interfaces.append(said)
        elif tag in _VERDICTS:
            around.verdict = tag

    def _read_source(self, around: _Rule, attributes: Mapping[str, str], said: str) -> None:
        negated = bool({attributes.get("invert", "").lower(), attributes.get("NOT", "").lower()} & _TRUE)
        if "address" in attributes:
            around.sources.append(_Source(self._line, attributes["address"], said, negated))
        else:
            problem = f"{said!a:.80} is not an address; write those that are meant, or convert the set"
            self.items.append(Refused(self._line, problem))

    def _check_type(self, type_: str) -> None:
        if type_ not in _TYPES:
            problem = f"the set is of the type {type_!a:.40}, whose entries are not addresses alone"
            self.items.append(Refused(self._line, f"{problem}; a list file has only addresses", self._set))

    def _close(self, tag: str) -> None:
        text = self._text.strip()
        if tag in ("entry", "elem"):
            self.items.append(Row(self._line, text, self._set))
        elif tag == "type" and self._set:
            self._check_type(text)
        elif tag == "nomatch":
            self.items.append(exception(self._line, "nomatch", self._set))
        elif tag == "rule" and self._rule:
            self._end_rule(self._rule)
            self._rule = None
        elif tag == "zone" and self._zone:
            self._end_zone(self._zone)
            self._zone = None
        self._text = ""

    def _end_rule(self, rule: _Rule) -> None:
        words = " ".join([rule.said, *(source.words for source in rule.sources), *rule.conditions, rule.verdict])
        part = " ".join(["rule", *rule.conditions])
        if any(source.negated for source in rule.sources) or rule.verdict in ("drop", "reject"):
            self.items.append(exception(rule.line, words))  # what refuses comes first there
        elif rule.sources and rule.verdict != "accept":
            problem = f"{words!a:.80} does not accept by itself; a list file has only who is let in"
            self.items.append(Refused(rule.line, problem, part))
        elif not rule.sources:
            self.items.append(Left(rule.line, "rules about other things"))
        self._rows += [Row(source.line, source.address, part) for source in rule.sources]

    def _end_zone(self, zone: _Rule) -> None:
        lets_in = zone.verdict == "ACCEPT" or bool(zone.conditions)
        if zone.sources and self._rows:
            problem = f"{zone.said!a:.80} has sources beside rules with others, and both must hold"
            self.items.append(Refused(zone.line, f"{problem}; write the addresses that both have"))
        elif zone.sources and zone.interfaces and lets_in:
            problem = f"{zone.interfaces[0]!a:.60} lets in everyone who comes by it, beside the sources of its zone"
            self.items.append(Refused(zone.line, f"{problem}; leave only the sources"))
        elif self._rows and zone.verdict == "ACCEPT":
            self.items.append(Refused(zone.line, f"{zone.said!a:.80} lets everyone in; leave only what is meant"))
        for source in zone.sources:
            if source.negated:
                self.items.append(exception(source.line, source.words))
            elif not lets_in:
                self.items.append(exception(source.line, f"{zone.said} {source.words}", why="refuses its sources"))
            self.items.append(Row(source.line, source.address, "source"))
        self.items += self._rows
        self._rows = []


FORMATS = (
    Format(
        "firewalld",
        "sets and zones of firewalld",
        re.compile(r"<(?:ipset|zone|rule)\b(?=[^<>]*>\s*<(?!server\b))|<ipsets>"),
        read_firewalld,
        read_masked,
        has_names=True,
    ),
)
