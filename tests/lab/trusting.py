"""A guard for each way to trust a unix socket, by the first segment of the path."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.real.guards import LISTED
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.peers import UNIX_PEERS


def _site(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "7")])
    return [b"passed\n"]


def _guard(*trusted: str) -> XMLRPCGuard:
    return XMLRPCGuard(_site, Policy(allow=[LISTED], trusted_proxies=trusted))


_GUARDS = {"unix": _guard("unix"), **{f"unix-{server}": _guard(f"unix:{server}") for server in UNIX_PEERS}}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return _GUARDS[environ["PATH_INFO"].split("/")[1]](environ, start_response)
