"""Which connection carries a request: a new one, or the one that its thread kept."""

import os
import threading
from typing import Any

import pytest

from tests.proxying import call
from tests.upstreams import LARGE, OK, Talk, Upstream
from xmlrpc_guard.proxy import ReverseProxy

CLOSING = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok"

REUSED: list[Any] = [
    pytest.param(OK, "GET", 1, id="a connection serves the next request of its thread"),
    pytest.param(LARGE, "GET", 1, id="a connection is kept after a large answer"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET",
        1,
        id="a connection is kept after an answer in chunks",
    ),
    pytest.param(
        b"HTTP/1.1 204 No Content\r\n\r\n", "GET", 1, id="a connection is kept after an answer without a body"
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", 1, id="a connection is kept after an answer to HEAD"
    ),
    pytest.param(CLOSING, "GET", 2, id="a connection is not kept if the upstream sends Connection: close"),
    pytest.param(OK.replace(b"1.1", b"1.0"), "GET", 2, id="a connection is not kept after an answer in HTTP/1.0"),
    pytest.param(
        OK + b"HTTP/1.1 200 OK\r\n\r\nevil", "GET", 2, id="a connection is not kept if more came than a small answer"
    ),
    pytest.param(LARGE + b"evil", "GET", 2, id="a connection is not kept if more came than a large answer"),
    pytest.param(OK, "POST", 2, id="a kept connection is not used for POST, which must not be sent twice"),
]


@pytest.mark.parametrize(("answer", "method", "connections"), REUSED)
def test_connections_are_reused(answer: bytes, method: str, connections: int) -> None:
    with Upstream(Talk(answers=(answer,) * 2, end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        first, second = (call(proxy, method=method) for _ in range(2))
        del proxy
    assert first == second
    assert [len(connection) for connection in upstream.connections] == {1: [2], 2: [1, 1]}[connections]


def test_a_connection_serves_one_site() -> None:
    with Upstream(Talk(answers=(OK,) * 3, end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        for host in ("a.example", "a.example", "b.example"):
            assert call(proxy, HTTP_HOST=host).status == "200 OK"
        del proxy
    assert [len(connection) for connection in upstream.connections] == [2, 1]


def test_no_connection_waits_while_another_is_opened() -> None:
    with Upstream(Talk(end="hold"), Talk()) as upstream:
        proxy = ReverseProxy(upstream.url)
        call(proxy)
        call(proxy, method="POST")
        assert upstream.ended()  # an upstream with a single worker would wait for ever


def test_each_thread_has_a_connection_of_its_own() -> None:
    with Upstream(Talk(end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        for _ in range(3):
            thread = threading.Thread(target=call, args=(proxy,))
            thread.start()
            thread.join()
        assert len(upstream.connections) == 3
        assert upstream.ended()  # the connection of a thread that ended is closed


STALE: list[Any] = [
    pytest.param("GET", Talk(), [1, 1], id="a connection that was closed is replaced"),
    pytest.param("GET", Talk(end="reset"), [1, 1], id="a connection that was reset is replaced"),
    pytest.param(
        "GET", Talk(answers=(OK, b"")), [2, 1], id="a GET is repeated if the connection closes as the request comes"
    ),
    pytest.param(
        "GET",
        Talk(answers=(OK, b""), end="reset"),
        [2, 1],
        id="a GET is repeated if the connection is reset as the request comes",
    ),
    pytest.param(
        "HEAD", Talk(answers=(OK, b"")), [2, 1], id="a HEAD is repeated if the connection closes as the request comes"
    ),
    pytest.param(
        "GET",
        Talk(answers=(OK, b"<p>rest of a page")),
        [2, 1],
        id="a GET is repeated if what comes back is not an answer",
    ),
    pytest.param("POST", Talk(answers=(OK, b"")), [1, 1], id="a POST is not tried on a kept connection"),
]


@pytest.mark.parametrize(("method", "talk", "connections"), STALE)
def test_a_stale_connection_costs_no_client_an_answer(method: str, talk: Talk, connections: list[int]) -> None:
    with Upstream(talk, Talk(answers=(OK, OK))) as upstream:
        proxy = ReverseProxy(upstream.url)
        call(proxy)
        assert len(talk.answers) > 1 or upstream.ended()
        assert call(proxy, method=method).status == "200 OK"
        del proxy
    assert [len(connection) for connection in upstream.connections] == connections


@pytest.mark.parametrize("end", ["close", "reset"])
def test_nothing_is_sent_twice_over_fresh_connections(end: str) -> None:
    with Upstream(Talk(answers=(b"",), end=end)) as upstream:
        statuses = [call(ReverseProxy(upstream.url), method=method).status for method in ("GET", "POST")]
    assert statuses == ["502 Bad Gateway"] * 2
    assert [len(connection) for connection in upstream.connections] == [1, 1]


def test_a_connection_from_before_a_fork_is_not_used_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Upstream(Talk(answers=(OK, OK), end="hold")) as upstream:
        proxy = ReverseProxy(upstream.url)
        call(proxy)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert call(proxy).status == "200 OK"
        del proxy
    assert [len(connection) for connection in upstream.connections] == [1, 1]
