r"""Which lines of a combined log can matter at all, and what most of those hold: one look at a block of lines.

Of most logs, nine lines in ten are for other pages, and reading each of them would take most of the time. One pattern
goes over a block, in C. It passes over runs of lines that are plainly for other pages, takes the lines apart that look
as most of the rest do, and gives all others whole. A line is plain under these conditions:

- Its first quote follows ``] ``, as a time ends, and a request stands there that is whole: a method, a target without
  blanks, a protocol, a status. So it is not cut. No other quote follows ``] ``, or the line would be two that ran into
  one.
- The target has nothing that the rule (target.py) sees through or that a log writes for another byte: no backslash,
  control character, byte beyond ASCII, ``#`` or ``>``; and no escape but of bytes beyond ASCII, which can only vanish.
- What is left are plain targets, which hold a guarded name as it is but for its case. So no place in them may have two
  neighbours of the name: those that few lines of a log have. Escapes of bytes that vanish may stand between the two.
- Varnish cuts an address without a trace, where it is 254 bytes long: so a long address keeps its line.

The pattern runs to the next quote or bracket where it can, since no other loop of ``re`` is as fast. So that none runs
into the next line, each line gets both before its end, and no loop begins between them and the end.

Each step of a pattern costs as much as some twenty bytes do. So the first pattern knows only what nearly every line
is: a path, ``HTTP/1.1`` or ``HTTP/2.0``, and no bracket after it. A second one, for any form, goes over what is left.
"""

import re
from collections.abc import Iterable
from itertools import filterfalse
from operator import itemgetter
from typing import NamedTuple

# How a group with a loop of its own repeats. "*+", for good, is faster. Before 3.11.5, and Debian 12 has 3.11.2, Python
# then took for matched what had failed in the last turn (gh-106052).
_ANY_TIMES = b"*+" if re.fullmatch(b"(?:ab*+c)*+a", b"aca") else b"*"
# The first two are nearly all there are: the escapes of a letter in UTF-8 are two or more, and one turn takes two.
_BEYOND_ASCII = rb"%[89A-Fa-f][0-9A-Fa-f]%[89A-Fa-f]", rb"%[89A-Fa-f]"
_KEEPS = bytes(byte for byte in range(256) if not ord("!") <= byte <= ord("~")) + b'\\#>"'
_END = b'"]\n'

LineParts = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes]
"""A line for a closer look: what is before the time, the minute, the second, all from the zone to the status, the size
of the answer (b"" for ``-``), and what is after it. A line of another look is the last of the seven, and alone."""

ZONE, REQUEST, STATUS = slice(5), slice(8, -5), slice(-3, None)
"""Where these are in the part from the zone to the status."""


class Sieved(NamedTuple):
    """What was found in a block: how many lines it has, and those that are to be looked at."""

    lines: int
    rows: list[LineParts]


