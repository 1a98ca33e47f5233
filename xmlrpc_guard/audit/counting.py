"""Counting the lines of one log: each is read, judged, and added to a tally."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from xmlrpc_guard.audit.judging import Judge, Judged
from xmlrpc_guard.audit.tally import (
    AMBIGUOUS,
    BLANK,
    NAMES_SCRIPT,
    NO_REQUEST,
    OUTSIDE,
    READ,
    TIMELESS,
    UNREADABLE,
    Count,
    Tally,
)
from xmlrpc_guard.logs import SAMPLE, Logged, LogReader
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.peers import parse_peer
from xmlrpc_guard.target import Scripts


class Period(NamedTuple):
    """From when to when requests are wanted, in seconds since 1970: ``since`` is in it, ``until`` is not.

    >>> Period(60, 120).has(60), Period(60, 120).has(120), Period().has(None), Period(60).has(None)
    (True, False, True, True)
    """

    since: int | None = None
    until: int | None = None

    def has(self, time: int | None) -> bool:
        """Return whether a time is in the period; an unknown one is, as leaving a request out would hide it."""
        if time is None:
            return True
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)


_BETWEEN_WORDS = re.compile(rb"[ \"]")


class LineCounter:
    """Counts the lines of one log into a tally."""

    def __init__(
        self,
        reader: LogReader,
        scripts: Scripts,
        judge: Judge,
        tally: Tally,
        period: Period = Period(),  # noqa: B008 - a value
    ) -> None:
        self.reader: LogReader = reader
        self.judge: Judge = judge
        self.tally: Tally = tally
        self.period: Period = period
        self._scripts = scripts
        self._names = [name.encode() for name in scripts]

    def count_block(self, block: bytes) -> None:
        """Count the lines of a block, which begins and ends where lines do."""
        for line in block.removesuffix(b"\n").split(b"\n"):
            self.count(line)

    def count(self, line: bytes) -> None:
        """Count one line, without its end or with it."""
        readings = self.reader.read(line)
        lines = self.tally.lines
        if not readings:
            says_something = line.strip(b"\0 \t\r\n") and not line.startswith(b"#")  # which begins IIS' directives
            lines[UNREADABLE if says_something else BLANK] += 1
            lines[NAMES_SCRIPT] += self._names_script(line)
            return
        lines[READ] += 1
        lines[AMBIGUOUS] += len(readings) > 1
        for logged in readings:
            lines[NO_REQUEST] += not logged.is_request
            if (judged := self.judge(logged)) is not None:
                self._count_request(judged, logged)

    def _names_script(self, line: bytes) -> bool:
        lower = line.lower()
        if any(name in lower for name in self._names):
            return True
        encoded = (word.decode("latin-1") for word in _BETWEEN_WORDS.split(line) if b"%" in word)
        return any(map(self._scripts.reached_by, encoded))

    def _count_request(self, judged: Judged, logged: Logged) -> None:
        tally = self.tally
        if not self.period.has(logged.time):
            tally.lines[OUTSIDE] += 1
            return
        tally.lines[TIMELESS] += logged.time is None
        tally.count(judged, Count(1, logged.time, logged.time, logged.size or 0))

    def finish(self) -> None:
        """Add what is not yet in the tally; here all is."""


def sample_peers(sample: Iterable[Logged], judge: Judge, tally: Tally) -> None:
    """Note who stands in the place of the peer in the first lines of a log.

    A log in which one address has nearly all requests names a proxy, not the clients. But a stranger that floods the
    guarded script may have as many, so that a public address counts for other pages only.
    """
    for logged in sample:
        text = "unix" if logged.unix else (logged.peer or b"").decode("latin-1")
        address = parse_peer(text)
        peer = address[1] if address else text  # without its port, which is another one each time
        tally.sampled_clients += logged.forwarded is not None
        if address is None or _PRIVATE.covers(address[0]) or judge(logged) is None:
            tally.peers[peer] += 1
            tally.sampled_headers += logged.has_forwarded
            # Traefik and HAProxy leave the place out where a request has no header.
            tally.headerless[peer] += logged.forwarded is None


_PRIVATE = Networks(["private"])


__all__ = ["SAMPLE", "LineCounter", "Period", "sample_peers"]
