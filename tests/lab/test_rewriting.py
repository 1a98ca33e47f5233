"""Servers that change who a request is from: uvicorn by a header, bjoern by two lines of one; open, doubted, closed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.frontends import Listener, free_port, get, serving
from tests.lab.fronts import FRONTS, fronting
from tests.real.configuration import USER
from tests.real.fronts import status
from tests.real.guards import LISTED, STRANGER
from tests.real.processes import account, folder_of

_APPLICATION = """
import sys
from xmlrpc_guard import Policy, XMLRPCGuard
def site(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_X_FORWARDED_FOR", "none").encode()]
application = XMLRPCGuard(site, Policy(allow=["{listed}"], trusted_proxies={proxies}))
"""
_UVICORN = """
import uvicorn
from a2wsgi import WSGIMiddleware
uvicorn.run(WSGIMiddleware(application), host="127.0.0.1", port={port}, log_level="critical"{more})
"""
_BJOERN = """
bjoern.run(application, "127.0.0.1", {port})
"""


class Served(NamedTuple):
    at: Listener
    log: Path

    def ask(self, source: str, *headers: str, target: str = "/xmlrpc.php") -> int:
        return status(self.at, source, get(target, *headers))


@contextmanager
def served(program: str, proxies: str = "[]", more: str = "", listed: str = LISTED) -> Iterator[Served]:
    at = Listener(port=free_port())
    text = program.format(port=at.port, more=more, proxies=proxies, listed=listed)
    with folder_of(account(USER)) as root, serving((sys.executable, "-W", "ignore", "-c", text), at, root / "log"):
        yield Served(at, root / "log")


needs_uvicorn = pytest.mark.skipif(not find_spec("a2wsgi"), reason="a2wsgi is missing")
needs_bjoern = pytest.mark.skipif(not find_spec("bjoern"), reason="bjoern is missing")
CLAIM = f"X-Forwarded-For: {LISTED}"
REWRITTEN = "the server took REMOTE_ADDR from a header"


@needs_uvicorn
def test_uvicorn_takes_this_machines_requests_for_a_proxys_unless_its_headers_are_off() -> None:
    with served(_APPLICATION + _UVICORN) as open_:
        assert (open_.ask("127.0.0.1", CLAIM), open_.ask("127.0.0.1", CLAIM)) == (200, 200)
        assert open_.log.read_text("utf-8").count(REWRITTEN) == 1
    with served(_APPLICATION + _UVICORN, more=", proxy_headers=False") as closed:
        assert closed.ask("127.0.0.1", CLAIM) == 403
        assert REWRITTEN not in closed.log.read_text("utf-8")


@needs_uvicorn
def test_uvicorn_that_trusts_anyone_lets_forgers_in_and_is_doubted_when_the_guard_is_made() -> None:
    trusting = ', forwarded_allow_ips="*"'
    with served("import uvicorn\n" + _APPLICATION + _UVICORN, more=trusting) as open_:
        assert open_.ask(STRANGER, CLAIM) == 200
        assert REWRITTEN in open_.log.read_text("utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORWARDED_ALLOW_IPS", "*")
        with served("import uvicorn\n" + _APPLICATION + _UVICORN) as open_:
            assert "forwarded_allow_ips is *" in open_.log.read_text("utf-8")
            assert open_.ask(STRANGER, CLAIM) == 200


@needs_uvicorn
def test_without_its_headers_a_proxy_that_is_named_is_trusted() -> None:
    with served(_APPLICATION + _UVICORN, proxies=f'["{STRANGER}"]', more=", proxy_headers=False") as closed:
        assert (closed.ask(STRANGER, CLAIM), closed.ask("127.0.0.1", CLAIM)) == (200, 403)


HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend all
    bind :80
    {closing}
    option forwardfor
    default_backend one
backend one
    server one 127.0.0.1:{port}
"""


@needs_bjoern
def test_bjoern_joins_two_lines_to_another_clients_address_and_is_doubted() -> None:
    with served("import bjoern\n" + _APPLICATION + _BJOERN, proxies='["127.0.0.1"]', listed="192.0.64.5") as open_:
        assert open_.ask("127.0.0.1", "X-Forwarded-For: 92.0.64.5") == 403
        assert open_.ask("127.0.0.1", "X-Forwarded-For: 1", "X-Forwarded-For: 92.0.64.5") == 200
        assert "bjoern joins the lines of a header" in open_.log.read_text("utf-8")


@needs_bjoern
@pytest.mark.skipif(not FRONTS["haproxy"].installed, reason="haproxy is missing")
@pytest.mark.parametrize(
    ("closing", "arrives"),
    [
        pytest.param("", b"1127.0.0.66", id="HAProxy adds a line of its own, and bjoern joins them"),
        pytest.param("http-request del-header X-Forwarded-For", b"127.0.0.66", id="the client's line is deleted"),
    ],
)
def test_what_bjoern_makes_of_the_lines_that_haproxy_sends(closing: str, arrives: bytes) -> None:
    front = Listener(port=free_port())
    conf = HAPROXY.replace("{closing}", closing)
    with (
        served("import bjoern\n" + _APPLICATION + _BJOERN, proxies='["127.0.0.1"]') as server,
        folder_of(account(USER)) as root,
        fronting("haproxy", {"haproxy.cfg": conf.replace("{port}", str(server.at.port))}, root, front, front),
        front.connect(STRANGER) as connection,
        connection.makefile("rb") as answer,
    ):
        connection.sendall(get("/page", "X-Forwarded-For: 1"))
        assert answer.read().split(b"\r\n")[-4] == arrives
