"""``xmlrpc-guard ranges update``: fetch a published list, judge it, and put it in the place of the old one."""

import math
import re
from datetime import UTC, datetime

import click

from xmlrpc_guard.cli.ranges.telling import counted, refused, told
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.ranges import Range
from xmlrpc_guard.updates.blocks import read_blocks
from xmlrpc_guard.updates.feeds import FEEDS, Feed, meant, read_feed
from xmlrpc_guard.updates.fetch import PATIENCE, FetchError, fetch, shown
from xmlrpc_guard.updates.header import titled, written
from xmlrpc_guard.updates.judge import difference, doubts
from xmlrpc_guard.updates.replace import ChangedError, read_standing, replace


def _length(_context: click.Context, _parameter: click.Parameter, seconds: float) -> float:
    if math.isnan(seconds):  # which is in every range
        raise click.BadParameter("nan is no length of time")
    return seconds


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
    callback=_length,
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

    It is refused if it is not the list expected: another format, empty, fewer than half of the entries or of the
    addresses that FILE has, private or far too wide ranges; or if FILE is another list. What it would add and remove
    is printed all the same. --force takes a list that is well-formed but looks wrong.
    """
    _check_service(name, service)
    title = name if service is None else f"{name} {service}"
    urls = urls or FEEDS[name].urls
    try:
        _standing(output, title, force=force)  # which may spare the fetch
        published = _fetched(FEEDS[name], urls, ca_file, timeout, service)
        return _put(output, title, urls, published, force=force)
    except SourceError as error:
        return refused(error)


def _put(output: str, title: str, urls: tuple[str, ...], published: list[Range], *, force: bool) -> int:
    """Judge what was fetched beside what FILE holds now, and replace it; once more if that has changed by then."""
    feed = FEEDS[title.partition(" ")[0]]
    new = meant(feed, published)
    data = written(title, urls, new, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", feed.without)
    while True:
        standing, old = _standing(output, title, force=force)
        changes = difference(old, new)
        problems = [] if force else doubts(feed, old, published)
        if problems:
            told(changes.lines)
            return refused(f"{title}: refused: {'; '.join(problems)}; --force takes it all the same")
        if _replaced(output, data, standing):
            counts = f"{counted(new)}, {len(changes.added)} added, {len(changes.removed)} removed"
            told([*changes.lines, f"{title}: {counts}"])
            return 0


def _check_service(name: str, service: str | None) -> None:
    if service is None and FEEDS[name].has_services:
        raise click.UsageError(f"{name} is a list of several services; name one, as --service CLOUDFRONT")
    if service is not None and not FEEDS[name].has_services:
        raise click.UsageError(f"--service: {name} has no services; leave it out")
    if service is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", service):
        raise click.UsageError(f"--service: {service!a:.60} is no service's name")


def _standing(output: str, title: str, *, force: bool) -> tuple[bytes, list[Range]]:
    try:
        data = read_standing(output) or b""
    except OSError as error:
        raise click.ClickException(f"cannot read {output}: {error.strerror}") from None
    try:
        return data, _blocks(data, output, title, force=force)
    except SourceError:
        if force:
            return data, []
        raise  # somebody's file that is no list is not to be lost by a slip of the pen


def _blocks(data: bytes, output: str, title: str, *, force: bool) -> list[Range]:
    there = titled(data)
    if there not in {None, title} and not force:
        raise SourceError(output, 1, f"is the list {there!a}, not {title!a}; --force puts that in its place")
    return read_blocks(data, output) if data else []


def _fetched(
    feed: Feed, urls: tuple[str, ...], ca_file: str | None, timeout: float, service: str | None
) -> list[Range]:
    try:
        bodies = [(url, fetch(url, ca_file=ca_file, patience=timeout)) for url in urls]
    except FetchError as error:
        raise click.ClickException(str(error)) from None
    return sorted({block for url, body in bodies for block in read_feed(feed, body, shown(url), service)})


def _replaced(output: str, data: bytes, standing: bytes) -> bool:
    try:
        replace(output, data, standing=standing)
    except ChangedError:
        return False
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise click.ClickException(f"cannot replace {output}: {error.strerror}{where}") from None
    return True
