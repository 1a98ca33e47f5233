"""What the proxy logs: a request that it answers by itself, and an answer that broke off."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.client import Caller
from xmlrpc_guard.proxy.outgoing import read_target
from xmlrpc_guard.records import UNKNOWN, check_log, describe_peer
from xmlrpc_guard.sampled import Sampled, count_more
from xmlrpc_guard.sampling import Summary
from xmlrpc_guard.text import excerpt

proxy_logger: logging.Logger = logging.getLogger("xmlrpc_guard.proxy")


class FailureLog:
    """The records of requests that a proxy answers by itself: a WARNING if the request is at fault, else an ERROR.

    ``mode`` is how a guard's refusals are recorded. With ``sampled``, a client's first fault in a minute has a record,
    and the others are one more. An upstream that fails does so for all clients: of its errors, the first of each
    status has one. With ``off``, these are the only records.
    """

    def __init__(self, mode: str, clock: Callable[[], float] = monotonic) -> None:
        check_log(mode)
        self._mode = mode
        self._faults = Sampled(_write_faults, clock)
        self._errors = Sampled(_write_errors, clock)

    def log(self, environ: WSGIEnvironment, caller: Caller, status: HTTPStatus, problem: str) -> None:
        """Record one request, or leave it out. Its query is left out always: it may hold a signature."""
        client = caller.client[1] if caller.client else None
        at_fault = status < HTTPStatus.INTERNAL_SERVER_ERROR
        if self._is_recorded(client, status, at_fault=at_fault):
            level = logging.WARNING if at_fault else logging.ERROR
            path = read_target(environ).partition("?")[0]
            words = (status.value, client or UNKNOWN, excerpt(problem), describe_peer(environ))
            facts = map(excerpt, (environ["REQUEST_METHOD"], path))
            proxy_logger.log(level, "answered %s to %s: %s; peer %s, %s %s", *words, *facts)

    def _is_recorded(self, client: str | None, status: HTTPStatus, *, at_fault: bool) -> bool:
        if self._mode == "all":
            return True
        if at_fault:
            return self._mode == "sampled" and self._faults.is_first(client)
        return self._errors.is_first(str(status.value))


def _write_faults(summary: Summary) -> None:
    who = "other clients" if summary.client is None else summary.client
    proxy_logger.warning("answered faulty requests of %s %s", who, count_more(summary.refusals))


def _write_errors(summary: Summary) -> None:
    proxy_logger.error("answered %s %s", summary.client, count_more(summary.refusals))


def log_break_off(upstream: str, error: Exception) -> None:
    """Log one answer whose rest did not come, after its beginning went to the client."""
    proxy_logger.error("%s broke off its answer: %s", upstream, error)
