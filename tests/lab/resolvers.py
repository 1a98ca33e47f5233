"""Whose request is it? Asked of nginx, of Apache and of Python libraries, each through one small adapter."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from itertools import groupby, takewhile
from operator import attrgetter
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from python_ipware import IpWare
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from waitress.proxy_headers import proxy_headers_middleware
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.frontends import Listener, get, reserved_ports, serving
from tests.lab.forged import INNER, SITE, TRUSTED, UNIX, Case
from tests.lab.php import configured
from tests.real.configuration import USER, Conf
from tests.real.processes import account, folder_of
from tests.real.programs import path
from tests.waiting import PATIENCE
from xmlrpc_guard import Policy

Answer = str | None
Answers = Sequence[Answer]


def over_tcp(case: Case) -> bool:
    return case.peer != UNIX


@dataclass(frozen=True)
class Resolver:
    """A server or library that names the client of each case: as text, or None where it refuses the request."""

    name: str
    release: str
    """The program and its version."""
    ask: Callable[[Sequence[Case]], Answers]
    takes: Callable[[Case], bool] = over_tcp
    """Whether its settings have a form for the case."""

    def answers(self, cases: Sequence[Case]) -> Answers:
        """Give the answer to each case, each sent once."""
        distinct = list(dict.fromkeys(cases))
        found = dict(zip(distinct, self.ask(distinct), strict=True))
        return [found[case] for case in cases]


# The guard


_POLICIES = {name: Policy(allow=[], trusted_proxies=proxies) for name, proxies in TRUSTED.items()}


def _guard(cases: Sequence[Case]) -> Answers:
    return [_POLICIES[case.trusted].judge(case.peer, case.forwarded, unix=case.peer == UNIX).client for case in cases]


GUARD = Resolver("xmlrpc_guard", "as it stands", _guard, lambda _: True)

# Servers, running

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


# Python libraries, called


def _environ(case: Case) -> WSGIEnvironment:
    """Write what a server's environ tells of the client, and no more: nothing else is looked at."""
    forwarded = {} if case.forwarded is None else {"HTTP_X_FORWARDED_FOR": case.forwarded}
    return {"REMOTE_ADDR": case.peer, **forwarded}


Wrap = Callable[[WSGIApplication, Case], WSGIApplication]


def _behind(wrap: Wrap) -> Callable[[Sequence[Case]], Answers]:
    """Ask a WSGI middleware: what is REMOTE_ADDR behind it? None where it answers by itself."""

    def answer(case: Case) -> Answer:
        seen: list[str] = []

        def application(environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
            seen.append(environ["REMOTE_ADDR"])
            return []

        wrap(application, case)(_environ(case), lambda *_: BytesIO().write)
        return seen[0] if seen else None

    return lambda cases: list(map(answer, cases))


def _proxy_fix(count: int) -> Callable[[Sequence[Case]], Answers]:
    return _behind(lambda application, _: ProxyFix(application, x_for=count))


def _waitress(count: int) -> Callable[[Sequence[Case]], Answers]:
    def wrap(application: WSGIApplication, case: Case) -> WSGIApplication:
        proxy = next(iter(case.proxies), None)
        return proxy_headers_middleware(application, proxy, count, trusted_proxy_headers={"x-forwarded-for"})

    return _behind(wrap)


def _one_address(case: Case) -> bool:
    """Return whether the peer is trusted by one address or not at all: waitress takes no ranges."""
    return over_tcp(case) and case.trusted in ("no peer", "one address", SITE)


async def _scoped(cases: Sequence[Case]) -> Answers:
    async def nothing(*_: Any) -> Any:
        """Stand for an application, and for what one receives and sends with."""

    found = []
    for case in cases:
        lines = [(b"x-forwarded-for", line.encode("latin-1")) for line in case.lines]
        scope: Any = {"type": "http", "client": (case.peer, 0), "headers": lines}
        await ProxyHeadersMiddleware(nothing, trusted_hosts=case.proxies)(scope, nothing, nothing)
        found.append(scope["client"][0])
    return found


def _uvicorn(cases: Sequence[Case]) -> Answers:
    return asyncio.run(_scoped(cases))


def _ipware(proxies: Callable[[Case], list[str]]) -> Callable[[Sequence[Case]], Answers]:
    def answer(case: Case) -> Answer:
        found, _ = IpWare(proxy_list=proxies(case)).get_client_ip(_environ(case))
        return found and str(found)

    return lambda cases: list(map(answer, cases))


def _in_the_header(case: Case) -> list[str]:
    """Give the proxies that a header names, all but the one that connects: IpWare wants one entry for each of them."""
    return [entry for entry in case.proxies if entry not in (INNER, "unix")]


def _of(package: str) -> str:
    return f"{package} {version(package)}"


PROXY_FIX_1, PROXY_FIX_2 = "ProxyFix(x_for=1)", "ProxyFix(x_for=2)"
WAITRESS_1, WAITRESS_2 = "waitress, count 1", "waitress, count 2"
UVICORN, IPWARE, IPWARE_LIST = "uvicorn", "IpWare()", "IpWare(proxy_list)"
LIBRARIES = [
    Resolver(PROXY_FIX_1, _of("Werkzeug"), _proxy_fix(1)),
    Resolver(PROXY_FIX_2, _of("Werkzeug"), _proxy_fix(2)),
    Resolver(WAITRESS_1, _of("waitress"), _waitress(1), _one_address),
    Resolver(WAITRESS_2, _of("waitress"), _waitress(2), _one_address),
    Resolver(UVICORN, _of("uvicorn"), _uvicorn),
    Resolver(IPWARE, _of("python-ipware"), _ipware(lambda _: [])),
    Resolver(IPWARE_LIST, _of("python-ipware"), _ipware(_in_the_header)),
]
"""What a Python site might take instead."""
