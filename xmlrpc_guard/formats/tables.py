"""Tables: an address and a value a line, as HAProxy's maps and Postfix' cidr tables have it, and CSV."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.formats.item import Format, Item, Refused, Row
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.values import Valued, Values
from xmlrpc_guard.listfile.addresses import holds_address
from xmlrpc_guard.listfile.paths import FieldStep, Rows, parse_path
from xmlrpc_guard.listfile.verdicts import is_off, is_verdict, takes_away


def read_map(text: str) -> Iterator[Item]:
    """Give the addresses of ``address value``; the values must be the same and on."""
    values = Values()
    for number, line in numbered_lines(text):
        address, *words = line.split()[:3] or [""]
        if not address or address.startswith("#"):
            continue
        if len(words) == 1:
            yield from values.check(Valued(number, address, words[0]))
            yield Row(number, address)
        else:
            yield Refused(number, f"{line.strip()!a:.60} is not an address and a value; write one address a line")


# CSV


class _Record(NamedTuple):
    """A line of a table: its number, and its cells."""

    line: int
    cells: tuple[str, ...]


class _Table(NamedTuple):
    """A table: the names of its columns, and its lines."""

    head: list[str]
    records: list[_Record]

    def select(self, key: str | None, value: str) -> list[_Record]:
        """Give the records whose column ``key`` has a value; all, where no column is named."""
        place = self.head.index(key) if key in self.head else None
        if key is None or place is None:
            return self.records if key is None else []
        return [each for each in self.records if each.cells[place] == value]


class _Choice(NamedTuple):
    """What is meant of a table: the columns of the addresses, and the rows."""

    columns: tuple[str, ...]
    key: str | None = None
    value: str = ""


GEOFEED = ("prefix", "country", "region", "city", "postal")
"""The columns of a table without a head: RFC 8805."""

_COUNTRY = re.compile("[A-Za-z]{2}|")
_STARTS = re.compile(r"start|from|first|begin|low", re.IGNORECASE)
_ENDS = re.compile(r"end|to|last|high", re.IGNORECASE)


def read_csv(text: str, wanted: Sequence[str]) -> Iterator[Item]:
    """Give the addresses of a table; ``wanted`` are paths such as ``network``, ``[country=DE]`` or both together."""
    table = _Table([], [])
    yield from _read_table(text, table)
    for choice in [_read_choice(path) for path in wanted] or [_Choice(())]:
        if table.records:
            yield from _read_chosen(table, choice)


def _read_table(text: str, table: _Table) -> Iterator[Refused]:
    """Fill a table with the lines of a text; give what is wrong with them."""
    is_geofeed = False
    for number, cells in _split_lines(text):
        if isinstance(cells, csv.Error):
            yield Refused(number, f"is not a line of CSV ({cells}); fetch or write the table again")
            continue
        if not table.head and _is_head(cells):
            table.head.extend(cells)
            continue
        if not table.head:
            table.head.extend(GEOFEED[: len(cells)])
            is_geofeed = True
        if is_geofeed and not _COUNTRY.fullmatch([*cells, ""][1]):
            fix = "write a head, or only addresses, one a line"
            yield Refused(number, f"has {cells[1]!a:.40} where a table without a head has a country; {fix}")
        elif len(cells) != len(table.head):
            problem = f"has {len(cells)} cells, not {len(table.head)} as the first line; fetch the table again"
            yield Refused(number, problem)
        else:
            table.records.append(_Record(number, tuple(cells)))


def _split_lines(text: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Give the cells of each line with its number, or what is wrong with it."""
    lines = [(number, line) for number, line in numbered_lines(text) if line.strip() and line[0] != "#"]
    delimiter = max(",;\t", key=lines[0][1].count) if lines else ","
    for number, line in lines:
        try:
            yield number, _split(line, delimiter)
        except csv.Error as error:
            yield number, error


