"""guides/in-front-of-php.md, followed where Apache runs PHP on port 80: its files and lines as they stand.

The machine is this one in a network and with files of its own, so that ports 80 and 8080 are free and /etc is a copy.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inherited import inherited
from tests.lab.php import lacks_apache, lacks_nginx
from tests.manual import read_pages

PAGE = read_pages("guides/in-front-of-php")
STRANGER, LISTED = "203.0.113.9", "192.0.64.5"
SCRIPT = f"""
ip link set lo up
ip address add {STRANGER}/32 dev lo
ip address add {LISTED}/32 dev lo
mount -t tmpfs tmpfs /run && mkdir -p /run/apache2 /run/lock
mount --bind apache2 /etc/apache2 && mount --bind nginx /etc/nginx
mount --bind log /var/log && mount --bind www /var/www
apachectl configtest && apachectl start && nginx -t && nginx
xmlrpc-guard serve --config guard.toml &
until curl -s -o /dev/null http://127.0.0.1:8000/; do sleep 0.1; done
for client in {STRANGER} {LISTED}; do
    for path in xmlrpc.php /XMLRPC.php/x ''; do
        curl -s -o answer -w '%{{http_code}} ' --interface $client http://127.0.0.1/$path
    done
    cat answer
done >answers
kill $! && nginx -s stop && apachectl stop
wait
"""
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None, reason="a machine of its own needs root"),
]


def block(beginning: str) -> str:
    """Give the page's block that begins so, indented or in a fence."""
    (found,) = re.findall(rf"^( *){re.escape(beginning)}(.*?)(?=^```|^\1}}\n)", PAGE, re.MULTILINE | re.DOTALL)
    return beginning + str(found[1]) + ("}" if found[0] else "")


def lines(*beginnings: str) -> str:
    """Give lines that a sentence of the page has."""
    return "".join(f"{re.findall(f'`({re.escape(each)}[^`]*)`', PAGE)[0]}\n" for each in beginnings)


def prepare(machine: Path) -> None:
    """Do what the page says, on copies."""
    for program in ("apache2", "nginx"):
        shutil.copytree(f"/etc/{program}", machine / program, symlinks=True)
    for folder in ("log/apache2", "log/nginx", "www/html", "bin"):
        (machine / folder).mkdir(parents=True)
    (machine / "apache2/ports.conf").write_text(lines("Listen 127.0.0.1:8080"))
    site = machine / "apache2/sites-available/000-default.conf"
    site.write_text(site.read_text().replace("<VirtualHost *:80>", lines("<VirtualHost 127").strip()))
    (machine / "apache2/mods-enabled/remoteip.load").symlink_to("../mods-available/remoteip.load")
    remote = lines("RemoteIPHeader", "RemoteIPInternalProxy")
    (machine / "apache2/conf-enabled/remoteip.conf").write_text(remote)
    shutil.rmtree(machine / "nginx/sites-enabled")
    (machine / "nginx/sites-enabled").mkdir()
    (machine / "nginx/sites-enabled/default").write_text(f"server {{\nlisten 80;\n{block('location / {')}\n}}\n")
    (machine / "guard.toml").write_text(block("# guard.toml\n"))
    for name in ("xmlrpc.php", "index.php"):
        (machine / "www/html" / name).write_text(f'<?php echo "{name} for ", $_SERVER["REMOTE_ADDR"], "\\n";')
    (machine / "bin/xmlrpc-guard").write_text(f'#!/bin/sh\nexec {sys.executable} -m xmlrpc_guard "$@"\n')
    (machine / "bin/xmlrpc-guard").chmod(0o755)


@lacks_apache
@lacks_nginx
def test_the_guide_ends_with_a_guard_that_refuses(tmp_path: Path) -> None:
    prepare(tmp_path)
    tmp_path.chmod(0o755)
    apart = ("--net", "--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "--kill-child")
    inside = ["unshare", *apart, "bash", "-eu", "-c", SCRIPT]
    environ = inherited(PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", PYTHONWARNINGS="ignore")
    ran = subprocess.run(inside, check=False, capture_output=True, text=True, cwd=tmp_path, env=environ)
    assert ran.returncode == 0, ran.stderr
    stranger, listed = (tmp_path / "answers").read_text().splitlines()
    assert stranger == f"403 403 200 index.php for {STRANGER}"
    assert listed == f"200 404 200 index.php for {LISTED}"  # to Apache, capitals are another file here
    assert f"refused {STRANGER}: client is not in the allowlist (allow); peer 127.0.0.1" in ran.stderr
