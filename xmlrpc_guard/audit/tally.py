"""What is counted of logs: a value that merges, so that parts may be counted anywhere and added up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from xmlrpc_guard.audit.judging import VERDICTS, Judged

READ, PASSED_OVER, UNREADABLE, BLANK, NAMES_SCRIPT, NO_REQUEST, AMBIGUOUS, OUTSIDE, TIMELESS = KINDS = (
    *("read", "passed_over", "unreadable", "blank"),
    *("unreadable_naming_a_script", "no_request", "ambiguous", "outside_the_period", "without_a_time"),
)
"""What becomes of a line. The first four are all lines; the others say more about some of them."""

HOUR = 3600
MOST_SPANS = 10_000
"""How many spans of time are counted apart. Beyond that they become twice as long, and so on."""


@dataclass(slots=True)
class Count:
    """How often something was seen, when first and last, and the bytes of the answers.

    >>> count = Count(1, 60, 60, 5)
    >>> count.add(Count(2, 30, 40, 5))
    >>> count
    Count(requests=3, first=30, last=60, size=10)
    """

    requests: int = 0
    first: int | None = None
    last: int | None = None
    size: int = 0

    def add(self, other: "Count") -> None:
        """Add another count of the same thing."""
        self.requests += other.requests
        if other.first is not None and other.last is not None:
            self.first = other.first if self.first is None else min(self.first, other.first)
            self.last = other.last if self.last is None else max(self.last, other.last)
        self.size += other.size


class Counts(Protocol):
    """Where requests are counted by what was judged of them: in memory, or in memory and a file."""

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike."""

    def items(self) -> Iterable[tuple[Judged, Count]]:
        """Give all that was counted, in any order."""

    def rows(self, verdict: str) -> Iterator[tuple[Judged, Count]]:
        """Give what was counted with a verdict, sorted as tuples are, by the client first."""


class InMemory(dict[Judged, Count]):
    """Counts in memory. They are pickled as plain tuples, in a third of the time that objects take."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, ([(*judged, each.requests, each.first, each.last, each.size) for judged, each in self.items()],)

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike; the count is kept, and grows."""
        if (mine := self.get(judged)) is None:
            self[judged] = count
        else:
            mine.add(count)

    def rows(self, verdict: str) -> Iterator[tuple[Judged, Count]]:
        """Give what was counted with a verdict, sorted."""
        return iter(sorted((row for row in self.items() if row[0].verdict == verdict), key=lambda row: row[0]))


def _remake(rows: Iterable[tuple[Any, ...]]) -> InMemory:
    fields = len(Judged._fields)
    return InMemory({Judged(*row[:fields]): Count(*row[fields:]) for row in rows})


class Spans:
    """Requests by verdict over time, in spans of an hour, or of 2, 4, 8, ... if that would be too many.

    >>> spans = Spans()
    >>> spans.count(7200, "refused", 2)
    >>> list(spans)
    [(7200, (0, 2, 0))]
    """

    def __init__(self) -> None:
        self.width: int = HOUR
        self._by_start: dict[int, list[int]] = {}

    def count(self, time: int, verdict: str, requests: int) -> None:
        """Count requests of one verdict at a time in seconds."""
        self._add(time, [requests * (verdict == each) for each in VERDICTS])

    def add(self, other: "Spans") -> None:
        """Add the spans of another part; the wider ones set the width."""
        self._widen(other.width)
        for start, row in other:
            self._add(start, row)

    def _add(self, time: int, row: "list[int] | tuple[int, ...]") -> None:
        start = time - time % self.width
        sums = self._by_start.setdefault(start, [0] * len(VERDICTS))
        for at, number in enumerate(row):
            sums[at] += number
        if len(self._by_start) > MOST_SPANS:
            self._widen(self.width * 2)

    def _widen(self, width: int) -> None:
        if width > self.width:
            rows, self._by_start, self.width = list(self), {}, width
            for start, row in rows:
                self._add(start, row)

    def __iter__(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        return iter([(start, tuple(self._by_start[start])) for start in sorted(self._by_start)])


@dataclass
class Tally:
    """All that is counted of logs, or of a part of them.

    Counts in memory make it picklable. Parts may be counted in any order: their sum is what one run counts.

    >>> one, other = Tally(), Tally()
    >>> one.lines[READ] += 2
    >>> other.lines[READ] += 3
    >>> one.add(other)
    >>> one.lines[READ]
    5
    """

    counts: Counts = field(default_factory=InMemory)
    lines: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    """How many logs have each format."""
    spans: Spans = field(default_factory=Spans)
    period: Count = field(default_factory=Count)
    """All requests that are counted, with the first and the last time."""
    peers: Counter[str] = field(default_factory=Counter)
    """Who stands in the place of the peer in the first lines of each log."""
    sampled_headers: int = 0
    """How many of those lines have a place for the forwarded header."""
    problems: list[str] = field(default_factory=list)
    """Which logs could not be read to their end, and why."""

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike; they are in one span of time."""
        self.period.add(count)
        self.counts.count(judged, count)
        if count.first is not None:
            self.spans.count(count.first, judged.verdict, count.requests)

    def count_all(self, rows: Sequence[tuple[Judged, Count]]) -> None:
        """Count requests that were seen at some time, but for the spans, which are counted apart."""
        if rows:
            firsts, lasts = ([getattr(count, name) for _, count in rows] for name in ("first", "last"))
            requests, size = (sum(getattr(count, name) for _, count in rows) for name in ("requests", "size"))
            self.period.add(Count(requests, min(firsts), max(lasts), size))
        for judged, count in rows:
            self.counts.count(judged, count)

    def add(self, other: "Tally") -> None:
        """Add what was counted of another part."""
        for judged, count in other.counts.items():
            self.counts.count(judged, count)
        for mine, others in ((self.lines, other.lines), (self.formats, other.formats), (self.peers, other.peers)):
            mine.update(others)
        self.spans.add(other.spans)
        self.period.add(other.period)
        self.sampled_headers += other.sampled_headers
        self.problems += other.problems
