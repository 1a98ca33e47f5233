"""The proxy between a server and an upstream: bodies on their way, failures, and what is logged."""

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
from tests.proxying import call, environ
from tests.upstreams import BIG, LARGE, OK, Talk, Upstream, hold
from xmlrpc_guard import Policy
from xmlrpc_guard.body import PIECE
from xmlrpc_guard.proxy import ReverseProxy
from xmlrpc_guard.sources import LivePolicy
from xmlrpc_guard.testing.unix import CONNECTION

EARLY = b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 3\r\n\r\nbig"


def test_a_request_goes_upstream_byte_for_byte() -> None:
    with Upstream() as upstream:
        call(ReverseProxy(upstream.url), "/a%2fb?c", "POST", b"<x/>", HTTP_ACCEPT="*/*", CONTENT_TYPE="text/xml")
    assert upstream.requests == [
        (
            b"POST /a%2fb?c HTTP/1.1\r\n"
            b"Host: blog.example\r\n"
            b"X-Forwarded-For: 203.0.113.9\r\n"
            b"X-Forwarded-Proto: http\r\n"
            b"X-Forwarded-Host: blog.example\r\n"
            b"X-Forwarded-Port: 80\r\n"
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
        call(ReverseProxy(upstream.url), "/", "POST", b"<x/>", **CHUNKED)
    assert upstream.requests[0].endswith(b"guard\r\nContent-Length: 4\r\n\r\n<x/>")


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 200_000])
def test_a_large_body_in_chunks_goes_upstream_with_a_length(size: int) -> None:
    with Upstream() as upstream:
        call(ReverseProxy(upstream.url), "/", "POST", b"x" * size, **CHUNKED)
    head, _, body = upstream.requests[0].partition(b"\r\n\r\n")
    assert head.endswith(b"guard\r\nContent-Length: %d" % size)
    assert body == b"x" * size


def test_a_unix_socket_serves_as_well(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "php.sock"))
        listener.listen()
        answer = threading.Thread(target=answer_one, args=(listener,))
        answer.start()
        assert call(ReverseProxy(f"unix:{tmp_path}/php.sock")).body == b"ok"
        answer.join()


def answer_one(listener: socket.socket) -> None:
    hold(listener.accept()[0], Talk(), [], threading.Event())


UNREACHABLE: list[Any] = [
    pytest.param("http://127.0.0.1:%d", "Connection refused", id="a port on which nothing listens"),
    pytest.param("unix:/no/such/%d", "No such file", id="a socket that does not exist"),
    pytest.param("http://no-such-host.invalid:%d", "", id="a host name that does not resolve"),
]


