"""How the stacks of docs/reference/stacks.md are started on this machine: on other ports and in other folders."""

import contextlib
import shlex
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.frontends import Listener, reserved_ports, script, serving
from tests.lab import fronts
from tests.lab.pages import SOCKET, Recipe
from tests.real.configuration import USER, Conf
from tests.real.fronts import FRONTS, nginx
from tests.real.guards import FRONT, LISTED
from tests.real.modwsgi import plant
from tests.real.processes import account, folder_of

# What plays vendors' fronts, which run nowhere else, by the beginning of a stack's title.
_VENDORS = {
    "Cloudflare": Conf("""
server {
    listen 127.0.0.1:@vendor;
    location / {
        proxy_pass http://127.0.0.1:@front;
        proxy_bind 127.0.1.1;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header CF-Connecting-IP $remote_addr;
    }
}
"""),
    # It appends the client, and the address of its own that the client connected to.
    "Google": Conf("""
server {
    listen 127.0.0.1:@vendor;
    location / {
        proxy_pass http://127.0.0.1:@server;
        proxy_bind 127.0.1.1;
        proxy_set_header X-Forwarded-For "$proxy_add_x_forwarded_for,203.0.113.10";
    }
}
"""),
}
_VENDORS_NETWORK = "127.0.1.0/24"
# What the page has, and what stands for it here.
_CLIENTS_AND_PROXIES = {
    '"jetpack"': f'"{LISTED}"',
    '"cloudflare"': f'"{_VENDORS_NETWORK}"',
    '"google-lb"': f'"{_VENDORS_NETWORK}"',
    "173.245.48.0/20": _VENDORS_NETWORK,
    "10.0.0.0/8": "127.0.0.0/8",
    "10.0.0.2": FRONT,
}


class Balanced(Listener):
    """A front's port as a balancer connects to it: the client's address stands before the first byte."""

    def connect(self, source: str = "") -> socket.socket:
        return self.connect_naming(source or FRONT, FRONT)

    def connect_naming(self, client: str, peer: str) -> socket.socket:
        """Connect from an address, and name another by the PROXY protocol."""
        connection = super().connect(peer)
        connection.sendall(f"PROXY TCP4 {client} 127.0.0.1 4711 80\r\n".encode())
        return connection


class GoneRound(Balanced):
    """The same port as a stranger connects to it who goes round the balancer, and writes a listed address himself."""

    def connect(self, source: str = "") -> socket.socket:
        return self.connect_naming(LISTED, source)


def _translate(text: str, places: dict[str, str]) -> str:
    for there, here in {**places, **_CLIENTS_AND_PROXIES}.items():
        text = text.replace(there, here)
    return text


@dataclass(frozen=True)
class Site:
    """The folder with a stack's mysite.py, and where its server listens."""

    folder: Path
    server: Listener

    @property
    def places(self) -> dict[str, str]:
        return {
            "127.0.0.1:8000": f"127.0.0.1:{self.server.port}",
            "127.0.0.1,8000": f"127.0.0.1,{self.server.port}",
            "127.0.0.1 parent 8000": f"127.0.0.1 parent {self.server.port}",
            "127.0.0.1, port_value: 8000": f"127.0.0.1, port_value: {self.server.port}",
            '.port = "8000"': f'.port = "{self.server.port}"',
            "--port 8000": f"--port {self.server.port}",
            SOCKET: self.server.path,
            "/srv/mysite/venv": sys.prefix,
            "/srv/mysite": str(self.folder),
        }


class Sites:
    """The Python servers of the stacks, each started once for all stacks that have the same server's side.

    A server ends with the last stack that needs it.
    """

    def __init__(self, recipes: Iterable[Recipe]) -> None:
        self._needed = Counter(map(_servers_side, recipes))
        self._locks = {side: threading.Lock() for side in self._needed}
        self._running: dict[tuple[str, str], tuple[Site, ExitStack]] = {}

    @contextlib.contextmanager
    def of(self, recipe: Recipe) -> Iterator[Site]:
        side = _servers_side(recipe)
        try:
            with self._locks[side]:
                if side not in self._running:
                    self._running[side] = _start(*side)
            yield self._running[side][0]
        finally:
            with self._locks[side]:
                self._needed[side] -= 1
                if not self._needed[side] and side in self._running:
                    self._running[side][1].close()


