"""One followed list: the entries that are active, and what the last look at its source found."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from xmlrpc_guard.client import TrustedProxies
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.live.source import Reading, Source, is_long, is_reading
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.text import describe_error

# An unchanged stamp means an unchanged file, but for one case. File systems keep times in ticks (of 10 ms; on FAT, two
# seconds), and two writes of the same size within a tick leave the same stamp: a file that is read between them would
# never be read again. So a stamp is trusted only once the source has been read two seconds or more after the stamp was
# first seen. By then its tick is over: that reading holds everything written within it, and a later write has a later
# time, which is another stamp. The seconds are a monotonic clock's, since the time of day can be set back. The price is
# one more reading of each changed file; its bytes are the same as before, so they are not parsed again.
STAMP_TRUSTED_AFTER = 2.0
"""The seconds after which a stamp is trusted, if the source is read once more then."""

UNREAD = object()
"""A stamp that differs from any other: the source is to be read at the next look."""


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: a list is replaced, never changed
class Watched:
    """A list of a policy and its source. ``look`` returns the next state; this one does not change."""

    setting: str
    source: Source
    active: Reading
    """The reading whose entries are in the policy."""
    latest: Reading
    """The last usable reading. Differs from ``active`` if the lists together would trust everyone with it."""
    attempted: datetime
    """When the last look was."""
    stamp: Hashable = UNREAD
    """The source's stamp then."""
    stamp_since: float = 0.0
    """When this stamp was first seen, in seconds of the clock."""
    stamp_trusted: bool = False
    """Whether the source was read STAMP_TRUSTED_AFTER that, or later."""
    error: SourceError | None = None
    """Why the source's present list cannot be used."""
    refusal: SourceError | None = None
    """Why ``latest`` is not active."""

    def look(self, seconds: float, now: datetime, *, leave_long: bool = False) -> "Watched":
        """Read the source if it may have changed; an error of any kind is kept, and what is active stays active.

        With ``leave_long`` a long list is not read: this very object is returned if there is one to be read.
        """
        looked = replace(self, attempted=now, stamp=UNREAD)
        try:
            looked = self._with_stamp(looked, self.source.stamp(), seconds)
            if self.stamp_trusted and looked.stamp == self.stamp:
                return looked
            if leave_long and is_long(self.source):
                return self
            reading = read_checked(self.setting, self.source)
            looked = self._with_stamp(looked, reading.stamp, seconds)  # it may have changed since the line above
        except Exception as error:  # noqa: BLE001 - a source may be anyone's code, and requests must be answered
            return replace(looked, error=_to_source_error(self.source, error))
        looked = replace(looked, latest=reading, error=None)
        return looked if looked.pending else looked.activate()  # the same entries, of another date

    def _with_stamp(self, looked: "Watched", stamp: Hashable, seconds: float) -> "Watched":
        since = self.stamp_since if stamp == self.stamp else seconds
        return replace(looked, stamp=stamp, stamp_since=since, stamp_trusted=seconds >= since + STAMP_TRUSTED_AFTER)

    @property
    def pending(self) -> bool:
        """Whether the source's last usable entries are not the active ones."""
        return self.latest.networks is not self.active.networks

    @property
    def problem(self) -> SourceError | None:
        """Why the source's present list is not active, or may not be."""
        doubt = SourceError(self.source.name, 0, self.active.doubt) if self.active.doubt else None
        return self.error or self.refusal or doubt

    @property
    def warning(self) -> str:
        """What is wrong about the source's present list, though it may be active; "" if nothing is."""
        return str(SourceError(self.source.name, 0, self.latest.warning)) if self.latest.warning else ""

    @property
    def stale(self) -> bool:
        """Whether the active entries were written longer than ``max_age`` before the last look."""
        max_age, written = self.source.max_age, self.active.written
        return max_age is not None and written is not None and self.attempted - written > max_age

    def activate(self) -> "Watched":
        """Make the latest reading the active one."""
        return replace(self, active=self.latest, refusal=None)

    def refuse(self, problem: str) -> "Watched":
        """Leave the active reading, since the latest cannot be active for this reason."""
        return replace(self, refusal=SourceError(self.source.name, 0, problem))


def start_watching(setting: str, source: Source, seconds: float, now: datetime) -> Watched:
    """Read a source when a guard is made. If it is unusable, use its fallback; ConfigurationError without one."""
    try:
        reading = read_checked(setting, source)
    except Exception as error:  # noqa: BLE001 - as in look
        problem = _to_source_error(source, error)
        if source.fallback is None:
            where = f"is wrong in line {problem.line}: " if problem.line else ""
            raise ConfigurationError(setting, source.name, where + problem.problem) from None
        return Watched(setting, source, source.fallback, source.fallback, now, error=problem)
    return Watched(setting, source, reading, reading, now, reading.stamp, seconds)


def read_checked(setting: str, source: Source) -> Reading:
    """Read a source; SourceError also for trusted proxies that are everyone, and for what is not a Reading."""
    reading = source.read()
    if not is_reading(reading):
        raise SourceError(source.name, 0, "returned no Reading; return one, its date with a time zone")
    problem = find_trust_problem([reading.networks]) if setting == "trusted_proxies" else ""
    if problem:
        raise SourceError(source.name, 0, problem)
    return reading


def find_trust_problem(proxies: Iterable[str | Networks]) -> str:
    """Return why these cannot be the trusted proxies of a policy, as when they are everyone; "" if they can."""
    try:
        TrustedProxies(proxies)
    except ConfigurationError as error:
        return error.problem
    return ""


def _to_source_error(source: Source, error: Exception) -> SourceError:
    if isinstance(error, SourceError):  # a new one: the traceback of this one would keep the file's bytes in memory
        return SourceError(error.source, error.line, error.problem)
    return SourceError(source.name, 0, f"cannot be read ({describe_error(error)})")
