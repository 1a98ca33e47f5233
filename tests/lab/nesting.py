"""Spellings of xmlrpc.php whose escapes are nested at random: a corpus that no rule was made with.

Unlike ``parts.nested_unevenly``, which escapes signs of escapes layer by layer, this writes each sign of a path on its
own: plain, or as an escape each of whose three signs is written in the same way again.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from tests.lab.corpus import Row, Sent
from tests.lab.parts import NAME

KIND = "nested at random"
LONGEST = 1500
_BEFORE = ("/", "/", "/blog/", "/site1/", "/site1/site1/", "/site1/site1/site1/", "//", "/a/../", "/./", "/wp/")
_BEHIND = ("", "", "", "/", "/x", "?x", "/x.php", ".bak", "%20")
_NAMES = (NAME, NAME, NAME, "XMLRPC.PHP", "XmlRpc.php")


class Nesting(NamedTuple):
    """How one spelling is written."""

    draw: Random
    once: float
    """The chance of a sign of the path to be escaped."""
    again: float
    """The chance of a sign of an escape to be escaped."""
    whole: bool
    """Whether an escape's percent sign is escaped in any case: to Apache, one that begins no escape is an error."""

    def write(self, text: str, depth: int, chance: float) -> str:
        """Write each sign plain or as an escape, so many layers deep.

        >>> Nesting(Random(1), 1, 1, whole=False).write("x", 2, 1)
        '%25%37%38'
        """
        return "".join(self._escape(sign, depth) if depth and self.draw.random() < chance else sign for sign in text)

    def _escape(self, sign: str, depth: int) -> str:
        digits = f"{ord(sign):02{self.draw.choice('xX')}}"
        nested = self.write(digits, depth - 1, self.again)
        if self.whole and depth > 1 and len(nested) > len(digits):
            return self._escape("%", depth - 1) + nested
        return self.write("%", depth - 1, self.again) + nested


def spellings(number: int, seed: int) -> Iterator[Row]:
    """Give so many spellings, each once; the same seed gives the same."""
    draw = Random(seed)
    given: set[str] = set()
    while len(given) < number:
        target = _target(draw)
        if target not in given and len(target) <= LONGEST:
            given.add(target)
            yield Row(KIND, Sent(target))


def _target(draw: Random) -> str:
    nesting = Nesting(draw, draw.choice((0.08, 0.2, 0.5)), draw.choice((0.05, 0.2, 0.5, 0.9)), draw.random() < 0.6)
    depth = draw.randint(1, 6)
    name = nesting.write(draw.choice(_NAMES), depth, nesting.once)
    before = draw.choice(_BEFORE)
    if draw.random() < 0.2:
        before = "/" + nesting.write(before[1:], depth, nesting.once)
    return before + name + draw.choice(_BEHIND)
