"""``xmlrpc-guard config``: the settings as they were written, and where."""

from typing import Any

import click

from xmlrpc_guard.cli.options import configuration_from, guard_flags, require_allow
from xmlrpc_guard.settings import SETTINGS, Settings
from xmlrpc_guard.text import printable

_EXAMPLE = "\b\nExample: xmlrpc-guard config show --allow jetpack,203.0.113.7 --trusted-proxies 10.0.0.5"


@click.command(short_help="Show each setting, and where it was written.", epilog=_EXAMPLE)
@guard_flags
def show(**flags: Any) -> None:
    """Show each setting, its entries as they were written, and where; exit 2 if they cannot be used."""
    click.echo("\n".join(map(printable, _format_settings(require_allow(configuration_from(flags)).settings()))))


def _format_settings(settings: Settings) -> list[str]:
    width = max(map(len, SETTINGS))
    rows = [(name, *row) for name in SETTINGS for row in _format_entries(settings, name)]
    return [f"{name:<{width}}  {value}  ({origin})" for name, value, origin in rows]


def _format_entries(settings: Settings, name: str) -> list[tuple[str, str]]:
    written = getattr(settings, name)
    if written is None:
        return [(SETTINGS[name].default, "default")]
    return [(_format(entry.value), entry.origin) for entry in written] or [("no one", "written empty")]


def _format(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


@click.group("config", short_help="Look at the settings.", no_args_is_help=False, commands=[show], epilog=_EXAMPLE)
def config() -> None:
    """Look at the settings."""
