"""nginx and Apache as reverse proxies: one process each, in front of every WSGI server at once."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.frontends import COMMANDS, Listener, installed, reserved_ports, running, serving
from tests.frontends import NATIVE as NATIVE_SERVERS
from tests.real.configuration import USER, Conf, configure
from tests.real.modwsgi import mod_wsgi
from tests.real.processes import account, folder_of
from tests.real.programs import path
from tests.real.stacks import FRONT, NATIVE, STACKS

TCP_ONLY = ("wsgiref", "werkzeug")
_APPLICATION = Path(__file__).with_name("stacks.py")


class Place(NamedTuple):
    """A WSGI server, and how it listens."""

    server: str
    unix: bool = False


class Way(NamedTuple):
    """A way to the guard: through a stack to a place."""

    stack: str
    place: Place

    @property
    def front(self) -> str:
        return STACKS[self.stack].front

    @property
    def exists(self) -> bool:
        """Whether the front can speak to the server, and there is a front, or something to go round."""
        same_protocol = (self.stack in NATIVE) == (self.place.server in NATIVE_SERVERS)
        return same_protocol and not (self.stack == "around-the-front" and self.place.unix)


Ways = Mapping[Way, Listener]


@contextlib.contextmanager
def ways() -> Iterator[Ways]:
    """Run the fronts and all servers that are installed, until the block ends; give where each way begins."""
    with folder_of(account(USER)) as root, ExitStack() as processes:
        places = {place: processes.enter_context(_served(root, place)) for place in _places()}
        all_ways = [way for way in map(Way, *zip(*product(STACKS, places), strict=True)) if way.exists]
        fronted = [way for way in all_ways if way.front]
        ports = processes.enter_context(reserved_ports(len(fronted)))
        begins = dict(zip(fronted, map(_port, ports), strict=True))
        for front, start in FRONTS.items():
            processes.enter_context(start(root, *_hosts(front, places, begins)))
        yield {way: begins.get(way, places[way.place]) for way in all_ways}


def _port(number: int) -> Listener:
    return Listener(port=number)


def _places() -> Iterator[Place]:
    for server in filter(installed, [*COMMANDS, *NATIVE_SERVERS]):
        yield from (Place(server, unix) for unix in (False, True) if not (unix and server in TCP_ONLY))
    yield Place("mod_wsgi")


@contextlib.contextmanager
def _served(root: Path, place: Place) -> Iterator[Listener]:
    if place.server == "mod_wsgi":
        with mod_wsgi(root, _APPLICATION.read_text("utf-8")) as listener:
            yield listener
    else:
        with running(place.server, "tests.real.stacks:application", unix=place.unix) as listener:
            admit(listener)
            yield listener


def status(at: Listener, source: str, request: bytes) -> int:
    """Send a request from an address, and give the answer's status; 0 where the server hangs up on it."""
    with at.connect(source) as connection, connection.makefile("rb") as answer, contextlib.suppress(ConnectionError):
        connection.sendall(request)
        return int((answer.readline() or b"- 0").split()[1])
    return 0


def admit(listener: Listener) -> None:
    """Let the fronts' user connect to a unix socket."""
    if listener.path:
        socket = Path(listener.path)
        socket.chmod(0o666)
        socket.parent.chmod(0o711)


def nginx(root: Path, hosts: str, at: Listener) -> AbstractContextManager[Listener]:
    """Run nginx with these virtual hosts, one of which listens there."""
    (root / "uwsgi_params").symlink_to(f"{path('nginx-common')}/uwsgi_params")
    conf = configure(root, "fronts.nginx.conf", hosts=hosts)
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    return serving(command, at, root / "nginx.out")


def apache(root: Path, hosts: str, at: Listener) -> AbstractContextManager[Listener]:
    """Run Apache with these virtual hosts, one of which listens there."""
    conf = configure(root, "fronts.apache.conf", hosts=hosts, modules=Path(path("libapache2-mod-wsgi-py3")).parent)
    return serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "fronts.out")


FRONTS = {"nginx": nginx, "apache": apache}


_NGINX = """
server {
    listen 127.0.0.1:@port;
    @directives
    @onward
}
"""
_APACHE = """
Listen 127.0.0.1:@port
<VirtualHost 127.0.0.1:@port>
    @directives
    @onward
</VirtualHost>
"""
_FRAMES = {"nginx": _NGINX, "apache": _APACHE}


def _hosts(front: str, places: Mapping[Place, Listener], begins: Ways) -> tuple[str, Listener]:
    """Write the front's virtual hosts, one a way; give where one of them listens, too."""
    own = {way: at for way, at in begins.items() if way.front == front}
    hosts = (
        Conf(_FRAMES[front]).substitute(
            port=at.port,
            directives=STACKS[way.stack].directives,
            onward=_ONWARD[front](way.place, places[way.place]),
        )
        for way, at in own.items()
    )
    return "\n".join(hosts), next(iter(own.values()))


def _onward_from_nginx(place: Place, at: Listener) -> str:
    to = f"unix:{at.path}" if at.path else f"127.0.0.1:{at.port}"
    if place.server in NATIVE_SERVERS:
        return f"location / {{ include uwsgi_params; uwsgi_pass {to}; }}"
    bind = "" if at.path else f"proxy_bind {FRONT};"
    return f"location / {{ proxy_pass http://{to}; {bind} }}"


def _onward_from_apache(place: Place, at: Listener) -> str:
    scheme = "uwsgi" if place.server in NATIVE_SERVERS else "http"
    to = f"unix:{at.path}|{scheme}://localhost/" if at.path else f"{scheme}://127.0.0.1:{at.port}/"
    # uWSGI closes each connection and does not say so: one that was kept would give 502 now and then.
    return f'ProxySourceAddress {FRONT}\nProxyPass / "{to}" disablereuse=On'


_ONWARD = {"nginx": _onward_from_nginx, "apache": _onward_from_apache}
