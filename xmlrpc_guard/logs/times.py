"""The time in a line of a log: nine ways in which servers write it."""

import re
from calendar import timegm
from functools import lru_cache

_MONTHS = {
    month: index + 1
    for index, month in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
    )
}
_CLOCK = rb"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,]\d+)?"
_ZONE = rb"(?: ?(?P<zone>Z|[+-]\d\d:?\d\d))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rb"(?P<day>\d\d?)/(?P<month>[A-Za-z]{3}|\d\d)/(?P<year>\d{4})[: ]" + _CLOCK + _ZONE,
        rb"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ]" + _CLOCK + _ZONE,
        rb"[A-Za-z]{3} (?P<month>[A-Za-z]{3}) [ ]?(?P<day>\d\d?) " + _CLOCK + rb" (?P<year>\d{4})(?P<zone>)",
    )
)
_EPOCH = re.compile(rb"(\d{9,11})(?:[.]\d+)?")
_LATEST = 9999


@lru_cache(maxsize=4096)
def read_time(text: bytes) -> int | None:
    """Read a time, in seconds since 1970; one without a zone is taken for UTC. None if it cannot be read.

    Months have English names, as servers write them in every locale that was seen but one's own patches.

    >>> read_time(b"29/Nov/2026:11:00:00 +0100") == read_time(b"2026-11-29T10:00:00.123Z") == read_time(b"1795946400.5")
    True
    >>> read_time(b"Sun Nov 29 10:00:00 2026"), read_time(b"29/Foo/2026:11:00:00")
    (1795946400, None)
    """
    if epoch := _EPOCH.fullmatch(text):
        return int(epoch[1])
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _seconds(found)
    return None


def _seconds(found: "re.Match[bytes]") -> int | None:
    month = found["month"]
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    year = int(found["year"])
    if not 1 <= number <= len(_MONTHS) or not 1 <= year <= _LATEST:
        return None
    clock = (int(found[name]) for name in ("day", "hour", "minute", "second"))
    return timegm((year, number, *clock)) - _offset(found["zone"] or b"Z")


def _offset(zone: bytes) -> int:
    if zone == b"Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (-1 if zone[:1] == b"-" else 1) * (hours * 3600 + minutes * 60)
