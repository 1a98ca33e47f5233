"""The fields that say whose request a forwarded one is, and at which public address it was made."""

import re
from functools import lru_cache
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.body import demand
from xmlrpc_guard.client import Caller
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.networks import LAST_PORT
from xmlrpc_guard.proxy.fields import HOST_VALUE, SCHEME_PORTS, Fields

PSEUDONYM = "xmlrpc_guard"
"""The name of this proxy in Via (RFC 9110 section 7.6.3)."""

_MOST_PASSES = 5
_PUBLIC_ADDRESS = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")
_PORT = re.compile(r"[0-9]{1,5}")


def make_provenance(environ: WSGIEnvironment, caller: Caller, header: ForwardedHeader, host: str) -> Fields:
    """Make X-Forwarded-For, -Proto, -Host and -Port, and Via.

    PHP trusts them, since it trusts this proxy. So a trusted peer's values are kept, and any other peer's are replaced
    by what is known of its connection. RequestError for a request that goes round in circles.
    """
    hops = _list_hops(environ, caller, header)
    kept = map(environ.get, _PUBLIC_ADDRESS) if caller.trusted else (None, None, None)
    return [
        *([("X-Forwarded-For", hops)] if hops else []),
        *_make_public_address(environ["wsgi.url_scheme"], host, *kept),
        ("Via", _extend_via(environ)),
    ]


@lru_cache(maxsize=16)  # a site has few; and a stranger can write a Host of any length
def _make_public_address(
    scheme: str, host: str, schemes: str | None, hosts: str | None, ports: str | None
) -> tuple[tuple[str, str], ...]:
    """Make X-Forwarded-Proto, -Host and -Port, of one value each, from the connection's and from a trusted peer's."""
    # PHP compares each as a whole: "https,http" is not "https", and a site that wants https then redirects for ever.
    # A trusted peer can send several, since some proxies do not replace what they received but add to it: a value after
    # a comma, as Apache does with X-Forwarded-Host, or a second line, as HAProxy does for "add-header"; WSGI servers
    # join lines by commas. All of them add at the end. So the first is what the outermost proxy wrote, whose connection
    # is the client's own: the public scheme and port. Those after it say how the proxies speak with each other.
    #
    # The client may have written the first itself, if the proxies only add. A false scheme or port spoils nothing but
    # its own page. A false host does more: sites make links of it, in mails too. So Host, which proxies in front of
    # WordPress must keep, is preferred wherever it is among the values.
    public_host = _choose_public_host(_list_values(hosts), host)
    public_scheme = _list_values(schemes)[0].lower()
    if public_scheme not in SCHEME_PORTS:
        public_scheme = scheme
    port = _list_values(ports)[0]
    if not _is_port(port):
        port = public_host.rpartition("]")[2].partition(":")[2]
    return (
        ("X-Forwarded-Proto", public_scheme),
        ("X-Forwarded-Host", public_host),
        ("X-Forwarded-Port", str(int(port)) if _is_port(port) else SCHEME_PORTS.get(public_scheme, "80")),
    )


def _list_values(field: str | None) -> list[str]:
    """List a field's values in their order, at least one; empty ones do not count (RFC 9110 section 5.6.1)."""
    values = (value.strip(" \t") for value in (field or "").split(","))
    return [value for value in values if value] or [""]


def _choose_public_host(values: list[str], host: str) -> str:
    if host.lower() in map(str.lower, values):
        return host
    return values[0] if HOST_VALUE.fullmatch(values[0]) else host


def _is_port(text: str) -> bool:
    return bool(_PORT.fullmatch(text)) and 0 < int(text) <= LAST_PORT


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
