"""The state of each followed list, for an operator or a health check."""

from datetime import datetime
from typing import NamedTuple

from xmlrpc_guard.live.watched import Watched


class ListStatus(NamedTuple):
    """The state of one list, in the process that calls ``status()``."""

    setting: str
    """``allow``, ``deny`` or ``trusted_proxies``."""
    source: str
    """The file's path."""
    entries: int
    """The number of active entries."""
    as_of: datetime | None
    """When these were written; None for a fallback."""
    attempted: datetime
    """When the last look at the file was."""
    error: str | None
    """What was wrong with the file then; None if nothing was, so that the active entries are the file's."""
    stale: bool
    """Whether they were written longer ago than ``max_age``."""


def make_status(watched: Watched) -> ListStatus:
    """Return the public state of a list."""
    return ListStatus(
        setting=watched.setting,
        source=watched.source.name,
        entries=watched.active.entries,
        as_of=watched.active.written,
        attempted=watched.attempted,
        error=None if watched.problem is None else str(watched.problem),
        stale=watched.stale,
    )
