"""Unix sockets under real servers: which of them prove one, and that no client over TCP passes for one."""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.frontends import Listener, get, receive, serving
from tests.lab.commands import SERVERS
from tests.real.guards import LISTED, STRANGER
from tests.waiting import PATIENCE
from xmlrpc_guard.peers import UNIX_PEERS

APP, ASGI = "tests.lab.trusting:application", "tests.lab.trusting_asgi:asgi"
PROVEN = (
    *("gunicorn", "gunicorn with gevent", "gunicorn with gevent_pywsgi", "waitress", "granian", "cheroot", "uWSGI"),
    *("gevent", "eventlet", "aiohttp-wsgi", "uvicorn"),
)
NOT_PROVEN = ("hypercorn", "hypercorn with a2wsgi", "tornado", "bjoern")
ALIASES = {
    "gunicorn with gevent": "gunicorn",
    "gunicorn with gevent_pywsgi": "gevent",
    "hypercorn with a2wsgi": "hypercorn",
    "uWSGI": "uwsgi",
}
TCP_ONLY = ("bjoern",)


def named(*left_out: str) -> pytest.MarkDecorator:
    rows = [
        pytest.param(name, marks=pytest.mark.skipif(not SERVERS[name].present, reason=f"{name} is missing"))
        for name in (*PROVEN, *NOT_PROVEN)
        if name not in left_out
    ]
    return pytest.mark.parametrize("server", rows)


class V6(Listener):
    """A TCP port on ::1."""

    def connect(self, source: str = "") -> socket.socket:
        here = (source, 0) if source else None
        return socket.create_connection(("::1", self.port), timeout=PATIENCE, source_address=here)


@contextmanager
def running(server: str, family: str) -> Iterator[Listener]:
    with tempfile.TemporaryDirectory() as folder:
        if family == "unix":
            at, address = Listener(path=f"{folder}/socket"), f"{folder}/socket"
        else:
            host, kind = {"IPv4": ("127.0.0.1", Listener), "IPv6": ("::1", V6)}[family]
            at = kind(port=free_port_of(host))
            address = f"{host} {at.port}"
        command = SERVERS[server].command(ASGI if SERVERS[server].asgi else APP, address)
        with serving(command, at, Path(folder) / "log"):
            yield at


def free_port_of(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        return int(listening.getsockname()[1])


def status(at: Listener, way: str, client: str, method: str = "GET") -> int:
    with at.connect() as connection:
        connection.sendall(get(f"/{way}/xmlrpc.php", f"X-Forwarded-For: {client}", method=method))
        return int(receive(connection).split()[1])


@named(*TCP_ONLY)
def test_a_unix_socket_is_trusted_if_it_is_proven_or_the_server_named(server: str) -> None:
    name = ALIASES.get(server, server)
    with running(server, "unix") as at:
        assert [status(at, "unix", client) for client in (LISTED, STRANGER)] == [
            200 if server in PROVEN else 403,
            403,
        ]
        assert [status(at, f"unix-{name}", client) for client in (LISTED, STRANGER)] == [200, 403]
        others = [other for other in UNIX_PEERS if UNIX_PEERS[other] != UNIX_PEERS[name]]
        assert {status(at, f"unix-{other}", LISTED) for other in others} == {403}


@named()
@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_no_client_over_tcp_passes_for_a_unix_socket(server: str, family: str) -> None:
    with running(server, family) as at:
        own = [] if server in TCP_ONLY else [f"unix-{ALIASES.get(server, server)}"]
        assert {status(at, way, LISTED, method) for way in ("unix", *own) for method in ("GET", "HEAD")} == {403}


def test_every_server_that_may_be_named_is_run_here() -> None:
    """flup and nginx hand over nginx's own text, and Werkzeug is for trying things."""
    assert {*UNIX_PEERS} - {ALIASES.get(name, name) for name in (*PROVEN, *NOT_PROVEN)} == {"flup", "nginx", "werkzeug"}
