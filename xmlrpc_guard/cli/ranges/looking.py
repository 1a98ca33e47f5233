"""``xmlrpc-guard ranges show``, ``diff`` and ``check``: look at lists, change nothing."""

from datetime import UTC, datetime
from pathlib import Path

import click

from xmlrpc_guard.cli.output import print_lines, print_problem
from xmlrpc_guard.cli.status import REFUSED
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import LARGEST_LIST, read_regular
from xmlrpc_guard.listfile import read_ranges
from xmlrpc_guard.published import PUBLISHED, published_entries
from xmlrpc_guard.ranges import Range, collapse, format_range
from xmlrpc_guard.updates.changes import compare
from xmlrpc_guard.updates.header import count_entries, read_date
from xmlrpc_guard.updates.review import review


@click.command(
    "show",
    short_help="Show a list's date, age and entries.",
    epilog="\b\nExample: xmlrpc-guard ranges show jetpack",
)
@click.argument("name", required=False, metavar="[NAME|FILE]")
def show_list(name: str | None) -> int:
    """Show the date, age and entries of a list: the published list NAME as this package has it, or FILE.

    What is printed is a list file itself. Without an argument, one line for each published list.
    """
    if name is None:
        print_lines([_summarize_published(each) for each in PUBLISHED])
    elif name in PUBLISHED:
        print_lines([f"# {_summarize_published(name)}", *map(format_range, published_entries(name))])
    else:
        data, entries = _load_file(name)
        print_lines([f"# {_summarize(name, entries, _date_of(data, name))}", *map(format_range, entries)])
    return 0


def _summarize_published(name: str) -> str:
    # A date that is cut to its year or month is taken as its first day: the list is that old at most.
    listed = PUBLISHED[name]
    day = datetime.fromisoformat(f"{listed.seen}-01-01"[:10]).replace(tzinfo=UTC)
    return (
        f"{_count_by_family(name, listed.entries)}; dated {listed.seen} (at most {_describe_age(day)}); {listed.source}"
    )


def _summarize(name: str, entries: list[Range], when: datetime) -> str:
    return f"{_count_by_family(name, entries)}; dated {when:%Y-%m-%d %H:%M} UTC ({_describe_age(when)})"


def _count_by_family(name: str, entries: list[Range]) -> str:
    ipv4 = sum(version == 4 for version, _, _ in entries)  # noqa: PLR2004 - the IP version
    return f"{name}: {count_entries(entries)} ({ipv4} IPv4, {len(entries) - ipv4} IPv6)"


def _describe_age(when: datetime) -> str:
    hours = int((datetime.now(UTC) - when).total_seconds()) // 3600
    if hours < 0:
        return "in the future by this clock"
    if hours >= 48:  # noqa: PLR2004 - two days
        return f"{hours // 24} days old"
    return "1 hour old" if hours == 1 else f"{hours} hours old"


def _date_of(data: bytes, path: str) -> datetime:
    """Give the date in a list's header, or the file's own if there is none."""
    try:
        return datetime.fromisoformat(read_date(data) or "").astimezone(UTC)
    except (ValueError, OverflowError):  # not a date; one that is before year 1 in UTC
        return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)


@click.command(
    "diff",
    short_help="Compare two lists.",
    epilog="\b\nExample: xmlrpc-guard ranges diff jetpack /etc/xmlrpc-guard/jetpack.txt",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def diff_lists(old: str, new: str) -> int:
    """Compare two lists, each a published list's name or a file.

    Exit 0 if they cover the same addresses, in however many ranges; 1 if not, 2 if a list cannot be read.
    """
    changes = compare(collapse(_load_ranges(old)), collapse(_load_ranges(new)))
    print_lines(changes.lines)
    return 1 if changes.lines else 0


def _load_ranges(name: str) -> list[Range]:
    return published_entries(name) if name in PUBLISHED else _load_file(name)[1]


def _load_file(path: str) -> tuple[bytes, list[Range]]:
    try:
        data = _load_bytes(path)
        return data, read_ranges(data, path)
    except SourceError as error:
        raise click.ClickException(str(error)) from None


def _load_bytes(path: str) -> bytes:
    """Read what a guard would, as it would; SourceError for what it does not read, such as a FIFO."""
    try:
        return read_regular(path, LARGEST_LIST).data[:-1]
    except OSError as error:
        raise click.ClickException(f"cannot read {path}: {error.strerror}") from None


@click.command(
    "check",
    short_help="Find mistakes in a list, line by line.",
    epilog="\b\nExample: xmlrpc-guard ranges check /etc/xmlrpc-guard/office.txt",
)
@click.argument("file", metavar="FILE")
def check_list(file: str) -> int:
    """Find mistakes in FILE; exit 0 if a guard takes the list, 1 if not, 2 if it cannot be opened.

    Lines that cannot be used (host bits set, and so on) are named with what to write instead. Duplicates, ranges
    within others, and ranges that make up a wider one are named too; they do no harm.
    """
    try:
        findings = review(_load_bytes(file), file)
    except SourceError as error:
        print_problem(error)
        return REFUSED
    print_lines([str(SourceError(file, line, text)) for line, text, _ in findings])
    fatal = sum(finding.fatal for finding in findings)
    if not fatal:
        return 0
    print_problem(f"{file}: a guard refuses it for {fatal} reason{'s' * (fatal > 1)}")
    return REFUSED
