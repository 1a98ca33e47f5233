"""What proves in a real server's environ that its peer is a unix socket's client; see xmlrpc_guard.peers."""

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType, SimpleNamespace
from wsgiref.types import WSGIEnvironment

CONNECTION = SimpleNamespace(family=SimpleNamespace(name="AF_UNIX"))
"""Stands for the socket of a connection."""


class Channel:
    """Stands for waitress' connection, of which an environ holds a method."""

    socket = CONNECTION

    def check_client_disconnected(self) -> bool:
        """Return whether the client has left."""
        return False


class CherootBody(BytesIO):
    """Stands for a body that cheroot reads from the connection."""

    raw: SimpleNamespace = SimpleNamespace(_sock=CONNECTION)


_PROOFS: Mapping[str, Callable[[WSGIEnvironment], WSGIEnvironment]] = MappingProxyType(
    {
        "gunicorn": lambda _: {"gunicorn.socket": CONNECTION},
        "waitress": lambda _: {"waitress.client_disconnected": Channel().check_client_disconnected},
        "granian": lambda _: {"SERVER_SOFTWARE": "Granian", "SERVER_NAME": "/run/site.sock", "SERVER_PORT": "0"},
        "cheroot": lambda environ: {"wsgi.input": CherootBody(environ["wsgi.input"].read())},
        "uwsgi": lambda _: {"uwsgi.version": b"2.0.31"},
    }
)


def make_unix_proof(server: str, environ: WSGIEnvironment) -> WSGIEnvironment:
    """Give what ``server`` adds to an environ whose peer is a unix socket's client.

    >>> list(make_unix_proof("gunicorn", {}))
    ['gunicorn.socket']
    """
    return _PROOFS[server](environ)
