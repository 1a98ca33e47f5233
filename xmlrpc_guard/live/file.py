"""A list in a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import (
    LARGEST_LIST,
    check_regular,
    describe_access,
    describe_folder_access,
    has_name,
    read_regular,
)
from xmlrpc_guard.listfile import ListEntry, read_list, read_networks
from xmlrpc_guard.live.apart import GiveWay
from xmlrpc_guard.live.arguments import check_fallback, check_field, check_max_age, check_path, check_service
from xmlrpc_guard.live.source import Reading
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.published import published_entries

Stamp = tuple[int, int, int, int, int]
"""A file's device, inode, size, and times of change in nanoseconds: of its bytes, and of its inode."""


_LONG = 1 << 16  # bytes

_NAMELESS = (
    "was removed, or a new file was renamed over it, and this mount of the file alone still shows the old one; "
    "mount the folder {} instead"
)


class File:
    """A list of addresses in a file: one entry a line, ``#`` or ``;`` before a comment, or JSON as services publish it.

    The file is followed as written: it may shrink, hold private ranges, or be comments only, which means no
    addresses. A file that cannot be read, that is not a list, or that is empty is a SourceError. To change it, rename a
    new file onto it; a file that changes while it is read is read again. A mount of the file alone goes on showing the
    old one: its entries stay active, and that is reported as a problem.

    * ``fallback``: the name of a published list to use if the file is unusable when the guard is made.
    * ``max_age``: the file's age after which a warning says that it is out of date.
    * ``service``: the service to read from AWS' or Azure's list.
    * ``field``: where in a JSON document the entries stand, as ``hooks`` in GitHub's, or ``prefixes[].ipv4Prefix``.

    Unusable arguments raise ConfigurationError.

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
        field: str | None = None,
    ) -> None:
        self.name: str = check_path(path)
        self.fallback: Reading | None = None if fallback is None else _read_published(check_fallback(fallback))
        self.max_age: timedelta | None = check_max_age(max_age)
        self._service = check_service(service)
        self._field = check_field(field, self._service)
        self._last: tuple[bytes, Networks, int] | None = None

    def __repr__(self) -> str:
        return f"File({self.name!r})"

    def stamp(self) -> Stamp:
        """Return the file's identity, size and times, as stat(2) has them."""
        with self._explain_system_errors():
            status = os.stat(self.name)  # noqa: PTH116 - the path as given, not normalised once more
        check_regular(self.name, status, LARGEST_LIST)
        return _stamp_of(status)

    def is_long(self) -> bool:
        """Return whether the file has more than some four thousand entries, which take several milliseconds to read."""
        with self._explain_system_errors():
            return os.stat(self.name).st_size > _LONG  # noqa: PTH116 - the path as given

    def read(self) -> Reading:
        """Read the file; the same bytes as before are not parsed again. Other threads may run meanwhile."""
        with self._explain_system_errors():
            data, status = read_regular(self.name, LARGEST_LIST)
            doubt = "" if has_name(self.name) else _NAMELESS.format(os.path.dirname(self.name))  # noqa: PTH120
            warning = describe_access(self.name, status) or describe_folder_access(self.name)
        digest = blake2b(data).digest()
        if self._last is None or self._last[0] != digest:
            networks, count = read_networks(data, self.name, service=self._service, field=self._field, pause=GiveWay())
            self._last = digest, networks, count
        _, networks, count = self._last
        return Reading(networks, count, _time_of(status.st_mtime), _stamp_of(status), doubt, warning)

    def read_entries(self) -> tuple[list[ListEntry], datetime | None]:
        """Read the file's entries as they stand there, with their lines, and when the file was written."""
        with self._explain_system_errors():
            data, status = read_regular(self.name, LARGEST_LIST)
        entries = read_list(data, self.name, service=self._service, field=self._field)
        return entries, _time_of(status.st_mtime)

    @contextmanager
    def _explain_system_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise SourceError(self.name, 0, "does not exist; create it, or name another file") from None
        except OSError as error:
            raise SourceError(self.name, 0, f"cannot be read ({error.strerror}); make it readable") from None


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _time_of(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # beyond the years 1 to 9999
        return None


def _read_published(name: str) -> Reading:
    return Reading(Networks([name]), len(published_entries(name)), None, None)
