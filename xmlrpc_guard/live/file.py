"""A list in a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.files import LARGEST_LIST, check_regular, read_regular
from xmlrpc_guard.listfile import Listed, each_entry
from xmlrpc_guard.live.source import Reading
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.published import PUBLISHED

Stamp = tuple[int, int, int, int, int]


class File:
    """A list of addresses in a file: one entry a line with ``#`` comments, or JSON as services publish it.

    It is read as it is written: it may shrink, hold private ranges, or be comments only, which means nobody. A
    file that cannot be read, that is no list, or that is empty is a SourceError. To change it, rename a new file
    onto it; one that changes while it is read is read again.

    ``fallback``: the name of a published list to use if the file is unusable when the guard is made.
    ``max_age``: how long ago it may have been written before a warning says that nobody refreshes it.
    ``service``: the service that is meant in AWS' list. Unusable arguments raise ConfigurationError.

    >>> File("/etc/xmlrpc-guard/jetpack.txt", fallback="jetpack", max_age=timedelta(days=7))
    File('/etc/xmlrpc-guard/jetpack.txt')
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        fallback: str | None = None,
        max_age: timedelta | None = None,
        service: str | None = None,
    ) -> None:
        self.name = _absolute(path)
        self.fallback = None if fallback is None else _published(fallback)
        self.max_age = _age(max_age)
        self._service = service
        self._last: tuple[bytes, Networks, int] | None = None

    def __repr__(self) -> str:
        return f"File({self.name!r})"

    def stamp(self) -> Stamp:
        """Give the file's identity, size and times, as stat(2) has them."""
        with self._explained():
            status = os.stat(self.name)  # noqa: PTH116 - the path as given, not normalised once more
        check_regular(self.name, status, LARGEST_LIST)
        return _stamp(status)

    def read(self) -> Reading:
        """Read the file; entries that are the same bytes as before are not judged again."""
        with self._explained():
            data, status = read_regular(self.name, LARGEST_LIST)
        digest = blake2b(data).digest()
        if self._last is None or self._last[0] != digest:
            counted = _Counted(each_entry(data, self.name, service=self._service))
            self._last = digest, self._networks(counted), counted.entries
        _, networks, entries = self._last
        return Reading(networks, entries, _moment(status.st_mtime), _stamp(status))

    def _networks(self, counted: "_Counted") -> Networks:
        try:
            return Networks(counted)
        except ConfigurationError as error:
            raise SourceError(self.name, counted.line, f"{error.value!a:.100} {error.problem}") from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise SourceError(self.name, 0, "does not exist; write it, or name another file") from None
        except OSError as error:
            raise SourceError(self.name, 0, f"cannot be read ({error.strerror}); make it readable") from None


class _Counted:
    """The texts of entries, given one by one: how many there were so far, and the line of the latest."""

    def __init__(self, listed: Iterator[Listed]) -> None:
        self._listed = listed
        self.entries = self.line = 0

    def __iter__(self) -> Iterator[str]:
        for line, text in self._listed:
            self.entries, self.line = self.entries + 1, line
            yield text


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a time that no calendar has
        return None


def _absolute(path: object) -> str:
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise ConfigurationError("path", path, "is not a path; write it as text")
    if not text or "\0" in text:
        raise ConfigurationError("path", path, "names no file; write one as '/etc/xmlrpc-guard/office.txt'")
    return os.path.abspath(text)  # noqa: PTH100 - a server may change its directory; symbolic links stay


def _published(name: object) -> Reading:
    if not isinstance(name, str) or name not in PUBLISHED:
        raise ConfigurationError("fallback", name, f"is not a known list; write one of: {', '.join(PUBLISHED)}")
    return Reading(Networks([name]), len(PUBLISHED[name].ranges), None, None)


def _age(max_age: object) -> timedelta | None:
    if max_age is not None and (not isinstance(max_age, timedelta) or max_age <= timedelta(0)):
        raise ConfigurationError("max_age", max_age, "is not a length of time; write timedelta(days=7)")
    return max_age
