"""How the text of a setting is read: from a flag, an ini key, a variable or a keyword."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.settings.setting import Kind, Setting


def read_setting(setting: Setting, text: str) -> Any:
    """Give the value of a setting that is not a list; ConfigurationError if the text is not one.

    >>> from xmlrpc_guard.settings.table import SETTINGS
    >>> read_setting(SETTINGS["every"], "60"), read_setting(SETTINGS["report_only"], "yes")
    (60.0, True)
    """
    return _READERS[setting.kind](setting, text.strip())


def split_list(text: str) -> list[str]:
    """Split the text of a list at white space and commas; a range whose dash has blanks on both sides stays one entry.

    >>> split_list("192.0.64.0/18, 203.0.113.7 - 203.0.113.9")
    ['192.0.64.0/18', '203.0.113.7-203.0.113.9']
    """
    return _SPACED_RANGE.sub(r"\1\2", text).replace(",", " ").split()


# A dash with a blank on one side only may be the sign of a negation.
_ADDRESS = r"(?:[0-9]+(?:\.[0-9]+){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)"
_SPACED_RANGE = re.compile(rf"(?<![^\s,])({_ADDRESS})[ \t]+([-\u2013])[ \t]+(?={_ADDRESS}(?![^\s,]))")


def read_default(setting: Setting) -> Any:
    """Give the value that a setting of SERVING has when it is not given: None, or an empty list, for "none".

    >>> from xmlrpc_guard.settings.serving import SERVING
    >>> read_default(SERVING["threads"]), read_default(SERVING["listen"]), read_default(SERVING["upstream"])
    (8, ['127.0.0.1:8000'], None)
    """
    text = "" if setting.default == "none" else setting.default
    if setting.kind.is_list:
        return split_list(text)
    return read_setting(setting, text) if text else None


NOT_A_SWITCH = "is neither true nor false; write one of them"

# The spellings that PasteDeploy's own converters take.
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


def _read_name(setting: Setting, text: str) -> str:
    if not text:
        raise ConfigurationError(setting.name, text, f"is empty; write {setting.example}, or leave it out")
    if setting.choices and text not in setting.choices:
        raise ConfigurationError(setting.name, text, f"is not a choice; write one of {', '.join(setting.choices)}")
    return text


def _read_switch(setting: Setting, text: str) -> bool:
    try:
        return _SWITCHES[text.lower()]
    except KeyError:
        raise ConfigurationError(setting.name, text, NOT_A_SWITCH) from None


def _read_seconds(setting: Setting, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,9})?", text):
        raise ConfigurationError(setting.name, text, f"is not a number of seconds; write {setting.example}")
    return check_bounds(setting, float(text))


def _read_number(setting: Setting, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ConfigurationError(setting.name, text, f"is not a whole number; write {setting.example}")
    return int(check_bounds(setting, int(text)))


def check_bounds(setting: Setting, number: float) -> float:
    """Give back a number that lies within the setting's bounds; ConfigurationError for another."""
    least, most = setting.bounds
    if not least <= number <= most:
        problem = f"is not from {setting.bounds_in_words}; write {setting.example}"
        raise ConfigurationError(setting.name, number, problem)
    return number


_READERS: Mapping[Kind, Callable[[Setting, str], Any]] = {
    Kind.NAME: _read_name,
    Kind.SWITCH: _read_switch,
    Kind.SECONDS: _read_seconds,
    Kind.NUMBER: _read_number,
}
