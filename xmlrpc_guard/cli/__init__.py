"""The command line: parse flags, call the library, print its answer."""

import os
from collections.abc import Sequence
from typing import cast

import click

from xmlrpc_guard.cli.output import print_problem
from xmlrpc_guard.cli.status import INTERRUPTED, UNUSABLE
from xmlrpc_guard.cli.usage import PROGRAM, Commands, Imported, describe_usage
from xmlrpc_guard.errors import ConfigurationError

_COMPLETING = "_XMLRPC_GUARD_COMPLETE"
"""The variable by which a shell asks for completions."""


_COMMANDS = Imported(__name__, ["audit", "check", "config", "probe", "ranges", "render", "serve"])


@click.group(
    cls=Commands,
    commands=cast(dict[str, click.Command], _COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExample: xmlrpc-guard check --allow jetpack --peer 203.0.113.9 /xmlrpc.php",
)
@click.version_option(None, "-V", "--version", package_name="xmlrpc_guard")
def commands() -> None:
    """Keep strangers away from WordPress' /xmlrpc.php."""


def import_command(arguments: Sequence[str]) -> None:
    """Import the command that a command line begins with; every one, for a help or a completion that names them all."""
    for name in arguments[:1] if arguments and arguments[0] in _COMMANDS else _COMMANDS:
        _COMMANDS[name]


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status; any error is one line on standard error."""
    try:
        status: int | None = commands.main(
            list(arguments), obj=tuple(arguments), prog_name=PROGRAM, standalone_mode=False
        )
    except click.ClickException as error:
        print_problem(describe_usage(error, arguments, commands))
        return UNUSABLE
    except ConfigurationError as error:
        print_problem(error)
        return UNUSABLE
    except OSError as error:
        print_problem(f"cannot write: {error}")
        return UNUSABLE
    except SystemExit as end:
        # By which click ends when it has completed a word, and when the reader of its output has gone. The latter is
        # not worth a line, `xmlrpc-guard ranges show cloudflare | head` ends so, but it is no verdict either.
        return int(end.code or 0) if _COMPLETING in os.environ else UNUSABLE
    except click.Abort:
        return INTERRUPTED
    return status or 0
