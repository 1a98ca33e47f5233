"""The guard under the real servers, and the environ builders against them."""

import http.client
import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.apps import GUARDED
from tests.frontends import (
    COMMANDS,
    Listener,
    NotStartedError,
    free_port,
    get,
    installed,
    python_of,
    running,
    serving,
    wait_for,
)
from tests.waiting import PATIENCE
from xmlrpc_guard.testing import EXTENSIONLESS, ORDINARY, SERVERS, SPELLINGS, TargetRefused, environ_as

LISTED = "192.0.64.5"
READ_BY_THE_GUARD = ("SCRIPT_NAME", "PATH_INFO", "RAW_URI", "REQUEST_URI", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR")
Start = Callable[..., Listener]

# Targets that are not among the spellings, and that servers take in different ways.
ODD_TARGETS = [
    *(
        "//",
        "///x//y",
        "/xmlrpc.php#x?y",
        "/a?b?c#d",
        "/%zz/x",
        "/+x",
        "/x%20y",
        "/a%0a/x",
        "/a;b/x",
        "/[x",
        "/a%2fb%2Fc",
    ),
    *(
        "/a/./b/../c/",
        "/a/..",
        "xmlrpc.php",
        "@host/x",
        "*",
        "http:xmlrpc.php",
        "http://localhost",
        "HTTP://localhost?x",
    ),
    *("http://localhost//xmlrpc.php?x=1", "/caf%C3%A9", "/caf\xe9", "/caf\xc3\xa9", "//a@b:9/xmlrpc.php", "?x"),
    *("/%zz%1g%g1%", "/%%41%%%41%a", "/%4%41%"),
]

HEADERS = {
    "two lines": [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "192.0.2.2")],
    "a twin with underscores after the header": [("X-Forwarded-For", "192.0.2.1"), ("X_Forwarded_For", "192.0.2.2")],
    "a twin with underscores before the header": [("X_Forwarded_For", "192.0.2.2"), ("X-Forwarded-For", "192.0.2.1")],
    "a list in one line": [("x-forwarded-for", "192.0.2.1, 192.0.2.2")],
    "SCRIPT_NAME, which moves the path under gunicorn": [("SCRIPT_NAME", "/xml")],
    "Script-Name, which moves nothing": [("Script-Name", "/xml")],
}

