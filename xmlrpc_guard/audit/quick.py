"""Counting the lines of a combined log quickly: most are passed over, and most of the others are like one before.

Lines are alike that differ in their time and in the size of the answer alone. The first of its kind is looked at
closely: if it is cut at its quotes as nginx, Apache and others write it by default, what its request is judged to be is
put together from what was learnt of that request and of that client, each by the slow rule. The others are counted
with it. A line of any other look takes the slow way. tests/audit/test_quick.py holds the two together.
"""

import re
from collections import defaultdict

from xmlrpc_guard.audit.counting import LineCounter
from xmlrpc_guard.audit.judging import CUT, Judged, label_agent
from xmlrpc_guard.audit.sieve import Sieve
from xmlrpc_guard.audit.tally import HOUR, OUTSIDE, PASSED_OVER, READ, Count
from xmlrpc_guard.forwarded import X_FORWARDED_FOR
from xmlrpc_guard.logs import Logged
from xmlrpc_guard.logs.combined import read_third
from xmlrpc_guard.logs.logged import absent
from xmlrpc_guard.logs.prefix import read_prefix
from xmlrpc_guard.logs.times import read_time
from xmlrpc_guard.policy import Policy

MOST_KINDS = 20_000
"""How many kinds of lines are remembered: some megabytes of memory."""

Kind = tuple[bytes, bytes, bytes, bytes]
"""What lines are judged alike by: what is before the time, the request, the status, what is after the size."""

# `203.0.113.9 - - [`, `29/Nov/2026:11:00:00 +0000`, `] "`, `POST /xmlrpc.php HTTP/1.1`, `" `, `200 `, `370`, ` `, ...
_TIME_END, _REQUEST_END = b'] "', b'" '
_TIME, _STATUS = 26, 4  # bytes
_WHOLE_REQUEST = re.compile(rb"[A-Z]+ [^ ]+ HTTP/[0-9](?:[.][0-9])?")
_BEGIN = re.compile(rb"[^][]*\[")
_STATUS_FORM = re.compile(rb"[0-9]{3} ")
_TAIL = re.compile(rb'"(?P<referer>[^"\\]*)" "(?P<agent>[^"\\]*)"(?: "(?P<third>[^"\\]*)")?')
_LONGEST_SIZE = 18  # digits


