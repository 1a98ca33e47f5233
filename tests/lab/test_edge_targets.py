"""Request targets that are no path, and targets at random: what a rule passes for a stranger, the guard passes too."""

import random
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.lab.blocks import ours, rule_for
from tests.lab.edge import EDGES, in_front
from tests.lab.test_edge import needs
from xmlrpc_guard.target import Scripts, path_of

pytestmark = pytest.mark.lab

# uWSGI and h2o run the script for the first three, which HAProxy and Caddy pass on as they are.
ODD = (
    *("*/xmlrpc.php", "localhost:80/../xmlrpc.php", "*/%78mlrpc.php", "a:\\xmlrpc.php", "a::xmlrpc.php"),
    *("http://localhost/a?b=/xmlrpc.php", "http:///xmlrpc.php", "//localhost/xmlrpc.php", "http://a@b/xmlrpc.php"),
)
BEFORE = ("", "", "http://localhost", "HTTP://LOCALHOST", "http://localhost?", "http:", "x:", "localhost:80", "*")
WITHIN = (
    *("/", "//", "/./", "/../", "/a/../", "/%2e/", "/%2f", "/%5c", "\\", "/;/", "/:", "/?/", "/#/", "/%3f/", "/%23/"),
    *("/%20", "/%0d%0a", "/..;/", "/wp-admin/..%2f", "/%u002f", "/%", "/%2", "/a?b=/"),
)
NAMES = (
    *("xmlrpc.php", "XMLRPC.PHP", "xml\\rpc.php", "%78mlrpc.php", "xmlrpc%2ephp", "xmlrpc.php%00", "%2578mlrpc.php"),
    *("xmlrpc.php;a=b", "xmlrpc.php.bak", "%2e%2e%5cxmlrpc.php", "xmlrpc.php#", "xmlrpc.php/x"),
)
AFTER = ("", "?x=1", "#f", "/", "%20", "%0a", "/..", "/%2e%2e/a", "?/../a", "%2f..")
TARGETS = 250


class Recorder(socketserver.ThreadingTCPServer):
    """An upstream that keeps the first line of each request as it came, and answers 200."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.lines: list[str] = []


class _Keep(socketserver.StreamRequestHandler):
    server: Recorder

    def handle(self) -> None:
        self.server.lines.append(self.rfile.readline().decode("latin-1"))
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def targets() -> Iterator[str]:
    yield from ODD
    chosen = random.Random(18)
    for _ in range(TARGETS):
        within = "".join(chosen.choices(WITHIN, k=chosen.choice((1, 1, 2, 3))))
        yield f"{chosen.choice(BEFORE)}{within}{chosen.choice(NAMES)}{chosen.choice(AFTER)}"


def target_of(line: str) -> str:
    return line.rstrip("\r\n").partition(" ")[2].rpartition(" ")[0]


@pytest.mark.parametrize("name", EDGES)
def test_what_a_stranger_gets_through_the_guard_lets_through(name: str, recorder: Recorder) -> None:
    needs(name)
    scripts = Scripts(["xmlrpc.php"])
    with in_front(name, ours(EDGES[name].server, rule_for(runs_php=False)), [recorder.server_address[1]]) as (at,):
        before = len(recorder.lines)  # what asked whether the server is up
        for target in targets():
            at.ask(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))
        passed = [target_of(line) for line in recorder.lines[before:]]
    assert passed
    assert [target for target in passed if scripts.reached_by(path_of(target))] == []
