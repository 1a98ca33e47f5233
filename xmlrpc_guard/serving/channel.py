"""A connection: its requests are read strictly, answered by the application, and written to an access log."""

import logging
from math import inf
from time import monotonic
from typing import Any
from wsgiref.types import WSGIEnvironment

from waitress.buffers import OverflowableBuffer
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import ErrorTask

from xmlrpc_guard.serving.access import ABSENT, AccessLog, Answered, Sender
from xmlrpc_guard.serving.strict import StrictParser, StrictTask
from xmlrpc_guard.serving.watching import WatchedSockets

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

_FAILED = 500  # what waitress answers if an application raises before it begins to answer
_CLIENT_GONE = 499  # nginx' status for a client that does not wait for the answer
_MINUTE = 60.0
_PROXY_PROTOCOL = (
    "peer %s speaks the PROXY protocol, version %d, which is not read here and is answered with 400: switch it off "
    "there (send-proxy in HAProxy, proxy_protocol in nginx), and let it send X-Forwarded-For"
)


class StrictErrorTask(ErrorTask):
    """The answer to what is not a request."""

    channel: Any  # a StrictChannel
    request: Any  # a StrictParser
    logged: float = -inf
    """When a record last named a peer that speaks the PROXY protocol; there is one in a minute."""

    def execute(self) -> None:
        """Answer it."""
        version, now = self.request.proxy_protocol, monotonic()
        if version and now - StrictErrorTask.logged >= _MINUTE:
            StrictErrorTask.logged = now
            logger.warning(_PROXY_PROTOCOL, self.channel.addr[0], version)
        super().execute()


class StrictChannel(HTTPChannel):
    """A connection whose requests StrictParser reads, and StrictTask answers."""

    parser_class: Any = StrictParser
    task_class: Any = StrictTask
    error_task_class: Any = StrictErrorTask
    outbufs: list[Any]

    # waitress keeps the buffer of an answer, of up to a megabyte, until the connection's next one: a hundred clients
    # that keep their connections open would have it hold a hundred megabytes.
    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what the client takes now; let go of the buffer once all of it is sent."""
        sent: bool = super()._flush_some(do_close=do_close)  # type: ignore[misc]  # the stubs lack it
        if self.connected and not self.total_outbufs_len and self.outbufs[0].buf is not None:
            self.outbufs.pop().close()
            self.outbufs.append(OverflowableBuffer(self.adj.outbuf_overflow))
            self.current_outbuf_count = 0
        return sent


class WatchedChannel(StrictChannel):
    """A connection among WatchedSockets, which are told by ``look`` when it waits for something else."""

    look: Any  # WatchedSockets.look
    _fileno: int | None

    def service(self) -> None:
        """Answer one request."""
        try:
            super().service()
        finally:
            self._look()

    def write_soon(self, data: Any) -> int:
        """Send something, or keep it for the main thread to send; this may wait until that has sent enough."""
        size: int = super().write_soon(data)
        if self.total_outbufs_len or self.will_close:
            self._look()
        return size

    def _look(self) -> None:
        self.look(self._fileno, self)  # None once it is closed, as where the client hung up before its answer


class LoggedTask(StrictTask):
    """An answer that has a line in the access log."""

    channel: Any  # with an access log
    request: Any  # a StrictParser
    sender: Sender = Sender(ABSENT, ABSENT)
    sent: int = 0

    def get_environment(self) -> WSGIEnvironment:
        """Make the environ, and work out who sends the request before an application can change it."""
        environ: WSGIEnvironment = super().get_environment()
        self.sender = self.channel.access_log.identify(environ)
        return environ

    def write(self, data: bytes) -> None:
        """Send a part of the body."""
        self.sent += len(data)
        super().write(data)

    def service(self) -> None:
        """Answer the request."""
        instead: int | None = _FAILED
        try:
            super().service()
            instead = None
        except ClientDisconnected:
            instead = _CLIENT_GONE
            raise
        finally:
            status = int(self.status[:3]) if self.wrote_header or instead is None else instead
            answered = Answered(self.request.start_line, status, self.sent, self.request.headers)
            self.channel.access_log.write(self.sender, answered, self.environ or {})


class LoggedErrorTask(StrictErrorTask):
    """The answer to what is not a request, with its line in the access log, unless that has one already."""

    def execute(self) -> None:
        """Answer it."""
        super().execute()
        request, log = self.request, self.channel.access_log
        if request.start_line:  # an application that fails has a request before this one
            answered = Answered(request.start_line, int(self.status[:3]), self.content_bytes_written, request.headers)
            log.write(log.identify({"REMOTE_ADDR": self.channel.addr[0], **self._proof()}), answered, {})

    def _proof(self) -> dict[str, Any]:
        return {"waitress.client_disconnected": self.channel.check_client_disconnected}


def make_channel_class(access_log: AccessLog | None, watched: WatchedSockets | None) -> type[StrictChannel]:
    """Make the class of a server's connections: whose requests are written to a log, and which are watched."""
    base = StrictChannel if watched is None else WatchedChannel
    own: dict[str, Any] = {} if watched is None else {"look": watched.look}
    if access_log is not None:
        own |= {"task_class": LoggedTask, "error_task_class": LoggedErrorTask, "access_log": access_log}
    return type(base.__name__, (base,), own)
