"""Replace a file in a single step: its readers find the old bytes or the new ones, never a part of either.

The new bytes are written to a file beside it, whose name is fixed, so that the next update takes up what a killed one
leaves. The lock on that file keeps two updates apart. POSIX only.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic, sleep

from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.files import check_regular, open_regular

LOCK_SECONDS = 10.0
"""How long to wait for another update of the same file."""
NEW_MODE = 0o644
"""The mode of a file that was not there: a list is not secret, and the guard runs as another user."""

_PAUSE = 0.02  # seconds
_BESIDE = os.O_RDWR | os.O_CREAT


class ChangedError(Exception):
    """The file has changed since its content was read."""


def read_current(path: str) -> bytes:
    """Give the bytes of the file at ``path``, b"" if there is none.

    ConfigurationError if what is there is not a regular file, OSError if it cannot be read.
    """
    try:
        with _output(path), open_regular(path) as file:
            return file.read()
    except FileNotFoundError:
        return b""


@contextmanager
def _output(path: str) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        raise ConfigurationError("output", path, error.problem) from None


def replace_file(
    path: str, data: bytes, *, current: bytes | None = None, check: Callable[[str], None] | None = None
) -> None:
    """Make ``data`` the content of ``path``, on the disk when this returns; mode and owner stay.

    ``check`` is called with the path of the new file before it takes the old one's place, and may raise.

    A symbolic link stays too: the file it leads to is replaced. Other hard links of the file keep the old content.
    ChangedError if the content is not ``current``: no other update comes between that look and the new file.
    ConfigurationError if what is there is not a regular file, OSError if it cannot be replaced. After an error the file
    is as it was.
    """
    folder, name = os.path.split(os.path.realpath(path))
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        before = _state(directory, name)
        if before is not None:
            with _output(path):
                check_regular(path, before)
        with _beside(directory, f".{name}.new", before) as descriptor:
            _write(descriptor, data, before)
            if check is not None:
                check(os.path.join(folder, f".{name}.new"))  # noqa: PTH118 - as given
            if current is not None and read_current(os.path.join(folder, name)) != current:  # noqa: PTH118 - as given
                raise ChangedError
            os.rename(f".{name}.new", name, src_dir_fd=directory, dst_dir_fd=directory)
        os.fsync(directory)  # so that the new name outlives a power cut too
    finally:
        os.close(directory)


def _state(directory: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _write(descriptor: int, data: bytes, before: os.stat_result | None) -> None:
    os.ftruncate(descriptor, 0)
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    if before is not None:
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, NEW_MODE if before is None else stat.S_IMODE(before.st_mode))
    os.fsync(descriptor)


@contextmanager
def _beside(directory: int, name: str, before: os.stat_result | None) -> Iterator[int]:
    """Open the file beside, and lock it; afterwards it is renamed, or removed."""
    descriptor = _open_locked(directory, name, before)
    try:
        yield descriptor
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
        raise
    finally:
        os.close(descriptor)


def _open_locked(directory: int, name: str, before: os.stat_result | None) -> int:
    end = monotonic() + LOCK_SECONDS
    while True:
        with ExitStack() as opened:
            descriptor = os.open(name, _BESIDE | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=directory)
            opened.callback(os.close, descriptor)
            if _lock(descriptor, directory, name):
                _check_ours(os.fstat(descriptor), name, before)
                opened.pop_all()
                return descriptor
        if monotonic() > end:
            raise BlockingIOError(errno.EAGAIN, "another update is being written", name)
        sleep(_PAUSE)


def _lock(descriptor: int, directory: int, name: str) -> bool:
    """Lock a file if it is free and still has this name: the last to hold its lock may have renamed it."""
    import fcntl  # noqa: PLC0415 - Windows lacks it, and the other commands run there

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    named = _state(directory, name)
    return named is not None and os.path.samestat(named, os.fstat(descriptor))


def _check_ours(beside: os.stat_result, name: str, before: os.stat_result | None) -> None:
    # Its maker may keep it open and write into the list later. We do not, and the list's owner can do so anyway.
    owners = {os.geteuid()} if before is None else {os.geteuid(), before.st_uid}
    if not stat.S_ISREG(beside.st_mode) or beside.st_uid not in owners or beside.st_nlink > 1:
        raise PermissionError(errno.EPERM, "was put there by another user; remove it", name)
