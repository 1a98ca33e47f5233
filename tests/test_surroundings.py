"""What a guard doubts of the server around it: by what the process shows when it is made, and by the first request."""

import asyncio
import sys
from typing import Any, cast

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tests.proxying import call
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.answers import forbidden
from xmlrpc_guard.surroundings import doubts_about_server

ANYONE = {"FORWARDED_ALLOW_IPS": "*"}

SHOWN: list[Any] = [
    pytest.param({"uvicorn"}, ANYONE, [], True, id="a variable that trusts anyone"),
    pytest.param({"uvicorn"}, {"UVICORN_FORWARDED_ALLOW_IPS": "*"}, [], True, id="a variable of uvicorn's own"),
    pytest.param({"uvicorn"}, {"FORWARDED_ALLOW_IPS": "10.0.0.5, *"}, [], False, id="a star in a list, a host's name"),
    pytest.param({"uvicorn"}, {}, ["--forwarded-allow-ips", " *"], False, id="a star and a blank, a host's name"),
    pytest.param({"uvicorn"}, {}, ["--forwarded-allow-ips", "*"], True, id="a flag that trusts anyone"),
    pytest.param({"uvicorn"}, {}, ["app", "--forwarded-allow-ips=*"], True, id="a flag with its value"),
    pytest.param({"uvicorn"}, {"FORWARDED_ALLOW_IPS": "0.0.0.0/0"}, [], True, id="a range of all addresses of IPv4"),
    pytest.param({"uvicorn"}, {}, ["--forwarded-allow-ips", "::1, ::/0"], True, id="a range of all addresses of IPv6"),
    pytest.param(
        {"uvicorn"}, {**ANYONE, "UVICORN_FORWARDED_ALLOW_IPS": "::/0"}, [], True, id="anyone in two variables"
    ),
    pytest.param({"uvicorn"}, {**ANYONE, "UVICORN_PROXY_HEADERS": "1"}, [], True, id="headers that are switched on"),
    pytest.param({"uvicorn"}, {}, [], False, id="uvicorn's default, which trusts this machine"),
    pytest.param({"uvicorn"}, {"FORWARDED_ALLOW_IPS": "10.0.0.5"}, [], False, id="a variable that trusts one proxy"),
    pytest.param({"uvicorn"}, {}, ["--forwarded-allow-ips", "10.0.0.5"], False, id="a flag that trusts one proxy"),
    pytest.param({"uvicorn"}, {}, ["--forwarded-allow-ips"], False, id="a flag without its value"),
    pytest.param({"uvicorn"}, ANYONE, ["--no-proxy-headers"], False, id="headers that a flag switches off"),
    pytest.param({"uvicorn"}, {**ANYONE, "UVICORN_PROXY_HEADERS": "False"}, [], False, id="a variable for off"),
    pytest.param({"gunicorn"}, ANYONE, [], False, id="gunicorn, where it does not change REMOTE_ADDR"),
]


@pytest.mark.parametrize(("modules", "environment", "arguments", "doubted"), SHOWN)
def test_what_a_process_shows_of_uvicorn(
    modules: set[str], environment: dict[str, str], arguments: list[str], doubted: bool
) -> None:
    doubts = [*doubts_about_server(modules, environment, arguments)]
    assert ["takes REMOTE_ADDR from a header of any peer" in doubt for doubt in doubts] == [True] * doubted


@pytest.mark.parametrize("trusted", ["*", " *", "10.0.0.5, *", "*, *", "0.0.0.0/0", "::1, 0.0.0.0/0", "10.0.0.5"])
def test_uvicorn_takes_a_strangers_header_where_it_is_doubted(trusted: str) -> None:
    seen: list[str] = []

    async def note(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    headers = [(b"x-forwarded-for", b"192.0.64.5")]
    scope: Any = {"type": "http", "scheme": "http", "client": ("203.0.113.9", 4711), "headers": headers}
    asyncio.run(cast(Any, ProxyHeadersMiddleware(note, trusted))(scope, None, None))
    doubts = [*doubts_about_server({"uvicorn"}, {"FORWARDED_ALLOW_IPS": trusted}, [])]
    assert (seen == ["192.0.64.5"]) == bool(doubts)


def test_a_guard_doubts_bjoern_when_it_is_made(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "bjoern", sys)
    guard()
    assert "bjoern joins the lines of a header without a separator" in caplog.text


def guard() -> XMLRPCGuard:
    return XMLRPCGuard(forbidden, Policy(allow=["192.0.64.5"]))


SCOPES: list[Any] = [
    pytest.param({"asgi.scope": {"client": ("192.0.64.5", 0)}}, True, id="port 0, which no client connects from"),
    pytest.param({"asgi.scope": {"client": ("192.0.64.5", 4711)}}, False, id="a port"),
    pytest.param({"asgi.scope": {"client": None}}, False, id="no client, as on a unix socket"),
    pytest.param({"asgi.scope": {}}, False, id="a scope that names no client"),
    pytest.param({"REMOTE_PORT": "0"}, False, id="no scope, as where nginx has resolved the client for uWSGI"),
]


@pytest.mark.parametrize("client", ["192.0.64.5", "203.0.113.9"], ids=["allowed", "refused"])
@pytest.mark.parametrize(("more", "doubted"), SCOPES)
def test_a_peer_that_was_taken_from_a_header_is_doubted_once(
    more: dict[str, Any], doubted: bool, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = guard()
    for _ in range(2):
        call(app, "/xmlrpc.php", REMOTE_ADDR=client, **more)
    records = [record.message for record in caplog.records if "took REMOTE_ADDR from a header" in record.message]
    assert len(records) == doubted
