"""A guard with a list in a file, for servers of several processes: each answer names the process it came from."""

import os
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.sources import File, LivePolicy


def passed(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    return _answer("200 OK", start_response)


def refused(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    return _answer("403 Forbidden", start_response)


def _answer(status: str, start_response: StartResponse) -> list[bytes]:
    body = f"{status[:3]} {os.getpid()}".encode()
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def application(path: str) -> XMLRPCGuard:
    return XMLRPCGuard(passed, LivePolicy(Policy(allow=[]), allow=[File(path)], every=0.1), denied=refused)
