"""guides/edge.md, from an empty nginx to a rule that holds: its commands are run as they stand, in another folder."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.frontends import ROOT, Listener, reserved_ports, started, wait_for
from tests.lab.answering import Answering
from tests.real.programs import lacks, path

pytestmark = pytest.mark.lab

SECTION = "From an empty nginx to a rule that holds"
CONFIG = """
daemon off;
error_log {root}/error.log;
pid {root}/pid;
events {{}}
http {{
    access_log off;
    proxy_temp_path {root}/proxy;
    client_body_temp_path {root}/body;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    include {root}/nginx/conf.d/*.conf;
    include {root}/nginx/sites-enabled/*;
}}
"""
SITE = (
    20 * "\n"
    + """server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
}}
"""
)


@dataclass
class Machine:
    """A folder in place of /etc, an nginx that runs from there, and commands that know of both."""

    root: Path
    port: int

    def run(self, command: str) -> str:
        said = command.replace("/etc/nginx", f"{self.root}/nginx").replace("blog.example", f"127.0.0.1:{self.port}")
        if said.startswith("xmlrpc-guard render"):
            said += f" --server-config {self.root}/nginx/nginx.conf"
        environ = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(
            ["sh", "-ec", said], env=environ, check=True, capture_output=True, text=True, timeout=120
        )
        return ended.stdout.replace(f"{self.root}/nginx", "/etc/nginx")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    for folder in ("nginx/conf.d", "nginx/sites-enabled", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    config = tmp_path / "nginx/nginx.conf"
    config.write_text(CONFIG.format(root=tmp_path), "utf-8")
    nginx = f"{path('nginx')} -e {tmp_path}/start.log -c {config}"
    for name, command in (("nginx", nginx), ("xmlrpc-guard", f"{sys.executable} -m xmlrpc_guard")):
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    with Answering() as upstream, reserved_ports(1) as (port,):
        site = SITE.format(port=port, upstream=upstream.port)
        (tmp_path / "nginx/sites-enabled/default").write_text(site, "utf-8")
        with started((str(tmp_path / "bin/nginx"),), tmp_path / "nginx.out") as process:
            wait_for(Listener(port=port), process)
            yield Machine(tmp_path, port)


def commands() -> list[str]:
    """Give the indented lines of the section, what is installed left out."""
    text = (ROOT / "docs/guides/edge.md").read_text("utf-8").partition(f"## {SECTION}\n")[2].partition("\n## ")[0]
    return [
        line
        for line in re.findall("^    (.*)$", text, re.MULTILINE)
        if not line.startswith(("python3 -m venv ", "ln -sf "))
    ]


@lacks("nginx")
def test_the_commands_lead_to_a_rule_that_holds(machine: Machine) -> None:
    render, *said, insert, load, ask_script, ask_site = commands()
    asked = [machine.run(ask_script), machine.run(ask_site)]
    assert asked == ["200 200 200 ", "200\n"]
    assert machine.run(render).splitlines() == said
    machine.run(insert)
    machine.run(load)
    for _ in range(100):  # a reload goes on after its command has ended
        asked = [machine.run(ask_script), machine.run(ask_site)]
        if asked == ["403 403 403 ", "200\n"]:
            return
    assert asked == ["403 403 403 ", "200\n"]
