"""The applications that the tests give to the servers."""

import json
import os
import sys
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.proxy import application


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with the text part of the environ, as JSON."""
    body = json.dumps({key: value for key, value in environ.items() if isinstance(value, str)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


guarded = XMLRPCGuard(echo, Policy(allow=["jetpack"], trusted_proxies=["127.0.0.1", "unix"]))
GUARDED = "Guarded: yes"


def echo_or_guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Echo behind a guard where the header asks for it, or without: one start of a server does for both."""
    return (guarded if "HTTP_GUARDED" in environ else echo)(environ, start_response)


# A guard that reads one call at a time.
calls = XMLRPCGuard(echo, Policy(allow=["jetpack"], public_methods=["pingback"]), max_body_readers=1)

UPSTREAM = os.environ.get("UPSTREAM", "http://127.0.0.1:9")
SILENCE = "/silence"
_patient = application(UPSTREAM, allow="jetpack", trusted_proxies="127.0.0.1 unix")
_impatient = application(UPSTREAM, allow="jetpack", trusted_proxies="127.0.0.1 unix", timeout=(60, 1))


def forwarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Pass a request to a guard and a proxy, to the upstream that UPSTREAM names.

    Only for a path that asks for silence is that not waited for long: a busy machine is silent for a while as well.
    """
    return (_impatient if environ["PATH_INFO"] == SILENCE else _patient)(environ, start_response)


def echo_factory(_global_conf: dict[str, str]) -> WSGIApplication:
    """Make the application for PasteDeploy."""
    return echo


def __getattr__(name: str) -> object:
    if name == "leave":
        sys.exit(3)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
