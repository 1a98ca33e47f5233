"""Write the help of every command into its page: ``python -m tests.commands_page``."""

from collections.abc import Iterator
from copy import copy

import click

from tests.frontends import ROOT
from xmlrpc_guard.cli import commands
from xmlrpc_guard.cli.usage import PROGRAM
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG

PAGE = ROOT / "docs" / "reference" / "commands.md"
_MARK = "<!-- what follows is written by tests.commands_page -->\n"


def write(page: str) -> str:
    """Write the help of each command after the page's mark."""
    top = click.Context(commands, info_name=PROGRAM, terminal_width=80, **commands.context_settings)
    return page.partition(_MARK)[0] + _MARK + "".join(map(_write_help, _walk(top)))


def _walk(context: click.Context) -> Iterator[click.Context]:
    """Give each command that has no others below it."""
    if not isinstance(context.command, click.Group):
        yield context
        return
    for name, below in sorted(context.command.commands.items()):
        yield from _walk(click.Context(below, info_name=name, parent=context))


def _write_help(context: click.Context) -> str:
    """Write a command's help without the flags of settings, which have a table of their own."""
    command = copy(context.command)
    flags = [each.name for each in command.params if each.name in ALL_SETTINGS and isinstance(each, click.Option)]
    hidden = {*flags, CONFIG.name, *(f"no_{flag}" for flag in flags)}
    command.params = [each for each in command.params if each.name not in hidden or isinstance(each, click.Argument)]
    tables = dict.fromkeys(f"`[{ALL_SETTINGS[flag].table.value}]`" for flag in flags if flag)
    also = f"And `--config`, and the flags of the [settings](settings.md) in {_join(tables)}.\n" if tables else ""
    return f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n\n{also}".rstrip("\n") + "\n"


def _join(names: dict[str, None]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text("utf-8")), "utf-8")
