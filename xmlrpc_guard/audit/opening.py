"""Opening logs: plain, compressed, standard input; and a rotated set in the order of its times."""

import bz2
import gzip
import lzma
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from importlib import import_module
from io import BufferedReader
from typing import Any, NamedTuple, cast

from xmlrpc_guard.errors import SourceError

STANDARD_INPUT = "-"
BLOCK = 1 << 16
"""Bytes that are read at a time: they and a copy stay in a processor's cache, and malloc keeps such pieces at hand."""
LONGEST_LINE = 16 << 20
_ROTATED = re.compile(
    r"(?P<base>.+?)(?:[.-](?P<number>\d{1,10})(?:-\d+)?)?(?P<ending>[.](?:gz|bz2|xz|zst))?", re.DOTALL
)
_DATES = 5  # digits: more of them are a date, and fewer the number of rotations


# What a compressed file that is cut short, or damaged, raises while it is read.
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError)


def name_of(path: str) -> str:
    """Give what messages call a log."""
    return "standard input" if path == STANDARD_INPUT else path


def is_standard_input(path: str) -> bool:
    """Return whether a path stands for standard input: ``-``, ``/dev/stdin``, or the file that is given there."""
    if path == STANDARD_INPUT:
        return True
    try:
        return os.path.samestat(os.stat(path), os.fstat(sys.stdin.fileno()))  # noqa: PTH116 - the path as given
    except (OSError, ValueError, AttributeError):  # no such file, or nothing on standard input
        return False


def in_order(paths: Iterable[str]) -> list[str]:
    """Put each rotated set among some logs in the order of time; others stay where they are.

    ``access.log.2.gz`` is older than ``access.log.1``, which is older than ``access.log``; dates grow.

    >>> in_order(["access.log", "access.log.1", "access.log.10.gz", "other.log", "access.log.2.gz"])
    ['access.log.10.gz', 'access.log.2.gz', 'access.log.1', 'access.log', 'other.log']
    >>> in_order(["a.log-20261129", "a.log", "a.log-20261128.gz"])
    ['a.log-20261128.gz', 'a.log-20261129', 'a.log']
    """
    given = list(dict.fromkeys(paths))
    first = {base: at for at, base in reversed([*enumerate(map(_base, given))])}
    return sorted(given, key=lambda path: (first[_base(path)], _age(path)))


def _base(path: str) -> str:
    return cast("re.Match[str]", _ROTATED.fullmatch(path))["base"]


def _age(path: str) -> tuple[int, int]:
    number = cast("re.Match[str]", _ROTATED.fullmatch(path))["number"]
    if number is None:
        return 1, 0
    return 0, int(number) if len(number) >= _DATES else -int(number)


class OpenLog(NamedTuple):
    """A log that is open: its bytes as they were before compression, and the file on the disk."""

    content: BufferedReader
    file: BufferedReader

    def blocks(self) -> Iterator[bytes]:
        """Give the content in blocks that end where lines do; a line without an end is cut where it gets too long."""
        rest, goes_back = b"", self.content is self.file and self.file.seekable()
        while chunk := self.content.read1(BLOCK):
            end = chunk.rfind(b"\n") + 1
            if not end and len(rest) < LONGEST_LINE:
                rest += chunk
                continue
            end = end or len(chunk)
            yield rest + chunk[:end]
            rest = b"" if goes_back else chunk[end:]
            if goes_back:  # to read the begin of a line once more takes less than to copy a whole block after it
                self.file.seek(end - len(chunk), os.SEEK_CUR)
        if rest:
            yield rest

    def blocks_between(self, start: int, end: int) -> Iterator[bytes]:
        """Give the lines of a plain file that begin from byte ``start`` on and before byte ``end``."""
        self.file.seek(max(0, start - 1))
        if start:
            self.file.readline()  # the end of the line before, which is the byte before at least
        while (left := end - self.file.tell()) > 0 and (block := self.file.read(min(BLOCK, left))):
            whole = block.rfind(b"\n") + 1
            if whole and len(block) < left:
                self.file.seek(whole - len(block), os.SEEK_CUR)
                yield block[:whole]
            else:
                yield block if whole == len(block) else block + self.file.readline()


def take_head(blocks: Iterator[bytes], lines: int) -> tuple[bytes, Iterator[bytes]]:
    """Take so many lines at least from the beginning of blocks, if there are so many; give them, and what is left.

    A pipe may give a line at a time, and what the first lines show must not depend on that. What ends the reading
    early, as Ctrl-C does, is raised by what is left.
    """
    head = b""
    try:
        while head.count(b"\n") < lines and len(head) < _LONGEST_HEAD and (block := next(blocks, b"")):
            head += block
    except (*BROKEN, KeyboardInterrupt) as error:
        if not head:
            raise
        return head, _raising(error)
    return head, blocks


def _raising(error: BaseException) -> Iterator[bytes]:
    yield b""
    raise error


_LONGEST_HEAD = 8 << 20


def open_log(path: str) -> OpenLog:
    """Open a log for reading bytes; SourceError if it cannot be opened. What it is compressed with, its bytes say."""
    try:
        file = _open_plain(path)
        magic = file.peek(6)[:6]
    except OSError as error:
        raise SourceError(name_of(path), 0, f"cannot be read ({error.strerror or error}); name another file") from None
    opener = next((opener for start, opener in _COMPRESSED.items() if magic.startswith(start)), None)
    with ExitStack() as opened:
        opened.callback(file.close)
        log = OpenLog(opener(file) if opener else file, file)
        opened.pop_all()
    return log


def read_lines(path: str) -> Iterator[bytes]:
    """Give the lines of a log; SourceError if it cannot be opened, or breaks off."""
    log = open_log(path)
    with log.content, log.file:
        try:
            for block in log.blocks():
                yield from block.split(b"\n")
        except BROKEN as error:
            raise SourceError(name_of(path), 0, f"breaks off ({error}); name another file") from None


def _open_plain(path: str) -> Any:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer
    return open(path, "rb", buffering=BLOCK)  # noqa: PTH123 - the path as given; the caller closes it


def _open_zst(file: BufferedReader) -> BufferedReader:
    for name in ("compression.zstd", "backports.zstd"):  # the first is in Python from 3.14 on
        try:
            module = import_module(name)
        except ModuleNotFoundError:
            continue
        return cast("BufferedReader", module.ZstdFile(file))
    raise SourceError(
        str(getattr(file, "name", "-")), 0, "is compressed with zstd; run: pip install 'xmlrpc_guard[zstd]'"
    )


_COMPRESSED: dict[bytes, Callable[[BufferedReader], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _open_zst,
}


def size_of(path: str) -> int | None:
    """Give the bytes of a file as they are on the disk; None for what has no size."""
    try:
        return None if path == STANDARD_INPUT else os.stat(path).st_size or None  # noqa: PTH116 - the path as given
    except OSError:
        return None
