"""The flags of the settings, made from the table; they carry the settings' names."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from xmlrpc_guard.settings import SETTINGS, Kind, Setting, Settings

Flags = Mapping[str, Any]
"""What was given for each flag, by the setting's name: texts in order, one text, or a bool; empty or None if absent."""

_METAVARS = {Kind.ADDRESSES: "LIST", Kind.NAMES: "LIST", Kind.NAME: "NAME", Kind.SECONDS: "SECONDS"}


def policy_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the flags of the settings that decide a request, as keyword arguments of their names."""
    for setting in reversed([row for row in SETTINGS.values() if row.of_policy]):
        command = _option(setting)(command)
    return command


def guard_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the flags of all settings: it runs a guard."""
    for setting in reversed([row for row in SETTINGS.values() if not row.of_policy]):
        command = _option(setting)(command)
    return policy_flags(command)


def _option(setting: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    if setting.kind is Kind.SWITCH:
        return click.option(_flag(setting.name), setting.name, is_flag=True, help=setting.help)
    metavar, many = _METAVARS[setting.kind], setting.kind.is_list
    return click.option(_flag(setting.name), setting.name, multiple=many, metavar=metavar, help=setting.help)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def settings_from(flags: Flags) -> Settings:
    """Make the settings that the flags give; without ``--allow`` it is a usage error."""
    if not flags["allow"]:
        raise click.UsageError("--allow is missing; write --allow jetpack, or --allow '' for no one")
    given = {name: value for name, value in flags.items() if value not in ((), None, False)}
    texts = {name: ",".join(value) if isinstance(value, tuple) else value for name, value in given.items()}
    return Settings.from_texts(texts, _flag)


def names_policy(flags: Flags) -> bool:
    """Return whether any flag of a policy was given."""
    return any(flags[name] not in ((), None) for name, row in SETTINGS.items() if row.of_policy)
