"""Read the bytes of an address list: one entry a line, or one of the JSON shapes that services publish.

What a line says is not judged here, only that this is a list: an HTML page, a file cut off by a crash, JSON of
another shape are each a SourceError that says what to do.
"""

import json
import re
from collections.abc import Iterator
from mmap import mmap
from typing import Any, NamedTuple

from xmlrpc_guard.errors import SourceError

LONGEST_LINE = 4096
"""The characters of the longest line that a list may have, comment and all."""

_BOM = re.compile(rb"\xef\xbb\xbf")
_BEFORE_ALL = re.compile(rb"(?:\xef\xbb\xbf)?\s+|\xef\xbb\xbf")
_LONE_CR = re.compile(rb"\r(?!\n|\Z)")
_BRACKETED = re.compile(rb"\[[0-9A-Fa-f]*[:.][0-9A-Fa-f:.%]*\]")  # an address in brackets, no JSON


class Listed(NamedTuple):
    """One entry of a list: the line where it stands, counted from 1 (0 where that is unknown), and its text."""

    line: int
    text: str


def read_list(data: bytes, source: str, *, service: str | None = None) -> list[Listed]:
    r"""Give the entries of a list, in order; SourceError, naming ``source``, if the bytes are not a list.

    Lines: one entry each, ``#`` begins a comment, LF or CRLF ends it; a CR elsewhere is an error, since whoever sees
    two lines there would miss that the second belongs to a comment. JSON: an array of texts, or an object with
    the fields of Cloudflare's, Fastly's, CloudFront's or AWS' list; of the last, ``service`` names the part that
    is meant. A list of comments alone has no entries, and so does ``[]``; bytes without even a comment are an
    error, since that is what a failed download leaves behind.

    >>> read_list(b"# the office\n192.0.2.7\n\n2001:db8::/32  # its new line\n", "office.txt")
    [Listed(line=2, text='192.0.2.7'), Listed(line=4, text='2001:db8::/32')]
    >>> read_list(b'{"addresses": ["192.0.2.0/24"], "ipv6_addresses": []}', "fastly.json")
    [Listed(line=1, text='192.0.2.0/24')]
    """
    return list(each_entry(data, source, service=service))


def each_entry(data: bytes | mmap, source: str, *, service: str | None = None) -> Iterator[Listed]:
    """Give the same, one by one: a million entries need not be held at once. A line may prove unusable on the way."""
    _check_bytes(data, source)
    start = _after(_BEFORE_ALL, data)
    if start == len(data):
        raise SourceError(source, 0, "is empty; write a line with a # comment if nobody is meant")
    if data[start : start + 1] == b"<":
        raise SourceError(source, 1, "looks like an HTML page; fetch the list itself")
    if data[start : start + 1] in b"{[" and not _BRACKETED.match(data, start):
        return iter(_read_json(_decoded(data[_after(_BOM, data) :], source, 1), source, service))
    if service is not None:
        raise _without_services(source, service)
    return _read_lines(data, source)


