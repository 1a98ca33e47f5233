"""Feeds of one record a line: Tor's exits, PeerGuardian's and eMule's block lists, and the registries' statistics."""

import re
from collections import Counter
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_strictly
from xmlrpc_guard.ranges import Range, format_address, parse_cidr


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that are neither empty nor comments, with their numbers."""
    for number, line in numbered_lines(text):
        content = line.strip()
        if content and not content.startswith("#"):
            yield number, content


# Tor


def read_tor(text: str) -> Iterator[Item]:
    """Give the addresses that exits of Tor connect from."""
    for line, content in _lines(text):
        word, _, rest = content.partition(" ")
        if word == "ExitAddress":
            yield Row(line, rest.partition(" ")[0])
        elif word in ("ExitNode", "Published", "LastStatus", "Downloaded", "@type"):
            yield Left(line, "what else is known of an exit")
        else:
            yield Refused(line, f"{content!a:.60} is not a line of exit addresses; fetch the list again")


# PeerGuardian's .p2p, eMule's .dat

_DAT = re.compile(r"(?P<range>[0-9.]+\s*-\s*[0-9.]+)\s*,\s*(?P<level>[0-9]{1,9})\s*,.*")
_LAST_BLOCKED = 127  # the access level above which eMule lets an address in


def read_p2p(text: str) -> Iterator[Item]:
    """Give the ranges of ``label:first-last``."""
    for line, content in _lines(text):
        yield Row(line, content.rpartition(":")[2])


def read_dat(text: str) -> Iterator[Item]:
    """Give the ranges of ``first - last , level , label``; a level that lets an address in is an exception."""
    for line, content in _lines(text):
        match = _DAT.fullmatch(content)
        if not match:
            yield Refused(line, f"{content!a:.60} is not a range, a level and a label; fetch the list again")
        elif int(match["level"]) > _LAST_BLOCKED:
            yield exception(line, content, why="is an exception, its level being above 127")
        else:
            yield Row(line, match["range"])


def read_padded(text: str) -> Range:
    """Read a range whose octets are padded with zeros, which count as decimal.

    >>> read_padded("001.000.002.000 - 001.000.002.255") == read_strictly("1.0.2.0/24")
    True
    """
    return read_strictly(re.sub(r"(?<![0-9])0{1,2}(?=[0-9])", "", text))


# The registries' delegated-extended statistics

_VERSION = re.compile(r"2(?:\.\d+)?\|[a-z]+\|.*")
_COUNT = re.compile("[0-9]{1,10}")
_LAST_IPV4 = 0xFFFFFFFF
_GIVEN = frozenset(("allocated", "assigned"))


def read_delegated(text: str) -> Iterator[Item]:
    """Give the ranges that a registry has given out, by country; a file with fewer records than it says is cut off."""
    announced: dict[str, int] = {}
    counted: Counter[str] = Counter()
    line = 0
    for line, content in _lines(text):
        fields = content.split("|")
        if fields[-1] == "summary" and len(fields) > 4:  # noqa: PLR2004 - registry, *, type, *, count
            announced[fields[2]] = int(fields[4]) if _COUNT.fullmatch(fields[4]) else -1
        elif _VERSION.fullmatch(content):
            yield Left(line, "what describes the file")
        elif len(fields) < 7:  # noqa: PLR2004 - registry, country, type, start, value, date, status
            yield Refused(line, f"{content!a:.60} is not a record; fetch the file again")
        else:
            counted[fields[2]] += 1
            yield _read_record(line, fields)
    for kind, number in announced.items():
        if counted[kind] != number:
            yield Refused(line, f"has {counted[kind]} records of {kind}, not the {number} that it says; fetch it again")


def _read_record(line: int, fields: list[str]) -> Item:
    _, country, kind, start, value, _, status, *_ = fields
    first = parse_cidr(start)
    if kind not in ("ipv4", "ipv6") or status not in _GIVEN:
        return Left(line, "records of what is not given out, or of AS numbers")
    number = int(value) if _COUNT.fullmatch(value) else -1
    last = first[1] + number - 1 if first and kind == "ipv4" else 0
    if not first or number < 0 or not 0 <= last <= _LAST_IPV4:
        return Refused(line, f"{'|'.join(fields)!a:.60} is not a record; fetch the file again", country)
    if kind == "ipv6":
        return Row(line, f"{start}/{value}", country)
    return Row(line, f"{start}-{format_address(4, last)}", country)


FORMATS = (
    Format("tor", "Tor's exit addresses", re.compile(r"^ExitAddress[ \t]+[0-9A-Fa-f.:]+[ \t]", re.MULTILINE), read_tor),
    Format(
        "p2p",
        "PeerGuardian's lists",
        re.compile(r"^[^#\n]*:[0-9]+(?:\.[0-9]+){3}-[0-9]+(?:\.[0-9]+){3}[ \t\r]*$", re.MULTILINE),
        read_p2p,
    ),
    Format(
        "dat",
        "eMule's lists",
        re.compile(r"^[0-9]+(?:\.[0-9]+){3}[ \t]*-[ \t]*[0-9]+(?:\.[0-9]+){3}[ \t]*,[ \t]*[0-9]+[ \t]*,", re.MULTILINE),
        read_dat,
        read_padded,
    ),
    Format(
        "delegated",
        "a registry's statistics",
        re.compile(r"^[a-z]+\|[A-Z*]*\|(?:ipv4|ipv6|asn)\|", re.MULTILINE),
        read_delegated,
    ),
)
