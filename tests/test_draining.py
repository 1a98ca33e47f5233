"""What is left of a body after an answer: how much of it is read away, when, and for how long."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxying import call, environ
from tests.upstreams import Talk, Upstream
from tests.waiting import PATIENCE
from xmlrpc_guard import ConfigurationError, Policy, Settings, XMLRPCGuard, draining
from xmlrpc_guard.draining import drain
from xmlrpc_guard.proxy import ReverseProxy, application

BOUND = 1 << 20
LARGE = b"x" * 70_000


def site(_: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return [b"a page"]


def guard(**settings: Any) -> XMLRPCGuard:
    return XMLRPCGuard(site, Policy(allow=[]), **settings)


def left_of(app: WSGIApplication, body: bytes, **more: object) -> int:
    """Post a body to a guarded script, and give how many bytes of it are unread then."""
    source = io.BytesIO(body)
    call(app, "/xmlrpc.php", "POST", body, **{"wsgi.input": source, **more})
    return len(body) - source.tell()


CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
DECODED = {**CHUNKED, "wsgi.input_terminated": True}
OLD = {"SERVER_PROTOCOL": "HTTP/1.0"}

READ: list[Any] = [
    pytest.param(LARGE, {}, id="a body with a length"),
    pytest.param(b"x" * BOUND, {}, id="a body of as many bytes as the bound"),
    pytest.param(LARGE, DECODED, id="a body in chunks"),
    pytest.param(b"x" * BOUND, DECODED, id="a body in chunks of as many bytes as the bound"),
    pytest.param(b"x", DECODED, id="a small body in chunks, which not every server reads"),
    pytest.param(LARGE, {"REQUEST_METHOD": "HEAD"}, id="a body of HEAD"),
    pytest.param(LARGE, {**DECODED, "REQUEST_METHOD": "HEAD"}, id="a body of HEAD, in chunks"),
    pytest.param(LARGE, {"HTTP_CONNECTION": "TE, x-closed"}, id="on a connection with other options than close"),
    pytest.param(LARGE, {**OLD, "HTTP_CONNECTION": "Keep-Alive"}, id="on a connection of HTTP/1.0 that is kept"),
]


@pytest.mark.parametrize(("body", "more"), READ)
def test_what_is_read_away_after_a_refusal(body: bytes, more: dict[str, object]) -> None:
    assert left_of(guard(), body, **more) == 0


def test_a_body_in_chunks_is_read_away_where_the_environ_has_no_length() -> None:
    made = environ("/xmlrpc.php", "POST", LARGE, **DECODED)
    del made["CONTENT_LENGTH"]
    guard()(made, lambda *_: bytes)
    assert made["wsgi.input"].read() == b""


LEFT: list[Any] = [
    pytest.param(b"x" * 8192, {}, id="a small body with a length, which every server reads"),
    pytest.param(b"x" * (BOUND + 1), {}, id="a body above the bound"),
    pytest.param(LARGE, {"CONTENT_LENGTH": "0"}, id="what is after a body without a byte"),
    pytest.param(LARGE, {"CONTENT_LENGTH": ""}, id="what is after a request without a body"),
    pytest.param(LARGE, {"CONTENT_LENGTH": "7e4"}, id="a body whose length is not a number"),
    pytest.param(LARGE, CHUNKED, id="chunks that the server does not take apart"),
    pytest.param(LARGE, {"HTTP_CONNECTION": "close"}, id="a body on a connection that ends"),
    pytest.param(LARGE, {"HTTP_CONNECTION": "TE,\tClose "}, id="a body on a connection that ends, among options"),
    pytest.param(LARGE, OLD, id="a body on a connection of HTTP/1.0"),
    pytest.param(LARGE, {"SERVER_PROTOCOL": "HTTP/2"}, id="a body in HTTP/2, where it holds up no one"),
    pytest.param(LARGE, {"waitress.client_disconnected": None}, id="a body that waitress has read"),
    pytest.param(LARGE, {"uwsgi.version": b"2"}, id="a body under uWSGI, which keeps no connection"),
    pytest.param(LARGE, {"mod_wsgi.version": (4, 9)}, id="a body under mod_wsgi, which reads it away itself"),
]


@pytest.mark.parametrize(("body", "more"), LEFT)
def test_what_is_left_to_the_server(body: bytes, more: dict[str, object]) -> None:
    assert left_of(guard(), body, **more) == len(body)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(guard, id="a guard"),
        pytest.param(lambda: ReverseProxy("unix:/no/such.sock"), id="a proxy that fails, and has read a part"),
    ],
)
def test_what_follows_a_body_is_not_read_where_the_input_does_not_end_with_it(
    make: Callable[[], WSGIApplication],
) -> None:
    following = b"GET / HTTP/1.1\r\n\r\n"
    assert left_of(make(), LARGE + following, CONTENT_LENGTH=str(len(LARGE))) == len(following)


def test_of_chunks_above_the_bound_no_more_is_read_than_shows_that() -> None:
    assert left_of(guard(), b"x" * (2 * BOUND), **DECODED) == BOUND - 1


@pytest.mark.parametrize(
    ("make", "read"),
    [
        pytest.param(guard, 0, id="a guard"),
        pytest.param(lambda **most: Settings(allow=[], **most).guard(site), 0, id="the guard of settings"),
        pytest.param(lambda **most: application("unix:/no/such.sock", allow="", **most), 0, id="a guard and a proxy"),
        pytest.param(lambda **most: ReverseProxy("unix:/no/such.sock", **most), 1 << 16, id="a proxy that fails"),
    ],
)
def test_the_bound_is_a_setting(make: Callable[..., WSGIApplication], read: int) -> None:
    unread = len(LARGE) - read  # what the proxy itself reads before it connects
    assert [left_of(make(max_drain=most), LARGE) for most in (70_000, 69_999, 0)] == [0, unread, unread]


@pytest.mark.parametrize("most", [-1, 1.5, True, "70000", None], ids=repr)
def test_what_is_no_number_of_bytes_is_refused(most: Any) -> None:
    for make in (guard, lambda max_drain: ReverseProxy("unix:/no/such.sock", max_drain=max_drain)):
        with pytest.raises(ConfigurationError, match=r"^max_drain: .* is not a number of bytes; write 1048576, or 0"):
            make(max_drain=most)


def test_an_allowed_clients_body_is_the_applications() -> None:
    source = io.BytesIO(LARGE)
    allowing = XMLRPCGuard(site, Policy(allow=["203.0.113.9"]))
    call(allowing, "/xmlrpc.php", "POST", LARGE, **{"wsgi.input": source})
    assert source.tell() == 0


# The answer


def reading(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Refuse with the first ten bytes of the body."""
    start_response("451 Unavailable For Legal Reasons", [])
    return [environ["wsgi.input"].read(10)]


