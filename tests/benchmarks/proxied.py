"""What tests.benchmarks.proxies has the servers serve: proxies to the host and port that UPSTREAM names.

WSGIProxy2 and WebOb give the client the upstream's Connection field. waitress answers that with 500, so a site with
them takes it away, as is done here.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob.client
from wsgiproxy import HostProxy

from xmlrpc_guard.proxy import ReverseProxy, application

UPSTREAM = os.environ["UPSTREAM"]


def without_connection(app: WSGIApplication) -> WSGIApplication:
    def filtering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, [field for field in headers if field[0].lower() != "connection"], exc_info)

        return app(environ, start)

    return filtering


def sending(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Send to the upstream what webob.client would send to the server itself."""
    environ["SERVER_NAME"], environ["SERVER_PORT"] = UPSTREAM.split(":")
    return webob.client.send_request_app(environ, start_response)


proxy = ReverseProxy(f"http://{UPSTREAM}")
guarded = application(f"http://{UPSTREAM}", allow="jetpack")
wsgiproxy2 = without_connection(HostProxy(f"http://{UPSTREAM}"))
webob_client = without_connection(sending)

_PAGE = os.urandom(10_000)


def bare(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "10000")])
    return [_PAGE]
