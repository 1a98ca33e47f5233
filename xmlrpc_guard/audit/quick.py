"""Counting the lines of a combined log quickly: most are passed over, and most of the others are like one before.

One pattern goes over the lines that are left and takes them apart, in C. Lines are alike that differ in their time and
in the size of the answer alone. The first of its kind is looked at closely: what its request is judged to be is put
together from what was learnt of that request and of that client, each by the slow rule. The others are counted with it.
A line of any other look takes the slow way. tests/audit/test_quick.py holds the two together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Any, Protocol

from xmlrpc_guard.audit.counting import LineCounter, Period
from xmlrpc_guard.audit.judging import CUT, Judged, label_agent
from xmlrpc_guard.audit.sieve import Sieve, any_but
from xmlrpc_guard.audit.tally import HOUR, OUTSIDE, PASSED_OVER, READ, Count
from xmlrpc_guard.forwarded import X_FORWARDED_FOR
from xmlrpc_guard.logs import Logged
from xmlrpc_guard.logs.combined import read_third
from xmlrpc_guard.logs.logged import absent
from xmlrpc_guard.logs.prefix import read_prefix
from xmlrpc_guard.logs.times import read_time
from xmlrpc_guard.policy import Policy

MOST_KINDS = 50_000
"""How many kinds of lines are remembered: some 30 megabytes of memory."""

# `203.0.113.9 - - `[`29/Nov/2026:11:00`:`00` `+0000] "POST /xmlrpc.php HTTP/1.1" 200` `370` `"-" "probe/1"`, or all.
_ROW = re.compile(
    rb'(%b*+)\[(.{17}):([0-5]\d) (.{5}\] "[A-Z]++ %b++ HTTP/\d(?:[.]\d)?+" \d{3}) (\d{1,18}+|-) ([^\n]*+)\n|([^\n]*+\n)'
    % (any_but(b'][\n\\"'), any_but(b' \n\\"'))
)
_WHOLE_ROW = b"%b[%b:%b %b %b %b\n"
_ZONE, _REQUEST, _STATUS = slice(5), slice(8, -5), slice(-3, None)
"""Where these are in the part from the zone to the status."""
_EXAMPLE = b'192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "%b" 200 0 "-" "-"'
_TAIL = re.compile(rb'"(?P<referer>[^"\\]*)" "(?P<agent>[^"\\]*)"(?: "(?P<third>[^"\\]*)")?')

_SECONDS = {b"%02d" % second: second for second in range(60)}


class _Minutes(dict[bytes, tuple[int, int] | None]):
    """Times without their seconds, as nginx and Apache write them, in one zone: the time and its hour."""

    def __init__(self, zone: bytes) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, minute: bytes) -> tuple[int, int] | None:
        if len(self) > MOST_KINDS:
            self.clear()
        time = read_time(b"%b:00 %b" % (minute, self._zone))
        self[minute] = None if time is None else (time, time // HOUR)
        return self[minute]


class _Kind(Protocol):
    """Lines of one kind."""

    def add(self, minute: bytes, second: bytes, size: bytes) -> bool:
        """Add a line; return whether this can be done."""


class _Always:
    """A kind of lines that count for nothing, or that none can be added to."""

    def __init__(self, *, adds: bool) -> None:
        self._adds = adds

    def add(self, minute: bytes, second: bytes, size: bytes) -> bool:  # noqa: ARG002 - as the others are
        """Add nothing."""
        return self._adds


_ORDINARY, _SLOW = _Always(adds=True), _Always(adds=False)


class _Seen:
    """The requests of one kind that reach a guarded script."""

    __slots__ = ("_minutes", "_period", "_spans", "first", "judged", "last", "outside", "requests", "size")

    def __init__(self, judged: Judged, minutes: _Minutes, spans: dict[int, int], period: Period) -> None:
        self.judged, self._minutes, self._spans = judged, minutes, spans
        self._period = None if period == Period() else period
        self.requests = self.size = self.outside = 0
        self.first, self.last = 0, -1 << 62

    def add(self, minute: bytes, second: bytes, size: bytes) -> bool:
        """Add a request, unless its time cannot be read."""
        if (read := self._minutes[minute]) is None:
            return False
        time = read[0] + _SECONDS[second]
        if self._period is not None and not self._period.has(time):
            self.outside += 1
            return True
        if not self.requests:
            self.first = time
        self.requests += 1
        self.size += 0 if size == b"-" else int(size)
        if time >= self.last:  # as nearly always
            self.last = time
        elif time < self.first:
            self.first = time
        self._spans[read[1]] += 1
        return True


class QuickCounter:
    """Counts the lines of a log of the combined family; the tally is complete once ``finish`` was called.

    ``slow`` counts the lines of any other look, into the same tally.
    """

    def __init__(self, slow: LineCounter, policy: Policy, sieve: Sieve) -> None:
        self._slow, self._policy, self._sieve = slow, policy, sieve
        self._reader, self._judge, self._tally, self._period = slow.reader, slow.judge, slow.tally, slow.period
        self._reads_third = policy.forwarded_header == X_FORWARDED_FOR
        self._zones: dict[bytes, _Minutes] = {}
        self._spellings: dict[bytes, str | None] = {}
        self._tails: dict[bytes, tuple[str, bytes | None] | None] = {}
        self._callers: dict[tuple[bytes, bytes | None], tuple[str, str, str] | None] = {}
        # By what many clients have in common, and then by the client: few of the first are in the cache at all times.
        self._seen: defaultdict[tuple[bytes, bytes], dict[bytes, _Seen]] = defaultdict(dict)
        self._kinds = 0
        self._spans: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def count_block(self, block: bytes) -> None:
        """Count the lines of a block, which begins and ends where lines do."""
        lines, kept = self._sieve.sift(block)
        slow = self._count_rows(_ROW.findall(b"".join(kept)))
        for line in slow:
            self._slow.count(line)
        self._tally.lines[PASSED_OVER] += lines - len(kept)
        self._tally.lines[READ] += len(kept) - len(slow)
        if max(self._kinds, *map(len, self._memories())) > MOST_KINDS:
            self.finish()

    def _count_rows(self, rows: Iterable[tuple[bytes, ...]]) -> list[bytes]:
        """Count the lines that look as most do, and give the others."""
        slow, known = [], self._seen
        for begin, minute, second, middle, size, tail, other in rows:
            kind: _Kind = known[middle, tail].get(begin) or self._look_closely(begin, middle, tail)
            if not kind.add(minute, second, size):
                slow.append(other or _WHOLE_ROW % (begin, minute, second, middle, size, tail))
        return slow

    def _look_closely(self, begin: bytes, middle: bytes, tail: bytes) -> _Kind:
        """Judge the first line of a kind."""
        if (read := self._read_tail(tail)) is None:
            return _SLOW
        agent, third = read
        if (spelling := self._spell(middle[_REQUEST])) is None:
            return _ORDINARY
        decided = self._decide(begin, third)
        if decided is None or spelling == CUT:
            return _SLOW
        verdict, reason, client = decided
        judged = Judged(client, verdict, agent, reason, spelling, int(middle[_STATUS]))
        seen = _Seen(judged, self._minutes_of(middle[_ZONE]), self._spans[verdict], self._period)
        self._seen[middle, tail][begin] = seen
        self._kinds += 1
        return seen

    def _read_tail(self, tail: bytes) -> tuple[str, bytes | None] | None:
        """Read the User-Agent and what is after it; None for a tail of another form."""
        if tail not in self._tails:
            fields = _TAIL.fullmatch(tail)
            odd = fields is None or any(text and text.endswith(b"] ") for text in fields.groups())
            self._tails[tail] = (
                None if fields is None or odd else (label_agent(absent(fields["agent"])), fields["third"])
            )
        return self._tails[tail]

    def _minutes_of(self, zone: bytes) -> _Minutes:
        return self._zones.setdefault(zone, _Minutes(zone))

    def _spell(self, request: bytes) -> str | None:
        """Learn what a request is: in which spelling, cut, or None for one that reaches no guarded script."""
        if request not in self._spellings:
            (logged,) = self._reader.read(_EXAMPLE % request)
            judged = self._judge(logged)
            self._spellings[request] = judged and (CUT if judged.reason == CUT else judged.spelling)
        return self._spellings[request]

    def _decide(self, begin: bytes, third: bytes | None) -> tuple[str, str, str] | None:
        """Decide who makes a request; None where more of the line decides."""
        if (begin, third) not in self._callers:
            self._callers[begin, third] = self._decide_anew(begin, third)
        return self._callers[begin, third]

    def _decide_anew(self, begin: bytes, third: bytes | None) -> tuple[str, str, str] | None:
        peer, listed, unix = read_prefix(begin)
        if listed is not None or self._policy.calls.is_open:
            return None
        forwarded, has_forwarded = read_third(third or b"") if self._reads_third else (None, False)
        return self._judge.decide(Logged(peer=peer, unix=unix, forwarded=forwarded, has_forwarded=has_forwarded))

    def finish(self) -> None:
        """Add to the tally what was counted since the last time, and forget it."""
        kinds = [*chain.from_iterable(map(dict.values, self._seen.values()))]
        self._tally.lines[OUTSIDE] += sum(seen.outside for seen in kinds)
        counts = [
            (seen.judged, Count(seen.requests, seen.first, seen.last, seen.size)) for seen in kinds if seen.requests
        ]
        self._tally.count_all(counts)
        for verdict, spans in self._spans.items():
            for hour, requests in spans.items():
                self._tally.spans.count(hour * HOUR, verdict, requests)
        for each in (*self._memories(), self._spans):
            each.clear()
        self._kinds = 0

    def _memories(self) -> tuple[dict[Any, Any], ...]:
        return self._seen, self._spellings, self._tails, self._callers, self._zones
