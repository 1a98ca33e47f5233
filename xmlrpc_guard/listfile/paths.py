"""Paths into a JSON document, such as ``hooks`` or ``prefixes[].ipv4Prefix``, and the texts that they lead to."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.listfile.verdicts import find_refusals


class FieldStep(NamedTuple):
    """A step to the fields of an object: those that are named, or all where none is."""

    names: tuple[str, ...]


class Rows(NamedTuple):
    """A step to the rows of an array: all, or those whose field ``key`` is or holds ``value``."""

    key: str | None = None
    value: str = ""


PathStep = FieldStep | Rows
ValuePath = tuple[PathStep, ...]

_MOST_STEPS = 20
_MOST_SHOWN = 10  # names in an error
_NAME = r'(?:[^.|\[\]"*=\s][^.|\[\]"*=]*|"(?:[^"\\]|\\.)*")'
_STEP = re.compile(
    rf'(\.?)(?:((?:{_NAME})(?:\|{_NAME})*|\*)|\[(?:({_NAME})=("(?:[^"\\]|\\.)*"|[^\]"]*))?\])',
)


@lru_cache(maxsize=64)
def parse_path(text: str) -> ValuePath:
    """Read a path as text: names of fields with dots between them, ``[]`` for the rows of an array.

    ``a|b`` is both fields, ``*`` every field, ``[key=value]`` the rows whose field ``key`` has that value. A name that
    holds one of these signs is written in quotes, as in JSON. ``[]`` may be left out before a dot and at the end, and
    a dot may stand at the beginning, as in jq. Raises ConfigurationError for the setting ``field``.

    >>> parse_path("prefixes[].ipv4Prefix|ipv6Prefix")
    (FieldStep(names=('prefixes',)), Rows(key=None, value=''), FieldStep(names=('ipv4Prefix', 'ipv6Prefix')))
    >>> parse_path("[service=S3]")
    (Rows(key='service', value='S3'),)
    """
    try:
        steps = tuple(_read_steps(text))
    except ValueError:
        problem = "is not a path to a part of a document; write one such as hooks or prefixes[].ipv4Prefix"
        raise ConfigurationError("field", text, problem) from None
    return steps


def _read_steps(text: str) -> Iterator[PathStep]:
    position, steps = 0, 0
    while position < len(text) or not steps:
        match = _STEP.match(text, position)
        # A name follows a dot; the rows of an array need none.
        if not match or steps == _MOST_STEPS or (match[2] and position and not match[1]):
            raise ValueError
        yield _read_step(match)
        position, steps = match.end(), steps + 1


def _read_step(match: re.Match[str]) -> PathStep:
    _, names, key, value = match.groups()
    if names is None:
        return Rows() if key is None else Rows(_unquote(key), _unquote(value))
    return FieldStep(() if names == "*" else tuple(map(_unquote, re.findall(_NAME, names))))


def quote_name(name: str) -> str:
    """Write the name of a field as a path has it: in quotes only if it holds a sign that paths use.

    >>> quote_name("hooks"), quote_name("zscaler.net")
    ('hooks', '"zscaler.net"')
    """
    return name if re.fullmatch(_NAME, name) and not name.startswith('"') else json.dumps(name)


def _unquote(name: str) -> str:
    return str(json.loads(name)) if name.startswith('"') else name


class PathError(ValueError):
    """A document in which a path does not lead to texts: why, as what the document has or lacks."""


class NoSuchRowError(PathError):
    """An array in which no row has the value of a ``[key=value]``."""


ValuePlace = tuple[Any, ...]
"""Where a value stands: the place that it is in, and the field's name or the row's number there; () is the document."""


def show_place(place: ValuePlace) -> str:
    """Write a place as a path.

    >>> show_place(((((), "prefixes"), 3), "ip"))
    'prefixes[3].ip'
    """
    steps: list[Any] = []
    while place:
        place, step = place
        steps.append(step)
    shown = (f"[{step}]" if isinstance(step, int) else f".{quote_name(step)}" for step in reversed(steps))
    return "".join(shown).removeprefix(".")


def find_texts(document: Any, path: ValuePath, *, strict: bool = False) -> Iterator[str]:
    """Give the texts that a path leads to; PathError for anything else that stands there.

    What ends a path is a text or an array of texts; null is nothing. A row that lacks a field is passed over, but each
    name of the path must be found in one of them; with ``strict`` each row must have one of the names.

    >>> document = {"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, {"ipv6Prefix": "2001:db8::/32"}], "v6": ["::1"]}
    >>> list(find_texts(document, parse_path("prefixes[].ipv4Prefix"))), list(find_texts(document, parse_path("v6")))
    (['192.0.2.0/24'], ['::1'])
    >>> list(find_texts(document, parse_path("ipv6")))
    Traceback (most recent call last):
    xmlrpc_guard.listfile.paths.PathError: has no field ipv6; it has prefixes, v6
    """
    search = _Search(strict=strict)
    yield from search.follow((), document, path)
    search.check_found()


class _Search:
    """A walk along one path, and which names of it were found and missed on the way."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._found: set[tuple[int, str]] = set()
        self._missed: dict[tuple[int, str], tuple[ValuePlace, Iterable[str]]] = {}

    def follow(self, place: ValuePlace, value: Any, path: ValuePath) -> Iterator[str]:
        if not path:
            yield from _texts(place, value)
            return
        step, rest = path[0], path[1:]
        if isinstance(step, Rows):
            for index, row in _rows(place, value, step):
                self._check_row((place, index), row, (step.key, *_first_names(rest)))
                yield from self.follow((place, index), row, rest)
        elif isinstance(value, list):
            for index, row in enumerate(value):
                self._check_row((place, index), row, step.names)
                yield from self._follow_fields((place, index), row, step, rest)
        else:
            yield from self._follow_fields(place, value, step, rest)

    def _follow_fields(self, place: ValuePlace, value: Any, step: FieldStep, rest: ValuePath) -> Iterator[str]:
        if not isinstance(value, dict):
            raise PathError(f"has {_show_briefly(value)} at {show_place(place) or 'its top'}, which has no fields")
        names = [name for name in step.names or value if name in value]
        if len(names) < len(step.names):
            self._note_missed(place, value, step, len(rest))
        for name in names:
            self._found.add((len(rest), name))
            inner = value[name]
            if not rest and isinstance(inner, str):  # what long lists are full of
                yield inner
            else:
                if not step.names:
                    self._check_row((place, name), inner, _first_names(rest))
                yield from self.follow((place, name), inner, rest)

    def _check_row(self, place: ValuePlace, row: Any, chosen: Collection[str | None]) -> None:
        """Raise PathError for one of several rows that says that it lets no one in."""
        if self._strict or not isinstance(row, dict):
            return
        for name, value in find_refusals(row, chosen):
            problem = f"has a row that lets no one in, with {quote_name(name)}={_show_briefly(value)}"
            raise PathError(f"{problem} at {show_place(place)}; name the rows that are meant, as [key=value]")

    def _note_missed(self, place: ValuePlace, value: Mapping[str, Any], step: FieldStep, left: int) -> None:
        if self._strict and not any(name in value for name in step.names):
            raise PathError(f"has no {' or '.join(step.names)} at {show_place(place)}")
        for name in step.names:
            if name not in value:
                self._missed.setdefault((left, name), (place, value))

    def check_found(self) -> None:
        """Raise PathError for a name that no row has, unless there are no rows."""
        for key, (place, names) in self._missed.items():
            if key not in self._found and not self._strict:
                where = f" at {show_place(place)}" if place else ""
                raise PathError(f"has no field {key[1]}{where}; it has {_some(names)}")


def _first_names(path: ValuePath) -> tuple[str, ...]:
    return path[0].names if path and isinstance(path[0], FieldStep) else ()


def _rows(place: ValuePlace, value: Any, step: Rows) -> Iterator[tuple[int, Any]]:
    if not isinstance(value, list):
        raise PathError(f"has {_show_briefly(value)} at {show_place(place) or 'its top'}, which is not an array")
    if step.key is None:
        return enumerate(value)
    wanted = [(index, row) for index, row in enumerate(value) if step.value in _values(row, step.key)]
    if not wanted:
        known = sorted({text for row in value for text in _values(row, step.key)})
        where = f" at {show_place(place)}" if place else ""
        raise NoSuchRowError(f"has no row with {step.key}={step.value}{where}; there is {_some(known) or 'none'}")
    return iter(wanted)


def _values(row: Any, key: str) -> list[str]:
    """Give the values of a row's field, as text: one, or those of an array."""
    if not isinstance(row, dict) or key not in row:
        return []
    values = row[key] if isinstance(row[key], list) else [row[key]]
    return [each if isinstance(each, str) else json.dumps(each) for each in values]


def _texts(place: ValuePlace, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            if not isinstance(each, str):
                raise _not_text((place, index), each)
            yield each
    elif value is not None:
        raise _not_text(place, value)


def _not_text(place: ValuePlace, value: Any) -> PathError:
    fields = f"; name one of its fields: {_some(value)}" if isinstance(value, dict) else ""
    return PathError(f"has {_show_briefly(value)} at {show_place(place)}, which is not text{fields}")


def _show_briefly(value: Any) -> str:
    return f"{value!a:.60}"


def _some(names: Iterable[str]) -> str:
    texts = [f"{name!a:.60}"[1:-1] for name in names]
    return ", ".join(texts[:_MOST_SHOWN]) + (", ..." if len(texts) > _MOST_SHOWN else "")
