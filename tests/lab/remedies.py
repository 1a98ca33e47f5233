"""The usual middlewares, and the guard, given every request of the table that ran xmlrpc.php."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tests.lab.corpus import ORDINARY
from tests.lab.quiet import quiet
from tests.lab.setups import POST, REQUIRE
from tests.lab.truth import Truth, View, ways_in
from xmlrpc_guard import Policy, XMLRPCGuard

STRANGER, LISTED = "203.0.113.9", "192.0.64.5"
ALLOW = ["192.0.64.0/18"]


def exact(app: WSGIApplication) -> WSGIApplication:
    """Refuse the plain path, as a first attempt does."""

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/xmlrpc.php":
            start_response("403 Forbidden", [])
            return [b"Forbidden"]
        return app(environ, start_response)

    return middleware


def regular(app: WSGIApplication) -> WSGIApplication:
    """Refuse what a regular expression finds, as a second attempt does."""
    pattern = re.compile(r"/xmlrpc\.php(/|$)", re.IGNORECASE)

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if pattern.search(environ["PATH_INFO"]):
            start_response("403 Forbidden", [])
            return [b"Forbidden"]
        return app(environ, start_response)

    return middleware


def inner(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return []


GUARD, GUARD_OF_BOTH = "xmlrpc_guard", "xmlrpc_guard, both names"
POLICIES = {GUARD: Policy(allow=ALLOW), GUARD_OF_BOTH: Policy(allow=ALLOW, scripts=["xmlrpc.php", "xmlrpc"])}
guard = XMLRPCGuard(inner, POLICIES[GUARD])
MIDDLEWARES: dict[str, WSGIApplication] = {
    "a middleware that compares": exact(inner),
    "a middleware that searches": regular(inner),
    **{name: XMLRPCGuard(inner, policy) for name, policy in POLICIES.items()},
}


class WayIn(NamedTuple):
    """A row that ran xmlrpc.php, and the set-ups on which it did: sent directly, or after one server."""

    place: int
    mask: int


class Outcome(NamedTuple):
    """The ways in where a remedy might stand, and those that are left where it does."""

    tried: list[WayIn]
    left: list[WayIn]


def count(ways: Iterable[WayIn]) -> int:
    """Count a way in once for each set-up."""
    return ways_in(way.mask for way in ways)


@lru_cache(4)
@quiet()
def outcomes(truth: Truth) -> dict[str, Outcome]:
    """Give what each remedy leaves open, by its name."""
    servers = {
        f"{remedy}, {server}": _of_server(truth, remedy, server)
        for remedy, server in ((POST, "Apache"), (REQUIRE, "Apache"), (POST, "nginx"))
    }
    return servers | {name: of_middleware(truth, name) for name in MIDDLEWARES}


@lru_cache(4 * len(MIDDLEWARES))
@quiet()
def of_middleware(truth: Truth, name: str) -> Outcome:
    """Give what a middleware leaves open after any server; it gets each view once, as servers have many in common."""
    ways = _ways_after_servers(truth)
    passing = {view for view in {view for _, view in ways} if passes(MIDDLEWARES[name], view.environ(STRANGER))}
    return Outcome([way for way, _ in ways], [way for way, view in ways if view in passing])


def _of_server(truth: Truth, remedy: str, server: str) -> Outcome:
    there = sum(truth.bit(setup) for setup in truth.setups if setup.startswith(server))
    return Outcome(*(_ways(mask & there for mask in masks) for masks in (truth.direct, truth.remedies[remedy])))


def _ways(masks: Iterable[int]) -> list[WayIn]:
    return [WayIn(place, mask) for place, mask in enumerate(masks) if mask]


@lru_cache(4)
def _ways_after_servers(truth: Truth) -> list[tuple[WayIn, View]]:
    """Give each way in after a server, by any way of forwarding, with what the server makes of it."""
    ways = [(way, views[way.place]) for server, views in truth.seen.items() for way in _ways(truth.behind[server])]
    assert all(view for _, view in ways), "what a server answers by itself runs nothing"
    return [(way, view) for way, view in ways if view]


def passes(app: WSGIApplication, environ: WSGIEnvironment) -> bool:
    """Return whether a request gets an answer that is not 403."""
    statuses: list[str] = []

    def start_response(status: str, _headers: object, _error: object = None) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    b"".join(app(environ, start_response))
    return statuses[0][:3] != "403"


@quiet()
def blocked(truth: Truth, kind: str = ORDINARY) -> set[str]:
    """Give the ordinary URLs from which the guard keeps a stranger, after any server."""
    return {
        row.sent.target
        for views in truth.seen.values()
        for row, view in zip(truth.rows, views, strict=True)
        if row.kind == kind and view and not passes(guard, view.environ(STRANGER))
    }
