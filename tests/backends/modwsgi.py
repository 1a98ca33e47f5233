"""mod_wsgi in an Apache of its own, which runs the system's Python."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import netaddr
import webob

import xmlrpc_guard
from tests.backends.php import configure
from tests.backends.processes import serving
from tests.backends.programs import path
from tests.frontends import Listener, free_port


def mod_wsgi(root: Path, script: str) -> AbstractContextManager[Listener]:
    """Serve the ``application`` of a script; ``root`` must be open to Apache's user."""
    site = root / "site"
    # What it needs is pure Python. Copied, as Apache's user may not enter the folders of whoever runs the tests.
    for package in (webob, netaddr, xmlrpc_guard):
        _copy(Path(str(package.__file__)).parent, site)
    (site / "application.wsgi").write_text(script, "utf-8")
    at = Listener(port=free_port())
    conf = configure(root, "wsgi.apache.conf", port=at.port, modules=Path(path("libapache2-mod-wsgi-py3")).parent)
    return serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "wsgi.out")


def _copy(package: Path, site: Path) -> None:
    shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("__pycache__"))
