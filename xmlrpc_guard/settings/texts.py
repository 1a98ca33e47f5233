"""How the text of a setting is read: from a flag, an ini key or a keyword."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.settings.table import Kind, Setting


def read_text(setting: Setting, text: str) -> Any:
    """Give the value of a setting that is not a list; ConfigurationError if the text is not one.

    >>> from xmlrpc_guard.settings.table import SETTINGS
    >>> read_text(SETTINGS["every"], "60"), read_text(SETTINGS["report_only"], "yes")
    (60.0, True)
    """
    return _READERS[setting.kind](setting, text.strip())


def split_list(text: str) -> list[str]:
    """Split the text of a list at white space and commas.

    >>> split_list("192.0.64.0/18, 203.0.113.7")
    ['192.0.64.0/18', '203.0.113.7']
    """
    return text.replace(",", " ").split()


NOT_A_SWITCH = "is neither true nor false; write one of them"

# The spellings that PasteDeploy's own converters take.
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


def _read_switch(setting: Setting, text: str) -> bool:
    try:
        return _SWITCHES[text.lower()]
    except KeyError:
        raise ConfigurationError(setting.name, text, NOT_A_SWITCH) from None


def _read_seconds(setting: Setting, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ConfigurationError(setting.name, text, f"is not a number of seconds; write {setting.example}")
    return float(text)


_READERS: Mapping[Kind, Callable[[Setting, str], Any]] = {
    Kind.NAME: lambda _, text: text,
    Kind.SWITCH: _read_switch,
    Kind.SECONDS: _read_seconds,
}
