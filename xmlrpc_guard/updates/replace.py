"""Put a file in the place of another in a single step: whoever reads it finds the old bytes or the new ones.

The new bytes are written to a file beside it, whose name is fixed, so that what a killed update leaves behind is
taken up by the next one. Its lock keeps two updates apart. POSIX only.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic, sleep

from xmlrpc_guard.errors import ConfigurationError

PATIENCE = 10.0
"""The seconds to wait for another update of the same file."""
NEW_MODE = 0o644
"""The mode of a file that was not there: a list is no secret, and the guard runs as somebody else."""

_PAUSE = 0.02  # seconds
_BESIDE = os.O_RDWR | os.O_CREAT
_KINDS = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFLNK: "a link"}


class ChangedError(Exception):
    """The file is not what it was when somebody looked at it."""


def read_standing(path: str) -> bytes | None:
    """Give the bytes of the file at ``path``, b"" if there is none; never waits for a writer, as a FIFO would.

    ConfigurationError if what is there is no file, OSError if it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        return b""
    try:
        _check_regular(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    finally:
        os.close(descriptor)


def replace(path: str, data: bytes, *, standing: bytes | None = None) -> None:
    """Make ``data`` the content of ``path``, on the disk when this returns; mode and owner stay.

    A symbolic link stays too: what it leads to is replaced. Other hard links of the file keep the old content.
    ConfigurationError if what is there is no file, OSError if it cannot be done; then nothing has changed. So it is
    with ChangedError, if what is there is not ``standing``: no other update comes between that look and the new file.
    """
    folder, name = os.path.split(os.path.realpath(path))
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        before = _state(directory, name)
        if before is not None:
            _check_regular(path, before)
        with _beside(directory, f".{name}.new", before) as descriptor:
            _fill(descriptor, data, before)
            if standing is not None and read_standing(os.path.join(folder, name)) != standing:  # noqa: PTH118 - as given
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


def _check_regular(path: str, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        kind = _KINDS.get(stat.S_IFMT(state.st_mode), "a device")
        raise ConfigurationError("output", path, f"is {kind}; write the path of a file")


def _fill(descriptor: int, data: bytes, before: os.stat_result | None) -> None:
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
    """Open the file beside, and lock it; it is gone afterwards, be it renamed or removed."""
    descriptor = _locked(directory, name, before)
    try:
        yield descriptor
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
        raise
    finally:
        os.close(descriptor)


def _locked(directory: int, name: str, before: os.stat_result | None) -> int:
    end = monotonic() + PATIENCE
    while True:
        with ExitStack() as opened:
            descriptor = os.open(name, _BESIDE | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=directory)
            opened.callback(os.close, descriptor)
            if _holds(descriptor, directory, name):
                _check_ours(os.fstat(descriptor), name, before)
                opened.pop_all()
                return descriptor
        if monotonic() > end:
            raise BlockingIOError(errno.EAGAIN, "another update is being written", name)
        sleep(_PAUSE)


def _holds(descriptor: int, directory: int, name: str) -> bool:
    """Lock a file, and tell whether it has this name still: its last holder may have renamed it."""
    import fcntl  # noqa: PLC0415 - Windows has none, and the other commands run there

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    named = _state(directory, name)
    return named is not None and os.path.samestat(named, os.fstat(descriptor))


def _check_ours(beside: os.stat_result, name: str, before: os.stat_result | None) -> None:
    # Whoever made it may hold it open, and write into the list later: us, or the list's owner, who can anyway.
    owners = {os.geteuid()} if before is None else {os.geteuid(), before.st_uid}
    if not stat.S_ISREG(beside.st_mode) or beside.st_uid not in owners or beside.st_nlink > 1:
        raise PermissionError(errno.EPERM, "was put there by somebody else; remove it", name)
