"""The settings of an upstream: where it is, and how long it is waited for."""

import select
from typing import Any

import pytest

from xmlrpc_guard import ConfigurationError
from xmlrpc_guard.proxy import ReverseProxy
from xmlrpc_guard.proxy.endpoint import UpstreamEndpoint, parse_endpoint

UPSTREAMS: list[Any] = [
    pytest.param("http://127.0.0.1:8080", UpstreamEndpoint("127.0.0.1", 8080), id="an address and a port"),
    pytest.param(
        "http://php_fpm-1.internal", UpstreamEndpoint("php_fpm-1.internal", 80), id="a name, and port 80 by default"
    ),
    pytest.param("http://[::1]:8080", UpstreamEndpoint("::1", 8080), id="an IPv6 address"),
    pytest.param(
        "http://php:8080/", UpstreamEndpoint("php", 8080), id="a name with the slash that tools write after it"
    ),
    pytest.param("unix:/run/php.sock", UpstreamEndpoint(path="/run/php.sock"), id="a unix socket"),
    pytest.param("unix:php.sock", UpstreamEndpoint(path="php.sock"), id="a unix socket in the working folder"),
]


@pytest.mark.parametrize(("upstream", "endpoint"), UPSTREAMS)
def test_what_an_upstream_may_be(upstream: str, endpoint: UpstreamEndpoint) -> None:
    assert parse_endpoint(upstream) == endpoint
    assert repr(ReverseProxy(upstream)) == f"ReverseProxy({upstream!r})"


NOT_A_TIMEOUT = "is neither seconds nor a pair of them; write (5, 60): seconds to connect, and seconds of silence"
SETTINGS: list[Any] = [
    pytest.param(
        {"upstream": None},
        "upstream: None is not text; write 'http://127.0.0.1:8080' or 'unix:/run/php.sock'",
        id="an upstream that is not text",
    ),
    pytest.param(
        {"upstream": "127.0.0.1:8080"},
        "upstream: '127.0.0.1:8080' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="an upstream without a scheme",
    ),
    pytest.param(
        {"upstream": "https://a"},
        "upstream: 'https://a' uses TLS, which is not supported; write http:// and the address of PHP's server in a "
        "network of your own, or of a program on this machine that speaks TLS to it, as stunnel does",
        id="TLS",
    ),
    pytest.param(
        {"upstream": "http://a:0"},
        "upstream: 'http://a:0' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="port 0",
    ),
    pytest.param(
        {"upstream": "http://a:65536"},
        "upstream: 'http://a:65536' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="a port out of range",
    ),
    pytest.param(
        {"upstream": "http://u@a"},
        "upstream: 'http://u@a' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="user information",
    ),
    *(
        pytest.param(
            {"upstream": upstream},
            f"upstream: {upstream!r:.99} is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
            id=upstream[:20],
        )
        for upstream in ("http://[::z]", "http://[:::]", "http://a..b", "http://.", "http://" + "a" * 64, "http://a\n")
    ),
    pytest.param(
        {"upstream": "http://a/wp"},
        "upstream: 'http://a/wp' has a path, but targets are forwarded unchanged; write 'http://a'",
        id="an upstream with a path",
    ),
    pytest.param(
        {"upstream": "unix:"},
        "upstream: 'unix:' is not the path of a unix socket, 1 to 107 bytes; write 'unix:/run/php.sock'",
        id="a unix socket without a path",
    ),
    pytest.param(
        {"upstream": "unix:" + "x" * 108},
        f"upstream: 'unix:{'x' * 94} is not the path of a unix socket, 1 to 107 bytes; write 'unix:/run/php.sock'",
        id="a path too long for a unix socket",
    ),
    pytest.param(
        {"upstream": "unix:/\ud800"},
        r"upstream: 'unix:/\ud800' is not the path of a unix socket, 1 to 107 bytes; write 'unix:/run/php.sock'",
        id="a path with half a character",
    ),
    *(
        pytest.param(
            {"timeout": timeout},
            f"timeout: {timeout!r} {NOT_A_TIMEOUT}",
            id=f"timeout {timeout!r}",
        )
        for timeout in (
            0,
            -1,
            True,
            "60",
            None,
            (5,),
            (5, 60, 1),
            (5, 0),
            (5, "60"),
            [5, 60],
            float("inf"),
            float("nan"),
            86401,
        )
    ),
    pytest.param(
        {"trusted_proxies": ["10.0.0.1/8"]},
        "trusted_proxies: '10.0.0.1/8' has host bits set; write 10.0.0.0/8",
        id="trusted_proxies",
    ),
]


@pytest.mark.parametrize(("settings", "problem"), SETTINGS)
def test_a_setting_that_cannot_be_used_raises_when_the_proxy_is_made(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        ReverseProxy(**{"upstream": "http://127.0.0.1:8080", **settings})
    assert str(error.value) == problem


def test_a_system_that_cannot_watch_connections_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")  # as on Windows
    with pytest.raises(ConfigurationError, match=r"^upstream: 'http://a' cannot be used on this system, which has no "):
        ReverseProxy("http://a")
