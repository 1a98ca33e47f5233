"""Entries that name a list file: ``file:/etc/office.txt``, with the options of the file after it."""

import os
import re
from datetime import timedelta
from typing import Any

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.live.file import File

_FILE_OPTION = re.compile(r"(.*):([a-z_]+)=([^:]*)", re.DOTALL)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LENGTH = re.compile(r"([1-9][0-9]{0,5})([smhd])")


def make_file(setting: str, text: str) -> File:
    """Make the File that an entry of a setting names; ConfigurationError if a part of it cannot be used.

    An option is ``:NAME=TEXT``, since neither a shell nor an ini file gives a colon a meaning. A path that itself ends
    in such a text can be given to a File in code.

    >>> file = make_file("allow", "file:/etc/office.txt:max_age=7d:fallback=jetpack")
    >>> file, file.max_age
    (File('/etc/office.txt'), datetime.timedelta(days=7))
    """
    path, options = _split_options(text.removeprefix("file:"))
    path = _expand_home(setting, text, path)
    if len(dict(options)) < len(options):
        raise ConfigurationError(setting, text, "has an option twice; write it once")
    try:
        return File(path, **{name: _read_option(name, value) for name, value in options})
    except ConfigurationError as error:
        problem = error.problem if error.setting == "path" else f"has the option {error.setting}, which {error.problem}"
        raise ConfigurationError(setting, text, problem) from None


def _expand_home(setting: str, text: str, path: str) -> str:
    # As a shell does, which leaves a ~ after "file:" alone. In code, a File takes its path as it is.
    expanded = os.path.expanduser(path)  # noqa: PTH111 - Path.expanduser raises RuntimeError
    if path.startswith("~") and expanded == path:
        raise ConfigurationError(setting, text, "names a home folder that is not known; write the whole path")
    return expanded


def _split_options(text: str) -> tuple[str, list[tuple[str, str]]]:
    options: list[tuple[str, str]] = []
    while match := _FILE_OPTION.fullmatch(text):
        text = match[1]
        options.append((match[2], match[3]))
    return text, options


def _read_option(name: str, text: str) -> Any:
    if name == "max_age":
        return _read_length(text)
    if name not in ("fallback", "service", "field"):
        raise ConfigurationError(name, text, "a file does not have; write max_age, fallback, service or field")
    return text


def _read_length(text: str) -> timedelta:
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ConfigurationError("max_age", text, "is not a length of time; write max_age=7d, or 12h, 30m, 90s")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
