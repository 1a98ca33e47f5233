"""The fronts of docs/reference/stacks.md between the proxy and PHP, with and without in-front-of-php.md's settings."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import get, reserved_ports
from tests.lab.fronts import FRONTS, fronting
from tests.lab.pages import recipes
from tests.real.chains import GUARDED
from tests.real.configuration import USER
from tests.real.processes import account, folder_of
from tests.upstreams import OK, Talk, Upstream

HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1)
FILES = {recipe.front: recipe.files for recipe, _ in recipes() if recipe.front in FRONTS}
SENT = {
    "Host": "blog.example",
    "X-Forwarded-For": "192.0.64.5, 127.0.0.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "blog.example",
    "X-Forwarded-Port": "443",
}
# The third is the proxy's address, in place of which Envoy writes another of this machine's.
ADDED = {**SENT, "X-Forwarded-For": "192.0.64.5, 127.0.0.1, ..."}
PLAIN = {**ADDED, "X-Forwarded-Proto": "http"}

_KEEPING = "no-add-x-forwarded-proto=yes\nno-strip-incoming-x-forwarded-proto=yes\n"

# The front, what is replaced in its files and by what, and the fields that differ from those that the proxy sent.
HOPS: list[Any] = [
    pytest.param(
        "traefik",
        ('address: ":80"', 'address: ":80", forwardedHeaders: {trustedIPs: ["127.0.0.1/32"]}'),
        ADDED,
        id="Traefik keeps the fields of trustedIPs",
    ),
    pytest.param(
        "traefik",
        ("", ""),
        {**SENT, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80"},
        id="Traefik replaces the fields without trustedIPs",
    ),
    pytest.param("envoy", ("use_remote_address: true", ""), SENT, id="Envoy keeps the fields"),
    pytest.param("envoy", ("", ""), PLAIN, id="Envoy with use_remote_address says http"),
    pytest.param(
        "envoy",
        ("use_remote_address: true", "use_remote_address: true\n                xff_num_trusted_hops: 1"),
        ADDED,
        id="Envoy with use_remote_address and xff_num_trusted_hops keeps the fields",
    ),
    pytest.param(
        "nghttpx", ("add-x-forwarded-for=yes\n", _KEEPING), SENT, id="nghttpx keeps the fields with its two options"
    ),
    pytest.param(
        "nghttpx",
        ("add-x-forwarded-for=yes\n", ""),
        {**SENT, "X-Forwarded-Proto": "http"},
        id="nghttpx says http without its options",
    ),
    pytest.param("h2o", ("", ""), PLAIN, id="h2o says http, and has no setting against it"),
]


@pytest.mark.parametrize(("front", "change", "heard"), HOPS)
def test_what_php_hears_after_a_front(front: str, change: tuple[str, str], heard: dict[str, str]) -> None:
    if not FRONTS[front].installed:
        pytest.skip(f"{front} is missing")
    with Upstream(Talk(answers=(HANGS_UP,))) as upstream, folder_of(account(USER)) as root:
        answered = fields_after(front, change, upstream, root)
    assert answered == heard


def fields_after(front: str, change: tuple[str, str], upstream: Upstream, root: Path) -> dict[str, str]:
    to = str(upstream.listener.port)
    files = {name: changed(text, change).replace("8000", to) for name, text in FILES[front].items()}
    with reserved_ports(2) as (port, other):
        at, tls = (type(upstream.listener)(port=each) for each in (port, other))
        with fronting(front, files, root, at, tls), GUARDED["waitress"](at) as listener:
            fields = ("X-Forwarded-For: 192.0.64.5", "X-Forwarded-Proto: https")
            listener.ask(get("/", *fields).replace(b"Host: localhost", b"Host: blog.example"))
    names = rb"\r\n(Host|X-Forwarded-(?:For|Proto|Host|Port)): ([^\r]*)"
    found = re.findall(names, upstream.requests[-1], re.IGNORECASE)
    heard = {name.decode().title(): value.decode() for name, value in found}
    heard["X-Forwarded-For"] = re.sub("^(192.0.64.5, 127.0.0.1),.*", r"\1, ...", heard["X-Forwarded-For"])
    return heard


def changed(text: str, change: tuple[str, str]) -> str:
    there, here = change
    return text.replace(there, here) if there else text
