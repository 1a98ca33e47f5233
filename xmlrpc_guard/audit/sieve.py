r"""Which lines of a log can matter at all: a quick look at a block of them, that keeps every line that does.

Of most logs, nine lines in ten are for other pages, and reading each of them would take most of the time. One pattern
goes over a block, in C. It takes the lines that are plainly for other pages, and gives all others to be read.

- A line is taken if its first quote follows ``] ``, as a time ends, and a request stands there that is whole: a method,
  a target without blanks, a protocol, a status. So it is not cut. No other quote follows ``] ``, or the line would be
  two that ran into one.
- The target has nothing that the rule (target.py) sees through or that a log writes for another byte: no backslash,
  control character, byte beyond ASCII, ``#`` or ``>``; and no escape but of bytes beyond ASCII, which can only vanish.
- What is left are plain targets, which hold a guarded name as it is but for its case. So no place in them may have two
  neighbours of the name: those that few lines of a log have. Escapes of bytes that vanish may stand between the two.
- Varnish cuts an address without a trace, where it is 254 bytes long: so a long address keeps its line.

What stands between quotes may be longer than its line, for the pattern, if a quote is missing. Then the pattern finds
fewer lines than there are, and each is looked at alone.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_BEYOND_ASCII = rb"[89A-Fa-f][0-9A-Fa-f]"
_KEEPS = bytes(byte for byte in range(256) if not ord("!") <= byte <= ord("~")) + b'\\#>"'
_BEGIN = rb'[^"]*+(?<=\] )"[A-Z]{3,20}+ (?!http[^ ]{254})'
_WHOLE = rb' HTTP/\d(?:[.]\d)?+" \d{3} '
# Two quoted fields are what nearly every log has; the second form takes any number, and longer.
_REST = rb'(?:[^"]*+"[^"]*+(?<!\] )" "[^"]*+(?<!\] )"|(?:[^"]*+"(?<!\] "))*+[^"\n]*+)\n'


class Sieved(NamedTuple):
    """What was found in a block: how many lines it has, and those that are to be read, with their ends."""

    lines: int
    kept: list[bytes]


class Sieve:
    r"""Picks the lines of a block that can be for a guarded script, of some names, or have a target that is cut.

    >>> line = b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET %b HTTP/1.1" 200 5 "-" "-"\n'
    >>> sieved = Sieve(["xmlrpc.php"]).sift(b"".join(line % path for path in (b"/", b"/XMLRPC.php", b"/caf%C3%A9")))
    >>> sieved.lines, [kept[42:53] for kept in sieved.kept]
    (3, [b'/XMLRPC.php'])
    """

    def __init__(self, names: Iterable[str], sample: bytes = b"") -> None:
        pairs = sorted({_rarest_pair(name.replace(" ", "").encode(), sample) for name in names})
        self._line = re.compile(_BEGIN + _plain_target(pairs) + _WHOLE + _REST + rb"|([^\n]*+\n)")

    def sift(self, block: bytes) -> Sieved:
        """Sift a block that begins and ends where lines do."""
        if block[-1:] != b"\n":
            block += b"\n"
        lines, found = block.count(b"\n"), self._line.findall(block)
        if len(found) != lines:
            each_alone = (line + b"\n" for line in block[:-1].split(b"\n"))  # not splitlines, which a CR splits too
            found = [each for line in each_alone for each in self._line.findall(line)]
        return Sieved(lines, list(filter(None, found)))


def any_but(excluded: bytes) -> bytes:
    """Write a pattern for any byte but some; to name all others makes it faster than ``[^...]``."""
    return b"[%b]" % b"".join(b"\\x%02x" % byte for byte in range(256) if byte not in excluded)


def _plain_target(pairs: Iterable[bytes]) -> bytes:
    """Write a pattern for targets that hold none of some pairs, in any case, nor what could stand for one."""
    each = [(pair[:1], pair[1:]) for pair in pairs]
    firsts = b"".join(first + first.upper() for first, _ in each)
    plain = any_but(b"%" + firsts + _KEEPS) + b"*+"
    harmless = b"".join(rb"(?<!%b(?=%b))" % (_any_of(first), _following(second)) for first, second in each)
    return plain + rb"(?:%b%b(?<!%%(?!%b))%b)*+" % (_any_of(b"%" + firsts), harmless, _BEYOND_ASCII, plain)


def _following(second: bytes) -> bytes:
    """Write what must not follow the first of a pair; after a name of one character, nothing may."""
    return _any_of(b"%" + second) if second else b""


def _any_of(letters: bytes) -> bytes:
    return b"[%b]" % b"".join(b"\\x%02x" % byte for byte in {*letters, *letters.upper()})


def _rarest_pair(name: bytes, sample: bytes) -> bytes:
    """Choose two neighbours of a name: any will do, and those that few lines of a log have are the best."""
    pairs = [name[at : at + 2] for at in range(max(1, len(name) - 1))]
    folded = sample.lower()
    return min(pairs, key=lambda pair: (folded.count(pair), folded.count(pair[:1])))
