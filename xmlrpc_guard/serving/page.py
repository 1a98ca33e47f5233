"""The status page: what a guard counts, for this machine only, as JSON and for Prometheus, and an answer on health."""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Thread
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard.metrics.numbers import GuardNumbers
from xmlrpc_guard.serving.listening import Listener, open_listeners
from xmlrpc_guard.serving.private import check_private, check_private_entry
from xmlrpc_guard.serving.server import make_server, stop_server
from xmlrpc_guard.text import describe_error, printable

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

_TEXT = "text/plain; charset=utf-8"
_LOOPBACK_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?")
# A proxy that hands requests of strangers on to this page adds one of these.
_HANDED_ON = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")

PageAnswer = tuple[HTTPStatus, str, bytes]


class StatusPage:
    """A WSGI application that shows numbers: JSON at ``/``, Prometheus' text at ``/metrics``, ``ok`` at ``/healthz``.

    It answers GET only, and only to clients of this machine: the Host must be a name of the loopback address, or any
    page that a browser here has opened could read it under a name of its own, and a proxy may not have handed the
    request on.
    """

    def __init__(self, read: Callable[[], GuardNumbers]) -> None:
        self._failure = ""
        self._pages: dict[str, Callable[[], PageAnswer]] = {
            "/": lambda: _show_json(read()),
            "/metrics": lambda: _show_prometheus(read()),
            "/healthz": lambda: (HTTPStatus.OK, _TEXT, b"ok\n"),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        status, kind, body = self._answer(environ)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "GET"))
        start_response(f"{status.value} {status.phrase}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: WSGIEnvironment) -> PageAnswer:
        if not _LOOPBACK_HOST.fullmatch(environ.get("HTTP_HOST", "").lower()) or any(map(environ.get, _HANDED_ON)):
            return _refuse(HTTPStatus.FORBIDDEN)
        if environ["REQUEST_METHOD"] != "GET":
            return _refuse(HTTPStatus.METHOD_NOT_ALLOWED)
        page = self._pages.get(environ["PATH_INFO"])
        return self._show(page) if page else _refuse(HTTPStatus.NOT_FOUND)

    def _show(self, page: Callable[[], PageAnswer]) -> PageAnswer:
        """Give a page, or 500; why, is logged once, and not shown: it may name a folder."""
        try:
            shown = page()
        except Exception as error:  # noqa: BLE001 - the numbers may be in files, which may hold anything
            failure = printable(describe_error(error))
            if failure != self._failure:
                logger.error("the status page cannot be shown: %s", failure)  # noqa: TRY400
            self._failure = failure
            return _refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        self._failure = ""
        return shown


def _refuse(status: HTTPStatus) -> PageAnswer:
    return status, _TEXT, f"{status.phrase}\n".encode()


def _show_json(numbers: GuardNumbers) -> PageAnswer:
    return HTTPStatus.OK, "application/json", json.dumps(numbers.as_dict(time.time()), indent=1).encode() + b"\n"


def _show_prometheus(numbers: GuardNumbers) -> PageAnswer:
    try:
        from xmlrpc_guard.metrics.exposition import CONTENT_TYPE, write_text  # noqa: PLC0415 - an extra, for this page only
    except ModuleNotFoundError:
        advice = b"prometheus_client is missing; run: pip install 'xmlrpc_guard[metrics]'\n"
        return HTTPStatus.NOT_IMPLEMENTED, _TEXT, advice
    return HTTPStatus.OK, CONTENT_TYPE, write_text(numbers)


@contextmanager
def serving_page(entry: str, read: Callable[[], GuardNumbers], *, reuse_port: bool = False) -> Iterator[Listener]:
    """Serve a status page in a thread until the block ends; ConfigurationError if other machines could reach it."""
    check_private_entry(entry)
    with open_listeners("status", [entry], reuse_port=reuse_port) as listeners:
        for listener in listeners:
            check_private(entry, listener)
        server = make_server(StatusPage(read), listeners, threads=1)
        thread = Thread(target=server.run, name="status", daemon=True)
        thread.start()
        try:
            yield listeners[0]
        finally:
            stop_server(server)
            thread.join()
