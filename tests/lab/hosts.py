"""The set-ups, running: one process a server program, a port and a document root each set-up."""

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

from tests.frontends import Listener, reserved_ports
from tests.lab.php import fpm, write_ini
from tests.lab.phpservers import STARTED, Host
from tests.lab.setups import Setup
from tests.lab.tree import plant
from tests.real.configuration import USER
from tests.real.processes import account, folder_of


@contextlib.contextmanager
def hosts(setups: Sequence[Setup]) -> Iterator[dict[str, Host]]:
    """Run set-ups until the block ends; by their names."""
    with folder_of(account(USER)) as root, ExitStack() as running:
        write_ini(root, {})
        ports = running.enter_context(reserved_ports(len(setups)))
        all_hosts = [_host(root, setup, port) for setup, port in zip(setups, ports, strict=True)]
        running.enter_context(fpm(root))
        for server, members in groupby(sorted(all_hosts, key=_server), _server):
            for process in STARTED[server](root, list(members)):
                running.enter_context(process)
        yield {host.setup.name: host for host in all_hosts}


def _server(host: Host) -> str:
    return host.setup.server


def _host(root: Path, setup: Setup, port: int) -> Host:
    folder, log = root / f"www{port}", root / f"ran{port}.log"
    plant(setup, folder, log)
    return Host(setup, folder, log, Listener(port=port))
