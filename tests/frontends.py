"""The real WSGI servers, started on loopback and stopped by the process that started them."""

import atexit
import contextlib
import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tests.inherited import inherited
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = (sys.executable, "-W", "ignore")
_WSGIREF = """
import sys
from pkgutil import resolve_name
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
class Patient(WSGIServer):
    request_queue_size = 100  # of more than its five at once, the sixth would wait a second or more to try again
class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass
make_server("127.0.0.1", int(sys.argv[2]), resolve_name(sys.argv[1]), Patient, Quiet).serve_forever()
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
            return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE, source_address=here)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
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
    limits = ("--limit-request-line", "8190")  # as docs/guides/in-front-of-php.md has it
    options = ("--worker-class", "gthread", "--threads", "2", "--log-level", "warning", "--bind", bind, *limits)
    return (*_PYTHON, "-m", "gunicorn", *options, app)


def _waitress(app: str, at: Listener) -> tuple[str, ...]:
    listen = f"--unix-socket={at.path}" if at.path else f"--listen=127.0.0.1:{at.port}"
    return (*_PYTHON, "-m", "waitress", listen, "--no-clear-untrusted-proxy-headers", app)


def _granian(app: str, at: Listener) -> tuple[str, ...]:
    listen = ("--uds", at.path) if at.path else ("--host", "127.0.0.1", "--port", str(at.port))
    # On a busy machine a worker was seen not to end within a minute of its signal.
    options = ("--interface", "wsgi", "--no-log", "--workers-kill-timeout", "5")
    return (*_PYTHON, "-m", "granian", *options, *listen, app)


def _cheroot(app: str, at: Listener) -> tuple[str, ...]:
    return (*_PYTHON, "-m", "cheroot", app, "--request-queue-size", "100", "--bind", at.path or f"127.0.0.1:{at.port}")


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


@cache
def installed(server: str) -> bool:
    """Return whether a server can run an application here: uWSGI can if it is built for this Python."""
    if not server.startswith("uwsgi"):
        return importlib.util.find_spec(server) is not None
    program = script("uwsgi")
    return program is not None and python_of(program) == platform.python_version()


def python_of(program: str) -> str:
    """Return the version of the Python within a uWSGI; nothing for one that holds none, as Debian's without plugins."""
    answer = subprocess.run([program, "--python-version"], check=False, capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else ""


class NotStartedError(Exception):
    """A server did not start; ``log`` is what it wrote."""

    log = ""


_NOT_STARTED: dict[tuple[str, str, bool], NotStartedError] = {}


@contextlib.contextmanager
def running(server: str, app: str, *, unix: bool = False) -> Iterator[Listener]:
    """Run ``app`` ("module:name") under a server until the block ends; one that failed to start is not tried again."""
    key = server, app, unix
    if key in _NOT_STARTED:
        raise _NOT_STARTED[key]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        at = Listener(path=f"{folder}/socket") if unix else Listener(port=free_port())
        try:
            stack.enter_context(serving((COMMANDS | NATIVE)[server](app, at), at, Path(folder) / "log"))
        except NotStartedError as error:
            _NOT_STARTED[key] = error
            raise
        yield at


@contextlib.contextmanager
def serving(command: tuple[str, ...], at: Listener, log: Path, seconds: float = PATIENCE) -> Iterator[Listener]:
    """Run a server until the block ends; one that does not start is an error that holds what it wrote.

    An error in the block has a note of what the server wrote, if it has ended before.
    """
    with started(command, log) as process:
        try:
            wait_for(at, process, seconds)
        except NotStartedError as error:
            error.log = log.read_text("utf-8", "replace")
            raise
        try:
            yield at
        except BaseException as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)  # one that ends has closed its sockets before
            if process.returncode is not None:
                wrote = log.read_text("utf-8", "replace")[-2000:]
                error.add_note(f"{command!r} had ended with status {process.returncode}: {wrote}")
            raise


@contextlib.contextmanager
def started(command: tuple[str, ...], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = inherited(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def wait_for(at: Listener, process: "subprocess.Popen[bytes] | None" = None, seconds: float = PATIENCE) -> None:
    """Wait until a server answers, or until its process, if it is given, has ended.

    A port that takes connections is not enough: gunicorn, granian and uWSGI listen before they have imported the
    application. On a busy machine that took longer than the ten seconds that a client here waits, and tests failed. So
    an empty request is sent, and waited for until the server ends it, which it does without calling the application.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answers = _ends_an_empty_request(at, end)
        if process and process.poll() is not None:
            raise NotStartedError(f"{process.args!r} ended with status {process.returncode}")
        if answers:
            return
        time.sleep(0.05)
    raise NotStartedError(f"nothing answers at {at}")


def _ends_an_empty_request(at: Listener, end: float) -> bool:
    with contextlib.suppress(OSError), at.connect() as connection:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(max(end - time.monotonic(), 0.01))
        connection.recv(1)
        return True
    return False


def free_port() -> int:
    """Give a port that on Linux no other program is given until this process ends; elsewhere, one that was free."""
    kept = _reserved()
    port = int(kept.getsockname()[1])
    if sys.platform == "linux":
        atexit.register(kept.close)
    else:
        kept.close()
    return port


def _reserved() -> socket.socket:
    """Bind a port, of all addresses, on which servers may still listen if they set SO_REUSEADDR, as all do.

    The system gives it neither to another socket nor to the near end of a connection. One that was merely free a moment
    ago could be taken by either before the server had started; a client that keeps asking for a server that has not
    started could even be given the very port, and be connected to itself.
    """
    both = socket.has_dualstack_ipv6()
    kept = socket.socket(socket.AF_INET6 if both else socket.AF_INET)
    if both:
        kept.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("", 0))
    return kept


@contextlib.contextmanager
def reserved_ports(number: int) -> Iterator[list[int]]:
    """Keep so many ports until the block ends, on which servers may listen, on Linux."""
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(_reserved()) for _ in range(number)]
        yield [int(each.getsockname()[1]) for each in kept]
