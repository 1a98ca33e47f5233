"""The command line: a thin shell that reads flags, makes a Policy and shows what it decides."""

from collections.abc import Sequence

import click

from xmlrpc_guard.cli.check import check
from xmlrpc_guard.cli.ranges import ranges
from xmlrpc_guard.cli.serve import serve
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.text import printable

UNUSABLE = 2
"""The exit status for settings or arguments that cannot be used, and for a decision that cannot be written."""
INTERRUPTED = 130
"""The exit status for a command that an impatient Ctrl-C cut short."""


@click.group(
    no_args_is_help=False, commands=[check, ranges, serve], context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="xmlrpc_guard")
def commands() -> None:
    """Keep strangers away from WordPress' /xmlrpc.php."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit status; whatever is wrong with it is one line on standard error."""
    try:
        status: int | None = commands.main(list(arguments), prog_name="xmlrpc-guard", standalone_mode=False)
    except click.ClickException as error:
        return _unusable(error.format_message())
    except ConfigurationError as error:
        return _unusable(str(error))
    except (OSError, SystemExit) as error:  # click ends the process itself if nobody reads its output any more
        return _unusable(f"cannot write: {error}")
    except click.Abort:
        return INTERRUPTED
    return status or 0


def _unusable(problem: str) -> int:
    click.echo(f"xmlrpc-guard: {printable(' '.join(problem.split())):.500}", err=True)
    return UNUSABLE
