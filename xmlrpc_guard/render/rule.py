"""What a server in front is to decide: a policy in the form in which configuration files are written from it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xmlrpc_guard.ranges import Range, cut, format_cidr, merge, parse_cidr
from xmlrpc_guard.render.patterns import LAYERED, escaped_pattern, plain_pattern


@dataclass(frozen=True, slots=True)
class Line:
    """One CIDR of a list, and where it comes from: the entry as written, its file and line, the list's date."""

    cidr: str
    origin: str


RuleLines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy for a server in front.

    ``deny`` counts before ``allow``. ``runs_php`` says that the server runs PHP itself; otherwise it passes requests
    on, and the next server decodes their paths again. ``again`` is the command that writes the same once more.
    """

    allow: RuleLines
    deny: RuleLines
    proxies: RuleLines
    unix: bool
    """Whether a unix socket's client is a trusted proxy."""
    scripts: tuple[str, ...]
    report_only: bool
    runs_php: bool
    again: str

    @property
    def behind_proxies(self) -> bool:
        """Whether any peer is trusted, so that a header names the client."""
        return bool(self.proxies) or self.unix

    @property
    def decoded_path(self) -> str:
        """The pattern for the path that the server has decoded once; compared without case."""
        if self.runs_php:
            return plain_pattern(self.scripts)
        return f"(?:{escaped_pattern(self.scripts)}|{LAYERED})"

    @property
    def odd_target(self) -> str:
        """The pattern for a target that is no path, such as ``*/xmlrpc.php``: some servers behind find a path in it."""
        return f"^(?:[^/].*)?{self.raw_path}"

    @property
    def raw_path(self) -> str:
        """The pattern for the path as it was sent, where the server passes it on as it was sent."""
        return escaped_pattern(self.scripts)


def cut_out(lines: Iterable[Line], holes: Iterable[Line]) -> Iterator[Line]:
    """Give what is left of each line without the holes.

    >>> [line.cidr for line in cut_out([Line("10.0.0.0/30", "a")], [Line("10.0.0.1/32", "b")])]
    ['10.0.0.0/32', '10.0.0.2/31']
    """
    merged = [*merge(map(_range, holes))]
    for line in lines:
        version, first, last = whole = _range(line)
        start = bisect_left(merged, (version, first), key=lambda hole: (hole[0], hole[2]))
        end = bisect_right(merged, (version, last), key=lambda hole: hole[:2])
        for left in _between(whole, merged[start:end]):
            yield from (Line(format_cidr(cidr), line.origin) for cidr in cut(left))


def _between(whole: Range, holes: Iterable[Range]) -> Iterator[Range]:
    version, first, last = whole
    for _, start, end in holes:
        yield (version, first, start - 1)
        first = end + 1
    yield (version, first, last)


def _range(line: Line) -> Range:
    each = parse_cidr(line.cidr)
    if each is None:
        raise ValueError(line.cidr)
    return each


def without_repeats(lines: Iterable[Line]) -> RuleLines:
    """Leave out a CIDR that was there before: servers warn of those, or refuse them.

    >>> [line.origin for line in without_repeats([Line("::/64", "first"), Line("::/64", "second")])]
    ['first']
    """
    first: dict[str, Line] = {}
    for line in lines:
        first.setdefault(line.cidr, line)
    return tuple(first.values())
