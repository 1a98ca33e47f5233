"""Every WSGI server without a front: strangers who forge headers are refused, the listed client gets in.

A path's second segment names the header that the guard reads: of the front, which clients go round here, or no header.
"""

import struct

import pytest
from webob import Request

from tests.frontends import COMMANDS, get, installed, running
from tests.real.forgeries import CLAIM, FORGERIES, written
from tests.real.fronts import status
from tests.real.guards import GUARDS, LISTED, STRANGER, application
from tests.real.programs import lacks
from tests.real.servers import TCP_ONLY, Server, Servers, Way, Ways, answers, ways


@pytest.fixture(scope="module")
def direct_ways(http_servers: Servers) -> Ways:
    over_tcp = {server: at for server, at in http_servers.items() if not server.unix}
    no_front = ways(http_servers, ["/no-front/no-header/xmlrpc.php"])
    return {**no_front, **ways(over_tcp, ["/round-the-front/X-Forwarded-For/xmlrpc.php"])}


HANGS_UP = 0
STRICT = {400: "gunicorn waitress granian mod_wsgi"}
# What servers answer by themselves; on all other forgeries the guard decides.
MALFORMED: dict[str, dict[int, str]] = {
    "the header's value in a folded line": {400: "gunicorn granian"},
    "half of the header's list in a folded line": {400: "gunicorn granian"},
    "the header in a folded line of another header": {400: "gunicorn granian"},
    "the header in a folded line of Host": {400: "gunicorn granian mod_wsgi"},
    "64 KB of the header in a line": {400: "mod_wsgi", 431: "gunicorn wsgiref werkzeug", HANGS_UP: "uwsgi"},
    "64 KB of the header in nine lines": {400: "mod_wsgi", HANGS_UP: "uwsgi"},
    "NUL after the header's value": STRICT,
    "NUL after the header's name": STRICT,
    "a space after the header's name": STRICT,
    "a bare LF before the header": {400: "gunicorn waitress cheroot mod_wsgi"},
    "a bare CR before the header": {**STRICT, HANGS_UP: "uwsgi"},
}


def expected(forgery: str, server: Server) -> tuple[int, int]:
    for code, names in MALFORMED.get(forgery, {}).items():
        if server.name in names.split():
            return code, code
    # A unix socket has no client's address: without a front, the guard knows no client.
    return (403, 403) if server.unix else (403, 200)


@lacks("apache2", "libapache2-mod-wsgi-py3")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_stranger_is_refused_and_the_listed_client_let_in(forgery: str, direct_ways: Ways) -> None:
    given = answers(direct_ways, FORGERIES[forgery])
    assert {way: pair for way, pair in given.items() if pair != expected(forgery, way.server)} == {}


@lacks("apache2", "libapache2-mod-wsgi-py3")
@pytest.mark.parametrize(
    "server",
    [
        pytest.param(name, marks=pytest.mark.skipif(not installed(name), reason=f"{name} is missing"))
        for name in COMMANDS
        if name not in TCP_ONLY
    ],
)
def test_a_client_that_reaches_a_trusted_unix_socket_names_itself(server: str, http_servers: Servers) -> None:
    way = Way(Server(server, unix=True), "/no-front/X-Forwarded-For/xmlrpc.php")
    assert status(http_servers[way.server], STRANGER, get(way.path, *written([CLAIM], way.header))) == 200


@pytest.mark.skipif(not installed("uwsgi"), reason="uwsgi is missing")
def test_a_client_that_reaches_uwsgis_own_port_names_itself() -> None:
    path = "/no-front/no-header/xmlrpc.php"
    with running("uwsgi-native", "tests.real.guards:application") as listener:
        assert b" 200 " in listener.ask(packet(REQUEST_METHOD="GET", PATH_INFO=path, REMOTE_ADDR=LISTED))


def packet(**variables: str) -> bytes:
    """Write a request in uWSGI's protocol."""
    texts = [text.encode() for pair in variables.items() for text in pair]
    body = b"".join(struct.pack("<H", len(text)) + text for text in texts)
    return struct.pack("<BHB", 0, len(body), 0) + body


@pytest.mark.parametrize("header", GUARDS)
@pytest.mark.parametrize(("address", "answer"), [(LISTED, 200), (STRANGER, 403)], ids=["a listed client", "a stranger"])
def test_a_client_that_connects_itself_is_the_client_for_each_guard(header: str, address: str, answer: int) -> None:
    request = Request.blank(f"/no-front/{header}/xmlrpc.php", remote_addr=address)
    assert request.get_response(application).status_int == answer
