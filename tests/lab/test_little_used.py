"""The proxy under servers that few use, and under uWSGI after nginx: what arrives, and what is logged.

What each server does was measured first; a row fails where a new version does otherwise.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import COMMANDS, Listener, free_port, get, installed, running, serving
from tests.http2 import status_in_http_2
from tests.lab.commands import SERVERS, wait_for_application
from tests.real.configuration import USER
from tests.real.fronts import nginx
from tests.real.processes import account, folder_of
from tests.real.programs import lacks
from tests.upstreams import OK, Talk, Upstream

HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1)
LITTLE_USED = ("hypercorn", "pyvoy", "falcorn", "fastpysgi")


class Chain:
    """A server with the guard and the proxy, the upstream after it, and what the server wrote."""

    def __init__(self, server: str, listener: Listener, upstream: Upstream, log: Path) -> None:
        self.server, self.listener, self.upstream, self.log = server, listener, upstream, log

    def send(self, request: bytes) -> tuple[int, list[tuple[bytes, bytes, bytes]]]:
        """Send bytes; give the answer's status, and target, framing and body of what reached the upstream."""
        before = len(self.upstream.connections)
        with self.listener.connect() as connection, connection.makefile("rb") as answer:
            connection.sendall(request)
            status = int((answer.readline() or b"- 0").split()[1])
        heard = [b"".join(requests).partition(b"\r\n\r\n") for requests in self.upstream.connections[before:]]
        return status, [(head.split()[1], b"".join(FRAMING.findall(head)), body) for head, _, body in heard]


FRAMING = re.compile(rb"\r\n((?:Content-Length|Transfer-Encoding): [^\r]*)")


@contextmanager
def chain(server: str) -> Iterator[Chain]:
    with (
        Upstream(Talk(answers=(HANGS_UP,))) as upstream,
        pytest.MonkeyPatch.context() as patch,
        folder_of(account(USER)) as root,
    ):
        patch.setenv("UPSTREAM", upstream.url)
        if server in LITTLE_USED:
            at = Listener(port=free_port())
            command = SERVERS[server].command("tests.apps:forwarded", f"127.0.0.1 {at.port}")
            with serving(command, at, root / "log"):
                wait_for_application(at)
                yield Chain(server, at, upstream, root / "log")
        elif server == "uwsgi_pass":
            with running("uwsgi-native", "tests.apps:forwarded") as native:
                at = Listener(port=free_port())
                onward = f"location / {{ include uwsgi_params; uwsgi_pass 127.0.0.1:{native.port}; }}"
                with nginx(root, f"server {{ listen 127.0.0.1:{at.port}; {onward} }}", at):
                    yield Chain(server, at, upstream, root / "nginx.log")
        else:
            with running(server, "tests.apps:forwarded") as listener:
                yield Chain(server, listener, upstream, root / "none")


def there(server: str) -> bool:
    """Return whether a server can run here; nginx and uWSGI both, for what stands between them."""
    if server == "uwsgi_pass":
        return installed("uwsgi") and not lacks("nginx", "nginx-common").args[0]
    return SERVERS[server].present if server in LITTLE_USED else installed(server)


@pytest.fixture(scope="module")
def at(request: pytest.FixtureRequest) -> Iterator[Chain]:
    if not there(request.param):
        pytest.skip(f"{request.param} is missing")
    with chain(request.param) as running_chain:
        yield running_chain


