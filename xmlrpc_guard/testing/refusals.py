"""Does a guard in an application refuse a request?"""

from typing import Any
from wsgiref.types import WSGIApplication

import webob

from xmlrpc_guard.corpus.spellings import Spelling
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.policy import Reason
from xmlrpc_guard.records import DECISION_KEY, REPORTED_KEY
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.testing.calls import make_call
from xmlrpc_guard.testing.environs import GivenHeaders, environ_as, unpack
from xmlrpc_guard.views import any_view_reaches

STRANGER = "198.51.100.7"
"""The address of a client that no allowlist has: it is reserved for documentation (RFC 5737)."""


def blocks(
    app: WSGIApplication,
    path: str | Spelling,
    *,
    client: str = STRANGER,
    peer: str | None = None,
    headers: GivenHeaders = (),
    server: str = "waitress",
    forwarded_header: str = "X-Forwarded-For",
    method: str = "GET",
    body: bytes = b"",
) -> bool:
    """Send ``app`` a request and return whether a guard in it refuses; its decision counts, not the answer's status.

    ``path`` is the raw request target, or a row of SPELLINGS, which is sent with its headers. ``client`` is the address
    that connects or, if ``peer`` is given, the one that ``peer`` (an address, or ``"unix"``) forwards in
    ``forwarded_header``; if ``headers`` has that header, it is sent as it is.
    ``method`` and ``body`` are the request's; for an XML-RPC call, ``blocks_call`` is shorter.
    A guard with ``report_only`` refuses nothing. One whose ``denied`` application serves the page still refuses.

    ``server`` is a key of SERVERS: the server whose environ is imitated. TargetRefused if that server answers the
    target itself. ValueError if ``client`` or ``peer`` is not an address, if the guard finds no client in the header,
    for example because it reads another one, or if ``path`` reaches xmlrpc.php and no guard of ``app`` decides on it,
    nor on two other requests that reach a script.

    >>> from xmlrpc_guard import Policy, XMLRPCGuard
    >>> policy = Policy(allow=["203.0.113.7"], trusted_proxies=["10.0.0.5"])
    >>> guard = XMLRPCGuard(webob.Response("ok"), policy)
    >>> blocks(guard, "/%78mlrpc.php", client="203.0.113.7", peer="10.0.0.5")
    False
    """
    _check_address("client", client)
    if peer not in (None, "unix"):
        _check_address("peer", peer)
    target, lines = unpack(path, headers)
    forwards = peer is not None and all(name.lower() != forwarded_header.lower() for name, _ in lines)
    if forwards:
        lines.append((forwarded_header, _forwarded_value(client, forwarded_header)))
    connecting = client if peer is None else peer
    environ = environ_as(server, target, peer=connecting, headers=lines, method=method, body=body)
    _answer = webob.Request(environ).send(app).body  # read to its end: an application may work while it is read
    decision = environ.get(DECISION_KEY)
    if decision is None and any_view_reaches(_XMLRPC, environ):
        _check_guarded(app, connecting)
    if forwards and decision is not None and decision.reason is Reason.UNREADABLE_FORWARDED:
        raise ValueError(f"forwarded_header: the guard finds no address in {forwarded_header!r}; name the one it reads")
    return decision is not None and not decision.allowed and environ.get(REPORTED_KEY) is not decision


def blocks_call(
    app: WSGIApplication, call: str | bytes, *, path: str | Spelling = "/xmlrpc.php", **options: Any
) -> bool:
    """Send ``app`` an XML-RPC call and return whether a guard in it refuses.

    ``call`` is the name of a method, or a body such as ``make_call`` and ``make_multicall`` give. The other arguments
    are those of ``blocks``.

    >>> from xmlrpc_guard import Policy, XMLRPCGuard
    >>> guard = XMLRPCGuard(webob.Response("ok"), Policy(allow=[], public_methods=["editors"]))
    >>> blocks_call(guard, "pingback.ping"), blocks_call(guard, "metaWeblog.newPost")
    (True, False)
    """
    body = make_call(call) if isinstance(call, str) else call
    return blocks(app, path, method="POST", body=body, **options)


_XMLRPC = Scripts(["xmlrpc.php"])
_ANY_SCRIPT = f"/%{'25' * 20}41"
"""Escaped more often than a guard decodes, so that it counts as each script that a guard may have."""


def _check_guarded(app: WSGIApplication, peer: str) -> None:
    """Raise ValueError if no guard in ``app`` gets to decide: then there is nothing to ask about its refusals."""
    for target in ("/xmlrpc.php", _ANY_SCRIPT):
        environ = environ_as("waitress", target, peer=peer)
        _answer = webob.Request(environ).send(app).body
        if DECISION_KEY in environ:
            return
    raise ValueError(
        f"app: {app!r:.100} holds no XMLRPCGuard that decides this request; read the status that another filter answers"
    )


def _check_address(name: str, text: object) -> None:
    if not isinstance(text, str):
        raise ValueError(f"{name}: {text!a:.100} is not text; write one such as {STRANGER}")  # noqa: TRY004 - as below
    if parse_address(text) is None:
        raise ValueError(f"{name}: {text!a:.100} is not an address; write one such as {STRANGER}")


def _forwarded_value(client: str, header: str) -> str:
    """Write a client's address as a proxy does; in Forwarded, IPv6 has brackets and quotes (RFC 7239 section 6)."""
    if header.lower() != "forwarded":
        return client
    return f'for="[{client}]"' if ":" in client else f"for={client}"