def generating(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Do so when the answer is sent, and not before."""
    yield from reading(environ, start_response)
    yield b"more"


def generating_nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    reading(environ, start_response)
    yield from ()


@pytest.mark.parametrize(
    ("denied", "body"), [(reading, b"0123456789"), (generating, b"0123456789more"), (generating_nothing, b"")]
)
def test_the_application_that_refuses_may_read_the_body_before_the_rest_is_read_away(
    denied: WSGIApplication, body: bytes
) -> None:
    source = io.BytesIO(b"0123456789" * 7000)
    request = {"CONTENT_LENGTH": "70000", "wsgi.input": source}
    answer = call(guard(denied=denied), "/xmlrpc.php", "POST", **request)  # type: ignore[arg-type]
    assert (answer.status[:3], answer.body, source.tell()) == ("451", body, 70_000)


@pytest.mark.parametrize("denied", [None, generating])
def test_the_body_is_read_away_before_the_answer_is_sent(denied: WSGIApplication | None) -> None:
    source = io.BytesIO(LARGE)
    request = environ("/xmlrpc.php", "POST", LARGE, **{"wsgi.input": source})
    next(iter(guard(denied=denied)(request, lambda *_: bytes)))
    assert source.tell() == len(LARGE)


def test_an_answer_is_closed() -> None:
    closed = []

    class Answer:
        def __iter__(self) -> Iterator[bytes]:
            yield b"no"

        def close(self) -> None:
            closed.append(True)

    def denied(_: WSGIEnvironment, start_response: StartResponse) -> Answer:
        start_response("403 Forbidden", [])
        return Answer()

    assert call(guard(denied=denied), "/xmlrpc.php", "POST", LARGE).body == b"no"
    assert closed == [True]


@pytest.mark.parametrize(
    ("settings", "more", "ends"),
    [
        pytest.param({}, {}, True, id="a body"),
        pytest.param({}, DECODED, True, id="a body in chunks"),
        pytest.param({}, {"CONTENT_LENGTH": str(BOUND * 9)}, True, id="a body above the bound"),
        pytest.param({}, {"CONTENT_LENGTH": "0"}, False, id="a body without a byte"),
        pytest.param({}, {"HTTP_CONNECTION": "close"}, False, id="a connection that ends"),
        pytest.param({"max_drain": 0}, {}, False, id="a bound of 0"),
    ],
)
def test_under_granian_the_answer_says_that_the_connection_ends(
    settings: dict[str, int], more: dict[str, str], ends: bool
) -> None:
    request = {"SERVER_SOFTWARE": "Granian", **more}
    answer = call(guard(**settings), "/xmlrpc.php", "POST", LARGE, **request)
    assert (("Connection", "close") in answer.headers) is ends


# The proxy's own answers


class Counted(io.BytesIO):
    """A body that knows whether its end was met."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.met = not piece or self.tell() == len(self.getbuffer())
        return piece


PROXIED: list[Any] = [
    pytest.param({"HTTP_VIA": "1.1 xmlrpc_guard, " * 5}, 508, id="a request that went in a circle"),
    pytest.param({"HTTP_EXPECT": "more"}, 417, id="another expectation"),
    pytest.param({"HTTP_HOST": "a b"}, 400, id="a Host that is none"),
    pytest.param({}, 502, id="an upstream that cannot be reached"),
    pytest.param({"REQUEST_METHOD": "HEAD"}, 502, id="HEAD with a body, and an upstream that cannot be reached"),
    pytest.param({**DECODED}, 413, id="chunks above max_spool"),
    pytest.param({"REQUEST_METHOD": "OPTIONS", "PATH_INFO": "*", "RAW_URI": "*"}, 200, id="OPTIONS * with a body"),
]


@pytest.mark.parametrize(("more", "status"), PROXIED)
def test_a_body_that_the_proxy_did_not_need_is_read_away(more: dict[str, object], status: int) -> None:
    source = Counted(LARGE)
    proxy = ReverseProxy("unix:/no/such.sock", max_spool=1000)
    answer = call(proxy, "/", "POST", LARGE, **{"wsgi.input": source, **more})
    assert (int(answer.status[:3]), source.met) == (status, True)


def test_a_body_that_the_upstream_did_not_read_is_read_away() -> None:
    large = b"x" * 8_000_000  # more than fits between two sockets
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
    with Upstream(Talk(answers=(refusal,), end="reset", reads="head")) as upstream:
        source = Counted(large)
        proxy = ReverseProxy(upstream.url, max_drain=len(large))
        status = call(proxy, "/", "POST", large, **{"wsgi.input": source}).status
        del proxy
    assert source.met
    assert status[:3] in ("413", "502")  # as the reset comes after or before the answer


# Slow senders


class Connected:
    """A connection whose other end is the client's, and an input that reads from it, as servers make one."""

    def __init__(self) -> None:
        self.mine, self.client = socket.socketpair()
        self.client.settimeout(PATIENCE)
        self.environ: WSGIEnvironment = {"gunicorn.socket": self.mine, "wsgi.input": self}

    def read(self, size: int) -> bytes:
        held = b""
        while len(held) < size and (piece := self.mine.recv(size - len(held))):
            held += piece
        return held

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.mine.close()
        self.client.close()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    monkeypatch.setattr(draining, "MOST_SECONDS", 0.05)
    with Connected() as connection:
        yield connection


def test_a_silent_sender_loses_the_connection(connected: Connected) -> None:
    connected.client.sendall(b"x")
    drain(connected.environ, BOUND)
    assert connected.client.recv(1) == b""


def test_a_sender_of_a_byte_at_a_time_loses_the_connection(connected: Connected) -> None:
    def send() -> None:
        with suppress(OSError):
            while True:
                connected.client.sendall(b"x")

    sender = threading.Thread(target=send)
    sender.start()
    drain(connected.environ, 1 << 60)
    sender.join(PATIENCE)
    assert not sender.is_alive()


def test_what_a_slow_sender_sends_later_is_not_read_as_another_request(connected: Connected) -> None:
    drain(connected.environ, BOUND)
    with suppress(OSError):
        connected.client.sendall(b"GET /smuggled HTTP/1.1\r\n\r\n")
    assert connected.mine.recv(100) == b""


def test_a_connection_on_which_all_has_come_stays_open(connected: Connected) -> None:
    connected.client.sendall(LARGE + b"GET /next")
    drain({**connected.environ, "wsgi.input": io.BytesIO(connected.read(len(LARGE)))}, BOUND)
    threading.Event().wait(0.2)  # longer than the time for reading
    connected.mine.sendall(b"answer")
    assert (connected.mine.recv(100), connected.client.recv(100)) == (b"GET /next", b"answer")


def test_a_connection_that_the_server_has_closed_is_no_matter(connected: Connected) -> None:
    class Broken:
        def read(self, _: int) -> bytes:
            connected.mine.close()
            threading.Event().wait(0.2)
            raise ValueError

    drain({**connected.environ, "wsgi.input": Broken()}, BOUND)
    assert connected.client.recv(1) == b""


CHEROOT = {"SERVER_SOFTWARE": "Cheroot/11.1.2 Server"}


@pytest.mark.parametrize(
    ("server", "kept"),
    [
        pytest.param(CHEROOT, False, id="cheroot, after chunks"),
        pytest.param({**CHEROOT, **CHUNKED, "CONTENT_LENGTH": "9"}, False, id="cheroot, after chunks beside a length"),
        pytest.param({**CHEROOT, "CONTENT_LENGTH": "1000"}, True, id="cheroot, after a body with a length"),
        pytest.param({"SERVER_SOFTWARE": "gunicorn/27.0.1"}, True, id="another"),
    ],
)
def test_a_server_that_takes_the_rest_for_a_request_loses_the_connection(
    server: dict[str, str], kept: bool, connected: Connected
) -> None:
    connected.client.sendall(LARGE)
    drain({**connected.environ, **server}, 1000)
    connected.client.settimeout(0)
    assert (receive_now(connected.client) is None) is kept


def receive_now(connection: socket.socket) -> bytes | None:
    """Give what there is to read: nothing at the end, None if there may be more."""
    try:
        return connection.recv(1)
    except BlockingIOError:
        return None
    except ConnectionResetError:
        return b""


def test_a_connection_on_which_no_body_comes_is_closed(connected: Connected) -> None:
    class Malformed:
        def read(self, _: int) -> bytes:
            raise ValueError("not a chunk")

    drain({**connected.environ, "wsgi.input": Malformed()}, BOUND)
    assert connected.client.recv(1) == b""


def test_without_a_connection_the_reading_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "MOST_SECONDS", 0.05)

    class Endless:
        def read(self, size: int) -> bytes:
            return b"x" * size

    drain({"wsgi.input": Endless()}, 1 << 60)


