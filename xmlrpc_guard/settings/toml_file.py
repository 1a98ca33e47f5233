"""The settings of a TOML file, each with its line."""

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.files import describe_access, open_regular
from xmlrpc_guard.settings.given import Given, GivenSettings, give_value
from xmlrpc_guard.settings.names import nearest_name, offer_name
from xmlrpc_guard.settings.setting import Setting, Table
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG
from xmlrpc_guard.settings.toml_lines import KeyLines, KeyPath, locate_keys

_LARGEST = 1 << 20  # bytes; longer lists belong in files of their own, which are followed
_MOST_PARTS = 50
_ENDLESS_KEY = re.compile(rf"(?<![\w-])(?:[\w\"'-]+[ \t]*\.[ \t]*){{{_MOST_PARTS}}}")
_WHERE = re.compile(r"(.*) \(at (?:line ([0-9]+), column [0-9]+|end of document)\)")


def read_toml(path: str) -> GivenSettings:
    """Read the settings of a file; ConfigurationError if anything in it is not one, or if others may write to it."""
    document = _read_document(path)
    tables = _parse_toml(path, document)
    return dict(_File(path, locate_keys(document)).read(tables))


def _read_document(path: str) -> str:
    try:
        with open_regular(path) as file:
            writable = describe_access(path, os.fstat(file.fileno()))
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        problem = f"does not exist; create it: xmlrpc-guard config init {shlex.quote(path)}"
        raise ConfigurationError(CONFIG.name, path, problem) from None
    except SourceError as error:
        raise ConfigurationError(CONFIG.name, path, error.problem) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(CONFIG.name, path, f"cannot be read ({reason}); make it readable") from None
    if writable:
        raise ConfigurationError(CONFIG.name, path, writable)
    if len(data) > _LARGEST:
        problem = f'is larger than {_LARGEST >> 20} MB; put long lists in files of their own: allow = ["file:PATH"]'
        raise ConfigurationError(CONFIG.name, path, problem)
    return _decode(path, data)


def _decode(path: str, data: bytes) -> str:
    try:
        document = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(CONFIG.name, path, "is not UTF-8; save it as UTF-8", f"{path}:{line}") from None
    return document.removeprefix("\ufeff")  # which editors on Windows write, and which tomllib refuses


def _parse_toml(path: str, document: str) -> dict[str, Any]:
    endless = _ENDLESS_KEY.search(document)
    if endless:  # tomllib would take minutes for thousands
        number = document.count("\n", 0, endless.start()) + 1
        problem = f"has a key of more than {_MOST_PARTS} parts; write each key under its table"
        raise ConfigurationError(CONFIG.name, path, problem, f"{path}:{number}")
    try:
        return tomllib.loads(document)
    except (ValueError, RecursionError) as error:  # a number of too many digits is a ValueError of int's
        match = _WHERE.fullmatch(str(error))
        lines = document.splitlines()  # of an empty file there is no error
        number = int(match[2]) if match and match[2] else len(lines)
        line = lines[number - 1].strip()
        first = _find_table(line, lines[: number - 1])
        why = f"is not TOML ({match[1] if match else error}); {_advise_on_line(line)}"
        problem = f"is in line {first} too; move the lines below it there, and delete it here" if first else why
        raise ConfigurationError(CONFIG.name, line, problem, f"{path}:{number}") from None


def _find_table(line: str, before: list[str]) -> int:
    """Give the number of an earlier line that begins the same table; 0 if there is none."""
    names = [match and match[1] for match in map(_TABLE.match, before)]
    table = _TABLE.match(line)
    return names.index(table[1]) + 1 if table and table[1] in names else 0


_TABLE = re.compile(r"\s*\[\s*([\w-]+)\s*\]")


def _advise_on_line(line: str) -> str:
    """Say how TOML has what stands in a line; a word of another format is offered as TOML spells it."""
    word = _BARE_WORD.fullmatch(line)
    return _WORDS.get(word[1].lower(), _TOML_ADVICE) if word else _TOML_ADVICE


_BARE_WORD = re.compile(r"[\w-]+\s*=\s*(\w+)\s*(?:#.*)?")
_WORDS = {
    **dict.fromkeys(("true", "yes", "on"), "write true, in small letters"),
    **dict.fromkeys(("false", "no", "off"), "write false, in small letters"),
    **dict.fromkeys(("none", "null", "nil"), "leave the line out: TOML has no word for nothing"),
}
_TOML_ADVICE = 'write texts in quotes, lists in brackets, and each key once, as allow = ["jetpack"]'


_TABLES = [table.value for table in Table]
_ANY_TABLE = f"one of {', '.join(f'[{name}]' for name in _TABLES)}"


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    lines: Mapping[KeyPath, KeyLines]

    def read(self, tables: Mapping[str, Any]) -> Iterator[tuple[str, Given]]:
        for name, content in tables.items():
            table = self._find_table(name, content)
            for key, value in content.items():
                yield key, self._read_value(self._find_setting(table, key, value), value)

    def _find_table(self, name: str, content: object) -> Table:
        if name in _TABLES and not isinstance(content, dict):
            problem = f"is a table in this file, with one pair of brackets; write [{name}]"
            raise self._error((name,), CONFIG.name, name, problem)
        if not isinstance(content, dict):
            raise self._error((name,), name, content, f"stands outside of the tables; {_advise_on_outsider(name)}")
        try:
            return Table(name)
        except ValueError:
            near = nearest_name(name, _TABLES)
            problem = f"is not a table of this file; write {f'[{near}]' if near else _ANY_TABLE}"
            raise self._error((name,), CONFIG.name, f"[{name}]", problem) from None

    def _find_setting(self, table: Table, key: str, value: object) -> Setting:
        row = ALL_SETTINGS.get(key)
        if row is None:
            names = [row.name for row in ALL_SETTINGS.values() if row.table is table]
            other = nearest_name(key, ALL_SETTINGS)
            problem = f"is set, but {key!a:.60} is not a setting; write {other or offer_name(key, names)}"
            raise self._error((table.value, key), key, value, problem)
        if row.table is not table:
            problem = f"stands in [{table.value}]; write it under [{row.table.value}]"
            raise self._error((table.value, key), key, value, problem)
        return row

    def _read_value(self, row: Setting, value: object) -> Given:
        lines = self.lines[row.table.value, row.name]
        try:
            return give_value(row, value, f"{self.path}:{lines.key}", [f"{self.path}:{line}" for line in lines.texts])
        except ConfigurationError as error:
            raise error.at(f"{self.path}:{lines.key}") from None

    def _error(self, path: KeyPath, setting: str, value: object, problem: str) -> ConfigurationError:
        return ConfigurationError(setting, value, problem, f"{self.path}:{self.lines[path].key}")


def _advise_on_outsider(name: str) -> str:
    near = nearest_name(name, ALL_SETTINGS)
    if near is None:
        return f"write it under {_ANY_TABLE}"
    return f"write {near} under [{ALL_SETTINGS[near].table.value}]"