def _servers_side(recipe: Recipe) -> tuple[str, str]:
    return recipe.blocks["python"], recipe.blocks.get("sh", "")


def _start(python: str, command: str) -> tuple[Site, ExitStack]:
    """Start a server, if a stack has a command for one; give what ends it, too."""
    with ExitStack() as processes:
        folder = processes.enter_context(folder_of(account(USER)))
        (port,) = processes.enter_context(reserved_ports(1))
        at = Listener(path=f"{folder}/mysite.sock") if SOCKET in command else Listener(port=port)
        site = Site(folder / "mysite", at)
        site.folder.mkdir()
        (site.folder / "mysite.py").write_text(_translate(python, site.places), "utf-8")
        if command:
            processes.enter_context(serving(_command(site, command), at, site.folder / "server.out"))
        else:
            plant(site.folder)
        return site, processes.pop_all()


def _command(site: Site, line: str) -> tuple[str, ...]:
    program, *options = shlex.split(_translate(line, site.places))
    return script(program) or program, *options


class Doors(NamedTuple):
    """Where a stack is asked: first where clients should, then where forgers may; and where it speaks HTTP/2."""

    http_1: list[Listener]
    http_2: Listener | None = None


@contextlib.contextmanager
def standing(recipe: Recipe, sites: Sites) -> Iterator[Doors]:
    """Run a stack until the block ends."""
    with sites.of(recipe) as site, folder_of(account(USER)) as root, reserved_ports(2) as ports:
        listener = Balanced if is_balanced(recipe) else Listener
        front, other = listener(port=ports[0]), Listener(port=ports[1])
        with front_of(recipe, site, root, front, other):
            yield _doors(recipe, site, front, other)


def is_balanced(recipe: Recipe) -> bool:
    """Return whether a balancer for TCP connects to a stack's front, and names the client by the PROXY protocol."""
    return recipe.title.endswith("after a balancer")


def front_of(
    recipe: Recipe, site: Site, root: Path, front: Listener, other: Listener
) -> AbstractContextManager[object]:
    """Run a stack's front, which listens there; what plays a vendor's, or TLS, is at the other port."""
    if recipe.front in fronts.FRONTS:
        files = {name: _translate(text, site.places) for name, text in recipe.files.items()}
        return fronts.fronting(recipe.front, files, root, front, other)
    places = {
        **site.places,
        "listen 80;": f"listen {f'unix:{front.path}' if front.path else f'127.0.0.1:{front.port}'};",
        "listen 80 proxy_protocol;": f"listen 127.0.0.1:{front.port} proxy_protocol;",
        "<VirtualHost *:80>": f"Listen 127.0.0.1:{front.port}\n<VirtualHost 127.0.0.1:{front.port}>",
    }
    own = _translate(recipe.blocks.get(recipe.front, ""), places)
    vendor = _vendor(recipe).substitute(vendor=other.port, front=front.port, server=site.server.port)
    if not own:
        return nginx(root, vendor, other)
    return FRONTS[recipe.front](root, own + vendor, front)


def _vendor(recipe: Recipe) -> Conf:
    return next((conf for name, conf in _VENDORS.items() if recipe.title.startswith(name)), Conf(""))


def _doors(recipe: Recipe, site: Site, front: Listener, other: Listener) -> Doors:
    if recipe.door:
        return Doors([site.server])
    if is_balanced(recipe):
        return Doors([front, GoneRound(port=front.port)])
    if recipe.front in fronts.FRONTS:
        return Doors([front], fronts.FRONTS[recipe.front].listener_of_http_2(front, other))
    if recipe.front in _VENDORS:
        return Doors([other])
    return Doors([other, front] if _vendor(recipe).template else [front])
