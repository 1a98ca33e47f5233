"""Lists of any name in YAML, and in brackets as Terraform and BIRD have them: tried where no other format is found."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.open_keys import Key, close_keys, leave_comment
from xmlrpc_guard.listfile.addresses import holds_address
from xmlrpc_guard.listfile.verdicts import refuses, takes_away

_OTHER = "other lines"
_NAME = r"[\"']?([\w./-]++(?>(?: [\w./-]++)*))[\"']?[ \t]*+"
_KEY = re.compile(rf"{_NAME}(?::(?=[ \t]|$)|=)(.*)")
# Of routes, as BIRD has them: all that are within a network, or some of them.
_LENGTHS = re.compile(r"/([0-9]{1,3})(?:\{([0-9]{1,3}),[ \t]*+[0-9]{1,3}\}|\+(?=[ \t]*+(?:,|\]|$)))")


class _Reader:
    """Reads lines; what is open is the keys and the blocks around them."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._blocks: list[str] = []
        self._in_brackets = False
        self._parts: set[str] = set()  # those with addresses
        self._others: list[Row] = []
        self._taking: list[Row] = []  # keys whose addresses are taken away

    @property
    def _part(self) -> str:
        return ".".join([*self._blocks, *(key.name for key in self._keys)])

    def read(self, line: int, content: str) -> Iterator[Item]:
        """Give what stands in a line."""
        if self._in_brackets:
            yield from self._read_items(line, content)
        elif content.endswith("{") and not holds_address(content):
            self._open_block(line, content.rstrip(" \t={").strip().replace('"', ""))
        elif content.strip(" \t,;") == "}":
            self._blocks = self._blocks[:-1]
            self._keys = []
        else:
            yield from self._read_line(line, content)

    def _open_block(self, line: int, name: str) -> None:
        self._blocks.append(name)
        self._keys = []
        if takes_away(name):
            self._taking.append(Row(line, name, self._part))

    def _read_line(self, line: int, content: str) -> Iterator[Item]:
        body = content.lstrip(" \t")
        is_item = body.startswith(("- ", "-\t"))
        value = body[2:].lstrip(" \t") if is_item else body
        if key := _KEY.fullmatch(value):
            yield from self._read_key(line, len(content) - len(value), key[1], key[2].strip())
        else:
            self._keys = close_keys(self._keys, len(content) - len(body) + is_item)
            yield from self._read_value(line, value)

    def _read_key(self, line: int, indent: int, name: str, rest: str) -> Iterator[Item]:
        self._keys = [*close_keys(self._keys, indent), Key(indent, name)]
        if refuses(name, rest.strip("\"'")):
            yield exception(line, f"{name}: {rest}")
        elif takes_away(name):
            self._taking.append(Row(line, name, self._part))
        yield from self._read_value(line, rest)

    def _read_value(self, line: int, value: str) -> Iterator[Item]:
        if value.startswith("["):
            yield from self._read_items(line, value[1:])
        else:
            yield from self._take(line, value)

    def _read_items(self, line: int, content: str) -> Iterator[Item]:
        inside, closed, _ = _LENGTHS.sub(_leave_lengths, content).partition("]")
        for each in inside.split(","):
            yield from self._take(line, each)
        self._in_brackets = not closed

    def _take(self, line: int, text: str) -> Iterator[Item]:
        """Give an address; keep what is none until it is known whether it stands among some."""
        row = Row(line, text.strip().rstrip(";").strip("\"' "), self._part)
        if holds_address(text):
            self._parts.add(row.part)
            yield row
        elif row.text:
            self._others.append(row)

    def finish(self, line: int) -> Iterator[Item]:
        """Give what is known at the end: what is not an address is an entry that cannot be read if it is among some."""
        for other in self._others:
            is_among = other.part in self._parts or not self._parts
            yield other if is_among else Left(other.line, _OTHER)
        for key in self._taking:
            for part in self._parts:
                if f"{part}.".startswith(f"{key.part}."):
                    yield exception(key.line, key.text, part)
        if self._in_brackets or self._blocks:
            yield Refused(line, "ends within brackets; fetch or write it again")


def _leave_lengths(match: re.Match[str]) -> str:
    length, shortest = match.groups()
    is_wider = shortest and int(shortest) < int(length)  # routes to more than the network
    return match[0] if is_wider else f"/{length}"


def read_items(text: str) -> Iterator[Item]:
    """Give the addresses of each list and key, by their path."""
    reader, number = _Reader(), 0
    for number, line in numbered_lines(text):
        yield from reader.read(number, leave_comment(line, "#", "//"))
    yield from reader.finish(number)


_ENTRY = r"[\"']?(?:[0-9]{1,3}\.|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f.:]*(?:/[0-9]+)?[\"']?"

FORMATS = (
    Format(
        "items",
        "lists of YAML, Terraform or BIRD",
        re.compile(
            rf"^[ \t]*+(?:-[ \t]++)?{_NAME}[:=][ \t]*+\["
            rf"|^[ \t]*+(?:-[ \t]++(?:{_NAME}[:=][ \t]++)?|{_NAME}[:=][ \t]++){_ENTRY}[ \t]*+(?:#[^\n]*+)?\r?$",
            re.MULTILINE,
        ),
        read_items,
        read_masked,
        is_last=True,
    ),
)
