"""The lists of a policy, line by line, each with where it comes from."""

from collections.abc import Iterable, Iterator

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.listfile import read_at_line
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import IPV4_MAPPED, Range, cut, format_cidr, subtract
from xmlrpc_guard.render.rule import Line, RuleLines, without_repeats
from xmlrpc_guard.settings.file_entries import make_file
from xmlrpc_guard.settings.written import Entry
from xmlrpc_guard.text import printable


def read_rule_lines(setting: str, entries: Iterable[Entry]) -> RuleLines:
    """Give the CIDRs of a setting's entries, each once; ConfigurationError if a file cannot be read.

    >>> read_rule_lines("deny", [Entry("192.0.64.5", "--deny")])
    (Line(cidr='192.0.64.5/32', origin="'192.0.64.5' of --deny"),)
    """
    return without_repeats(line for entry in entries for line in _read(setting, entry))


def names_file(entry: Entry) -> bool:
    """Return whether an entry names a list file."""
    return str(entry.value).startswith("file:")


def _read(setting: str, entry: Entry) -> Iterable[Line]:
    text = str(entry.value)
    if names_file(entry):
        return _read_file(setting, text)
    return _lines(read_entry(text, setting), f"{text!a} of {entry.origin}{_seen(text)}")


def _seen(name: str) -> str:
    return f", a list last seen in {PUBLISHED[name].seen}" if name in PUBLISHED else ""


def _read_file(setting: str, text: str) -> Iterator[Line]:
    file = make_file(setting, text)
    try:
        entries, written = file.read_entries()
        date = f" of {written:%Y-%m-%d}" if written else ""
        for entry in entries:
            yield from _lines(read_at_line(entry, file.name), f"{file.name}:{entry.line}{date}")
    except SourceError as error:
        raise ConfigurationError(setting, text, str(error)) from None


def _lines(ranges: Iterable[Range], origin: str) -> Iterator[Line]:
    for each in subtract(ranges, [_HOLDS_IPV4]):
        for part in _HALVES if each == _ALL_IPV4 else [each]:
            yield from (Line(format_cidr(cidr), printable(origin)) for cidr in cut(part))


# To the guard a network of IPv6 around this one has no IPv4 in it. HAProxy finds every client of IPv4 there.
_HOLDS_IPV4 = (6, IPV4_MAPPED << 32, (IPV4_MAPPED << 32) + 0xFFFFFFFF)
# Apache reads no network of all addresses.
_ALL_IPV4 = (4, 0, 0xFFFFFFFF)
_HALVES = [(4, 0, 0x7FFFFFFF), (4, 0x80000000, 0xFFFFFFFF)]
