"""A policy whose lists are files, followed while a guard runs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import compress
from math import inf
from time import monotonic

from xmlrpc_guard.allocator import give_memory_back
from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.live.apart import run_apart
from xmlrpc_guard.live.arguments import check_clock, check_every, check_now, check_policy, check_sources
from xmlrpc_guard.live.journal import Journal
from xmlrpc_guard.live.lock import ForkSafeLock
from xmlrpc_guard.live.source import Source
from xmlrpc_guard.live.status import make_list_status
from xmlrpc_guard.live.together import activate_fitting
from xmlrpc_guard.live.watched import Watched, start_watching
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.status import ListStatus
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.text import describe_error

QUIET = 60.0
"""The seconds without a look after which the next caller waits for a long list."""

_LISTS = ("allow", "deny", "trusted_proxies")


class LivePolicy:
    """A Policy whose lists also hold the entries of files, or other sources, that are followed.

    It can be used wherever a Policy can. ``current()`` returns the active policy. Every ``every`` seconds, one of its
    callers looks whether a source has changed, and reads it if so; meanwhile all others get the active policy. A long
    list is read by a thread that ends with the reading, and for which only the first caller after a quiet minute waits,
    for a second at most. A guard is a caller at requests that may reach a script, and at no others. There is nothing to
    stop; each process of a server follows the sources by itself.

    A source that is unusable when this is made raises ConfigurationError, unless it has a fallback. Later, its last
    usable entries stay active: one record at ERROR on the logger ``xmlrpc_guard`` says what is wrong, and one at
    WARNING that it is usable again. ``clock`` returns seconds that never go back, ``now`` the time with its zone.

    >>> from xmlrpc_guard.sources import File
    >>> LivePolicy(Policy(allow=["jetpack"]), allow=[File("/etc/no-such.txt")])
    Traceback (most recent call last):
    xmlrpc_guard.errors.ConfigurationError: allow: '/etc/no-such.txt' does not exist; create it, or name another file
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
        # What a refused entry is answered with needs both, and one thread may not import them while another forks a
        # worker: there, they would stay locked for ever.
        import netaddr  # noqa: F401, PLC0415 - guards without sources start without it

        from xmlrpc_guard import advice  # noqa: F401, PLC0415 - the same

        give_memory_back()  # which imports something too

        self._own = check_policy(policy)
        self._every = check_every(every)
        self._clock, self._now = clock, now
        given = zip(_LISTS, (allow, deny, trusted_proxies), strict=True)
        sources = [(setting, source) for setting, each in given for source in check_sources(setting, each)]
        started, today = check_clock(clock()), check_now(now())
        self._lists = [start_watching(setting, source, started, today) for setting, source in sources]
        self.reloads: EventCounts[int] = EventCounts(range(len(self._lists)))
        """How often other entries have become active, by the position of the list in ``status()``."""
        self._policy = self._compose(self._lists)
        self._due = started + self._every
        self._lock = ForkSafeLock()
        self._journal = Journal(self._policy, self._lists)

    @property
    def scripts(self) -> Scripts:
        """The scripts that each active policy guards: sources change lists only."""
        return self._own.scripts

    def current(self) -> Policy:
        """Return the active policy, after a look at the sources if one is due."""
        with self._log_trouble():
            if self._clock() >= self._due:
                self._look_unless_another_does()
        return self._policy

    @contextmanager
    def _log_trouble(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - clocks and sources may be anyone's code; requests must be answered
            self._journal.log_trouble(describe_error(error))

    def expire(self) -> None:
        """Have the next caller of ``current()`` look at the sources, though no look is due."""
        self._due = -inf

    def status(self) -> list[ListStatus]:
        """Return the state of each list in this process, after a look at the sources if one is due."""
        self.current()
        reloads = self.reloads.read()
        return [make_list_status(watched, reloads[position]) for position, watched in enumerate(self._lists)]

    def __repr__(self) -> str:
        sources = (f"{setting}={[w.source for w in self._lists if w.setting == setting]}" for setting in _LISTS)
        return f"LivePolicy({self._own}, {', '.join(sources)}, every={self._every})"

    def _look_unless_another_does(self) -> None:
        with ExitStack() as holding:
            if holding.enter_context(self._lock.try_hold()):
                now = self._clock()
                # A decision by entries of a minute ago is one thing, by those of last night another.
                quiet, self._due = QUIET < now - self._due < inf, now + self._every
                if self._look(leave_long=True):
                    run_apart(partial(self._read_long, holding.pop_all()), wait=quiet)

    def _read_long(self, holding: ExitStack) -> None:
        with holding, self._log_trouble():
            self._look(leave_long=False)
            give_memory_back()

    def _look(self, *, leave_long: bool) -> bool:
        """Look at each source, and make active what has changed; return whether long lists were left to be read."""
        before, now = self._lists, check_now(self._now())
        after = [watched.look(self._clock(), now, leave_long=leave_long) for watched in before]
        left = any(new is old for old, new in zip(before, after, strict=True))
        if any(new.latest.networks is not old.latest.networks for old, new in zip(before, after, strict=True)):
            after = activate_fitting(after, self._own.trusted_proxies)
        changed = [new.active.networks is not old.active.networks for old, new in zip(before, after, strict=True)]
        if any(changed):
            # Before the lists: a child forked between the two reads once more, and has no old policy for new lists.
            self._policy = self._compose(after)
        self._lists = after
        for position in compress(self.reloads.cells, changed):
            self.reloads.add(position)
        self._journal.log_lists(before, after)
        self._journal.log_doubts(self._policy)
        if not left:  # or trouble with a long list would end at each look, and begin again in its thread
            self._journal.end_trouble()
        return left

    def _compose(self, lists: Sequence[Watched]) -> Policy:
        added = {name: [watched.active.networks for watched in lists if watched.setting == name] for name in _LISTS}
        return self._own.with_added(**added)
