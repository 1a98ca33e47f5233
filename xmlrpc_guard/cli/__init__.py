"""The command line: parse flags, call the library, print its answer."""

from collections.abc import Sequence

import click

from xmlrpc_guard.cli.check import check
from xmlrpc_guard.cli.config import config
from xmlrpc_guard.cli.ranges import ranges
from xmlrpc_guard.cli.serve import serve
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.text import printable

UNUSABLE = 2
"""The exit status for settings or arguments that cannot be used, and for output that cannot be written."""
INTERRUPTED = 130
"""The exit status for a command that Ctrl-C interrupted."""


@click.group(
    no_args_is_help=False,
    commands=[check, config, ranges, serve],
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExample: xmlrpc-guard check --allow jetpack --peer 203.0.113.9 /xmlrpc.php",
)
@click.version_option(package_name="xmlrpc_guard")
def commands() -> None:
    """Keep strangers away from WordPress' /xmlrpc.php."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status; any error is one line on standard error."""
    try:
        status: int | None = commands.main(list(arguments), prog_name="xmlrpc-guard", standalone_mode=False)
    except click.ClickException as error:
        return _print_error(error.format_message())
    except ConfigurationError as error:
        return _print_error(str(error))
    except OSError as error:
        return _print_error(f"cannot write: {error}")
    except SystemExit:  # by which click ends a command whose output has no reader any more
        return _print_error("cannot write: the reader of the output has gone")
    except click.Abort:
        return INTERRUPTED
    return status or 0


def _print_error(problem: str) -> int:
    click.echo(f"xmlrpc-guard: {printable(' '.join(problem.split())):.500}", err=True)
    return UNUSABLE
