"""What speaks for a client: a published list that it is in, or the operator's own note. Nothing else does.

That a request was answered with 200 proves nothing, since WordPress answers a failed login so, and a User-Agent is
the client's own word. The methods that it called say what it wants, and not who it is. They are shown, and let no one
in.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from xmlrpc_guard.audit.called import Called, most_called
from xmlrpc_guard.audit.notes import Note, find_note
from xmlrpc_guard.networks import Networks, parse_address
from xmlrpc_guard.published import PUBLISHED, names_for

_OF_CLIENTS = names_for("allow")


def lets_in(name: str) -> bool:
    """Return whether a published list is one of clients, and not of proxies.

    >>> lets_in("jetpack"), lets_in("cloudflare")
    (True, False)
    """
    return name in _OF_CLIENTS


class Evidence(NamedTuple):
    """What is known of a client, and what would let it in."""

    lists: tuple[str, ...]
    """The published lists that it is in."""
    note: str
    """What the operator noted; "" for nothing."""
    entry: str
    """The entry to add to ``allow``; "" where nothing speaks for the client."""
    methods: tuple[tuple[str, int], ...] = ()
    """What it called, by a guard's log, and how often; those of most calls first."""


class Known:
    """The published lists and an operator's notes, to look clients up in.

    >>> Known().look_up("192.0.64.5")
    Evidence(lists=('jetpack',), note='', entry='jetpack', methods=())
    >>> Known().look_up("203.0.113.9")
    Evidence(lists=(), note='', entry='', methods=())
    """

    def __init__(self, notes: Sequence[Note] = (), called: Called = MappingProxyType({})) -> None:
        self._notes, self._called = list(notes), called
        self._lists: Mapping[str, Networks] = {name: Networks([name]) for name in PUBLISHED}
        self._any = Networks(PUBLISHED)

    def lists_of(self, client: str) -> tuple[str, ...]:
        """Give the names of the published lists that a client is in."""
        address = parse_address(client)
        if address is None or not self._any.covers(address[0]):  # as are nearly all of a million clients
            return ()
        return tuple(name for name, networks in self._lists.items() if networks.covers(address[0]))

    def speaks_for(self, client: str, lists: Iterable[str]) -> bool:
        """Return whether a published list of clients, of those that have a client, or a note speaks for it."""
        return any(map(lets_in, lists)) or (bool(self._notes) and find_note(self._notes, client) is not None)

    def look_up(self, client: str) -> Evidence:
        """Give what is known of a client. A proxy's list is no reason to let its addresses in."""
        lists, note = self.lists_of(client), find_note(self._notes, client)
        listed = next(filter(lets_in, lists), "")
        entry = listed or (note.entry if note else "")
        methods = tuple(most_called(self._called.get(client, Counter())))
        return Evidence(lists, note.text if note else "", entry, methods)
