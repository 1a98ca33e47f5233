"""Where in Caddy's configuration the rule is missing, or is not come to, as ``caddy adapt`` shows it.

caddy validate says nothing of either. The rule is known by what Caddy makes of its matcher, which is the same in each
site; a site, by its hosts and its server's addresses, as the JSON no longer has lines.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from xmlrpc_guard.ranges import format_cidr, parse_cidr, subtract

Route = Mapping[str, Any]
_PASSES = ("reverse_proxy", "php")
"""The handlers that pass requests on, or run PHP: Caddy's, which php_fastcgi uses as well, and FrankenPHP's."""


def find_unguarded(adapted: str, framed: str) -> list[str]:
    """Give a sentence for each site that passes requests on without the rule, or before it comes to the rule.

    Both are JSON that ``caddy adapt`` has written: ``adapted`` of the configuration, ``framed`` of a site that has the
    rule and nothing else with a matcher. A server whose trusted proxies are not the rule's has a sentence too.
    """
    matchers = [route["match"] for _, server in _servers(framed) for route in _with_matcher(server["routes"])]
    rule = matchers[0] if matchers else []
    return [each for name, server in _servers(adapted) if rule for each in _judge(name, server, rule)]


def _servers(adapted: str) -> Iterator[tuple[str, Route]]:
    servers = json.loads(adapted).get("apps", {}).get("http", {}).get("servers", {})
    for server in servers.values():
        yield " ".join(server.get("listen", ())), {"routes": [], **server}


def _judge(name: str, server: Route, rule: Any) -> Iterator[str]:
    named = server.get("named_routes", {})
    for site, routes in _sites(name, server["routes"]).items():
        if not _leaks(routes, rule, named):
            continue
        if any(route["match"] == rule for route in _with_matcher(routes)):
            yield f"{site} may pass requests on before it comes to the rule: import it in front of every handle there"
        else:
            yield f"{site} has no rule: import it there, in front of every handle"
    if any(route["match"] == rule for route in _with_matcher(server["routes"])):
        yield from _judge_proxies(name, server, rule)


def _sites(name: str, routes: Iterable[Route]) -> dict[str, list[Route]]:
    """Give the routes of each site. One for all hosts may have its routes in the server itself."""
    sites: dict[str, list[Route]] = {}
    for route in routes:
        matchers = route.get("match", ()) if route.get("terminal") else ()
        hosts = [host + path for each in matchers for host in each.get("host", ()) for path in each.get("path", [""])]
        site = f"the site {', '.join(hosts)} at {name}" if hosts else f"the site at {name}"
        sites.setdefault(site, []).append(route)
    return sites


def _with_matcher(routes: Iterable[Route]) -> Iterator[Route]:
    """Give the routes that have a matcher, and those within them, but for what is a site's whole."""
    for route in routes:
        if "match" in route and not route.get("terminal"):
            yield route
        for handler in route.get("handle", ()):
            yield from _with_matcher(handler.get("routes", ()))


def _leaks(routes: Iterable[Route], rule: Any, named: Mapping[str, Route]) -> bool:
    """Return whether these routes may pass a request on that does not come past the rule."""
    groups: set[str] = set()
    covered: str | None = None
    for route in routes:
        group = route.get("group", "")
        if route.get("match") == rule:
            if group not in groups:
                return False
            covered = group  # of a group one route is taken: if that is an earlier one, those after the group are open
        elif group != covered and any(_passes(each, rule, named) for each in route.get("handle", ())):
            return True
        if group:
            groups.add(group)
    return False


def _passes(handler: Route, rule: Any, named: Mapping[str, Route]) -> bool:
    kind = handler["handler"]
    if kind == "invoke":
        return _leaks([named.get(handler["name"], {})], rule, named)
    if kind in _PASSES:
        # What asks another server for leave, as forward_auth does, sends it a path of its own.
        return "{" in handler.get("rewrite", {}).get("uri", "{")
    return _leaks(handler.get("routes", ()), rule, named)


class _Ranges(NamedTuple):
    """What matchers say of addresses."""

    clients: bool
    peers: list[str]


def _addresses(matcher: Any) -> _Ranges:
    """Return whether the client is compared, which a header may name, and with what the peer is."""
    if isinstance(matcher, list):
        parts = [_addresses(each) for each in matcher]
        return _Ranges(any(part.clients for part in parts), [cidr for part in parts for cidr in part.peers])
    if not isinstance(matcher, dict):
        return _Ranges(clients=False, peers=[])
    below = _addresses([*matcher.values()])
    own = matcher.get("remote_ip", {}).get("ranges", [])
    return _Ranges("client_ip" in matcher or below.clients, [*own, *below.peers])


def _judge_proxies(name: str, server: Route, rule: Any) -> Iterator[str]:
    """Give a sentence where the server does not take the client from the header as the rule expects."""
    compared = _addresses(rule)
    trusted = server.get("trusted_proxies")
    if not compared.clients:
        return
    if trusted is None:
        yield f"the server at {name} has no trusted_proxies, so all clients of a proxy are refused: {_WRITE}"
    elif not server.get("trusted_proxies_strict"):
        yield f"the server at {name} has no trusted_proxies_strict, so clients choose their address: {_WRITE}"
    elif trusted.get("source") != "static":
        yield f"the server at {name} has trusted_proxies of {trusted.get('source')}, not the rule's: {_WRITE}"
    else:
        more = subtract(_parse(trusted.get("ranges", ())), _parse(compared.peers))
        if more:
            yield f"the server at {name} trusts {format_cidr(more[0])} as a proxy, which the rule does not: {_WRITE}"


_WRITE = "write the global options that the rule's comment shows"


def _parse(texts: Iterable[str]) -> list[Any]:
    return [each for each in map(parse_cidr, texts) if each]
