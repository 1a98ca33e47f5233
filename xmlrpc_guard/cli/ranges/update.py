"""``xmlrpc-guard ranges update``: fetch a published list, judge it, and put it in the place of the old one."""

from datetime import UTC, datetime

import click

from xmlrpc_guard.cli.ranges.telling import counted, refused, told
from xmlrpc_guard.entries import Range
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.ranges.blocks import read_blocks
from xmlrpc_guard.ranges.feeds import FEEDS, Feed, read_feed
from xmlrpc_guard.ranges.fetch import PATIENCE, FetchError, fetch
from xmlrpc_guard.ranges.judge import difference, doubts
from xmlrpc_guard.ranges.replace import read_standing, replace
from xmlrpc_guard.ranges.written import written


@click.command(short_help="Fetch a published list and replace a file with it.")
@click.argument("name", type=click.Choice(list(FEEDS)))
@click.option("--output", required=True, metavar="FILE", help="The file to replace, or to make.")
@click.option("--url", "urls", multiple=True, metavar="URL", help="Fetch from here instead; repeat it to join lists.")
@click.option("--ca-file", metavar="FILE", help="Trust these authorities (PEM) instead of the system's.")
@click.option("--service", metavar="NAME", help="Of aws, take this service alone, such as CLOUDFRONT.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="How long each address may take in all.",
)
@click.option("--force", is_flag=True, help="Replace the file though the list looks wrong.")
def update(
    *,
    name: str,
    output: str,
    urls: tuple[str, ...],
    ca_file: str | None,
    service: str | None,
    timeout: float,
    force: bool,
) -> int:
    """Fetch the list NAME; exit 0 if FILE holds it now, 1 if it was refused, 2 if it could not be fetched or written.

    It is refused if it is not the list expected: another format, empty, fewer than half of the entries that FILE
    has, private or far too wide ranges. What it would add and remove is printed all the same. --force takes a list
    that is well-formed but looks wrong.
    """
    feed = FEEDS[name]
    _check_service(name, service)
    urls = urls or feed.urls
    try:
        old = _standing(output, force=force)
        new = _fetched(feed, urls, ca_file, timeout, service)
    except SourceError as error:
        return refused(error)
    changes = difference(old, new)
    told(changes.lines)
    problems = [] if force else doubts(feed, old, new)
    if problems:
        return refused(f"{name}: refused: {'; '.join(problems)}; --force takes it all the same")
    told([f"{name}: {counted(new)}, {len(changes.added)} added, {len(changes.removed)} removed"])
    _replace(output, written(name, urls, new, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    return 0


def _check_service(name: str, service: str | None) -> None:
    if service is None and FEEDS[name].has_services:
        raise click.UsageError(f"{name} is a list of several services; name one, as --service CLOUDFRONT")
    if service is not None and not FEEDS[name].has_services:
        raise click.UsageError(f"--service: {name} has no services; leave it out")


def _standing(output: str, *, force: bool) -> list[Range]:
    try:
        data = read_standing(output)
    except OSError as error:
        raise click.ClickException(f"cannot read {output}: {error.strerror}") from None
    try:
        return read_blocks(data, output) if data else []
    except SourceError:
        if force:
            return []
        raise  # somebody's file that is no list is not to be lost by a slip of the pen


def _fetched(
    feed: Feed, urls: tuple[str, ...], ca_file: str | None, timeout: float, service: str | None
) -> list[Range]:
    try:
        bodies = [(url, fetch(url, ca_file=ca_file, patience=timeout)) for url in urls]
    except FetchError as error:
        raise click.ClickException(str(error)) from None
    return sorted({block for url, body in bodies for block in read_feed(feed, body, url, service)})


def _replace(output: str, data: bytes) -> None:
    try:
        replace(output, data)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise click.ClickException(f"cannot replace {output}: {error.strerror}{where}") from None
