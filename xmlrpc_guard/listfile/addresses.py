"""Where in a JSON document addresses stand, so that none of them is dropped in silence."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from xmlrpc_guard.listfile.paths import Rows, ValuePath, parse_path, quote_name
from xmlrpc_guard.ranges import parse_cidr

_Column = tuple[tuple[str, ...], list[Any]]
"""A place, ``[]`` standing for the rows of an array, and all values there."""

_ROW_MARK = "[]"
_MOST_PLACES = 5  # in an error
_IPV4 = re.compile(r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.])")
_PERHAPS_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]{2,45}(?![\w:.])")  # bounded: a text may be as long as the file


def holds_address(text: str) -> bool:
    """Return whether an address stands somewhere in a text; a version of four numbers passes for one, and is named.

    >>> holds_address("from 192.0.2.7 on"), holds_address("2026-10-06T08:11:12Z")
    (True, False)
    """
    if "." not in text and ":" not in text:
        return False
    return bool(_IPV4.search(text)) or (":" in text and any(map(parse_cidr, _PERHAPS_IPV6.findall(text))))


def places_of_addresses(document: Any, known: Iterable[str] = ()) -> str:
    """Name the places in a document that hold addresses and are not among the ``known`` paths; "" if there are none.

    >>> places_of_addresses({"v4": ["192.0.2.7"], "by": {"v6": ["::1"]}}, ["v4"])
    'by.v6[]'
    """
    read = {place for path in known for place in _places(parse_path(path))}
    found = dict.fromkeys(_find_places(document, read))
    shown = [_show(place) for place in found]
    return ", ".join(shown if len(shown) <= _MOST_PLACES else [*shown[:_MOST_PLACES], "..."])


def _show(place: tuple[str, ...]) -> str:
    steps = (step if step == _ROW_MARK else f".{quote_name(step)}" for step in place)
    return "".join(steps).removeprefix(".") or "the top level"


def _places(path: ValuePath) -> Iterator[tuple[str, ...]]:
    """Give the places that a path may end at: a text, or the rows of an array of texts."""
    places: list[tuple[str, ...]] = [()]
    for step in path:
        names = (_ROW_MARK,) if isinstance(step, Rows) else step.names
        places = [(*place, name) for place in places for name in names]
    yield from places
    yield from ((*place, _ROW_MARK) for place in places)


def _find_places(document: Any, read: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    # Column by column, since a long list is an array of many objects alike; no recursion, since a document may be
    # nested as deeply as its parser allows.
    waiting: list[_Column] = [((), [document])]
    while waiting:
        place, values = waiting.pop()
        objects = [value for value in values if isinstance(value, dict)]
        columns: dict[str, list[Any]] = {}
        for each in objects:
            for name, inner in each.items():
                columns.setdefault(name, []).append(inner)
        texts = [] if place in read else [value for value in values if isinstance(value, str)]
        if any(map(holds_address, chain(texts, columns))):
            yield place
        waiting += [((*place, name), inner) for name, inner in reversed(columns.items())]
        arrays = [value for value in values if isinstance(value, list)]
        if arrays:
            waiting.append(((*place, _ROW_MARK), list(chain.from_iterable(arrays))))
