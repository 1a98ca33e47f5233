"""Calls whose sender stops in the middle, under real servers: what the others get meanwhile, and what ends them.

The guard that is asked reads one body at a time (``max_body_readers``), so that it shows who waits for a sender: the
guard, or the server before it calls the guard. docs/evidence/methods.md has the rows, with each server's own time.
"""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from time import sleep
from typing import NamedTuple

import pytest

from tests.bodies import PING, call
from tests.frontends import Listener, free_port, get, receive, serving
from tests.lab.commands import SERVERS

pytestmark = pytest.mark.lab

APP, ASGI = "tests.apps:calls", "tests.lab.calls_asgi:asgi"
CALL = call(PING).encode()
HEAD = (
    f"POST /xmlrpc.php HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(CALL)}\r\nConnection: close\r\n\r\n".encode()
)
PAGE = get("/")
TRIES = 20  # what the sender sent may arrive after the first of the others' calls
HUNG_UP, NO_ONE = "", "200 once it is over"


class Row(NamedTuple):
    """What one server does, by its answers to others while a sender has stopped."""

    server: str
    another_call: str
    """The status of another client's call: 503 where the sender has the guard's only place."""
    page: str = "200"
    """The status of another page."""
    options: tuple[str, ...] = ()
    sooner: tuple[str, ...] = ()
    """What shortens the time after which the server ends a slow sender."""
    ended: str | None = None
    """The status that the slow sender gets then; None where nothing ends it."""


ROWS = (
    Row("waitress", "200", sooner=("--channel-timeout=1", "--cleanup-interval=1"), ended=HUNG_UP),
    Row("uWSGI", NO_ONE, NO_ONE, sooner=("--socket-timeout", "2"), ended="403"),
    Row("cheroot", "503", sooner=("--timeout", "2"), ended="403"),
    Row("gunicorn", "503", options=("--threads", "3")),
    Row("gunicorn with gevent", "503"),
    Row("granian", "503"),
    Row("Werkzeug", "503"),
    Row("wsgiref", NO_ONE, NO_ONE),
    Row("gevent", "503"),
    Row("eventlet", "503"),
    Row("uvicorn", "503"),
    Row("hypercorn", "200"),
    Row("tornado", "200"),
    Row("twisted", "200"),
    Row("bjoern", "200"),
    Row("aiohttp-wsgi", "200"),
)


def missing(server: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not SERVERS[server].present, reason=f"{server} is missing")


@contextmanager
def running(row: Row) -> Iterator[Listener]:
    server, at = SERVERS[row.server], Listener(port=free_port())
    app = ASGI if server.asgi else APP
    *command, last = server.command(app, f"127.0.0.1 {at.port}")
    options = (*row.options, last) if last == app else (last, *row.options)
    with tempfile.TemporaryDirectory() as folder, serving((*command, *options), at, Path(folder) / "log"):
        yield at


def ask(at: Listener, request: bytes) -> str:
    return status(at.ask(request))


def asked(at: Listener, request: bytes) -> Iterator[str]:
    for _ in range(TRIES):
        yield ask(at, request)
        sleep(0.05)


def status(answer: bytes) -> str:
    return answer[9:12].decode()


def stopped(at: Listener) -> socket.socket:
    """Send the beginning of a call."""
    sender = at.connect()
    sender.sendall(HEAD + CALL[:10])
    return sender


def rows(*, ended: bool) -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if row.ended is not None or not ended]
    return pytest.mark.parametrize(
        "row", [pytest.param(row, id=row.server, marks=missing(row.server)) for row in chosen]
    )


@rows(ended=False)
def test_what_others_get_while_a_sender_has_stopped(row: Row) -> None:
    with running(row) as at:
        assert any(others_get_it(row, at) for _ in range(TRIES))


def others_get_it(row: Row, at: Listener) -> bool:
    """Return False where the sender came while another's call had the guard's only place, so that nothing is shown."""
    with stopped(at) as sender:
        for request, answer in ((HEAD + CALL, row.another_call), (PAGE, row.page)):
            if answer == NO_ONE:
                assert is_kept_waiting(at, sender, request)
                return True
            first = next((other for other in asked(at, request) if other != "200"), "200")
            if first != answer and select([sender], [], [], 0)[0]:
                return False
            assert first == answer
    return True


def is_kept_waiting(at: Listener, sender: socket.socket, request: bytes) -> bool:
    """Return whether another request is answered after the sender's call, which is completed once the other is sent."""
    with at.connect() as other:
        other.sendall(request)
        early = select([other], [], [], 0.5)[0]
        sender.sendall(CALL[10:])
        return not early and status(receive(sender)) == status(receive(other)) == "200"


@rows(ended=True)
def test_what_ends_a_slow_sender(row: Row) -> None:
    with running(row._replace(options=row.sooner)) as at, stopped(at) as sender:
        assert status(receive(sender)) == row.ended
        assert ask(at, HEAD + CALL) == "200"
