"""What the proxy logs: a request that it answers by itself, and an answer that broke off."""

import logging
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.client import Caller
from xmlrpc_guard.proxy.outgoing import read_target
from xmlrpc_guard.text import excerpt

proxy_logger: logging.Logger = logging.getLogger("xmlrpc_guard.proxy")


def log_failure(environ: WSGIEnvironment, caller: Caller, status: HTTPStatus, problem: str) -> None:
    """Log one request that the proxy answers by itself: a WARNING if the request is at fault, else an ERROR.

    Its query is left out: it may hold a signature.
    """
    level = logging.WARNING if status < HTTPStatus.INTERNAL_SERVER_ERROR else logging.ERROR
    path = read_target(environ).partition("?")[0]
    client = caller.client[1] if caller.client else "unknown"
    facts = (problem, str(environ.get("REMOTE_ADDR")), environ["REQUEST_METHOD"], path)
    proxy_logger.log(level, "answered %s to %s: %s; peer %s, %s %s", status.value, client, *map(excerpt, facts))


def log_break_off(upstream: str, error: Exception) -> None:
    """Log one answer whose rest did not come, after its beginning went to the client."""
    proxy_logger.error("%s broke off its answer: %s", upstream, error)