@pytest.mark.parametrize(("name", "problem"), UNREACHABLE)
def test_an_upstream_that_cannot_be_reached_gives_502(
    name: str, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = name % free_port()
    answer = call(ReverseProxy(upstream), "/a?signature")
    assert (answer.status, answer.body) == ("502 Bad Gateway", b"Bad Gateway\n")
    assert answer.headers == [("Content-Type", "text/plain"), ("Content-Length", "12")]
    (record,) = caplog.records
    assert record.message.startswith(f"answered 502 to 203.0.113.9: {upstream}: ")
    assert record.message.endswith("; peer 203.0.113.9, GET /a")
    assert problem in record.message


SILENT: list[Any] = [
    pytest.param(b"", id="no byte comes"),
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
        given = call(ReverseProxy(upstream.url, timeout=(60, 0.1)))
    assert (given.status, given.body) == ("504 Gateway Timeout", b"Gateway Timeout\n")
    assert "answered 504" in caplog.text


SHORT = 0.5  # seconds, since a busy machine may be silent for a while before it sends what is to be read


@pytest.mark.usefixtures("_timekeeper")
def test_an_answer_that_comes_before_the_upload_ends_is_given_if_the_upstream_takes_no_more() -> None:
    with Upstream(Talk(answers=(EARLY,), reads="head", end="deaf")) as upstream:
        proxy = ReverseProxy(upstream.url, timeout=(60, SHORT))
        answer = call(proxy, method="POST", body=b"x" * 32_000_000)
    assert (answer.status, answer.body) == ("413 Request Entity Too Large", b"big")


@pytest.mark.usefixtures("_timekeeper")
def test_an_upstream_that_takes_nothing_gives_504() -> None:
    with Upstream(Talk(answers=(), end="deaf")) as upstream:
        given = call(ReverseProxy(upstream.url, timeout=(60, 0.1)), method="POST", body=b"x" * 32_000_000)
    assert given.status == "504 Gateway Timeout"


@pytest.mark.usefixtures("_timekeeper")
def test_an_upstream_that_falls_silent_in_a_large_body_breaks_off(caplog: pytest.LogCaptureFixture) -> None:
    with Upstream(Talk(answers=(LARGE[:-1],), end="hold")) as upstream:
        answer = call(ReverseProxy(upstream.url, timeout=(60, SHORT)))
    assert isinstance(answer.error, ConnectionResetError)
    assert "broke off its answer: timed out" in caplog.text


GREENLETS = """
import sys
from gevent import monkey, spawn
monkey.patch_all()
from tests.proxying import call
from xmlrpc_guard.proxy import ReverseProxy

proxy, order = ReverseProxy(sys.argv[1], timeout=(60, 1)), []

def ask():
    order.append("asks")
    order.append(call(proxy).status)

for greenlet in [spawn(ask) for _ in range(3)]:
    greenlet.join()
print(*order, sep="\\n")
"""


@pytest.mark.skipif(importlib.util.find_spec("gevent") is None, reason="gevent is missing")
def test_greenlets_wait_for_a_silent_upstream_side_by_side() -> None:
    with Upstream(Talk(answers=(b"",), end="hold")) as upstream:
        command = (sys.executable, "-c", GREENLETS, upstream.url)
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.splitlines() == ["asks"] * 3 + ["504 Gateway Timeout"] * 3


def test_a_connection_that_does_not_come_about_gives_504() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # Its queue is full after this one: the kernel drops what else would connect.
        with socket.create_connection(address):
            statuses = [call(ReverseProxy(f"http://127.0.0.1:{address[1]}", timeout=0.1)).status for _ in range(2)]
    assert statuses[-1] == "504 Gateway Timeout"


def test_an_answer_that_comes_before_the_upload_ends_is_given() -> None:
    with Upstream(Talk(answers=(EARLY,), reads="head", end="close")) as upstream:
        answer = call(ReverseProxy(upstream.url), method="POST", body=b"x" * 32_000_000)
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
        CHUNKED,
        Cut(BIG, error=ValueError("bad chunk\n")),
        r"cannot be read: bad chunk\n",
        id="the server cannot decode a chunk",
    ),
]


