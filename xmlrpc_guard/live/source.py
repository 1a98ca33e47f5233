"""What a source of addresses is, whatever it reads."""

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from xmlrpc_guard.networks import Networks


class Reading(NamedTuple):
    """What a source said at one moment."""

    networks: Networks
    """What its entries cover: the same object as before as long as they say the same."""
    entries: int
    """How many there are, as written."""
    written: datetime | None
    """When they were written, if that is known."""
    stamp: Hashable
    """What ``stamp()`` gives until the source changes."""


class Source(Protocol):
    """A list of addresses that may change. It is asked by one thread at a time, and must not wait for anybody."""

    @property
    def name(self) -> str:
        """What people know it by: a path."""

    @property
    def max_age(self) -> timedelta | None:
        """How old it may get before that is worth a warning; None for a list that does not age."""

    @property
    def fallback(self) -> Reading | None:
        """What to use where the source cannot be read when a guard is made; None if that is an error."""

    def stamp(self) -> Hashable:
        """Give what changes whenever the list may have changed, at little cost; SourceError if it cannot be had."""

    def read(self) -> Reading:
        """Read the whole list; SourceError if any of it cannot be used."""
