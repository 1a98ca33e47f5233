"""guides/edge.md, from an empty nginx to a rule that holds: its commands are run as they stand, in another folder."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.frontends import ROOT, Listener, reserved_ports, started, wait_for
from tests.lab.php import fpm
from tests.real.configuration import USER
from tests.real.processes import account, folder_of
from tests.real.programs import lacks, path

pytestmark = pytest.mark.lab

SECTION = "From an empty nginx to a rule that holds"
CONFIG = """
user {user};
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
EXAMPLE = ROOT / "docs/examples/edge/site.nginx"
LINE = '    if ($xmlrpc_guard_refused) { return 403 "Forbidden"; }\n'
SCRIPT = "<?php http_response_code(202);"


@dataclass
class Machine:
    """A folder in place of /etc, an nginx that runs from there, and commands that know of both."""

    root: Path
    port: int

    def write_site(self, site: str) -> None:
        """Write the server into the file and the line that the page's command names."""
        site = site.replace("listen 80", f"listen 127.0.0.1:{self.port}")
        site = site.replace("/var/www/html", f"{self.root}/site")
        site = site.replace("/run/php/php8.2-fpm.sock", f"{self.root}/fpm.socket")
        (self.root / "nginx/sites-enabled/default").write_text(20 * "\n" + site, "utf-8")

    def run(self, command: str) -> str:
        said = command.replace("/etc/nginx", f"{self.root}/nginx")
        said = said.replace("https://blog.example", f"http://127.0.0.1:{self.port}")  # the site here has no TLS
        if said.startswith("xmlrpc-guard render"):
            said += f" --server-config {self.root}/nginx/nginx.conf"
        environ = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(
            ["sh", "-ec", said], env=environ, check=True, capture_output=True, text=True, timeout=120
        )
        return ended.stdout.replace(f"{self.root}/nginx", "/etc/nginx")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the servers' own user reaches."""
    with folder_of(account(USER)) as folder:
        yield folder


@pytest.fixture
def machine(folder: Path) -> Iterator[Machine]:
    for name in ("nginx/conf.d", "nginx/sites-enabled", "bin", "site"):
        (folder / name).mkdir(parents=True)
    for name in ("snippets/fastcgi-php.conf", "fastcgi.conf"):
        (folder / "nginx" / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(Path("/etc/nginx", name), folder / "nginx" / name)
    for name in ("index.php", "xmlrpc.php"):
        (folder / "site" / name).write_text(SCRIPT, "utf-8")
    config = folder / "nginx/nginx.conf"
    config.write_text(CONFIG.format(root=folder, user=account(USER).pw_name), "utf-8")
    nginx = f"{path('nginx')} -e {folder}/start.log -c {config}"
    for name, command in (("nginx", nginx), ("xmlrpc-guard", f"{sys.executable} -m xmlrpc_guard")):
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
        (folder / "bin" / name).chmod(0o755)
    with fpm(folder), reserved_ports(1) as (port,):
        machine = Machine(folder, port)
        machine.write_site(EXAMPLE.read_text("utf-8").replace(LINE, "").replace(f"    {LINE}", ""))
        with started((str(folder / "bin/nginx"),), folder / "nginx.out") as process:
            wait_for(Listener(port=port), process)
            yield machine


def page() -> str:
    """Give the section."""
    return (ROOT / "docs/guides/edge.md").read_text("utf-8").partition(f"## {SECTION}\n")[2].partition("\n## ")[0]


def commands() -> list[str]:
    """Give the indented lines of the section, what is installed left out."""
    return [
        line
        for line in re.findall("^    (.*)$", re.sub("```.*?```", "", page(), flags=re.DOTALL), re.MULTILINE)
        if not line.startswith(("python3 -m venv ", "ln -sf "))
    ]


@lacks("nginx", "php-fpm")
def test_the_commands_lead_to_a_rule_that_holds(machine: Machine) -> None:
    render, *said, load, ask_script, ask_site = commands()
    asked = [machine.run(ask_script), machine.run(ask_site)]
    assert asked == ["202 202 202 ", "202\n"]
    assert machine.run(render).splitlines() == said
    machine.write_site(EXAMPLE.read_text("utf-8"))
    assert machine.run(render).splitlines() == said[:-1], "until it names no server"
    machine.run(load)
    for _ in range(100):  # a reload goes on after its command has ended
        asked = [machine.run(ask_script), machine.run(ask_site)]
        if asked == ["403 403 403 ", "202\n"]:
            return
    assert asked == ["403 403 403 ", "202\n"]