def test_without_a_connection_one_body_is_read_at_a_time() -> None:
    other = io.BytesIO(LARGE)

    class Slow:
        def read(self, _: int) -> bytes:
            drain({"wsgi.input": other}, BOUND)  # meanwhile, for another request
            raise ValueError

    drain({"wsgi.input": Slow()}, BOUND)
    assert other.tell() == 0
    drain({"wsgi.input": other}, BOUND)
    assert other.tell() == len(LARGE)


def test_under_granian_a_slow_sender_holds_no_thread_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "MOST_SECONDS", 0.05)
    sent, read = threading.Event(), threading.Event()

    class Slow:
        def read(self, _: int) -> bytes:
            sent.wait(20)
            read.set()
            return b""

    drain({"wsgi.input": Slow(), "SERVER_SOFTWARE": "Granian"}, BOUND)
    assert not read.is_set()
    sent.set()
    assert read.wait(20)


def test_under_granian_a_body_that_is_there_is_read_away() -> None:
    source = io.BytesIO(LARGE)
    drain({"wsgi.input": source, "SERVER_SOFTWARE": "Granian"}, BOUND)
    assert source.tell() == len(LARGE)


def test_a_connection_that_cannot_be_found_is_no_error() -> None:
    class Odd:
        @property
        def rfile(self) -> object:
            raise ZeroDivisionError

        def read(self, _: int) -> bytes:
            raise ZeroDivisionError

    drain({"wsgi.input": Odd()}, BOUND)
    drain({}, BOUND)


@given(st.lists(st.integers(1, 100_000), max_size=9), st.integers(1, 200_000))
def test_as_much_is_read_as_the_bound_says(sizes: list[int], most: int) -> None:
    pieces = iter(sizes)

    class Source:
        read_so_far = 0

        def read(self, size: int) -> bytes:
            piece = b"x" * min(size, next(pieces, 0))
            self.read_so_far += len(piece)
            return piece

    source = Source()
    drain({"wsgi.input": source}, most)
    assert source.read_so_far <= most + 1
    assert next(pieces, 0) == 0 or source.read_so_far == most + 1
