"""Kinds of lines in a combined log: alike but for the time and the size of the answer, so that they are judged alike.

What a line of a new kind is judged to be is put together from what was learnt of its request and of its client, each by
the slow rule.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from xmlrpc_guard.audit.counting import Period
from xmlrpc_guard.audit.judging import CUT, VERDICTS, Judge, label_agent
from xmlrpc_guard.audit.sieve import REQUEST, STATUS, ZONE, LineParts
from xmlrpc_guard.audit.tally import HOUR, PlainCount
from xmlrpc_guard.forwarded import X_FORWARDED_FOR
from xmlrpc_guard.logs import Logged, LogReader
from xmlrpc_guard.logs.combined import read_third
from xmlrpc_guard.logs.logged import absent
from xmlrpc_guard.logs.prefix import read_prefix
from xmlrpc_guard.logs.times import read_time
from xmlrpc_guard.lookup import FirstMatch
from xmlrpc_guard.networks import Address
from xmlrpc_guard.peers import parse_peer
from xmlrpc_guard.policy import Policy

MOST_MINUTES = 10_000
"""How many minutes are remembered: a week."""

_EXAMPLE = b'192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "%b" 200 0 "-" "-"'
_TAIL = re.compile(rb'"(?P<referer>[^"\\]*)" "(?P<agent>[^"\\]*)"(?: "(?P<third>[^"\\]*)")?')

# What LogReader removes before a line; the slow way does so.
_NOT_OF_THE_LINE = b"\0", b"\xef\xbb\xbf"

K = TypeVar("K")
V = TypeVar("V")
Hour = list[int]
"""The requests of an hour, by verdict."""
PlainJudged = tuple[str, str, str, str, str, int]
"""The fields of a Judged."""


class Minutes(dict[bytes, tuple[int, Hour]]):
    """Times without their seconds, as nginx and Apache write them, in one zone: when it begins, and its hour's sums.

    A minute that cannot be read, or is not wholly in the period, is none of them: KeyError.
    """

    def __init__(self, zone: bytes, period: Period, hours: dict[int, Hour]) -> None:
        super().__init__()
        self._zone, self._period, self._hours = zone, period, hours

    def __missing__(self, minute: bytes) -> tuple[int, Hour]:
        start = self.read(minute)
        if start is None or not (self._period.has(start) and self._period.has(start + 59)):
            raise KeyError(minute)
        if len(self) > MOST_MINUTES:
            self.clear()
        self[minute] = start, self.hour_of(start)
        return self[minute]

    def read(self, minute: bytes) -> int | None:
        """Read a minute, in seconds since 1970: of an hour, which read_time remembers, each minute."""
        hour, number = minute[:-2], minute[-2:]
        start = read_time(b"%b00:00 %b" % (hour, self._zone)) if number.isdigit() else None
        return None if start is None else start + 60 * int(number)

    def hour_of(self, time: int) -> Hour:
        """Give the sums of the hour that a time is in."""
        return self._hours.setdefault(time // HOUR, [0] * len(VERDICTS))


NEVER = 1 << 62
"""A time after all others; the negative, before all others."""


class _Counted:
    """What is looked at for each request, first in memory: in 64 bytes, which a processor reads at once.

    The last time is in two numbers that many kinds share: when the minute began, and the second of it. One of its own
    would be made and forgotten for each request, in memory that no processor's cache holds if there are many clients.
    """

    __slots__ = ("last_minute", "last_second", "requests", "size", "tail", "verdict")


class LineKind(_Counted):
    """The requests of one kind that reach a guarded script: how many there were, when, and what they are judged."""

    __slots__ = ("first", "judged", "minutes", "others")

    def __init__(self, judged: PlainJudged, tail: bytes, minutes: Minutes) -> None:
        self.judged: PlainJudged = judged
        self.tail: bytes = tail
        self.others: dict[bytes, LineKind] = _NONE
        """The kinds of the same request and client with another tail."""
        self.minutes: Minutes = minutes
        self.verdict: int = VERDICTS.index(judged[1])
        self.requests: int = 0
        self.size: int = 0
        self.first: int = NEVER
        self.last_minute: int = -NEVER
        self.last_second: int = 0

    def see(self, minute: int, second: int) -> None:
        """Note the time of a request that may be neither the first nor the last."""
        time = minute + second
        self.first = min(self.first, time)
        if time > self.last:
            self.last_minute, self.last_second = minute, second

    @property
    def last(self) -> int:
        """The time of the latest request."""
        return self.last_minute + self.last_second

    def plain(self) -> PlainCount:
        """Give what was counted."""
        return (*self.judged, self.requests, self.first, self.last, self.size)


_NONE: dict[bytes, LineKind] = {}
_NO_ONE = "", VERDICTS[0], "", "", "", 0
_NO_TAIL = b"\n"  # in no line, so that any tail is looked for among the others


class Clients(dict[bytes, LineKind]):
    """LineKinds by what is before the time, where the request is alike."""


class _Anyone(Clients):
    """One kind for all clients."""

    def __init__(self, kind: LineKind) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, begin: bytes) -> LineKind:
        return self._kind


class _Memory(dict[K, V]):
    """What was learnt, and learns what it is asked for first."""

    def __init__(self, learn: Callable[[K], V]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, key: K) -> V:
        value = self[key] = self._learn(key)
        return value


class _Fields(NamedTuple):
    """What is read of a tail."""

    tail: bytes
    """The one object that all kinds with this tail have."""
    agent: str
    """The User-Agent as it is kept."""
    third: bytes | None
    """The field after it."""


_Request = tuple[str | None, int, Minutes]
"""In which spelling a request reaches a guarded script, CUT, or None; its status; the minutes of its zone."""
_Decided = tuple[str, str, str]
"""Verdict, reason and client."""


class LineKinds:
    """The kinds of lines that were met, by the part from the zone to the status, by the client, and by what follows.

    The first are few, and in a processor's cache at all times; what follows is nearly always the same of a client, and
    is compared, which takes less than to look it up. A line that is not among the kinds is learnt by ``learn``; one for
    another page is of a kind that stands in for all of them, and counts for nothing.
    """

    def __init__(self, reader: LogReader, judge: Judge, policy: Policy, period: Period) -> None:
        self._reader, self._judge = reader, judge
        self._reads_third = policy.forwarded_header == X_FORWARDED_FOR
        self._reads_calls = policy.calls.is_open
        self._networks = policy.allow, policy.deny, policy.trusted_proxies.networks
        self._in_any = FirstMatch([(networks, True) for networks in self._networks], False)
        self._by_lists: dict[tuple[bool, ...], _Decided] = {}
        self.known: dict[bytes, Clients] = {}
        self.hours: dict[int, Hour] = {}
        self.ordinary: LineKind = LineKind(_NO_ONE, _NO_TAIL, Minutes(b"", period, {}))
        self.ordinary.others = {}
        self._all: list[LineKind] = []
        self._zones: _Memory[bytes, Minutes] = _Memory(lambda zone: Minutes(zone, period, self.hours))
        self._requests: _Memory[bytes, _Request] = _Memory(self._read_request)
        self._tails: _Memory[bytes, _Fields | None] = _Memory(_read_tail)
        self._begins: _Memory[bytes, bytes] = _Memory(lambda begin: begin)  # one object for all kinds of a client
        self._callers: _Memory[tuple[bytes, bytes | None], _Decided | None] = _Memory(self._decide)

    def learn(self, row: LineParts) -> LineKind | None:
        """Learn the kind of a line; None for one that must be read slowly."""
        begin, _, _, middle, _, tail, _ = row
        if not middle or (fields := self._tails[tail]) is None:
            return None
        spelling, status, minutes = self._requests[middle]
        if spelling is None:
            self.known[middle] = _Anyone(self.ordinary)
            self.ordinary.others[tail] = self.ordinary
            return self.ordinary
        if spelling == CUT or (decided := self._callers[begin, fields.third]) is None:
            return None
        verdict, reason, client = decided
        kind = LineKind((client, verdict, fields.agent, reason, spelling, status), fields.tail, minutes)
        return self._remember(kind, self.known.setdefault(middle, Clients()), begin)

    def _remember(self, kind: LineKind, clients: Clients, begin: bytes) -> LineKind:
        """Keep a kind and give it, or the one that is there: a line is looked at closely for its minute too."""
        found = clients.setdefault(self._begins[begin], kind)
        if found.tail != kind.tail:
            found.others = found.others or {}
            found = found.others.setdefault(kind.tail, kind)
        if found is kind:
            self._all.append(kind)
        return found

    def _read_request(self, middle: bytes) -> _Request:
        """Learn what a request is, from an example of a line with it."""
        (logged,) = self._reader.read(_EXAMPLE % middle[REQUEST])
        judged = self._judge(logged)
        spelling = judged and (CUT if judged.reason == CUT else judged.spelling)
        return spelling, int(middle[STATUS]), self._zones[middle[ZONE]]

    def _decide(self, key: tuple[bytes, bytes | None]) -> _Decided | None:
        """Decide who makes a request; None where more of the line decides."""
        begin, third = key
        peer, listed, unix = read_prefix(begin)
        if listed is not None or self._reads_calls or begin.startswith(_NOT_OF_THE_LINE):
            return None
        forwarded, has_forwarded = read_third(third) if third and self._reads_third else (None, False)
        logged = Logged(peer, unix, forwarded, has_forwarded)
        address = parse_peer(peer.decode("latin-1")) if peer and forwarded is None else None
        if address is None or address[1].encode() != peer:
            return self._judge.decide(logged)
        return self._decide_alike(address, logged)

    def _decide_alike(self, address: Address, logged: Logged) -> _Decided:
        """Decide on the requests of an address that the line has as it is: as on another one that the same lists have.

        Nothing else of an address counts, and of a million clients few are in different lists.
        """
        packed, client = address
        among = self._networks if self._in_any.find(packed) else ()  # of most clients, one look tells that none has it
        lists = (logged.has_forwarded, *(networks.covers(packed) for networks in among))
        if lists not in self._by_lists:
            self._by_lists[lists] = self._judge.decide(logged)
        verdict, reason, _ = self._by_lists[lists]
        return verdict, reason, client

    def counted(self) -> list[PlainCount]:
        """Give what was counted of each kind."""
        return [kind.plain() for kind in self._all if kind.requests]

    def __len__(self) -> int:
        """Give how much is remembered, by the largest of the memories."""
        return max(len(self._all), *map(len, self._memories()))

    def clear(self) -> None:
        """Forget all."""
        self._all.clear()
        for each in (*self._memories(), self.ordinary.others):
            each.clear()

    def _memories(self) -> tuple[dict[Any, Any], ...]:
        return self.known, self.hours, self._requests, self._tails, self._begins, self._callers, self._zones


def _read_tail(tail: bytes) -> _Fields | None:
    """Read the User-Agent and what is after it; None for a tail of another form."""
    fields = _TAIL.fullmatch(tail)
    if fields is None or any(text and text.endswith(b"] ") for text in fields.groups()):
        return None
    return _Fields(tail, label_agent(absent(fields["agent"])), fields["third"])
