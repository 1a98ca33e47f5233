"""Ask an application whether a guard in it refuses a request."""

from collections.abc import Mapping
from wsgiref.types import WSGIApplication

import webob

from xmlrpc_guard.policy import Reason
from xmlrpc_guard.testing.environs import Headers, environ_as
from xmlrpc_guard.wsgi import DECISION_KEY, REPORTED_KEY

STRANGER = "198.51.100.7"
"""A client that nobody lists: it is reserved for documentation (RFC 5737)."""


def blocks(
    app: WSGIApplication,
    path: str,
    *,
    client: str = STRANGER,
    peer: str | None = None,
    headers: Headers = (),
    server: str = "waitress",
    forwarded_header: str = "X-Forwarded-For",
) -> bool:
    """Tell whether a guard in ``app`` refuses the request: its decision is asked for, not the status.

    ``path`` is the raw request target. ``client`` connects itself, or through ``peer``, which then forwards
    its address in ``forwarded_header`` unless ``headers`` has one. A guard that only reports blocks nothing; one
    whose ``denied`` serves the page after all is still said to refuse.
    ``server``: whose environ to imitate, a key of SERVERS; raises TargetRefused if it would not pass
    the target on. Raises ValueError if the guard found nobody in the header, as where it reads another one.

    >>> from xmlrpc_guard import Policy, XMLRPCGuard
    >>> policy = Policy(allow=["203.0.113.7"], trusted_proxies=["10.0.0.5"])
    >>> guard = XMLRPCGuard(webob.Response("ok"), policy)
    >>> blocks(guard, "/%78mlrpc.php", client="203.0.113.7", peer="10.0.0.5")
    False
    """
    lines = list(headers.items() if isinstance(headers, Mapping) else headers)
    forwards = peer is not None and all(name.lower() != forwarded_header.lower() for name, _ in lines)
    if forwards:
        lines.append((forwarded_header, _said_of(client, forwarded_header)))
    environ = environ_as(server, path, peer=client if peer is None else peer, headers=lines)
    _answer = webob.Request(environ).send(app).body  # to the end: an application may do its work as it is read
    decision = environ.get(DECISION_KEY)
    if forwards and decision is not None and decision.reason is Reason.UNREADABLE_FORWARDED:
        raise ValueError(f"forwarded_header: the guard finds no address in {forwarded_header!r}; name the one it reads")
    return decision is not None and not decision.allowed and environ.get(REPORTED_KEY) is not decision


def _said_of(client: str, header: str) -> str:
    """Write a client's address as a proxy does; RFC 7239 section 6 has IPv6 in brackets and quotes."""
    if header.lower() != "forwarded":
        return client
    return f'for="[{client}]"' if ":" in client else f"for={client}"
