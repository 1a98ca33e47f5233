"""A policy whose lists are files, followed while the guard stands."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from math import inf
from threading import Lock
from time import monotonic
from typing import NamedTuple
from weakref import WeakSet

from xmlrpc_guard.client import TrustedProxies
from xmlrpc_guard.errors import ConfigurationError, SourceError, as_list
from xmlrpc_guard.live.source import Source
from xmlrpc_guard.live.watched import Watched, first, is_time
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.text import describe_error, printable

logger = logging.getLogger("xmlrpc_guard")

_LISTS = ("allow", "deny", "trusted_proxies")


class ListStatus(NamedTuple):
    """How one list stands, in the process that is asked."""

    setting: str
    """``allow``, ``deny`` or ``trusted_proxies``."""
    source: str
    """The file's path."""
    entries: int
    """How many entries are in force."""
    as_of: datetime | None
    """When these were written; None for a fallback."""
    attempted: datetime
    """When the file was last looked at."""
    error: str | None
    """What was wrong with it then; None if what is in force is what is in the file."""
    stale: bool
    """Whether they were written longer ago than ``max_age``."""


class LivePolicy:
    """A Policy, and lists beside it that are followed: their entries are added to the policy's own.

    It stands where a Policy does. Whoever asks for ``current()`` gets the policy in force; every ``every`` seconds
    one of them looks whether a list has changed and reads it if so, while all others go on with what is in force.
    There is no thread, and nothing to stop; each process of a server follows the lists by itself.

    A list that cannot be used when this is made raises ConfigurationError, unless it has a fallback. Later, the
    last good one stays in force: one record at ERROR on the logger ``xmlrpc_guard`` says what is wrong with the new
    one, and one at WARNING that it is in order again. ``clock`` gives seconds that never go back, ``now`` the time.

    >>> from xmlrpc_guard.sources import File
    >>> LivePolicy(Policy(allow=["jetpack"]), allow=[File("/etc/no-such.txt")])
    Traceback (most recent call last):
    xmlrpc_guard.errors.ConfigurationError: allow: '/etc/no-such.txt' does not exist; write it, or name another file
    """

    def __init__(
        self,
        policy: Policy,
        *,
        allow: Iterable[Source] = (),
        deny: Iterable[Source] = (),
        trusted_proxies: Iterable[Source] = (),
        every: float = 5.0,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._own = _checked_policy(policy)
        self._every = _checked_interval(every)
        self._clock, self._now = clock, now
        self._lock, self._trouble = Lock(), ""
        _LIVING.add(self)
        given = {"allow": allow, "deny": deny, "trusted_proxies": trusted_proxies}
        sources = [each for setting in _LISTS for each in _checked_sources(setting, given[setting])]
        started, today = _checked_seconds(clock()), _checked_time(now())
        self._lists = [first(setting, source, started, today) for setting, source in sources]
        self._policy = self._built(self._lists)
        self._doubts = self._policy.doubts  # which a guard tells when it is made
        self._due = started + self._every
        for watched in self._lists:
            _report(None, watched)

    def current(self) -> Policy:
        """Give the policy in force, after a look at the lists if it is time for one."""
        try:
            if self._clock() >= self._due:
                self._look_unless_somebody_does()
        except Exception as error:  # noqa: BLE001 - whatever somebody's clock or source does, requests are answered
            self._tell(describe_error(error))
        return self._policy

    def status(self) -> list[ListStatus]:
        """Tell how each list stands in this process, after a look at the lists if it is time for one."""
        self.current()
        return [_status(watched) for watched in self._lists]

    def __repr__(self) -> str:
        sources = (f"{setting}={[w.source for w in self._lists if w.setting == setting]}" for setting in _LISTS)
        return f"LivePolicy({self._own}, {', '.join(sources)}, every={self._every})"

    def _look_unless_somebody_does(self) -> None:
        lock = self._lock  # the one to release, whatever a fork meanwhile puts in its place
        if lock.acquire(blocking=False):
            try:
                self._due = self._clock() + self._every
                self._look()
                self._trouble = ""
            finally:
                lock.release()

    def _look(self) -> None:
        before, now = self._lists, _checked_time(self._now())
        after = [watched.look(self._clock(), now) for watched in before]
        if any(new.wanted.networks is not old.wanted.networks for old, new in zip(before, after, strict=True)):
            after = self._settled(after)
        after = [watched if watched.pending else watched.taken() for watched in after]  # the date may be another
        if any(new.reading.networks is not old.reading.networks for old, new in zip(before, after, strict=True)):
            # The policy first: a fork between the two leaves a child that reads once more, not one that is behind.
            self._policy = self._built(after)
        self._lists = after
        for old, new in zip(before, after, strict=True):
            _report(old, new)
        self._tell_doubts()

    def _settled(self, lists: list[Watched]) -> list[Watched]:
        """Take what each list says now, but not what would, together with the others, be trust in everyone."""
        whole = [watched.taken() for watched in lists]
        if not self._trusts_everyone(whole):
            return whole
        settled = lists[:]
        for index in [*range(len(lists))] * len(lists):  # again and again: one that shrinks makes room for others
            watched = settled[index]
            settled[index] = watched.taken()
            problem = watched.pending and self._trusts_everyone(settled)
            settled[index] = watched.refused(problem) if problem else watched.taken()
        return settled

    def _trusts_everyone(self, lists: list[Watched]) -> str:
        """Say what is wrong with these lists' proxies and the policy's own together; "" if nothing is."""
        try:
            TrustedProxies([*self._own.trusted_proxies, *_of("trusted_proxies", lists)])
        except ConfigurationError as error:
            return error.problem
        return ""

    def _tell(self, trouble: str) -> None:
        """Log once why nothing could be looked at."""
        if trouble != self._trouble:
            self._trouble = trouble
            logger.error("the lists could not be looked at (%s); what was in force stays", printable(trouble))

    def _tell_doubts(self) -> None:
        doubts = self._policy.doubts
        for doubt in doubts:
            if doubt not in self._doubts:
                logger.warning("%s", doubt)
        self._doubts = doubts

    def _built(self, lists: list[Watched]) -> Policy:
        return self._own.with_added(**{setting: list(_of(setting, lists)) for setting in _LISTS})


_LIVING = WeakSet[LivePolicy]()


def _unlock_all() -> None:
    """Give every policy another lock: one that was held when a server forked is never given back in the child."""
    for live in _LIVING:
        live._lock = Lock()  # noqa: SLF001 - its own module


getattr(os, "register_at_fork", dict)(after_in_child=_unlock_all)  # Windows, which has no fork, makes a dict of it


def _of(setting: str, lists: list[Watched]) -> Iterator[Networks]:
    return (watched.reading.networks for watched in lists if watched.setting == setting)


def _status(watched: Watched) -> ListStatus:
    reading, error = watched.reading, watched.problem
    return ListStatus(
        watched.setting,
        watched.source.name,
        reading.entries,
        reading.written,
        watched.attempted,
        _text(error) or None,
        watched.stale(),
    )


def _report(old: Watched | None, new: Watched) -> None:
    """Log what has changed, once: a new problem, its end, new entries, a list that has grown old."""
    before, after = "" if old is None else _text(old.problem), _text(new.problem)
    entries, name = new.reading.entries, printable(new.source.name)
    if after and after != before:
        logger.error("%s: %s; %s stays in force, with %d entries", new.setting, after, _which(new), entries)
    if before and not after:
        logger.warning("%s: %s is in order again, with %d entries", new.setting, name, entries)
    elif old and new.reading.networks != old.reading.networks:
        level, counts = logging.INFO if entries else logging.WARNING, (old.reading.entries, entries)
        logger.log(level, "%s: %s had %d entries, and has %d now", new.setting, name, *counts)
    if new.stale() and not (old and old.stale()):
        message = "%s: %s is older than its max_age; %s stays in force, with %d entries"
        logger.warning(message, new.setting, name, _which(new), entries)


def _text(problem: SourceError | None) -> str:
    return "" if problem is None else str(problem)


def _which(watched: Watched) -> str:
    written = watched.reading.written
    if written is not None:
        return f"the list of {written:%Y-%m-%d %H:%M} UTC"
    return "the fallback" if watched.reading is watched.source.fallback else "an earlier list"


def _checked_policy(policy: object) -> Policy:
    if not isinstance(policy, Policy):
        raise ConfigurationError("policy", policy, "is not a Policy; write Policy(allow=[...])")
    return policy


def _checked_interval(every: object) -> float:
    if isinstance(every, bool) or not isinstance(every, int | float) or not 0 <= every < inf:
        raise ConfigurationError("every", every, "is no number of seconds; write 5.0")
    return every


def _checked_seconds(seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not -inf < seconds < inf:
        raise ConfigurationError("clock", seconds, "is what it gives, and no number of seconds; write time.monotonic")
    return seconds


def _checked_time(now: datetime) -> datetime:
    if not is_time(now):
        raise ConfigurationError("now", now, "is what it gives, and no time with a zone; write datetime.now(UTC)")
    return now


def _checked_sources(setting: str, sources: Iterable[Source]) -> Iterator[tuple[str, Source]]:
    for source in as_list(setting, sources):
        named = isinstance(getattr(source, "name", None), str)
        if not named or not callable(getattr(source, "stamp", None)) or isinstance(source, type):
            raise ConfigurationError(setting, source, "is no source; write File(path), or put entries in the policy")
        yield setting, source
