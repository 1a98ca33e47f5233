"""What the measuring itself must not miss: a server that is silent, a forwarder that makes two requests of one."""

from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from tests.frontends import Listener, free_port, get
from tests.lab.corpus import Sent
from tests.lab.hops import Echo
from tests.lab.oracle import answer, answers, write_request
from tests.lab.recorder import forwarded
from tests.upstreams import OK, Talk, Upstream


@pytest.mark.parametrize(
    ("sent", "first_lines"),
    [
        pytest.param(Sent("/\xe9"), b"GET /\xe9 HTTP/1.1\r\nHost: localhost\r\n", id="as bytes"),
        pytest.param(Sent("/", "FOO", "HTTP/3"), b"FOO / HTTP/3\r\n", id="with any method and version"),
        pytest.param(Sent("/", version=""), b"GET /\r\n", id="without a version"),
        pytest.param(
            Sent("/", headers=(("Host", "a:80"), ("B", "c"))),
            b"GET / HTTP/1.1\r\nHost: a:80\r\nB: c\r\n",
            id="with fields",
        ),
    ],
)
def test_a_request_is_written_as_it_stands(sent: Sent, first_lines: bytes) -> None:
    assert write_request(sent, "X-Id: 7").startswith(first_lines)
    assert write_request(sent, "X-Id: 7").endswith(b"Connection: close\r\nX-Id: 7\r\n\r\n")


def test_a_server_that_is_silent_is_an_error() -> None:
    with Upstream(Talk(answers=(b"",), end="hold")) as upstream, pytest.raises(TimeoutError):
        answer(upstream.listener, get("/"), patience=0.2)


def test_what_a_server_sent_before_it_hung_up_counts() -> None:
    with Upstream(Talk(answers=(OK[:20],))) as upstream:
        assert answer(upstream.listener, get("/")) == OK[:20]


def test_a_server_that_resets_the_connection_is_no_error() -> None:
    with Upstream(Talk(answers=(OK[:20],), end="reset")) as upstream:
        assert answer(upstream.listener, get("/")) in (b"", OK[:20])  # a reset may throw away what was sent


@pytest.mark.parametrize("at_once", [1, 6, 60])
def test_answers_stand_in_the_order_of_their_requests(at_once: int) -> None:
    with Echo() as at:
        given = answers(at, [get(f"/{number}/") for number in range(40)], at_once)
    assert [f'"/{number}/"'.encode() in text for number, text in enumerate(given)] == [True] * 40


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        answers(Listener(port=free_port()), [get("/")] * 3)


def forwarding(requests: bytes) -> list[Sent | None]:
    """Give what is recorded of an application that sends these bytes for any request."""

    def make(at: Listener) -> WSGIApplication:
        def application(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
            start_response("200 OK", [])
            return [at.ask(requests)] if requests else []

        return application

    return list(forwarded(make, [{}]))


def test_what_is_forwarded_is_recorded_with_the_fields_that_matter() -> None:
    assert forwarding(get("/a b", "Accept: */*", "script-name: /x")) == [Sent("/a b", headers=(("Script-Name", "/x"),))]


def test_what_is_not_forwarded_is_recorded_as_none() -> None:
    assert forwarding(b"") == [None]


def test_a_forwarder_that_makes_two_requests_of_one_is_found() -> None:
    with pytest.raises(AssertionError, match="two requests of one"):
        forwarding(get("/harmless") + get("/xmlrpc.php"))