each_server = pytest.mark.parametrize(
    "server",
    [
        pytest.param(name, marks=pytest.mark.skipif(not installed(name), reason=f"{name} is missing"))
        for name in SERVERS
    ],
)


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Start a server once for the module, and give where it listens."""
    with ExitStack() as servers:
        app = "tests.apps:echo_or_guarded"
        yield cache(lambda server, unix=False: servers.enter_context(running(server, app, unix=unix)))


def seen_by(listener: Listener, target: str, headers: list[tuple[str, str]]) -> dict[str, Any] | None:
    """Give what the application saw of the path and the caller; None if the server answered by itself."""
    answer = listener.ask(get(target, *(f"{name}: {value}" for name, value in headers)))
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split()[1] == b"400":
        return None
    environ = json.loads(body)
    return {key: environ.get(key) for key in READ_BY_THE_GUARD}


def built(server: str, target: str, headers: list[tuple[str, str]], peer: str = "127.0.0.1") -> dict[str, Any] | None:
    try:
        environ = environ_as(server, target, headers=headers, peer=peer)
    except TargetRefused:
        return None
    return {key: environ.get(key) for key in READ_BY_THE_GUARD}


# Servers that do not start


def starting(command: tuple[str, ...], folder: Path) -> NotStartedError:
    """Give the error of a server that does not start, which may take it long to find."""
    with pytest.raises(NotStartedError) as error, ExitStack() as stack:
        stack.enter_context(serving(command, Listener(port=free_port()), folder / "log", seconds=0.5))
    return error.value


def test_a_server_that_ends_is_noticed_and_quoted(tmp_path: Path) -> None:
    error = starting(("sh", "-c", "echo no such module; exit 3"), tmp_path)
    assert str(error).endswith("ended with status 3")
    assert error.log == "no such module\n"


def test_a_server_that_never_answers_is_given_up_and_quoted(tmp_path: Path) -> None:
    error = starting(("sh", "-c", "echo still thinking; exec sleep 30"), tmp_path)
    assert str(error).startswith("nothing answers at Listener(port=")
    assert error.log == "still thinking\n"


def test_a_server_that_takes_connections_and_answers_none_has_not_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        at = Listener(port=listening.getsockname()[1])
        with pytest.raises(NotStartedError, match="nothing answers"):
            wait_for(at, seconds=0.1)


ENDS_WHEN_ASKED = """
import socket, sys
kept = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept.accept()[0].close()
kept.accept()
print("asked to go")
sys.exit(3)
"""


def connect_for_ever(at: Listener) -> None:
    while True:
        at.connect().close()


def test_an_error_beside_a_server_that_has_ended_quotes_it(tmp_path: Path) -> None:
    at = Listener(port=free_port())
    command = (sys.executable, "-c", ENDS_WHEN_ASKED, str(at.port))
    with pytest.raises(ConnectionError) as caught, serving(command, at, tmp_path / "log"):
        connect_for_ever(at)
    assert [note.partition(" had ended with ")[2] for note in caught.value.__notes__] == ["status 3: asked to go\n"]


def test_an_error_beside_a_server_that_runs_says_nothing_of_it(tmp_path: Path) -> None:
    at = Listener(port=free_port())
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(at.port))
    with pytest.raises(KeyError) as caught, serving(command, at, tmp_path / "log"):
        raise KeyError
    assert not hasattr(caught.value, "__notes__")


def test_a_server_that_did_not_start_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []

    def broken(app: str, _: Listener) -> tuple[str, ...]:
        starts.append(app)
        return "sh", "-c", "exit 1"

    monkeypatch.setitem(COMMANDS, "broken", broken)
    errors = []
    for app in ("one", "one", "two"):
        with pytest.raises(NotStartedError) as error, running("broken", app):
            """Never come here."""
        errors.append(error.value)
    assert starts == ["one", "two"]
    assert errors[0] is errors[1] is not errors[2]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        pytest.param("echo 3.11.7", "3.11.7", id="built for a Python"),
        pytest.param("echo unrecognized option; exit 1", "", id="built for none"),
    ],
)
def test_which_python_a_uwsgi_runs(answer: str, version: str, tmp_path: Path) -> None:
    program = tmp_path / "uwsgi"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    assert python_of(str(program)) == version


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a port that way")
def test_a_port_that_was_given_stays_ones_own() -> None:
    ours = free_port()
    with pytest.raises(ConnectionRefusedError):
        Listener(port=ours).connect()
    with socket.socket() as another, pytest.raises(OSError, match="in use"):
        another.bind(("127.0.0.1", ours))
    with socket.create_server(("127.0.0.1", ours)):  # which sets SO_REUSEADDR
        Listener(port=ours).connect().close()


# What they do


@each_server
def test_the_builders_fill_environ_as_the_servers_do(server: str, start: Start) -> None:
    listener = start(server)
    targets = [*(row.target for row in (*SPELLINGS, *EXTENSIONLESS)), *ORDINARY, *ODD_TARGETS]
    differing = {
        target: (seen, made)
        for target in targets
        if (seen := seen_by(listener, target, [])) != (made := built(server, target, []))
    }
    assert differing == {}


@each_server
@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_the_builders_fold_headers_as_the_servers_do(server: str, headers: list[tuple[str, str]], start: Start) -> None:
    assert seen_by(start(server), "/xmlrpc.php", headers) == built(server, "/xmlrpc.php", headers)


@each_server
def test_the_builders_name_a_unix_sockets_peer_as_the_servers_do(server: str, start: Start) -> None:
    if SERVERS[server].unix_peer is None:
        with pytest.raises(ValueError, match="does not listen on a unix socket"):
            environ_as(server, "/", peer="unix")
    else:
        assert seen_by(start(server, unix=True), "/", []) == built(server, "/", [], peer="unix")


def status(listener: Listener, target: str, *headers: str) -> int:
    return int(listener.ask(get(target, GUARDED, *headers)).split()[1])


@each_server
@pytest.mark.parametrize("unix", [False, True], ids=["TCP", "unix socket"])
def test_the_guard_decides_under_every_server(server: str, unix: bool, start: Start) -> None:
    if unix and SERVERS[server].unix_peer is None:
        return
    listener = start(server, unix=unix)
    answers = {
        "a stranger": status(listener, "/xmlrpc.php", "X-Forwarded-For: 203.0.113.9"),
        "a stranger who claims to be listed": status(
            listener, "/xmlrpc.php", f"X-Forwarded-For: {LISTED}, 203.0.113.9"
        ),
        "a listed client": status(listener, "/xmlrpc.php", f"X-Forwarded-For: {LISTED}"),
        "a proxy without the header": status(listener, "/xmlrpc.php"),
        "an ordinary page": status(listener, "/2015/12/post/"),
    }
    assert answers == {
        "a stranger": 403,
        "a stranger who claims to be listed": 403,
        "a listed client": 200,
        "a proxy without the header": 403,
        "an ordinary page": 200,
    }


@each_server
def test_no_spelling_passes_under_any_server(server: str, start: Start) -> None:
    listener = start(server)
    headers = "X-Forwarded-For: 203.0.113.9"
    passed = [
        row.target
        for row in SPELLINGS
        if status(listener, row.target, headers, *(f"{name}: {value}" for name, value in row.headers)) not in (400, 403)
    ]
    assert passed == []


# What a refused POST leaves unread must not be taken for a request: the server reads it away, or closes.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.64.5\r\n\r\n"
STRANGERS_POST = {"Guarded": "yes", "X-Forwarded-For": "203.0.113.9", "Content-Type": "text/xml"}


@each_server
@pytest.mark.parametrize("size", [1, 4000], ids=["a small body", "a body past the servers' buffers"])
@pytest.mark.parametrize("chunked", [False, True], ids=["Content-Length", "chunked"])
def test_an_unread_body_is_no_second_request(server: str, size: int, chunked: bool, start: Start) -> None:
    at = start(server).port
    with closing(http.client.HTTPConnection("127.0.0.1", at, timeout=PATIENCE)) as connection:
        connection.connect()
        connection.auto_open = 0  # a closed connection must show
        body = SMUGGLED * size
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            sent = iter([body]) if chunked else body
            connection.request("POST", "/xmlrpc.php", sent, STRANGERS_POST, encode_chunked=chunked)
        try:
            first = connection.getresponse()
        except ConnectionError:  # closed with much of it unread: that resets a connection, and an answer may be lost
            assert size > 1
            return
        assert (first.status, first.read()) == (403, b"Forbidden\n")
        with suppress(http.client.NotConnected, http.client.BadStatusLine, ConnectionError):
            connection.request("GET", "/second")
            second = connection.getresponse()
            assert (second.status, json.loads(second.read())["PATH_INFO"]) == (200, "/second")
