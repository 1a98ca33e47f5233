r"""Which lines of a log can matter at all: a quick look at a block of them, that keeps every line that does.

Of most logs, nine lines in ten are for other pages, and reading each of them would take most of the time. A line is
passed over only if no reader could find a guarded script's name in it, nor a target that is cut.

- The rule (target.py) takes a path for a name in any case, percent-encoded, with backslashes, blanks, control
  characters and broken UTF-8 in it; and logs escape bytes with ``\\`` and ``#``. So a line with one of these is kept,
  blanks apart.
- What is left are plain lines. Their targets stand in them as they are, uWSGI's apart, which have a ``>``. A name in
  such a line has each two of its neighbours next to each other, or with blanks between them. With all letters in
  lower case, and each blank taken for the first of two neighbours, that pair is found in one search.
- A target is cut if no protocol and status follow it. With each digit taken for 0 these are ``HTTP/0.0" 000``: the
  block is split there, and each piece must end one line and begin the next.
- Varnish cuts an address without a trace, where it is 254 bytes long: so an address in a long piece keeps its line.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate, repeat
from operator import contains
from typing import NamedTuple

_KEEPS = ord("%")
"""What each byte that keeps its line is taken for."""
_WHOLE = b'HTTP/0.0" 000'
_ADDRESS = b" http"
_SHORTEST_CUT = 254


class Sieved(NamedTuple):
    """What was found in a block: how many lines it has, and those that are to be read."""

    lines: int
    kept: list[bytes]


class Sieve:
    r"""Picks the lines of a block that can be for a guarded script, of some names, or have a target that is cut.

    >>> line = b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET %b HTTP/1.1" 200 5 "-" "-"\n'
    >>> sieved = Sieve(["xmlrpc.php"]).sift(line % b"/" + line % b"/XMLRPC.php" + line % b"/caf%C3%A9")
    >>> sieved.lines, [kept[42:53] for kept in sieved.kept]
    (3, [b'/XMLRPC.php', b'/caf%C3%A9 '])
    """

    def __init__(self, names: Iterable[str], sample: bytes = b"") -> None:
        pairs = sorted({_rarest_pair(name.replace(" ", "").encode(), sample) for name in names})
        self._folds = [(pair.translate(table), table) for pair in pairs for table in [_fold_table(pair)]]
        self._whole, self._address = (text.translate(self._folds[0][1]) for text in (_WHOLE, _ADDRESS))

    def sift(self, block: bytes) -> Sieved:
        """Sift a block that begins and ends where lines do."""
        lines = block.count(b"\n") + (block[-1:] != b"\n")
        (pair, table), *others = self._folds
        folded = block.translate(table)
        starts = {*_lines_with(pair, folded), *_lines_with(b"%", folded), *self._find_cut(folded, lines)}
        for pair, table in others:
            starts.update(_lines_with(pair, block.translate(table)))
        return Sieved(lines, [_line_at(start, block) for start in sorted(starts)])

    def _find_cut(self, folded: bytes, lines: int) -> Iterator[int]:
        """Give where lines begin whose target is cut, or may be."""
        pieces = folded.split(self._whole)
        one_each = len(pieces) == lines + 1 and all(map(contains, pieces[1:-1], repeat(b"\n")))
        if one_each and not any(self._address in piece for piece in pieces if len(piece) > _SHORTEST_CUT):
            return
        ends = accumulate(len(piece) + len(self._whole) for piece in pieces)
        for at, (piece, end) in enumerate(zip(pieces, ends, strict=True)):
            start = end - len(piece) - len(self._whole)
            if len(piece) > _SHORTEST_CUT and self._address in piece:
                yield from _lines_with(self._address, folded, start, start + len(piece))
            yield from _lines_within(piece, start, is_first=at == 0, is_last=at == len(pieces) - 1)


def _lines_within(piece: bytes, start: int, *, is_first: bool, is_last: bool) -> Iterator[int]:
    """Give where lines begin and end within a piece: they have no whole request."""
    begin = 0 if is_first else piece.find(b"\n") + 1
    end = len(piece) if is_last else piece.rfind(b"\n") + 1
    while begin < end and (begin or is_first):
        yield start + begin
        begin = piece.find(b"\n", begin) + 1 or end


def _lines_with(text: bytes, folded: bytes, start: int = 0, end: int | None = None) -> Iterator[int]:
    """Give where the lines begin that have a text between two places."""
    at = folded.find(text, start, end)
    while at >= 0:
        yield folded.rfind(b"\n", 0, at) + 1
        following = folded.find(b"\n", at)
        at = folded.find(text, following, end) if following >= 0 else -1


def _line_at(start: int, block: bytes) -> bytes:
    end = block.find(b"\n", start)
    return block[start : end if end >= 0 else len(block)]


def _rarest_pair(name: bytes, sample: bytes) -> bytes:
    """Choose two neighbours of a name: any will do, and those that few lines of a log have are the best."""
    pairs = [name[at : at + 2] for at in range(max(1, len(name) - 1))]
    return min(pairs, key=lambda pair: sample.translate(_fold_table(pair)).count(pair))


def _fold_table(pair: bytes) -> bytes:
    table = bytearray(bytes(range(256)).lower())
    for byte in range(256):
        is_printable = ord(" ") <= byte <= ord("~")
        if byte in b"%\\#>" or (not is_printable and byte != ord("\n")):
            table[byte] = _KEEPS
    table[ord("0") : ord("9") + 1] = b"0" * 10
    if len(pair) > 1:
        table[ord(" ")] = table[pair[0]]
    return bytes(table)