def _split(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    (cells,) = csv.reader([line], delimiter=delimiter, strict=True)
    return [cell.strip() for cell in cells]


def _is_head(cells: list[str]) -> bool:
    """Return whether a first line names columns: otherwise it is a record, whose address may be unreadable."""
    return len({*cells}) == len(cells) and all(
        re.search(r"[^\W\d]", cell) and not re.search("[./:]", cell) for cell in cells
    )


def _read_choice(text: str) -> _Choice:
    """Read what is meant, as a path; ConfigurationError for a path that a table does not have."""
    match parse_path(text):
        case [Rows(key, value)] if key is not None:
            return _Choice((), key, value)
        case [FieldStep([column])]:
            return _Choice((column,))
        case [Rows(key, value), FieldStep([column])]:
            return _Choice((column,), key, value)
        case _:
            problem = "is not a part of a table; write a column, or [column=value] for some rows"
            raise ConfigurationError("field", text, problem)


def _read_chosen(table: _Table, choice: _Choice) -> Iterator[Item]:
    rows = table.select(choice.key, choice.value)
    columns = choice.columns or _find_columns(table)
    line, head = table.records[0].line, ", ".join(table.head)
    if not rows:
        yield Refused(line, f"has no row with {choice.key}={choice.value:.40}; its columns are {head:.100}")
    elif not set(columns) <= set(table.head):
        yield Refused(line, f"has no column {columns[0]!a:.40}; its columns are {head:.100}")
    elif not choice.columns and any(map(takes_away, columns)):
        problem = f"has addresses in the column {columns[0]!a:.40}, whose name says that they are not let in"
        yield Refused(line, f"{problem}; name it with --field if it is meant, as for deny")
    elif len(columns) != 1 and not _is_pair(columns):
        yield Refused(line, f"has addresses in {len(columns)} columns; name one with --field, of {head:.100}")
    else:
        yield from _read_rows(_Table(table.head, rows), columns, choice)


def _find_columns(table: _Table) -> tuple[str, ...]:
    """Give the columns that hold an address in any row: the others are then known to hold none."""
    return tuple(
        column
        for place, column in enumerate(table.head)
        if any(holds_address(cells[place]) for _, cells in table.records)
    )


def _is_pair(columns: Sequence[str]) -> bool:
    return len(columns) == 2 and bool(_STARTS.search(columns[0]) and _ENDS.search(columns[1]))  # noqa: PLR2004 - both ends


def _read_rows(table: _Table, columns: Sequence[str], choice: _Choice) -> Iterator[Item]:
    places = [table.head.index(column) for column in columns]
    others = [place for place, column in enumerate(table.head) if column not in (*columns, choice.key)]
    verdicts = {place: Values(column=table.head[place]) for place in others if _is_verdict(place, table)}
    for line, cells in table.records:
        address = "-".join([cells[place] for place in places])
        for place, values in verdicts.items():
            yield from values.check(Valued(line, address, cells[place]))
        yield Row(line, address)


def _is_verdict(place: int, table: _Table) -> bool:
    """Return whether a column says what is to be done with the address."""
    words = {cells[place].lower() for _, cells in table.records}
    # Short words are names of countries too: "NO" is Norway.
    return is_verdict(table.head[place]) or any(is_off(word) and len(word) > 3 for word in words)  # noqa: PLR2004


def _no_parts(text: str) -> Iterator[Item]:
    return read_csv(text, ())


# Not "cafe:", as a key of YAML may be.
_ENTRY = r"\"?(?:[0-9]{1,3}\.|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f.:]*(?:/[0-9.]+)?\"?"
_BEFORE = r"\A(?>(?:[ \t\r]*+(?:#[^\n]*+)?\n)*)"  # for good: a CR may end a comment, or come after it
_HEAD = r"[\w \"'()-]+(?:[,;\t][\w \"'()-]+)*\r?\n"

FORMATS = (
    Format(
        "map",
        "addresses with a value",
        re.compile(rf"{_BEFORE}[ \t]*{_ENTRY}[ \t]+[^\s;,|#-][^\s;,|#]*[ \t]*\r?$", re.MULTILINE),
        read_map,
        read_masked,
    ),
    Format(
        "csv",
        "CSV",
        re.compile(rf"{_BEFORE}(?:{_ENTRY}[,;]|{_HEAD}(?:[^\n]*[,;\t])?{_ENTRY}(?:[,;\t]|\r?$))", re.MULTILINE),
        _no_parts,
        select=read_csv,
    ),
)
