"""``xmlrpc-guard ranges show``, ``diff`` and ``check``: look at lists, change nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from xmlrpc_guard.cli.output import print_lines, print_problem
from xmlrpc_guard.cli.ranges.files import STANDARD_INPUT, format_flags, load_bytes, load_file, name_of
from xmlrpc_guard.cli.status import REFUSED
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import read_file
from xmlrpc_guard.published import PUBLISHED, published_entries
from xmlrpc_guard.ranges import Range, collapse, format_range
from xmlrpc_guard.text import format_entries
from xmlrpc_guard.updates.changes import compare
from xmlrpc_guard.updates.header import read_date
from xmlrpc_guard.updates.review import Finding, FindingKind, review, summarize


@click.command(
    "show",
    short_help="Show a list's date, age and entries.",
    epilog="\b\nExample: xmlrpc-guard ranges show jetpack",
)
@click.argument("name", required=False, metavar="[NAME|FILE|-]")
@format_flags
def show_list(name: str | None, format_: str | None, fields: Sequence[str]) -> int:
    """Show the date, age and entries of a list: the published list NAME as this package has it, or a file.

    What is printed is a list file itself. Without an argument, one line for each published list.
    """
    if name is None:
        print_lines([_summarize_published(each) for each in PUBLISHED])
    elif name in PUBLISHED:
        print_lines([f"# {_summarize_published(name)}", *map(format_range, published_entries(name))])
    else:
        data, contents = load_file(name, format_, fields)
        entries = sorted({entry.range for entry in contents.entries})
        print_lines([f"# {_summarize(name, entries, _date_of(data, name))}", *map(format_range, entries)])
    return 0


def _summarize_published(name: str) -> str:
    # A date that is cut to its year or month is taken as its first day: the list is that old at most.
    listed = PUBLISHED[name]
    day = datetime.fromisoformat(f"{listed.seen}-01-01"[:10]).replace(tzinfo=UTC)
    return (
        f"{_count_by_family(name, listed.entries)}; dated {listed.seen} (at most {_describe_age(day)}); {listed.source}"
    )


def _summarize(name: str, entries: list[Range], when: datetime | None) -> str:
    dated = f"; dated {when:%Y-%m-%d %H:%M} UTC ({_describe_age(when)})" if when else ""
    return f"{_count_by_family(name_of(name), entries)}{dated}"


def _count_by_family(name: str, entries: list[Range]) -> str:
    ipv4 = sum(version == 4 for version, _, _ in entries)  # noqa: PLR2004 - the IP version
    return f"{name}: {format_entries(len(entries))} ({ipv4} IPv4, {len(entries) - ipv4} IPv6)"


def _describe_age(when: datetime) -> str:
    hours = int((datetime.now(UTC) - when).total_seconds()) // 3600
    if hours < 0:
        return "in the future by this clock"
    if hours >= 48:  # noqa: PLR2004 - two days
        return f"{hours // 24} days old"
    return "1 hour old" if hours == 1 else f"{hours} hours old"


def _date_of(data: bytes, path: str) -> datetime | None:
    """Give the date in a list's header, or the file's own if there is none; standard input has none."""
    try:
        return datetime.fromisoformat(read_date(data) or "").astimezone(UTC)
    except (ValueError, OverflowError):  # not a date; one that is before year 1 in UTC
        return None if path == STANDARD_INPUT else datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)


@click.command(
    "diff",
    short_help="Compare two lists.",
    epilog="\b\nExample: xmlrpc-guard ranges diff jetpack /etc/xmlrpc-guard/jetpack.txt",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@format_flags
def diff_lists(old: str, new: str, format_: str | None, fields: Sequence[str]) -> int:
    """Compare two lists, each a published list's name, a file, or - for standard input.

    Exit 0 if they cover the same addresses, in however many ranges; 1 if not, 2 if a list cannot be read. --format and
    --field are for each that is not one entry a line.
    """
    if old == new == STANDARD_INPUT:
        raise click.UsageError("standard input is one list; name a file for the other")
    ranges = [_load_ranges(each, format_, fields) for each in (old, new)]
    changes = compare(*map(collapse, ranges))
    print_lines(changes.lines)
    return 1 if changes.lines else 0


def _load_ranges(name: str, format_: str | None, fields: Sequence[str]) -> list[Range]:
    if name in PUBLISHED:
        return published_entries(name)
    _, contents = load_file(name, format_, fields, lines_too=True)
    return [entry.range for entry in contents.entries]


@click.command(
    "check",
    short_help="Find mistakes in a list, line by line.",
    epilog="\b\nExample: xmlrpc-guard ranges check /etc/xmlrpc-guard/office.txt",
)
@click.argument("file", metavar="FILE|-")
@format_flags
def check_list(file: str, format_: str | None, fields: Sequence[str]) -> int:
    """Find mistakes in FILE; exit 0 if it can be used, 1 if not, 2 if it cannot be opened.

    Lines that cannot be used (host bits set, and so on) are named with what to write instead. Duplicates, ranges
    within others, and ranges that make up a wider one are named too, or summed up if there are many; they do no harm.
    A file in a format of another tool can be used once it is converted, and its first line says so.
    """
    name = name_of(file)
    try:
        data = load_bytes(file)
    except SourceError as error:
        print_problem(error)
        return REFUSED
    findings = _review(data, name, format_, fields)
    print_lines([str(SourceError(name, line, text)) for line, text, _ in findings])
    fatal = sum(finding.fatal for finding in findings)
    if not fatal:
        return 0
    print_problem(f"{name}: is refused for {fatal} reason{'s' * (fatal > 1)}")
    return REFUSED


def _review(data: bytes, name: str, format_: str | None, fields: Sequence[str]) -> list[Finding]:
    try:
        contents = read_file(data, name, format_, fields)
    except SourceError as error:
        return [Finding(error.line, error.problem)]
    note = f"has {contents.format}; a guard takes what ranges convert makes of it"
    return [*([] if contents.is_list else [Finding(0, note, FindingKind.FORMAT)]), *summarize(review(contents))]
