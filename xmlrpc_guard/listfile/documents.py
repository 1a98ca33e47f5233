"""A list in JSON: an array of texts, the shape of a service's list, or any document and the path to the part meant."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile.addresses import places_of_addresses
from xmlrpc_guard.listfile.entry import ListEntry
from xmlrpc_guard.listfile.paths import FieldStep, NoSuchRowError, PathError, Rows, ValuePath, find_texts, parse_path
from xmlrpc_guard.published import ARRAY, OBJECTS, Shape
from xmlrpc_guard.ranges import WIDTH, parse_cidr

ADVICE = "write one entry a line or an array of texts, or name the field that is meant"


def read_document(
    text: str, source: str, shapes: Collection[Shape], service: str | None = None, field: ValuePath | None = None
) -> Iterator[ListEntry]:
    """Give the entries of a JSON document, which has one of ``shapes`` unless ``field`` names a part of it.

    ``service`` is the one to take of a shape that has several. SourceError if the document is not JSON, has another
    shape, or has no texts where the entries belong. Without ``field``, an address in any other place is an error too,
    since it would be dropped in silence.
    """
    document = _parse_document(text, source)
    if isinstance(document, dict) and document.get("success") is False:
        raise SourceError(source, 0, "is the answer to a request that failed ('success' is false); fetch it again")
    try:
        texts = list(_find(document, source, shapes, service, field))
    except PathError as problem:
        raise SourceError(source, 0, f"{problem}; {ADVICE}") from None
    del document
    lines = _TextLines(text)
    for entry in texts:
        yield ListEntry(lines.find(entry), entry)


def check_shape(shape: Shape, source: str, service: str | None, shapes: Collection[Shape]) -> None:
    """Raise SourceError for a shape that is not among ``shapes``, or has no services where one is named."""
    if shape not in shapes:
        expected = " or ".join(each.name for each in shapes)
        raise SourceError(source, 0, f"is {shape.name}, not {expected}; look what is at that address")
    if service is not None and shape.service_key is None:
        raise SourceError(source, 0, f"names no services, but service={service!a:.60} is set; leave that out")


def _find(
    document: Any, source: str, shapes: Collection[Shape], service: str | None, field: ValuePath | None
) -> Iterator[str]:
    rows = field[0] if field and len(field) == 1 and isinstance(field[0], Rows) and field[0].key else None
    if field is not None and rows is None:
        yield from find_texts(document, field)
        return
    shape = _shape_of(document, source)
    check_shape(shape, source, service, shapes)
    yield from _find_in_rows(document, shape, rows or _rows_of_service(document, shape, service, source))
    _check_repeats(document, shape)
    if places := places_of_addresses(document, ("[]",) if shape is ARRAY else (*shape.fields, *shape.repeats)):
        raise SourceError(source, 0, f"is {shape.name}, but has addresses in {places} too; {ADVICE}")


def _check_repeats(document: Any, shape: Shape) -> None:
    """Raise PathError for a row whose address or netmask, written once more, is not that of its entry."""
    for repeat in shape.repeats:
        array, name = repeat.split("[].")
        field = shape.fields[0].removeprefix(f"{array}[].")
        for index, row in enumerate(document[array]):
            if name in row and not _repeats(str(row[field]), str(row[name])):
                raise PathError(f"has {row[name]!a:.60} at {array}[{index}].{name}, unlike {row[field]!a:.60} there")


def _repeats(entry: str, text: str) -> bool:
    """Return whether a text is the first address or the netmask of an entry, or no address."""
    if entry.startswith(f"{text}/"):
        return True
    whole, part = parse_cidr(entry), parse_cidr(text)
    return not whole or not part or part[1] in (whole[1], (whole[1] ^ whole[2]) ^ (1 << WIDTH[whole[0]]) - 1)


def _rows_of_service(document: Any, shape: Shape, service: str | None, source: str) -> Rows | None:
    """Give the step to the rows of a service; None for a shape that is of one service."""
    if shape.service_key is None:
        return None
    arrays = (_array_path(parse_path(field)) for field in shape.fields)
    key = FieldStep((shape.service_key,))
    names = {name for array in arrays for name in find_texts(document, (*array, Rows(), key), strict=True)}
    if service not in names:
        problem = "lists several services" if service is None else f"has no service {service!a:.60}"
        fix = f"name one with service= or the field [{shape.service_key}=...]"
        raise SourceError(source, 0, f"{problem}; {fix}, of {', '.join(sorted(names)):.200}")
    return Rows(shape.service_key, service)


def _find_in_rows(document: Any, shape: Shape, rows: Rows | None) -> Iterator[str]:
    """Give the texts of a shape, or only those of some rows, which may all be in one of its arrays."""
    paths = [parse_path(field) for field in shape.fields] or [()]
    problems: list[NoSuchRowError] = []
    for path in paths:
        try:
            yield from find_texts(document, _choose(path, rows, shape), strict=True)
        except NoSuchRowError as problem:
            problems.append(problem)
    if len(problems) == len(paths):
        raise problems[0]


def _choose(path: ValuePath, rows: Rows | None, shape: Shape) -> ValuePath:
    """Put a step to some rows in place of the first step to all of them."""
    if rows is None:
        return path
    if Rows() not in path:
        raise PathError(f"is {shape.name}, which has no rows to choose from")
    array = _array_path(path)
    return (*array, rows, *path[len(array) + 1 :])


# Which shape


def _shape_of(document: Any, source: str) -> Shape:
    """Give the shape of a document: the one whose arrays are all there, or the only one that it can be a part of."""
    if isinstance(document, list) and not (document and isinstance(document[0], dict)):
        return ARRAY
    there = {shape: [_array(document, parse_path(field)) for field in shape.fields] for shape in OBJECTS}
    partial = [shape for shape, arrays in there.items() if any(array is not None for array in arrays)]
    whole = [shape for shape in partial if all(array is not None for array in there[shape])]
    if not partial or (not whole and places_of_addresses(document, partial[0].fields)):
        raise _unknown_error(document, source)
    shape = (whole or partial)[0]
    for field, array in zip(shape.fields, there[shape], strict=True):
        if not isinstance(array, list):
            problem = "lacks" if array is None else "has no array in"
            where = field.partition("[")[0]
            raise SourceError(source, 0, f"{problem} {where}; fetch it again, or write [] there for no entries")
    return shape


def _unknown_error(document: Any, source: str) -> SourceError:
    places = places_of_addresses(document)
    if not places:
        return SourceError(source, 0, f"is JSON, but not a list; {ADVICE}")
    return SourceError(source, 0, f"is JSON in no known shape, with addresses in {places}; {ADVICE}")


def _array_path(path: ValuePath) -> ValuePath:
    """Give the part of a path that leads to an array."""
    return path[: path.index(Rows())] if Rows() in path else path


def _array(document: Any, path: ValuePath) -> Any:
    """Give what stands where a shape has an array; None if nothing does."""
    array = _array_path(path)
    if not array:  # the document itself is the array, and its rows tell the shape
        return document if isinstance(document, list) and {*_names(path[1])} & {*document[0]} else None
    for step in array:
        (name,) = _names(step)
        document = document.get(name) if isinstance(document, dict) else None
    has_fields = len(path) > len(array) + 1
    return None if has_fields and isinstance(document, list) and isinstance((document or [{}])[0], str) else document


def _names(step: FieldStep | Rows) -> tuple[str, ...]:
    return step.names if isinstance(step, FieldStep) else ()


# JSON


_LINES = re.compile(r"\{[^\n]*\}[ \t\r]*\n\s*\{")  # no single document has this: a comma is lacking


def _parse_document(text: str, source: str) -> Any:
    return _parse_lines(text, source) if _LINES.match(text) else _load_json(text, source, 1)


def _load_json(text: str, source: str, line: int) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        problem = "ends in the middle of its JSON" if cut else f"is not JSON at column {error.colno} ({error.msg})"
        raise SourceError(source, line - 1 + error.lineno, f"{problem}; fetch or write it again") from None
    except RecursionError:
        raise SourceError(source, 0, f"is JSON nested too deeply; {ADVICE}") from None
    except ValueError as error:  # a repeated field; a number of more digits than Python reads
        problem = "a number is too long" if "digits" in str(error) else str(error)
        raise SourceError(source, 0, f"is JSON that cannot be used ({problem}); {ADVICE}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a repeated field some readers take the first and others the last.
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is repeated")
    return fields


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


def _parse_lines(text: str, source: str) -> list[Any]:
    """Read a document of one JSON object a line, as an array of them."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    rows = [_load_json(line, source, number) for number, line in lines]
    for (number, _), row in zip(lines, rows, strict=True):
        if not isinstance(row, dict):
            raise SourceError(source, number, "is not a JSON object, as the other lines are; fetch or write it again")
    return _leave_metadata(rows, source, lines[-1][0])


