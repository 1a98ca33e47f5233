"""The fields that say whose request a forwarded one is, and how it was made."""

from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.body import demand
from xmlrpc_guard.client import Caller
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.proxy.fields import Fields

PSEUDONYM = "xmlrpc_guard"
"""The name of this proxy in Via (RFC 9110 section 7.6.3)."""

_MOST_PASSES = 5


def make_provenance(environ: WSGIEnvironment, caller: Caller, header: ForwardedHeader, host: str) -> Fields:
    """Make X-Forwarded-For, -Proto and -Host, and Via.

    PHP trusts them, since it trusts this proxy. So a trusted peer's values are kept, and any other peer's are replaced
    by what is known of its connection. RequestError for a request that goes round in circles.
    """
    kept = environ if caller.trusted else {}
    hops = _list_hops(environ, caller, header)
    return [
        *([("X-Forwarded-For", hops)] if hops else []),
        ("X-Forwarded-Proto", kept.get("HTTP_X_FORWARDED_PROTO") or environ["wsgi.url_scheme"]),
        ("X-Forwarded-Host", kept.get("HTTP_X_FORWARDED_HOST") or host),
        ("Via", _extend_via(environ)),
    ]


def _list_hops(environ: WSGIEnvironment, caller: Caller, header: ForwardedHeader) -> str:
    """List the hops that a trusted peer names, and the peer after them; a unix socket's client has no address."""
    peer = caller.address[1] if caller.address else ""
    earlier = _earlier_hops(environ, caller, header) if caller.trusted else ""
    return f"{earlier}, {peer}" if earlier and peer else earlier or peer


def _earlier_hops(environ: WSGIEnvironment, caller: Caller, header: ForwardedHeader) -> str:
    if header == X_FORWARDED_FOR:
        hops: str = environ.get(header.key, "").strip(" \t")
        return hops
    return caller.client[1] if caller.client else "unknown"


def _extend_via(environ: WSGIEnvironment) -> str:
    version, via = environ.get("SERVER_PROTOCOL", "").removeprefix("HTTP/"), environ.get("HTTP_VIA", "")
    demand(via.count(PSEUDONYM) < _MOST_PASSES, "it has passed this proxy too often", HTTPStatus.LOOP_DETECTED)
    own = f"{version or '1.1'} {PSEUDONYM}"
    return f"{via}, {own}" if via else own
