"""Read the bytes of an address list: one entry a line, or one of the JSON shapes that services publish.

First the entries, then what they cover. An HTML page, a file cut off by a crash, JSON of another shape, and an entry
that cannot be read are each a SourceError that names the line and says what to do.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from mmap import mmap
from typing import Any, NamedTuple

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.published import ARRAY, LINES, OBJECTS, Shape
from xmlrpc_guard.ranges import Range, parse_cidr

LONGEST_LINE = 4096
"""The characters of the longest line that a list may have, comment and all."""

SHAPES = (LINES, ARRAY, *OBJECTS)
"""Every shape that a list may have."""

_BOM = re.compile(rb"\xef\xbb\xbf")
_BEFORE_ALL = re.compile(rb"(?:\xef\xbb\xbf)?\s+|\xef\xbb\xbf")
_LONE_CR = re.compile(rb"\r(?!\n|\Z)")
_BRACKETED = re.compile(rb"\[[0-9A-Fa-f]*[:.][0-9A-Fa-f:.%]*\]")  # an address in brackets, which is not JSON


class ListEntry(NamedTuple):
    """One entry of a list: the line where it stands, counted from 1 (0 where that is unknown), and its text."""

    line: int
    text: str


def read_networks(data: bytes | mmap, source: str, *, service: str | None = None) -> tuple[Networks, int]:
    r"""Give the addresses that a list covers, and how many entries it has; SourceError if any of it cannot be used.

    >>> read_networks(b"192.0.2.0/25\n192.0.2.128/25\n", "office.txt")
    (Networks(['192.0.2.0/24']), 2)
    """
    texts = _Texts(iterate_list(data, source, service=service))
    try:
        return Networks(texts), texts.count
    except ConfigurationError as error:
        raise _entry_error(source, ListEntry(texts.line, str(error.value)), error.problem) from None


class _Texts:
    """The texts of entries, one by one; how many there were so far, and the line of the latest."""

    def __init__(self, entries: Iterator[ListEntry]) -> None:
        self._entries = entries
        self.count = self.line = 0

    def __iter__(self) -> Iterator[str]:
        for line, text in self._entries:
            self.count, self.line = self.count + 1, line
            yield text


def read_ranges(data: bytes, source: str) -> list[Range]:
    r"""Give the ranges of a list's entries, sorted and each once; SourceError if any of it cannot be used.

    >>> read_ranges(b"2001:DB8::/32\n192.0.2.7\n192.0.2.7/32\n", "office.txt")[0] == (4, 0xC0000207, 0xC0000207)
    True
    >>> read_ranges(b"192.0.2.7/24\n", "office.txt")
    Traceback (most recent call last):
    xmlrpc_guard.errors.SourceError: office.txt:1: '192.0.2.7/24' has host bits set; write 192.0.2.0/24
    """
    return sorted({each for entry in iterate_list(data, source) for each in read_at_line(entry, source)})


def read_at_line(entry: ListEntry, source: str) -> list[Range]:
    """Give the ranges of one entry of a list: several only if it is a published list's name."""
    try:
        return read_entry(entry.text)
    except ValueError as problem:
        raise _entry_error(source, entry, str(problem)) from None


def _entry_error(source: str, entry: ListEntry, problem: str) -> SourceError:
    return SourceError(source, entry.line, f"{entry.text!a:.100} {problem}")


def read_list(data: bytes, source: str, *, service: str | None = None) -> list[ListEntry]:
    r"""Give the entries of a list, in order, not yet read; SourceError, naming ``source``, if it is not a list.

    Lines: one entry each, ``#`` begins a comment, LF or CRLF ends it; a CR elsewhere is an error, since an editor that
    shows two lines there hides that the second belongs to a comment. JSON: an array of texts, or an object with all
    the fields of Cloudflare's, Fastly's, CloudFront's or AWS' list; of the last, ``service`` names the part to take.
    An address in any other field is an error, since it would be dropped in silence. A list of comments alone has no
    entries, and so does ``[]``; bytes without even a comment are an error, since that is what a failed download leaves.

    >>> read_list(b"# the office\n192.0.2.7\n\n2001:db8::/32  # its new line\n", "office.txt")
    [ListEntry(line=2, text='192.0.2.7'), ListEntry(line=4, text='2001:db8::/32')]
    >>> read_list(b'{"addresses": ["192.0.2.0/24"], "ipv6_addresses": []}', "fastly.json")
    [ListEntry(line=1, text='192.0.2.0/24')]
    """
    return list(iterate_list(data, source, service=service))


