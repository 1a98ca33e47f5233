"""The proxy between a server and an upstream: connections, bodies on their way, what is logged, what is configured."""

import importlib.util
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
import webob

from tests.frontends import ROOT, free_port
from tests.live.doubles import Memory, Time
from tests.proxying import asked, environ
from tests.upstreams import OK, Talk, Upstream, hold
from xmlrpc_guard import ConfigurationError, Policy, XMLRPCGuard
from xmlrpc_guard.proxy import ReverseProxy, application
from xmlrpc_guard.sources import LivePolicy

BIG = b"x" * 200_000
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BIG), BIG)
EARLY = b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 3\r\n\r\nbig"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok"


def test_a_request_goes_upstream_byte_for_byte() -> None:
    with Upstream() as upstream:
        asked(ReverseProxy(upstream.url), "/a%2fb?c", "POST", b"<x/>", HTTP_ACCEPT="*/*", CONTENT_TYPE="text/xml")
    assert upstream.requests == [
        (
            b"POST /a%2fb?c HTTP/1.1\r\n"
            b"Host: blog.example\r\n"
            b"X-Forwarded-For: 203.0.113.9\r\n"
            b"X-Forwarded-Proto: http\r\n"
            b"X-Forwarded-Host: blog.example\r\n"
            b"Via: 1.1 xmlrpc_guard\r\n"
            b"Content-Type: text/xml\r\n"
            b"Accept: */*\r\n"
            b"Content-Length: 4\r\n\r\n"
            b"<x/>"
        )
    ]


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}


def test_a_small_body_in_chunks_goes_upstream_in_one_piece() -> None:
    with Upstream() as upstream:
        asked(ReverseProxy(upstream.url), "/", "POST", b"<x/>", **CHUNKED)
    assert upstream.requests[0].endswith(b"guard\r\nContent-Length: 4\r\n\r\n<x/>")


def test_a_large_body_in_chunks_goes_upstream_in_chunks() -> None:
    with Upstream() as upstream:
        asked(ReverseProxy(upstream.url), "/", "POST", BIG, **CHUNKED)
    head, _, body = upstream.requests[0].partition(b"\r\n\r\n")
    assert head.endswith(b"guard\r\nTransfer-Encoding: chunked")
    assert [len(line) for line in body.split(b"\r\n")] == [5, 65536, 5, 65536, 5, 65536, 3, 3392, 1, 0, 0]
    assert body.count(b"x") == len(BIG)


REUSED: list[Any] = [
    pytest.param(OK, "GET", 1, id="a connection serves the next request of its thread"),
    pytest.param(LARGE, "GET", 1, id="also after a large answer"),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET", 1, id="and one in chunks"),
    pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", "GET", 1, id="and one without a body"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", 1, id="and one to HEAD"),
    pytest.param(CLOSING, "GET", 2, id="not if the upstream says close"),
    pytest.param(OK.replace(b"1.1", b"1.0"), "GET", 2, id="nor in HTTP/1.0"),
    pytest.param(OK + b"HTTP/1.1 200 OK\r\n\r\nevil", "GET", 2, id="nor if more came than was asked for"),
    pytest.param(LARGE + b"evil", "GET", 2, id="even behind a large answer"),
    pytest.param(OK, "POST", 2, id="nor for what must not be sent twice, as it may just be closing"),
]


