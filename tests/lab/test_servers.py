"""The table of servers in docs/reference/servers.md: what each makes of a request, and what it may stand before."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import ROOT, Listener, free_port, get, receive, serving
from tests.lab.commands import SERVERS, wait_for_application
from tests.upstreams import OK, Talk, Upstream

HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1)
FIRST, SECOND = "192.0.2.1", "192.0.2.2"
IN_CHUNKS = b"4\r\n<x/>\r\n0\r\n\r\n"
PAGE = (ROOT / "docs" / "reference" / "servers.md").read_text("utf-8")


def table() -> dict[str, list[str]]:
    """Give the cells of each row by its server, whose version stands behind the name."""
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\|.*\|$", PAGE, re.MULTILINE)]
    return {re.sub(r" [\d.]+$", "", name): cells for name, *cells in rows[2:]}


TABLE = table()


class Asked:
    """A server with an application that tells, or forwards to an upstream."""

    def __init__(self, at: Listener, upstream: Upstream) -> None:
        self.at, self.upstream = at, upstream

    def told(self, *lines: str, target: str = "/tell", method: str = "GET", body: bytes = b"") -> dict[str, Any]:
        with self.at.connect() as connection:
            connection.sendall(get(target, *lines, method=method) + body)
            answer = receive(connection)
        told: dict[str, Any] = json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])
        return told

    def forwarded(self, request: bytes) -> tuple[int, list[bytes]]:
        """Give the answer's status, and what reached the upstream."""
        before = len(self.upstream.requests)
        with self.at.connect() as connection, connection.makefile("rb") as answer:
            connection.sendall(request)
            status = int(answer.readline().split()[1])
        return status, self.upstream.requests[before:]


def raw_keys(asked: Asked) -> str:
    told = asked.told(target="/tell%2fa")
    keys = [key for key, value in told.items() if "%2f" in str(value) and key != "PATH_INFO"]
    return ", ".join(f"`{key}`" for key in sorted(keys)) or "none"


def peer(asked: Asked) -> str:
    address = asked.told().get("REMOTE_ADDR")
    return "none" if address is None else re.sub(r"\d+\.[\d.]+", "address", re.sub(r":\d+$", ":port", address))


def two_lines(asked: Asked) -> str:
    value = asked.told(f"X-Forwarded-For: {FIRST}", f"X-Forwarded-For: {SECOND}")["HTTP_X_FORWARDED_FOR"]
    return describe(value, {SECOND: "the last", f"{FIRST}{SECOND}": "run together"})


def twin(asked: Asked) -> str:
    value = asked.told(f"X-Forwarded-For: {FIRST}", f"X_Forwarded_For: {SECOND}")["HTTP_X_FORWARDED_FOR"]
    return describe(value, {FIRST: "dropped", SECOND: "replaces it"})


def describe(value: str, known: dict[str, str]) -> str:
    own = value.removesuffix(", 127.0.0.1")
    added = ", and the peer added" if own != value else ""
    joined = "joined" if re.fullmatch(rf"{FIRST}, ?{SECOND}", own) else own
    return known.get(own, joined) + added


def chunks(asked: Asked) -> str:
    told = asked.told("Transfer-Encoding: chunked", method="POST", body=IN_CHUNKS)
    if told["terminated"]:
        return "its end is marked"
    return "with a length" if told.get("CONTENT_LENGTH") else "neither"


def before_php(asked: Asked) -> str:
    """Say what becomes of a target with escapes, and of a body in chunks, on the way through the proxy."""
    targets = ["/a%2fb", "/%C3%A4", "/a%20b"]
    sent = [asked.forwarded(get(target)) for target in targets]
    arrived = [request.split()[1].decode() for _, requests in sent for request in requests]
    words = {("/a%2fb", *targets[1:]): "as sent", ("/a/b", *targets[1:]): "decoded, and quoted again"}
    target = words.get(tuple(arrived), "not with escapes")
    status, _ = asked.forwarded(get("/a", "Transfer-Encoding: chunked", method="POST") + IN_CHUNKS)
    return target if status == 200 else f"{target}; no chunks"


COLUMNS: list[Callable[[Asked], str]] = [raw_keys, peer, two_lines, twin, chunks, before_php]


def measured(name: str) -> list[str]:
    """Start a server, and give its cells."""
    server, at = SERVERS[name], Listener(port=free_port())
    app = "tests.lab.described_asgi:asgi" if server.asgi else "tests.lab.described:application"
    with Upstream(Talk(answers=(HANGS_UP,))) as upstream, tempfile.TemporaryDirectory() as folder:
        command = ("env", f"UPSTREAM={upstream.url}", f"HOME={folder}", *server.command(app, f"127.0.0.1 {at.port}"))
        with serving(command, at, Path(folder) / "log"):
            wait_for_application(at)
            return [measure(Asked(at, upstream)) for measure in COLUMNS]


@pytest.fixture(scope="module")
def seen() -> Iterator[Mapping[str, Future[list[str]]]]:
    """Start all of them, some at a time, since most of a server's start and end is waiting."""
    with ThreadPoolExecutor(4) as pool:
        yield {name: pool.submit(measured, name) for name in TABLE if SERVERS[name].present}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(not SERVERS[name].present, reason=f"{name} is missing"))
        for name in TABLE
    ],
)
def test_what_a_server_makes_of_a_request(name: str, seen: Mapping[str, Future[list[str]]]) -> None:
    assert seen[name].result() == TABLE[name]


def test_every_server_that_is_known_has_a_row() -> None:
    variants = {"gunicorn with gevent", "gunicorn with gevent_pywsgi", "hypercorn with a2wsgi"}
    assert {*SERVERS} - variants == {*TABLE}
