"""A server between the proxy and PHP: which of the proxy's fields PHP still gets, with the settings of the page."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import Listener, free_port, get, serving
from tests.real.chains import GUARDED
from tests.real.configuration import USER
from tests.real.fronts import apache, nginx
from tests.real.processes import account, folder_of
from tests.real.programs import lacks, path
from tests.upstreams import OK, Talk, Upstream

HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1)

Hop = Callable[[Path, Listener, int, str], AbstractContextManager[Listener]]


def by_nginx(root: Path, at: Listener, to: int, settings: str) -> AbstractContextManager[Listener]:
    onward = f"location / {{ proxy_pass http://127.0.0.1:{to}; {settings} }}"
    return nginx(root, f"server {{ listen 127.0.0.1:{at.port}; {onward} }}", at)


def by_apache(root: Path, at: Listener, to: int, settings: str) -> AbstractContextManager[Listener]:
    onward = f"ProxyPass / http://127.0.0.1:{to}/\n{settings}"
    hosts = f"Listen 127.0.0.1:{at.port}\n<VirtualHost 127.0.0.1:{at.port}>\n{onward}\n</VirtualHost>"
    return apache(root, hosts, at)


@contextmanager
def by_caddy(root: Path, at: Listener, to: int, settings: str) -> Iterator[Listener]:
    site = f"http://:{at.port} {{\nbind 127.0.0.1\nreverse_proxy 127.0.0.1:{to} {{\n{settings}\n}}\n}}"
    (root / "Caddyfile").write_text(f"{{\nadmin off\n}}\n{site}\n", "utf-8")
    home = ("env", f"HOME={root}", f"XDG_CONFIG_HOME={root}", f"XDG_DATA_HOME={root}")
    command = (*home, path("caddy"), "run", "--adapter", "caddyfile", "--config", f"{root}/Caddyfile")
    with serving(command, at, root / "caddy.out"):
        yield at


SENT = {
    "Host": "blog.example",
    "X-Forwarded-For": "192.0.64.5, 127.0.0.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "blog.example",
    "X-Forwarded-Port": "443",
}
ADDED = {**SENT, "X-Forwarded-For": "192.0.64.5, 127.0.0.1, 127.0.0.1"}
lacks_apache = lacks("apache2", "libapache2-mod-wsgi-py3")

HOPS: list[Any] = [
    pytest.param(
        by_nginx,
        "proxy_set_header Host $http_host;",
        SENT,
        id="nginx keeps the fields, and Host with proxy_set_header",
        marks=lacks("nginx", "nginx-common"),
    ),
    pytest.param(
        by_apache,
        "ProxyPreserveHost On\nProxyAddHeaders Off",
        SENT,
        id="Apache keeps the fields with ProxyPreserveHost and ProxyAddHeaders Off",
        marks=lacks_apache,
    ),
    pytest.param(
        by_apache,
        "ProxyPreserveHost On",
        {**ADDED, "X-Forwarded-Host": "blog.example, blog.example"},
        id="Apache adds to the fields without ProxyAddHeaders Off",
        marks=lacks_apache,
    ),
    pytest.param(
        by_caddy,
        "trusted_proxies 127.0.0.1/32",
        ADDED,
        id="Caddy keeps the fields with trusted_proxies",
        marks=lacks("caddy"),
    ),
    pytest.param(
        by_caddy,
        "",
        {**SENT, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"},
        id="Caddy replaces the fields without trusted_proxies",
        marks=lacks("caddy"),
    ),
]


@pytest.mark.parametrize(("hop", "settings", "heard"), HOPS)
def test_what_php_hears_after_a_hop(hop: Hop, settings: str, heard: dict[str, str]) -> None:
    with Upstream(Talk(answers=(HANGS_UP,))) as upstream, folder_of(account(USER)) as root:
        between = Listener(port=free_port())
        with hop(root, between, upstream.listener.port, settings), GUARDED["waitress"](between) as listener:
            fields = ("X-Forwarded-For: 192.0.64.5", "X-Forwarded-Proto: https")
            listener.ask(get("/", *fields).replace(b"Host: localhost", b"Host: blog.example"))
    found = re.findall(
        rb"\r\n(Host|X-Forwarded-(?:For|Proto|Host|Port)): ([^\r]*)", upstream.requests[-1], re.IGNORECASE
    )
    assert {name.decode().title(): value.decode() for name, value in found} == heard
