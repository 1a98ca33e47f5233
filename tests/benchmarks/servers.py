"""What the guard costs under real servers: requests per second with it, over those without.

    python -m tests.benchmarks.servers [--seconds 2] [--rounds 9]

In each round two processes of one server serve the two applications of a row, on one core, and two processes of wrk
ask them from another, over connections that stay open. They ask by turns of a twentieth of a second, since a shared
machine's speed was seen to double and halve from one second to the next: rounds of an application against itself came
out at 0.79 to 1.54 by turns of two seconds on either core, and at 0.96 to 1.06 so. They do not ask at once: two
servers on one core, with a connection each, were seen to answer in step, a slow one as often as a fast one. The
median round counts. Refusals are not logged. The exit status is 1 if a ratio is under its goal, and 2 without wrk.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from statistics import median
from time import perf_counter, sleep
from typing import NamedTuple

from tests.benchmarks import report
from tests.frontends import Listener, get, running

SERVERS = ("waitress", "gunicorn")
TURN = 0.05  # seconds


class Row(NamedTuple):
    title: str
    goal: float
    target: str
    status: bytes
    contender: str  # a name in tests.benchmarks.served
    baseline: str


ROWS = (
    Row("ordinary", 0.97, "/2015/12/how-to/", b" 200 ", "guarded", "unguarded"),
    Row("denied", 0.95, "/xmlrpc.php", b" 403 ", "guarded", "refusing"),
)


def rates(server: str, row: Row, seconds: float) -> list[float]:
    """Give the requests per second of the row's contender and of its baseline."""
    cores = sorted(os.sched_getaffinity(0))
    with on(cores[0]), serving(server, row.contender) as contender, serving(server, row.baseline) as base:
        for listener in (contender, base):
            assert row.status in listener.ask(get(row.target)).partition(b"\r\n")[0]
        with on(cores[-1]), wrk(contender, row.target) as one, wrk(base, row.target) as other:
            return by_turns((one, other), seconds)


def serving(server: str, application: str) -> AbstractContextManager[Listener]:
    return running(server, f"tests.benchmarks.served:{application}")


@contextmanager
def on(core: int) -> Iterator[None]:
    """Have what is started in the block run on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def wrk(listener: Listener, target: str, *fields: str) -> Iterator[subprocess.Popen[str]]:
    """Start wrk, and halt it at once: it asks in its turns only, with these header fields."""
    url = f"http://127.0.0.1:{listener.port}{target}"
    command = (
        "wrk",
        "--threads=1",
        "--connections=2",
        "--duration=1h",
        *(f"--header={field}" for field in fields),
        url,
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        process.send_signal(signal.SIGSTOP)
        try:
            yield process
        finally:
            process.kill()


def by_turns(clients: Sequence[subprocess.Popen[str]], seconds: float) -> list[float]:
    turns = [[turn(client, signal.SIGSTOP) for client in clients] for _ in range(round(seconds / TURN))]
    turns.append([turn(client, signal.SIGINT) for client in clients])  # at which wrk says how much it got done
    return [answers(client) / sum(spent) for client, spent in zip(clients, zip(*turns, strict=True), strict=True)]


def turn(client: subprocess.Popen[str], end: signal.Signals) -> float:
    """Let a halted client run for a turn, and give the seconds until the signal for its end took effect."""
    start = perf_counter()
    client.send_signal(signal.SIGCONT)
    sleep(TURN)
    client.send_signal(end)
    os.waitid(os.P_PID, client.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return perf_counter() - start


def answers(client: subprocess.Popen[str]) -> int:
    return int(re.findall(r"([0-9]+) requests in", client.communicate()[0])[0])


def measured(server: str, row: Row, seconds: float, rounds: int) -> bool:
    turns = [rates(server, row, seconds) for _ in range(rounds)]
    contender, baseline = (median(rate) for rate in zip(*turns, strict=True))
    title = f"{server}, {row.title}: {contender:,.0f} / {baseline:,.0f} a second"
    return report.row(title, median(guarded / bare for guarded, bare in turns), row.goal, at_least=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure the guard under waitress and gunicorn.")
    parser.add_argument("--seconds", type=float, default=2, help="how long a round asks each (%(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds, each with fresh servers (%(default)s)")
    flags = parser.parse_args(argv)
    if report.lacks("wrk"):
        return 2
    report.heading("Requests per second, as a ratio")
    kept = [measured(server, row, flags.seconds, flags.rounds) for server in SERVERS for row in ROWS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
