"""The flags of the settings, made from the table; they carry the settings' names."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import click

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.settings.configuration import Configuration, read_configuration
from xmlrpc_guard.settings.given import Given, GivenSettings, give_text
from xmlrpc_guard.settings.setting import Kind, Setting, Table
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG

Flags = Mapping[str, Any]
"""What was given for each flag, by the setting's name: texts in order, or how often a switch was given."""

Command = Callable[..., Any]

_METAVARS = {
    Kind.ADDRESSES: "LIST",
    Kind.NAMES: "LIST",
    Kind.SOCKETS: "HOST:PORT",
    Kind.NAME: "NAME",
    Kind.SECONDS: "SECONDS",
    Kind.NUMBER: "NUMBER",
}
_REQUIRED = "allow"
_FLAG_ROWS = {CONFIG.name: CONFIG, **ALL_SETTINGS}


def settings_flags(*tables: Table) -> Callable[[Command], Command]:
    """Give a command the flags of the settings in these tables, as keyword arguments: pass all to read_flags."""
    rows = [row for row in ALL_SETTINGS.values() if row.table in tables and row.has_flag]
    return partial(_add_flags, [CONFIG, *rows])


def _add_flags(rows: list[Setting], command: Command) -> Command:
    for option in reversed([option for row in rows for option in _options(row)]):
        command = option(command)
    return command


policy_flags: Callable[[Command], Command] = settings_flags(Table.POLICY)
serve_flags: Callable[[Command], Command] = settings_flags(Table.POLICY, Table.GUARD, Table.SERVE)


def _options(setting: Setting) -> list[Callable[[Command], Command]]:
    if setting.kind is Kind.SWITCH:
        opposite = _opposite(setting.flag)
        return [
            click.option(setting.flag, setting.name, count=True, help=setting.help),
            click.option(
                opposite,
                _negated(setting.name),
                count=True,
                help=f"Turn {setting.name} off, if a file or a variable has it on.",
            ),
        ]
    # A flag of one value may be repeated in the eyes of click, so that the second one is refused and not preferred.
    repeated = " Repeat a flag that takes a list, or separate entries by commas." if setting.name == _REQUIRED else ""
    default = "" if setting.default in ("required", "none") else f"  [default: {setting.default}]"
    help_text = f"{setting.help}{repeated}{default}"
    metavar = setting.metavar or _METAVARS[setting.kind]
    return [click.option(setting.flag, setting.name, multiple=True, metavar=metavar, help=help_text)]


def _opposite(flag: str) -> str:
    return f"--no-{flag.removeprefix('--')}"


def _negated(name: str) -> str:
    return f"no_{name}"


def configuration_from(flags: Flags) -> Configuration:
    """Put together what the flags of a command, the environment and a file give.

    ConfigurationError or a usage error if any of it cannot be read.
    """
    return read_configuration(read_flags(flags), os.environ)


def configuration_path(flags: Flags) -> str | None:
    """Give the path of the configuration that the flags or the environment name."""
    given = flags[CONFIG.name]
    return given[-1] if given else os.environ.get(CONFIG.variable)


def read_flags(flags: Flags) -> GivenSettings:
    """Read the flags that were given."""
    read = {name: _read_flag(row, flags) for name, row in _FLAG_ROWS.items() if name in flags}
    return {name: given for name, given in read.items() if given is not None}


def _read_flag(setting: Setting, flags: Flags) -> Given | None:
    if setting.kind is Kind.SWITCH:
        return _read_switch_flag(setting, flags[setting.name], flags[_negated(setting.name)])
    texts = [flags[setting.name]] if isinstance(flags[setting.name], str) else flags[setting.name] or ()
    if not setting.kind.is_list:
        _check_once(setting.flag, len(texts))
    given = give_text(setting, ",".join(texts), setting.flag) if texts else None
    if given and not given.entries and setting.name not in _MAY_BE_EMPTY:
        # A variable of the shell that is not set: what it was to hold would be left out without a word.
        problem = f"{setting.flag} is empty; leave it out, or write one such as {setting.example}"
        raise click.UsageError(problem, click.get_current_context())
    return given


_MAY_BE_EMPTY = ("allow", "public_methods")  # then less is let in


def _read_switch_flag(setting: Setting, times: int, negated: int) -> Given | None:
    opposite = _opposite(setting.flag)
    _check_once(f"{setting.flag} or {opposite}" if negated else setting.flag, times + negated)
    flag = opposite if negated else setting.flag
    return give_text(setting, "false" if negated else "true", flag) if times + negated else None


def _check_once(flag: str, times: int) -> None:
    if times > 1:
        raise click.UsageError(f"{flag} is given {times} times; give it once", click.get_current_context())


def require_allow(configuration: Configuration) -> Configuration:
    """Give back a configuration that has the setting allow; without one it is an error of the file, or of usage."""
    file = configuration.given.get(CONFIG.name)
    if _REQUIRED not in configuration.given and file:
        problem = 'does not set allow; write allow = ["jetpack"] under [policy], or allow = [] for no one'
        raise ConfigurationError(CONFIG.name, file.entries[0].value, problem)
    if _REQUIRED not in configuration.given:
        problem = "--allow is missing; write --allow jetpack, or --allow '' for no one"
        raise click.UsageError(problem, click.get_current_context())
    return configuration
