"""nginx and Apache as reverse proxies: one process, in front of one server or of many."""

import contextlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager
from http.client import HTTPResponse
from pathlib import Path
from typing import TypeVar

from tests.frontends import Listener, reserved_ports, serving
from tests.real.configuration import USER, Conf, configure
from tests.real.processes import account, folder_of
from tests.real.programs import path

Name = TypeVar("Name", bound=Hashable)
Start = Callable[[Path, str, Listener], AbstractContextManager[Listener]]
"""Starts a front in a folder with its sites, one of which listens there."""


def nginx(root: Path, sites: str, at: Listener) -> AbstractContextManager[Listener]:
    (root / "uwsgi_params").symlink_to(f"{path('nginx-common')}/uwsgi_params")
    conf = configure(root, "fronts.nginx.conf", sites=sites)
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    return serving(command, at, root / "nginx.out")


def apache(root: Path, sites: str, at: Listener) -> AbstractContextManager[Listener]:
    conf = configure(root, "fronts.apache.conf", sites=sites, modules=Path(path("libapache2-mod-wsgi-py3")).parent)
    return serving((path("apache2"), "-f", conf, "-D", "NO_DETACH"), at, root / "fronts.out")


FRONTS: dict[str, Start] = {"nginx": nginx, "apache": apache}


@contextlib.contextmanager
def before(
    servers: Mapping[Name, Listener], start: Start, site: str, values: Callable[[Listener], Mapping[str, str]]
) -> Iterator[Mapping[Name, Listener]]:
    """Run a front that has a site for each server, and give where each server is reached through it.

    ``site`` has ``@port`` where it listens, and a place for each of the values that are made of the server's address.
    """
    if not servers:
        yield {}
        return
    with folder_of(account(USER)) as root, reserved_ports(len(servers)) as ports:
        through = {name: Listener(port=port) for name, port in zip(servers, ports, strict=True)}
        sites = (Conf(site).substitute(values(servers[name]), port=at.port) for name, at in through.items())
        with start(root, "\n".join(sites), next(iter(through.values()))):
            yield through


def status(at: Listener, source: str, request: bytes) -> int:
    """Send a request from an address, and give the answer's status; 0 where the server hangs up on it."""
    with at.connect(source) as connection, connection.makefile("rb") as answer, contextlib.suppress(ConnectionError):
        connection.sendall(request)
        return int((answer.readline() or b"- 0").split()[1])
    return 0


def status_of_second(at: Listener, source: str, request: bytes) -> int:
    """Send a request after another one on the same connection; 0 where the server ends it after the first."""
    with at.connect(source) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with HTTPResponse(connection) as first:
            first.begin()
            first.read()
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return int((answer.readline() or b"- 0").split()[1])
    return 0


def admit(listener: Listener) -> None:
    """Let the fronts' user connect to a unix socket."""
    if listener.path:
        socket = Path(listener.path)
        socket.chmod(0o666)
        socket.parent.chmod(0o711)
