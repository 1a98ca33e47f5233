"""The real WSGI servers, started on loopback and stopped by the process that started them."""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = (sys.executable, "-W", "ignore")
_WSGIREF = """
import sys
from pkgutil import resolve_name
from wsgiref.simple_server import WSGIRequestHandler, make_server
class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass
make_server("127.0.0.1", int(sys.argv[2]), resolve_name(sys.argv[1]), handler_class=Quiet).serve_forever()
"""

_WERKZEUG = """
import sys
from pkgutil import resolve_name
from werkzeug.serving import WSGIRequestHandler, run_simple
class Quiet(WSGIRequestHandler):
    def log(self, *args): pass
run_simple("127.0.0.1", int(sys.argv[2]), resolve_name(sys.argv[1]), request_handler=Quiet, threaded=True)
"""


@dataclass(frozen=True)
class Listener:
    """Where a server listens: a TCP port on 127.0.0.1, or a unix socket."""

    port: int = 0
    path: str = ""

    def connect(self, source: str = "") -> socket.socket:
        """Connect, from an address of this machine if one is named; a unix socket knows none."""
        if not self.path:
            here = (source, 0) if source else None
            return socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=here)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        try:
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection

    def ask(self, request: bytes) -> bytes:
        """Send bytes as they are, and give back all that comes until the server closes or falls silent."""
        with self.connect() as connection:
            connection.sendall(request)
            return receive(connection)


def receive(connection: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(OSError):
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def get(target: str, *headers: str, method: str = "GET") -> bytes:
    """Write a request whose connection ends with it."""
    lines = (f"{method} {target} HTTP/1.1", "Host: localhost", *headers, "Connection: close", "", "")
    return "\r\n".join(lines).encode("latin-1")


def _gunicorn(app: str, at: Listener) -> tuple[str, ...]:
    bind = f"unix:{at.path}" if at.path else f"127.0.0.1:{at.port}"
    options = ("--worker-class", "gthread", "--threads", "2", "--log-level", "warning", "--bind", bind)
    return (*_PYTHON, "-m", "gunicorn", *options, app)


def _waitress(app: str, at: Listener) -> tuple[str, ...]:
    listen = f"--unix-socket={at.path}" if at.path else f"--listen=127.0.0.1:{at.port}"
    return (*_PYTHON, "-m", "waitress", listen, "--no-clear-untrusted-proxy-headers", app)


def _granian(app: str, at: Listener) -> tuple[str, ...]:
    listen = ("--uds", at.path) if at.path else ("--host", "127.0.0.1", "--port", str(at.port))
    return (*_PYTHON, "-m", "granian", "--interface", "wsgi", "--no-log", *listen, app)


def _cheroot(app: str, at: Listener) -> tuple[str, ...]:
    return (*_PYTHON, "-m", "cheroot", app, "--bind", at.path or f"127.0.0.1:{at.port}")


def _uwsgi(app: str, at: Listener, protocol: str = "--http-socket") -> tuple[str, ...]:
    listen = at.path or f"127.0.0.1:{at.port}"
    return (script("uwsgi") or "uwsgi", protocol, listen, "-H", sys.prefix, "-w", app, "-L", "--die-on-term")


def _wsgiref(app: str, at: Listener) -> tuple[str, ...]:
    return (*_PYTHON, "-c", _WSGIREF, app, str(at.port))


def _werkzeug(app: str, at: Listener) -> tuple[str, ...]:
    return (*_PYTHON, "-c", _WERKZEUG, app, str(at.port))


def script(name: str) -> str | None:
    """Find a command, first beside the interpreter that runs this."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)


COMMANDS: dict[str, Callable[[str, Listener], tuple[str, ...]]] = {
    "gunicorn": _gunicorn,
    "waitress": _waitress,
    "granian": _granian,
    "cheroot": _cheroot,
    "uwsgi": _uwsgi,
    "werkzeug": _werkzeug,
    "wsgiref": _wsgiref,
}
# These speak no HTTP: only a front can ask them.
NATIVE: dict[str, Callable[[str, Listener], tuple[str, ...]]] = {
    "uwsgi-native": partial(_uwsgi, protocol="--socket"),
}


def installed(server: str) -> bool:
    return script("uwsgi") is not None if server.startswith("uwsgi") else importlib.util.find_spec(server) is not None


@contextlib.contextmanager
def running(server: str, app: str, *, unix: bool = False) -> Iterator[Listener]:
    """Run ``app`` ("module:name") under a server until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        listener = Listener(path=f"{folder}/socket") if unix else Listener(port=free_port())
        with started((COMMANDS | NATIVE)[server](app, listener), Path(folder) / "log"):
            wait_for(listener)
            yield listener


@contextlib.contextmanager
def started(command: tuple[str, ...], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(listener: Listener, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), listener.connect():
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens at {listener}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def reserved_ports(number: int) -> Iterator[list[int]]:
    """Keep so many ports until the block ends: the system gives them to nobody, and servers may listen there.

    That holds on Linux for servers that set SO_REUSEADDR, as all of them do: these sockets set it, and do not listen.
    """
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in kept:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind(("127.0.0.1", 0))
        yield [int(each.getsockname()[1]) for each in kept]
