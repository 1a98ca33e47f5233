"""A policy whose lists are files, followed while the guard stands."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from math import inf
from os import getpid
from threading import Lock
from time import monotonic
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError, list_of
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.sources.source import Source
from xmlrpc_guard.sources.watched import Watched, first

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
        self._locks: dict[int, Lock] = {}
        given = {"allow": allow, "deny": deny, "trusted_proxies": trusted_proxies}
        started, sources = clock(), [each for setting in _LISTS for each in _checked_sources(setting, given[setting])]
        self._lists = [first(setting, source, started, now()) for setting, source in sources]
        self._policy = self._built(self._lists)
        self._due = started + self._every
        for watched in self._lists:
            _report(None, watched)

    def current(self) -> Policy:
        """Give the policy in force, after a look at the lists if it is time for one."""
        if self._clock() >= self._due:
            self._look_unless_somebody_does()
        return self._policy

    def status(self) -> list[ListStatus]:
        """Tell how each list stands in this process, after a look at the lists if it is time for one."""
        self.current()
        return [_status(watched) for watched in self._lists]

    def __repr__(self) -> str:
        sources = (f"{setting}={[w.source for w in self._lists if w.setting == setting]}" for setting in _LISTS)
        return f"LivePolicy({self._own}, {', '.join(sources)}, every={self._every})"

    def _look_unless_somebody_does(self) -> None:
        # By process: a lock that was held when a server forked is never given back in the child.
        lock = self._locks.setdefault(getpid(), Lock())
        if lock.acquire(blocking=False):
            try:
                self._due = self._clock() + self._every
                self._look()
            finally:
                lock.release()

    def _look(self) -> None:
        before, now = self._lists, self._now()
        after = [watched.look(self._clock(), now) for watched in before]
        if any(new.reading.networks is not old.reading.networks for old, new in zip(before, after, strict=True)):
            # The policy first: a fork between the two leaves a child that reads once more, not one that is behind.
            self._policy, after = self._settled(before, after)
        self._lists = after
        for old, new in zip(before, after, strict=True):
            _report(old, new)

    def _settled(self, before: list[Watched], after: list[Watched]) -> tuple[Policy, list[Watched]]:
        """Build the policy; what it refuses although each list is sound (trust in everyone, together) is not taken."""
        try:
            return self._built(after), after
        except ConfigurationError as error:
            kept = [
                new.refused(old, error.problem)
                if new.setting == error.setting and new.reading.networks is not old.reading.networks
                else new
                for old, new in zip(before, after, strict=True)
            ]
            return self._built(kept), kept

    def _built(self, lists: list[Watched]) -> Policy:
        return self._own.with_added(**{setting: list(_of(setting, lists)) for setting in _LISTS})


def _of(setting: str, lists: list[Watched]) -> Iterator[Networks]:
    return (watched.reading.networks for watched in lists if watched.setting == setting)


def _status(watched: Watched) -> ListStatus:
    reading, error = watched.reading, watched.error
    return ListStatus(
        watched.setting,
        watched.source.name,
        reading.entries,
        reading.written,
        watched.attempted,
        None if error is None else str(error),
        watched.stale(),
    )


def _report(old: Watched | None, new: Watched) -> None:
    """Log what has changed, once: a new problem, its end, new entries, a list that has grown old."""
    before, after = old and old.error and str(old.error), new.error and str(new.error)
    entries = new.reading.entries
    if after and after != before:
        logger.error("%s: %s; %s stays in force, with %d entries", new.setting, after, _which(new), entries)
    if before and not after:
        logger.warning("%s: %s is in order again, with %d entries", new.setting, new.source.name, entries)
    elif old and new.reading.networks != old.reading.networks:
        level, counts = logging.INFO if entries else logging.WARNING, (old.reading.entries, entries)
        logger.log(level, "%s: %s had %d entries, and has %d now", new.setting, new.source.name, *counts)
    if new.stale() and not (old and old.stale()):
        message = "%s: %s is older than its max_age; %s stays in force, with %d entries"
        logger.warning(message, new.setting, new.source.name, _which(new), entries)


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


def _checked_sources(setting: str, sources: Iterable[Source]) -> Iterator[tuple[str, Source]]:
    for source in list_of(setting, sources):
        if not callable(getattr(source, "stamp", None)) or isinstance(source, type):
            raise ConfigurationError(setting, source, "is no source; write File(path), or put entries in the policy")
        yield setting, source
