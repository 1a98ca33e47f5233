"""The state of each followed list, for an operator or a health check."""

from xmlrpc_guard.live.watched import Watched
from xmlrpc_guard.status import ListStatus


def make_list_status(watched: Watched, reloads: int) -> ListStatus:
    """Return the public state of a list."""
    return ListStatus(
        setting=watched.setting,
        source=watched.source.name,
        entries=watched.active.entries,
        as_of=watched.active.written,
        attempted=watched.attempted,
        error=None if watched.problem is None else str(watched.problem),
        stale=watched.stale,
        reloads=reloads,
        warning=watched.warning,
    )
