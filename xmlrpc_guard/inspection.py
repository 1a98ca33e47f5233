"""Reading the calls of clients outside the allowlist, a bounded number at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.body import RequestError
from xmlrpc_guard.decision import Decision, Reason
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forking import renew_in_children
from xmlrpc_guard.heldbody import IN_MEMORY, HeldBody
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.request import Request

MAX_BODY_READERS = 4


def check_readers(most: int) -> int:
    """Give back the number of bodies to be read at a time; ConfigurationError for any other value.

    >>> check_readers(8)
    8
    """
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise ConfigurationError("max_body_readers", most, f"is not a number of bodies; write {MAX_BODY_READERS}")
    return most


class Inspector:
    """Decides the calls that a policy leaves undecided, by their bodies.

    At most ``most`` bodies are read at a time: a client needs no password to send one, slowly, and a thread waits for
    it. The body is put back into the environ, whether the call is allowed or not. With ``report_only`` no file is used,
    which might have no room: a body must not be lost for a report.
    """

    def __init__(self, most: int = MAX_BODY_READERS, *, report_only: bool = False) -> None:
        self._most, self._report_only = check_readers(most), report_only
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """Forget what other threads read; in a forked process there are none."""
        self._places = BoundedSemaphore(self._most)

    def prepare(self) -> None:
        """Import what long bodies are held by, before there are threads: one may import while another forks."""
        import tempfile  # noqa: F401, PLC0415 - guards without public methods start without it

    def judge(self, policy: Policy, undecided: Decision, environ: WSGIEnvironment) -> Decision:
        """Decide a request whose client is in no list; it is not undecided any more."""
        decision = policy.judge_request(undecided, Request.from_environ(environ))
        return self._judge_call(policy, decision, environ) if decision.reason is Reason.UNDECIDED else decision

    def _judge_call(self, policy: Policy, undecided: Decision, environ: WSGIEnvironment) -> Decision:
        coding = environ.get("HTTP_CONTENT_ENCODING")
        if coding:
            return Decision(Reason.ENCODED_BODY, undecided.client, coding)
        with self._place() as free:
            if not free:
                return Decision(Reason.BUSY, undecided.client)
            try:
                return self._judge_body(policy, undecided, environ)
            except RequestError as error:
                return Decision(Reason.BROKEN_BODY, undecided.client, error.problem)
            except OSError:  # no file, or no room in it
                return Decision(Reason.BUSY, undecided.client)

    def _judge_body(self, policy: Policy, undecided: Decision, environ: WSGIEnvironment) -> Decision:
        most = policy.calls.max_body
        body = HeldBody(environ, most, in_memory=most + 1 if self._report_only else IN_MEMORY)
        body.give_back(environ)
        if body.problem is not None:
            return Decision(Reason.BROKEN_BODY, undecided.client, body.problem)
        if body.too_large:
            return Decision(Reason.LARGE_BODY, undecided.client, f"more than {most} bytes")
        return policy.judge_body(undecided, body.content)

    @contextmanager
    def _place(self) -> Iterator[bool]:
        places = self._places  # a fork in between makes new ones
        free = places.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                places.release()