def _check_bytes(data: bytes | mmap, source: str) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(source, 1, "is UTF-16; save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        line = _line_of(data, nul)
        raise SourceError(source, line, "holds NUL bytes, as a file does after a crash; write it again")


def _decoded(data: bytes, source: str, line: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        behind = _line_of(data, error.start) - 1
        raise SourceError(source, line + behind, "is not UTF-8; save it as UTF-8") from None


def _after(pattern: re.Pattern[bytes], data: bytes | mmap) -> int:
    match = pattern.match(data)
    return match.end() if match else 0


def _line_of(data: bytes | mmap, position: int) -> int:
    return data[:position].count(b"\n") + 1


def _read_lines(data: bytes | mmap, source: str) -> Iterator[Listed]:
    lone = _LONE_CR.search(data)
    if lone:
        problem = "has a CR that is not before a LF; end each line with LF or CRLF"
        raise SourceError(source, _line_of(data, lone.start()), problem)
    for number, raw in enumerate(_lines(data), 1):
        line = _decoded(raw, source, number)
        if len(line) > LONGEST_LINE:
            raise SourceError(source, number, f"is longer than {LONGEST_LINE} characters; write one entry a line")
        entry = line.partition("#")[0].strip(" \t\r")
        if entry:
            yield Listed(number, entry)


def _lines(data: bytes | mmap) -> Iterator[bytes]:
    """Give the lines without their ends; nothing but LF ends one."""
    start = _after(_BOM, data)
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield data[start:end]
        start = end + 1


# The objects that are understood: the fields that hold entries, and in each the name of a row's text. A row is the
# text itself under ""; rows that are objects name the service that they belong to.
_OBJECTS = (
    {"result.ipv4_cidrs": "", "result.ipv6_cidrs": ""},  # Cloudflare's API
    {"addresses": "", "ipv6_addresses": ""},  # Fastly
    {"CLOUDFRONT_GLOBAL_IP_LIST": "", "CLOUDFRONT_REGIONAL_EDGE_IP_LIST": ""},
    {"prefixes": "ip_prefix", "ipv6_prefixes": "ipv6_prefix"},  # AWS
)
_ARRAY = {"": ""}
_SHAPES = "an array of texts, or the fields of Cloudflare's, Fastly's, CloudFront's or AWS' list"

Row = tuple[str, str, Any]
"""Where in a document a row stands, the name of its text ("" if it is the text), and the row."""


def _read_json(text: str, source: str, service: str | None) -> list[Listed]:
    document = _parsed(text, source)
    fields = _ARRAY if isinstance(document, list) else _fields(document, source)
    rows = [row for field, key in fields.items() for row in _rows(document, field, key, source)]
    if fields is _OBJECTS[-1]:
        rows = _of_service(rows, source, service)
    elif service is not None:
        raise _without_services(source, service)
    lines = _lines_of_texts(text)
    return [Listed(lines.get(entry, 0), entry) for entry in (_text(row, source) for row in rows)]


def _parsed(text: str, source: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        problem = "ends in the middle of its JSON" if cut else f"is not JSON at column {error.colno} ({error.msg})"
        raise SourceError(source, error.lineno, f"{problem}; fetch or write it again") from None
    except RecursionError:
        raise SourceError(source, 0, f"is JSON nested too deeply; write {_SHAPES}") from None
    except ValueError as error:  # a field that is there twice; a number of too many digits
        raise SourceError(source, 0, f"is JSON that cannot be used ({error}); write {_SHAPES}") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is there twice")
    return fields


def _fields(document: Any, source: str) -> dict[str, str]:
    for fields in _OBJECTS:
        if any(_at(document, field) is not None for field in fields):
            return fields
    raise SourceError(source, 0, f"is JSON, but no list; write {_SHAPES}")


def _at(document: Any, path: str) -> Any:
    """Follow a dotted path of field names; "" is the document itself, and None is for what is absent."""
    for name in path.split(".") if path else ():
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _rows(document: Any, field: str, key: str, source: str) -> list[Row]:
    rows = _at(document, field)
    if not isinstance(rows, list):
        problem = "lacks" if rows is None else "has no array in"
        raise SourceError(source, 0, f"{problem} {field}; fetch it again, or write [] there for none")
    return [(f"{field}[{index}]", key, row) for index, row in enumerate(rows)]


def _text(row: Row, source: str) -> str:
    where, key, value = row
    text = _at(value, key)
    if not isinstance(text, str):
        raise SourceError(source, 0, f"has {text!a:.60} at {where}, which is no text; write {_SHAPES}")
    return text


def _of_service(rows: list[Row], source: str, service: str | None) -> list[Row]:
    of_service = [(_text((where, "service", row), source), (where, key, row)) for where, key, row in rows]
    if service not in dict(of_service):
        known = ", ".join(sorted(dict(of_service)))
        asked = "is of several services" if service is None else f"has no service {service!a:.60}"
        raise SourceError(source, 0, f"{asked}; name one with service=, of {known:.200}")
    return [row for name, row in of_service if name == service]


def _without_services(source: str, service: str) -> SourceError:
    return SourceError(source, 0, f"tells no services apart, but service={service!a:.60} is set; leave that out")


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
