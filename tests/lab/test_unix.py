"""Unix sockets under real servers: which of them prove one, and that no client over TCP passes for one."""

import importlib.util
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.frontends import Listener, get, installed, receive, script, serving
from tests.real.guards import LISTED, STRANGER
from xmlrpc_guard.peers import UNIX_PEERS

PYTHON = (sys.executable, "-W", "ignore")
SERVE = str(Path(__file__).with_name("serve.py"))
APP, ASGI = "tests.lab.trusting:application", "tests.lab.trusting_asgi:asgi"

Command = Callable[[str], tuple[str, ...]]
"""Makes a server's command for an address: a unix socket's path, or HOST and PORT with a space between them."""


def bound(address: str) -> str:
    host, _, port = address.partition(" ")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def by_gunicorn(worker: str) -> Command:
    def command(address: str) -> tuple[str, ...]:
        at = f"unix:{address}" if address.startswith("/") else bound(address)
        return (*PYTHON, "-m", "gunicorn", "--worker-class", worker, "--log-level", "warning", "--bind", at, APP)

    return command


def by_options(program: tuple[str, ...], unix: str, *others: str) -> Command:
    """Write a command with one option for a unix socket, and ``--host`` and ``--port`` for TCP."""

    def command(address: str) -> tuple[str, ...]:
        host, _, port = address.partition(" ")
        where = (unix, address) if address.startswith("/") else ("--host", host, "--port", port)
        return (*program, *where, *others)

    return command


def by_address(*words: str, unix: str = "", app: str = APP) -> Command:
    """Write a command with the address behind its last word, and then the application."""

    def command(address: str) -> tuple[str, ...]:
        at = f"{unix}{address}" if address.startswith("/") else bound(address)
        return (*PYTHON, *words, at, *filter(None, [app]))

    return command


def by_uwsgi(address: str) -> tuple[str, ...]:
    at = address if address.startswith("/") else bound(address)
    return (script("uwsgi") or "uwsgi", "--http-socket", at, "-H", sys.prefix, "-w", APP, "-L", "--die-on-term")


def by_waitress(address: str) -> tuple[str, ...]:
    listen = f"--unix-socket={address}" if address.startswith("/") else f"--listen={bound(address)}"
    return (*PYTHON, "-m", "waitress", listen, "--no-clear-untrusted-proxy-headers", APP)


def by_serve(server: str) -> Command:
    return lambda address: (*PYTHON, SERVE, server, APP, address)


# By the server: its command, the module that it needs, and whether it proves a unix socket.
SERVERS: dict[str, tuple[Command, str, bool]] = {
    "gunicorn": (by_gunicorn("gthread"), "gunicorn", True),
    "gunicorn with gevent": (by_gunicorn("gevent"), "gevent", True),
    "gunicorn with gevent_pywsgi": (by_gunicorn("gevent_pywsgi"), "gevent", True),
    "waitress": (by_waitress, "waitress", True),
    "granian": (
        by_options((*PYTHON, "-m", "granian"), "--uds", "--interface", "wsgi", "--no-log", APP),
        "granian",
        True,
    ),
    "cheroot": (by_address("-m", "cheroot", APP, "--bind", app=""), "cheroot", True),
    "uwsgi": (by_uwsgi, "uwsgi", True),
    "gevent": (by_serve("gevent"), "gevent", True),
    "eventlet": (by_serve("eventlet"), "eventlet", True),
    "aiohttp-wsgi": (by_options((script("aiohttp-wsgi-serve") or "",), "--unix-socket", APP), "aiohttp_wsgi", True),
    "uvicorn": (
        by_options((*PYTHON, "-m", "uvicorn"), "--uds", "--log-level", "error", "--no-proxy-headers", ASGI),
        "a2wsgi",
        True,
    ),
    "hypercorn": (by_address("-m", "hypercorn", "--bind", unix="unix:", app=f"wsgi:{APP}"), "hypercorn", False),
    "hypercorn with a2wsgi": (by_address("-m", "hypercorn", "--bind", unix="unix:", app=ASGI), "hypercorn", False),
    "tornado": (by_serve("tornado"), "tornado", False),
    "bjoern": (by_serve("bjoern"), "bjoern", False),
}
ALIASES = {
    "gunicorn with gevent": "gunicorn",
    "gunicorn with gevent_pywsgi": "gevent",
    "hypercorn with a2wsgi": "hypercorn",
}
TCP_ONLY = ("bjoern",)


def present(module: str) -> bool:
    return installed(module) if module == "uwsgi" else importlib.util.find_spec(module) is not None


def named(*left_out: str) -> pytest.MarkDecorator:
    rows = [
        pytest.param(name, marks=pytest.mark.skipif(not present(module), reason=f"{module} is missing"))
        for name, (_, module, _) in SERVERS.items()
        if name not in left_out
    ]
    return pytest.mark.parametrize("server", rows)


class V6(Listener):
    """A TCP port on ::1."""

    def connect(self, source: str = "") -> socket.socket:
        return socket.create_connection(("::1", self.port), timeout=10, source_address=(source, 0) if source else None)


@contextmanager
def running(server: str, family: str) -> Iterator[Listener]:
    with tempfile.TemporaryDirectory() as folder:
        if family == "unix":
            at, address = Listener(path=f"{folder}/socket"), f"{folder}/socket"
        else:
            host, kind = {"IPv4": ("127.0.0.1", Listener), "IPv6": ("::1", V6)}[family]
            at = kind(port=free_port_of(host))
            address = f"{host} {at.port}"
        with serving(SERVERS[server][0](address), at, Path(folder) / "log"):
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
    proves = SERVERS[server][2]
    name = ALIASES.get(server, server)
    with running(server, "unix") as at:
        assert [status(at, "unix", client) for client in (LISTED, STRANGER)] == [200 if proves else 403, 403]
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
    assert {*UNIX_PEERS} - {*SERVERS} == {"flup", "nginx", "werkzeug"}
