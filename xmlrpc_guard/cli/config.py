"""``xmlrpc-guard config``: the settings as they were written, where, and what they mean."""

from collections.abc import Iterator
from typing import Any

import click

from xmlrpc_guard.cli.options import configuration_from, require_allow, serve_flags
from xmlrpc_guard.settings.configuration import Configuration
from xmlrpc_guard.settings.given import Given
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG, Setting
from xmlrpc_guard.text import printable

_EXAMPLE = "\b\nExample: xmlrpc-guard config show --allow jetpack,203.0.113.7 --trusted-proxies 10.0.0.5"
_INSTEAD = "  instead of"


@click.command(short_help="Show each setting, where it was written, and what it replaced.", epilog=_EXAMPLE)
@serve_flags
def show(**flags: Any) -> None:
    """Show each setting, its entries as they were written, and where; exit 2 if they cannot be used.

    A flag replaces what a variable says, and a variable what the file says; what was replaced is shown too.
    """
    configuration = require_allow(configuration_from(flags))
    configuration.settings()
    click.echo("\n".join(map(printable, _format_configuration(configuration))))


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
    for value, origin in _format_given(given):
        yield row.name, value, origin
    for replaced in configuration.replaced.get(row.name, ()):
        for value, origin in _format_given(replaced):
            yield _INSTEAD, value, origin


def _format_given(given: Given) -> list[tuple[str, str]]:
    shown = [(_format(entry.value), entry.origin) for entry in given.entries]
    return shown or [("no one", given.origin)]


def _format(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


@click.group("config", short_help="Look at the settings.", no_args_is_help=False, commands=[show], epilog=_EXAMPLE)
def config() -> None:
    """Look at the settings."""
