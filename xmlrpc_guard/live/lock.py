"""A lock that no thread waits for, and that a forked process finds free."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from xmlrpc_guard.forking import renew_in_children


class ForkSafeLock:
    """Held by one thread at a time; the others do not wait for it, and do without."""

    def __init__(self) -> None:
        self.renew()
        renew_in_children(self)

    # A server may fork while one of its threads holds a lock. Only the forking thread lives on in the child, so a lock
    # that another thread held is never released there, and a child that kept it would never look at its lists again.
    # Hence every child starts with free locks. The look of the lost thread is lost with it, which does no harm: it puts
    # its results in place at its end, each in one assignment, so the child has the state before or after each of them.
    # The process' number is compared too: uWSGI forks without telling Python, unless it is told to.
    def renew(self) -> None:
        """Put a free lock inside."""
        self._lock, self._process = Lock(), os.getpid()

    @contextmanager
    def try_hold(self) -> Iterator[bool]:
        """Hold the lock for a block, unless another thread does; give whether it is held."""
        if self._process != os.getpid():
            self.renew()
        lock = self._lock  # the one to release, even if a fork within the block gives this object another
        held = lock.acquire(blocking=False)
        try:
            yield held
        finally:
            if held:
                lock.release()
