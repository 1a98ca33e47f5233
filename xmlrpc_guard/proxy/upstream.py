"""An upstream by its name, and for each thread the connection to it that stays open for reuse."""

import threading
from http import HTTPStatus

from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.proxy.answer import UpstreamAnswer
from xmlrpc_guard.proxy.connection import Connection, check_system, open_connection
from xmlrpc_guard.proxy.endpoint import parse_endpoint, parse_timeout
from xmlrpc_guard.proxy.outgoing import Outgoing

FAILURES = {HTTPStatus.BAD_GATEWAY: "502", HTTPStatus.GATEWAY_TIMEOUT: "504"}
"""The statuses that are answered where the upstream fails, and under what each is counted."""
BROKEN_OFF = "broken off"
"""Under what an answer is counted that ends too soon, after its beginning went to the client."""


class Upstream:
    """An upstream by its name, ``http://HOST:PORT`` or ``unix:PATH``, with one idle connection for each thread."""

    # A new connection costs a handshake here and an accept there, with Apache's prefork perhaps a process. But over a
    # connection of its own, all that comes back is the answer to this request, and a failure is this request's. Over a
    # kept one neither is certain. The rules below keep a connection only where that does no harm.
    #
    # One a thread. A thread has one request at a time, so it can use no more; no lock is needed; and the upstream never
    # holds more connections than there are threads, a number that an operator sets. An idle connection that the next
    # request cannot use is closed before another is opened: an upstream with one worker would still be waiting on it.
    #
    # Only for GET, HEAD and OPTIONS without a body. The upstream may close an idle connection just as a request is on
    # its way, and then no one knows whether it was carried out. These may be sent again over a new connection (RFC 9110
    # sections 9.2.1 and 9.2.2): they change nothing, and there is no body that can be read only once. A POST would be
    # lost or carried out twice. PUT and DELETE may be repeated too, but they are rare and change things.
    #
    # For one site only. A script can send a length too small for its body, and a server may pass that on. The rest is
    # taken for the next answer if it arrives after the look described next. Then a script can forge an answer, but
    # only to visitors of its own site.
    #
    # Never if there is something to read. Either it is the end, sent by an upstream that closed the connection, or
    # bytes that answer no request: a 408 to an idle client, or that rest of an answer. A look costs one system call.
    #
    # In the process that opened it. After a fork both processes have the socket, and each would read answers to the
    # other's requests. Closing the copy leaves the original as it is.

    def __init__(self, name: str, timeout: float | tuple[float, float]) -> None:
        check_system(name)
        self._endpoint, self._timeout = parse_endpoint(name), parse_timeout(timeout)
        self._local = threading.local()
        self.name = name
        self.errors: EventCounts[str] = EventCounts([*FAILURES.values(), BROKEN_OFF])
        """Requests that this upstream failed to answer, by the status of the answer in its place; answers cut short."""

    def connect(self) -> Connection:
        """Open a connection."""
        return open_connection(self._endpoint, self._timeout)

    def take_idle(self, request: Outgoing) -> Connection | None:
        """Take this thread's idle connection if the request may go over it; it is closed if not."""
        idle: Connection | None = self._local.__dict__.pop("idle", None)
        if idle is None or (request.repeatable and idle.can_carry(request)):
            return idle
        idle.close()
        return None

    def release(self, connection: Connection, answer: UpstreamAnswer) -> None:
        """Keep a connection for this thread's next request, or close it, once its answer has been read."""
        if connection.is_reusable_after(answer):
            self._local.idle = connection
        else:
            connection.close()
