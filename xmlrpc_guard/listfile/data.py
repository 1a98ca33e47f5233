"""The bytes of a list before it is known what is in them: where it begins, and what makes it unusable as a whole."""

import re
from collections.abc import Iterator
from mmap import mmap

from xmlrpc_guard.edges import Pause, go_on
from xmlrpc_guard.errors import SourceError

Data = bytes | mmap
"""The bytes of a file; a large one is not copied onto the heap."""

_BOM = re.compile(rb"\xef\xbb\xbf")
_BEFORE_ALL = re.compile(rb"(?:\xef\xbb\xbf)?\s+|\xef\xbb\xbf")
_BRACKETED = re.compile(rb"\[[0-9A-Fa-f]*[:.][0-9A-Fa-f:.%]*\]")  # an address in brackets, which is not JSON
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)
_MOST_OF_A_HEAD = 1 << 12
_PIECE = 1 << 18  # bytes that are searched in a tenth of a millisecond or two
_LONE_CR = re.compile(rb"\r(?!\n|\Z)")


def check_data(data: Data, source: str) -> int:
    r"""Give where the first byte stands that is neither white space nor a byte order mark.

    SourceError for bytes without one, which is what a failed download leaves, for UTF-16 and for NUL bytes.

    >>> check_data(b"\n 192.0.2.7", "office.txt")
    2
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(source, 1, "is UTF-16; save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise SourceError(source, line_of(data, nul), "has NUL bytes, as a file does after a crash; write it again")
    start = _end_of(_BEFORE_ALL, data)
    if start == len(data):
        raise SourceError(source, 0, "is empty; write a # comment if it should have no entries")
    return start


def markup_error(source: str, data: Data) -> SourceError:
    """Make the error for XML, and for an HTML page, as a service answers whose list has moved."""
    if _HTML.search(data[:_MOST_OF_A_HEAD]):
        return SourceError(source, 1, "looks like an HTML page; fetch the list itself, one entry a line")
    return SourceError(source, 1, "begins as XML does, in no format that is known; fetch the list as text or JSON")


def is_json(data: Data, start: int) -> bool:
    """Return whether the bytes that begin at ``start`` are JSON, if they are a list at all."""
    return data[start : start + 1] in b"{[" and not _BRACKETED.match(data, start)


def check_line_ends(data: Data, source: str, pause: Pause = go_on) -> None:
    """Raise SourceError for a CR that is not before a LF: editors show two lines there, where there is only one."""
    lone = next(_find_lone(data, pause), None)
    if lone:
        problem = "has a CR that is not before a LF; end each line with LF or CRLF"
        raise SourceError(source, line_of(data, lone.start()), problem)


def _find_lone(data: Data, pause: Pause) -> Iterator[re.Match[bytes]]:
    if data.find(b"\r") < 0:  # a tenth of the pattern's time
        return
    for start in range(0, len(data), _PIECE):
        # Each piece begins with the last byte of the one before, at whose end a CR is taken for the last of all.
        lone = _LONE_CR.search(data, max(0, start - 1), start + _PIECE)
        if lone:
            yield lone
        pause()


def decode(data: bytes, source: str, line: int = 1) -> str:
    """Decode UTF-8; SourceError, with the line, for anything else. ``line`` is that of the first byte."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        lines_before = line_of(data, error.start) - 1
        raise SourceError(source, line + lines_before, "is not UTF-8; save it as UTF-8") from None


def skip_bom(data: Data) -> int:
    """Give where the bytes begin, after a byte order mark."""
    return _end_of(_BOM, data)


def line_of(data: Data, position: int) -> int:
    """Give the line of a position, counted from 1."""
    return data[:position].count(b"\n") + 1


def _end_of(pattern: re.Pattern[bytes], data: Data) -> int:
    match = pattern.match(data)
    return match.end() if match else 0
