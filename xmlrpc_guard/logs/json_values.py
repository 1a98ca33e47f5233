"""The values of a JSON object, as far as a log's reader can use them."""

from collections.abc import Iterable, Mapping
from typing import Any

from xmlrpc_guard.logs.logged import NOT_LOGGED, absent, number
from xmlrpc_guard.logs.times import read_time

Record = Mapping[str, Any]


def first_of(record: Record, keys: Iterable[str]) -> object:
    """Give the first value that says something; None if there is none."""
    return next((record[key] for key in keys if record.get(key) not in (None, "", "-")), None)


def part_of(record: Record, key: str) -> Record:
    """Give an object in a record; an empty one for what is none."""
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def text_of(value: object) -> bytes | None:
    """Give a text's bytes as they stood in the line; None for what is no text, or stands for nothing."""
    if not isinstance(value, str):
        return None
    try:
        return absent(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half of a surrogate pair, which is no character
        return absent(value.encode("utf-8", "ignore"))


def joined_of(value: object) -> bytes | None:
    """Join the lines of one field of the request, as RFC 9110 section 5.3 does."""
    lines = value if isinstance(value, list) else [value]
    return absent(b", ".join(text for text in map(text_of, lines) if text))


def method_of(value: object) -> bytes:
    """Give the method of a request, or what stands for one that is not logged."""
    return text_of(value) or NOT_LOGGED


def number_of(value: object) -> int | None:
    """Give a number that may be written as text."""
    if type(value) is int:
        return value if 0 <= value < 1 << 63 else None
    return number(text_of(value))


def time_of(value: object) -> int | None:
    """Give a time in seconds since 1970, of a number or a text."""
    if isinstance(value, int | float):
        # Seconds; or the milliseconds, microseconds or nanoseconds of the same. NaN and infinity are neither.
        unit = next((unit for unit in (1, 10**3, 10**6, 10**9) if 0 <= value < _LAST_SECOND * unit), None)
        return None if unit is None else int(value / unit)
    return read_time(text_of(value) or b"")


_LAST_SECOND = 10**11
