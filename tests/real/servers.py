"""Every WSGI server that is installed, on TCP and on a unix socket; and what a stranger and a listed client get."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.frontends import COMMANDS, NATIVE, Listener, get, installed, running
from tests.real.configuration import USER
from tests.real.forgeries import written
from tests.real.fronts import admit, status
from tests.real.guards import LISTED, STRANGER
from tests.real.modwsgi import mod_wsgi
from tests.real.processes import account, folder_of
from tests.real.programs import found

TCP_ONLY = ("wsgiref", "werkzeug", "mod_wsgi")
SPEAK_HTTP = (*COMMANDS, "mod_wsgi")
SPEAK_UWSGI = tuple(NATIVE)
MIX_NAMES = {"granian", "cheroot", "uwsgi", "wsgiref"}
"""The servers that take X_Forwarded_For for X-Forwarded-For."""


class Server(NamedTuple):
    """A WSGI server, and how it listens."""

    name: str
    unix: bool = False


Servers = Mapping[Server, Listener]


class Way(NamedTuple):
    """A way to a guard: the server that runs it, and the path that names it, through a front if there is one."""

    server: Server
    path: str

    @property
    def header(self) -> str:
        """The header that the guard reads, or one that it does not read if it reads none."""
        name = self.path.split("/")[2]
        return "X-Forwarded-For" if name == "no-header" else name


Ways = Mapping[Way, Listener]


@contextlib.contextmanager
def serving_guards(names: Iterable[str]) -> Iterator[Servers]:
    """Run servers with the guards of ``tests.real.guards`` until the block ends."""
    each = [Server(name, unix) for name in names for unix in (False, True) if not (unix and name in TCP_ONLY)]
    with ExitStack() as processes:
        yield {server: processes.enter_context(_serving(server)) for server in each if _is_installed(server)}


def _is_installed(server: Server) -> bool:
    return bool(found("libapache2-mod-wsgi-py3")) if server.name == "mod_wsgi" else installed(server.name)


@contextlib.contextmanager
def _serving(server: Server) -> Iterator[Listener]:
    if server.name == "mod_wsgi":
        script = Path(__file__).with_name("guards.py").read_text("utf-8")
        with folder_of(account(USER)) as root, mod_wsgi(root, script) as listener:
            yield listener
    else:
        with running(server.name, "tests.real.guards:application", unix=server.unix) as listener:
            admit(listener)
            yield listener


def ways(servers: Servers, paths: Iterable[str]) -> Ways:
    return {Way(server, path): at for path in paths for server, at in servers.items()}


def answers(ways: Ways, lines: Sequence[str]) -> dict[Way, tuple[int, int]]:
    """Give the statuses that a stranger and a listed client get who send these header lines, on each way."""

    def ask(way: Way) -> tuple[int, int]:
        request = get(way.path, *written(lines, way.header))
        return status(ways[way], STRANGER, request), status(ways[way], LISTED, request)

    with ThreadPoolExecutor(5) as pool:  # some servers let no more than that wait
        return dict(zip(ways, pool.map(ask, ways), strict=True))


def servers_that_let_a_stranger_in(ways: Ways, lines: Sequence[str]) -> set[str]:
    return {way.server.name for way, (stranger, _) in answers(ways, lines).items() if stranger == 200}