class Sieve:
    r"""Picks the lines of a block that can be for a guarded script, of some names, or have a target that is cut.

    >>> line = b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET %b HTTP/1.1" 200 5 "-" "-"\n'
    >>> sieved = Sieve(["xmlrpc.php"]).sift(b"".join(line % path for path in (b"/", b"/XMLRPC.php", b"/caf%C3%A9")))
    >>> sieved.lines, sieved.rows
    (3, [(b'::1 - - ', b'29/Nov/2026:11:00', b'00', b'+0000] "GET /XMLRPC.php HTTP/1.1" 200', b'5', b'"-" "-"', b'')])
    """

    def __init__(self, names: Iterable[str], sample: bytes = b"") -> None:
        pairs = sorted({_rarest_pair(name.replace(" ", "").encode(), sample) for name in names})
        usual, any_form = (form.compile(_plain_target(pairs)) for form in (_USUAL, _ANY))
        self.patterns: list[re.Pattern[bytes]] = [usual, any_form] if _takes_most(usual, sample) else [any_form]
        """What goes over a block, the second over what the first has given whole."""

    def sift(self, block: bytes) -> Sieved:
        """Sift a block that begins and ends where lines do."""
        marked = _mark_ends(block)
        return Sieved((len(marked) - len(block)) // (len(_END) - 1), _find_rows(marked, *self.patterns))


_OTHER = itemgetter(-1)
_FEW = 20  # if more than one line in so many is of another form, two patterns take longer than the second alone


def _takes_most(pattern: "re.Pattern[bytes]", sample: bytes) -> bool:
    others = filter(_OTHER, _find_rows(_mark_ends(sample), pattern))
    return len([*others]) * _FEW <= sample.count(b"\n")


def _mark_ends(block: bytes) -> bytes:
    return (block if block[-1:] == b"\n" else block + b"\n").replace(b"\n", _END)


def _find_rows(marked: bytes, pattern: "re.Pattern[bytes]", *then: "re.Pattern[bytes]") -> list[LineParts]:
    """Find the lines that are not plain; those that one pattern gives whole, the next goes over."""
    rows: list[LineParts] = pattern.findall(marked)
    while rows and not any(rows[-1]):  # the end of the block was found, after a run of plain lines or twice
        del rows[-1]
    others = b"".join(map(_OTHER, rows)) if then else b""
    return [*filterfalse(_OTHER, rows), *_find_rows(others, *then)] if others else rows


def line_of(row: LineParts) -> bytes:
    """Give the line of a row, without its end."""
    begin, minute, second, middle, size, tail, other = row
    whole = b"%b[%b:%b %b %b %b" % (begin, minute, second, middle, size or b"-", tail)
    return other.removesuffix(_END) if other else whole


def any_but(excluded: bytes) -> bytes:
    """Write a pattern for any byte but some; to name all others makes it faster than ``[^...]``."""
    return b"[%b]" % b"".join(b"\\x%02x" % byte for byte in range(256) if byte not in excluded)


class _Form(NamedTuple):
    """What the lines have that a pattern takes: parts of patterns."""

    address: bytes
    """What is no address of a page that must be looked at."""
    version: bytes
    rest: bytes
    """What follows the status."""
    tail: bytes
    """What follows the size."""

    def compile(self, target: bytes) -> "re.Pattern[bytes]":
        """Compile the pattern that passes over lines with a target, and finds all others."""
        whole = rb' HTTP/%b" [0-9]{3}+' % self.version  # which is faster than \d, and to repeat for good than not
        plain = b"%b%b%b%b %b" % (_BEGIN, self.address, target, whole, self.rest)
        # `203.0.113.9 - - `[`29/Nov/2026:11:00`:`00` `+0000] "POST /xmlrpc.php HTTP/1.1" 200` `370` `"-" "probe/1"`
        row = rb'(%b*+)\[(.{17}+):([0-5][0-9]) (.{5}+\] "[A-Z]++ %b%b++%b) (?:([0-9]{1,18}+)|-) (%b)"\]\n' % (
            any_but(b'][\n\\"'),
            self.address,
            any_but(b' \n\\"'),
            whole,
            self.tail,
        )
        return re.compile(rb"(?:%b)%b(?:%b|([^\n]++\n)|\Z)" % (plain, _ANY_TIMES, row))


_BEGIN = rb'[^"]*+(?<=\] )"[A-Z]{3,20}+ '
_USUAL = _Form(b"/", rb"[0-9][.][0-9]", rb"[^\]]*+\]\n", rb"[^\]]*")
_ANY = _Form(
    rb"(?!http[^ ]{254})",
    rb"[0-9](?:[.][0-9])?",
    rb'(?:[^"]*+"(?<!\] ")(?!\]\n))%b[^"]*+"\]\n' % _ANY_TIMES,
    rb"[^\n]*",
)


def _plain_target(pairs: Iterable[bytes]) -> bytes:
    """Write a pattern for targets that hold none of some pairs, in any case, nor what could stand for one."""
    firsts = b"".join(pair[:1] + pair[:1].upper() for pair in pairs)
    plain = any_but(b"%" + firsts + _KEEPS) + b"*+"
    harmless = b"|".join([*map(_harmless, pairs), *_BEYOND_ASCII])
    return plain + rb"(?:(?:%b)%b)%b" % (harmless, plain, _ANY_TIMES)


def _harmless(pair: bytes) -> bytes:
    """Write a pattern for the first of a pair, with something else after it; after a name of one character, nothing."""
    return rb"%b(?!%b)" % (_any_of(pair[:1]), _any_of(b"%" + pair[1:]) if pair[1:] else b"")


def _any_of(letters: bytes) -> bytes:
    return b"[%b]" % b"".join(b"\\x%02x" % byte for byte in {*letters, *letters.upper()})


def _rarest_pair(name: bytes, sample: bytes) -> bytes:
    """Choose two neighbours of a name: any will do, and those that few lines of a log have are the best."""
    pairs = [name[at : at + 2] for at in range(max(1, len(name) - 1))]
    folded = sample.lower()
    return min(pairs, key=lambda pair: (folded.count(pair), folded.count(pair[:1])))
