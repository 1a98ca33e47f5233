"""Where Caddy's configuration lacks the rule, or does not come to it, as caddy adapt shows the routes."""

import json
from typing import Any

import pytest

from xmlrpc_guard.render.routes import find_unguarded

Route = dict[str, Any]
MATCHER = [{"vars_regexp": {"{http.request.uri.path}": {"pattern": "xmlrpc"}}, "not": [{"remote_ip": {"ranges": []}}]}]
REFUSAL = {"handler": "static_response", "status_code": 403}
PROXY = {"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:1"}]}
FILES = {"handler": "file_server"}
ASKS_FIRST = {**PROXY, "rewrite": {"method": "GET", "uri": "/auth"}}
REWRITES = {**PROXY, "rewrite": {"uri": "/blog{http.request.uri}"}}
LACKS = "the site at :80 has no rule: import it there, in front of every handle"
LATE = "the site at :80 may pass requests on before it comes to the rule: import it in front of every handle there"


def sub(*routes: Route) -> Route:
    return {"handler": "subroute", "routes": list(routes)}


def do(*handlers: Route, path: str = "", group: str = "") -> Route:
    matched = {"match": [{"path": [path]}]} if path else {}
    return {"handle": list(handlers), **matched, **({"group": group} if group else {})}


def rule(group: str = "g", matcher: Any = MATCHER) -> Route:
    return {"group": group, "match": matcher, "handle": [sub(do(REFUSAL))]}


def site(*routes: Route, **matcher: list[str]) -> Route:
    return {"match": [matcher], "handle": [sub(*routes)], "terminal": True}


def adapted(*routes: Route, **server: Any) -> str:
    return json.dumps({"apps": {"http": {"servers": {"srv0": {"listen": [":80"], "routes": routes, **server}}}}})


FRAMED = adapted(site(rule(), do(sub(do(REFUSAL)), group="g"), host=["localhost"]))


@pytest.mark.pure
@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param([rule(), do(PROXY)], [], id="the rule first"),
        pytest.param([do(PROXY)], [LACKS], id="no rule"),
        pytest.param([do({"handler": "php"})], [LACKS], id="FrankenPHP, and no rule"),
        pytest.param([do(FILES)], [], id="files alone"),
        pytest.param([], [], id="nothing"),
        pytest.param([do(PROXY, path="/a/*", group="g"), rule()], [LATE], id="a handle that passes on above the rule"),
        pytest.param([rule(), do(PROXY, path="/a/*", group="g")], [], id="a handle below the rule"),
        pytest.param(
            [do(FILES, path="/a/*", group="g"), rule(), do(PROXY)],
            [LATE],
            id="a handle above the rule, after which the request goes on to what is no handle",
        ),
        pytest.param(
            [do(FILES, path="/a/*", group="g"), rule(), do(PROXY, group="g")],
            [],
            id="a handle of files above the rule, and another handle",
        ),
        pytest.param([do(sub(rule(), do(PROXY)), path="/a/*")], [], id="the rule within the only handle"),
        pytest.param(
            [do(sub(rule(), do(PROXY)), path="/a/*", group="g"), do(PROXY, group="g")],
            [LATE],
            id="the rule within one of two handles",
        ),
        pytest.param([rule(""), do(PROXY)], [], id="a rule that only reports, which is no handle"),
        pytest.param([do(ASKS_FIRST), rule(), do(PROXY)], [], id="another server is asked for leave first"),
        pytest.param([do(REWRITES), rule(), do(PROXY)], [LATE], id="what is passed on with another path above"),
        pytest.param([do({"handler": "invoke", "name": "a"})], [LACKS], id="a named route without the rule"),
        pytest.param([do({"handler": "invoke", "name": "b"})], [], id="a named route with the rule"),
        pytest.param([do({"handler": "invoke", "name": "c"})], [], id="a named route that is not there"),
        pytest.param(
            [site(do(PROXY), host=["a.example", "b.example"]), site(rule(), do(PROXY), host=["c.example"])],
            ["the site a.example, b.example at :80 has no rule: import it there, in front of every handle"],
            id="one site of two",
        ),
        pytest.param(
            [site(do(PROXY), host=["a.example"], path=["/blog/*"])],
            ["the site a.example/blog/* at :80 has no rule: import it there, in front of every handle"],
            id="a site of a host's path",
        ),
        pytest.param(
            [rule(), {"match": [{"host": ["a.example"]}], "handle": [PROXY]}], [], id="a host in a site's own matcher"
        ),
    ],
)
def test_what_is_said_of_a_site(routes: list[Route], expected: list[str]) -> None:
    named = {"a": do(PROXY), "b": do(sub(rule(), do(PROXY)))}
    assert find_unguarded(adapted(*routes, named_routes=named), FRAMED) == expected


@pytest.mark.pure
@pytest.mark.parametrize(
    ("configuration", "framed"),
    [
        pytest.param("{}", FRAMED, id="a configuration of no sites"),
        pytest.param(adapted(do(PROXY)), adapted(do(REFUSAL)), id="a rule without a matcher"),
        pytest.param('{"apps": {"http": {"servers": {"srv0": {}}}}}', FRAMED, id="a server without routes"),
    ],
)
def test_what_cannot_be_compared_has_no_sentence(configuration: str, framed: str) -> None:
    assert find_unguarded(configuration, framed) == []


CLIENT = [
    {
        "vars_regexp": {},
        "not": [{"client_ip": {"ranges": ["192.0.2.0/24"]}, "not": [{"remote_ip": {"ranges": ["10.0.0.0/8"]}}]}],
    }
]
STATIC = {"source": "static", "ranges": ["10.0.0.0/9"]}
WRITE = "write the global options that the rule's comment shows"


@pytest.mark.pure
@pytest.mark.parametrize(
    ("server", "expected"),
    [
        pytest.param({"trusted_proxies": STATIC, "trusted_proxies_strict": 1}, [], id="the rule's, or some of them"),
        pytest.param(
            {},
            [f"the server at :80 has no trusted_proxies, so all clients of a proxy are refused: {WRITE}"],
            id="none",
        ),
        pytest.param(
            {"trusted_proxies": STATIC},
            [f"the server at :80 has no trusted_proxies_strict, so clients choose their address: {WRITE}"],
            id="not strict",
        ),
        pytest.param(
            {"trusted_proxies": {**STATIC, "ranges": ["10.0.0.0/8", "192.168.0.0/16"]}, "trusted_proxies_strict": 1},
            [f"the server at :80 trusts 192.168.0.0/16 as a proxy, which the rule does not: {WRITE}"],
            id="more than the rule's",
        ),
        pytest.param(
            {"trusted_proxies": {"source": "cloudflare"}, "trusted_proxies_strict": 1},
            [f"the server at :80 has trusted_proxies of cloudflare, not the rule's: {WRITE}"],
            id="of a plugin",
        ),
    ],
)
def test_what_is_said_of_trusted_proxies(server: dict[str, Any], expected: list[str]) -> None:
    framed = adapted(rule(matcher=CLIENT))
    assert find_unguarded(adapted(rule(matcher=CLIENT), do(PROXY), **server), framed) == expected
    assert find_unguarded(adapted(do(FILES), **server), framed) == []  # a server without the rule may have others
