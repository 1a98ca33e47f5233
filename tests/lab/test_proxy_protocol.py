"""The PROXY protocol: who the client is to a guard under gunicorn, which reads it, and behind a front that does."""

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPResponse
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.frontends import COMMANDS, Listener, free_port, get, receive, serving
from tests.lab.pages import recipes
from tests.lab.stacks import Sites, standing
from tests.real.guards import FRONT, LISTED, LISTED_IPV6, STRANGER
from tests.real.programs import lacks

GUARDED, ELSEWHERE = "/no-front/no-header/xmlrpc.php", "/no-front/no-header/"


def version_2(command: int, family: int, addresses: bytes = b"") -> bytes:
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x20 | command, family]) + struct.pack("!H", len(addresses)) + addresses


def from_to(client: str, server: str) -> bytes:
    return ip_address(client).packed + ip_address(server).packed + struct.pack("!HH", 4711, 80)


LOCAL, PROXY = 0, 1
IPV4, IPV6, NO_FAMILY = 0x11, 0x21, 0
TRUSTED, OTHER = "127.0.0.1", STRANGER


@pytest.fixture(scope="module", params=["TCP", "a unix socket"])
def gunicorn(request: pytest.FixtureRequest) -> Iterator[Listener]:
    with TemporaryDirectory() as folder:
        at = Listener(port=free_port()) if request.param == "TCP" else Listener(path=f"{folder}/socket")
        command = COMMANDS["gunicorn"]("tests.real.guards:application", at)
        with serving((*command, "--proxy-protocol", "auto", "--keep-alive", "0"), at, Path(folder) / "log"):
            yield at


def ask(at: Listener, before: bytes, path: str = GUARDED, peer: str = TRUSTED) -> int:
    """Send a request after what a balancer writes before it; give the answer's status."""
    with at.connect(peer) as connection:
        connection.sendall(before + get(path, f"X-Forwarded-For: {LISTED}"))
        return int(receive(connection).split()[1])


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        pytest.param(f"PROXY TCP4 {LISTED} 127.0.0.1 4711 80\r\n".encode(), 200, id="version 1, a listed client"),
        pytest.param(f"PROXY TCP4 {STRANGER} 127.0.0.1 4711 80\r\n".encode(), 403, id="version 1, a stranger"),
        pytest.param(
            f"PROXY TCP6 {LISTED_IPV6} ::1 4711 80\r\n".encode(), 200, id="version 1, a listed client over IPv6"
        ),
        pytest.param(
            f"PROXY TCP6 ::ffff:{LISTED} ::1 4711 80\r\n".encode(), 200, id="version 1, a listed client as mapped IPv6"
        ),
        pytest.param(b"PROXY UNKNOWN\r\n", 400, id="version 1, UNKNOWN, which gunicorn does not take"),
        pytest.param(version_2(PROXY, IPV4, from_to(LISTED, TRUSTED)), 200, id="version 2, a listed client"),
        pytest.param(version_2(PROXY, IPV4, from_to(STRANGER, TRUSTED)), 403, id="version 2, a stranger"),
        pytest.param(
            version_2(PROXY, IPV6, from_to(LISTED_IPV6, "::1")), 200, id="version 2, a listed client over IPv6"
        ),
        pytest.param(
            version_2(PROXY, IPV4, from_to(LISTED, TRUSTED) + b"\x04\0\x02ab"), 200, id="version 2, with more fields"
        ),
        pytest.param(version_2(LOCAL, NO_FAMILY), 403, id="version 2, the balancer itself: LOCAL"),
        pytest.param(version_2(LOCAL, IPV4, from_to(LISTED, TRUSTED)), 403, id="version 2, LOCAL with an address"),
        pytest.param(b"", 403, id="no address before the request"),
    ],
)
def test_the_address_before_a_request_is_the_client(before: bytes, answer: int, gunicorn: Listener) -> None:
    assert ask(gunicorn, before) == answer


def test_a_balancers_check_of_another_page_is_answered(gunicorn: Listener) -> None:
    assert ask(gunicorn, version_2(LOCAL, NO_FAMILY), ELSEWHERE) == 200


@pytest.mark.parametrize("gunicorn", ["TCP"], indirect=True)
def test_an_address_from_another_peer_is_refused(gunicorn: Listener) -> None:
    before = version_2(PROXY, IPV4, from_to(LISTED, TRUSTED))
    assert ask(gunicorn, before, peer=OTHER) == 403
    assert ask(gunicorn, before, ELSEWHERE, OTHER) == 403


