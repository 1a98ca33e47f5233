"""A guard for each header that a guard may read, in one application: what each real server runs.

The second segment of a path names the header: the application guards ``/sets/X-Real-IP/xmlrpc.php`` with X-Real-IP. The
first segment is for the front, which treats paths differently by it. mod_wsgi runs this file by itself, under the
system's Python: it imports nothing of the tests.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard

LISTED, STRANGER, FRONT = "127.0.0.77", "127.0.0.66", "127.0.0.2"
"""Clients and a front, all on loopback: real fronts write the addresses that real clients connect from."""

LISTED_IPV6 = "2001:db8::77"
"""A listed client that cannot connect here: loopback has one IPv6 address only."""


def twins(header: str) -> tuple[str, str, str]:
    """Give the names that servers take for a header's, as they turn dashes into underscores."""
    first, _, last = header.partition("-")
    return header.replace("-", "_"), f"{first}_{last}" if last else first, "_".join(header.rsplit("-", 1))


def _site(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"passed\n"]


def _reading(header: str) -> XMLRPCGuard:
    policy = Policy(allow=[LISTED, LISTED_IPV6], trusted_proxies=[FRONT, "unix"], forwarded_header=header)
    return XMLRPCGuard(_site, policy)


GUARDS = {
    "no-header": XMLRPCGuard(_site, Policy(allow=[LISTED, LISTED_IPV6])),
    **{name: _reading(name) for name in ("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "Forwarded")},
}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return GUARDS[environ["PATH_INFO"].split("/")[2]](environ, start_response)
