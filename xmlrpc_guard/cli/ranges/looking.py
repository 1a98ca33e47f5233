"""``xmlrpc-guard ranges show``, ``diff`` and ``check``: look at lists, change nothing."""

from datetime import UTC, datetime
from pathlib import Path

import click

from xmlrpc_guard.cli.ranges.telling import counted, listed, refused, told
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import LARGEST_LIST, read_regular
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import Range, collapse
from xmlrpc_guard.updates.blocks import published_blocks, read_blocks
from xmlrpc_guard.updates.header import fetched
from xmlrpc_guard.updates.judge import difference
from xmlrpc_guard.updates.review import review


@click.command(short_help="Show a list's entries, date and age.")
@click.argument("name", required=False, metavar="[NAME|FILE]")
def show(name: str | None) -> int:
    """Show the list that the package holds by NAME, or that is in FILE: when it is of, how old, and its entries.

    Without an argument, the packaged lists in a line each.
    """
    if name is None:
        told([_summary_of_published(published) for published in PUBLISHED])
        return 0
    if name in PUBLISHED:
        told([_summary_of_published(name), *listed(published_blocks(name))])
        return 0
    data, blocks = _list_in(name)
    told([_summary(name, blocks, _date_of(data, name)), *listed(blocks)])
    return 0


def _summary_of_published(name: str) -> str:
    # A date cut to its year or month is taken for its first day: the list is that old at most.
    seen = PUBLISHED[name].seen
    day = datetime.fromisoformat(f"{seen}-01-01"[:10]).replace(tzinfo=UTC)
    return f"{_counts(name, published_blocks(name))}; of {seen}, {_age(day)} at most; {PUBLISHED[name].source}"


def _summary(name: str, blocks: list[Range], when: datetime) -> str:
    return f"{_counts(name, blocks)}; of {when:%Y-%m-%d %H:%M} UTC, {_age(when)}"


def _counts(name: str, blocks: list[Range]) -> str:
    of_ipv4 = sum(version == 4 for version, _, _ in blocks)  # noqa: PLR2004 - the IP version
    return f"{name}: {counted(blocks)} ({of_ipv4} of IPv4, {len(blocks) - of_ipv4} of IPv6)"


def _age(when: datetime) -> str:
    hours = int((datetime.now(UTC) - when).total_seconds()) // 3600
    if hours < 0:
        return "dated ahead of this clock"
    return f"{hours} hours old" if hours < 48 else f"{hours // 24} days old"  # noqa: PLR2004 - two days


def _date_of(data: bytes, path: str) -> datetime:
    """Give the date of a list: its header's, else the file's."""
    try:
        return datetime.fromisoformat(fetched(data) or "").astimezone(UTC)
    except (ValueError, OverflowError):  # no date; one that is before year 1 in UTC
        return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)


@click.command(short_help="Compare two lists.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
def diff(old: str, new: str) -> int:
    """Compare two lists, each a packaged list's name or a file; exit 0 if they are the same, 1 if not, 2 on trouble.

    They are the same if they cover the same addresses, in however many ranges.
    """
    changes = difference(collapse(_blocks_in(old)), collapse(_blocks_in(new)))
    told(changes.lines)
    return 1 if changes.lines else 0


def _blocks_in(name: str) -> list[Range]:
    return published_blocks(name) if name in PUBLISHED else _list_in(name)[1]


def _list_in(path: str) -> tuple[bytes, list[Range]]:
    try:
        data = _read(path)
        return data, read_blocks(data, path)
    except SourceError as error:
        raise click.ClickException(str(error)) from None


def _read(path: str) -> bytes:
    """Read what a guard would, as it would; SourceError for what it does not read, such as a FIFO."""
    try:
        return read_regular(path, LARGEST_LIST).data[:-1]
    except OSError as error:
        raise click.ClickException(f"cannot read {path}: {error.strerror}") from None


@click.command(short_help="Find what is odd about a list, line by line.")
@click.argument("file", metavar="FILE")
def check(file: str) -> int:
    """Find what is odd about FILE; exit 0 if a guard takes it, 1 if not, 2 if it cannot be read.

    Lines that cannot be used (host bits set, and so on) are named with what to write instead. Duplicates, ranges
    within others, and ranges that make up a wider one are named too; they do no harm.
    """
    try:
        findings = review(_read(file), file)
    except SourceError as error:
        return refused(error)
    told([str(SourceError(file, line, text)) for line, text, _ in findings])
    fatal = sum(finding.fatal for finding in findings)
    return refused(f"{file}: a guard refuses it for {fatal} reason{'s' * (fatal > 1)}") if fatal else 0
