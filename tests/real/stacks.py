"""The ways from a client to the guard, as a table, and an application that holds a guard for each of them.

mod_wsgi runs this file by itself, under the system's Python: it imports nothing of the tests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard

LISTED, STRANGER, FRONT = "127.0.0.77", "127.0.0.66", "127.0.0.2"
"""Who asks: they are all on loopback, so that real fronts write the addresses that real clients connect from."""

LISTED_IPV6 = "2001:db8::77"
"""A client that nobody here can be, as loopback has one IPv6 address at the most: see X-Visitor."""


@dataclass(frozen=True)
class Stack:
    """What stands in front, what it is told to do, which header it writes, and whom the guard believes.

    ``front`` names the program; it is empty where clients connect to the server itself.
    """

    front: str = ""
    directives: str = ""
    trusted: tuple[str, ...] = (FRONT, "unix")
    header: str = "X-Forwarded-For"

    @property
    def policy(self) -> Policy:
        return Policy(allow=[LISTED, LISTED_IPV6], trusted_proxies=self.trusted, forwarded_header=self.header)


def twins(header: str) -> tuple[str, str, str]:
    """Give the names that servers take for a header's, as they turn dashes into underscores."""
    first, _, last = header.partition("-")
    return header.replace("-", "_"), f"{first}_{last}" if last else first, "_".join(header.rsplit("-", 1))


def _without_twins(header: str) -> str:
    return "\n".join(f"RequestHeader unset {twin}" for twin in twins(header))


_APPENDS = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
# What connects from 127.0.0.1 may say for whom: neither of the two does.
_VISITOR = "set_real_ip_from 127.0.0.1; real_ip_header X-Visitor;"
_SETS = "RequestHeader set X-Real-IP expr=%{REMOTE_ADDR}"

# By the first segment of the path that is asked for: one process of each server holds them all.
CLOSED = {
    "alone": Stack(trusted=()),
    "around-the-front": Stack(),
    "nginx-appends": Stack("nginx", _APPENDS),
    "nginx-overwrites": Stack("nginx", "proxy_set_header X-Forwarded-For $remote_addr;"),
    "nginx-real-ip": Stack("nginx", "proxy_set_header X-Real-IP $remote_addr;", header="X-Real-IP"),
    "nginx-cdns-header": Stack("nginx", "proxy_set_header CF-Connecting-IP $remote_addr;", header="CF-Connecting-IP"),
    "nginx-forwarded": Stack("nginx", f"{_VISITOR} proxy_set_header Forwarded $forwarded_element;", header="Forwarded"),
    "nginx-adds-forwarded": Stack("nginx", f"{_VISITOR} proxy_set_header Forwarded $forwarded;", header="Forwarded"),
    "apache": Stack("apache", _without_twins("X-Forwarded-For")),
    "apache-real-ip": Stack("apache", f"{_without_twins('X-Real-IP')}\n{_SETS}", header="X-Real-IP"),
}
# The same, open: by a directive that is there, or that is not.
OPEN = {
    "nginx-underscores": Stack("nginx", f"underscores_in_headers on; {_APPENDS}"),
    "nginx-as-it-comes": Stack("nginx"),
    "nginx-passes-real-ip": Stack("nginx", _APPENDS, header="X-Real-IP"),
    "nginx-passes-the-cdns-header": Stack("nginx", _APPENDS, header="CF-Connecting-IP"),
    "nginx-unquoted": Stack("nginx", f'{_VISITOR} proxy_set_header Forwarded "for=$remote_addr";', header="Forwarded"),
    "apache-as-it-comes": Stack("apache"),
    "apache-real-ip-with-twins": Stack("apache", _SETS, header="X-Real-IP"),
}
# uWSGI's own protocol, in which the front says what REMOTE_ADDR is.
NATIVE = {
    "nginx-uwsgi": Stack("nginx", trusted=()),
    "apache-uwsgi": Stack("apache", trusted=()),
}
STACKS = CLOSED | OPEN | NATIVE


def _site(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"passed\n"]


_GUARDS = {name: XMLRPCGuard(_site, stack.policy) for name, stack in STACKS.items()}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    guard = _GUARDS[environ["PATH_INFO"].split("/")[1]]
    return guard(environ, start_response)
