"""A stranger's refused request, and the requests of others over connections that proxies share among their clients."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from tests.frontends import ROOT, Listener, running
from tests.lab.pooled import POOLS, ask, free, is_installed, post
from tests.real.configuration import USER
from tests.real.modwsgi import mod_wsgi
from tests.real.processes import account, folder_of
from tests.real.programs import lacks

BODY = b"x" * 300_000
PAGE = post("/page", b"0123456789")
CIRCLE = "Via: " + ", ".join(["1.1 xmlrpc_guard"] * 5)
REFUSING = ROOT / "tests" / "real" / "refusing.py"
lacks_mod_wsgi = lacks("apache2", "libapache2-mod-wsgi-py3")


@contextmanager
def serving_refusals(server: str, **environment: str) -> Iterator[Listener]:
    with ExitStack() as processes:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            if server == "mod_wsgi":
                root = processes.enter_context(folder_of(account(USER)))
                listener = processes.enter_context(mod_wsgi(root, REFUSING.read_text("utf-8")))
            else:
                listener = processes.enter_context(running(server, "tests.real.refusing:application"))
        yield listener


SERVERS: list[Any] = [
    "gunicorn",
    "granian",
    "cheroot",
    "waitress",
    pytest.param("mod_wsgi", marks=lacks_mod_wsgi),
]


@pytest.fixture(scope="module", params=SERVERS)
def patient(request: pytest.FixtureRequest) -> Iterator[tuple[str, Listener]]:
    """A server whose guard takes no sender for a slow one: on a busy machine each is."""
    with serving_refusals(request.param, MOST_SECONDS="20") as listener:
        yield request.param, listener


REFUSED: list[Any] = [
    pytest.param(post("/xmlrpc.php", BODY), 403, id="refused by the guard"),
    pytest.param(post("/xmlrpc.php", BODY, chunked=True), 403, id="refused by the guard, in chunks"),
    pytest.param(post("/xmlrpc.php", b"x", chunked=True), 403, id="a small one in chunks"),
    pytest.param(post("/xmlrpc.php", b"x" * 8192), 403, id="a small one with a length, which the server reads itself"),
    pytest.param(post("/php", BODY), 502, id="an upstream that cannot be reached"),
    pytest.param(post("/php", BODY, chunked=True), 413, id="chunks above max_spool"),
    pytest.param(post("/php", BODY, CIRCLE), 508, id="refused by the proxy"),
    pytest.param(post("/php", BODY, CIRCLE, chunked=True), 508, id="refused by the proxy, in chunks"),
]


@pytest.mark.parametrize(("request_", "status"), REFUSED)
def test_a_connection_serves_another_request_after_a_refusal_or_says_that_it_does_not(
    request_: bytes, status: int, patient: tuple[str, Listener]
) -> None:
    server, listener = patient
    answer = ask(listener, request_, PAGE)
    if server == "mod_wsgi" and b"chunked" in request_:
        status = 411  # by itself
    if server == "waitress" and status == 413:
        status = 502  # it has measured what came in chunks: nothing need be stored
    answer = ask(listener, request_, PAGE)
    assert (answer.status, answer.ends or answer.second == 200) == (status, True)


WITHOUT: list[Any] = [
    pytest.param("gunicorn", False, True, id="gunicorn, a length"),
    pytest.param("gunicorn", True, True, id="gunicorn, chunks"),
    pytest.param("cheroot", True, True, id="cheroot, chunks, which it takes for a request"),
    pytest.param("cheroot", False, False, id="cheroot reads a body with a length itself"),
    pytest.param("waitress", True, False, id="waitress reads every body beforehand"),
    pytest.param("mod_wsgi", False, False, id="Apache reads a body away itself", marks=lacks_mod_wsgi),
]


@pytest.mark.parametrize(("server", "chunked", "lost"), WITHOUT)
def test_which_servers_lose_a_connection_that_they_keep_if_nothing_is_read_away(
    server: str, chunked: bool, lost: bool
) -> None:
    with serving_refusals(server, MAX_DRAIN="0") as listener:
        answer = ask(listener, post("/xmlrpc.php", BODY, chunked=chunked), PAGE)
    assert (answer.ends, answer.second != 200) == (False, lost)
    assert answer.status in ({403, 0} if lost else {403})  # what is unread resets a connection, and may lose the answer


POOLED: list[Any] = [
    pytest.param(pool, server, marks=pytest.mark.skipif(not is_installed(pool), reason=f"{pool} is missing"))
    for pool, server in (
        *(("nginx", server) for server in ("gunicorn", "granian", "cheroot", "waitress")),
        *(("haproxy", server) for server in ("gunicorn", "granian", "cheroot")),
        *(("envoy", server) for server in ("gunicorn", "granian", "cheroot")),
    )
]


@pytest.mark.parametrize(("pool", "server"), POOLED)
def test_no_request_of_others_fails_after_a_strangers(pool: str, server: str) -> None:
    at = free()
    with (
        serving_refusals(server, MOST_SECONDS="20") as listener,
        folder_of(account(USER)) as root,
        POOLS[pool](root, at, listener),
    ):
        others = [ask_after(at, target, chunked) for target in ("/xmlrpc.php", "/php") for chunked in (False, True) * 4]
    assert others == [200] * 16


def ask_after(at: Listener, target: str, chunked: bool) -> int:
    """Make a stranger's request, and at once another client's; give the status of the latter."""
    assert ask(at, post(target, BODY[:70_000], chunked=chunked)).status in (403, 413, 502)
    return ask(at, PAGE).status


SLOW: list[Any] = [
    pytest.param("gunicorn", b"Content-Length: 70000\r\n\r\n", id="gunicorn, a length"),
    pytest.param("gunicorn", b"Transfer-Encoding: chunked\r\n\r\n11170\r\n", id="gunicorn, chunks"),
    pytest.param("cheroot", b"Transfer-Encoding: chunked\r\n\r\n11170\r\n", id="cheroot, chunks"),
]


@pytest.mark.parametrize(("server", "framing"), SLOW)
def test_a_sender_of_a_byte_now_and_then_loses_the_connection(server: str, framing: bytes) -> None:
    with serving_refusals(server) as listener, listener.connect() as connection:
        connection.sendall(b"POST /xmlrpc.php HTTP/1.1\r\nHost: a\r\n" + framing)
        assert ends_a_slow_sender(connection)


def ends_a_slow_sender(connection: socket.socket) -> bool:
    """Send a byte now and then, for longer than a server waits for one, until the connection ends."""
    with suppress(ConnectionError):
        connection.settimeout(0.1)
        for _ in range(300):
            connection.sendall(b"x")
            with suppress(TimeoutError):
                if not connection.recv(4096):
                    return True
        return False
    return True
