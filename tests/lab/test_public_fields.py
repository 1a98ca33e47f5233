"""in-front-of-php.md, its table of fronts: with a row's lines, no client's scheme, host or port comes through."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.frontends import get, reserved_ports
from tests.lab.pages import Recipe, recipes
from tests.lab.stacks import Site, front_of
from tests.lab.test_front_fields import HANGS_UP, SENT, missing
from tests.manual import read_pages
from tests.real.configuration import USER
from tests.real.fronts import status
from tests.real.guards import STRANGER
from tests.real.processes import account, folder_of
from tests.upstreams import Talk, Upstream

PAGE = read_pages("guides/in-front-of-php", "reference/proxy")
_TABLE = PAGE.partition("| front | |")[2].partition("\n\n")[0]
STACKS = {recipe.title: recipe for recipe, _ in recipes()}
FIELDS = ("X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port")

# The stack of docs/reference/stacks.md, and after which text of its configuration the row's lines stand.
PLACES = {
    "nginx": ("nginx to gunicorn", "proxy_set_header Host $http_host;"),
    "Apache 2.4": ("Apache to granian", "ProxyPreserveHost On"),
    "Caddy 2.6 and 2.11": ("Caddy", "header_up X-Real-IP {remote_host}"),
    "HAProxy 2.6": ("HAProxy", "option forwardfor"),
    "Traefik 3.7": ("Traefik", ""),
    "Envoy 1.40": ("Envoy", "route_config:"),
    "Varnish 7.1": ("Varnish", "sub vcl_recv {"),
    "Squid 5.7": ("Squid", "uri_whitespace deny"),
    "Traffic Server 9.2": ("Traffic Server", "cond %{REMAP_PSEUDO_HOOK}"),
    "h2o 2.2": ("h2o", "proxy.preserve-host: ON"),
}


def table() -> dict[str, list[str]]:
    """Give the lines of each row; those of nginx are the page's own configuration."""
    rows = re.findall(r"^\| ([A-Z][^|]*|h2o [^|]*) \| (.*) \|$", _TABLE, re.MULTILINE)
    lines = {front: [code for code in re.findall(r"`([^`]*)`", cell) if " " in code] for front, cell in rows}
    own = re.findall(r"^ +(proxy_set_header X-Forwarded-(?:Host|Proto|Port) .*;)$", PAGE, re.MULTILINE)
    return {"nginx": own, **lines}


ROWS = table()


def test_each_row_has_a_test() -> None:
    assert PLACES.keys() == ROWS.keys()


def with_lines(recipe: Recipe, after: str, lines: list[str]) -> Recipe:
    """Give a stack whose front's configuration has those lines that it lacks, indented as the one before them."""

    def extend(text: str) -> str:
        found = re.search(rf"^( *).*{re.escape(after)}.*$", text, re.MULTILINE) if after else None
        if found is None:
            return text
        indent = found[1] + ("  " if after == "route_config:" else "")
        more = [indent + line for line in lines if line not in text]
        return "\n".join((text[: found.end()], *more)) + text[found.end() :]

    blocks = {name: extend(text) if name not in ("python", "sh") else text for name, text in recipe.blocks.items()}
    return replace(recipe, blocks=blocks)


def each() -> pytest.MarkDecorator:
    marks = {front: pytest.mark.skipif(missing(PLACES[front][0]), reason="not installed") for front in PLACES}
    return pytest.mark.parametrize("front", [pytest.param(front, marks=mark) for front, mark in marks.items()])


@each()
def test_no_clients_scheme_host_or_port_comes_through(front: str) -> None:
    title, after = PLACES[front]
    recipe = with_lines(STACKS[title], after, ROWS[front])
    with (
        Upstream(Talk(answers=(HANGS_UP,))) as upstream,
        folder_of(account(USER)) as root,
        reserved_ports(2) as (port, other),
    ):
        at, tls = (type(upstream.listener)(port=each_) for each_ in (port, other))
        with front_of(recipe, Site(Path(root), upstream.listener), root, at, tls):
            assert status(at, STRANGER, get("/", *(f"{name}: {SENT[name]}" for name in FIELDS))) == 200
        head = upstream.requests[-1].decode()
    found = {name: ", ".join(re.findall(rf"(?im)^{name}: ([^\r]*)", head)) for name in FIELDS}
    assert not any(SENT[name] in value.split(", ") for name, value in found.items())
    assert found["X-Forwarded-Proto"] == "http"