def iterate_list(
    data: bytes | mmap, source: str, *, service: str | None = None, shapes: Collection[Shape] = SHAPES
) -> Iterator[ListEntry]:
    """Give the same one by one, so that a million entries need not be held at once; an error may come on the way.

    ``shapes`` are those that the list may have.
    """
    _check_bytes(data, source)
    start = _end_of(_BEFORE_ALL, data)
    if start == len(data):
        raise SourceError(source, 0, "is empty; write a # comment if it should have no entries")
    if data[start : start + 1] == b"<":
        raise SourceError(source, 1, "looks like an HTML page; fetch the list itself")
    if data[start : start + 1] in b"{[" and not _BRACKETED.match(data, start):
        return _read_json(_decode(data[_end_of(_BOM, data) :], source, 1), source, service, shapes)
    _check_shape(LINES, source, service, shapes)
    return _read_lines(data, source)


def _check_bytes(data: bytes | mmap, source: str) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(source, 1, "is UTF-16; save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        raise SourceError(source, _line_of(data, nul), "has NUL bytes, as a file does after a crash; write it again")


def _check_shape(shape: Shape, source: str, service: str | None, shapes: Collection[Shape]) -> None:
    if shape not in shapes:
        expected = " or ".join(each.name for each in shapes)
        raise SourceError(source, 0, f"is {shape.name}, not {expected}; look what is at that address")
    if service is not None and shape.service_key is None:
        raise SourceError(source, 0, f"names no services, but service={service!a:.60} is set; leave that out")


def _decode(data: bytes, source: str, line: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        lines_before = _line_of(data, error.start) - 1
        raise SourceError(source, line + lines_before, "is not UTF-8; save it as UTF-8") from None


def _end_of(pattern: re.Pattern[bytes], data: bytes | mmap) -> int:
    match = pattern.match(data)
    return match.end() if match else 0


def _line_of(data: bytes | mmap, position: int) -> int:
    return data[:position].count(b"\n") + 1


# Lines


def _read_lines(data: bytes | mmap, source: str) -> Iterator[ListEntry]:
    lone = _LONE_CR.search(data)
    if lone:
        problem = "has a CR that is not before a LF; end each line with LF or CRLF"
        raise SourceError(source, _line_of(data, lone.start()), problem)
    for number, raw in enumerate(_split_lines(data), 1):
        line = _decode(raw, source, number)
        if len(line) > LONGEST_LINE:
            raise SourceError(source, number, f"is longer than {LONGEST_LINE} characters; write one entry a line")
        entry = line.partition("#")[0].strip(" \t\r")
        if entry:
            yield ListEntry(number, entry)


def _split_lines(data: bytes | mmap) -> Iterator[bytes]:
    """Give the lines without their ends; nothing but LF ends one."""
    start = _end_of(_BOM, data)
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield data[start:end]
        start = end + 1


# JSON

_ADVICE = "write an array of texts, or the fields of Cloudflare's, Fastly's, CloudFront's or AWS' list"

_ADVICE_ON_OTHERS = "write an array of the texts that you mean"


class _Row(NamedTuple):
    """One row of an array in a document."""

    place: str
    """Where it stands, for errors."""
    value: Any
    key: str
    """The field that holds its text; "" if it is the text."""


def _read_json(text: str, source: str, service: str | None, shapes: Collection[Shape]) -> Iterator[ListEntry]:
    document = _parse_json(text, source)
    shape = ARRAY if isinstance(document, list) else _shape_of(document, source)
    _check_shape(shape, source, service, shapes)
    rows = [row for array, key in shape.arrays.items() for row in _rows(document, array, key, source)]
    if shape.service_key is not None:
        rows = _rows_of_service(rows, shape.service_key, service, source)
    texts = [_text_at(row, row.key, source) for row in rows]
    if others := _places_of_addresses(document, shape.arrays):
        raise SourceError(source, 0, f"is {shape.name}, but has addresses in {others} too; {_ADVICE_ON_OTHERS}")
    lines = _lines_of_texts(text)
    for entry in texts:
        yield ListEntry(lines.get(entry, 0), entry)


def _parse_json(text: str, source: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        problem = "ends in the middle of its JSON" if cut else f"is not JSON at column {error.colno} ({error.msg})"
        raise SourceError(source, error.lineno, f"{problem}; fetch or write it again") from None
    except RecursionError:
        raise SourceError(source, 0, f"is JSON nested too deeply; {_ADVICE}") from None
    except ValueError as error:  # a repeated field; a number of too many digits
        raise SourceError(source, 0, f"is JSON that cannot be used ({error}); {_ADVICE}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a repeated field some readers take the first and others the last.
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is repeated")
    return fields


def _shape_of(document: Any, source: str) -> Shape:
    """Give the shape of an object: the one whose arrays are all there, or the only one that it can be a part of."""
    partial = [shape for shape in OBJECTS if any(_follow(document, array) is not None for array in shape.arrays)]
    for shape in partial:
        if all(_follow(document, array) is not None for array in shape.arrays):
            return shape
    if not partial:
        raise SourceError(source, 0, f"is JSON, but not a list; {_ADVICE}")
    if _places_of_addresses(document, partial[0].arrays):
        # The advice for a part of a list, to write [] for the fields that it lacks, would lose what stands elsewhere.
        places = _places_of_addresses(document, {})
        raise SourceError(source, 0, f"is JSON in no known shape, with addresses in {places}; {_ADVICE_ON_OTHERS}")
    return partial[0]


def _places_of_addresses(document: Any, arrays: Mapping[str, str]) -> str:
    """Name the fields of a document that hold addresses and are not in ``arrays`` of a shape; "" if there are none."""
    read = {(*_split(array), "[]", *_split(key)) for array, key in arrays.items()}
    places = {place: None for place, text in _find_texts(document) if place not in read and _holds_address(text)}
    shown = [".".join(place).replace(".[]", "[]") for place in places]
    return ", ".join(shown if len(shown) <= _MOST_PLACES else [*shown[:_MOST_PLACES], "..."])


_MOST_PLACES = 5  # in an error
_IPV4 = re.compile(r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.])")
_PERHAPS_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]{2,45}(?![\w:.])")  # bounded: a text may be as long as the file


def _holds_address(text: str) -> bool:
    """Return whether an address stands somewhere in a text; a version of four numbers passes for one, and is named."""
    return bool(_IPV4.search(text)) or (":" in text and any(map(parse_cidr, _PERHAPS_IPV6.findall(text))))


def _find_texts(document: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give each text of a document, names of fields included, and its place: field names, and ``[]`` for an array."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while waiting:  # no recursion: a document may be nested as deeply as its parser allows
        place, value = waiting.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, list):
            waiting += [((*place, "[]"), each) for each in reversed(value)]
        elif isinstance(value, dict):
            waiting += [((*place, name), each) for name, each in reversed(value.items())]
            yield from ((place, name) for name in value)


def _split(path: str) -> list[str]:
    return path.split(".") if path else []


def _follow(document: Any, path: str) -> Any:
    """Follow a dotted path of field names; "" is the document itself, and None is for what is absent."""
    for name in _split(path):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _rows(document: Any, array: str, key: str, source: str) -> list[_Row]:
    rows = _follow(document, array)
    if not isinstance(rows, list):
        problem = "lacks" if rows is None else "has no array in"
        raise SourceError(source, 0, f"{problem} {array}; fetch it again, or write [] there for no entries")
    return [_Row(f"{array}[{index}]", row, key) for index, row in enumerate(rows)]


def _text_at(row: _Row, key: str, source: str) -> str:
    text = _follow(row.value, key)
    if not isinstance(text, str):
        raise SourceError(source, 0, f"has {text!a:.60} at {row.place}, which is not text; {_ADVICE}")
    return text


def _rows_of_service(rows: list[_Row], key: str, service: str | None, source: str) -> list[_Row]:
    names = [_text_at(row, key, source) for row in rows]
    if service not in names:
        known = ", ".join(sorted({*names}))
        problem = "lists several services" if service is None else f"has no service {service!a:.60}"
        raise SourceError(source, 0, f"{problem}; name one with service=, of {known:.200}")
    return [row for row, name in zip(rows, names, strict=True) if name == service]


_TEXT_OR_LINE_END = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|\n')


def _lines_of_texts(text: str) -> dict[str, int]:
    """Give the line of each text in a JSON document, the first where there are several."""
    lines: dict[str, int] = {}
    line = 1
    for match in _TEXT_OR_LINE_END.finditer(text):
        if match[1] is None:
            line += 1
        else:  # PHP writes a slash as \/
            lines.setdefault(json.loads(match[0]) if "\\" in match[1] else match[1], line)
    return lines