@pytest.mark.parametrize(("more", "body", "problem"), CUT_UPLOADS)
def test_a_body_cut_short_never_looks_whole_upstream(
    more: dict[str, Any], body: Cut, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(Talk(answers=(OK,), end="hold")) as upstream:
        answer = call(ReverseProxy(upstream.url), method="POST", **{**more, "wsgi.input": body})
    assert answer.status == "400 Bad Request"
    bodies = [request.partition(b"\r\n\r\n")[2] for request in upstream.requests]
    assert bodies == ([] if more is CHUNKED else [BIG])  # chunks are measured first
    assert problem in caplog.text


@pytest.mark.parametrize(
    ("more", "body"),
    [
        pytest.param({"CONTENT_LENGTH": "4"}, Cut(b"abc"), id="the input ends"),
        pytest.param({"CONTENT_LENGTH": "4"}, Cut(b"a", b"bc"), id="the input ends after several pieces"),
        pytest.param(CHUNKED, Cut(b"abc", error=ValueError("bad chunk")), id="the server cannot decode a chunk"),
    ],
)
def test_a_small_body_cut_short_is_not_forwarded(more: dict[str, Any], body: Cut) -> None:
    with Upstream() as upstream:
        answer = call(ReverseProxy(upstream.url), method="POST", **{**more, "wsgi.input": body})
    assert (answer.status, upstream.connections) == ("400 Bad Request", [])


@pytest.mark.parametrize("started", [True, False], ids=["during the answer", "before the answer"])
def test_a_client_that_goes_away_leaves_nothing_open(started: bool) -> None:
    with Upstream(Talk(answers=(LARGE,), end="hold")) as upstream:
        body = start_answer(ReverseProxy(upstream.url))
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


def start_answer(proxy: ReverseProxy) -> Any:
    return proxy(environ(), lambda *_: bytes)


def test_a_large_body_comes_in_pieces_and_complete() -> None:
    with Upstream(Talk(answers=(LARGE,))) as upstream:
        pieces = list(start_answer(ReverseProxy(upstream.url)))
    assert b"".join(pieces) == BIG
    assert max(map(len, pieces)) <= 65536


EMPTY: list[Any] = [
    pytest.param("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", id="HEAD"),
    pytest.param("GET", b"HTTP/1.1 204 No Content\r\n\r\n", id="204"),
    pytest.param("GET", b"HTTP/1.1 304 Not Modified\r\n\r\n", id="304"),
    pytest.param("GET", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", id="a length of 0"),
    pytest.param("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="no chunk"),
    pytest.param("GET", b"HTTP/1.1 200 OK\r\n\r\n", id="the end of the connection"),
    pytest.param("HEAD", b"rubbish", id="HEAD, answered here"),
    pytest.param("OPTIONS", b"", id="OPTIONS *, answered here"),
]


@pytest.mark.parametrize(("method", "answer"), EMPTY)
def test_an_answer_without_a_body_is_one_empty_piece(method: str, answer: bytes) -> None:
    with Upstream(Talk(answers=(answer,))) as upstream:
        proxy = ReverseProxy(upstream.url)
        pieces = proxy(environ("*" if method == "OPTIONS" else "/", method), lambda *_: bytes)
        assert list(pieces) == [b""]  # hypercorn answers 500 if there is no piece
        del proxy


@pytest.mark.parametrize("body", [b"ok", BIG], ids=["small", "large"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_the_proxy_keeps_to_pep_3333(method: str, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
    sent = body if method == "POST" else b""
    with Upstream(Talk(answers=(head + (b"" if method == "HEAD" else body),))) as upstream:
        request = webob.Request.blank("/a?b", method=method, body=sent)
        request.environ.update(REMOTE_ADDR="203.0.113.9", CONTENT_LENGTH=str(len(sent)))
        response = request.send(validator(ReverseProxy(upstream.url)))
    assert (response.status, response.body) == ("200 OK", b"" if method == "HEAD" else body)
    assert upstream.requests[0].endswith(sent)


@pytest.mark.parametrize(("method", "body"), [("GET", b"Bad Request\n"), ("HEAD", b"")], ids=["GET", "HEAD"])
def test_a_refused_request_is_not_forwarded(method: str, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with Upstream() as upstream:
        answer = call(ReverseProxy(upstream.url), "/a#\n\x1b", method=method)
    assert (answer.status, answer.body, upstream.requests) == ("400 Bad Request", body, [])
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    problem = "the target is not a path of printable ASCII without '#'"
    assert record.message == rf"answered 400 to 203.0.113.9: {problem}; peer 203.0.113.9, {method} /a#\n\x1b"


@pytest.mark.parametrize(
    ("peer", "forwarded", "named"),
    [
        pytest.param("8.8.8.8", "192.0.64.5", "8.8.8.8", id="a stranger is the client itself"),
        pytest.param("10.0.0.5", "192.0.64.5, 203.0.113.9", "203.0.113.9", id="a trusted peer names the client"),
        pytest.param("10.0.0.5", "evil\n", "unknown", id="a trusted peer names no address"),
        pytest.param("unix", "203.0.113.9", "203.0.113.9", id="a trusted socket names the client"),
    ],
)
def test_a_failure_is_logged_with_its_client(
    peer: str, forwarded: str, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = ReverseProxy("unix:/no/such", trusted_proxies=["10.0.0.5", "unix"])
    proof: dict[str, Any] = {"gunicorn.socket": CONNECTION if peer == "unix" else None}
    call(proxy, "*", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded, **proof)
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
        call(proxy, "*", REMOTE_ADDR="10.0.0.5", HTTP_X_REAL_IP="203.0.113.9", HTTP_X_FORWARDED_FOR="192.0.64.5")
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
        call(proxy, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert b"X-Forwarded-For: 203.0.113.9, 10.0.0.5\r\n" in upstream.requests[0]
    assert caplog.messages[0].startswith("answered 502 to 203.0.113.9: ")
    assert len(source.policies) == 1


def test_the_current_trusted_proxies_are_read_for_each_request() -> None:
    time, balancers = Time(), Memory(["10.0.0.5"])
    live = LivePolicy(Policy(allow=[]), trusted_proxies=[balancers], clock=time.clock, now=time.now)
    with Upstream() as upstream:
        proxy = ReverseProxy(upstream.url, trusted_proxies=live)
        for entry in ("10.0.0.5", "10.0.0.6"):
            balancers.write(entry)
            time.passes(5)
            call(proxy, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="203.0.113.9")
        del proxy
    assert [re.search(rb"X-Forwarded-For: (.*)\r\n", request)[1] for request in upstream.requests] == [  # type: ignore[index]
        b"203.0.113.9, 10.0.0.5",
        b"10.0.0.5",
    ]
