"""nginx' directives, and the blocks that they stand in."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from xmlrpc_guard.formats.item import Refused


class Block(NamedTuple):
    """A block: its header, the line where it begins, and which block of the file it is."""

    header: str
    line: int
    number: int


TOP = Block("", 1, 0)


class Directive(NamedTuple):
    """A directive: its words, the block that it stands in, and the block that it opens, if any."""

    line: int
    words: list[str]
    block: Block
    opened: Block | None = None


# Words, quoted or not; ``#`` begins a comment only where a word could begin. Possessive: each sign has one reading.
_VARIABLE = r"""\$(?:\{[^\s;{}"'\\]*+\}?)?"""
_TOKEN = re.compile(
    r"""\s*+(?:\#[^\n]*+|(?P<sign>[;{}])|(?P<quoted>"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+')"""
    rf"""|(?P<word>(?:[^\s;{{}}"'\\$]++|{_VARIABLE}|\\.)(?:[^\s;{{}}\\$]++|{_VARIABLE}|\\.)*+)|(?P<other>.)|\Z)""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_directives(text: str) -> Iterator[Directive | Refused]:
    """Give each directive, that which opens a block before those in it; Refused for what nginx would not read.

    >>> [(each.words, each.block.header) for each in read_directives("http { server { listen 80; } }")]
    [(['http'], ''), (['server'], 'http'), (['listen', '80'], 'server')]
    """
    yield from _Reader(text).read()


class _Reader:
    """Reads the directives of a configuration one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._counted = 1, 0
        self._words: list[str] = []
        self._blocks, self._opened = [TOP], 0

    def read(self) -> Iterator[Directive | Refused]:
        for match in _TOKEN.finditer(self._text):
            kind = match.lastgroup
            if kind == "sign":
                yield from self._end(match["sign"], match.start("sign"))
            elif kind == "other":
                line = self._line_at(match.start("other"))
                yield Refused(line, f"has a stray {match['other']!a}; write what nginx reads")
            elif kind:
                if not self._words:
                    self._line_at(match.start(kind))
                word = match[kind]
                self._words.append(word if kind == "word" else _ESCAPED.sub(r"\1", word[1:-1]))
        if self._words or len(self._blocks) > 1:
            yield Refused(self._line, "ends in the middle of a directive or a block; fetch or write it again")

    def _end(self, sign: str, position: int) -> Iterator[Directive | Refused]:
        words, self._words = self._words, []
        if sign == ";":
            yield Directive(self._line, words, self._blocks[-1])
        elif sign == "{":
            self._opened += 1
            opened = Block(" ".join(words), self._line, self._opened)
            yield Directive(self._line, words, self._blocks[-1], opened)
            self._blocks.append(opened)
        elif words or len(self._blocks) == 1:
            yield Refused(self._line_at(position), "closes what is not open; write what nginx reads")
        else:
            self._blocks.pop()

    def _line_at(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line
