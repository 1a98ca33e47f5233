"""The command that writes a rule: a rule's file holds it, and it can be run again from there."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xmlrpc_guard.cli.usage import PROGRAM
from xmlrpc_guard.settings.setting import PREFIX, Table
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG
from xmlrpc_guard.text import printable

_MARK = "Written by: "
_VARIABLES = {CONFIG.variable} | {
    row.variable for row in ALL_SETTINGS.values() if row.table in (Table.POLICY, Table.GUARD)
}
_HEAD_BYTES = 1 << 20
"""The bytes of a rule within which its command stands."""


class AgainError(Exception):
    """A rule's file does not hold the command that wrote it: the message says what to do."""


class Again(NamedTuple):
    """A command that writes a rule, with all that it depends on."""

    folder: str
    """The current folder that it needs, "" for any."""
    variables: tuple[str, ...]
    """The variables of the environment that are settings, NAME=TEXT."""
    arguments: tuple[str, ...]
    """What follows the program's name."""

    def __str__(self) -> str:
        change = f"cd {shlex.quote(self.folder)} && " if self.folder else ""
        settings = (
            f"{name}={shlex.quote(text)} " for name, _, text in (each.partition("=") for each in self.variables)
        )
        return printable(f"{change}{''.join(settings)}{shlex.join([PROGRAM, *self.arguments])}")

    @property
    def output(self) -> str:
        """The file that it writes, "" for none."""
        values = [value for value in map(_value_of, self.arguments, [*self.arguments[1:], ""]) if value]
        return os.path.join(self.folder, values[-1]) if values else ""  # noqa: PTH118 - as given


def _value_of(word: str, following: str) -> str:
    return following if word == "--output" else word.removeprefix("--output=") if word.startswith("--output=") else ""


def make_again(arguments: Sequence[str], environ: Mapping[str, str], paths: Sequence[str | None]) -> Again:
    """Give the command that was run, with the settings of the environment; ``paths`` are those that it was given.

    >>> print(make_again(["render", "nginx"], {"XMLRPC_GUARD_ALLOW": "jetpack", "HOME": "/"}, []))
    XMLRPC_GUARD_ALLOW=jetpack xmlrpc-guard render nginx
    """
    relative = any(path and not path.startswith("/") for path in paths)
    variables = tuple(f"{name}={environ[name]}" for name in sorted(_VARIABLES & environ.keys()))
    return Again(os.getcwd() if relative else "", variables, tuple(arguments))  # noqa: PTH109 - text


def read_again(path: str) -> Again:
    """Read the command that wrote the rule in a file; AgainError if there is none, or if it writes another file."""
    try:
        with Path(path).open(encoding="ascii", errors="replace") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise AgainError(f"cannot read {path}: {error.strerror}") from None
    line = next((line for line in head.splitlines() if line.lstrip().startswith(f"# {_MARK}")), "")
    again = _parse(line.partition(_MARK)[2])
    if again is None or not again.output:
        raise AgainError(f"{path} does not say how render wrote it; write it with render --output {path}")
    if os.path.realpath(again.output) != os.path.realpath(path):
        raise AgainError(f"{path} says that it is written as {again.output}; name that, or write it with render again")
    return again


def _parse(text: str) -> Again | None:
    try:
        words = shlex.split(text)
    except ValueError:  # a quote without an end
        return None
    folder = words[1] if words[:1] == ["cd"] and words[2:3] == ["&&"] else ""
    words = words[3 * bool(folder) :]
    settings = [word for word in words if re.match(rf"{PREFIX}[A-Z_]+=", word)]
    arguments = words[len(settings) :]
    if arguments[:2] != [PROGRAM, "render"] or words[: len(settings)] != settings:
        return None
    return Again(folder, tuple(settings), tuple(arguments[1:]))


def run_again(again: Again) -> int:
    """Run the command with the same settings in its environment and no others; return its exit status."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    for setting in again.variables:
        name, _, environ[name] = setting.partition("=")
    # -P: no module is taken from the current folder, in which anyone may have put one.
    command = [sys.executable, "-P", "-m", "xmlrpc_guard", *again.arguments]
    return subprocess.run(command, cwd=again.folder or None, env=environ, check=False).returncode  # noqa: S603
