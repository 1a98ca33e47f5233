"""Apache in front of every WSGI server: strangers who forge headers are refused, the listed client gets in.

A path's first segment names what Apache does with a request, its second the header that the guard reads.
"""

from collections.abc import Iterator

import pytest

from tests.frontends import Listener
from tests.real.forgeries import FORGERIES
from tests.real.fronts import apache, before
from tests.real.programs import lacks
from tests.real.servers import MIX_NAMES, Servers, Ways, answers, servers_that_let_a_stranger_in, ways

pytestmark = lacks("apache2", "libapache2-mod-wsgi-py3")

# uWSGI closes each connection and does not say so: one that Apache kept would give 502 now and then.
SITE = """
Listen 127.0.0.1:@port
<VirtualHost 127.0.0.1:@port>
    ProxySourceAddress 127.0.0.2
    ProxyPass "/" "@server" disablereuse=On

    # mod_proxy adds to X-Forwarded-For by itself.
    <Location "/unsets/X-Forwarded-For/">
        RequestHeader unset X_Forwarded_For
        RequestHeader unset X_Forwarded-For
        RequestHeader unset X-Forwarded_For
    </Location>
    <Location "/sets/X-Real-IP/">
        RequestHeader unset X_Real_IP
        RequestHeader unset X_Real-IP
        RequestHeader unset X-Real_IP
        RequestHeader set X-Real-IP expr=%{REMOTE_ADDR}
    </Location>

    # What lets strangers in: /unsets-nothing/X-Forwarded-For/ has no directives, and this sets only.
    <Location "/sets-only/X-Real-IP/">
        RequestHeader set X-Real-IP expr=%{REMOTE_ADDR}
    </Location>
</VirtualHost>
"""


def of(server: Listener) -> dict[str, str]:
    return {"server": f"unix:{server.path}|http://localhost/" if server.path else f"http://127.0.0.1:{server.port}/"}


# In uWSGI's own protocol Apache says what REMOTE_ADDR is: the guard reads no header.
def of_uwsgi(server: Listener) -> dict[str, str]:
    return {"server": of(server)["server"].replace("http:", "uwsgi:")}


@pytest.fixture(scope="module")
def through_apache(http_servers: Servers) -> Iterator[Servers]:
    with before(http_servers, apache, SITE, of) as servers:
        yield servers


@pytest.fixture(scope="module")
def through_apache_to_uwsgi(uwsgi_servers: Servers) -> Iterator[Servers]:
    with before(uwsgi_servers, apache, SITE, of_uwsgi) as servers:
        yield servers


@pytest.fixture(scope="module")
def safe_ways(through_apache: Servers, through_apache_to_uwsgi: Servers) -> Ways:
    paths = ("/unsets/X-Forwarded-For/xmlrpc.php", "/sets/X-Real-IP/xmlrpc.php")
    return {**ways(through_apache, paths), **ways(through_apache_to_uwsgi, ["/uwsgi/no-header/xmlrpc.php"])}


# Apache answers these with 400 by itself; on all other forgeries the guard decides.
MALFORMED = {
    "the header in a folded line of Host",
    "64 KB of the header in a line",
    "64 KB of the header in nine lines",
    "NUL after the header's value",
    "NUL after the header's name",
    "a space after the header's name",
    "a bare LF before the header",
    "a bare CR before the header",
}
# Apache drops what Connection names, even if a directive wrote it; what mod_proxy adds by itself comes later.
DROPPED = {"the header, which Connection names", "Connection with the header's name in small letters"}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_stranger_is_refused_and_the_listed_client_let_in(forgery: str, safe_ways: Ways) -> None:
    def expected(path: str) -> tuple[int, int]:
        if forgery in DROPPED and path.startswith("/sets/"):
            return 403, 403
        return (400, 400) if forgery in MALFORMED else (403, 200)

    given = answers(safe_ways, FORGERIES[forgery])
    assert {way: pair for way, pair in given.items() if pair != expected(way.path)} == {}


@pytest.mark.parametrize(
    ("lines", "let_in"),
    [
        pytest.param(["X-Forwarded-For: {other}", "X_Forwarded_For: {me}"], MIX_NAMES, id="underscores for all dashes"),
        pytest.param(
            ["X-Forwarded-For: {other}", "X_Forwarded-For: {me}"], MIX_NAMES, id="an underscore for the first dash"
        ),
        pytest.param(
            ["X-Forwarded-For: {other}", "X-Forwarded_For: {me}"], MIX_NAMES, id="an underscore for the last dash"
        ),
        pytest.param(["X-Forwarded-For: {me}"], set(), id="dashes"),
    ],
)
def test_x_forwarded_for_with_underscores_must_be_unset_where_servers_mix_names(
    lines: list[str], let_in: set[str], through_apache: Servers
) -> None:
    at = ways(through_apache, ["/unsets-nothing/X-Forwarded-For/xmlrpc.php"])
    assert servers_that_let_a_stranger_in(at, lines) == let_in & {server.name for server in through_apache}


@pytest.mark.parametrize(
    ("lines", "let_in"),
    [
        pytest.param(["X-Real-IP: {other}", "X_Real_IP: {me}"], {"granian", "cheroot"}, id="underscores for dashes"),
        pytest.param(["X-Real-IP: {me}"], set(), id="dashes"),
    ],
)
def test_x_real_ip_with_underscores_must_be_unset_where_servers_mix_names(
    lines: list[str], let_in: set[str], through_apache: Servers
) -> None:
    at = ways(through_apache, ["/sets-only/X-Real-IP/xmlrpc.php"])
    assert servers_that_let_a_stranger_in(at, lines) == let_in & {server.name for server in through_apache}