def servers(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("at", names, indirect=True, scope="module")


POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def in_chunks(body: bytes) -> bytes:
    return CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


# Bodies


@servers("hypercorn", "pyvoy", "fastpysgi", "uwsgi_pass", *COMMANDS)
@pytest.mark.parametrize("target", [b"/a", b"/a?b"])
def test_a_post_without_a_body_arrives(target: bytes, at: Chain) -> None:
    request = POST.replace(b"/a", target) + b"\r\n"
    assert at.send(request) in ((200, [(target, b"", b"")]), (200, [(target, b"Content-Length: 0", b"")]))


@servers("pyvoy", "fastpysgi", "uwsgi_pass")
@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_a_chunked_body_whose_chunks_the_server_hides_arrives(method: bytes, at: Chain) -> None:
    request = in_chunks(b"<x/>").replace(b"POST", method)
    assert at.send(request) == (200, [(b"/a", b"Content-Length: 4", b"<x/>")])


@servers("pyvoy", "fastpysgi", "uwsgi_pass", "gunicorn", "waitress", "granian", "cheroot", "werkzeug")
def test_a_large_body_in_chunks_arrives_with_its_length(at: Chain) -> None:
    body = bytes(range(256)) * 2000
    assert at.send(in_chunks(body)) == (200, [(b"/a", b"Content-Length: 512000", body)])


@servers("hypercorn", "falcorn", "uwsgi", "wsgiref")
def test_a_chunked_body_under_a_server_that_does_not_say_what_it_does_with_it_is_refused(at: Chain) -> None:
    assert at.send(in_chunks(b"<x/>")) == (411, [])


@servers("uwsgi", "uwsgi_pass")
@pytest.mark.parametrize("more", [b"", b"Document-Root: /\r\nRequest-Scheme: http\r\n"], ids=["", "forged parameters"])
def test_a_length_beside_chunks_is_refused(more: bytes, at: Chain) -> None:
    request = in_chunks(b"<x/>").replace(b"Transfer", more + b"Content-Length: 14\r\nTransfer")
    assert at.send(request) == (400, [])


@servers("pyvoy")
def test_an_upload_that_breaks_off_does_not_arrive(at: Chain) -> None:
    before = len(at.upstream.connections)
    with at.listener.connect() as connection:
        connection.sendall(CHUNKED + b"5\r\nhello\r\n")
        connection.shutdown(socket.SHUT_WR)
    assert at.send(get("/after"))[1][0][0] == b"/after"
    assert len(at.upstream.connections) == before + 1


@servers("hypercorn")
@pytest.mark.parametrize("body", [b"<x/>", b"", b"x" * 60_000], ids=["small", "none", "large"])
def test_a_body_in_http_2_without_a_length_arrives(body: bytes, at: Chain) -> None:
    before = len(at.upstream.connections)
    with at.listener.connect() as connection:
        assert status_in_http_2(connection, "/a", body=body) == 200
    (request,) = at.upstream.connections[before]
    head, _, sent = request.partition(b"\r\n\r\n")
    assert (FRAMING.findall(head), sent) in (([b"Content-Length: %d" % len(body)], body), ([], b""))


# Answers without a body


@servers("hypercorn", "pyvoy", *COMMANDS)
@pytest.mark.parametrize(
    ("method", "target", "answer", "status"),
    [
        pytest.param(b"HEAD", b"/", HANGS_UP[:-2], 200, id="HEAD"),
        pytest.param(b"GET", b"/", b"HTTP/1.1 204 No Content\r\n\r\n", 204, id="204"),
        pytest.param(b"GET", b"/", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 302, id="a length of 0"),
        pytest.param(b"HEAD", b"/", b"rubbish", 502, id="HEAD, answered by the proxy"),
    ],
)
def test_an_answer_without_a_body_is_given(method: bytes, target: bytes, answer: bytes, status: int, at: Chain) -> None:
    at.upstream.talks = (Talk(answers=(answer,)),)
    given = at.send(method + b" " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")[0]
    at.upstream.talks = (Talk(answers=(HANGS_UP,)),)
    assert given == status


# Envoy, and pyvoy with it, has no place for this target.
@servers("hypercorn", "uwsgi_pass", *COMMANDS)
def test_a_balancers_check_is_answered(at: Chain) -> None:
    status, reached = at.send(b"OPTIONS * HTTP/1.1\r\nHost: www\r\n\r\n")
    assert (status, reached) == (400 if at.server == "uwsgi_pass" else 200, [])  # nginx by itself


# Targets


FAULTS: list[Any] = [
    pytest.param("falcorn", b"/a%20b", "leaves escapes in PATH_INFO", id="falcorn decodes nothing"),
    pytest.param("falcorn", b"/%C3%A4", "leaves escapes in PATH_INFO", id="falcorn decodes no letters"),
    pytest.param("fastpysgi", b"/a%2fb", "leaves escapes in PATH_INFO", id="fastpysgi leaves a slash"),
    pytest.param("fastpysgi", b"/%C3%A4", "is not the UTF-8 that was sent", id="fastpysgi: text of Latin letters"),
    pytest.param("fastpysgi", b"/%E2%82%AC", "PATH_INFO is Unicode text", id="fastpysgi: text of other letters"),
    pytest.param("hypercorn", b"/%E4", "is not the UTF-8 that was sent", id="hypercorn: U+FFFD for other bytes"),
    pytest.param(
        "hypercorn",
        b"/a%2520b",
        "leaves escapes in PATH_INFO",
        id="hypercorn: an escaped escape, which looks like one that was left",
    ),
]


@pytest.mark.parametrize(("at", "target", "problem"), FAULTS, indirect=["at"])
def test_a_target_that_a_server_spoils_is_refused_and_the_fault_is_named(
    target: bytes, problem: str, at: Chain
) -> None:
    request = b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    assert at.send(request) == (400, [])
    assert problem in at.log.read_text("utf-8").splitlines()[-1]


KEPT: list[Any] = [
    pytest.param(b"/a%20b", b"/a%20b", id="a blank"),
    pytest.param(b"/%C3%A4?b=%2f", b"/%C3%A4?b=%2f", id="letters"),
    pytest.param(b"/100%25/", b"/100%25/", id="a percent sign"),
]


@servers("hypercorn", "pyvoy", "granian", "wsgiref")
@pytest.mark.parametrize(("target", "arrives"), KEPT)
def test_a_target_that_a_server_decodes_is_made_again(target: bytes, arrives: bytes, at: Chain) -> None:
    status, reached = at.send(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (status, [target for target, _, _ in reached]) == (200, [arrives])


@servers("granian")
@pytest.mark.parametrize("target", [b"/a%2520b", b"/%E4"])
def test_a_server_without_faults_may_give_what_looks_like_one(target: bytes, at: Chain) -> None:
    status, reached = at.send(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (status, [target for target, _, _ in reached]) == (200, [target])
