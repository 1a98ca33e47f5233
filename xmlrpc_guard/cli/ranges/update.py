"""``xmlrpc-guard ranges update``: download a published list, check it, and replace a file with it.

The rules of servers in front that hold the list are written again from there.
"""

from collections.abc import Sequence

import click

from xmlrpc_guard.cli.output import print_lines, print_problem
from xmlrpc_guard.cli.render.again import Again, AgainError, read_again, run_again
from xmlrpc_guard.cli.status import REFUSED, UNUSABLE
from xmlrpc_guard.cli.usage import refuse_nan
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.published import PUBLICATIONS
from xmlrpc_guard.text import format_entries
from xmlrpc_guard.updates.download import DOWNLOAD_SECONDS, DownloadError
from xmlrpc_guard.updates.folder import OutputError
from xmlrpc_guard.updates.update import UpdateOutcome, update_list


@click.command(
    short_help="Download a published list and replace a file with it.",
    epilog="\b\nExample: xmlrpc-guard ranges update cloudflare --output /etc/xmlrpc-guard/cloudflare.txt",
)
@click.argument("name", type=click.Choice(list(PUBLICATIONS)))
@click.option("--output", required=True, metavar="FILE", help="The file to replace, or to create.")
@click.option("--url", "urls", multiple=True, metavar="URL", help="Download from here instead; repeat to join lists.")
@click.option("--ca-file", metavar="FILE", help="Trust these authorities (PEM) instead of the system's.")
@click.option("--rule", "rules", multiple=True, metavar="FILE", help="Then write this rule of render again; repeat it.")
@click.option("--service", metavar="NAME", help="The service to take from aws, such as S3.")
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(0, 3600, min_open=True),
    default=DOWNLOAD_SECONDS,
    callback=refuse_nan,
    show_default=True,
    metavar="SECONDS",
    help="How long each address may take in all.",
)
@click.option("--force", is_flag=True, help="Take a list that looks wrong; replace a file that is not this list.")
def update(
    *,
    name: str,
    output: str,
    urls: tuple[str, ...],
    ca_file: str | None,
    rules: tuple[str, ...],
    service: str | None,
    seconds: float,
    force: bool,
) -> int:
    """Download the list NAME and replace FILE with it.

    Exit 0 if FILE holds the list now, 1 if the list was refused, 2 if it could not be downloaded or written.

    A list is refused if it is not what the service publishes: another format, no entries, fewer than half of the
    entries or of the addresses that FILE has, private or far too wide ranges; or if FILE is another list. What it would
    add and remove is printed nevertheless. --force takes a list that is well-formed but looks wrong.

    --rule names a file that xmlrpc-guard render wrote for a server in front, with FILE in one of its lists. The command
    that it holds is run again, with the server's test; if that fails, the exit is 2 and the rule as it was.
    """
    try:
        commands = [read_again(rule) for rule in rules]  # before the list changes
    except AgainError as error:
        raise click.ClickException(str(error)) from None
    try:
        outcome = update_list(name, output, service=service, urls=urls, ca_file=ca_file, seconds=seconds, force=force)
    except SourceError as error:
        print_problem(error)
        return REFUSED
    except (DownloadError, OutputError) as error:
        raise click.ClickException(str(error)) from None
    status = _print_outcome(outcome)
    return status or _write_again(commands)


def _write_again(commands: Sequence[Again]) -> int:
    """Write the rules again, each of them even if one fails, and give the exit status."""
    statuses = [run_again(command) for command in commands]
    return UNUSABLE if any(statuses) else 0


def _print_outcome(outcome: UpdateOutcome) -> int:
    title, entries, changes, problems = outcome
    if not outcome.written:
        print_lines(changes.lines)
        print_problem(f"{title}: refused: {'; '.join(problems)}; use --force to take it nevertheless")
        return REFUSED
    counts = f"{format_entries(len(entries))}, {len(changes.added)} added, {len(changes.removed)} removed"
    print_lines([*changes.lines, f"{title}: {counts}"])
    return 0
