"""The ways from a client to the guard, as a table, and an application that holds a guard for each of them.

mod_wsgi runs this file by itself, under the system's Python: it imports nothing of the tests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard

LISTED, STRANGER, FRONT = "127.0.0.77", "127.0.0.66", "127.0.0.2"
"""Who asks: they are all on loopback, so that real fronts write the addresses that real clients connect from."""


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
        return Policy(allow=[LISTED], trusted_proxies=self.trusted)


# The names that servers take for X-Forwarded-For, as they turn dashes into underscores.
TWINS = ("X_Forwarded_For", "X_Forwarded-For", "X-Forwarded_For")
_APPENDS = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
_NO_TWINS = "\n".join(f"RequestHeader unset {name}" for name in TWINS)

# By the first segment of the path that is asked for: one process of each server holds them all.
CLOSED = {
    "alone": Stack(trusted=()),
    "around-the-front": Stack(),
    "nginx-appends": Stack("nginx", _APPENDS),
    "nginx-overwrites": Stack("nginx", "proxy_set_header X-Forwarded-For $remote_addr;"),
    "apache": Stack("apache", _NO_TWINS),
}
# The same, open: by a directive that is there, or that is not.
OPEN = {
    "nginx-underscores": Stack("nginx", f"underscores_in_headers on; {_APPENDS}"),
    "nginx-as-it-comes": Stack("nginx"),
    "apache-as-it-comes": Stack("apache"),
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