def _leave_metadata(rows: list[Any], source: str, line: int) -> list[Any]:
    """Leave out the line that describes Spamhaus' list, and holds no address; it says how many rows there are."""
    kept = [row for row in rows if row.get("type") != "metadata" or places_of_addresses(row)]
    described: dict[str, Any] = next((row for row in rows if row.get("type") == "metadata"), {})
    records = described.get("records", len(kept))
    if records != len(kept):
        raise SourceError(source, line, f"says that there are {records!a:.20} rows, not {len(kept)}; fetch it again")
    return kept


_TEXT_OR_LINE_END = re.compile(r'"([^"\\]*+(?:\\.?[^"\\]*+)*+)(?:"|\Z)|\n')


class _TextLines:
    """Finds the lines of texts in a JSON document: from where the last one was found, and then from the top."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._place = 1, 0  # of the last one
        self._lines: dict[str, int] | None = None  # of all, once that one is not found after the last one

    def find(self, wanted: str) -> int:
        """Give the line of a text; 0 if it is not there."""
        if self._lines is None:
            place = self._text.find(f'"{wanted}"', self._place)
            if place >= 0:
                self._line += self._text.count("\n", self._place, place)
                self._place = place + 1
                return self._line
            self._lines = {}
            for line, text in self._read():
                self._lines.setdefault(text, line)
        return self._lines.get(wanted, 0)

    def _read(self) -> Iterator[tuple[int, str]]:
        line = 1
        for match in _TEXT_OR_LINE_END.finditer(self._text):
            if match[1] is None:
                line += 1
            else:  # PHP writes a slash as \/
                yield line, json.loads(match[0]) if "\\" in match[1] else match[1]
