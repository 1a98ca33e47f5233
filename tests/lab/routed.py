"""The application of the whole chain: a guard, or none, around the forwarder that a request names."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.frontends import Listener
from tests.lab.forwarders import FORWARDERS
from tests.lab.remedies import ALLOW
from xmlrpc_guard import Policy, XMLRPCGuard

ROUTE, GUARDED = "X-Route", "X-Guarded"


def route(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Forward by the way and to the port that the request names."""
    way, _, port = environ["HTTP_X_ROUTE"].partition(" to ")
    return FORWARDERS[way](Listener(port=int(port)))(environ, start_response)


guarded = XMLRPCGuard(route, Policy(allow=ALLOW, trusted_proxies=["127.0.0.1"]))


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    chain = guarded if environ["HTTP_X_GUARDED"] == "yes" else route
    return chain(environ, start_response)
