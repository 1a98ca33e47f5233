"""Where bodies without a length are stored until they are measured: in files, bounded one by one and all together."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, NamedTuple, TypeGuard, TypeVar

from xmlrpc_guard.body import PIECE, RequestError, demand
from xmlrpc_guard.errors import ConfigurationError

_Result = TypeVar("_Result")


class SpoolLimits(NamedTuple):
    """Bytes of one body without a length, and of all that are stored at a time."""

    one: int
    together: int


DEFAULT_MAX_SPOOL = SpoolLimits(one=256 << 20, together=1 << 30)

_SHARES = 4  # how many of the largest bodies fit at a time, where only their size is given


def parse_max_spool(max_spool: int | tuple[int, int]) -> SpoolLimits:
    """Read a pair of bytes, or the first alone, to four times of which all come; ConfigurationError for anything else.

    >>> parse_max_spool(1_000_000)
    SpoolLimits(one=1000000, together=4000000)
    """
    given: object = (max_spool, max_spool * _SHARES) if _is_size(max_spool) else max_spool
    if isinstance(given, tuple) and len(given) == len(SpoolLimits._fields) and all(map(_is_size, given)):
        limits = SpoolLimits(*given)
        if limits.one <= limits.together:
            return limits
    problem = "is neither bytes nor a pair of them; write (268435456, 1073741824): of one body, and of all together"
    raise ConfigurationError("max_spool", max_spool, problem)


def _is_size(size: object) -> TypeGuard[int]:
    return isinstance(size, int) and not isinstance(size, bool) and size >= 0


class Spool:
    """The bodies without a length that are on their way upstream, each in a file without a name."""

    # A body in chunks could go on in chunks. But many servers that run PHP do not take them: uWSGI's PHP plugin gives
    # the script an empty body, and answers 200; Caddy answers 411, Apache with mod_cgid 502, and one server never
    # answers. So the whole body is read and measured before PHP is contacted. It is not held in memory, since it may be
    # large, and the file has no name, so that nothing is left of it if the process is killed.
    #
    # The limits are two, since a client needs no password to send a body. One upload must not fill the disk, and many
    # that each keep to the limit must not do so either.

    def __init__(self, limits: SpoolLimits) -> None:
        self._limits = limits
        self._stored, self._lock = 0, Lock()

    @contextmanager
    def store(self, pieces: Iterable[bytes]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Store a body; give its length and its pieces, until the block ends.

        RequestError if it is too large (413), or if there is no room for it (503).
        """
        file: IO[bytes] = _try(TemporaryFile)
        size = 0
        try:
            for piece in pieces:
                self._reserve(len(piece), size)
                size += len(piece)
                _try(file.write, piece)
            _try(file.seek, 0)
            yield size, iter(partial(file.read, PIECE), b"")
        finally:
            with suppress(OSError):  # a disk that was full is so still
                file.close()
            self._release(size)

    def _reserve(self, size: int, stored: int) -> None:
        too_large = f"the body comes in chunks, and is longer than max_spool, {self._limits.one} bytes"
        demand(stored + size <= self._limits.one, too_large, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        with self._lock:
            fits = self._stored + size <= self._limits.together
            self._stored += size if fits else 0
        no_room = f"the bodies that come in chunks take all of max_spool, {self._limits.together} bytes"
        demand(fits, no_room, HTTPStatus.SERVICE_UNAVAILABLE)

    def _release(self, size: int) -> None:
        with self._lock:
            self._stored -= size


def _try(action: Callable[..., _Result], *args: object) -> _Result:
    try:
        return action(*args)
    except OSError as error:
        problem = f"the body comes in chunks, and cannot be stored: {error}"
        raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, problem) from error
