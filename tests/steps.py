"""What a regular expression costs, in steps: a matcher that backtracks as Python's does, and counts.

Time is no measure in a test. A pattern whose steps more than double with the text has no limit that a file would keep.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple


class Node(NamedTuple):
    """A part of a pattern: what it does, the parts in it, and what else is said of it."""

    does: str
    parts: "list[list[Node]]"
    value: Any = None


_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL
_ANCHORS = {
    "AT_BEGINNING": r"^",
    "AT_BEGINNING_STRING": r"\A",
    "AT_END": r"$",
    "AT_END_STRING": r"\Z",
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
}


class TooManyError(Exception):
    """More steps than were allowed."""


class Steps:
    """Matches a pattern against a text, and counts the steps."""

    def __init__(self, pattern: re.Pattern[str], text: str, most: int = 50_000) -> None:
        self._nodes = nodes_of(pattern)
        self._text, self._most, self.taken = text, most, 0
        self._groups: dict[int, str] = {}
        self._ways: dict[str, Callable[[Node, int], Iterator[int]]] = {
            "ANCHOR": self._anchor,
            "BRANCH": lambda node, at: (end for part in node.parts for end in self._follow(part, 0, at)),
            "GROUP": self._group,
            "SAME": self._same,
            "REPEAT": lambda node, at: self._repeat(node, at, 0),
            "ONLY": lambda node, at: self._first(self._follow(node.parts[0], 0, at)),
            "LOOK": self._look,
            "ONE": self._one,
        }

    def find_all(self) -> list[tuple[int, int]]:
        """Give where the matches are, as ``finditer`` does."""
        found, at = [], 0
        while at <= len(self._text):
            end = next(self._follow(self._nodes, 0, at), None)
            if end is not None:
                found.append((at, end))
            at = max(at + 1, -1 if end is None else end)
        return found

    def fits(self) -> bool:
        """Return whether the pattern fits the whole text, as ``fullmatch`` does."""
        return any(end == len(self._text) for end in self._follow(self._nodes, 0, 0))

    def _follow(self, nodes: list[Node], index: int, at: int) -> Iterator[int]:
        if index == len(nodes):
            yield at
            return
        self._count()
        node = nodes[index]
        for end in self._ways[node.does](node, at):
            yield from self._follow(nodes, index + 1, end)

    def _count(self) -> None:
        self.taken += 1
        if self.taken > self._most:
            raise TooManyError

    def _one(self, node: Node, at: int) -> Iterator[int]:
        if at < len(self._text) and node.value(self._text[at]):
            yield at + 1

    def _anchor(self, node: Node, at: int) -> Iterator[int]:
        if node.value.match(self._text, at):
            yield at

    def _group(self, node: Node, at: int) -> Iterator[int]:
        for end in self._follow(node.parts[0], 0, at):
            self._groups[node.value] = self._text[at:end]
            yield end

    def _same(self, node: Node, at: int) -> Iterator[int]:
        text = self._groups.get(node.value)
        if text is not None and self._text.startswith(text, at):
            yield at + len(text)

    def _look(self, node: Node, at: int) -> Iterator[int]:
        width, wanted = node.value
        start = at - width
        if (start >= 0 and next(self._follow(node.parts[0], 0, start), None) is not None) is wanted:
            yield at

    def _first(self, ends: Iterator[int]) -> Iterator[int]:
        end = next(ends, None)
        if end is not None:
            yield end

    def _repeat(self, node: Node, at: int, done: int) -> Iterator[int]:
        least, most, lazy = node.value
        inside = node.parts[0]
        if not done and len(inside) == 1 and inside[0].does == "ONE":
            yield from self._run(node, at)
            return
        enough = done >= least
        if enough and lazy:
            yield at
        if done < most:
            for end in self._follow(inside, 0, at):
                if end > at or not enough:
                    yield from self._repeat(node, end, done + 1)
        if enough and not lazy:
            yield at

    def _run(self, node: Node, at: int) -> Iterator[int]:
        """Repeat what stands for one character, without a call for each."""
        least, most, lazy = node.value
        fits, end = node.parts[0][0].value, at
        while end - at < most and end < len(self._text) and fits(self._text[end]):
            self._count()
            if lazy and end - at >= least:
                yield end
            end += 1
        for each in [end] if lazy else range(end, at - 1, -1):
            if each - at >= least:
                self._count()
                yield each


@cache
def nodes_of(pattern: re.Pattern[str]) -> list[Node]:
    """Give the parts of a pattern, as Python's own parser reads it."""
    return _nodes(parser.parse(pattern.pattern, pattern.flags & _FLAGS), pattern.flags)


