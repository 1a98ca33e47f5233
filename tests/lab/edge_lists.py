"""Servers in front whose rule has its lists in a file of their own, which changes while they run."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from tests.frontends import Listener, get, receive, reserved_ports, started, wait_for
from tests.inherited import inherited
from tests.lab.blocks import Block
from tests.lab.edge import EDGES, Edge
from tests.real.configuration import USER, Conf
from tests.real.processes import account, folder_of
from xmlrpc_guard.render import apache, caddy, haproxy, nginx
from xmlrpc_guard.render.apart import Apart, Pair, put_apart
from xmlrpc_guard.render.rule import Line, Rule

RENDERERS: Mapping[str, Callable[[Rule, str], Pair]] = {
    "nginx": nginx.render_apart,
    "Apache": apache.render_apart,
    "Caddy": caddy.render_apart,
    "HAProxy": haproxy.render_apart,
}
_ADMIN = "unix/@root/admin.sock"
_RELOADED: Mapping[str, tuple[str, str]] = {
    "HAProxy": ("-db", "-W -db"),  # a process that stays, and reloads for the others
    "Caddy": ("admin off", f"admin {_ADMIN}"),
}
SITES_WITH_LISTS = [name for name, edge in EDGES.items() if edge.server in RENDERERS and "," not in name]


def apart(server: str, rule: Rule, folder: Path) -> Apart:
    return put_apart(RENDERERS[server], rule, server.lower(), str(folder), f"{folder}/rule")


def block_of(server: str, text: str) -> Block:
    """Put a rule without its lists where its comments say."""
    if server == "nginx":
        return Block(text, f"{nginx.REFUSAL}\n")
    return Block(text) if server == "Apache" else Block(site=text)


def allowing(*clients: str) -> Rule:
    """Give a rule for a server that passes requests on."""
    return Rule(
        tuple(Line(f"{each}/32", "a test") for each in clients), (), (), False, ("xmlrpc.php",), False, False, "a test"
    )


@dataclass
class Running:
    """A server with lists in a file of their own."""

    edge: Edge
    at: Listener
    root: Path
    lists: Path
    process: "subprocess.Popen[bytes]"

    def write(self, rule: Rule) -> None:
        """Replace the lists, as ``render`` does: by another file under their name."""
        new = self.lists.with_name(".new")
        new.write_text(apart(self.edge.server, rule, self.lists.parent).lists, "utf-8")
        new.rename(self.lists)

    def status(self, client: str, path: str = "/xmlrpc.php") -> int:
        with self.at.connect(client) as connection:
            connection.sendall(get(path))
            return int(receive(connection).split()[1])

    def tests(self) -> bool:
        """Return whether the server's own test takes the configuration, lists included."""
        options = {
            "nginx": f"-p {self.root} -e {self.root}/test.log -c {self.root}/edge.conf -t -q",
            "Apache": f"-f {self.root}/edge.conf -t",
            "Caddy": f"validate --adapter caddyfile --config {self.root}/edge.conf",
            "HAProxy": f"-c -f {self.root}/edge.conf",
        }
        return self._run(options[self.edge.server])

    def reload(self) -> bool:
        """Reload as an operator does, after a test; return whether there was anything to reload."""
        if not self.tests():
            return False
        signals = {"nginx": signal.SIGHUP, "Apache": signal.SIGUSR1, "HAProxy": signal.SIGUSR2}
        if self.edge.server == "Caddy":
            address = f"--address unix/{self.root}/admin.sock"
            return self._run(f"reload --adapter caddyfile --config {self.root}/edge.conf {address}")
        os.kill(self.process.pid, signals[self.edge.server])
        return True

    def _run(self, options: str) -> bool:
        environ = inherited(HOME=str(self.root), XDG_CONFIG_HOME=str(self.root))
        command = [self.edge.program(), *options.split()]
        return not subprocess.run(command, env=environ, check=False, capture_output=True, timeout=120).returncode

    def becomes(self, client: str, status: int, seconds: float = 60) -> bool:
        """Wait until a client gets an answer of this status: a reload goes on after its command has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError, IndexError):
                if self.status(client) == status:
                    return True
            time.sleep(0.05)
        return False


@contextmanager
def running(name: str, rule: Rule, upstream: int) -> Iterator[Running]:
    """Run a server in front of an upstream, with the lists of a rule in a file of their own."""
    edge = _with_reloads(EDGES[name])
    with folder_of(account(USER)) as root, reserved_ports(1) as (port,):
        (root / "lists").mkdir()
        written = apart(edge.server, rule, root / "lists")
        Path(written.path).write_text(written.lists, "utf-8")
        text = edge.fill(block_of(edge.server, written.rule), root, {port: upstream})
        (root / "edge.conf").write_text(text, "utf-8")
        options = Conf(edge.command).substitute(root=root).split()
        command = ("env", f"HOME={root}", f"XDG_CONFIG_HOME={root}", edge.program(), *options)
        at = Listener(port=port)
        with started(command, root / "edge.out") as process:
            wait_for(at, process)
            yield Running(edge, at, root, Path(written.path), process)


def _with_reloads(edge: Edge) -> Edge:
    before, after = _RELOADED.get(edge.server, ("", ""))
    return (
        replace(edge, command=edge.command.replace(before, after), frame=edge.frame.replace(before, after))
        if before
        else edge
    )


@dataclass
class Asking:
    """A listed client that asks all the time, each time on a new connection."""

    of: Running
    client: str
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(60)

    def _ask(self) -> None:
        while not self._end.is_set():
            self.asked += 1
            try:
                status = self.of.status(self.client)
            except (OSError, IndexError):
                self.failed.append("no answer")
            else:
                if status != 200:
                    self.failed.append(str(status))
            time.sleep(0.002)
