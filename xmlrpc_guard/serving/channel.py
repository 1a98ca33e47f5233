"""A connection: its requests are read strictly, answered by the application, and written to an access log."""

import logging
from math import inf
from time import monotonic
from typing import Any
from wsgiref.types import WSGIEnvironment

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import ErrorTask

from xmlrpc_guard.serving.access import ABSENT, AccessLog, Answered, Sender
from xmlrpc_guard.serving.strict import StrictParser, StrictTask

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


def make_channel_class(access_log: AccessLog | None) -> type[StrictChannel]:
    """Make the class of a server's connections, whose requests are written to this log."""
    if access_log is None:
        return StrictChannel
    tasks = {"task_class": LoggedTask, "error_task_class": LoggedErrorTask, "access_log": access_log}
    return type("LoggedChannel", (StrictChannel,), tasks)
