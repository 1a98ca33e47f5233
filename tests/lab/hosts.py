"""The set-ups, running: one process a server program, a port and a document root each set-up."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.frontends import Listener, free_port, reserved_ports, serving
from tests.lab.php import configured, fpm, write_ini
from tests.lab.setups import Setup
from tests.lab.tree import plant
from tests.real.configuration import USER, Conf
from tests.real.processes import account, folder_of
from tests.real.programs import path


@dataclass(frozen=True)
class Host:
    """A set-up with its document root, the log to which its marker writes, and where it listens."""

    setup: Setup
    folder: Path
    log: Path
    listener: Listener


@contextlib.contextmanager
def hosts(setups: Sequence[Setup]) -> Iterator[dict[str, Host]]:
    """Run set-ups until the block ends; by their names."""
    with folder_of(account(USER)) as root, ExitStack() as running:
        write_ini(root, {})
        ports = running.enter_context(reserved_ports(len(setups)))
        all_hosts = [_host(root, setup, port) for setup, port in zip(setups, ports, strict=True)]
        running.enter_context(fpm(root))
        for server, members in groupby(sorted(all_hosts, key=_server), _server):
            for process in _STARTED[server](root, list(members)):
                running.enter_context(process)
        yield {host.setup.name: host for host in all_hosts}


def _server(host: Host) -> str:
    return host.setup.server


def _host(root: Path, setup: Setup, port: int) -> Host:
    folder, log = root / f"www{port}", root / f"ran{port}.log"
    plant(setup, folder, log)
    return Host(setup, folder, log, Listener(port=port))


Processes = Iterable[AbstractContextManager[Listener]]


def _filled(root: Path, frame: str, hosts: list[Host]) -> str:
    """Write each set-up's directives into its server's frame for a virtual host."""
    return "\n".join(
        Conf(frame.replace("@directives", host.setup.directives)).substitute(
            port=host.listener.port, folder=host.folder, fpm=f"{root}/fpm.socket"
        )
        for host in hosts
    )


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


_NGINX = """
server {
    listen 127.0.0.1:@port;
    server_name localhost;
    root @folder;
    @directives
}
"""


def _nginx(root: Path, hosts: list[Host]) -> Processes:
    for shipped in ("fastcgi_params", "fastcgi.conf", "snippets"):
        (root / shipped).symlink_to(f"{path('nginx-common')}/{shipped}")
    conf = configured(root, "setups.nginx.conf", hosts=_filled(root, _NGINX, hosts))
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    yield serving(command, hosts[0].listener, root / "nginx.out")


def _php(root: Path, hosts: list[Host]) -> Processes:
    for host in hosts:
        port = host.listener.port
        command = [path("php-cli"), "-n", "-S", f"127.0.0.1:{port}", "-t", str(host.folder)]
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


def _caddy(root: Path, hosts: list[Host]) -> Processes:
    conf = configured(root, "setups.Caddyfile", hosts=_filled(root, _CADDY, hosts))
    # It keeps a copy of its configuration below the user's home.
    home = ("env", f"HOME={root}", f"XDG_CONFIG_HOME={root}")
    command = (*home, path("caddy"), "run", "--adapter", "caddyfile", "--config", conf)
    yield serving(command, hosts[0].listener, root / "caddy.out")


_LIGHTTPD = """
$SERVER["socket"] == "127.0.0.1:@port" {
    server.document-root = "@folder"
    @directives
}
"""


def _lighttpd(root: Path, hosts: list[Host]) -> Processes:
    conf = configured(root, "setups.lighttpd.conf", hosts=_filled(root, _LIGHTTPD, hosts), port=free_port())
    yield serving((path("lighttpd"), "-D", "-f", conf), hosts[0].listener, root / "lighttpd.out")


_STARTED: dict[str, Callable[[Path, list[Host]], Processes]] = {
    "apache": _apache,
    "nginx": _nginx,
    "php": _php,
    "caddy": _caddy,
    "lighttpd": _lighttpd,
}
