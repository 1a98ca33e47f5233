"""How servers run an application, by name: by a command that names the application and where it listens."""

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.frontends import COMMANDS, ROOT, Listener, NotStartedError, get, installed, script
from tests.waiting import PATIENCE

_PYTHON = (sys.executable, "-W", "ignore")
_SERVE = str(Path(__file__).with_name("serve.py"))

# Of another environment, with this package in it: caddysnake 0.6 needs Python 3.12, and pyvoy an Envoy of its own.
# Beside another Envoy, pip installs a pyvoy of long ago, which reads no bodies.
CADDYSNAKE = os.environ.get("CADDYSNAKE", "")
PYVOY = os.environ.get("PYVOY", "")
ELSEWHERE = {"caddysnake": CADDYSNAKE, "pyvoy": PYVOY}

Command = Callable[[str, str], tuple[str, ...]]
"""Makes a command of MODULE:NAME and an address: a unix socket's path, or HOST and PORT with a space between them."""


@dataclass(frozen=True)
class Server:
    """A server: its command, the module that it needs, and whether it takes an ASGI application."""

    command: Command
    module: str
    asgi: bool = False

    @property
    def present(self) -> bool:
        if self.module in ELSEWHERE:
            return bool(ELSEWHERE[self.module])
        if self.module in ("uwsgi", "wsgiref"):
            return installed(self.module)
        return importlib.util.find_spec(self.module) is not None


def _bound(address: str) -> str:
    host, _, port = address.partition(" ")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _by_gunicorn(worker: str) -> Command:
    def command(app: str, address: str) -> tuple[str, ...]:
        at = f"unix:{address}" if address.startswith("/") else _bound(address)
        return (*_PYTHON, "-m", "gunicorn", "--worker-class", worker, "--log-level", "warning", "--bind", at, app)

    return command


def _by_options(program: tuple[str, ...], unix: str, *others: str) -> Command:
    """Write a command with one option for a unix socket, and ``--host`` and ``--port`` for TCP."""

    def command(app: str, address: str) -> tuple[str, ...]:
        host, _, port = address.partition(" ")
        where = (unix, address) if address.startswith("/") else ("--host", host, "--port", port)
        return (*program, *where, *others, app)

    return command


def _by_bind(module: str, option: str, unix: str = "", kind: str = "") -> Command:
    def command(app: str, address: str) -> tuple[str, ...]:
        at = f"{unix}{address}" if address.startswith("/") else _bound(address)
        return (*_PYTHON, "-m", module, kind + app, option, at)

    return command


def _by_uwsgi(app: str, address: str) -> tuple[str, ...]:
    at = address if address.startswith("/") else _bound(address)
    return (script("uwsgi") or "uwsgi", "--http-socket", at, "-H", sys.prefix, "-w", app, "-L", "--die-on-term")


def _by_waitress(app: str, address: str) -> tuple[str, ...]:
    listen = f"--unix-socket={address}" if address.startswith("/") else f"--listen={_bound(address)}"
    return (*_PYTHON, "-m", "waitress", listen, "--no-clear-untrusted-proxy-headers", app)


def _by_serve(server: str) -> Command:
    return lambda app, address: (*_PYTHON, _SERVE, server, app, address)


def _by_port(server: str) -> Command:
    return lambda app, address: COMMANDS[server](app, Listener(port=int(address.split()[1])))


def _by_pyvoy(app: str, address: str) -> tuple[str, ...]:
    return PYVOY, "--port", address.split()[1], "--interface", "wsgi", app


def _by_twisted(app: str, address: str) -> tuple[str, ...]:
    host, port = address.split()
    return script("twist") or "", "web", "--listen", f"tcp:{port}:interface={host}", "--wsgi", app.replace(":", ".")


def _by_caddysnake(app: str, address: str) -> tuple[str, ...]:
    python = str(Path(CADDYSNAKE).with_name("python"))
    where = ("--listen", _bound(address), "--workers", "1", "--python-path", python, "--working-dir", str(ROOT))
    return (CADDYSNAKE, "--server-type", "wsgi", "--app", app, *where)


SERVERS: dict[str, Server] = {
    "gunicorn": Server(_by_gunicorn("gthread"), "gunicorn"),
    "gunicorn with gevent": Server(_by_gunicorn("gevent"), "gevent"),
    "gunicorn with gevent_pywsgi": Server(_by_gunicorn("gevent_pywsgi"), "gevent"),
    "waitress": Server(_by_waitress, "waitress"),
    "granian": Server(_by_options((*_PYTHON, "-m", "granian"), "--uds", "--interface", "wsgi", "--no-log"), "granian"),
    "cheroot": Server(_by_bind("cheroot", "--bind"), "cheroot"),
    "uWSGI": Server(_by_uwsgi, "uwsgi"),
    "wsgiref": Server(_by_port("wsgiref"), "wsgiref"),
    "Werkzeug": Server(_by_port("werkzeug"), "werkzeug"),
    "gevent": Server(_by_serve("gevent"), "gevent"),
    "eventlet": Server(_by_serve("eventlet"), "eventlet"),
    "aiohttp-wsgi": Server(_by_options((script("aiohttp-wsgi-serve") or "",), "--unix-socket"), "aiohttp_wsgi"),
    "uvicorn": Server(
        _by_options((*_PYTHON, "-m", "uvicorn"), "--uds", "--log-level", "error", "--no-proxy-headers"), "a2wsgi", True
    ),
    "hypercorn": Server(_by_bind("hypercorn", "--bind", "unix:", "wsgi:"), "hypercorn"),
    "hypercorn with a2wsgi": Server(_by_bind("hypercorn", "--bind", "unix:"), "hypercorn", True),
    "tornado": Server(_by_serve("tornado"), "tornado"),
    "twisted": Server(_by_twisted, "twisted"),
    "bjoern": Server(_by_serve("bjoern"), "bjoern"),
    "pyvoy": Server(_by_pyvoy, "pyvoy"),
    "caddysnake": Server(_by_caddysnake, "caddysnake"),
    "falcorn": Server(_by_options((script("falcorn") or "", "run"), ""), "falcorn"),
    "fastpysgi": Server(_by_serve("fastpysgi"), "fastpysgi"),
}


def wait_for_application(at: Listener, seconds: float = PATIENCE) -> None:
    """Wait until a server has an application to call: pyvoy listens before, and answers 503."""
    end = time.monotonic() + seconds
    while b" 503 " in at.ask(get("/")).partition(b"\r\n")[0]:
        if time.monotonic() > end:
            raise NotStartedError(f"the server at {at} answers 503")
        time.sleep(0.1)
