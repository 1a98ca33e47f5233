"""Long lists are read apart from requests: by a thread that ends with the reading, and lets others run again and again.

Why not by requests, a piece at each? A list would become active after so many requests, not after so much time: an
attacker's entry would count when he has asked a thousand times, and on a quiet site not within the day. Why not by a
process that sends its result? It would cost the memory and the imports of a second one, and a server does not expect
that its processes start others. Why not by a thread that stays, and looks at the files by itself? A thread does not
live on in a forked process, many servers fork after the guard is made, and Python warns of a fork while threads run. So
it is there for the second that a reading takes. What a fork cuts off has changed nothing yet (see ForkSafeLock): the
forked process finds it at its next look, and begins anew with a thread of its own.

Python runs one thread at a time, and asks it to give way after 5 ms. A request takes its turn several times, as it
receives, logs and sends, and would take 20 ms longer all through the reading. So the reading gives way by itself,
several times a millisecond.
"""

import sys
import time
from collections.abc import Callable, Mapping
from threading import Thread

READER = "xmlrpc_guard lists"
"""The name of the thread."""

PATIENCE = 1.0
"""Seconds that a caller waits at most, if it is to wait at all."""


class GiveWay:
    """Lets any other thread run that waits to; or a greenlet, if gevent has patched this.

    One that never waits for anything has a turn of 5 ms each time. So after a turn that others took, a tenth of it is
    worked without asking them again, or reading a million lines under a flood of requests would take half a minute.
    """

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> None:
        """Let others run, if it is their turn."""
        start = time.perf_counter()
        if start >= self._next:
            # Not 0: this thread would go on before a waiting one has woken, which then waits for its 5 ms. Looked up
            # here, since gevent may patch it later than this module is imported.
            time.sleep(_MOMENT)
            end = time.perf_counter()
            self._next = end + min((end - start) / 10, _LONGEST_TURN)


_LONGEST_TURN = 0.0005
_MOMENT = 0.00002


def run_apart(job: Callable[[], object], *, wait: bool) -> None:
    """Run a job in a thread, and return; if ``wait``, not before it is done or a second has passed.

    The job is run here where no thread can be started, or none would run.
    """
    thread = _start(job) if threads_run_between_requests(sys.modules) else None
    if thread is None:
        job()
    elif wait:
        thread.join(PATIENCE)


def _start(job: Callable[[], object]) -> Thread | None:
    try:
        thread = Thread(target=job, name=READER, daemon=True)  # which an isolated subinterpreter refuses to make
        thread.start()
    except RuntimeError:  # there are too many, or the interpreter ends
        return None
    return thread


def threads_run_between_requests(modules: Mapping[str, object]) -> bool:
    """Return whether threads run while no request is answered: under uWSGI before 2.0.27, only with an option.

    >>> threads_run_between_requests({})
    True
    """
    uwsgi = modules.get("uwsgi")
    options, version = getattr(uwsgi, "opt", _THREADS), getattr(uwsgi, "version_info", _ALWAYS)
    return version[:3] >= _ALWAYS or any(option in options for option in _THREADS)


_THREADS, _ALWAYS = ("enable-threads", "threads"), (2, 0, 27)
