"""The proxy under real servers, between hostile clients and upstreams: byte for byte, what comes through."""

import http.client
import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from typing import Any, BinaryIO

import pytest

from tests.apps import SILENCE
from tests.frontends import COMMANDS, Listener, get, installed, receive, running
from tests.real.chains import GUARDED
from tests.upstreams import Talk, Upstream, until
from tests.waiting import PATIENCE

HANGS_UP = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
LARGE = 3_000_000
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

Front = tuple[Listener, Upstream]


@pytest.fixture(scope="module", params=GUARDED)
def front(request: pytest.FixtureRequest) -> Iterator[Front]:
    """A server with the guard and the proxy, and the upstream after it."""
    with pytest.MonkeyPatch.context() as patch, Upstream(Talk(answers=(HANGS_UP,))) as upstream:
        patch.setenv("GUNICORN_CMD_ARGS", "--forwarded-allow-ips=")  # as docs/guides/in-front-of-php.md has it
        with GUARDED[request.param](upstream.listener) as listener:
            yield listener, upstream


Exchanged = tuple[list[int], list[tuple[bytes, bytes]]]


def exchange(front: Front, request: bytes, read: Callable[[socket.socket], bytes] = receive) -> Exchanged:
    """Send bytes; give the statuses that came back, and the target and body of what reached the upstream."""
    listener, upstream = front
    before = len(upstream.connections)
    with listener.connect() as connection:
        connection.sendall(request)
        answers = read(connection)
    received = [b"".join(requests).partition(b"\r\n\r\n") for requests in upstream.connections[before:]]
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", answers)]
    return statuses, [(head.split()[1], body) for head, _, body in received]


def after_all(connection: socket.socket) -> bytes:
    """End what is sent, and read what comes back."""
    connection.shutdown(socket.SHUT_WR)
    return receive(connection)


def one_answer(connection: socket.socket) -> bytes:
    """Read one answer from a connection that may stay open."""
    with connection.makefile("rb") as stream:
        return read_answer(stream)


def read_answer(stream: BinaryIO) -> bytes:
    head = b"".join(until(b"\r\n", stream))
    length = re.search(rb"Content-Length: ([0-9]+)", head)
    return head + stream.read(int(length[1]) if length else 0)


POST = b"POST /first HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(SMUGGLED)
INSIDE = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
ENDED = b"0\r\n\r\n" + SMUGGLED

