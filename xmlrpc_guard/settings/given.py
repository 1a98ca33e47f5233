"""A setting as one source gives it: a flag, a variable of the environment, a file."""

import os
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, NamedTuple

from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.settings.setting import Kind, Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG
from xmlrpc_guard.settings.texts import check_bounds, read_setting, split_list
from xmlrpc_guard.settings.written import IN_CODE, Entry, WrittenEntries


class Given(NamedTuple):
    """A setting as one source gives it."""

    entries: WrittenEntries
    """One entry if the setting is not a list."""
    origin: str
    """Where it was written: a flag, a variable, a line of a file. An empty list has no entry that could say so."""


GivenSettings = Mapping[str, Given]
"""What one source gives, by the setting's name."""


def give_text(setting: Setting, text: str, origin: str) -> Given:
    """Read the text of a setting, as a flag or a variable holds it; ConfigurationError if it cannot be read."""
    values = split_list(text) if setting.kind.is_list else [read_setting(setting, text)]
    return Given(tuple(Entry(value, origin) for value in values), origin)


def give_texts(texts: Mapping[str, str], origin: str) -> GivenSettings:
    """Read texts that all stand in one place, by the setting's name.

    >>> give_texts({"allow": "jetpack"}, "the demo")["allow"].entries
    (Entry(value='jetpack', origin='the demo'),)
    """
    return {name: give_text(ALL_SETTINGS[name], text, origin) for name, text in texts.items()}


def give_config(path: str | os.PathLike[str] | None) -> GivenSettings:
    """Take the path of a TOML file from code; nothing for None."""
    if path is None:
        return {}
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise ConfigurationError(CONFIG.name, path, "is not the path of a file; write it as text")
    return {CONFIG.name: give_text(CONFIG, text, IN_CODE)}


def give_value(setting: Setting, value: Any, origin: str, places: Sequence[str] = ()) -> Given:
    """Take a value of TOML for a setting; ConfigurationError if it is of another type, or out of bounds.

    ``places`` says where each text of a list stands, if that is known.

    >>> from xmlrpc_guard.settings.table import SETTINGS
    >>> give_value(SETTINGS["allow"], ["jetpack", "::1"], "guard.toml:2", ["guard.toml:3", "guard.toml:4"]).entries
    (Entry(value='jetpack', origin='guard.toml:3'), Entry(value='::1', origin='guard.toml:4'))
    """
    if not setting.kind.is_list:
        return Given((Entry(_check_value(setting, value), origin),), origin)
    if isinstance(value, dict):
        raise ConfigurationError(setting.name, value, f"is a table; write {setting.name} = [...]")
    texts = [_check_text(setting, text) for text in as_list(setting.name, value)]
    each = places if len(places) == len(texts) else [origin] * len(texts)
    return Given(tuple(map(Entry, texts, each)), origin)


def _check_text(setting: Setting, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(setting.name, value, f"is {_describe_type(value)}, not text; write it in quotes")
    return value


def _check_value(setting: Setting, value: Any) -> Any:
    if setting.kind is Kind.NAME:
        return read_setting(setting, _check_text(setting, value))
    if not _is_of_kind(setting.kind, value):
        # Not the example: that of a switch may be the opposite of what was meant.
        fix = "one of them, without quotes" if setting.kind is Kind.SWITCH else f"{setting.name} = {setting.example}"
        problem = f"is {_describe_type(value)}, not {setting.kind.value}; write {fix}"
        raise ConfigurationError(setting.name, value, problem)
    return value if setting.kind is Kind.SWITCH else check_bounds(setting, value)


def _is_of_kind(kind: Kind, value: object) -> bool:
    if kind is Kind.SWITCH or isinstance(value, bool):
        return kind is Kind.SWITCH and isinstance(value, bool)
    return isinstance(value, int if kind is Kind.NUMBER else int | float)


_TYPES = ((bool, "true or false"), (int | float, "a number"), (str, "text"), (list, "a list"), (date | time, "a date"))


def _describe_type(value: object) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "a table")
