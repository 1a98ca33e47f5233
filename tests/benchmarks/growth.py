"""How the cost of a request grows: with its path, its header, the scripts, the ranges, the threads that answer.

    python -m tests.benchmarks.growth [--rounds 7] [--into docs/evidence]

Each row is measured at four sizes, the fastest of the rounds at each. The exponent is the slope of the line through
them where both axes are logarithmic: 1 is linear, 0 is flat. The exit status is 1 if one is over its limit. With
--into the picture of the manual is drawn.
"""

import argparse
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import log
from pathlib import Path
from statistics import linear_regression
from time import process_time
from typing import NamedTuple

from tests.benchmarks import contenders as c
from tests.benchmarks import report
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.client import TrustedProxies, forwarded_client
from xmlrpc_guard.records import logger
from xmlrpc_guard.target import Scripts

LENGTHS = (1_000, 4_000, 16_000, 64_000)
NUMBERS = (1, 10, 100, 1_000, 10_000)
LINEAR, FLAT = 1.05, 0.1
SECONDS = 0.005  # of a round, at the least: the clock of the processor is coarse

Ask = Callable[[], object]


class Row(NamedTuple):
    title: str
    limit: float
    sizes: Sequence[int]
    make: Callable[[int], Ask]
    """Gives what is measured, at a size."""


def path_of(piece: str) -> Callable[[int], Ask]:
    scripts = Scripts(["xmlrpc.php"])

    def make(length: int) -> Ask:
        path = "/" + piece * (length // len(piece))
        return lambda: scripts.reached_by(path)

    return make


def header_of(entries: int) -> Ask:
    proxies, header = TrustedProxies(["10.0.0.0/8"]), "192.0.64.5, " * entries + "203.0.113.9"
    return lambda: forwarded_client(header, proxies)


def scripts_of(path: str) -> Callable[[int], Ask]:
    def make(number: int) -> Ask:
        names = ["xmlrpc.php", *(f"{index * 2654435761 % 65521:x}-{index:x}.php" for index in range(1, number))]
        guard = XMLRPCGuard(c.null(c.inner), Policy(allow=["::1"], scripts=names))
        environ = c.request(path)
        return lambda: guard(environ, c.start_response)

    return make


def ranges_of(number: int) -> Ask:
    policy = Policy(allow=c.spread(number))
    return lambda: policy.judge_environ({"REMOTE_ADDR": "203.0.113.9"})


def threads_of(number: int) -> Ask:
    """Give what refuses as often whatever the number of threads, which share the requests."""
    guard = XMLRPCGuard(c.null(c.inner), Policy(allow=c.EIGHT_RANGES))
    pool = ThreadPoolExecutor(number)

    def refuse(requests: int) -> None:
        for index in range(requests):
            guard(c.stranger(index), c.start_response)

    return lambda: deque(pool.map(refuse, [REFUSALS // number] * number), 0)


REFUSALS = 1600

ROWS = (
    Row("path without a dot", LINEAR, LENGTHS, path_of("/a-page")),
    Row("path of dots", LINEAR, LENGTHS, path_of("/a.page")),
    Row("path of near misses", LINEAR, LENGTHS, path_of("/xmlrpc.ph")),
    Row("path of escapes", LINEAR, LENGTHS, path_of("/%D1%84.jpg")),
    Row("path of nested escapes", LINEAR, LENGTHS, path_of("%25252e")),
    Row("entries of X-Forwarded-For", FLAT, NUMBERS, header_of),
    Row("scripts, an ordinary path", FLAT, NUMBERS, scripts_of("/2015/12/how-to/")),
    Row("scripts, an asset", FLAT, NUMBERS, scripts_of("/wp-content/themes/photo/style.min.css")),
    Row("ranges, a denied client", FLAT, (8, 1_000, 10_000, 100_000), ranges_of),
    Row(f"threads, {REFUSALS:,} denied in all", FLAT, (1, 2, 4, 16), threads_of),
)


def measure(row: Row, rounds: int) -> dict[int, float]:
    """Give the seconds of processor time at each size."""
    asked = {size: row.make(size) for size in row.sizes}
    return {size: min(seconds(ask) for _ in range(rounds)) for size, ask in asked.items()}


def seconds(ask: Ask) -> float:
    times, spent = 1, 0.0
    while spent < SECONDS:
        times *= 2
        start = process_time()
        for _ in range(times):
            ask()
        spent = process_time() - start
    return spent / times


def list_times(measured: Mapping[int, float]) -> str:
    return ", ".join(f"{size:,}: {taken * 1e6:.3g} µs" for size, taken in measured.items())


def exponent(measured: Mapping[int, float]) -> float:
    """Give the slope of the line of least squares, both axes being logarithmic.

    >>> round(exponent({1: 3.0, 10: 30.0, 100: 300.0}), 6), round(exponent({1: 3.0, 10: 3.0}), 6)
    (1.0, 0.0)
    """
    points = [(log(size), log(taken)) for size, taken in measured.items()]
    return linear_regression(*zip(*points, strict=True)).slope


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure how the cost of a request grows.")
    parser.add_argument("--rounds", type=int, default=7, help="times each size is measured (%(default)s)")
    parser.add_argument("--into", type=Path, help="a folder to draw the picture to")
    flags = parser.parse_args(argv)
    logger.disabled = True
    report.heading("Exponents of growth")
    measured = {row: measure(row, flags.rounds) for row in ROWS}
    kept = [report.row(row.title, exponent(m), row.limit, spread=list_times(m)) for row, m in measured.items()]
    if flags.into:
        from tests.benchmarks.charts import draw_growth  # noqa: PLC0415 - matplotlib takes long to import

        draw_growth({f"{row.title}: {exponent(m):.2f}": m for row, m in measured.items()}, flags.into / "growth.svg")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