def _nodes(parsed: Any, flags: int) -> list[Node]:
    return [_node(str(code), value, flags) for code, value in parsed]


def _node(code: str, value: Any, flags: int) -> Node:  # noqa: PLR0911 - one for each part that a pattern may have
    match code:
        case "AT":
            return Node("ANCHOR", [], re.compile(_ANCHORS[str(value)], flags & re.MULTILINE))
        case "BRANCH":
            return Node("BRANCH", [_nodes(branch, flags) for branch in value[1]])
        case "SUBPATTERN":
            return Node("GROUP", [_nodes(value[3], flags)], value[0])
        case "GROUPREF":
            return Node("SAME", [], value)
        case "MAX_REPEAT" | "MIN_REPEAT":
            return Node("REPEAT", [_nodes(value[2], flags)], (*value[:2], code == "MIN_REPEAT"))
        case "POSSESSIVE_REPEAT":
            return Node("ONLY", [[Node("REPEAT", [_nodes(value[2], flags)], (*value[:2], False))]])
        case "ATOMIC_GROUP":
            return Node("ONLY", [_nodes(value, flags)])
        case "ASSERT" | "ASSERT_NOT":
            width = value[1].getwidth()[0] if value[0] < 0 else 0
            return Node("LOOK", [_nodes(value[1], flags)], (width, code == "ASSERT"))
        case _:
            return Node("ONE", [], _test(_written(code, value), flags & (re.IGNORECASE | re.DOTALL)))


@cache
def _test(written: str, flags: int) -> Callable[[str], bool]:
    compiled = re.compile(written, flags)
    return cache(lambda char: bool(compiled.fullmatch(char)))


def _written(code: str, value: Any) -> str:
    """Write what stands for one character as a pattern of its own."""
    match code:
        case "ANY":
            return "."
        case "LITERAL":
            return re.escape(chr(value))
        case "NOT_LITERAL":
            return f"[^{re.escape(chr(value))}]"
        case _:
            negated = str(value[0][0]) == "NEGATE"
            return f"[{'^' * negated}{''.join(_in_set(str(kind), each) for kind, each in value[negated:])}]"


def _in_set(code: str, value: Any) -> str:
    match code:
        case "LITERAL":
            return re.escape(chr(value))
        case "RANGE":
            return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        case _:
            kind = str(value).removeprefix("CATEGORY_")
            name = _CATEGORIES[kind.removeprefix("NOT_")]
            return name.upper() if kind.startswith("NOT_") else name


def beginnings(pattern: re.Pattern[str]) -> list[str]:
    """Give texts that fit a pattern up to some place in it, the shorter ones first."""
    return sorted({*_grow(nodes_of(pattern), "")} - {""}, key=lambda text: (len(text), text))


def _grow(nodes: list[Node], before: str) -> Iterator[str]:
    for node in nodes:
        if node.does == "ONE":
            before += next(filter(node.value, _LIKELY))
            yield before
        else:
            ways = [[*_grow(part, before)] or [before] for part in node.parts]
            yield from (text for texts in ways for text in texts)
            # What a look ahead finds is written once more by what comes after it.
            before = ways[0][-1] if ways and node.does != "LOOK" else before


_LIKELY = [*"a1 .:/\"'-{}()[]<>=!#,;|*@$&\\\n\t\r_+%~?`", *map(chr, range(32, 0x2014))]
