"""``ipset save`` and ``ipset list``: sets of addresses and networks."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked, widen

_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\S+")
_COMMANDS = {"-N": "create", "-n": "create", "-A": "add", "-a": "add", "-D": "del", "-d": "del", "-F": "flush"}
_COMMANDS |= {"-X": "destroy", "-x": "destroy", "-W": "swap", "-E": "rename"}
_TYPES = {"hash:ip": 32, "hash:net": None, "bitmap:ip": 32, "iphash": 32, "nethash": None, "ipmap": 32}


class _Set(NamedTuple):
    """A set as it was created: its type, and the prefix that each entry of it gets."""

    type: str = ""
    prefix: int | None = None


def read_ipset(text: str) -> Iterator[Item]:
    """Give the entries of each set; what is not an address or a network alone is refused."""
    return _read_listing(text) if _LISTED.search(text) else _read_commands(text)


def _read_commands(text: str) -> Iterator[Item]:
    sets: dict[str, _Set] = {}
    filled: set[str] = set()
    for line, content in numbered_lines(text):
        words = _split(content)
        if words and not words[0].startswith("#"):
            command = _without_program(words)
            if command[:1] == ["add"]:
                filled.update(command[1:2])
            elif command[:1] in (["flush"], ["destroy"]) and filled and (not command[1:] or command[1] in filled):
                yield exception(line, " ".join(command))  # of what was added above
            yield from _read_command(line, command, sets)


def _split(content: str) -> list[str]:
    return content.split() if '"' not in content else _WORD.findall(content)


def _without_program(words: list[str]) -> list[str]:
    """Leave out the program's name, where the file is a script, and options before the command."""
    is_script = words[0].rpartition("/")[2] in ("ipset", "sudo")
    rest = words[1 + (words[0] == "sudo") :] if is_script else words
    while rest and rest[0] in ("-exist", "-!", "-quiet", "-q"):
        rest = rest[1:]
    return [_COMMANDS.get(rest[0], rest[0]), *rest[1:]] if rest else []


def _read_command(line: int, words: list[str], sets: dict[str, _Set]) -> Iterator[Item]:
    match words:
        case ["create", name, type_, *options]:
            yield from _create(line, name, type_, options, sets)
        case ["add", name, entry, *options]:
            yield from _add(line, name, entry, options, sets.get(name, _Set()))
        case ["del", name, *_]:
            yield exception(line, " ".join(words), name)
        case ["flush" | "destroy" | "COMMIT" | "quit", *_]:
            yield Left(line, "other commands")
        case _:
            yield Refused(line, f"{' '.join(words)!a:.80} is not a line of a set; leave only create and add")


def _create(line: int, name: str, type_: str, options: list[str], sets: dict[str, _Set]) -> Iterator[Item]:
    values = dict(pairwise(options))
    prefix = values.get("netmask", "") if _TYPES.get(type_) else ""
    is_length = bool(re.fullmatch("[0-9]{1,3}", prefix))
    sets[name] = _Set(type_, int(prefix) if is_length else None)
    if type_ not in _TYPES:
        problem = f"the set {name!a:.40} is of the type {type_!a:.40}, whose entries are not addresses alone"
        yield Refused(line, f"{problem}; a list file has only addresses", name)
    elif "bitmask" in options or (prefix and not is_length):
        yield Refused(line, f"the set {name!a:.40} has a mask, which a list file has not; write its addresses", name)
    else:
        yield Left(line, "other commands")


def _add(line: int, name: str, entry: str, options: list[str], of: _Set) -> Iterator[Item]:
    if "nomatch" in options:
        yield exception(line, f"add {name} {entry} nomatch", name)
        return
    if "," in entry:
        yield Refused(line, f"{entry!a:.60} is not an address alone; a list file has only addresses", name)
        return
    if "timeout" in options and options[options.index("timeout") + 1 :][:1] != ["0"]:
        yield Left(line, "a time after which ipset would have removed the entry, which a list file has not")
    yield Row(line, entry if of.prefix is None else widen(entry, of.prefix), name)


# What "ipset list" prints

_LISTED = re.compile(r"^Name: [^\n]*\nType: ", re.MULTILINE)
_HEADING = re.compile(r"([A-Z][A-Za-z]*(?: [a-z]+)*):(?: (.*))?")


def _read_listing(text: str) -> Iterator[Item]:
    listed, line = _Listed(), 0
    for line, content in numbered_lines(text):
        heading = _HEADING.fullmatch(content.rstrip())
        if heading:
            yield from listed.read_heading(line, heading[1], heading[2] or "")
        elif words := _split(content):
            yield from listed.read_member(line, words)
    yield from listed.finish(line)


class _Listed:
    """The set whose headings and members are being read."""

    def __init__(self) -> None:
        self._name = self._type = ""
        self._sets: dict[str, _Set] = {}
        self._missing = 0  # members that are still to come

    def read_heading(self, line: int, title: str, value: str) -> Iterator[Item]:
        """Read a line that says something of a set."""
        if title == "Name":
            yield from self.finish(line)
            self._name = value
        elif title == "Type":
            self._type = value
        elif title == "Header":
            yield from _create(line, self._name, self._type, value.split(), self._sets)
        elif title == "Number of entries" and value.isdecimal():
            self._missing = int(value)

    def read_member(self, line: int, words: list[str]) -> Iterator[Item]:
        """Read an entry."""
        self._missing -= 1
        yield from _add(line, self._name, words[0], words[1:], self._sets.get(self._name, _Set()))

    def finish(self, line: int) -> Iterator[Refused]:
        """Give what is wrong at the end of a set."""
        if self._missing > 0:
            problem = f"the set {self._name!a:.40} lacks {self._missing} of the entries that it is said to have"
            yield Refused(line, f"{problem}; list it again", self._name)
        self._missing = 0


_PROGRAM = r"(?:(?:sudo[ \t]+)?(?:/\S*/)?ipset[ \t]+(?:-\S+[ \t]+)*)?"
_CREATE = r"(?:create|-N)[ \t]+\S+[ \t]+(?:hash|bitmap|list|ip|net)"
_ADD = r"(?:add|-A)[ \t]+[^\s-]\S*[ \t]+[0-9A-Fa-f]*[.:]"

FORMATS = (
    Format(
        "ipset",
        "sets of ipset",
        re.compile(rf"^[ \t]*{_PROGRAM}(?:{_CREATE}|{_ADD})|{_LISTED.pattern}", re.MULTILINE),
        read_ipset,
        read_masked,
        has_names=True,
    ),
)