@pytest.mark.parametrize(("answer", "method", "connections"), REUSED)
def test_connections_are_reused(answer: bytes, method: str, connections: int) -> None:
    with Upstream(Talk(answers=(answer,) * 2, end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        first, second = (asked(proxy, method=method) for _ in range(2))
        del proxy
    assert first == second
    assert [len(connection) for connection in upstream.connections] == {1: [2], 2: [1, 1]}[connections]


def test_a_connection_serves_one_site() -> None:
    with Upstream(Talk(answers=(OK, OK), end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        for host in ("a.example", "a.example", "b.example"):
            assert asked(proxy, HTTP_HOST=host).status == "200 OK"
        del proxy
    assert [len(connection) for connection in upstream.connections] == [2, 1]


def test_no_connection_waits_while_another_is_opened() -> None:
    with Upstream(Talk(end="hold"), Talk()) as upstream:
        proxy = ReverseProxy(upstream.url)
        asked(proxy)
        asked(proxy, method="POST")
        assert upstream.ended()  # an upstream with a single worker would wait for ever


def test_each_thread_has_a_connection_of_its_own() -> None:
    with Upstream(Talk(end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        for _ in range(3):
            thread = threading.Thread(target=asked, args=(proxy,))
            thread.start()
            thread.join()
        assert len(upstream.connections) == 3
        assert upstream.ended()  # what a thread leaves behind is closed


STALE: list[Any] = [
    pytest.param("GET", Talk(), [1, 1], id="a connection that was closed is replaced"),
    pytest.param("GET", Talk(end="reset"), [1, 1], id="or reset"),
    pytest.param("GET", Talk(answers=(OK, b"")), [2, 1], id="a GET is repeated if it closes as the request comes"),
    pytest.param("GET", Talk(answers=(OK, b""), end="reset"), [2, 1], id="or is reset then"),
    pytest.param("HEAD", Talk(answers=(OK, b"")), [2, 1], id="so is HEAD"),
    pytest.param("GET", Talk(answers=(OK, b"<p>rest of a page")), [2, 1], id="or if the answer is none"),
    pytest.param("POST", Talk(answers=(OK, b"")), [1, 1], id="a POST is not even tried on it"),
]


@pytest.mark.parametrize(("method", "talk", "connections"), STALE)
def test_a_stale_connection_costs_nobody_an_answer(method: str, talk: Talk, connections: list[int]) -> None:
    with Upstream(talk, Talk(answers=(OK, OK))) as upstream:
        proxy = ReverseProxy(upstream.url)
        asked(proxy)
        assert len(talk.answers) > 1 or upstream.ended()
        assert asked(proxy, method=method).status == "200 OK"
        del proxy
    assert [len(connection) for connection in upstream.connections] == connections


@pytest.mark.parametrize("end", ["close", "reset"])
def test_nothing_is_sent_twice_over_fresh_connections(end: str) -> None:
    with Upstream(Talk(answers=(b"",), end=end)) as upstream:
        statuses = [asked(ReverseProxy(upstream.url), method=method).status for method in ("GET", "POST")]
    assert statuses == ["502 Bad Gateway"] * 2
    assert [len(connection) for connection in upstream.connections] == [1, 1]


def test_a_connection_from_before_a_fork_is_not_used_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Upstream(Talk(answers=(OK, OK), end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        asked(proxy)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert asked(proxy).status == "200 OK"
        del proxy
    assert [len(connection) for connection in upstream.connections] == [1, 1]


def test_a_unix_socket_serves_as_well(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "php.sock"))
        listener.listen()
        answer = threading.Thread(target=answer_once, args=(listener,))
        answer.start()
        assert asked(ReverseProxy(f"unix:{tmp_path}/php.sock")).body == b"ok"
        answer.join()


def answer_once(listener: socket.socket) -> None:
    hold(listener.accept()[0], Talk(), [], threading.Event())


UNREACHABLE: list[Any] = [
    pytest.param("http://127.0.0.1:%d", "Connection refused", id="nobody listens"),
    pytest.param("unix:/no/such/%d", "No such file", id="no socket is there"),
    pytest.param("http://no-such-host.invalid:%d", "", id="a name that leads nowhere"),
]


@pytest.mark.parametrize(("name", "problem"), UNREACHABLE)
def test_an_upstream_that_cannot_be_reached_gives_502(
    name: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = name % free_port()
    answer = asked(ReverseProxy(upstream), "/a?signature")
    assert (answer.status, answer.body) == ("502 Bad Gateway", b"Bad Gateway\n")
    assert answer.headers == [("Content-Type", "text/plain"), ("Content-Length", "12")]
    (record,) = caplog.records
    assert record.message.startswith(f"answered 502 to 203.0.113.9: {upstream}: ")
    assert record.message.endswith("; peer 203.0.113.9, GET /a")
    assert problem in record.message


SILENT: list[Any] = [
    pytest.param(b"", id="nothing comes"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-", id="half a head"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx", id="half a small body"),
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="a head alone"),
]


@pytest.fixture(params=["the kernel", "Python, as under gevent"])
def _timekeeper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "the kernel":
        monkeypatch.setattr(os, "get_blocking", lambda _: False)


@pytest.mark.usefixtures("_timekeeper")
@pytest.mark.parametrize("answer", SILENT)
def test_an_upstream_that_falls_silent_gives_504(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with Upstream(Talk(answers=(answer,), end="hold")) as upstream:
        given = asked(ReverseProxy(upstream.url, timeout=(5, 0.1)))
    assert (given.status, given.body) == ("504 Gateway Timeout", b"Gateway Timeout\n")
    assert "answered 504" in caplog.text


@pytest.mark.usefixtures("_timekeeper")
def test_an_answer_that_comes_before_the_upload_ends_is_given_by_one_that_takes_no_more() -> None:
    with Upstream(Talk(answers=(EARLY,), hears="head", end="deaf")) as upstream:
        proxy = ReverseProxy(upstream.url, timeout=(5, 0.1))
        answer = asked(proxy, method="POST", body=b"x" * 32_000_000)
    assert (answer.status, answer.body) == ("413 Request Entity Too Large", b"big")


@pytest.mark.usefixtures("_timekeeper")
def test_one_that_takes_nothing_gives_504() -> None:
    with Upstream(Talk(answers=(), end="deaf")) as upstream:
        given = asked(ReverseProxy(upstream.url, timeout=(5, 0.1)), method="POST", body=b"x" * 32_000_000)
    assert given.status == "504 Gateway Timeout"


@pytest.mark.usefixtures("_timekeeper")
def test_one_that_falls_silent_in_a_large_body_breaks_off(caplog: pytest.LogCaptureFixture) -> None:
    with Upstream(Talk(answers=(LARGE[:-1],), end="hold")) as upstream:
        answer = asked(ReverseProxy(upstream.url, timeout=(5, 0.1)))
    assert isinstance(answer.error, ConnectionResetError)
    assert "broke off its answer: timed out" in caplog.text


GREENLETS = """
import sys
from gevent import monkey, spawn
monkey.patch_all()
from time import monotonic
from tests.proxying import asked
from xmlrpc_guard.proxy import ReverseProxy

start, proxy = monotonic(), ReverseProxy(sys.argv[1], timeout=(5, 0.5))
print([greenlet.get().status for greenlet in [spawn(asked, proxy) for _ in range(4)]], monotonic() - start < 1.5)
"""


@pytest.mark.skipif(importlib.util.find_spec("gevent") is None, reason="gevent is missing")
def test_greenlets_wait_for_a_silent_upstream_side_by_side() -> None:
    with Upstream(Talk(answers=(b"",), end="hold")) as upstream:
        command = (sys.executable, "-c", GREENLETS, upstream.url)
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == f"{['504 Gateway Timeout'] * 4} True\n"


def test_a_connection_that_does_not_come_about_gives_504() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # Its queue is full after this one: the kernel drops what else would connect.
        with socket.create_connection(address):
            statuses = [asked(ReverseProxy(f"http://127.0.0.1:{address[1]}", timeout=0.1)).status for _ in range(2)]
    assert statuses[-1] == "504 Gateway Timeout"


def test_an_answer_that_comes_before_the_upload_ends_is_given() -> None:
    with Upstream(Talk(answers=(EARLY,), hears="head", end="close")) as upstream:
        answer = asked(ReverseProxy(upstream.url), method="POST", body=b"x" * 32_000_000)
    assert (answer.status, answer.body) == ("413 Request Entity Too Large", b"big")


class Cut:
    """A request's body that ends too soon, as servers show it."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces, self.error = list(pieces), error

    def read(self, _size: int) -> bytes:
        if not self.pieces and self.error:
            raise self.error
        return self.pieces.pop(0) if self.pieces else b""


CUT_UPLOADS: list[Any] = [
    pytest.param({"CONTENT_LENGTH": "200001"}, Cut(BIG), "ends 1 bytes too soon", id="the input ends"),
    pytest.param(
        {"CONTENT_LENGTH": "200001"}, Cut(BIG, error=OSError("gone")), "cannot be read: gone", id="reading fails"
    ),
    pytest.param(
        CHUNKED, Cut(BIG, error=ValueError("bad chunk\n")), r"cannot be read: bad chunk\n", id="chunks that are none"
    ),
]


@pytest.mark.parametrize(("more", "body", "problem"), CUT_UPLOADS)
def test_a_body_cut_short_never_looks_whole_upstream(
    more: dict[str, Any], body: Cut, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(Talk(answers=(OK,), end="hold")) as upstream:
        answer = asked(ReverseProxy(upstream.url), method="POST", **{**more, "wsgi.input": body})
    assert answer.status == "400 Bad Request"
    (request,) = upstream.requests
    assert request.partition(b"\r\n\r\n")[2] in (BIG, b"30d40\r\n" + BIG + b"\r\n")
    assert problem in caplog.text


@pytest.mark.parametrize(
    ("more", "body"),
    [
        pytest.param({"CONTENT_LENGTH": "4"}, Cut(b"abc"), id="the input ends"),
        pytest.param({"CONTENT_LENGTH": "4"}, Cut(b"a", b"bc"), id="one that came in pieces"),
        pytest.param(CHUNKED, Cut(b"abc", error=ValueError("bad chunk")), id="chunks that are none"),
    ],
)
def test_a_small_body_cut_short_reaches_nobody(more: dict[str, Any], body: Cut) -> None:
    with Upstream() as upstream:
        answer = asked(ReverseProxy(upstream.url), method="POST", **{**more, "wsgi.input": body})
    assert (answer.status, upstream.connections) == ("400 Bad Request", [])


@pytest.mark.parametrize("started", [True, False])
def test_a_client_that_goes_away_leaves_nothing_open(started: bool) -> None:
    with Upstream(Talk(answers=(LARGE,), end="hold")) as upstream:
        body = iter_of(ReverseProxy(upstream.url))
        assert not started or next(iter(body))
        body.close()
        assert upstream.ended()


def test_a_server_that_takes_no_header_leaves_nothing_open() -> None:
    def start(*_: object) -> Any:
        raise ValueError("an invalid header")

    with Upstream(Talk(answers=(LARGE,), end="hold")) as upstream:
        with pytest.raises(ValueError, match="an invalid header"):
            ReverseProxy(upstream.url)(environ(), start)
        assert upstream.ended()


def iter_of(proxy: ReverseProxy) -> Any:
    return proxy(environ(), lambda *_: bytes)


def test_a_large_body_comes_in_pieces_and_complete() -> None:
    with Upstream(Talk(answers=(LARGE,))) as upstream:
        pieces = list(iter_of(ReverseProxy(upstream.url)))
    assert b"".join(pieces) == BIG
    assert max(map(len, pieces)) <= 65536


@pytest.mark.parametrize("body", [b"ok", BIG], ids=["small", "large"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_it_keeps_to_pep_3333(method: str, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
    sent = body if method == "POST" else b""
    with Upstream(Talk(answers=(head + (b"" if method == "HEAD" else body),))) as upstream:
        request = webob.Request.blank("/a?b", method=method, body=sent)
        request.environ.update(REMOTE_ADDR="203.0.113.9", CONTENT_LENGTH=str(len(sent)))
        response = request.send(validator(ReverseProxy(upstream.url)))
    assert (response.status, response.body) == ("200 OK", b"" if method == "HEAD" else body)
    assert upstream.requests[0].endswith(sent)


@pytest.mark.parametrize(("method", "body"), [("GET", b"Bad Request\n"), ("HEAD", b"")])
def test_a_refused_request_reaches_nobody(method: str, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with Upstream() as upstream:
        answer = asked(ReverseProxy(upstream.url), "/a#\n\x1b", method=method)
    assert (answer.status, answer.body, upstream.requests) == ("400 Bad Request", body, [])
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    problem = "the target is not a path of printable ASCII without '#'"
    assert record.message == rf"answered 400 to 203.0.113.9: {problem}; peer 203.0.113.9, {method} /a#\n\x1b"


@pytest.mark.parametrize(
    ("peer", "forwarded", "named"),
    [
        pytest.param("8.8.8.8", "192.0.64.5", "8.8.8.8", id="a stranger"),
        pytest.param("10.0.0.5", "192.0.64.5, 203.0.113.9", "203.0.113.9", id="whom a trusted peer names"),
        pytest.param("10.0.0.5", "evil\n", "unknown", id="nobody"),
        pytest.param("", "203.0.113.9", "203.0.113.9", id="whom a trusted socket names"),
    ],
)
def test_a_failure_is_logged_with_its_client(
    peer: str, forwarded: str, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = ReverseProxy("unix:/no/such", trusted_proxies=["10.0.0.5", "unix"])
    asked(proxy, "*", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert caplog.messages[0].startswith(f"answered 400 to {named}: the target is ")
    assert caplog.messages[0].endswith(f"; peer {peer}, GET *")


def test_a_failure_is_logged_with_the_client_of_the_header_that_is_read(caplog: pytest.LogCaptureFixture) -> None:
    policy = Policy(allow=[], trusted_proxies=["10.0.0.5"], forwarded_header="X-Real-IP")
    for proxy in (
        ReverseProxy("unix:/no/such", trusted_proxies=["10.0.0.5"], forwarded_header="X-Real-IP"),
        ReverseProxy("unix:/no/such", trusted_proxies=policy),
        ReverseProxy("unix:/no/such", trusted_proxies=policy, forwarded_header="x-real-ip"),
    ):
        caplog.clear()
        asked(proxy, "*", REMOTE_ADDR="10.0.0.5", HTTP_X_REAL_IP="203.0.113.9", HTTP_X_FORWARDED_FOR="192.0.64.5")
        assert caplog.messages[0].startswith("answered 400 to 203.0.113.9: ")


class Changing:
    """A policy source whose trusted proxies are others each time."""

    def __init__(self, *proxies: str) -> None:
        self.policies = [Policy(allow=[], trusted_proxies=[proxy]) for proxy in proxies]

    def current(self) -> Policy:
        return self.policies.pop(0)


def test_a_request_is_forwarded_and_logged_by_the_same_proxies(caplog: pytest.LogCaptureFixture) -> None:
    source = Changing("10.0.0.5", "10.0.0.6")
    with Upstream(Talk(answers=(b"rubbish",))) as upstream:
        proxy = ReverseProxy(upstream.url, trusted_proxies=source)
        asked(proxy, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert b"X-Forwarded-For: 203.0.113.9, 10.0.0.5\r\n" in upstream.requests[0]
    assert caplog.messages[0].startswith("answered 502 to 203.0.113.9: ")
    assert len(source.policies) == 1


UPSTREAMS: list[Any] = [
    pytest.param("http://127.0.0.1:8080", id="an address and a port"),
    pytest.param("http://php_fpm-1.internal", id="a name; port 80"),
    pytest.param("http://[::1]:8080", id="an IPv6 address"),
    pytest.param("unix:/run/php.sock", id="a unix socket"),
    pytest.param("unix:php.sock", id="one beside the process"),
]


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_what_an_upstream_may_be(upstream: str) -> None:
    assert repr(ReverseProxy(upstream)) == f"ReverseProxy({upstream!r})"


NO_TIMEOUT = "is neither seconds nor a pair of them; write (5, 60): seconds to connect, and seconds of silence"
SETTINGS: list[Any] = [
    pytest.param(
        {"upstream": None},
        "upstream: None is not text; write 'http://127.0.0.1:8080' or 'unix:/run/php.sock'",
        id="no text",
    ),
    pytest.param(
        {"upstream": "127.0.0.1:8080"},
        "upstream: '127.0.0.1:8080' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="no scheme",
    ),
    pytest.param(
        {"upstream": "https://a"},
        "upstream: 'https://a' uses TLS, which is not supported; write 'http://127.0.0.1:8080'",
        id="TLS",
    ),
    pytest.param(
        {"upstream": "http://a:0"},
        "upstream: 'http://a:0' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="port 0",
    ),
    pytest.param(
        {"upstream": "http://a:65536"},
        "upstream: 'http://a:65536' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="a port out of range",
    ),
    pytest.param(
        {"upstream": "http://u@a"},
        "upstream: 'http://u@a' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="user information",
    ),
    *(
        pytest.param(
            {"upstream": upstream},
            f"upstream: {upstream!r:.99} is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
            id=upstream[:20],
        )
        for upstream in ("http://[::z]", "http://[:::]", "http://a..b", "http://.", "http://" + "a" * 64, "http://a\n")
    ),
    pytest.param(
        {"upstream": "http://a:80/"},
        "upstream: 'http://a:80/' has a path, but targets are forwarded unchanged; write 'http://a:80'",
        id="a slash",
    ),
    pytest.param(
        {"upstream": "http://a/wp"},
        "upstream: 'http://a/wp' has a path, but targets are forwarded unchanged; write 'http://a'",
        id="a path",
    ),
    pytest.param(
        {"upstream": "unix:"},
        "upstream: 'unix:' is not the path of a unix socket, 1 to 107 bytes; write 'unix:/run/php.sock'",
        id="no path of a socket",
    ),
    pytest.param(
        {"upstream": "unix:" + "x" * 108},
        f"upstream: 'unix:{'x' * 94} is not the path of a unix socket, 1 to 107 bytes; write 'unix:/run/php.sock'",
        id="too long for one",
    ),
    pytest.param(
        {"upstream": "unix:/\ud800"},
        r"upstream: 'unix:/\ud800' is not the path of a unix socket, 1 to 107 bytes; write 'unix:/run/php.sock'",
        id="half a character",
    ),
    *(
        pytest.param(
            {"timeout": timeout},
            f"timeout: {timeout!r} {NO_TIMEOUT}",
            id=f"timeout {timeout!r}",
        )
        for timeout in (
            0,
            -1,
            True,
            "60",
            None,
            (5,),
            (5, 60, 1),
            (5, 0),
            (5, "60"),
            [5, 60],
            float("inf"),
            float("nan"),
            86401,
        )
    ),
    pytest.param(
        {"trusted_proxies": ["10.0.0.1/8"]},
        "trusted_proxies: '10.0.0.1/8' has host bits set; write 10.0.0.0/8",
        id="trusted_proxies",
    ),
]


@pytest.mark.parametrize(("settings", "problem"), SETTINGS)
def test_what_cannot_be_used_is_said_when_the_proxy_is_made(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        ReverseProxy(**{"upstream": "http://127.0.0.1:8080", **settings})
    assert str(error.value) == problem


def test_the_trusted_proxies_of_the_moment_are_believed() -> None:
    time, balancers = Time(), Memory(["10.0.0.5"])
    live = LivePolicy(Policy(allow=[]), trusted_proxies=[balancers], clock=time.clock, now=time.now)
    with Upstream() as upstream:
        proxy = ReverseProxy(upstream.url, trusted_proxies=live)
        for entry in ("10.0.0.5", "10.0.0.6"):
            balancers.write(entry)
            time.passes(5)
            asked(proxy, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="203.0.113.9")
        del proxy
    assert [re.search(rb"X-Forwarded-For: (.*)\r\n", request)[1] for request in upstream.requests] == [  # type: ignore[index]
        b"203.0.113.9, 10.0.0.5",
        b"10.0.0.5",
    ]


def test_an_application_follows_a_file(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("10.0.0.5\n")
    with Upstream() as upstream:
        files = f"file:{tmp_path}/list"
        guard = application(upstream.url, allow=[files], trusted_proxies=files)
        answers = [
            asked(guard, "/xmlrpc.php", REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR=client).status
            for client in ("10.0.0.5", "203.0.113.9")
        ]
        del guard
    assert answers == ["200 OK", "403 Forbidden"]
    assert b"X-Forwarded-For: 10.0.0.5, 10.0.0.5\r\n" in upstream.requests[0]


LISTS: list[Any] = [
    pytest.param({"allow": "jetpack, 203.0.113.9"}, "203.0.113.9", True, id="a list in one text"),
    pytest.param({"allow": ["jetpack"], "deny": "192.0.64.5"}, "192.0.64.5", False, id="a list, and a text"),
    pytest.param({"allow": ""}, "192.0.64.5", False, id="an empty text is nobody"),
    pytest.param({"allow": "", "scripts": "wp-login.php"}, "192.0.64.5", True, id="another script"),
]


@pytest.mark.parametrize(("settings", "client", "allowed"), LISTS)
def test_an_application_is_a_guard_around_a_proxy(settings: dict[str, Any], client: str, allowed: bool) -> None:
    with Upstream() as upstream:
        guard = application(upstream.url, trusted_proxies="10.0.0.5", **settings)
        answer = asked(guard, "/xmlrpc.php", REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR=client)
        assert isinstance(guard, XMLRPCGuard)
        del guard
    assert answer.status == ("200 OK" if allowed else "403 Forbidden")
    assert [b"X-Forwarded-For: %s, 10.0.0.5\r\n" % client.encode() in request for request in upstream.requests] == [
        True
    ] * allowed


def test_an_application_that_only_reports_refuses_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with Upstream() as upstream:
        guard = application(upstream.url, allow="", report_only=True, timeout=5)
        assert asked(guard, "/xmlrpc.php").status == "200 OK"
        del guard
    assert "would refuse 203.0.113.9" in caplog.text
