"""Open and read files of lists and settings: regular ones of a bounded size, without waiting; and who may change them.

A FIFO makes the program that opens it wait for a writer, a terminal can become its controlling one, a device may have
no end, and a watchdog's restarts the machine some time after it was opened. So what a path leads to is looked at before
it is opened, and again afterwards, since it may be something else by then.
"""

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from math import inf
from mmap import mmap
from typing import NamedTuple

from xmlrpc_guard.errors import SourceError

LARGEST_LIST = 64 << 20
"""The bytes of the largest list file that is read: about three million entries."""

TRIES = 3
"""How often a file is read that changes meanwhile."""

_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # Windows has neither
_KINDS = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFLNK: "a link"}


class Snapshot(NamedTuple):
    """A file as it was at one moment."""

    data: mmap
    """Its bytes, and one line end after them."""
    status: os.stat_result
    """Its identity, size and times then."""


def check_regular(path: str, status: os.stat_result, largest: float = inf) -> None:
    """Raise SourceError unless ``status``, that of ``path``, is a regular file's of at most ``largest`` bytes."""
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a device")
        raise SourceError(path, 0, f"is {kind}; write the path of a file")
    if status.st_size > largest:
        raise SourceError(path, 0, f"is larger than {largest / (1 << 20):.0f} MB; write a shorter list")


@contextmanager
def open_regular(path: str, largest: float = inf) -> Iterator[BufferedReader]:
    """Open a regular file for reading bytes; SourceError if it is not one or larger, OSError if it cannot be opened."""
    check_regular(path, os.stat(path), largest)  # noqa: PTH116 - the path as given, not normalised
    with open(path, "rb", opener=_open_without_waiting) as file:
        check_regular(path, os.fstat(file.fileno()), largest)
        yield file


def read_regular(path: str, largest: int) -> Snapshot:
    """Read a regular file as it was at one moment: one that changes meanwhile is read again.

    SourceError if it is not a regular file, is larger than ``largest`` bytes, or changes at each of three tries;
    OSError if it cannot be read.
    """
    for _ in range(TRIES):
        with open_regular(path, largest) as file:
            before = os.fstat(file.fileno())
            # Not from the heap: once a C library has seen a block so large, it no longer gives the next one back.
            data = mmap(-1, before.st_size + 1)
            whole = file.readinto(data) == before.st_size
            data[-1:] = b"\n"  # where a file that grows would go on
            # Not the whole status: when another file is renamed onto it, the inode changes, but not what it holds.
            if whole and os.fstat(file.fileno()).st_mtime_ns == before.st_mtime_ns:
                return Snapshot(data, before)
    raise SourceError(path, 0, "changes while it is read; rename a finished file onto it")


def has_name(path: str) -> bool:
    """Return whether the file that ``path`` leads to stands in any folder; OSError if there is no file.

    One that was removed, or over which another was renamed, has no name left, and still is there for those who hold it:
    by a descriptor, or by a mount of that file alone. Such a mount shows the old file for ever.
    """
    # More than once: a file may be renamed onto this one between the two steps of stat(2), to find and to describe.
    return any(os.stat(path).st_nlink for _ in range(TRIES))  # noqa: PTH116 - the path as given


def describe_access(path: str, status: os.stat_result) -> str:
    """Say that others than its owner may write to a file, as ``problem; fix``; "" if they may not, and on Windows.

    ``status`` is the file's. Others are its group too.
    """
    if status.st_mode & _BY_OTHERS:
        return f"can be written by others (mode {status.st_mode & 0o777:03o}); run: chmod go-w {shlex.quote(path)}"
    return ""


def describe_folder_access(path: str) -> str:
    """Say that others may put another file in the place of this one, as above; "" too if its folder cannot be seen.

    Who may write to a folder may rename there; in one with the sticky bit, only what is their own. What is mounted to
    be read only can be changed by no one here, as a ConfigMap of Kubernetes, whose folder has mode 777.
    """
    links = dict.fromkeys((os.path.abspath(path), os.path.realpath(path)))  # noqa: PTH100
    with suppress(OSError):
        for folder in map(os.path.dirname, links):
            mode = os.stat(folder).st_mode  # noqa: PTH116 - the path as given
            if mode & _BY_OTHERS and not mode & stat.S_ISVTX and not os.statvfs(folder).f_flag & os.ST_RDONLY:
                fix = f"run: chmod go-w {shlex.quote(folder)}"
                return f"can be replaced by others, who may write to its folder (mode {mode & 0o777:03o}); {fix}"
    return ""


# Windows has no such bits: Python shows them set for every file there that can be written.
_BY_OTHERS = 0 if os.name == "nt" else stat.S_IWGRP | stat.S_IWOTH


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | _WITHOUT_WAITING)
