"""Apache and nginx with PHP, configured in one folder, in the foreground and on loopback.

The ``root`` given to them holds their configuration, logs and sockets, and a ``php.ini``; ``folder`` is what they
serve. Both must be open to the account that their workers run as, ``www-data`` under root.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from tests.frontends import Listener, free_port, serving
from tests.real.configuration import configure
from tests.real.programs import lacks, path

CONF = Path(__file__).parent / "conf"
INI = {
    "display_errors": "0",
    "log_errors": "1",
    "memory_limit": "256M",
    "post_max_size": "200M",
    "upload_max_filesize": "200M",
}

lacks_apache = lacks("apache2", "libapache2-mod-php")
lacks_nginx = lacks("nginx", "php-fpm")


configured = partial(configure, conf=CONF)
"""Fill in a file of this folder's ``conf/``, and give where it now lies."""


def write_ini(root: Path, settings: Mapping[str, str]) -> None:
    """Write the ``php.ini`` for any server that runs PHP from ``root``."""
    lines = [f'{name} = "{value}"\n' for name, value in {**INI, **settings}.items()]
    (root / "php.ini").write_text("".join(lines), "utf-8")


TCP, UNIX, HTTPS = "TCP", "a unix socket", "TCP, for a site on https"


@contextlib.contextmanager
def apache(root: Path, folder: Path) -> Iterator[dict[str, Listener]]:
    """Serve a folder by Apache and mod_php, which obey the folder's ``.htaccess``."""
    at, secure = Listener(port=free_port()), Listener(port=free_port())
    mod_php = Path(path("libapache2-mod-php"))
    modules = {"modules": mod_php.parent, "mod_php": mod_php}
    conf = configured(root, "apache.conf", folder=folder, port=at.port, secure=secure.port, **modules)
    # NO_DETACH gives it a session of its own: when it stops, Apache signals its whole process group.
    with serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "apache.out"):
        yield {TCP: at, HTTPS: secure}


@contextlib.contextmanager
def nginx(root: Path, folder: Path) -> Iterator[dict[str, Listener]]:
    """Serve a folder by nginx and PHP-FPM, as WordPress.org recommends for a single site."""
    at, unix = Listener(port=free_port()), Listener(path=f"{root}/nginx.socket")
    conf = configured(root, "nginx.conf", folder=folder, port=at.port, socket=unix.path)
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    with fpm(root), serving(command, at, root / "nginx.out"):
        yield {TCP: at, UNIX: unix}


def fpm(root: Path) -> AbstractContextManager[Listener]:
    """Run PHP-FPM at ``fpm.socket``, where nginx looks for it."""
    command = (path("php-fpm"), "-p", str(root), "-c", str(root), "-y", configured(root, "fpm.conf"))
    return serving(command, Listener(path=f"{root}/fpm.socket"), root / "fpm.out")
