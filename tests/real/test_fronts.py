"""Strangers who claim to be listed, on every way to the guard: real servers, alone and behind real fronts."""

import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from webob import Request

from tests.frontends import COMMANDS, get, installed, running
from tests.real.forgeries import CLAIM, FORGERIES, HOLES, Answers, written
from tests.real.fronts import TCP_ONLY, Place, Way, Ways, status, ways
from tests.real.programs import lacks
from tests.real.stacks import CLOSED, LISTED, LISTED_IPV6, NATIVE, STACKS, STRANGER, application

pytestmark = lacks("nginx", "nginx-common", "apache2", "libapache2-mod-wsgi-py3")


def lacks_server(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not installed(name), reason=f"{name} is missing")


@pytest.fixture(scope="module")
def begins() -> Iterator[Ways]:
    with ways() as running:
        yield running


def asked(begins: Ways, lines: Sequence[str], stacks: Sequence[str]) -> dict[Way, tuple[int, int]]:
    """Give the statuses that a stranger and a listed client get on each way."""

    def ask(way: Way) -> tuple[int, int]:
        request = get(f"/{way.stack}/xmlrpc.php", *(written(line, STACKS[way.stack].header) for line in lines))
        return status(begins[way], STRANGER, request), status(begins[way], LISTED, request)

    chosen = [way for way in begins if way.stack in stacks]
    with ThreadPoolExecutor(5) as pool:  # some servers let no more than that wait
        return dict(zip(chosen, pool.map(ask, chosen), strict=True))


def expected(way: Way, answers: Answers) -> tuple[int, int]:
    """Say what the two get: what the first server answers by itself, or what the guard decides."""
    first = {way.stack, way.front or way.place.server}
    for code, names in answers.items():
        if first & set(names.split()):
            return code, code
    # Nobody is known on a unix socket that no front connects to.
    return (403, 403) if way.place.unix and not way.front else (403, 200)


@pytest.mark.parametrize(("lines", "answers"), FORGERIES)
def test_a_stranger_is_refused_and_the_real_client_let_in(lines: list[str], answers: Answers, begins: Ways) -> None:
    given = asked(begins, lines, [*CLOSED, *NATIVE])
    unexpected = {way: pair for way, pair in given.items() if pair != expected(way, answers)}
    assert unexpected == {}


@pytest.mark.parametrize(("stack", "lines", "servers"), HOLES)
def test_what_the_fronts_directives_are_for(stack: str, lines: list[str], servers: str, begins: Ways) -> None:
    given = asked(begins, lines, [stack])
    let_in = {way.place.server for way, (stranger, _) in given.items() if stranger == 200}
    assert let_in == set(servers.split()) & {way.place.server for way in given}


@pytest.mark.parametrize(
    ("stack", "answer"),
    [
        pytest.param("nginx-forwarded", 200, id="in brackets and quotes"),
        pytest.param("nginx-adds-forwarded", 200, id="added to what the client sent"),
        pytest.param("nginx-unquoted", 403, id="as nginx has it, which cannot be read"),
    ],
)
def test_an_ipv6_client_in_forwarded(stack: str, answer: int, begins: Ways) -> None:
    request = get(f"/{stack}/xmlrpc.php", "Forwarded: for=192.0.2.1", f"X-Visitor: {LISTED_IPV6}")
    assert status(begins[Way(stack, Place("mod_wsgi"))], "127.0.0.1", request) == answer


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("address", "answer"), [(LISTED, 200), (STRANGER, 403)], ids=["listed", "a stranger"])
def test_each_stack_has_a_guard_that_takes_a_peer_for_the_client(stack: str, address: str, answer: int) -> None:
    request = Request.blank(f"/{stack}/xmlrpc.php", remote_addr=address)
    assert request.get_response(application).status_int == answer


@pytest.mark.parametrize(
    "server", [pytest.param(name, marks=lacks_server(name)) for name in COMMANDS if name not in TCP_ONLY]
)
def test_whoever_reaches_a_trusted_socket_is_believed(server: str, begins: Ways) -> None:
    socket = begins[Way("alone", Place(server, unix=True))]
    request = get("/apache/xmlrpc.php", written(CLAIM, "X-Forwarded-For"))
    assert status(socket, STRANGER, request) == 200


@lacks_server("uwsgi")
def test_whoever_reaches_uwsgis_own_port_says_who_they_are() -> None:
    with running("uwsgi-native", "tests.real.stacks:application") as listener:
        assert b" 200 " in listener.ask(packet(REQUEST_METHOD="GET", PATH_INFO="/alone/xmlrpc.php", REMOTE_ADDR=LISTED))


def packet(**variables: str) -> bytes:
    """Write a request in uWSGI's protocol."""
    texts = [text.encode() for pair in variables.items() for text in pair]
    body = b"".join(struct.pack("<H", len(text)) + text for text in texts)
    return struct.pack("<BHB", 0, len(body), 0) + body
