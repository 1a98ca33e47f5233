"""Tables: an address and a value a line, as HAProxy's maps and Postfix' cidr tables have it, and CSV."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.formats.item import Format, Item, Refused, Row
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.values import Valued, Values, is_off
from xmlrpc_guard.listfile.addresses import holds_address
from xmlrpc_guard.listfile.paths import FieldStep, Rows, parse_path


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
    """A line of a table: its number, and its cells by column."""

    line: int
    cells: dict[str, str]


class _Choice(NamedTuple):
    """What is meant of a table: the columns of the addresses, and the rows."""

    columns: tuple[str, ...]
    key: str | None = None
    value: str = ""


GEOFEED = ("prefix", "country", "region", "city", "postal")
"""The columns of a table without a head: RFC 8805."""

_STARTS = re.compile(r"start|from|first|begin|low", re.IGNORECASE)
_ENDS = re.compile(r"end|to|last|high", re.IGNORECASE)
_VERDICTS = frozenset(("action", "access", "policy", "verdict", "decision", "permit", "enabled", "active", "disabled"))
_VERDICTS |= frozenset(("allow", "allowed", "deny", "denied", "block", "blocked"))


def read_csv(text: str, wanted: Sequence[str]) -> Iterator[Item]:
    """Give the addresses of a table; ``wanted`` are paths such as ``network``, ``[country=DE]`` or both together."""
    records: list[_Record] = []
    for item in _records(text):
        if isinstance(item, Refused):
            yield item
        else:
            records.append(item)
    for choice in [_read_choice(path) for path in wanted] or [_Choice(())]:
        yield from _read_chosen(records, choice)


def _records(text: str) -> Iterator[_Record | Refused]:
    lines = [(number, line) for number, line in numbered_lines(text) if line.strip() and line[0] != "#"]
    delimiter = max(",;\t", key=lines[0][1].count) if lines else ","
    head: Sequence[str] = ()
    is_geofeed = False
    for number, line in lines:
        try:
            (cells,) = csv.reader([line.rstrip("\r")], delimiter=delimiter, strict=True)
        except csv.Error as error:
            yield Refused(number, f"is not a line of CSV ({error}); fetch or write the table again")
            continue
        cells = [cell.strip() for cell in cells]
        if not head and _is_head(cells):
            head = cells
            continue
        if not head:
            head, is_geofeed = GEOFEED[: len(cells)], True
        if is_geofeed and not re.fullmatch("[A-Za-z]{2}|", [*cells, ""][1]):
            problem = (
                f"has {cells[1]!a:.40} where a table without a head has a country; write a head, or only addresses"
            )
            yield Refused(number, problem)
        elif len(cells) != len(head):
            yield Refused(number, f"has {len(cells)} cells, not {len(head)} as the first line; fetch the table again")
        else:
            yield _Record(number, dict(zip(head, cells, strict=True)))


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


def _read_chosen(records: list[_Record], choice: _Choice) -> Iterator[Item]:
    rows = [each for each in records if choice.key is None or each.cells.get(choice.key) == choice.value]
    columns = choice.columns or _find_columns(records)
    if not records:
        return
    line, head = records[0].line, ", ".join(records[0].cells)
    if not rows:
        yield Refused(line, f"has no row with {choice.key}={choice.value:.40}; its columns are {head:.100}")
    elif not set(columns) <= set(records[0].cells):
        yield Refused(line, f"has no column {columns[0]!a:.40}; its columns are {head:.100}")
    elif len(columns) != 1 and not _is_pair(columns):
        yield Refused(line, f"has addresses in {len(columns)} columns; name one with --field, of {head:.100}")
    else:
        yield from _read_rows(rows, columns, choice)


def _find_columns(records: list[_Record]) -> tuple[str, ...]:
    """Give the columns that hold an address in any row: the others are then known to hold none."""
    columns = dict.fromkeys(column for record in records for column, cell in record.cells.items() if _has(cell))
    return tuple(columns)


def _has(cell: str) -> bool:
    return ("." in cell or ":" in cell) and holds_address(cell)


def _is_pair(columns: Sequence[str]) -> bool:
    return len(columns) == 2 and bool(_STARTS.search(columns[0]) and _ENDS.search(columns[1]))  # noqa: PLR2004 - both ends


def _read_rows(rows: list[_Record], columns: Sequence[str], choice: _Choice) -> Iterator[Item]:
    others = [column for column in rows[0].cells if column not in (*columns, choice.key)]
    verdicts = {column: Values() for column in others if _is_verdict(column, rows)}
    for line, cells in rows:
        address = "-".join(cells[column] for column in columns)
        for column, values in verdicts.items():
            yield from values.check(Valued(line, address, cells[column]))
        yield Row(line, address)


def _is_verdict(column: str, rows: list[_Record]) -> bool:
    """Return whether a column says what is to be done with the address."""
    words = {row.cells[column].lower() for row in rows}
    # Short words are names of countries too: "NO" is Norway.
    return column.lower() in _VERDICTS or any(is_off(word) and len(word) > 3 for word in words)  # noqa: PLR2004


def _no_parts(text: str) -> Iterator[Item]:
    return read_csv(text, ())


_ENTRY = r"\"?[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*(?:/[0-9.]+)?\"?"
_BEFORE = r"\A(?:[ \t\r]*+(?:#[^\n]*+)?\n)*+"  # possessive: a CR may end a comment, or come after it
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
