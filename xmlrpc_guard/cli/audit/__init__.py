"""``xmlrpc-guard audit``: who would be refused, by the access logs there are, before anything is enforced."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO, Any

import click

from xmlrpc_guard.audit.called import Called, read_called
from xmlrpc_guard.audit.counting import Period
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.notes import Note, read_notes
from xmlrpc_guard.audit.opening import in_order, is_standard_input, read_lines
from xmlrpc_guard.audit.report import REFUSED as WOULD_BE_REFUSED
from xmlrpc_guard.audit.report import TOP, Report, build_report
from xmlrpc_guard.audit.running import Advance, ObstacleError, Plan, count_logs
from xmlrpc_guard.audit.spill import Spilling
from xmlrpc_guard.audit.tally import PASSED_OVER, READ, UNREADABLE, Tally
from xmlrpc_guard.cli.audit.page import write_page
from xmlrpc_guard.cli.audit.table import write_table
from xmlrpc_guard.cli.audit.text import describe, describe_needed
from xmlrpc_guard.cli.options import configuration_from, policy_flags, require_allow
from xmlrpc_guard.cli.output import print_doubts, print_lines, print_problem
from xmlrpc_guard.cli.status import INTERRUPTED, REFUSED
from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.logs import AUTO, NAMES
from xmlrpc_guard.logs.times import read_time
from xmlrpc_guard.networks import Networks, parse_address
from xmlrpc_guard.settings import Settings
from xmlrpc_guard.settings.given import GivenSettings
from xmlrpc_guard.settings.meaning import find_doubts
from xmlrpc_guard.settings.table import SETTINGS


@click.command(
    short_help="Read access logs: who would be refused?",
    epilog="\b\nExample: xmlrpc-guard audit --allow jetpack /var/log/nginx/access.log*",
)
@policy_flags
@click.option(
    "--format",
    "format_",
    default=AUTO,
    metavar="NAME",
    help=f"The logs' format: {', '.join(NAMES)}, or one "
    "pasted from nginx' log_format or Apache's LogFormat.  [default: auto]",
)
@click.option("--since", metavar="TIME", help="Count requests from then on: 2026-11-28, or 2026-11-28T12:00:00Z.")
@click.option("--until", metavar="TIME", help="Count requests before then.")
@click.option(
    "--top",
    type=click.IntRange(0),
    default=TOP,
    show_default=True,
    metavar="NUMBER",
    help="How many clients to show; 0 for all.",
)
@click.option("--notes", metavar="FILE", help="A list file whose comments say who the clients are.")
@click.option(
    "--guard-log",
    "guard_logs",
    multiple=True,
    metavar="FILE",
    help="A log of the guard's own, which names the methods that clients called; repeatable.",
)
@click.option("--peer-is-client", is_flag=True, help="Take the address that the logs have for the client's own.")
@click.option("--fail-on-refused", metavar="LIST", help="Exit 1 if a client in LIST would be refused.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="Read with so many processes.",
)
@click.option("--html", metavar="FILE", help="Write the report as a page to FILE.")
@click.option("--csv", "table", metavar="FILE", help="Write every client as a line of CSV to FILE; - for the output.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead.")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
def audit(
    *,
    logs: tuple[str, ...],
    format_: str,
    since: str | None,
    until: str | None,
    top: int,
    notes: str | None,
    guard_logs: tuple[str, ...],
    peer_is_client: bool,
    fail_on_refused: str | None,
    jobs: int,
    html: str | None,
    table: str | None,
    as_json: bool,
    **flags: Any,
) -> int:
    """Read access logs, and show which clients a guard would have refused.

    LOG is a file, plain or compressed (.gz, .bz2, .xz, .zst), or - for standard input. Nothing is changed, and no entry
    is recommended for a client that only its own requests speak for.

    Exit 0 with a report, 1 if a client in the LIST of --fail-on-refused would be refused, 2 if the logs cannot be read
    or cannot tell.
    """
    _check_standard_input([notes, *guard_logs, *in_order(logs)], logs, jobs)
    configuration = require_allow(configuration_from(flags))
    source = configuration.follow()
    needed = _read_needed(fail_on_refused)
    plan = Plan(
        source.current(), format_, Period(_read_time("since", since), _read_time("until", until)), peer_is_client
    )
    known = Known(_load_notes(notes), _load_called(guard_logs))
    counts = click.get_current_context().with_resource(Spilling())
    tally = Tally(counts)
    ended = _count(in_order(logs), plan, tally, counts, jobs)
    _check_read(tally, format_)
    report = build_report(tally, known, top)
    report["policy"] = _write_policy(configuration.given)
    _write_files(report, tally, known, html, table)
    if as_json:
        click.echo(json.dumps(report))
    else:
        print_doubts(find_doubts(configuration, source))
        print_lines(describe(report))
        _print_chart(report)
    refused = _refused(tally, needed)
    if refused:
        print_problem(describe_needed(refused))
    return ended or (REFUSED if refused else 0)


def _check_read(tally: Tally, format_: str) -> None:
    """End with one line if no line could be read, whose report would say that no one is refused."""
    lines = tally.lines
    if lines[UNREADABLE] and not lines[READ] + lines[PASSED_OVER]:
        which = "a format that is known" if format_ == AUTO else "the format that --format names"
        fix = "write the server's log_format or LogFormat as --format, or name another file"
        raise click.ClickException(f"logs: no line of {lines[UNREADABLE]} is of {which}; {fix}")


def _write_policy(given: GivenSettings) -> dict[str, list[str]]:
    """Give what the requests are decided by, as it was written."""
    names = [row.name for row in SETTINGS.values() if row.of_policy and row.name in given]
    return {name: [str(entry.value) for entry in given[name].entries] for name in names}


def _check_standard_input(files: list[str | None], logs: tuple[str, ...], jobs: int) -> None:
    """End with a line on usage, before it is read, if standard input cannot serve as the files that it is named for."""
    if jobs > 1 and any(map(is_standard_input, logs)):
        raise click.UsageError("standard input cannot be cut into parts; leave --jobs out", click.get_current_context())
    if sum(file is not None and is_standard_input(file) for file in files) > 1:
        raise click.UsageError("standard input can be read once; name a file", click.get_current_context())


def _count(logs: list[str], plan: Plan, tally: Tally, counts: Spilling, jobs: int) -> int:
    """Count logs; give the status of a run that Ctrl-C has ended, which reports what it has read."""
    try:
        with _show_progress(logs) as advance:
            if jobs > 1:
                from xmlrpc_guard.audit.jobs import count_with_processes  # noqa: PLC0415 - one process needs none of it

                count_with_processes(logs, plan, tally, counts, jobs=jobs, advance=advance)
            else:
                count_logs(logs, plan, tally, advance)
    except (SourceError, ObstacleError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        tally.problems.append("ended by Ctrl-C; what was read until then is counted")
        return INTERRUPTED
    return 0


def _show_progress(logs: list[str]) -> AbstractContextManager[Advance]:
    if not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    from xmlrpc_guard.cli.audit.progress import show_progress  # noqa: PLC0415 - see below

    return show_progress(logs)


def _write_files(report: Report, tally: Tally, known: Known, html: str | None, table: str | None) -> None:
    if html is not None:
        with _open_to_write("html", html) as file:
            file.write(write_page(report))
    if table is not None:
        with _open_to_write("csv", table) as file:
            write_table(tally, known, file)


@contextmanager
def _open_to_write(setting: str, path: str) -> Iterator[IO[str]]:
    try:
        with click.open_file(path, "w", encoding="ascii") as file:
            yield file
    except OSError as error:
        raise ConfigurationError(setting, path, f"cannot be written ({error.strerror}); name another file") from None


def _print_chart(report: Report) -> None:
    if sys.stdout.isatty():
        from xmlrpc_guard.cli.audit.chart import print_chart  # noqa: PLC0415 - rich takes longer to import than all else

        print_chart(report)


def _read_time(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    time = read_time(text.encode()) or read_time(f"{text} 00:00:00".encode())
    if time is None:
        raise ConfigurationError(name, text, "is not a time; write 2026-11-28, or 2026-11-28T12:00:00Z")
    return time


def _read_needed(text: str | None) -> Networks:
    try:
        return Settings.from_texts({"allow": text or ""}).follow().current().allow
    except ConfigurationError as error:
        raise ConfigurationError("fail_on_refused", error.value, error.problem) from None


def _load_notes(path: str | None) -> list[Note]:
    if path is None:
        return []
    from xmlrpc_guard.cli.ranges.files import load_bytes  # noqa: PLC0415 - every format of lists comes with it

    try:
        return read_notes(load_bytes(path).decode("utf-8", "replace"), path)
    except SourceError as error:
        raise click.ClickException(str(error)) from None


def _load_called(paths: tuple[str, ...]) -> Called:
    try:
        return read_called(line for path in paths for line in read_lines(path))
    except SourceError as error:
        raise click.ClickException(str(error)) from None


def _refused(tally: Tally, needed: Networks) -> Counter[str]:
    """Count the requests that would be refused of each client that is needed."""
    requests: Counter[str] = Counter()
    for judged, count in tally.counts.rows(WOULD_BE_REFUSED) if needed else ():
        address = parse_address(judged.client)
        if address is not None and needed.covers(address[0]):
            requests[judged.client] += count.requests
    return requests


__all__ = ["Report", "audit"]
