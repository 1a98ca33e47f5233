"""Counting the lines of a combined log quickly: most are passed over, and most of the others are like one before.

The first line of its kind is looked at closely, and the others are counted with it. A line of any other look takes the
slow way. tests/audit/test_quick.py holds the two together.
"""

from collections.abc import Iterable

from xmlrpc_guard.audit.counting import LineCounter
from xmlrpc_guard.audit.judging import VERDICTS
from xmlrpc_guard.audit.kinds import NEVER, Hour, LineKind, LineKinds
from xmlrpc_guard.audit.sieve import LineParts, Sieve, line_of
from xmlrpc_guard.audit.tally import HOUR, OUTSIDE, PASSED_OVER, READ
from xmlrpc_guard.policy import Policy

MOST_KINDS = 50_000
"""How many kinds of lines are remembered: some 30 megabytes of memory."""

_SECONDS = {b"%02d" % second: second for second in range(60)}


class QuickCounter:
    """Counts the lines of a log of the combined family; the tally is complete once ``finish`` was called.

    ``slow`` counts the lines of any other look, into the same tally.
    """

    def __init__(self, slow: LineCounter, policy: Policy, sieve: Sieve) -> None:
        self._slow, self._sieve = slow, sieve
        self._tally, self._period = slow.tally, slow.period
        self._kinds = LineKinds(slow.reader, slow.judge, policy, slow.period)
        self._newest = -NEVER

    def count_block(self, block: bytes) -> None:
        """Count the lines of a block, which begins and ends where lines do."""
        lines, rows = self._sieve.sift(block)
        self._tally.lines[PASSED_OVER] += lines - len(rows)
        self._tally.lines[READ] += len(rows)
        self._count_rows(rows)
        if len(self._kinds) > MOST_KINDS:
            self.finish()

    def _count_rows(self, rows: Iterable[LineParts]) -> None:
        """Count lines. This is the one loop over each that may count, so all is done in it but what is rare."""
        known, ordinary, seconds, newest = self._kinds.known, self._kinds.ordinary, _SECONDS, self._newest
        seen, minutes = b"", None
        for row in rows:
            begin, minute, digits, middle, size, tail, _ = row
            try:
                kind = known[middle][begin]
                if kind.tail != tail:
                    kind = kind.others[tail]
                    if kind is ordinary:
                        continue
                if minute != seen or kind.minutes is not minutes:  # hardly ever: that takes less than to look it up
                    start, hour = kind.minutes[minute]
                    seen, minutes = minute, kind.minutes
            except KeyError:
                if (found := self._look_closely(row)) is None:
                    continue
                kind, start, hour, seen = *found, b""
            second = seconds[digits]
            time = start + second
            if time < newest or not kind.requests:
                kind.see(start, second)
                newest = max(newest, time)
            else:  # nearly always: a log grows
                kind.last_minute, kind.last_second, newest = start, second, time
            kind.requests += 1
            if size:
                kind.size += int(size)
            hour[kind.verdict] += 1
        self._newest = newest

    def _look_closely(self, row: LineParts) -> tuple[LineKind, int, Hour] | None:
        """Find out about a line whose kind or minute is not known; None if it is counted, or does not count."""
        kind = self._kinds.learn(row)
        if kind is None:
            self._count_slowly(row)
            return None
        if kind is self._kinds.ordinary:
            return None
        try:
            return kind, *kind.minutes[row[1]]
        except KeyError:
            return self._look_at_time(row, kind)

    def _look_at_time(self, row: LineParts, kind: LineKind) -> tuple[LineKind, int, Hour] | None:
        """Find out about a line in a minute that cannot be read, or that is not wholly in the period."""
        _, minute, second, _, _, _, _ = row
        if (start := kind.minutes.read(minute)) is None:
            self._count_slowly(row)
        elif self._period.has(start + _SECONDS[second]):
            return kind, start, kind.minutes.hour_of(start)
        else:
            self._tally.lines[OUTSIDE] += 1
        return None

    def _count_slowly(self, row: LineParts) -> None:
        self._tally.lines[READ] -= 1
        self._slow.count(line_of(row))

    def finish(self) -> None:
        """Add to the tally what was counted since the last time, and forget it."""
        self._tally.count_all(self._kinds.counted())
        for hour, sums in self._kinds.hours.items():
            for verdict, requests in zip(VERDICTS, sums, strict=True):
                self._tally.spans.count(hour * HOUR, verdict, requests)
        self._kinds.clear()
