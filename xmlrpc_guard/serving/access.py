"""An access log in the combined form: a line for each request, with who made it and what was decided."""

import errno
import logging
import os
import re
import time
from collections.abc import Mapping
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.client import identify_sender
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.peers import UNIX_SOCKET, is_unix_socket, parse_peer
from xmlrpc_guard.policy import Decision, PolicySource
from xmlrpc_guard.records import DECISION_KEY, REPORTED_KEY

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

ABSENT = "-"
STANDARD_OUTPUT = "-"
"""The name of an access log that goes to standard output."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_LINE, _LONGEST_FIELD = 8192, 1024  # bytes of a first line, which nginx limits so, and of a field
_ESCAPED = re.compile(rb"[^ !#-[\]-~]")


# To open a FIFO that nothing reads waits for its reader, and a signal's turn with it; a terminal becomes ours.
_WITHOUT_WAITING = sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY"))


class Sender(NamedTuple):
    """Who makes a request, as texts for a line."""

    client: str
    peer: str


class Answered(NamedTuple):
    """A request as it came, and what was answered."""

    request: bytes
    """The first line, without its end."""
    status: int
    size: int
    """The bytes of the body that was sent."""
    headers: Mapping[str, str]
    """The request's header fields, by their names in capitals with underscores."""


class AccessLog:
    """A file, or ``-`` for standard output; ConfigurationError if it cannot be written.

    The client is the one that the guard's policy works out, for every request; the peer is who connected.
    """

    def __init__(self, name: str, source: PolicySource) -> None:
        self._name, self._source = name, source
        self._failing = False
        try:
            self._descriptor = self._open()
        except (OSError, ValueError) as error:
            problem = f"cannot be written ({_describe(error)}); write another file's name, or - for standard output"
            raise ConfigurationError("access_log", name, problem) from None

    def _open(self) -> int:
        if self._name == STANDARD_OUTPUT:
            return os.dup(1)
        opened = os.open(self._name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _WITHOUT_WAITING, 0o640)
        if hasattr(os, "set_blocking"):  # Windows has it from Python 3.12 on
            os.set_blocking(opened, True)
        return opened

    def reopen(self) -> None:
        """Open the file again by its name, as after it was renamed; if that fails, the old one is written on."""
        if self._name == STANDARD_OUTPUT:
            return
        try:
            opened = self._open()
        except OSError as error:
            message = "access_log: %a cannot be opened again (%s); the old file is used"
            logger.error(message, self._name, _describe(error))  # noqa: TRY400
            return
        # Exchanged under the same number, in one step: a thread may be about to write there.
        os.dup2(opened, self._descriptor, inheritable=False)
        os.close(opened)

    def identify(self, environ: WSGIEnvironment) -> Sender:
        """Work out who makes a request, before an application can change its environ."""
        policy = self._source.current()
        caller = identify_sender(environ, policy.trusted_proxies, policy.forwarded_header)
        peer = parse_peer(environ.get("REMOTE_ADDR"))
        text = peer[1] if peer else UNIX_SOCKET if is_unix_socket(environ) else ABSENT
        return Sender(caller.client[1] if caller.client else ABSENT, text)

    def write(self, sender: Sender, answered: Answered, environ: WSGIEnvironment) -> None:
        """Write one line; one that cannot be written is lost, and the first of several is reported."""
        line = format_line(sender, answered, describe_decision(environ), time.localtime())
        try:
            os.write(self._descriptor, line)  # one call: lines of several threads do not mix
        except OSError as error:
            if not self._failing:
                logger.error("access_log: %a cannot be written: %s", self._name, error.strerror)  # noqa: TRY400
            self._failing = True
        else:
            self._failing = False


def _describe(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return "no program reads it" if error.errno == errno.ENXIO else str(error.strerror)
    return str(error)  # of a name with a NUL


def format_line(sender: Sender, answered: Answered, decision: str, now: time.struct_time) -> bytes:
    r"""Write a line in the combined form, peer and decision after it; bytes are escaped and cut as nginx does.

    >>> answered = Answered(b'GET /"\xe9 HTTP/1.1', 403, 10, {"USER_AGENT": "curl"})
    >>> now = time.struct_time((2026, 11, 29, 11, 0, 0, 6, 333, 0, "UTC", 0))
    >>> format_line(Sender("203.0.113.9", "10.0.0.5"), answered, "deny:NOT_LISTED", now).decode().split(" - - ")[1]
    '[29/Nov/2026:11:00:00 +0000] "GET /\\x22\\xE9 HTTP/1.1" 403 10 "-" "curl" peer=10.0.0.5 decision=deny:NOT_LISTED\n'
    """
    referer, agent = (
        _escape(answered.headers.get(name, ABSENT).encode("latin-1")[:_LONGEST_FIELD])
        for name in ("REFERER", "USER_AGENT")
    )
    date = f"{now.tm_mday:02}/{_MONTHS[now.tm_mon - 1]}/{now.tm_year}:{time.strftime('%H:%M:%S %z', now)}"
    request = f'"{_escape(answered.request[:_LONGEST_LINE])}" {answered.status} {answered.size} "{referer}" "{agent}"'
    return f"{sender.client} - - [{date}] {request} peer={sender.peer} decision={decision}\n".encode("ascii")


def _escape(text: bytes) -> str:
    return _ESCAPED.sub(lambda found: b"\\x%02X" % found[0][0], text).decode("ascii")


def describe_decision(environ: WSGIEnvironment) -> str:
    """Name the decision on a request; ``-`` for one that is not guarded, ``report:`` where a refusal was reported only.

    >>> from xmlrpc_guard.policy import Reason
    >>> describe_decision({DECISION_KEY: Decision(Reason.NOT_LISTED, "203.0.113.9")})
    'deny:NOT_LISTED'
    """
    decision: Decision | None = environ.get(DECISION_KEY)
    if decision is None:
        return ABSENT
    verdict = "report" if REPORTED_KEY in environ else "allow" if decision.allowed else "deny"
    return f"{verdict}:{decision.reason.name}"