AMBIGUOUS: list[Any] = [
    pytest.param(POST + b"Content-Length: 40\r\n" + CHUNKED + b"\r\n" + ENDED, id="CL.TE: a length, and chunked"),
    pytest.param(POST + CHUNKED + b"Content-Length: 4\r\n\r\n" + INSIDE, id="TE.CL: chunked, and a length"),
    pytest.param(POST + b"Content-Length: 0\r\n" + LENGTH + b"\r\n" + SMUGGLED, id="CL.CL: two lengths"),
    pytest.param(POST + LENGTH + b"Content-Length: 0\r\n\r\n" + SMUGGLED, id="CL.CL: the real length first"),
    pytest.param(POST + b"Content-Length: 0, 35\r\n\r\n" + SMUGGLED, id="CL.CL: two lengths in one line"),
    pytest.param(
        POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + SMUGGLED, id="CL.CL: two lengths that agree"
    ),
    pytest.param(POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + ENDED, id="TE.TE: chunked, then identity"),
    pytest.param(POST + b"Transfer-Encoding: xchunked\r\n\r\n" + ENDED, id="TE.TE: a coding that does not exist"),
    pytest.param(POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + ENDED, id="a vertical tab before the coding"),
    pytest.param(POST + b"Transfer-Encoding: chunked\x0b\r\n\r\n" + ENDED, id="a vertical tab after the coding"),
    pytest.param(POST + b"Transfer-Encoding : chunked\r\n\r\n" + ENDED, id="a space before the colon of a coding"),
    pytest.param(POST + b" Transfer-Encoding: chunked\r\n\r\n" + ENDED, id="a space before the name of a coding"),
    pytest.param(
        POST + b"X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n" + ENDED, id="a folded line that names a coding"
    ),
    pytest.param(POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + ENDED, id="a coding in a folded line"),
    pytest.param(POST + b"X: y\r\n " + LENGTH + b"\r\n" + SMUGGLED, id="a folded length"),
    pytest.param(POST + b"X: y\r" + LENGTH + b"\r\n" + SMUGGLED, id="a bare CR before a length"),
    pytest.param(POST + b"X: y\n" + LENGTH + b"\r\n" + SMUGGLED, id="a bare LF before a length"),
    pytest.param(POST + b"X: y\0\r\n\r\n" + SMUGGLED, id="NUL"),
    pytest.param(POST.replace(b"\r\n", b"\n") + b"\n" + SMUGGLED, id="a head of bare LF"),
    pytest.param(POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED, id="a negative length"),
    pytest.param(POST + b"Content-Length: +0\r\n\r\n" + SMUGGLED, id="a signed length"),
    pytest.param(POST + b"Content-Length: 0_0\r\n\r\n" + SMUGGLED, id="a length with an underscore, as int() takes it"),
    pytest.param(POST + b"Content-Length:\r\n\r\n" + SMUGGLED, id="an empty length"),
    pytest.param(POST + b"Content-Length : 0\r\n\r\n" + SMUGGLED, id="a space before the colon of a length"),
    pytest.param(POST + CHUNKED + b"\r\n2\nok\r\n" + ENDED, id="a bare LF after a chunk's size"),
    pytest.param(POST + CHUNKED + b"\r\n2\r\nok\n" + ENDED, id="a bare LF after a chunk"),
    pytest.param(POST + CHUNKED + b"\r\n2;\nxx\r\n" + ENDED, id="a bare LF in a chunk extension"),
    pytest.param(POST + CHUNKED + b"\r\n2;a\rb\r\nok\r\n" + ENDED, id="a bare CR in a chunk extension"),
    pytest.param(POST + CHUNKED + b"\r\n2\r\nok" + ENDED, id="a chunk that does not end"),
    pytest.param(POST + CHUNKED + b"\r\n+2\r\nok\r\n" + ENDED, id="a signed chunk size"),
    pytest.param(POST + CHUNKED + b"\r\n0x2\r\nok\r\n" + ENDED, id="a chunk size of 0x2, as int() takes it"),
    pytest.param(POST + CHUNKED + b"\r\n-1\r\nok\r\n" + ENDED, id="a negative chunk size"),
    pytest.param(POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n" + ENDED, id="chunked in HTTP/1.0"),
]


@pytest.mark.parametrize("request_", AMBIGUOUS)
def test_a_request_that_two_servers_could_read_differently_is_not_forwarded(front: Front, request_: bytes) -> None:
    statuses, reached = exchange(front, request_ + LAST)
    assert reached == []
    assert set(statuses) <= {400, 501}


def test_a_chunk_size_that_overflows_64_bits_is_not_taken_for_a_small_one(front: Front) -> None:
    # The servers wait for so large a chunk, so the client ends what it sends.
    statuses, reached = exchange(front, POST + CHUNKED + b"\r\n10000000000000002\r\nok\r\n" + ENDED + LAST, after_all)
    assert (set(statuses) <= {400}, reached) == (True, [])


@pytest.mark.parametrize("codings", [b"identity\r\n" + CHUNKED, b"gzip, chunked\r\n", b"chunked, chunked\r\n"])
def test_a_coding_that_only_some_servers_know_is_not_forwarded(front: Front, codings: bytes) -> None:
    # It does end where the chunks end: what follows is another request, and may be answered as one.
    _, reached = exchange(front, POST + b"Transfer-Encoding: " + codings + b"\r\n" + b"0\r\n\r\n" + LAST)
    assert reached in ([], [(b"/last", b"")])


BROKEN: list[Any] = [
    pytest.param(b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", id="a fragment in the target"),
    pytest.param(b"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", id="a tab in the target"),
    pytest.param(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", id="a space in the target"),
    pytest.param(b"GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n", id="a target beyond ASCII"),
    pytest.param(b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", id="a control character in the target"),
    pytest.param(b"GET @evil/ HTTP/1.1\r\nHost: a\r\n\r\n", id="a target that could name a host"),
    pytest.param(b"GET a/b HTTP/1.1\r\nHost: a\r\n\r\n", id="a target without a slash"),
    pytest.param(b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", id="the absolute form, of another host"),
    pytest.param(b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", id="the asterisk form, for another method than OPTIONS"),
    pytest.param(b"OPTIONS * HTTP/1.1\r\n\r\n", id="OPTIONS * without Host"),
    pytest.param(b"GET http://a:8080/ HTTP/1.1\r\nHost: a\r\n\r\n", id="the absolute form, with another port"),
    pytest.param(b"CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n", id="a tunnel"),
    pytest.param(b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n", id="NUL in the method"),
    pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no Host"),
    pytest.param(b"GET / HTTP/1.1\r\nHost:\r\n\r\n", id="an empty Host"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two Hosts"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", id="a Host with a space"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a/x\r\n\r\n", id="a Host with a path"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX\xe4: y\r\n\r\n", id="a field's name beyond ASCII"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", id="a field without a colon"),
    pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 0\r\n\r\n", id="an expectation"),
    pytest.param(b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", id="HTTP/3.0"),
    pytest.param(b"\x16\x03\x01\x00\xa5\x01\x00\x00", id="TLS"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
]


@pytest.mark.parametrize("request_", BROKEN)
def test_a_broken_request_is_not_forwarded(front: Front, request_: bytes) -> None:
    statuses, reached = exchange(front, request_ + LAST)
    assert reached in ([], [(b"/last", b"")])
    assert statuses[0] in {400, 417, 501, 505}


PLAIN: list[Any] = [
    pytest.param(POST + LENGTH + b"\r\n" + SMUGGLED, b"/first", SMUGGLED, id="a request inside a body stays there"),
    pytest.param(
        POST + CHUNKED + b"\r\n" + INSIDE, b"/first", SMUGGLED, id="a request inside a chunked body stays there"
    ),
    pytest.param(
        POST + b"tRANSFER-eNCODING:\tCHUNKED \r\n\r\n" + INSIDE,
        b"/first",
        SMUGGLED,
        id="Transfer-Encoding in any letters",
    ),
    pytest.param(
        POST + CHUNKED + b"\r\n2;a=b\r\nok\r\n0;c\r\n\r\n", b"/first", b"ok", id="chunk extensions are dropped"
    ),
    pytest.param(
        POST + b"Connection: Content-Length\r\n" + LENGTH + b"\r\n" + SMUGGLED,
        b"/first",
        SMUGGLED,
        id="Connection cannot remove a length",
    ),
    pytest.param(POST + b"Content_Length: 35\r\n\r\n", b"/first", b"", id="Content_Length is not a length"),
    pytest.param(POST + b"Transfer_Encoding: chunked\r\n\r\n", b"/first", b"", id="Transfer_Encoding is not a coding"),
    pytest.param(
        POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok", b"/first", b"ok", id="Expect: 100-continue"
    ),
    pytest.param(b"GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n", b"/x?y", b"", id="the absolute form"),
    pytest.param(
        b"GET http://a:80/x HTTP/1.1\r\nHost: a\r\n\r\n", b"/x", b"", id="the absolute form, with the scheme's port"
    ),
    pytest.param(
        b"GET /a%0d%0aX:%20y HTTP/1.1\r\nHost: a\r\n\r\n", b"/a%0d%0aX:%20y", b"", id="a quoted line end in the target"
    ),
    pytest.param(
        b"GET /h2c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n",
        b"/h2c",
        b"",
        id="an upgrade is not forwarded",
    ),
]


@pytest.mark.parametrize(("request_", "target", "body"), PLAIN)
def test_a_plain_request_is_one_request(front: Front, request_: bytes, target: bytes, body: bytes) -> None:
    statuses, reached = exchange(front, request_ + LAST)
    assert reached == [(target, body), (b"/last", b"")]
    assert [status for status in statuses if status != 100] == [200, 200]


def test_a_target_as_long_as_those_of_bulk_actions_arrives(front: Front) -> None:
    target = b"/wp-admin/edit.php?" + b"&".join(b"post%%5B%%5D=%d" % post for post in range(10_000, 10_470))
    statuses, reached = exchange(front, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n", one_answer)
    assert (len(target), statuses, reached) == (8008, [200], [(target, b"")])


LISTS: list[Any] = [
    pytest.param(["X-Forwarded-Proto: https,http"], ["https", "a", "443"], id="a list of schemes"),
    pytest.param(
        ["X-Forwarded-Proto: https", "X-Forwarded-Proto: http"], ["https", "a", "443"], id="two lines of schemes"
    ),
    pytest.param(["X-Forwarded-Host: evil, a"], ["http", "a", "80"], id="a list of hosts that a client began"),
    pytest.param(["X-Forwarded-Host: b:81", "X-Forwarded-Host: c"], ["http", "b:81", "81"], id="two lines of hosts"),
    pytest.param(["X-Forwarded-Port: 8443", "X-Forwarded-Port: 80"], ["http", "a", "8443"], id="two lines of ports"),
    pytest.param(["X_Forwarded_Port: 8443", "X.Forwarded.Port: 8443"], ["http", "a", "80"], id="twins"),
    pytest.param(
        ["Connection: close, X-Forwarded-Proto, X-Forwarded-Port"], ["http", "a", "80"], id="named by Connection"
    ),
]


@pytest.mark.parametrize(("lines", "heard"), LISTS)
def test_one_value_of_each_goes_on(front: Front, lines: list[str], heard: list[str]) -> None:
    _, upstream = front
    before = len(upstream.connections)
    exchange(front, get("/", *lines).replace(b"Host: localhost", b"Host: a"), one_answer)
    (request,) = upstream.connections[before]
    fields = re.findall(rb"\r\nX.Forwarded.(?:Proto|Host|Port): ([^\r]*)", request)
    assert [field.decode() for field in fields] == heard


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(b"OPTIONS * HTTP/1.1\r\nHost: www\r\n\r\n", id="as HAProxy's manual shows it"),
        pytest.param(b"OPTIONS * HTTP/1.0\r\n\r\n", id="in HTTP/1.0, without Host"),
    ],
)
def test_a_balancers_check_of_the_server_is_answered(front: Front, check: bytes) -> None:
    statuses, reached = exchange(front, check, one_answer)
    assert (statuses, reached) == ([200], [])  # nginx as the upstream would answer 400


@pytest.mark.parametrize(
    ("options", "closes"),
    [
        pytest.param(b"close", True, id="close"),
        pytest.param(b"close, TE", True, id="close, and another option"),
        pytest.param(b"TE,Close", True, id="close after another option"),
        pytest.param(b"TE\r\nConnection: close", True, id="two lines"),
        pytest.param(b"TE", False, id="another option"),
        pytest.param(b"X-Close", False, id="a name that ends in close"),
    ],
)
def test_close_ends_a_connection_under_serve(served: Listener, options: bytes, closes: bool) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: " + options + b"\r\n\r\n"
    with served.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(request + LAST)
        first, second = read_answer(answers), b""
        with suppress(ConnectionError):  # as the second request was not read
            second = answers.read()
    assert (b"Connection: close" in first, second == b"") == (closes, closes)


@pytest.fixture(scope="module")
def served() -> Iterator[Listener]:
    with Upstream(Talk(answers=(HANGS_UP,))) as upstream, GUARDED["waitress"](upstream.listener) as listener:
        yield listener


UNDERSCORES = ("X_Forwarded_For", "X_FORWARDED-FOR", "X-Forwarded_For")


@pytest.mark.parametrize("twin", UNDERSCORES)
def test_a_twin_with_underscores_is_not_forwarded(front: Front, twin: str) -> None:
    listener, upstream = front
    before = len(upstream.connections)
    listener.ask(get("/twin", "X-Forwarded-For: 203.0.113.9", f"{twin}: 192.0.64.5"))
    (request,) = upstream.connections[before]
    assert [line for line in request.split(b"\r\n") if b"orwarded-For" in line or b"_" in line.partition(b":")[0]] == [
        b"X-Forwarded-For: 203.0.113.9, 127.0.0.1"
    ]


CHUNK = CHUNKED + b"\r\n%x\r\n" % LARGE + b"x" * LARGE

# An answer that breaks off, and where: the client must not take what it got for the whole.
BREAKS: list[Any] = [
    pytest.param(b"Content-Length: %d\r\n\r\n" % LARGE + b"x" * (LARGE - 1), "close", id="a length, and then the end"),
    pytest.param(CHUNK[:-1], "close", id="within a chunk"),
    pytest.param(CHUNKED + b"\r\n%x\r\n" % LARGE + b"x" * LARGE + b"\r\n", "close", id="between two chunks"),
    pytest.param(
        CHUNKED + b"\r\n%x\r\n" % LARGE + b"x" * LARGE + b"\r\nrubbish\r\n", "close", id="rubbish for a chunk"
    ),
    pytest.param(CHUNKED + b"\r\n%x\r\n" % LARGE + b"x" * LARGE, "hold", id="silence"),
]


def cannot_break_off(server: str) -> bool:
    """Return whether a server ends an answer without a length as if it were whole, although the application raised.

    granian up to 2.8.7 does so even in chunks, uWSGI and wsgiref by closing, as HTTP/1.0 does.
    """
    return server in ("uwsgi", "wsgiref") or (server == "granian" and release(server) <= (2, 8, 7))


def release(package: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall("[0-9]+", version(package))))


@pytest.fixture(scope="module", params=[server for server in COMMANDS if installed(server)])
def forwarding(request: pytest.FixtureRequest) -> Iterator[tuple[str, Listener, Upstream]]:
    """Any server, with an upstream whose talks each test writes."""
    with Upstream() as upstream, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPSTREAM", upstream.url)
        with running(request.param, "tests.apps:forwarded") as listener:
            yield request.param, listener, upstream


# How servers give two lines of a field, and what goes on of two lines of cookies.
JOINED = {
    "gunicorn": b"a=1; b=2,c=3",
    "waitress": b"a=1; b=2; c=3",
    "granian": b"a=1; b=2;c=3",
    "cheroot": b"c=3",
    "uwsgi": b"a=1; b=2; c=3",
    "werkzeug": b"a=1; b=2,c=3",
    "wsgiref": b"a=1; b=2,c=3",
}


def test_two_lines_of_cookies(forwarding: tuple[str, Listener, Upstream]) -> None:
    server, listener, upstream = forwarding
    upstream.talks = (Talk(answers=(HANGS_UP,)),)
    listener.ask(get("/cookies", "Cookie: a=1; b=2", "Cookie: c=3"))
    (request,) = upstream.connections[-1]
    assert re.findall(rb"\r\nCookie: (.*?)\r\n", request) == [JOINED[server]]


@pytest.mark.parametrize(("rest", "end"), BREAKS)
def test_an_answer_that_breaks_off_never_looks_whole(
    forwarding: tuple[str, Listener, Upstream], rest: bytes, end: str
) -> None:
    server, listener, upstream = forwarding
    upstream.talks = (Talk(answers=(b"HTTP/1.1 200 OK\r\n" + rest,), end=end),)
    connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=PATIENCE)
    connection.request("GET", SILENCE if end == "hold" else "/")
    whole = reads_to_its_end(connection)
    connection.close()
    assert whole is (rest.startswith(CHUNKED) and cannot_break_off(server))
    assert upstream.ended()


def reads_to_its_end(connection: http.client.HTTPConnection) -> bool:
    try:
        answer = connection.getresponse()
        answer.read()
    except (http.client.IncompleteRead, ConnectionError):
        return False
    return answer.status == 200


def hang_up(listener: Listener, request: bytes, *, read: int) -> None:
    """Send a request, read a little, and reset the connection."""
    with listener.connect() as connection:
        connection.sendall(request)
        connection.recv(read)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_clients_that_hang_up_in_a_download_leave_nothing_open(forwarding: tuple[str, Listener, Upstream]) -> None:
    _, listener, upstream = forwarding
    upstream.talks = (Talk(answers=(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000_000,)),)
    for _ in range(5):
        hang_up(listener, get("/"), read=100)
    assert upstream.ended()
    upstream.talks = (Talk(answers=(HANGS_UP,)),)
    assert listener.ask(get("/")).endswith(b"ok")


def test_clients_that_hang_up_in_an_upload_leave_nothing_whole(forwarding: tuple[str, Listener, Upstream]) -> None:
    _, listener, upstream = forwarding
    upstream.talks = (Talk(answers=(HANGS_UP,)),)
    before = len(upstream.connections)
    for _ in range(5):
        with listener.connect() as connection:
            connection.sendall(POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 500_000)
    assert listener.ask(get("/")).endswith(b"ok")
    assert upstream.ended()
    assert not any(len(request) > 1_000_000 for request in upstream.requests[before:])
