"""One list of a policy: what is in force of it, and what the last look at its source brought."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime

from xmlrpc_guard.client import TrustedProxies
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.live.source import Reading, Source
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.text import describe_error

SETTLING = 2.0
"""The seconds after which a changed source is read once more, whatever its stamp says.

Two changes within a tick of a file system's clock (10 ms, on FAT two seconds) leave the same times behind. The
second is found since a stamp is not trusted before that reading; the seconds are those of a clock that nobody sets
back.
"""


UNREAD = object()
"""The stamp of what is to be read again in any case."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A list in force. ``look`` gives the next one; this one does not change."""

    setting: str
    source: Source
    reading: Reading
    """What is in force."""
    wanted: Reading
    """What the source said last: the same, or sound by itself and refused beside the others."""
    attempted: datetime
    """When the source was last looked at."""
    stamp: Hashable = UNREAD
    """What the source's stamp was then."""
    since: float = 0.0
    """When that stamp was first seen."""
    settled: bool = False
    """Whether the source was read SETTLING seconds later, or more, so that the stamp can be trusted."""
    error: SourceError | None = None
    """Why what is there now cannot be used."""
    refusal: SourceError | None = None
    """Why ``wanted`` is not in force."""

    def look(self, seconds: float, now: datetime) -> "Watched":
        """Read the source if it may have changed; whatever is wrong with it, what was in force stays."""
        looked = replace(self, attempted=now, stamp=UNREAD)
        try:
            looked = self._stamped(looked, self.source.stamp(), seconds)
            if self.settled and looked.stamp == self.stamp:
                return looked
            reading = usable(self.setting, self.source)
            looked = self._stamped(looked, reading.stamp, seconds)  # it may have changed since it was asked
        except Exception as error:  # noqa: BLE001 - whatever somebody's source does, requests are answered
            return replace(looked, error=_explained(self.source, error))
        return replace(looked, wanted=reading, error=None)

    def _stamped(self, looked: "Watched", stamp: Hashable, seconds: float) -> "Watched":
        since = self.since if stamp == self.stamp else seconds
        return replace(looked, stamp=stamp, since=since, settled=seconds >= since + SETTLING)

    @property
    def pending(self) -> bool:
        """Whether the source said what is not in force."""
        return self.wanted.networks is not self.reading.networks

    @property
    def problem(self) -> SourceError | None:
        """Why what is there now is not in force."""
        return self.refusal if self.error is None else self.error

    def taken(self) -> "Watched":
        """Put in force what the source said last."""
        return replace(self, reading=self.wanted, refusal=None)

    def refused(self, problem: str) -> "Watched":
        """Leave in force what is, since what the source said last cannot be."""
        return replace(self, refusal=SourceError(self.source.name, 0, problem))

    def stale(self) -> bool:
        """Tell whether what is in force was written longer ago than its source may say."""
        max_age, written = self.source.max_age, self.reading.written
        return max_age is not None and written is not None and self.attempted - written > max_age


def first(setting: str, source: Source, seconds: float, now: datetime) -> Watched:
    """Read a source when a guard is made; one that is unusable is a ConfigurationError, or its fallback is used."""
    try:
        reading = usable(setting, source)
    except Exception as error:  # noqa: BLE001 - as in look
        explained = _explained(source, error)
        if source.fallback is None:
            where = f"is wrong in line {explained.line}: " if explained.line else ""
            raise ConfigurationError(setting, source.name, where + explained.problem) from None
        return Watched(setting, source, source.fallback, source.fallback, now, error=explained)
    return Watched(setting, source, reading, reading, now, reading.stamp, seconds)


def usable(setting: str, source: Source) -> Reading:
    """Read a source; SourceError also for what its setting may not hold: trust in everyone."""
    reading = source.read()
    if not _is_reading(reading):
        raise SourceError(source.name, 0, "was read, but gave no Reading; return one, its date with a time zone")
    if setting == "trusted_proxies":
        try:
            TrustedProxies(reading.networks)
        except ConfigurationError as error:
            raise SourceError(source.name, 0, error.problem) from None
    return reading


def _is_reading(value: object) -> bool:
    if not isinstance(value, Reading) or not isinstance(value.networks, Networks):
        return False
    return isinstance(value.entries, int) and (value.written is None or is_time(value.written))


def is_time(value: object) -> bool:
    """Tell whether this is a time that can be compared with others: one with a time zone."""
    return isinstance(value, datetime) and value.utcoffset() is not None


def _explained(source: Source, error: Exception) -> SourceError:
    if isinstance(error, SourceError):  # another: this one's traceback and context would keep what was read
        return SourceError(error.source, error.line, error.problem)
    return SourceError(source.name, 0, f"cannot be read ({describe_error(error)})")
