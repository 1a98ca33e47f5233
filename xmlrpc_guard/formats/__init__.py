"""The formats in which services and tools write addresses, and what a file in one of them holds.

A list file is what a guard reads; a file in any other format here is converted into one: whole, or not at all.
"""

import re
from collections.abc import Mapping, Sequence

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import (
    acl,
    apache,
    caddy,
    cisco,
    csf,
    feeds,
    firewalld,
    firewalls,
    hosts,
    iis,
    ipset,
    iptables,
    items,
    keyed,
    nft,
    nginx,
    routers,
    spf,
    tables,
    ufw,
    vcl,
)
from xmlrpc_guard.formats.contents import Contents, FileEntry, Problem, describe_left, read_text
from xmlrpc_guard.formats.item import Format
from xmlrpc_guard.formats.unread import describe_foreign
from xmlrpc_guard.listfile import iterate_list
from xmlrpc_guard.listfile.data import Data, check_data, check_line_ends, decode, is_json, markup_error, skip_bom
from xmlrpc_guard.listfile.entry import ListEntry, entry_error
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import parse_cidr, parse_ends

__all__ = ["FORMATS", "NAMES", "Contents", "FileEntry", "Problem", "convert", "describe_left", "is_lines", "read_file"]

LINES, JSON = "lines", "json"
"""The formats of a list file, which a guard reads."""

_MODULES = (
    *(nginx, apache, acl, vcl, caddy, keyed, hosts, iis),
    *(ipset, iptables, ufw, firewalld, csf, nft, firewalls),
    *(cisco, routers, feeds, tables, spf, items),
)

FORMATS: Mapping[str, Format] = {each.name: each for module in _MODULES for each in module.FORMATS}
"""The others, by name."""

NAMES = (LINES, JSON, *FORMATS)
"""The names of all formats."""

_MOST_LOOKED_AT = 1 << 16
"""The characters from the beginning of a file by which its format is found out, if they are enough."""


def convert(data: Data, source: str, format_: str | None = None, fields: Sequence[str] = ()) -> Contents:
    """Read a file that has nothing wrong with it; SourceError, with the first line that has, for any other.

    >>> contents = convert(b"location = /xmlrpc.php { allow 192.0.64.0/18; deny all; }", "site.conf")
    >>> contents.format, len(contents.entries), [*contents.left]
    ("nginx' allow and deny", 1, ['other directives', "'deny all', which refuses all the rest"])
    """
    contents = read_file(data, source, format_, fields)
    for line, problem in contents.problems:
        raise SourceError(source, line, problem)
    return contents


def read_file(data: Data, source: str, format_: str | None = None, fields: Sequence[str] = ()) -> Contents:
    """Read what a file holds, problems included.

    ``format_`` is the name of its format, by default the one that it looks like. ``fields`` are the parts that are
    meant: paths into a JSON document, names of sets, variables or blocks. SourceError for a file that cannot be read as
    a whole, as when it is HTML, or is in two formats or has several parts and none is named.
    """
    start = check_data(data, source)
    if format_ is None:
        format_ = _find_format(data, start, source)
    if format_ in (LINES, JSON):
        if (format_ == JSON) is not is_json(data, start):
            raise SourceError(source, 0, f"is not {_TITLES[format_]}; name another format, or none")
        contents = _read_list(format_, data, source, fields)
    else:
        check_line_ends(data, source)
        contents = read_text(FORMATS[format_], decode(data[skip_bom(data) :], source), source, fields)
    if format_ != JSON:
        _leave_comments(data, contents)
    contents.problems.sort(key=lambda problem: problem.line)
    return contents


def is_lines(data: Data) -> bool:
    """Return whether a file looks like lines of entries, which have no parts and no other format."""
    return _begins_with_entry(data, skip_bom(data))


def _find_format(data: Data, start: int, source: str) -> str:
    if _begins_with_entry(data, start):
        rule = csf.RULE.search(data[start : start + _MOST_LOOKED_AT].decode("ascii", "replace"))
        return csf.FORMATS[0].name if rule else LINES
    text = decode(data[skip_bom(data) :], source)
    found = _find_in_text(text, json=is_json(data, start))
    if len(found) > 1:
        problem = f"has what {' and '.join(found)} have; name the format that is meant with --format"
        raise SourceError(source, 0, problem)
    if found:
        return found[0]
    if data[start : start + 1] == b"<":
        raise markup_error(source, data)
    if unread := describe_foreign(text):
        raise SourceError(source, *unread)
    return LINES


def _find_in_text(text: str, *, json: bool) -> list[str]:
    """Give the formats that a text looks like; ``json`` says that it begins as JSON does."""
    # The beginning of a long file is enough as a rule, and spares a search of all of it for each format. What comes
    # later is never looked at alone: a line in the middle of JSON may be one of CSV.
    beginning = text[:_MOST_LOOKED_AT]
    found = _formats_of(beginning) or [JSON] * json or _formats_of(beginning, last=True)
    if not found and len(text) > _MOST_LOOKED_AT:
        found = _formats_of(text) or _formats_of(text, last=True)
    return found


def _formats_of(text: str, *, last: bool = False) -> list[str]:
    return [name for name, each in FORMATS.items() if each.is_last is last and each.pattern.search(text)]


_FIRST_LINE = re.compile(rb"(?:[ \t]*(?:[#;][^\n]*|\r)?\n)*([^\n]*)")


def _begins_with_entry(data: Data, start: int) -> bool:
    """Return whether the first line from ``start`` that is not a comment is an entry, or every line is a comment."""
    match = _FIRST_LINE.match(data, start)
    line = (match[1] if match else b"").decode("ascii", "replace")
    entry = re.split("[#;]", line)[0].strip(" \t\r")
    return not entry or entry in PUBLISHED or bool(parse_cidr(entry) or parse_ends(entry))


def _read_list(format_: str, data: Data, source: str, fields: Sequence[str]) -> Contents:
    """Read a list file; its entries may be names of published lists."""
    if format_ == LINES and fields:
        raise SourceError(source, 0, f"is lines of text, which has no part {fields[0]!a:.60}; leave that out")
    contents = Contents(_TITLES[format_], is_list=True)
    for field in fields or (None,):
        for entry in iterate_list(data, source, field=field):
            _take(entry, contents, source)
    return contents


_TITLES = {LINES: "lines of entries", JSON: "JSON"}
_COMMENT = re.compile(rb"^[ \t]*(?:#|;|//|--[ \t])", re.MULTILINE)


def _leave_comments(data: Data, contents: Contents) -> None:
    line, counted = 1, 0
    for match in _COMMENT.finditer(data):
        line, counted = line + data[counted : match.start()].count(b"\n"), match.start()
        contents.leave("comments", line)


def _take(entry: ListEntry, contents: Contents, source: str) -> None:
    line, text = entry
    try:
        ranges = read_entry(text)
    except ValueError as problem:
        contents.problems.append(Problem(line, entry_error(source, entry, str(problem)).problem))
        return
    name = text if text in PUBLISHED else ""
    contents.entries += [FileEntry(line, each, name) for each in ranges]
