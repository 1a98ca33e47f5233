"""What a source of addresses is: a file, or anything else that has a list and a stamp."""

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from xmlrpc_guard.networks import Networks


class Reading(NamedTuple):
    """The list of a source at one moment."""

    networks: Networks
    """What its entries cover: the same object as before while the entries are the same."""
    entries: int
    """The number of entries, as written."""
    written: datetime | None
    """When they were written, with a time zone; None if unknown."""
    stamp: Hashable
    """What ``stamp()`` returns until the source changes."""
    doubt: str = ""
    """Why this may not be the list that is meant, and what to do, as ``problem; fix``; "" if there is no doubt. The
    entries are active nevertheless."""
    warning: str = ""
    """What is wrong about a list that is the one that is meant, in the same form: that others may change it."""


class Source(Protocol):
    """A list of addresses that may change. One thread at a time calls it; it must not wait for anything slow.

    A source may also have ``is_long()``, which returns whether reading it now takes long: then ``read`` is called in a
    thread, apart from requests. That is for more than some thousand entries, and for what does wait.
    """

    @property
    def name(self) -> str:
        """What identifies it in logs and errors: a file's path."""

    @property
    def max_age(self) -> timedelta | None:
        """The age after which the list is worth a warning; None for a list that does not age."""

    @property
    def fallback(self) -> Reading | None:
        """What to use if the source cannot be read when a guard is made; None if that is an error."""

    def stamp(self) -> Hashable:
        """Return a value that differs whenever the list may have changed, at little cost; or raise SourceError."""

    def read(self) -> Reading:
        """Read the whole list; SourceError if any of it cannot be used."""


def is_source(value: object) -> bool:
    """Return whether ``value`` has a source's name and stamp; a class of sources is not one."""
    named = isinstance(getattr(value, "name", None), str)
    return named and callable(getattr(value, "stamp", None)) and not isinstance(value, type)


def is_long(source: Source) -> bool:
    """Return whether a source says that reading it now takes long."""
    return bool(getattr(source, "is_long", bool)())


def is_reading(value: object) -> bool:
    """Return whether ``value`` is a Reading whose fields have their types: its source may be anyone's code."""
    if not isinstance(value, Reading) or not isinstance(value.networks, Networks):
        return False
    typed = isinstance(value.entries, int) and isinstance(value.doubt, str) and isinstance(value.warning, str)
    return typed and (value.written is None or has_zone(value.written))


def has_zone(value: object) -> bool:
    """Return whether ``value`` is a time with a zone, which can be compared with others."""
    return isinstance(value, datetime) and value.utcoffset() is not None
