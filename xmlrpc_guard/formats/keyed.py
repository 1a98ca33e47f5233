"""Lists below a key in YAML and TOML, as Traefik and Kubernetes have them."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.open_keys import Key, close_keys, leave_comment

_LISTS = r"sourceRange|trustedIPs|loadBalancerSourceRanges"
_TEXTS = r"[\w./-]*(?:white|allow)list-source-range|[\w.-]*\.ip(?:white|allow)list\.sourcerange|[\w.-]*\.trustedips"
_DENIED = r"[\w./-]*(?:black|deny)list-source-range"
_LABEL = re.compile(rf"\s*(?:-\s+)?[\"']?(?:--)?({_TEXTS})=(.*)", re.IGNORECASE)  # of a container, or a flag
# Not 2001:db8::, as a colon is the sign of a key only before a blank.
_KEY = re.compile(r"(?P<indent>\s*(?:-\s+)?)(?P<quote>[\"']?)(?P<key>[\w./-]+)(?P=quote)\s*(?::(?=\s|$)|=)(?P<rest>.*)")
_TABLE = re.compile(r"\s*\[\[?([^\]\[]+)\]\]?\s*")
_ITEM = re.compile(r"(\s*)-\s+(.*)")


class _Reader:
    """Reads lines; what is open is the list that they may be items of."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._table = ""
        self._block: int | None = None  # the indent of the key whose items follow
        self._flow: list[str] | None = None  # the items in brackets so far

    @property
    def _part(self) -> str:
        return ".".join([*filter(None, [self._table]), *(key.name for key in self._keys)])

    def read(self, line: int, content: str) -> Iterator[Item]:
        """Give what stands in a line."""
        if self._flow is not None:
            yield from self._read_flow(line, content)
        elif "=" in content and (label := _LABEL.fullmatch(content)):
            yield from (Row(line, each.strip(), label[1]) for each in label[2].strip("\"'").split(","))
        elif self._block is not None and (item := self._item(content)):
            yield self._row(line, item)
        elif table := _TABLE.fullmatch(content):
            self._table, self._keys, self._block = table[1].strip(), [], None
        elif key := _KEY.fullmatch(content):
            yield from self._read_key(line, key)
        elif content.strip():
            self._block = None
            yield Left(line, "other lines")

    def _item(self, content: str) -> str:
        """Give the item of the open list that stands in a line; "" if there is none."""
        item = _ITEM.fullmatch(content)
        is_item = item and len(item[1]) >= (self._block or 0) and not _KEY.fullmatch(item[2])
        return item[2] if item and is_item else ""

    def _read_key(self, line: int, match: re.Match[str]) -> Iterator[Item]:
        indent, name, rest = len(match["indent"]), match["key"], match["rest"].strip()
        self._keys = [*close_keys(self._keys, indent), Key(indent, name)]
        self._block = None
        if name == "except" or re.fullmatch(_DENIED, name, re.IGNORECASE):
            yield exception(line, f"{self._part}: {rest}")
        elif re.fullmatch(_TEXTS, name, re.IGNORECASE) or self._is_block_of_addresses(name):
            yield from (self._row(line, each) for each in rest.strip("\"'").split(","))
        elif not re.fullmatch(_LISTS, name, re.IGNORECASE):
            yield Left(line, "other lines")
        elif rest.startswith("["):
            self._flow = []
            yield from self._read_flow(line, rest[1:])
        elif rest:
            yield from (self._row(line, each) for each in rest.strip("\"'").split(","))
        else:
            self._block = len(match["indent"]) - 2 * match["indent"].endswith("- ")

    def _is_block_of_addresses(self, name: str) -> bool:
        names = {key.name for key in self._keys}
        return name == "cidr" and "ipBlock" in names and "egress" not in names  # which is about servers

    def _read_flow(self, line: int, content: str) -> Iterator[Item]:
        inside, closed, _ = content.partition("]")
        yield from (self._row(line, each) for each in inside.split(",") if each.strip())
        if closed:
            self._flow = None

    def _row(self, line: int, text: str) -> Row:
        return Row(line, text.strip().strip("\"'"), self._part)

    def finish(self, line: int) -> Iterator[Item]:
        """Give what is wrong at the end."""
        if self._flow is not None:
            yield Refused(line, "ends within brackets; fetch or write it again")


def read_keyed(text: str) -> Iterator[Item]:
    """Give the items of each list of addresses, by its path."""
    reader, number = _Reader(), 0
    for number, line in numbered_lines(text):
        yield from reader.read(number, leave_comment(line, "#"))
    yield from reader.finish(number)


FORMATS = (
    Format(
        "traefik",
        "address lists of Traefik and Kubernetes",
        re.compile(
            rf"^[^#\n]*(?:\b(?:{_LISTS})[\"']?[ \t]*[:=]|\bipBlock[\"']?:|(?:white|allow)list-source-range[\"']?:"
            r"|\.ip(?:white|allow)list\.sourcerange=)",
            re.MULTILINE | re.IGNORECASE,
        ),
        read_keyed,
        read_masked,
    ),
)
