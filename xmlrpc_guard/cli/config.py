"""``xmlrpc-guard config``: the settings as they were written, where, and what they mean."""

import os
import shlex
from collections.abc import Iterator
from typing import Any

import click

from xmlrpc_guard.cli.options import configuration_from, require_allow, serve_flags
from xmlrpc_guard.cli.output import DOUBTFUL, GOOD, print_colored, print_lines
from xmlrpc_guard.cli.status import REFUSED
from xmlrpc_guard.cli.usage import Commands
from xmlrpc_guard.configured import check_serving
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.settings.configuration import Configuration
from xmlrpc_guard.settings.given import Given
from xmlrpc_guard.settings.meaning import describe_meaning, find_doubts, format_value
from xmlrpc_guard.settings.setting import Kind, Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG
from xmlrpc_guard.settings.template import write_template

_INSTEAD = "  instead of"
_FILE_MODE = 0o644  # of a new file: one that others may write is not read


@click.command(
    short_help="Show each setting, where it was written, and what it replaced.",
    epilog="\b\nExample: xmlrpc-guard config show --allow jetpack,203.0.113.7 --trusted-proxies 10.0.0.5",
)
@serve_flags
def show(**flags: Any) -> None:
    """Show each setting, its entries as they were written, and where; exit 2 if they cannot be used.

    A flag replaces what a variable says, and a variable what the file says; what was replaced is shown too.
    """
    configuration = require_allow(configuration_from(flags))
    configuration.settings()
    print_lines(_format_configuration(configuration))


def _format_configuration(configuration: Configuration) -> Iterator[str]:
    width = max(map(len, ALL_SETTINGS))
    for row in (CONFIG, *ALL_SETTINGS.values()):
        for label, value, origin in _format_setting(row, configuration):
            yield f"{label:<{width}}  {value}  ({origin})"


def _format_setting(row: Setting, configuration: Configuration) -> Iterator[tuple[str, str, str]]:
    given = configuration.given.get(row.name)
    if given is None:
        yield row.name, row.default, "default"
        return
    for value, origin in _format_given(row, given):
        yield row.name, value, origin
    for replaced in configuration.replaced.get(row.name, ()):
        for value, origin in _format_given(row, replaced):
            yield _INSTEAD, value, origin


def _format_given(row: Setting, given: Given) -> list[tuple[str, str]]:
    shown = [(format_value(entry.value), entry.origin) for entry in given.entries]
    return shown or [("no one" if row.kind is Kind.ADDRESSES else "none", given.origin)]


@click.command(
    "check",
    short_help="Say what the settings mean, with every doubt.",
    epilog="\b\nExample: xmlrpc-guard config check --allow jetpack",
)
@click.option("--strict", is_flag=True, help="Exit 1 if there is a doubt.")
@serve_flags
def check_settings(*, strict: bool, **flags: Any) -> int:
    """Say what the settings mean, in sentences, with every doubt; exit 2 if they cannot be used.

    List files are read; an upstream is not connected to. With --strict, exit 1 if there is a doubt.
    """
    configuration = require_allow(configuration_from(flags))
    source = configuration.follow()
    check_serving(configuration, source)
    print_lines(describe_meaning(configuration, source))
    doubts = find_doubts(configuration, source)
    for doubt in doubts:
        print_colored(f"Doubt: {doubt}", DOUBTFUL)
    if not doubts:
        print_colored("No doubts.", GOOD)
    return REFUSED if doubts and strict else 0


@click.command(
    short_help="Write a commented file of settings.",
    epilog="\b\nExample: xmlrpc-guard config init -",
)
@click.argument("file")
def init(file: str) -> None:
    """Write a commented file with every setting to FILE, which must not exist yet; - is standard output."""
    if file == "-":
        click.echo(write_template(), nl=False)
        return
    if not file:
        raise ConfigurationError(CONFIG.name, file, "is empty; write the name of a file, as guard.toml")
    try:
        with open(file, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, _FILE_MODE)) as opened:
            opened.write(write_template())
    except FileExistsError:
        raise ConfigurationError(CONFIG.name, file, "exists already; name another file") from None
    except FileNotFoundError:
        folder = shlex.quote(os.path.dirname(file))  # noqa: PTH120 - as it was given
        problem = f"has no folder; run: install -d -m 755 {folder}"
        raise ConfigurationError(CONFIG.name, file, problem) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(CONFIG.name, file, f"cannot be written ({reason}); name another file") from None
    print_lines([f"Wrote {file}; next: xmlrpc-guard config check --config {shlex.quote(file)}"])


@click.group(
    "config",
    short_help="Write, check and show the settings.",
    cls=Commands,
    commands=[init, check_settings, show],
    epilog="\b\nExample: xmlrpc-guard config check --allow jetpack",
)
def config() -> None:
    """Write, check and show the settings."""
