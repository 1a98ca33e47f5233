"""What a refusal costs each edge, and the guard, in one run.

    python -m tests.lab.edge_cost [--seconds 1] [--rounds 5] [--only nginx]

All run at once, and wrk asks one after another for the script, a round each by turns: over connections that stay open
where the server lets them, and with a new connection for each request. What counts is the processor time of the
server's own processes, which other work on the machine changes little: refusals for each second of it, the median
round, as a ratio to the guard under gunicorn.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks import report
from tests.benchmarks.processes import family
from tests.frontends import Listener, get, running
from tests.lab.answering import Answering
from tests.lab.blocks import ours, rule_for
from tests.lab.edge import EDGES, in_front

SERVERS = tuple(name for name in EDGES if "," not in name)
"""The edges, each once."""
GUARDS = {f"the guard under {server}": server for server in ("gunicorn", "waitress", "granian")}
BASELINE = next(iter(GUARDS))
WAYS = {"connections kept": (), "a connection each": ("--header=Connection: close",)}
TICKS = os.sysconf("SC_CLK_TCK")


class Contender(NamedTuple):
    """A server that refuses: where it listens, and its processes."""

    listener: Listener
    processes: frozenset[int]

    def spent(self) -> int:
        """Give the ticks of processor time of the processes, and of those that they started meanwhile."""
        alive = {one for process in self.processes if Path(f"/proc/{process}").exists() for one in family(process)}
        stats = (Path(f"/proc/{process}/stat").read_text("utf-8") for process in alive)
        return sum(int(ticks) for stat in stats for ticks in stat.rpartition(")")[2].split()[11:13])

    def rate(self, seconds: int, options: Sequence[str]) -> float:
        """Give refusals for each second of the processes' time."""
        assert b" 403 " in self.listener.ask(get("/xmlrpc.php")).partition(b"\r\n")[0]
        url = f"http://localhost:{self.listener.port}/xmlrpc.php"
        command = ("wrk", "--threads=1", "--connections=4", f"--duration={seconds}s", *options, url)
        before = self.spent()
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return int(re.findall(r"([0-9]+) requests in", said)[0]) * TICKS / max(self.spent() - before, 1)


@contextmanager
def contenders(names: Sequence[str]) -> Iterator[Mapping[str, Contender]]:
    """Run edges with a rule, and the guard under WSGI servers, until the block ends."""
    with ExitStack() as stack, Answering() as upstream:
        started: dict[str, Contender] = {}
        for name in names:
            before = {*family(os.getpid())}
            if name in GUARDS:
                at = stack.enter_context(running(GUARDS[name], "tests.benchmarks.served:guarded"))
            else:
                block = ours(EDGES[name].server, rule_for(runs_php=False))
                (at,) = stack.enter_context(in_front(name, block, [upstream.port]))
            started[name] = Contender(at, frozenset(family(os.getpid())) - before)
        yield started


def measure(names: Sequence[str], seconds: int, rounds: int, options: Sequence[str]) -> dict[str, float]:
    """Give refusals per second of processor time, by contender."""
    with contenders(names) as started:
        each = [{name: one.rate(seconds, options) for name, one in started.items()} for _ in range(rounds)]
    return {name: median(rates[name] for rates in each) for name in names}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure what a refusal costs each edge, and the guard.")
    parser.add_argument("--seconds", type=int, default=1, help="how long a round asks each (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (%(default)s)")
    parser.add_argument("--only", choices=SERVERS, help="this server, beside the guard under gunicorn")
    flags = parser.parse_args(argv)
    if report.lacks("wrk"):
        return 2
    installed = [name for name in SERVERS if EDGES[name].program()]
    names = [flags.only, BASELINE] if flags.only else [*installed, *GUARDS]
    report.heading("Refusals per second of processor time, as a ratio to the guard under gunicorn")
    for way, options in WAYS.items():
        rates = measure(names, flags.seconds, flags.rounds, options)
        for name, rate in rates.items():
            report.note(f"{name}, {way}: {rate:,.0f}", f"{rate / rates[BASELINE]:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
