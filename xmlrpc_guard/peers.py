"""Who connects to the server: the address in REMOTE_ADDR, or a unix socket's client, which has none."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.forwarded import parse_with_port
from xmlrpc_guard.networks import NO_ADDRESS, Address

UNIX_SOCKET = "unix"
"""The entry of ``trusted_proxies`` that trusts every client of the server's unix socket."""

UNIX_PEERS: Mapping[str, str | None] = MappingProxyType(
    {
        "aiohttp-wsgi": "unix",
        "cheroot": "",
        "eventlet": "unix",
        "flup": "unix:",
        "gevent": None,
        "granian": "",
        "gunicorn": "",
        "hypercorn": None,
        "nginx": "unix:",  # in what it hands over by uwsgi_pass, fastcgi_pass or scgi_pass, as to flup
        "tornado": NO_ADDRESS,
        "uvicorn": None,
        "uwsgi": NO_ADDRESS,
        "waitress": "localhost",
        "werkzeug": "<local>",
    }
)
"""REMOTE_ADDR of a unix socket's client, by the server that gives it to no client over TCP; None where it is absent."""

# What is wrong with naming some others, and what to write.
_UNUSABLE_SERVERS = {
    "bjoern": "is no sign: bjoern gives 0.0.0.0 for each client over IPv6; listen on TCP and write the proxy's address",
    "pyvoy": "is no sign: pyvoy gives no client an address; use another server",
    "caddysnake": "has an address, 127.0.0.1; write that",
    "socketify": "has an address, 127.0.0.1; write that",
}


def parse_peer(peer: object) -> Address | None:
    """Read REMOTE_ADDR: an address, which some servers give with the port; None for anything else.

    >>> [parse_peer(text)[1] for text in ("192.0.2.7", "192.0.2.7:4711", "[2001:db8::7]:4711")]
    ['192.0.2.7', '192.0.2.7', '2001:db8::7']
    >>> parse_peer("localhost") is parse_peer("") is parse_peer(None) is None
    True
    """
    return parse_with_port(peer) if isinstance(peer, str) else None


def why_no_sign(server: str) -> str:
    """Say why what a server gives for a unix socket's client must not count as its sign; "" for those in UNIX_PEERS.

    >>> why_no_sign("hypercorn"), why_no_sign("socketify")
    ('', 'has an address, 127.0.0.1; write that')
    """
    if server in UNIX_PEERS:
        return ""
    known = f"names no server that is known; write 'unix', or unix: and one of {', '.join(UNIX_PEERS)}"
    return _UNUSABLE_SERVERS.get(server, known)


def is_unix_socket(environ: WSGIEnvironment) -> bool:
    """Return whether the server proves that its peer is a unix socket's client.

    The text of REMOTE_ADDR proves nothing: servers give the same to TCP clients, or take it from a header. So the
    connection itself is looked at where the environ leads to it, by keys that no client can set. granian and uWSGI
    show no connection; each gives what no client over TCP gets from it, under keys that it fills in itself.

    >>> is_unix_socket({"REMOTE_ADDR": "", "SERVER_NAME": "", "SERVER_PORT": ""})
    False
    """
    try:
        return any(map(_is_unix, _list_connections(environ))) or _is_unix_scope(environ) or _is_known_server(environ)
    except Exception:  # noqa: BLE001 - they are other people's objects; what fails proves nothing
        return False


def find_connection(environ: WSGIEnvironment) -> Any:
    """Give the socket of the client's connection; None where the environ does not lead to it."""
    try:
        return next((each for each in _list_connections(environ) if hasattr(each, "fileno")), None)
    except Exception:  # noqa: BLE001 - they are other people's objects
        return None


def _list_connections(environ: WSGIEnvironment) -> Iterator[object]:
    """Give what may be the socket of the client's connection, wherever a server keeps it."""
    for key in ("gunicorn.socket", "gunicorn.sock", "werkzeug.socket"):
        yield environ.get(key)
    channel = getattr(environ.get("waitress.client_disconnected"), "__self__", None)
    yield getattr(channel, "socket", None)
    transport = getattr(environ.get("aiohttp.request"), "transport", None)
    yield transport and transport.get_extra_info("socket")
    source = environ.get("wsgi.input")
    for _ in range(_MOST_WRAPPED):
        source = getattr(source, "rfile", source)
    yield getattr(getattr(source, "raw", None), "_sock", None)  # gevent, eventlet, cheroot: a buffered SocketIO


_MOST_WRAPPED = 4  # cheroot's input is up to three objects around the connection, and a body that was held is one more


def _is_unix(connection: object) -> bool:
    family = getattr(connection, "family", None)
    return getattr(family, "name", None) == "AF_UNIX"  # by name, as Windows has no such family


def _is_unix_scope(environ: WSGIEnvironment) -> bool:
    """Look at ASGI's scope, in which a server on a unix socket has a path and no port (uvicorn by a2wsgi)."""
    server = environ.get("asgi.scope", {}).get("server")
    return server is not None and server[1] is None


def _is_known_server(environ: WSGIEnvironment) -> bool:
    peer = environ.get("REMOTE_ADDR")
    if isinstance(environ.get("uwsgi.version"), bytes):
        return peer in (UNIX_PEERS["uwsgi"], UNIX_PEERS["nginx"])
    # granian's are the listening socket's own: a path and 0.
    return environ.get("SERVER_SOFTWARE") == "Granian" and environ.get("SERVER_PORT") == "0" and peer == ""
