"""The fronts of docs/reference/stacks.md besides nginx and Apache, as it has them, and strangers who forge headers.

Each front stands before a server that takes X_Forwarded_For for X-Forwarded-For and before one that does not. It is
asked over HTTP/1.1, and over HTTP/2 where it speaks that.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product

import pytest

from tests.frontends import Listener, get, installed
from tests.http2 import HUNG_UP, status_in_http_2
from tests.lab.fronts import FRONTS
from tests.lab.pages import Recipe, recipes
from tests.lab.stacks import Sites, standing
from tests.real.forgeries import FORGERIES, written
from tests.real.fronts import status
from tests.real.guards import LISTED, STRANGER

SERVERS = {
    "granian": "granian --interface wsgi --host 127.0.0.1 --port 8000 mysite:application",
    "gunicorn": "gunicorn --bind 127.0.0.1:8000 --worker-class gthread --threads 8 mysite:application",
}
Pair = tuple[int, int]
"""The statuses that a stranger and a listed client get."""
Answers = Mapping[tuple[str, str], Pair]
"""By the version of HTTP and the forgery."""

ALL = "traefik haproxy envoy varnish squid trafficserver nghttpx h2o caddy"
MALFORMED = dict.fromkeys(
    ["NUL after the header's value", "NUL after the header's name", "a space after the header's name"], ALL
)
# What fronts refuse by themselves; on all other forgeries the guard decides.
REFUSED_BY: dict[str, Mapping[str, str]] = {
    "HTTP/1.1": {
        **MALFORMED,
        "the header's value in a folded line": "h2o",
        "half of the header's list in a folded line": "h2o",
        "the header in a folded line of another header": "h2o",
        "the header in a folded line of Host": "traefik envoy squid trafficserver h2o caddy",
        "64 KB of the header in a line": "haproxy envoy varnish squid nghttpx caddy",
        "64 KB of the header in nine lines": "haproxy envoy varnish nghttpx caddy",
        "the header, which Connection names": "envoy varnish",
        "Connection with the header's name in small letters": "envoy varnish",
        "a bare LF before the header": "nghttpx",
        "a bare CR before the header": "traefik haproxy varnish trafficserver nghttpx h2o caddy",
    },
    # HTTP/2 knows neither such bytes nor Connection.
    "HTTP/2": {
        **MALFORMED,
        "the header's value in a folded line": ALL,
        "half of the header's list in a folded line": ALL,
        "the header in a folded line of another header": ALL,
        "the header in a folded line of Host": ALL,
        "64 KB of the header in a line": "haproxy envoy varnish nghttpx caddy",
        "64 KB of the header in nine lines": "haproxy envoy varnish nghttpx caddy",
        "the header, which Connection names": ALL,
        "Connection with the header's name in small letters": ALL,
        "tabs around the header's value": "nghttpx",
        "a bare LF before the header": ALL,
        "a bare CR before the header": ALL,
    },
}
ITSELF = {(code, code) for code in (HUNG_UP, 400, 431, 500)}
"""What a front's own refusal looks like, for any client."""


def expected(front: str, server: str, http: str, forgery: str) -> set[Pair]:
    if front in REFUSED_BY[http].get(forgery, "").split():
        return ITSELF
    too_long = {(431, 431)} if server == "gunicorn" and forgery.startswith("64 KB") else set()
    return {(403, 200)} | too_long


def first_of_each_front() -> dict[str, Recipe]:
    return {recipe.front: recipe for recipe, _ in reversed(list(recipes())) if recipe.front in FRONTS}


def header_of(recipe: Recipe) -> str:
    return "Forwarded" if 'forwarded_header="Forwarded"' in recipe.blocks["python"] else "X-Forwarded-For"


def answers(recipe: Recipe, sites: Sites) -> Answers:
    """Start a stack and send all forgeries, some at a time, since some fronts wait before they refuse."""
    header = header_of(recipe)

    def ask(question: tuple[str, str]) -> Pair:
        http, forgery = question
        lines = written(FORGERIES[forgery], header)
        if http == "HTTP/1.1":
            request = get("/xmlrpc.php", *lines)
            return status(doors.http_1[0], STRANGER, request), status(doors.http_1[0], LISTED, request)
        return ask_in_http_2(doors.http_2, STRANGER, lines), ask_in_http_2(doors.http_2, LISTED, lines)

    with standing(recipe, sites) as doors, ThreadPoolExecutor(8) as pool:
        questions = list(product(["HTTP/1.1", *["HTTP/2"] * bool(doors.http_2)], FORGERIES))
        return dict(zip(questions, pool.map(ask, questions), strict=True))


def ask_in_http_2(at: Listener | None, client: str, lines: list[str]) -> int:
    """Send header lines as fields of HTTP/2, where names are in small letters and line ends no longer mean anything."""
    fields = [(name.lower(), value.strip(" ")) for name, _, value in (line.partition(":") for line in lines)]
    assert at
    with at.connect(client) as connection:
        return status_in_http_2(connection, "/xmlrpc.php", fields)


Stack = tuple[str, str]
"""A front and a server."""
STACKS = [*product(first_of_each_front(), SERVERS)]


@pytest.fixture(scope="module")
def given() -> Iterator[Mapping[Stack, Future[Answers]]]:
    pages = first_of_each_front()
    stacks = {(front, server): pages[front].before(SERVERS[server]) for front, server in STACKS if there(front, server)}
    sites = Sites(stacks.values())
    with ThreadPoolExecutor(4) as pool:
        yield {stack: pool.submit(answers, recipe, sites) for stack, recipe in stacks.items()}


def there(front: str, server: str) -> bool:
    return FRONTS[front].installed and installed(server)


def named(front: str, server: str) -> object:
    mark = pytest.mark.skipif(not there(front, server), reason=f"{front} or {server} is missing")
    return pytest.param((front, server), id=f"{front} before {server}", marks=mark)


@pytest.mark.parametrize("stack", [named(*stack) for stack in STACKS])
def test_a_stranger_is_refused_and_the_listed_client_let_in(
    stack: Stack, given: Mapping[Stack, Future[Answers]]
) -> None:
    unexpected = {
        (http, forgery): pair
        for (http, forgery), pair in given[stack].result().items()
        if pair not in expected(*stack, http, forgery)
    }
    assert unexpected == {}
