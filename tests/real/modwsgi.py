"""mod_wsgi in an Apache of its own, which runs the system's Python."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import netaddr
import webob

import xmlrpc_guard
from tests.frontends import Listener, free_port, serving
from tests.real.configuration import configure
from tests.real.programs import path


def mod_wsgi(root: Path, script: str) -> AbstractContextManager[Listener]:
    """Serve the ``application`` of a script; ``root`` must be open to Apache's user."""
    site = root / "site"
    plant(site)
    (site / "application.wsgi").write_text(script, "utf-8")
    at = Listener(port=free_port())
    conf = configure(root, "wsgi.apache.conf", port=at.port, modules=Path(path("libapache2-mod-wsgi-py3")).parent)
    return serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "wsgi.out")


def plant(site: Path) -> None:
    """Copy what the guard needs, which is pure Python: Apache's user may not enter the test runner's folders."""
    for package in (webob, netaddr, xmlrpc_guard):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, site / source.name, ignore=shutil.ignore_patterns("__pycache__"))
