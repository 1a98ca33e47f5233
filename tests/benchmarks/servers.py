"""What the guard costs under real servers: requests per second with it, over those without.

    python -m tests.benchmarks.servers [--seconds 2] [--rounds 9]

Two applications of a row are served at the same time by two processes of one server, and wrk asks them by turns,
over connections that stay open; the median round stands for each. Refusals are not logged. The exit status is 1
if a ratio is under its goal, and 2 without wrk.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tests.benchmarks import report
from tests.frontends import Listener, get, running

SERVERS = ("waitress", "gunicorn")


class Row(NamedTuple):
    title: str
    goal: float
    target: str
    status: bytes
    contender: str  # a name in tests.benchmarks.served
    baseline: str


ROWS = (
    Row("ordinary requests", 0.97, "/2015/12/how-to/", b" 200 ", "guarded", "unguarded"),
    Row("denied requests", 0.95, "/xmlrpc.php", b" 403 ", "guarded", "refusing"),
)


def rates(server: str, row: Row, seconds: int, rounds: int) -> list[float]:
    """Give the requests per second of the row's contender and of its baseline."""
    served = "tests.benchmarks.served:"
    with running(server, served + row.contender) as contender, running(server, served + row.baseline) as baseline:
        listeners = contender, baseline
        for listener in listeners:
            assert row.status in listener.ask(get(row.target)).partition(b"\r\n")[0]
        turns = [[rate(listener, row.target, seconds) for listener in listeners] for _ in range(rounds)]
    return [median(turn) for turn in zip(*turns, strict=True)]


def rate(listener: Listener, target: str, seconds: int) -> float:
    url = f"http://127.0.0.1:{listener.port}{target}"
    command = ("wrk", "--threads=1", "--connections=2", f"--duration={seconds}s", url)
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"Requests/sec: +([0-9.]+)", told)[0])


def measured(server: str, row: Row, seconds: int, rounds: int) -> bool:
    contender, baseline = rates(server, row, seconds, rounds)
    title = f"{server}: {row.title}, {contender:,.0f} / {baseline:,.0f} per second"
    return report.row(title, contender / baseline, row.goal, at_least=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure the guard under waitress and gunicorn.")
    parser.add_argument("--seconds", type=int, default=2, help="how long a round lasts (%(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each application (%(default)s)")
    flags = parser.parse_args(argv)
    if report.lacks("wrk"):
        return 2
    report.heading("Requests per second, as a ratio")
    kept = [measured(server, row, flags.seconds, flags.rounds) for server in SERVERS for row in ROWS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
