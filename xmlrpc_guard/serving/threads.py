"""The threads that answer requests."""

from threading import Lock
from typing import Any

from waitress.task import ThreadedTaskDispatcher


class Threads(ThreadedTaskDispatcher):
    """waitress' threads, of which the one that was busy last is given the next request.

    waitress takes the one that has been idle for longest. The memory of the last one, and its connection to the
    upstream, are still in the processor's caches; and no more of these connections are kept than requests come at once.
    """

    stop_count: int

    def __init__(self) -> None:
        super().__init__()
        self.idle: list[Any] = []
        """For each idle thread, the lock that it waits for."""

    def add_task(self, task: Any) -> None:
        """Have a connection's request answered."""
        with self.lock:
            self.queue.append(task)
            if self.idle:
                self.idle.pop().release()

    def set_thread_count(self, count: int) -> None:
        """Start threads, or have some stop when they are idle."""
        super().set_thread_count(count)
        with self.lock:
            while self.idle:
                self.idle.pop().release()

    def handler_thread(self, thread_no: int) -> None:
        """Answer requests until this thread shall stop."""
        wake = Lock()
        wake.acquire()
        while (task := self._wait(thread_no, wake)) is not None:
            try:
                task.service()
            except BaseException:
                self.logger.exception("Exception when servicing %r", task)

    def _wait(self, thread_no: int, wake: Any) -> Any:
        """Wait for a request to answer; None if this thread shall stop."""
        while True:
            with self.lock:
                if self.stop_count:
                    self._leave(thread_no)
                    return None
                if self.queue:
                    return self.queue.popleft()
                self.idle.append(wake)
            wake.acquire()

    def _leave(self, thread_no: int) -> None:
        self.stop_count -= 1
        self.threads.discard(thread_no)
        self.thread_exit_cv.notify()
