"""Strangers who claim to be listed, on every way to the guard: real servers, alone and behind real fronts."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from webob import Request

from tests.backends.fronts import Place, Way, Ways, status, ways
from tests.backends.programs import lacks
from tests.backends.stacks import CLOSED, LISTED, NATIVE, STACKS, STRANGER, TWINS, application
from tests.frontends import get, running

pytestmark = lacks("nginx", "nginx-common", "apache2", "libapache2-mod-wsgi-py3")

NAME = "X-Forwarded-For"
CLAIM = f"{NAME}: {LISTED}"
HUNG_UP = 0
Answers = Mapping[int, str]


@pytest.fixture(scope="module")
def begins() -> Iterator[Ways]:
    with ways() as running:
        yield running


def asked(begins: Ways, lines: Sequence[str], stacks: Sequence[str]) -> dict[Way, tuple[int, int]]:
    """Give the statuses that a stranger and a listed client get on each way."""

    def ask(way: Way) -> tuple[int, int]:
        request = get(f"/{way.stack}/xmlrpc.php", *lines)
        return status(begins[way], STRANGER, request), status(begins[way], LISTED, request)

    chosen = [way for way in begins if way.stack in stacks]
    with ThreadPoolExecutor(5) as pool:  # some servers let no more than that wait
        return dict(zip(chosen, pool.map(ask, chosen), strict=True))


def expected(way: Way, answers: Answers) -> tuple[int, int]:
    """Say what the two get: what the first server answers by itself, or what the guard decides."""
    first = way.front or way.place.server
    own = next((code for code, names in answers.items() if first in names.split()), None)
    if own is not None:
        return own, own
    # Nobody is known on a unix socket that no front connects to.
    return (403, 403) if way.place.unix and not way.front else (403, 200)


# What a stranger sends, and a listed client too; and who answers it by itself, with which status. On all other ways
# the stranger gets the guard's 403 and the listed client 200.
FORGERIES: list[Any] = [
    pytest.param([], {}, id="nothing"),
    pytest.param([CLAIM], {}, id="the header"),
    pytest.param([f"{NAME}: {LISTED}, {LISTED}"], {}, id="a list in it"),
    pytest.param([f"{NAME}: {LISTED},"], {}, id="a list that ends with a comma"),
    pytest.param([f"{NAME}:"], {}, id="the header, empty"),
    pytest.param([f"{NAME}: unknown"], {}, id="what is no address"),
    pytest.param([CLAIM + ", 127.0.0.2" * 33], {}, id="the front's address, more often than hops are followed"),
    pytest.param([CLAIM.lower()], {}, id="its name in small letters"),
    pytest.param([CLAIM.upper()], {}, id="its name in capitals"),
    pytest.param([CLAIM, CLAIM], {}, id="two lines of it"),
    pytest.param([f"{NAME}: 192.0.2.1", CLAIM.lower()], {}, id="two lines that differ, in name and value"),
    *(pytest.param([f"{twin}: {LISTED}"], {}, id=f"{twin} alone") for twin in TWINS),
    *(pytest.param([f"{twin}: {LISTED}", CLAIM], {}, id=f"{twin}, then the header") for twin in TWINS),
    *(pytest.param([CLAIM, f"{twin}: {LISTED}"], {}, id=f"the header, then {twin}") for twin in TWINS),
    pytest.param([f"X.Forwarded.For: {LISTED}"], {}, id="dots for dashes"),
    pytest.param([f"HTTP-{CLAIM}"], {}, id="the environ's name for it"),
    pytest.param([f"REMOTE_ADDR: {LISTED}", f"Remote-Addr: {LISTED}"], {}, id="the environ's name for the peer"),
    pytest.param([f"Forwarded: for={LISTED}"], {}, id="Forwarded"),
    *(
        pytest.param([f"{name}: {LISTED}"], {}, id=name)
        for name in (
            "X-Real-IP",
            "Client-IP",
            "X-Client-IP",
            "True-Client-IP",
            "CF-Connecting-IP",
            "X-Cluster-Client-IP",
        )
    ),
    pytest.param([f"{NAME}:\r\n {LISTED}"], {400: "nginx gunicorn granian"}, id="the value in a folded line"),
    pytest.param(
        [f"{NAME}: 192.0.2.1,\r\n\t{LISTED}"], {400: "nginx gunicorn granian"}, id="the rest of a list in a folded line"
    ),
    pytest.param([f"X: y\r\n {CLAIM}"], {400: "nginx gunicorn granian"}, id="the header in another's folded line"),
    pytest.param(
        [f" {CLAIM}"], {400: "nginx apache gunicorn granian mod_wsgi"}, id="the header in a folded line behind Host"
    ),
    pytest.param(
        [CLAIM + f", {LISTED}" * 5500],
        {400: "nginx apache mod_wsgi", 431: "gunicorn wsgiref werkzeug", HUNG_UP: "uwsgi"},
        id="64 KB of it",
    ),
    pytest.param(
        [CLAIM + f", {LISTED}" * 580] * 9, {400: "nginx apache mod_wsgi", HUNG_UP: "uwsgi"}, id="64 KB in nine lines"
    ),
    pytest.param([CLAIM, f"Connection: {NAME}"], {}, id="Connection names the header"),
    pytest.param([f"connection: keep-alive, {NAME.lower()}"], {}, id="the same in small letters, without the header"),
    pytest.param([f"{NAME}:\t{LISTED}\t"], {}, id="TAB around the value"),
    pytest.param([f"{NAME}: 192.0.2.1,\t{LISTED}"], {}, id="TAB in it"),
    pytest.param([f"{CLAIM}\0"], {400: "nginx apache gunicorn waitress granian mod_wsgi"}, id="NUL behind it"),
    pytest.param(
        [f"{NAME}\0: {LISTED}"], {400: "nginx apache gunicorn waitress granian mod_wsgi"}, id="NUL behind the name"
    ),
    pytest.param(
        [f"{NAME} : {LISTED}"], {400: "nginx apache gunicorn waitress granian mod_wsgi"}, id="a space behind the name"
    ),
    pytest.param([f"X: y\n{CLAIM}"], {400: "apache gunicorn waitress cheroot mod_wsgi"}, id="a bare LF before it"),
    pytest.param(
        [f"X: y\r{CLAIM}"],
        {400: "nginx apache gunicorn waitress granian mod_wsgi", HUNG_UP: "uwsgi"},
        id="a bare CR before it",
    ),
]


@pytest.mark.parametrize(("lines", "answers"), FORGERIES)
def test_a_stranger_is_refused_and_the_real_client_let_in(lines: list[str], answers: Answers, begins: Ways) -> None:
    given = asked(begins, lines, [*CLOSED, *NATIVE])
    unexpected = {way: pair for way, pair in given.items() if pair != expected(way, answers)}
    assert unexpected == {}


MIXES_NAMES = "granian cheroot uwsgi wsgiref"
EVERYBODY = "gunicorn waitress granian cheroot uwsgi werkzeug wsgiref mod_wsgi"
HOLES: list[Any] = [
    *(
        pytest.param(
            "apache-as-it-comes", [f"{NAME}: 192.0.2.1", f"{twin}: {LISTED}"], MIXES_NAMES, id=f"Apache, {twin}"
        )
        for twin in TWINS
    ),
    *(
        pytest.param("nginx-underscores", [f"{twin}: {LISTED}"], MIXES_NAMES, id=f"nginx with underscores, {twin}")
        for twin in TWINS
    ),
    pytest.param("apache-as-it-comes", [CLAIM], "", id="Apache, the header itself"),
    pytest.param("nginx-underscores", [CLAIM], "", id="nginx with underscores, the header itself"),
    pytest.param("nginx-as-it-comes", [CLAIM], EVERYBODY, id="nginx that writes no header, the header itself"),
    pytest.param("nginx-as-it-comes", [], "", id="nginx that writes no header, none"),
]


@pytest.mark.parametrize(("stack", "lines", "servers"), HOLES)
def test_what_the_fronts_directives_are_for(stack: str, lines: list[str], servers: str, begins: Ways) -> None:
    given = asked(begins, lines, [stack])
    let_in = {way.place.server for way, (stranger, _) in given.items() if stranger == 200}
    assert let_in == set(servers.split()) & {way.place.server for way in given}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(("address", "answer"), [(LISTED, 200), (STRANGER, 403)], ids=["listed", "a stranger"])
def test_each_stack_has_a_guard_that_takes_a_peer_for_the_client(stack: str, address: str, answer: int) -> None:
    request = Request.blank(f"/{stack}/xmlrpc.php", remote_addr=address)
    assert request.get_response(application).status_int == answer


@pytest.mark.parametrize("server", ["gunicorn", "waitress", "granian", "cheroot", "uwsgi"])
def test_whoever_reaches_a_trusted_socket_is_believed(server: str, begins: Ways) -> None:
    socket = begins[Way("alone", Place(server, unix=True))]
    request = get("/apache/xmlrpc.php", CLAIM)
    assert status(socket, STRANGER, request) == 200


def test_whoever_reaches_uwsgis_own_port_says_who_they_are() -> None:
    with running("uwsgi-native", "tests.backends.stacks:application") as listener:
        assert b" 200 " in listener.ask(packet(REQUEST_METHOD="GET", PATH_INFO="/alone/xmlrpc.php", REMOTE_ADDR=LISTED))


def packet(**variables: str) -> bytes:
    """Write a request in uWSGI's protocol."""
    texts = [text.encode() for pair in variables.items() for text in pair]
    body = b"".join(struct.pack("<H", len(text)) + text for text in texts)
    return struct.pack("<BHB", 0, len(body), 0) + body
