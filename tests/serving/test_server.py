"""The server within this process: its sockets, its answers, and their lines in the access log."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from tests.apps import echo
from tests.frontends import Listener, get
from tests.waiting import wait_until
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.serving.access import AccessLog
from xmlrpc_guard.serving.channel import StrictErrorTask
from xmlrpc_guard.serving.listening import open_listeners
from xmlrpc_guard.serving.server import make_server, stop_server

POLICY = Policy(allow=["jetpack"], trusted_proxies=["127.0.0.2", "unix"])


@contextmanager
def serving_here(app: WSGIApplication, *entries: str, log: AccessLog | None = None) -> Iterator[list[Listener]]:
    """Serve in a thread of this process until the block ends."""
    with open_listeners("listen", entries or ["127.0.0.1:0"]) as listeners:
        server = make_server(app, listeners, threads=2, access_log=log)
        thread = Thread(target=server.run)
        thread.start()
        try:
            yield [
                Listener(path=each.url.removeprefix("unix:"))
                if each.is_unix
                else Listener(port=each.socket.getsockname()[1])
                for each in listeners
            ]
        finally:
            stop_server(server)
            thread.join()


def test_tcp_and_unix_sockets_are_served_at_once(tmp_path: Path) -> None:
    with serving_here(echo, "127.0.0.1:0", ":0", f"unix:{tmp_path}/socket") as listeners:
        answers = [at.ask(get("/")) for at in listeners]
    assert [answer.split()[1] for answer in answers] == [b"200"] * 3
    ports = [re.findall(rb'"SERVER_PORT": "([^"]*)"', answer)[0].decode() for answer in answers]
    assert ports == [str(listeners[0].port), str(listeners[1].port), "80"]
    names = [re.findall(rb'"SERVER_NAME": "([^"]*)"', answer)[0] for answer in answers]
    assert names == [b"127.0.0.1", b"::", b"localhost"]


def streaming(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    yield b"two"


def failing(_environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
    raise RuntimeError("the site's own fault")


def failing_late(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    yield b"one"
    raise RuntimeError("the site's own fault")


def renaming(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """An application that says who its client is by itself."""
    environ["REMOTE_ADDR"] = "192.0.2.99"
    return echo(environ, start_response)


PROXIED = "X-Forwarded-For: 203.0.113.9"
LOGGED: list[Any] = [
    pytest.param(
        renaming,
        get("/a?b=c", "User-Agent: x"),
        '127.0.0.1 "GET /a?b=c HTTP/1.1" 200 N "-" "x" peer=127.0.0.1 decision=-',
        id="an ordinary page, and who the server says the client is",
    ),
    pytest.param(
        echo,
        get("/%78mlrpc.php"),
        '127.0.0.1 "GET /%78mlrpc.php HTTP/1.1" 403 10 "-" "-" peer=127.0.0.1 decision=deny:NOT_LISTED',
        id="a refusal, by the path as it was sent",
    ),
    pytest.param(
        streaming,
        get("/"),
        '127.0.0.1 "GET / HTTP/1.1" 200 6 "-" "-" peer=127.0.0.1 decision=-',
        id="an answer in pieces, counted without their framing",
    ),
    pytest.param(
        failing,
        get("/"),
        '127.0.0.1 "GET / HTTP/1.1" 500 0 "-" "-" peer=127.0.0.1 decision=-',
        id="an application that fails",
    ),
    pytest.param(
        failing_late,
        get("/"),
        '127.0.0.1 "GET / HTTP/1.1" 200 3 "-" "-" peer=127.0.0.1 decision=-',
        id="an application that fails after its answer has begun",
    ),
    pytest.param(
        echo,
        b"GET / HTTP/3.0\r\n\r\n",
        '127.0.0.1 "GET / HTTP/3.0" 400 N "-" "-" peer=127.0.0.1 decision=-',
        id="what is not a request",
    ),
    pytest.param(
        echo,
        b"GET /" + b"a" * 300_000,
        '127.0.0.1 "GET /aaa" 431 N "-" "-" peer=127.0.0.1 decision=-',
        id="a head that is too long",
    ),
]


@pytest.mark.parametrize(("app", "request_", "line"), LOGGED)
def test_the_line_of_a_request(app: WSGIApplication, request_: bytes, line: str, tmp_path: Path) -> None:
    log = AccessLog(f"{tmp_path}/log", POLICY)
    with serving_here(XMLRPCGuard(app, POLICY), log=log) as (at,):
        at.ask(request_)
    written = (tmp_path / "log").read_text()
    shown = re.sub(r" - - \[[^]]+\]", "", written.strip())
    shown = re.sub(r"/a{3,}(?= |\")", "/aaa", shown)
    if " N " in line:
        shown = re.sub(r'(?<=" )([0-9]{3}) [0-9]+', r"\1 N", shown)
    assert shown == line


def test_the_client_of_a_unix_socket_is_in_the_log(tmp_path: Path) -> None:
    log = AccessLog(f"{tmp_path}/log", POLICY)
    with serving_here(XMLRPCGuard(echo, POLICY), f"unix:{tmp_path}/socket", log=log) as (at,):
        at.ask(get("/xmlrpc.php", PROXIED))
        at.ask(b"rubbish\r\n\r\n")
    refusal, rubbish = (tmp_path / "log").read_text().splitlines()
    assert refusal.startswith("203.0.113.9 - - [")
    assert refusal.endswith(" peer=unix decision=deny:NOT_LISTED")
    assert rubbish.startswith("- - - [")
    assert rubbish.endswith(" peer=unix decision=-")


def leaving(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """An application whose client has left, as waitress notes it, before it answers."""
    environ["waitress.client_disconnected"].__self__.connected = False
    return echo(environ, start_response)


def test_a_client_that_goes_before_it_is_answered_is_in_the_log(tmp_path: Path) -> None:
    log = AccessLog(f"{tmp_path}/log", POLICY)
    with serving_here(leaving, log=log) as (at,), at.connect() as connection:
        connection.sendall(get("/slow"))
        wait_until(lambda: bool((tmp_path / "log").read_bytes()))
    assert '"GET /slow HTTP/1.1" 499 ' in (tmp_path / "log").read_text()


VERSION_1 = b"PROXY TCP4 203.0.113.9 127.0.0.1 40000 80\r\n" + get("/")
VERSION_2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x7f\0\0\1\x9c\x40\0\x50" + get("/")


@pytest.mark.parametrize(("request_", "version"), [(VERSION_1, 1), (VERSION_2, 2)], ids=["version 1", "version 2"])
def test_the_proxy_protocol_is_answered_with_a_record_that_names_it(
    request_: bytes, version: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StrictErrorTask, "logged", -100.0)
    with serving_here(echo) as (at,):
        answers = [at.ask(request_) for _ in range(3)]
    assert [answer.split()[1] for answer in answers] == [b"400"] * 3
    (named,) = [message for message in caplog.messages if "PROXY" in message]
    assert named.startswith(f"peer 127.0.0.1 speaks the PROXY protocol, version {version}, which is not read here ")


def test_a_request_whose_method_is_called_alike_is_a_request() -> None:
    with serving_here(echo) as (at,):
        assert at.ask(get("/", method="PROXYING")).split()[1] == b"200"


def test_no_socket_is_left_when_the_server_ends(tmp_path: Path) -> None:
    with serving_here(echo, f"unix:{tmp_path}/socket") as (at,):
        assert at.ask(get("/"))
    with socket.socket(socket.AF_UNIX) as connection, pytest.raises(OSError, match="No such file"):
        connection.connect(f"{tmp_path}/socket")
