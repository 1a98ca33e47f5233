"""nginx in front of every WSGI server: strangers who forge headers are refused, the listed client gets in.

A path's first segment names what nginx does with a request, its second the header that the guard reads.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.frontends import Listener, get
from tests.real.forgeries import CLAIM, FORGERIES
from tests.real.fronts import before, nginx, status
from tests.real.guards import FRONT, LISTED_IPV6
from tests.real.programs import lacks
from tests.real.servers import MIX_NAMES, Server, Servers, Ways, answers, servers_that_let_a_stranger_in, ways

pytestmark = lacks("nginx", "nginx-common")

SITE = """
server {
    listen 127.0.0.1:@port;
    proxy_bind @from;

    location /appends/X-Forwarded-For/ {
        proxy_pass http://@server;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
    location /overwrites/X-Forwarded-For/ {
        proxy_pass http://@server;
        proxy_set_header X-Forwarded-For $remote_addr;
    }
    location /sets/X-Real-IP/ {
        proxy_pass http://@server;
        proxy_set_header X-Real-IP $remote_addr;
    }
    location /sets/CF-Connecting-IP/ {
        proxy_pass http://@server;
        proxy_set_header CF-Connecting-IP $remote_addr;
    }
    # The maps to $forwarded_element and $forwarded are in conf/fronts.nginx.conf.
    location /sets/Forwarded/ {
        proxy_pass http://@server;
        proxy_set_header Forwarded $forwarded_element;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Visitor;
    }
    location /appends/Forwarded/ {
        proxy_pass http://@server;
        proxy_set_header Forwarded $forwarded;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Visitor;
    }

    # What lets strangers in.
    location /sets-nothing/X-Forwarded-For/ {
        proxy_pass http://@server;
    }
    location /sets-another-header/X-Real-IP/ {
        proxy_pass http://@server;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
    location /sets-another-header/CF-Connecting-IP/ {
        proxy_pass http://@server;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }

    # What keeps the listed client out.
    location /forgets-quotes/Forwarded/ {
        proxy_pass http://@server;
        proxy_set_header Forwarded "for=$remote_addr";
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Visitor;
    }
}
"""
UNDERSCORES_SITE = """
server {
    listen 127.0.0.1:@port;
    proxy_bind @from;
    underscores_in_headers on;

    location /appends/X-Forwarded-For/ {
        proxy_pass http://@server;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
}
"""
# In uWSGI's own protocol nginx says what REMOTE_ADDR is: the guard reads no header.
UWSGI_SITE = """
server {
    listen 127.0.0.1:@port;

    location /uwsgi/no-header/ {
        include uwsgi_params;
        uwsgi_pass @server;
    }
}
"""


def of(server: Listener) -> dict[str, str]:
    if server.path:
        return {"server": f"unix:{server.path}", "from": "off"}
    return {"server": f"127.0.0.1:{server.port}", "from": FRONT}


@pytest.fixture(scope="module")
def through_nginx(http_servers: Servers) -> Iterator[Servers]:
    with before(http_servers, nginx, SITE, of) as servers:
        yield servers


@pytest.fixture(scope="module")
def through_uwsgi_pass(uwsgi_servers: Servers) -> Iterator[Servers]:
    with before(uwsgi_servers, nginx, UWSGI_SITE, of) as servers:
        yield servers


@pytest.fixture(scope="module")
def safe_ways(through_nginx: Servers, through_uwsgi_pass: Servers) -> Ways:
    paths = (
        "/appends/X-Forwarded-For/xmlrpc.php",
        "/overwrites/X-Forwarded-For/xmlrpc.php",
        "/sets/X-Real-IP/xmlrpc.php",
        "/sets/CF-Connecting-IP/xmlrpc.php",
        "/sets/Forwarded/xmlrpc.php",
        "/appends/Forwarded/xmlrpc.php",
    )
    return {**ways(through_nginx, paths), **ways(through_uwsgi_pass, ["/uwsgi/no-header/xmlrpc.php"])}


# nginx answers these with 400 by itself; on all other forgeries the guard decides.
MALFORMED = {
    "the header's value in a folded line",
    "half of the header's list in a folded line",
    "the header in a folded line of another header",
    "the header in a folded line of Host",
    "64 KB of the header in a line",
    "64 KB of the header in nine lines",
    "NUL after the header's value",
    "NUL after the header's name",
    "a space after the header's name",
    "a bare CR before the header",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_stranger_is_refused_and_the_listed_client_let_in(forgery: str, safe_ways: Ways) -> None:
    expected = (400, 400) if forgery in MALFORMED else (403, 200)
    given = answers(safe_ways, FORGERIES[forgery])
    assert {way: pair for way, pair in given.items() if pair != expected} == {}


HOLES: list[Any] = [
    pytest.param(
        "/sets-nothing/X-Forwarded-For/xmlrpc.php",
        [CLAIM],
        True,
        id="without proxy_set_header, a stranger's header counts",
    ),
    pytest.param("/sets-nothing/X-Forwarded-For/xmlrpc.php", [], False, id="without a header, no client is let in"),
    pytest.param(
        "/sets-another-header/X-Real-IP/xmlrpc.php",
        [CLAIM],
        True,
        id="with proxy_set_header for X-Forwarded-For, a stranger's X-Real-IP counts",
    ),
    pytest.param(
        "/sets-another-header/CF-Connecting-IP/xmlrpc.php",
        [CLAIM],
        True,
        id="with proxy_set_header for X-Forwarded-For, a stranger's CF-Connecting-IP counts",
    ),
]


@pytest.mark.parametrize(("path", "lines", "let_in"), HOLES)
def test_a_header_that_nginx_does_not_set_is_the_strangers(
    path: str, lines: Sequence[str], let_in: bool, through_nginx: Servers
) -> None:
    servers = {server.name for server in through_nginx if let_in}
    assert servers_that_let_a_stranger_in(ways(through_nginx, [path]), lines) == servers


@pytest.mark.parametrize(
    ("line", "let_in"),
    [
        pytest.param("X_Forwarded_For: {me}", MIX_NAMES, id="underscores for all dashes"),
        pytest.param("X_Forwarded-For: {me}", MIX_NAMES, id="an underscore for the first dash"),
        pytest.param("X-Forwarded_For: {me}", MIX_NAMES, id="an underscore for the last dash"),
        pytest.param("X-Forwarded-For: {me}", set(), id="dashes"),
    ],
)
def test_underscores_in_headers_lets_strangers_in_where_servers_mix_names(
    line: str, let_in: set[str], http_servers: Servers
) -> None:
    with before(http_servers, nginx, UNDERSCORES_SITE, of) as servers:
        known = {server.name for server in servers}
        path = "/appends/X-Forwarded-For/xmlrpc.php"
        assert servers_that_let_a_stranger_in(ways(servers, [path]), [line]) == let_in & known


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        pytest.param("/sets/Forwarded/xmlrpc.php", 200, id="in brackets and quotes"),
        pytest.param("/appends/Forwarded/xmlrpc.php", 200, id="in brackets and quotes, after what the client sent"),
        pytest.param("/forgets-quotes/Forwarded/xmlrpc.php", 403, id="without brackets and quotes"),
    ],
)
def test_a_listed_ipv6_client_in_forwarded(path: str, answer: int, through_nginx: Servers) -> None:
    request = get(path, "Forwarded: for=192.0.2.1", f"X-Visitor: {LISTED_IPV6}")
    assert status(through_nginx[Server("gunicorn")], "127.0.0.1", request) == answer
