"""What long lists cost the servers in front: ``python -m tests.lab.edge_sizes`` prints a table of evidence/edge.md.

Processor time is that of the machine that runs this, so each column is to be read against its first row.
"""

import os
import random
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from ipaddress import ip_address
from pathlib import Path

from tests.benchmarks.processes import family
from tests.frontends import Listener
from tests.lab.answering import Answering
from tests.lab.blocks import STRANGER, ours
from tests.lab.edge import EDGES, in_front
from tests.lab.edge_lists import SITES_WITH_LISTS, Running, allowing, running
from xmlrpc_guard.render.rule import Line, Rule

LISTED, NEW = "127.0.0.2", "127.0.0.3"
ENTRIES = 100_000
_REFUSALS = 1000
_SIXTH = 6  # every sixth entry is of IPv6


def rule_of(entries: int, *clients: str) -> Rule:
    """Give a rule with so many entries that no client here has, and the clients."""
    chosen = random.Random(entries)
    numbers = sorted(chosen.sample(range(1 << 24), entries))
    addresses = (_address(place, number) for place, number in enumerate(numbers))
    lines = tuple(
        Line(each, f"/etc/xmlrpc-guard/long.txt:{place} of 2026-11-30") for place, each in enumerate(addresses)
    )
    return Rule((*lines, *allowing(*clients).allow), (), (), False, ("xmlrpc.php",), False, False, "a test")


def _address(place: int, number: int) -> str:
    if place % _SIXTH:
        return f"{ip_address((100 << 24) | number)}/32"
    return f"{ip_address((0x20010DB8 << 96) | (number << 64))}/64"


@dataclass
class Cost:
    """What a server spends on a list."""

    test: float = 0
    """Seconds of processor time for its own test."""
    memory: float = 0
    """Megabytes that all its processes hold, with shared pages counted once."""
    reload: float = 0
    """The most megabytes during a reload."""
    refusal: float = 0
    """Milliseconds of processor time for a refusal."""


def _processes() -> list[int]:
    """Give the server's processes, which are all that this one has started."""
    while True:
        with suppress(FileNotFoundError):  # a thread has ended meanwhile
            return [process for process in family(os.getpid()) if process != os.getpid()]


def _memory() -> float:
    total = 0
    for process in _processes():
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8")
        except OSError:  # one that has ended
            continue
        total += int(text.partition("\nPss:")[2].split()[0]) if "\nPss:" in text else 0
    return total / 1024


def _cpu() -> float:
    ticks = 0
    for process in _processes():
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _refusal(at: Listener) -> float:
    """Refuse a stranger often; give the milliseconds of processor time for each time."""
    request = b"GET /xmlrpc.php HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert b" 403 " in at.ask(request).partition(b"\r\n")[0]
    before = _cpu()
    for _ in range(_REFUSALS):
        at.ask(request)
    return (_cpu() - before) * 1000 / _REFUSALS


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Look at the memory until the block ends."""
    seen, end = [_memory()], threading.Event()

    def look() -> None:
        while not end.wait(0.05):
            with suppress(OSError):  # a process may end meanwhile
                seen.append(_memory())

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    end.set()
    thread.join()


def _test(server: Running) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert server.tests()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name: str, entries: int, upstream: int) -> Cost:
    with running(name, rule_of(entries, LISTED), upstream) as server:
        assert [server.status(client) for client in (LISTED, NEW, STRANGER)] == [200, 403, 403]
        cost = Cost(test=_test(server), memory=_memory(), refusal=_refusal(server.at))
        server.write(rule_of(entries, LISTED, NEW))
        with _watched() as seen:
            assert server.reload()
            assert server.becomes(NEW, 200, 300)
            time.sleep(1)
        cost.reload = max(seen)
        return cost


def measure_traefik(entries: int, upstream: int) -> Cost:
    """Traefik has no test of its own, and reads the rule again by itself."""
    with in_front("Traefik", ours("Traefik", rule_of(entries, LISTED)), [upstream]) as (at,):
        return Cost(memory=_memory(), refusal=_refusal(at))


def rows(entries: int) -> Iterator[str]:
    with Answering() as upstream:
        for name in SITES_WITH_LISTS:
            yield _row(name, measure(name, 1, upstream.port), measure(name, entries, upstream.port))
        if EDGES["Traefik"].program():
            yield _row("Traefik", measure_traefik(1, upstream.port), measure_traefik(entries, upstream.port))


def _row(name: str, few: Cost, many: Cost) -> str:
    pairs = zip(astuple(few), astuple(many), strict=True)
    cells = (f"{less:.2f} → {more:.2f}" if more < _SMALL else f"{less:.0f} → {more:.0f}" for less, more in pairs)
    return f"| {EDGES[name].server} {_version(name)} | {' | '.join(cells)} |".replace("0.00 → 0.00", "none")


_SMALL = 10


def _version(name: str) -> str:
    edge = EDGES[name]
    flag = "version" if edge.server in ("Caddy", "Traefik") else "-v"
    said = subprocess.run([edge.program(), flag], check=True, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+", said.stdout + said.stderr)
    return found[0] if found else ""


def main() -> None:
    columns = "test, s | memory, MB | during a reload, MB | a refusal, ms"
    print(f"| server | {columns} |\n|---|---|---|---|---|", flush=True)
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES):
        print(row, flush=True)


if __name__ == "__main__":
    main()
