"""What a server waits for: each row with epoll, and without, as on systems that have none and wait as waitress does."""

import gc
import logging
import os
import re
import select
import signal
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event, Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from waitress import wasyncore

from tests.frontends import Listener, get
from tests.waiting import wait_until
from xmlrpc_guard.body import PIECE
from xmlrpc_guard.serving.listening import open_listeners
from xmlrpc_guard.serving.server import make_server, run_server, stop_server
from xmlrpc_guard.serving.watching import WatchedSockets

SIZE = 3_000_000  # bytes: more than a socket's buffers and the server's together
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time
_released = Event()


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Answer with the path; or with much, in one piece or in many; or late."""
    path = environ["PATH_INFO"]
    if path == "/late":
        _released.wait()
    pieces = {"/middle": [bytes(300_000)], "/large": [bytes(SIZE)], "/streamed": [bytes(100)] * (SIZE // 100)}.get(
        path, [path.encode()]
    )
    start_response("200 OK", [("Content-Length", str(sum(map(len, pieces))))])
    yield from pieces


class Served:
    """A server of this process, and where it listens."""

    def __init__(self, server: Any, port: int) -> None:
        self.server = server
        self.at = Listener(port=port)

    @property
    def listening(self) -> Any:
        """The one of its sockets that takes connections."""
        return next(each for each in self.server.map.values() if each.accepting)

    def connect(self) -> socket.socket:
        return self.at.connect()


@pytest.fixture(params=["epoll", "select"])
def served(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    if request.param == "select":
        monkeypatch.delattr(select, "epoll")
    _released.clear()
    with open_listeners("listen", ["127.0.0.1:0"]) as listeners:
        server = make_server(app, listeners, threads=2)
        thread = Thread(target=server.run)
        thread.start()
        try:
            yield Served(server, listeners[0].socket.getsockname()[1])
        finally:
            _released.set()
            stop_server(server)
            thread.join()


def keep(path: str) -> bytes:
    """Write a request whose connection stays open."""
    return get(path).replace(b"Connection: close\r\n", b"")


def read_answers(connection: socket.socket, number: int) -> list[bytes]:
    """Read so many answers; give their bodies."""
    bodies = []
    with connection.makefile("rb") as answers:
        for _ in range(number):
            head = b"".join(iter(answers.readline, b"\r\n"))
            assert head.startswith(b"HTTP/1.1 200 "), head
            (length,) = re.findall(rb"Content-Length: ([0-9]+)", head)
            bodies.append(answers.read(int(length)))
    return bodies


def test_a_connection_carries_one_request_after_the_other(served: Served) -> None:
    with served.connect() as connection:
        for number in range(20):
            connection.sendall(keep(f"/{number}"))
            assert read_answers(connection, 1) == [b"/%d" % number]


def test_requests_that_come_together_are_answered_in_their_order(served: Served) -> None:
    paths = [f"/{number}" for number in range(20)]
    with served.connect() as connection:
        connection.sendall(b"".join(map(keep, paths)))
        assert read_answers(connection, 20) == [path.encode() for path in paths]


def test_a_request_that_comes_in_pieces_is_answered_when_it_is_there(served: Served) -> None:
    with served.connect() as connection:
        for byte in keep("/slow"):
            connection.sendall(bytes([byte]))
        assert read_answers(connection, 1) == [b"/slow"]


@pytest.mark.parametrize("path", ["/large", "/streamed"])
def test_an_answer_that_is_read_late_comes_whole(path: str, served: Served) -> None:
    with served.connect() as late, served.connect() as other:
        late.sendall(keep(path) + keep("/next"))
        other.sendall(keep("/other"))
        assert read_answers(other, 1) == [b"/other"]
        assert list(map(len, read_answers(late, 2))) == [SIZE, 5]


@pytest.mark.parametrize("path", ["/middle", "/large"], ids=["from memory", "from a file"])
def test_an_idle_connection_holds_nothing_of_its_last_answer(path: str, served: Served) -> None:
    with served.connect() as connection:
        for _ in range(2):
            connection.sendall(keep(path))
            assert len(read_answers(connection, 1)[0]) > PIECE
            channel = next(each for each in served.server.map.values() if hasattr(each, "outbufs"))
            wait_until(lambda: [each.buf for each in channel.outbufs] == [None])  # noqa: B023 - called at once


def test_a_client_that_has_ended_its_part_is_answered(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(keep("/late"))
        connection.shutdown(socket.SHUT_WR)
        _released.set()
        assert read_answers(connection, 1) == [b"/late"]


def test_a_client_that_waits_for_a_word_before_its_body_gets_it(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(get("/", "Content-Length: 1", "Expect: 100-continue", method="POST"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x")
        assert read_answers(connection, 1) == [b"/"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # waitress leaves a file to be collected
@pytest.mark.parametrize("path", ["/", "/late", "/large", "/streamed"])
@pytest.mark.parametrize("resets", [True, False], ids=["by a reset", "by an end"])
def test_nothing_is_left_of_clients_that_hang_up(
    path: str, resets: bool, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(served.server.map)
    for _ in range(4):
        with served.connect() as connection:
            connection.sendall(keep(path))
            if resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    _released.set()
    wait_until(lambda: len(served.server.map) == before)
    gc.collect()
    assert served.at.ask(get("/after")).endswith(b"/after")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_connection_that_is_idle_for_too_long_is_closed(served: Served) -> None:
    with served.connect() as idle:
        idle.sendall(keep("/"))
        assert read_answers(idle, 1) == [b"/"]
        served.listening.adj.channel_timeout = -1
        served.listening.next_channel_cleanup = 0
        assert idle.recv(1) == b""


def test_a_connection_too_many_waits_until_another_is_closed(served: Served) -> None:
    served.listening.adj.connection_limit = len(served.server.map) + 1
    with served.connect() as second:
        with served.connect() as first:
            for each in (second, first):
                each.sendall(keep("/"))
            assert read_answers(second, 1) == [b"/"]
            assert not select.select([first], [], [], 0.1)[0]
        with served.connect() as third:
            third.sendall(keep("/third"))
            second.close()
            assert read_answers(third, 1) == [b"/third"]


def test_many_clients_at_once_are_all_answered(served: Served) -> None:
    def ask(seed: int) -> bool:
        drawn = Random(seed)
        with served.connect() as connection:
            for _ in range(30):
                paths = [f"/{drawn.random()}" for _ in range(drawn.randrange(1, 4))]
                request = b"".join(map(keep, paths))
                cut = drawn.randrange(len(request))
                connection.sendall(request[:cut])
                connection.sendall(request[cut:])
                if read_answers(connection, len(paths)) != [path.encode() for path in paths]:
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(16)))


class ClosingAll(wasyncore.dispatcher):
    """One of some sockets, the first of which to be read closes all."""

    def __init__(self, end: socket.socket, watched: WatchedSockets) -> None:
        super().__init__(end, watched)
        self._watched = watched

    def handle_read(self) -> None:
        wasyncore.close_all(self._watched)


def test_a_socket_that_was_closed_after_it_was_found_ready_is_passed_over() -> None:
    watched = WatchedSockets()
    ends = [socket.socketpair() for _ in range(2)]
    for here, there in ends:
        ClosingAll(here, watched)
        there.sendall(b"x")
    watched.serve()
    assert [here.fileno() for here, _ in ends] == [-1, -1]
    for _, there in ends:
        there.close()


@pytest.mark.parametrize("kind", ["epoll", "select"])
def test_a_signal_ends_a_server_when_what_it_answers_is_answered(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "select":
        monkeypatch.delattr(select, "epoll")

    def interrupting(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        os.kill(os.getpid(), signal.SIGTERM)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"last"]

    with open_listeners("listen", ["127.0.0.1:0"]) as listeners, ThreadPoolExecutor(1) as client:
        answer = client.submit(Listener(port=listeners[0].socket.getsockname()[1]).ask, get("/"))
        run_server(interrupting, listeners)
        assert answer.result().endswith(b"last")