class _Seen:
    """The requests of one kind."""

    __slots__ = ("first", "judged", "last", "requests", "size", "spans")

    def __init__(self, judged: Judged, spans: dict[int, int]) -> None:
        self.judged, self.spans = judged, spans
        self.requests = self.size = 0
        self.first, self.last = 1 << 62, -1 << 62

    def add(self, time: int, size: int) -> None:
        """Add a request."""
        self.requests += 1
        self.size += size
        self.first = min(self.first, time)
        self.last = max(self.last, time)
        self.spans[time // HOUR] += 1


class QuickCounter:
    """Counts the lines of a log of the combined family; the tally is complete once ``finish`` was called.

    ``slow`` counts the lines of any other look, into the same tally.
    """

    def __init__(self, slow: LineCounter, policy: Policy, sieve: Sieve) -> None:
        self._slow, self._policy, self._sieve = slow, policy, sieve
        self._reader, self._judge, self._tally, self._period = slow.reader, slow.judge, slow.tally, slow.period
        self._reads_third = policy.forwarded_header == X_FORWARDED_FOR
        self._clock = _Clock()
        self._ordinary: set[bytes] = set()
        self._spellings: dict[bytes, str] = {}
        self._callers: dict[tuple[bytes, bytes | None], tuple[str, str, str]] = {}
        self._seen: dict[Kind, _Seen] = {}
        self._spans: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def count_block(self, block: bytes) -> None:
        """Count the lines of a block, which begins and ends where lines do."""
        number, kept = self._sieve.sift(block)
        slow = [line for line in kept if not self._count(line)]
        for line in slow:
            self._slow.count(line)
        self._tally.lines[PASSED_OVER] += number - len(kept)
        self._tally.lines[READ] += len(kept) - len(slow)
        if max(map(len, (self._seen, self._ordinary, self._spellings, self._callers))) > MOST_KINDS:
            self.finish()

    def _count(self, line: bytes) -> bool:
        """Count a line if it looks as most do; return whether it does."""
        before, _, rest = line.partition(_TIME_END)
        request, _, rest = rest.partition(_REQUEST_END)
        if request in self._ordinary:
            return _TIME_END not in rest
        size, _, tail = rest[_STATUS:].partition(b" ")
        kind = before[:-_TIME], request, rest[:_STATUS], tail
        seen = self._seen.get(kind) or self._look_closely(kind, line)
        time = self._clock.read(before[-_TIME:])
        if seen is None or time is None or len(size) > _LONGEST_SIZE or not (size.isdigit() or size == b"-"):
            return False
        if self._period.has(time):
            seen.add(time, 0 if size == b"-" else int(size))
        else:
            self._tally.lines[OUTSIDE] += 1
        return True

    def _look_closely(self, kind: Kind, line: bytes) -> _Seen | None:
        """Judge the first line of a kind; None for one that takes the slow way, as the first of each request does."""
        begin, request, status, tail = kind
        fields = _TAIL.fullmatch(tail)
        if fields is None or not (_BEGIN.fullmatch(begin) and _STATUS_FORM.fullmatch(status)):
            return None
        if any(text and text.endswith(b"] ") for text in fields.groups()) or b"\\" in begin + request:
            return None
        spelling, decided = self._spellings.get(request), self._decide(begin[:-1], fields["third"])
        if spelling is None or decided is None:
            self._learn(line, request)
            return None
        verdict, reason, client = decided
        judged = Judged(client, verdict, label_agent(absent(fields["agent"])), reason, spelling, int(status))
        seen = self._seen[kind] = _Seen(judged, self._spans[verdict])
        return seen

    def _learn(self, line: bytes, request: bytes) -> None:
        """Learn from a line what its request is: for no guarded script, or in which spelling."""
        if _WHOLE_REQUEST.fullmatch(request):
            (logged,) = self._reader.read(line)
            judged = self._judge(logged)
            if judged is None:
                self._ordinary.add(request)
            elif judged.reason != CUT:
                self._spellings[request] = judged.spelling

    def _decide(self, begin: bytes, third: bytes | None) -> tuple[str, str, str] | None:
        """Decide who makes a request; None where more of the line decides."""
        if (known := self._callers.get((begin, third))) is not None:
            return known
        peer, listed, unix = read_prefix(begin)
        if listed is not None or self._policy.calls.is_open:
            return None
        forwarded, has_forwarded = read_third(third or b"") if self._reads_third else (None, False)
        decided = self._judge.decide(Logged(peer=peer, unix=unix, forwarded=forwarded, has_forwarded=has_forwarded))
        self._callers[begin, third] = decided
        return decided

    def finish(self) -> None:
        """Add to the tally what was counted since the last time, and forget it."""
        for seen in self._seen.values():
            if seen.requests:
                count = Count(seen.requests, seen.first, seen.last, seen.size)
                self._tally.period.add(count)
                self._tally.counts.count(seen.judged, count)
        for verdict, spans in self._spans.items():
            for hour, requests in spans.items():
                self._tally.spans.count(hour * HOUR, verdict, requests)
        for each in (self._seen, self._spans, self._ordinary, self._spellings, self._callers):
            each.clear()


class _Clock:
    """Reads times of one length quickly: a minute is read once, and its seconds are added."""

    def __init__(self) -> None:
        self._minutes: dict[bytes, int | None] = {}
        self._seconds = {b"%02d" % second: second for second in range(60)}

    def read(self, text: bytes) -> int | None:
        """Read a time as nginx and Apache write it; None for any other."""
        second = self._seconds.get(text[18:20])
        if second is None:
            return None
        minute = text[:18] + text[20:]
        if minute not in self._minutes:
            self._read_minute(minute, text, second)
        start = self._minutes[minute]
        return None if start is None else start + second

    def _read_minute(self, minute: bytes, text: bytes, second: int) -> None:
        if len(self._minutes) > MOST_KINDS:
            self._minutes.clear()
        time = read_time(text)
        self._minutes[minute] = None if time is None else time - second
