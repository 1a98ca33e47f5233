"""What the guard costs a request, counted in machine instructions: ratios that do not depend on the machine's mood.

    python -m tests.benchmarks.instructions [--requests 400]

A fresh interpreter under valgrind answers so many requests, and another twice as many: the difference is what
the requests took. The same for an application that does nothing is the cost of making and asking, which is
subtracted. The exit status is 1 if a ratio is over its limit, and 2 without valgrind.

Instructions are not time. A denied request takes 0.026 of the naive guard's time and 0.0275 to 0.0295 of its
instructions (Python 3.11 and 3.13), since the naive guard gets fewer of its own done in a nanosecond: some 11, where
the guard gets 14. The limit is 0.030 for both. The ordinary path is at 2.05 and 1.94.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from tests.benchmarks import children, report
from tests.benchmarks.contenders import (
    Naive,
    Passing,
    guard,
    null,
    ordinary,
    recorded,
    sampled,
    stranger,
    uncounted,
)

Wrap = Callable[[WSGIApplication], WSGIApplication]
Make = Callable[[int], WSGIEnvironment]


class Row(NamedTuple):
    title: str
    limit: float
    contender: Wrap
    baseline: Wrap
    make: Make


ROWS = (
    Row("ordinary path / empty class", 2.2, guard, Passing, ordinary),
    Row("denied request / naive guard", 0.030, guard, Naive, stranger),
    Row("denied request / the guard without its count", 1.10, guard, uncounted, stranger),
    Row("denied in a flood, sampled / with its line", 0.25, sampled, recorded, stranger),
)

VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
# Compiled once and not looked at again: a source that is edited during the run would be compiled in some children.
COMPILE = """
import compileall, py_compile
for folder in "xmlrpc_guard", "tests":
    compileall.compile_dir(folder, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
CHILD = """
import gc
from tests.benchmarks import contenders
from xmlrpc_guard.records import logger
gc.disable()
logger.disabled = True
app = contenders.{wrap}(contenders.inner)
environs = [contenders.{make}(number) for number in range({number})]
for environ in environs:
    app(environ, contenders.start_response)
"""


def ratio(row: Row, count: Callable[[Wrap, Make, int], int], requests: int) -> float:
    """Give how many times the baseline's instructions the contender takes."""
    runs = [(wrap, row.make, number) for wrap in (row.contender, row.baseline, null) for number in (2, 1)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = list(pool.map(lambda run: count(run[0], run[1], run[2] * requests), runs))
    contender, baseline, nothing = (more - less for more, less in zip(counts[::2], counts[1::2], strict=True))
    assert min(contender, baseline) > nothing > 0, f"counts that cannot be: {counts}"
    return (contender - nothing) / (baseline - nothing)


def instructions(environment: Mapping[str, str], wrap: Wrap, make: Make, number: int) -> int:
    """Count what a fresh interpreter executes from its start to its end, answering ``number`` requests."""
    errors = children.run(child(wrap, make, number), environment, *VALGRIND).stderr
    return int(re.findall(r"I +refs: +([0-9,]+)", errors)[0].replace(",", ""))


def child(wrap: Wrap, make: Make, number: int) -> str:
    return CHILD.format(wrap=wrap.__name__, make=make.__name__, number=number)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Count the instructions of the guard and of other middleware.")
    parser.add_argument("--requests", type=int, default=400, help="requests by which two runs differ (%(default)s)")
    flags = parser.parse_args(argv)
    if report.lacks("valgrind"):
        return 2
    report.heading("Instructions, as a ratio")
    with children.compiling() as environment:
        children.run(COMPILE, environment)
        children.run(child(guard, ordinary, 1), environment)  # compiles what else it imports
        count = cache(partial(instructions, environment))
        kept = [report.row(row.title, ratio(row, count, flags.requests), row.limit) for row in ROWS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
