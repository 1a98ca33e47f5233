"""What the main thread of a server waits for: its sockets, watched by epoll, where the system has it."""

import select
from collections.abc import Iterable
from threading import Lock
from time import monotonic
from typing import Any

from waitress import wasyncore
from waitress.server import MultiSocketServer

# waitress waits with select(). The thread that has answered a request cannot have a select() that runs look at one
# socket more. So it wakes the main thread by a byte in a pipe, and that asks every connection what it waits for and
# calls select() anew, while the other thread still needs the interpreter's lock. To epoll, a thread can add its
# connection by itself, and the main thread goes on sleeping. So a page takes a fifth less of the processor, and no more
# with a hundred open connections than with two.
#
# Each look is for one event (EPOLLONESHOT). A connection whose request is being answered is not looked at, as under
# waitress; the thread that answers adds it again. So two threads may want to say what a connection waits for. With the
# lock, the last that asks is the last that says it, and no thread speaks of a descriptor that has become another's.

_SECONDS = 1.0
"""How often all sockets are looked after, as by waitress: some connections have been idle for too long then."""


class WatchedSockets(dict[int, Any]):
    """The sockets of a server by their descriptors, as waitress keeps them; each is watched while it is in here."""

    def __init__(self) -> None:
        super().__init__()
        self._epoll, self._lock = select.epoll(), Lock()
        self._due = monotonic() + _SECONDS
        self._has_room = False  # for a connection, if there were too many

    def __setitem__(self, descriptor: int, watched: Any) -> None:
        super().__setitem__(descriptor, watched)
        self._epoll.register(descriptor, select.EPOLLIN | select.EPOLLONESHOT)

    def __delitem__(self, descriptor: int) -> None:
        with self._lock:
            super().__delitem__(descriptor)
            self._epoll.unregister(descriptor)
        self._has_room = True

    def look(self, descriptor: int | None, watched: Any) -> None:
        """Look for one event of those that a socket waits for now; not if there is none, or if it is closed."""
        with self._lock:
            wanted = _find_wanted(watched)
            if wanted and descriptor is not None and self.get(descriptor) is watched:
                self._epoll.modify(descriptor, wanted | select.EPOLLONESHOT)

    def serve(self) -> None:
        """Serve the sockets until there are none. What is done with each is waitress'."""
        while self:
            for descriptor, events in self._epoll.poll(_SECONDS):
                if descriptor in self:  # it may have been closed with another
                    self._act(descriptor, self[descriptor], events)
            if self._has_room:
                self._has_room = False
                self._look_at(each for each in self.items() if getattr(each[1], "in_connection_overflow", False))
            if monotonic() >= self._due:
                self._due = monotonic() + _SECONDS
                self._look_at(self.items())

    def _act(self, descriptor: int, watched: Any, events: int) -> None:
        wanted = _find_wanted(watched)
        if wanted and events & (wanted | select.EPOLLERR | select.EPOLLHUP):
            (wasyncore.read if wanted == select.EPOLLIN else wasyncore.write)(watched)
        self.look(descriptor, watched)

    def _look_at(self, sockets: Iterable[tuple[int, Any]]) -> None:
        for descriptor, watched in list(sockets):
            self.look(descriptor, watched)


def _find_wanted(watched: Any) -> int:
    """Give the event that a socket waits for; waitress never waits for both of one."""
    return select.EPOLLIN if watched.readable() else select.EPOLLOUT if watched.writable() else 0


class WatchingServer(MultiSocketServer):
    """A server whose sockets are WatchedSockets."""

    map: WatchedSockets

    def run(self) -> None:
        """Serve until a signal or another thread ends it."""
        try:
            self.map.serve()
        except (SystemExit, KeyboardInterrupt):
            self.close()