KEPT, ENDED = "kept", "ended"
OPTIONS = {
    KEPT: ("--proxy-allow-from", FRONT),
    ENDED: ("--proxy-allow-from", FRONT, "--keep-alive", "0"),
}
HUNG_UP = 0


@pytest.fixture(scope="module", params=[KEPT, ENDED])
def second(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], int]]:
    """Give how the second request of a client is answered, where gunicorn keeps connections and where it ends them."""
    with TemporaryDirectory() as folder:
        at = Listener(port=free_port())
        command = (*COMMANDS["gunicorn"]("tests.real.guards:application", at), "--proxy-protocol", "auto")
        with serving((*command, *OPTIONS[request.param]), at, Path(folder) / "log"):
            yield lambda client, header: _second(at, client, header)


def _second(at: Listener, client: str, header: str) -> int:
    request = f"GET /a/{header}/xmlrpc.php HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {LISTED}\r\n\r\n".encode()
    with at.connect(FRONT) as connection, suppress(ConnectionError):
        for before in (version_2(PROXY, IPV4, from_to(client, FRONT)), b""):
            connection.sendall(before + request)
            answer = HTTPResponse(connection)
            answer.begin()
            answer.read()
        return answer.status
    return HUNG_UP


@pytest.mark.parametrize(
    ("client", "header", "answers"),
    [
        pytest.param(LISTED, "no-header", {KEPT: 403, ENDED: HUNG_UP}, id="a listed client is refused"),
        pytest.param(STRANGER, "no-header", {KEPT: 403, ENDED: HUNG_UP}, id="a stranger is refused"),
        pytest.param(
            STRANGER,
            "X-Forwarded-For",
            {KEPT: 200, ENDED: HUNG_UP},
            id="a stranger's header counts if the front is trusted",
        ),
    ],
)
def test_gunicorn_forgets_the_client_of_a_connection_that_it_keeps(
    client: str, header: str, answers: dict[str, int], second: Callable[[str, str], int], request: pytest.FixtureRequest
) -> None:
    assert second(client, header) == answers[request.node.callspec.params["second"]]


# Fronts that a balancer connects to, as docs/reference/stacks.md has them

STACKS = {recipe.title: recipe for recipe, _ in recipes()}


FRONTS = {"HAProxy after a balancer": lacks("haproxy"), "nginx after a balancer": lacks("nginx", "nginx-common")}


@pytest.fixture(scope="module", params=[pytest.param(title, marks=mark) for title, mark in FRONTS.items()])
def front(request: pytest.FixtureRequest) -> Iterator[Listener]:
    stack = STACKS[request.param]
    with standing(stack, Sites([stack])) as doors:
        yield Listener(port=doors.http_1[0].port)


@pytest.mark.parametrize(
    ("before", "guarded", "elsewhere"),
    [
        pytest.param(f"PROXY TCP4 {LISTED} 127.0.0.1 4711 80\r\n".encode(), 200, 200, id="version 1, a listed client"),
        pytest.param(f"PROXY TCP4 {STRANGER} 127.0.0.1 4711 80\r\n".encode(), 403, 200, id="version 1, a stranger"),
        pytest.param(b"PROXY UNKNOWN\r\n", 403, 200, id="version 1, UNKNOWN"),
        pytest.param(version_2(PROXY, IPV4, from_to(LISTED, TRUSTED)), 200, 200, id="version 2, a listed client"),
        pytest.param(version_2(PROXY, IPV4, from_to(STRANGER, TRUSTED)), 403, 200, id="version 2, a stranger"),
        pytest.param(
            version_2(PROXY, IPV4, from_to(LISTED, TRUSTED) + b"\x04\0\x02ab"), 200, 200, id="version 2, more fields"
        ),
        pytest.param(version_2(LOCAL, NO_FAMILY), 403, 200, id="version 2, the balancer itself: LOCAL"),
        pytest.param(version_2(LOCAL, IPV4, from_to(LISTED, TRUSTED)), 403, 200, id="version 2, LOCAL with an address"),
    ],
)
def test_a_front_takes_the_client_from_the_balancer(
    before: bytes, guarded: int, elsewhere: int, front: Listener
) -> None:
    assert (ask(front, before, "/xmlrpc.php", FRONT), ask(front, before, "/", FRONT)) == (guarded, elsewhere)
