"""The applications that the tests give to the servers."""

import json
import os
import sys
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.proxy import application


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with the text part of the environ, as JSON."""
    body = json.dumps({key: value for key, value in environ.items() if isinstance(value, str)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


guarded = XMLRPCGuard(echo, Policy(allow=["jetpack"], trusted_proxies=["127.0.0.1", "unix"]))

# A guard and a proxy, to the upstream that UPSTREAM names.
forwarded = application(
    os.environ.get("UPSTREAM", "http://127.0.0.1:9"),
    allow="jetpack",
    trusted_proxies="127.0.0.1 unix",
    timeout=(5, 0.5),
)


def echo_factory(_global_conf: dict[str, str]) -> WSGIApplication:
    """Make the application for PasteDeploy."""
    return echo


def __getattr__(name: str) -> object:
    if name == "leave":
        sys.exit(3)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
