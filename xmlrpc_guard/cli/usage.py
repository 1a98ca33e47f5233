"""Errors in a command line: what is wrong, the name that plainly was meant, and where the help is."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import cast

import click

from xmlrpc_guard.cli.output import print_lines
from xmlrpc_guard.cli.status import UNUSABLE
from xmlrpc_guard.settings.names import nearest_name

PROGRAM = "xmlrpc-guard"


def refuse_nan(_context: click.Context, _parameter: click.Parameter, number: float) -> float:
    """Give back the number of a flag; a usage error for NaN, which click takes for a number in any range."""
    if math.isnan(number):
        raise click.BadParameter("nan is not a number")
    return number


class Imported(Mapping[str, click.Command]):
    """Commands, each in a module of its own that has its name: what a command needs is imported if it is wanted.

    >>> len(Imported("xmlrpc_guard.cli", ["audit", "check"])), Imported("xmlrpc_guard.cli", ["check"])["check"].name
    (2, 'check')
    """

    def __init__(self, package: str, names: Iterable[str]) -> None:
        self._homes = {name: f"{package}.{name}" for name in names}

    def __getitem__(self, name: str) -> click.Command:
        return cast(click.Command, getattr(import_module(self._homes[name]), name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


class Commands(click.Group):
    """A group of commands that prints its help if no command is given, and does not guess at a misspelt one.

    click would offer what is spelt most alike, and for ``--port`` the flag that switches a guard off.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without any, print the help and exit 2: nothing was done."""
        if not args and not ctx.resilient_parsing:
            print_lines(ctx.get_help().splitlines())
            ctx.exit(UNUSABLE)
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; a usage error for one that does not exist."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not cmd_name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"No such command {cmd_name!r}{_offer_near_name(cmd_name, self.commands)}.", ctx)
        return found


def describe_usage(error: click.ClickException, arguments: Sequence[str], commands: click.Group) -> str:
    """Describe an error in a command line, in a line that ends with where the help is."""
    problem = error.format_message()
    path, command = _find_command(arguments, commands)
    if isinstance(error, click.NoSuchOption):
        name = _find_flag(error.option_name, arguments)
        problem = f"No such option: {name}{_offer_near_name(name, _flags_of(command))}."
    return f"{problem.rstrip('.')}. Try '{path} --help'." if isinstance(error, click.UsageError) else problem


def _find_flag(name: str, arguments: Sequence[str]) -> str:
    """Give a flag as it was written: click takes ``-deny`` for the flags ``-d``, ``-e``, ``-n`` and ``-y``."""
    written = (word.partition("=")[0] for word in arguments if word.startswith("-") and not word.startswith("--"))
    return next((word for word in written if name[1:] in word), name)


def _find_command(arguments: Sequence[str], commands: click.Group) -> tuple[str, click.Command]:
    """Find the command that arguments are for; not every error of click knows it."""
    path, command = PROGRAM, cast(click.Command, commands)
    for word in arguments:
        below = command.commands.get(word) if isinstance(command, click.Group) else None
        if below is None:
            break
        path, command = f"{path} {word}", below
    return path, command


def _flags_of(command: click.Command) -> Iterable[str]:
    options = [option for option in command.params if isinstance(option, click.Option)]
    return [name for option in options for name in option.opts if name.startswith("--")]


def _offer_near_name(name: str, names: Iterable[str]) -> str:
    near = nearest_name(name, names)
    return f"; write {near}" if near else ""
