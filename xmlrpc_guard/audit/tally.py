"""What is counted of logs: a value that merges, so that parts may be counted anywhere and added up."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

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


PlainCount = tuple[str, str, str, str, str, int, int, int | None, int | None, int]
"""The fields of a Judged, and those of a Count, in one tuple: faster to make, to pickle and to write to a file."""


REFUSALS = frozenset({*range(400, 499)} - {405})
"""The statuses which say that something refused a request already: 403, 404, 444 and the like.

Without 405, which is WordPress' own answer to GET, and 499, with which nginx logs a client that left before it.
"""


class Sums(NamedTuple):
    """The requests of one client with one verdict, and those of them that were refused until now, by their status."""

    client: str
    requests: int
    refused_already: int


class Counts(Protocol):
    """Where requests are counted by what was judged of them: in memory, or in memory and a file."""

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike."""

    def count_all(self, rows: Sequence[PlainCount]) -> None:
        """Count requests of many kinds."""

    def items(self) -> Iterable[tuple[Judged, Count]]:
        """Give all that was counted, in any order."""

    def rows(self, verdict: str, clients: Collection[str] | None = None) -> Iterator[tuple[Judged, Count]]:
        """Give what was counted with a verdict, of all clients or some, sorted as tuples are, by the client first."""

    def clients(self, verdict: str) -> Iterable[Sums]:
        """Give each client that has requests with a verdict, in any order."""


class InMemory(dict[Judged, Count]):
    """Counts in memory. They are pickled as plain tuples, in a third of the time that objects take."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (self.plain(),)

    def plain(self) -> list[PlainCount]:
        """Give all that was counted as plain tuples."""
        return [(*judged, each.requests, each.first, each.last, each.size) for judged, each in self.items()]

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike; the count is kept, and grows."""
        if (mine := self.get(judged)) is None:
            self[judged] = count
        else:
            mine.add(count)

    def count_all(self, rows: Iterable[PlainCount]) -> None:
        """Count requests of many kinds."""
        for client, verdict, agent, reason, spelling, status, requests, first, last, size in rows:
            judged = Judged(client, verdict, agent, reason, spelling, status)
            self.count(judged, Count(requests, first, last, size))

    def rows(self, verdict: str, clients: Collection[str] | None = None) -> Iterator[tuple[Judged, Count]]:
        """Give what was counted with a verdict, of all clients or some, sorted."""
        rows = (row for row in self._with(verdict) if clients is None or row[0].client in clients)
        return iter(sorted(rows, key=lambda row: row[0]))

    def _with(self, verdict: str) -> Iterator[tuple[Judged, Count]]:
        return (row for row in self.items() if row[0].verdict == verdict)

    def clients(self, verdict: str) -> Iterable[Sums]:
        """Give each client that has requests with a verdict."""
        requests, refused = Counter[str](), Counter[str]()
        for judged, count in self._with(verdict):
            requests[judged.client] += count.requests
            refused[judged.client] += count.requests * (judged.status in REFUSALS)
        return [Sums(client, number, refused[client]) for client, number in requests.items()]


FIELDS = len(Judged._fields)
"""How many fields of a plain tuple are those of a Judged."""


def _remake(rows: Iterable[PlainCount]) -> InMemory:
    counts = InMemory()
    counts.count_all(rows)
    return counts


class TimeSpans:
    """Requests by verdict over time, in spans of an hour, or of 2, 4, 8, ... if that would be too many.

    >>> spans = TimeSpans()
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

    def add(self, other: "TimeSpans") -> None:
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
    spellings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """The requests by verdict, reason and spelling."""
    formats: Counter[str] = field(default_factory=Counter)
    """How many logs have each format."""
    spans: TimeSpans = field(default_factory=TimeSpans)
    period: Count = field(default_factory=Count)
    """All requests that are counted, with the first and the last time."""
    peers: Counter[str] = field(default_factory=Counter)
    """Who stands in the place of the peer in the first lines of each log."""
    sampled_headers: int = 0
    """How many of those lines have a place for the forwarded header."""
    headerless: Counter[str] = field(default_factory=Counter)
    """How often each of those peers has nothing in that place, or no such place."""
    sampled_clients: int = 0
    """How many of the first lines, whatever they ask for, name a client in that place."""
    problems: list[str] = field(default_factory=list)
    """Which logs could not be read to their end, and why."""

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike; they are in one span of time."""
        self.period.add(count)
        self.spellings[judged.verdict, judged.reason, judged.spelling] += count.requests
        self.counts.count(judged, count)
        if count.first is not None:
            self.spans.count(count.first, judged.verdict, count.requests)

    def count_all(self, rows: Sequence[PlainCount]) -> None:
        """Count requests that were seen at some time, but for the spans, which are counted apart."""
        if rows:
            requests, firsts, lasts, sizes = zip(*(row[FIELDS:] for row in rows), strict=True)
            self.period.add(Count(sum(requests), min(firsts), max(lasts), sum(sizes)))
            for _, verdict, _, reason, spelling, _, number, _, _, _ in rows:
                self.spellings[verdict, reason, spelling] += number
            self.counts.count_all(rows)

    def add(self, other: "Tally") -> None:
        """Add what was counted of another part."""
        for judged, count in other.counts.items():
            self.counts.count(judged, count)
        for name in ("lines", "spellings", "formats", "peers", "headerless"):
            getattr(self, name).update(getattr(other, name))
        self.spans.add(other.spans)
        self.period.add(other.period)
        self.sampled_headers += other.sampled_headers
        self.sampled_clients += other.sampled_clients
        self.problems += other.problems
