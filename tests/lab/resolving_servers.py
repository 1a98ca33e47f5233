"""Whose request is it? Asked of nginx and of Apache, running, each with a place for each list of trusted proxies."""

import contextlib
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from operator import attrgetter
from pathlib import Path

from tests.frontends import Listener, get, reserved_ports, serving
from tests.lab.forged import TRUSTED, UNIX, Case
from tests.lab.php import configured
from tests.lab.resolvers import Answer, Answers, Resolver
from tests.real.configuration import USER, Conf
from tests.real.processes import account, folder_of
from tests.real.programs import path
from tests.waiting import PATIENCE

AT_ONCE = 20
"""Requests under way on one connection: so few that what is written and what is answered fits into its buffers."""

_CLIENT = re.compile(rb"X-Client: ([^\r]*)")
_RELEASE = re.compile(rb"Server: (\w+)/([0-9.]+)")
Place = tuple[int, str]


@dataclass(frozen=True)
class Server:
    """A running server: the port and the unix socket at which it trusts each of the lists."""

    places: dict[str, Place]

    def answers(self, cases: Sequence[Case]) -> Answers:
        """Ask all cases, those of one peer and one list over one connection."""
        by = attrgetter("peer", "trusted")
        found: dict[Case, Answer] = {}
        for _, group in groupby(sorted(cases, key=by), by):
            left = list(group)
            while left:
                answered = self._ask(left)
                found |= zip(left, answered, strict=False)
                left = left[len(answered) :]
        return [found[case] for case in cases]

    def _ask(self, cases: Sequence[Case]) -> Answers:
        """Ask up to the first that is refused: there the server hangs up."""
        answered: list[Answer] = []
        with self._connect(cases[0]) as connection, connection.makefile("rb") as stream:
            for at in range(0, len(cases), AT_ONCE):
                sent = cases[at : at + AT_ONCE]
                connection.sendall(b"".join(map(_write_request, sent)))
                for _ in sent:
                    answered.append(_client(_head(stream)))
                    if answered[-1] is None:
                        return answered
        return answered

    def _connect(self, case: Case) -> socket.socket:
        port, unix = self.places[case.trusted]
        if case.peer == UNIX:
            return Listener(path=unix).connect()
        host = "::1" if ":" in case.peer else "127.0.0.1"
        return socket.create_connection((host, port), timeout=PATIENCE, source_address=(case.peer, 0))

    @property
    def listener(self) -> Listener:
        return Listener(port=self.places["no peer"][0])

    def release(self) -> str:
        """Ask for its name and version."""
        found = _RELEASE.search(self.listener.ask(get("/")))
        assert found
        return f"{found[1].decode()} {found[2].decode()}"


def _write_request(case: Case) -> bytes:
    lines = "".join(f"X-Forwarded-For: {line}\r\n" for line in case.lines)
    return f"HEAD / HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode("latin-1")


def _head(stream: Iterable[bytes]) -> bytes:
    """Read up to the blank line."""
    return b"".join(takewhile(b"\r\n".__ne__, stream))


def _client(head: bytes) -> Answer:
    """Read whose request the server took it for; None where it answered 400."""
    found = _CLIENT.search(head)
    assert found or head.startswith(b"HTTP/1.1 400"), head
    return found[1].decode() if found and not head.startswith(b"HTTP/1.1 400") else None


def _filled(frame: str, root: Path, ports: list[int], directive: Callable[[str], str]) -> tuple[Server, str]:
    """Write a frame for each list of trusted proxies, each with a place of its own."""
    places = {name: (port, f"{root}/{port}.socket") for name, port in zip(TRUSTED, ports, strict=True)}
    hosts = [
        Conf(frame).substitute(port=port, socket=unix, directives="\n    ".join(map(directive, TRUSTED[name])))
        for name, (port, unix) in places.items()
    ]
    return Server(places), "\n".join(hosts)


_NGINX = """
    server {
        listen 127.0.0.1:@port;
        listen [::1]:@port;
        listen unix:@socket;
        @directives
        return 204;
    }
"""


@contextlib.contextmanager
def _nginx(root: Path, ports: list[int]) -> Iterator[Server]:
    server, hosts = _filled(
        _NGINX, root, ports, lambda entry: f"set_real_ip_from {'unix:' if entry == 'unix' else entry};"
    )
    conf = configured(root, "resolvers.nginx.conf", hosts=hosts)
    command = (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf)
    with serving(command, server.listener, root / "nginx.out"):
        yield server


_APACHE = """
Listen 127.0.0.1:@port
Listen [::1]:@port
<VirtualHost *:@port>
    @directives
</VirtualHost>
"""


@contextlib.contextmanager
def _apache(root: Path, ports: list[int]) -> Iterator[Server]:
    server, hosts = _filled(
        _APACHE, root, ports, lambda entry: "" if entry == "unix" else f"RemoteIPInternalProxy {entry}"
    )
    conf = configured(root, "resolvers.apache.conf", hosts=hosts, modules=Path(path("apache2-bin")).parent)
    # It looks names up; with no attempts allowed, the C library reads /etc/hosts and asks no name server.
    command = ("env", "RES_OPTIONS=attempts:0", path("apache2"), "-f", conf, "-D", "NO_DETACH")
    with serving(command, server.listener, root / "apache.out"):
        yield server


NGINX, APACHE = "nginx", "Apache"
PROGRAMS = ("nginx", "apache2", "apache2-bin")


@contextlib.contextmanager
def servers() -> Iterator[list[Resolver]]:
    """Run nginx and Apache until the block ends."""
    number = len(TRUSTED)
    with (
        folder_of(account(USER)) as root,
        reserved_ports(2 * number) as ports,
        _nginx(root, ports[:number]) as nginx,
        _apache(root, ports[number:]) as apache,
    ):
        yield [
            Resolver(NGINX, nginx.release(), nginx.answers, lambda _: True),
            Resolver(APACHE, apache.release(), apache.answers),
        ]
