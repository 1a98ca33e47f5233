"""The errors that settings and list files raise, and the check that a list is a list. No request raises them."""

import re
from collections.abc import Iterable
from typing import TypeVar

from xmlrpc_guard.text import printable

T = TypeVar("T")

_SHORT = 60  # characters that are worth repeating in an error
_MORE_THAN_ENTRIES = re.compile(r"[;|#!]|\s-\s")  # labels, exceptions and ranges: their words are not entries


class ConfigurationError(ValueError):
    """A setting that cannot be used: which one, the value as given, and what to write instead.

    Raised when the object that takes the setting is made, so a guard that exists is a guard that works.

    >>> print(ConfigurationError("allow", "10/8", "is a partial address; write 10.0.0.0/8"))
    allow: '10/8' is a partial address; write 10.0.0.0/8

    ``origin`` says where it was written, if that is a place in a file or the environment.

    >>> print(ConfigurationError("allow", "10/8", "is a partial address; write 10.0.0.0/8", "guard.toml:3"))
    guard.toml:3: allow: '10/8' is a partial address; write 10.0.0.0/8
    """

    def __init__(self, setting: str, value: object, problem: str, origin: str = "") -> None:
        super().__init__(setting, value, problem, origin)
        self.setting = setting
        self.value = value
        self.problem = problem
        self.origin = origin

    def at(self, origin: str) -> "ConfigurationError":
        """Give the same error with its origin; one that has an origin already keeps it."""
        return ConfigurationError(self.setting, self.value, self.problem, self.origin or origin)

    def __str__(self) -> str:
        # One line, however long the value is: an HTML error page may have been read as a list.
        place = f"{self.origin:.200}: " if self.origin else ""
        return printable(f"{place}{self.setting:.60}: {_shown(self.value):.100} {self.problem}")


class SourceError(ValueError):
    """A list that cannot be used: which one, the line (counted from 1; 0 where none is to blame), and what is wrong.

    >>> print(SourceError("/etc/office.txt", 3, "'10/8' is a partial address; write 10.0.0.0/8"))
    /etc/office.txt:3: '10/8' is a partial address; write 10.0.0.0/8
    >>> print(SourceError("/etc/office.txt", 0, "is a directory; name a file"))
    /etc/office.txt: is a directory; name a file
    """

    def __init__(self, source: str, line: int, problem: str) -> None:
        super().__init__(source, line, problem)
        self.source = source
        self.line = line
        self.problem = problem

    def __str__(self) -> str:
        return printable(f"{self.source:.200}:{self.line or ''}{':' if self.line else ''} {self.problem}")


def _shown(value: object) -> str:
    try:
        return ascii(value)
    except Exception:  # noqa: BLE001 - a foreign __repr__ may raise anything; int's refuses long numbers
        return f"<{type(value).__name__}>"


def as_list(setting: str, entries: Iterable[T]) -> Iterable[T]:
    """Give back ``entries`` if it is a list of some kind: a bare string is one thing, not a list of letters.

    >>> as_list("allow", "10.0.0.0/8")
    Traceback (most recent call last):
    xmlrpc_guard.errors.ConfigurationError: allow: '10.0.0.0/8' is one string where a list belongs; write ['10.0.0.0/8']
    """
    if isinstance(entries, str):
        parts = entries.replace(",", " ").split()
        plain = len(entries) <= _SHORT and not _MORE_THAN_ENTRIES.search(entries)
        offer = f"{parts}" if plain else "its entries as a list"
        raise ConfigurationError(setting, entries, f"is one string where a list belongs; write {offer}")
    if not isinstance(entries, Iterable) or isinstance(entries, bytes | bytearray):
        raise ConfigurationError(setting, entries, f"is not a list; write {setting}=[...]")
    return entries
