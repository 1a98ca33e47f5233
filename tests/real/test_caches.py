"""Caches in front of a guard: what a listed client is given is not kept for the next one."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from tests.frontends import Listener, free_port, get, running, serving
from tests.real.cached import LIFETIMES
from tests.real.configuration import USER
from tests.real.fronts import nginx
from tests.real.guards import LISTED, STRANGER
from tests.real.processes import account, folder_of
from tests.real.programs import lacks, path

# Both keep every answer of any status that does not forbid it.
NGINX = """
proxy_cache_path {root}/cache keys_zone=pages:1m;
server {{
    listen 127.0.0.1:{at.port};
    location / {{
        proxy_pass http://127.0.0.1:{server.port};
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_cache pages;
        proxy_cache_valid any 10m;
        add_header X-Cache $upstream_cache_status always;
    }}
}}
"""
VARNISH = """
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{server.port}"; }}
sub vcl_backend_response {{ set beresp.ttl = 600s; call vcl_builtin_backend_response; return (deliver); }}
sub vcl_deliver {{ if (obj.hits > 0) {{ set resp.http.X-Cache = "HIT"; }} else {{ set resp.http.X-Cache = "MISS"; }} }}
"""


def start_nginx(root: Path, server: Listener, at: Listener) -> AbstractContextManager[Listener]:
    return nginx(root, NGINX.format(root=root, server=server, at=at), at)


def start_varnish(root: Path, server: Listener, at: Listener) -> AbstractContextManager[Listener]:
    (root / "default.vcl").write_text(VARNISH.format(server=server), "utf-8")
    listen = ("-F", "-a", f"127.0.0.1:{at.port}", "-f", f"{root}/default.vcl", "-n", f"{root}/varnish")
    return serving((path("varnish"), "-j", "none", *listen, "-s", "malloc,16m"), at, root / "varnish.out")


CACHES: dict[str, tuple[Callable[[Path, Listener, Listener], AbstractContextManager[Listener]], str]] = {
    "nginx": (start_nginx, "nginx"),
    "Varnish": (start_varnish, "varnish"),
}


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=lacks(package)) for name, (_, package) in CACHES.items()]
)
def cache(request: pytest.FixtureRequest) -> Iterator[Listener]:
    start, _ = CACHES[request.param]
    with folder_of(account(USER)) as root, ExitStack() as processes:
        server = processes.enter_context(running("waitress", "tests.real.cached:application"))
        yield processes.enter_context(start(root, server, Listener(port=free_port())))


def ask(cache: Listener, source: str, request: bytes) -> tuple[int, str, bytes]:
    """Give an answer's status, what the cache says of it, and its body."""
    with cache.connect(source) as connection, connection.makefile("rb") as answer:
        connection.sendall(request)
        head, _, body = answer.read().partition(b"\r\n\r\n")
    found = re.search(rb"\r\nX-Cache: (\w+)", head)
    return int(head.split()[1]), found[1].decode() if found else "", body


@pytest.mark.parametrize("way", LIFETIMES)
def test_a_stranger_is_not_given_what_the_cache_gave_a_listed_client(way: str, cache: Listener) -> None:
    request = get(f"/{way}/xmlrpc.php")
    assert [ask(cache, client, request)[0] for client in (LISTED, LISTED, STRANGER, LISTED)] == [200, 200, 403, 200]


@pytest.mark.parametrize("way", LIFETIMES)
def test_no_cache_keeps_an_answer_that_is_only_reported(way: str, cache: Listener) -> None:
    request = get(f"/{way}/xmlrpc.php/reported")
    assert [ask(cache, client, request)[:2] for client in (STRANGER, LISTED)] == [(200, "MISS")] * 2


def test_a_listed_client_is_not_given_what_the_cache_gave_a_stranger(cache: Listener) -> None:
    request = get("/silent/xmlrpc.php?stranger=first")
    assert [ask(cache, client, request)[0] for client in (STRANGER, LISTED)] == [403, 200]


def test_an_ordinary_page_is_still_kept(cache: Listener) -> None:
    request = get("/public/page")
    assert [ask(cache, client, request)[:2] for client in (LISTED, STRANGER)] == [(200, "MISS"), (200, "HIT")]


def test_a_conditional_request_is_answered_that_the_client_has_it(cache: Listener) -> None:
    request = get("/silent/xmlrpc.php?conditional", 'If-None-Match: "1"')
    # nginx asks without the condition for what it may keep, and then answers by it.
    assert ask(cache, LISTED, request)[0] in (200, 304)
    assert ask(cache, STRANGER, request)[0] == 403


def test_a_signed_call_goes_through_unchanged(cache: Listener) -> None:
    body = b"<methodCall><methodName>jetpack.testConnection</methodName></methodCall>"
    form = "Content-Type: application/x-www-form-urlencoded"
    request = get("/silent/xmlrpc.php?for=jetpack", form, f"Content-Length: {len(body)}", method="POST") + body
    for _ in range(2):
        status, kept, answer = ask(cache, LISTED, request)
        assert (status, sha256(body).hexdigest().encode() in answer, kept) == (200, True, kept.replace("HIT", "MISS"))
    assert ask(cache, STRANGER, request)[0] == 403
