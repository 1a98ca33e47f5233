"""What a server does between requests: it looks at the lists, and writes what was counted of sampled refusals."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from xmlrpc_guard.text import describe_error, printable

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

SECONDS = 5.0
"""How long it waits between two turns."""
# What other servers open their log files again for. Without a handler, either would end the process.
_SIGNALS = ("SIGHUP", "SIGUSR1")


class Upkeep:
    """A thread that calls ``regular`` every few seconds, and ``asked`` before it if a signal came."""

    # A signal's handler itself may do nothing of this: it interrupts the thread that reads all connections, wherever
    # that is, and to read a long list there would stop them all. A SimpleQueue, since it alone may be put to by a
    # handler that interrupts another put.
    def __init__(self, regular: Callable[[], object], asked: Callable[[], object], seconds: float = SECONDS) -> None:
        self._regular, self._asked, self._seconds = regular, asked, seconds
        self._words = SimpleQueue[str]()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the thread until the block ends; this is for the main thread."""
        before = {number: signal.signal(number, self._note) for number in _numbers()}
        self._thread.start()
        try:
            yield
        finally:
            self._words.put(_END)
            self._thread.join(timeout=_PATIENCE)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, _number: int, _frame: Any) -> None:
        self._words.put(_ASKED)

    def _run(self) -> None:
        while (word := self._wait()) != _END:
            if word == _ASKED:
                _call(self._asked)
            _call(self._regular)

    def _wait(self) -> str:
        try:
            return self._words.get(timeout=self._seconds)
        except Empty:
            return ""


_ASKED, _END = "asked", "end"
_PATIENCE = 5.0  # seconds for a turn that has begun; the rest of it is given up


def _numbers() -> Iterator[signal.Signals]:
    for name in _SIGNALS:
        if hasattr(signal, name):  # Windows has none of them
            yield signal.Signals[name]


def _call(job: Callable[[], object]) -> None:
    try:
        job()
    except Exception as error:  # noqa: BLE001 - or it would never run again
        logger.error("upkeep failed: %s", printable(describe_error(error)))  # noqa: TRY400
