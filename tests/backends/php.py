"""Apache and nginx with PHP, configured in one folder, in the foreground and on loopback.

The ``root`` given to them holds their configuration, logs and sockets, and a ``php.ini``; ``folder`` is what they
serve. Both must be open to the account that their workers run as, ``www-data`` under root.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from string import Template

from tests.backends.processes import account, serving
from tests.backends.programs import lacks, path
from tests.frontends import Listener, free_port

USER = "www-data"
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


class Conf(Template):
    """A configuration file with ``@name`` where a value belongs, as nginx has its own use for ``$``."""

    delimiter = "@"


def write_ini(root: Path, settings: Mapping[str, str]) -> None:
    """Write the ``php.ini`` for whatever runs PHP from ``root``."""
    lines = [f'{name} = "{value}"\n' for name, value in {**INI, **settings}.items()]
    (root / "php.ini").write_text("".join(lines), "utf-8")


def apache(root: Path, folder: Path) -> AbstractContextManager[Listener]:
    """Serve a folder by Apache and mod_php, which obey the folder's ``.htaccess``."""
    at = Listener(port=free_port())
    mod_php = Path(path("libapache2-mod-php"))
    conf = configure(root, "apache.conf", folder=folder, port=at.port, modules=mod_php.parent, mod_php=mod_php)
    # NO_DETACH gives it a session of its own: when it stops, Apache signals its whole process group.
    return serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "apache.out")


@contextlib.contextmanager
def nginx(root: Path, folder: Path, *, unix: bool = False) -> Iterator[Listener]:
    """Serve a folder by nginx and PHP-FPM, as WordPress.org recommends for a single site."""
    at = Listener(path=f"{root}/nginx.socket") if unix else Listener(port=free_port())
    conf = configure(root, "nginx.conf", folder=folder, listen=f"unix:{at.path}" if unix else f"127.0.0.1:{at.port}")
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    with fpm(root), serving(command, at, root / "nginx.out"):
        yield at


def fpm(root: Path) -> AbstractContextManager[Listener]:
    """Run PHP-FPM at ``fpm.socket``, where nginx looks for it."""
    command = (path("php-fpm"), "-p", str(root), "-c", str(root), "-y", configure(root, "fpm.conf"))
    return serving(command, Listener(path=f"{root}/fpm.socket"), root / "fpm.out")


def configure(root: Path, name: str, **values: object) -> str:
    """Fill in a file of ``conf/``, and give where it now lies."""
    user = account(USER)
    conf = Conf((CONF / name).read_text("utf-8"))
    text = conf.substitute(values, root=root, user=user.pw_name, group=user.pw_gid)
    (root / name).write_text(text, "utf-8")
    return str(root / name)
