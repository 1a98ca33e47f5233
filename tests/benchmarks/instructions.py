"""What the guard costs a request, counted in machine instructions: ratios that do not depend on the machine's mood.

    python -m tests.benchmarks.instructions [--requests 150] [--turns 5]

A fresh interpreter under valgrind answers the requests of each row by each contender, and has valgrind count from the
first to the last. The same for an application that does nothing is the cost of asking, which is subtracted. The first
turn only warms up; the median of the others stands, since a turn in which memory is laid out badly takes up to a tenth
more. The exit status is 1 if a ratio is over its limit, and 2 without valgrind or a C compiler.

Instructions are not time. The limits are those of Python 3.11; a later one takes other instructions for the same.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication

from tests.benchmarks import children, report
from tests.benchmarks import contenders as c

Wrap = Callable[[WSGIApplication], Callable[[Any, Any], object]]
Make = Callable[[int], object]
Pair = tuple[str, str, int]
"""The names of a contender and of what makes its requests, and how many times fewer there are."""


class Row(NamedTuple):
    title: str
    limit: float
    contender: Wrap
    baseline: Wrap
    make: Make
    fewer: int = 1
    """How many times fewer requests than the others this row gets."""


ROWS = (
    Row("ordinary path / empty class", 1.75, c.guard, c.Passing, c.ordinary),
    Row("ordinary path, RAW_URI / empty class", 1.95, c.guard, c.Passing, c.ordinary_raw),
    Row("path and query, both raw keys / empty class", 2.3, c.guard, c.Passing, c.with_query),
    Row("static asset / empty class", 2.3, c.guard, c.Passing, c.static_asset),
    Row("asset with ?ver=, both raw keys / empty class", 2.95, c.guard, c.Passing, c.asset_with_version),
    Row("non-ASCII permalink, RAW_URI / empty class", 4.35, c.guard, c.Passing, c.non_ascii_raw),
    Row("upload with an escaped name, RAW_URI / empty class", 4.7, c.guard, c.Passing, c.escaped_upload),
    Row("ordinary path, SCRIPT_NAME, RAW_URI / empty class", 2.2, c.guard, c.Passing, c.mounted_raw),
    Row("path and query, SCRIPT_NAME, both / empty class", 2.6, c.guard, c.Passing, c.mounted_query),
    Row("static asset, SCRIPT_NAME, RAW_URI / empty class", 2.7, c.guard, c.Passing, c.mounted_asset),
    Row("escaped upload, SCRIPT_NAME, RAW_URI / empty class", 5, c.guard, c.Passing, c.mounted_upload),
    Row("ordinary path, LivePolicy / Policy", 1.03, c.live, c.guard, c.ordinary),
    Row("denied request / naive guard", 0.026, c.guard, c.Naive, c.stranger),
    Row("denied request / the guard without its count", 1.10, c.guard, c.uncounted, c.stranger),
    Row("denied in a flood, sampled / with its line", 0.25, c.sampled, c.recorded, c.stranger),
    Row("Networks of 2,000 ranges / netaddr.IPSet", 0.33, c.networks, c.ip_set, c.list_v4, 50),
    Row("the same, IPv6", 0.24, c.networks, c.ip_set, c.list_v6, 50),
    Row("a list file with comments / netaddr.IPSet", 0.4, c.list_file, c.ip_set, c.list_v4, 50),
)

_COUNTER = """
#include <valgrind/callgrind.h>
void zero(void) { CALLGRIND_ZERO_STATS; }
void dump(const char *title) { CALLGRIND_DUMP_STATS_AT(title); }
"""
# Compiled once and not looked at again: a source that is edited during the run would be compiled in some children.
COMPILE = """
import compileall, py_compile
for folder in "xmlrpc_guard", "tests":
    compileall.compile_dir(folder, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
CHILD = """
import ctypes, gc
from tests.benchmarks import contenders
from xmlrpc_guard.records import logger
counter = ctypes.CDLL({counter!r})
gc.disable()
def ask(app, environs, start_response):
    for environ in environs:
        app(environ, start_response)
for wrap, make, fewer in {pairs}:
    logger.disabled = True
    app = getattr(contenders, wrap)(contenders.inner)
    for turn in range({turns} + 1):
        environs = [getattr(contenders, make)(number) for number in range(max(1, {requests} // fewer))]
        counter.zero()
        ask(app, environs, contenders.start_response)
        counter.dump(f"{{wrap}} {{make}} {{fewer}} {{turn}}".encode())
"""


def ratio(row: Row, counts: Mapping[Pair, float]) -> float:
    """Give how many times the baseline's instructions the contender takes."""
    contender, baseline, nothing = (counts[pair] for pair in pairs_of(row))
    assert min(contender, baseline) > nothing > 0, f"counts that cannot be: {counts}"
    return (contender - nothing) / (baseline - nothing)


def pairs_of(row: Row) -> list[Pair]:
    return [(wrap.__name__, row.make.__name__, row.fewer) for wrap in (row.contender, row.baseline, c.null)]


def count(rows: Iterable[Row], requests: int, turns: int) -> dict[Pair, float]:
    """Count the instructions of so many requests for each contender of each row."""
    pairs = list(dict.fromkeys(pair for row in rows for pair in pairs_of(row)))
    with TemporaryDirectory() as name, children.compiling() as environment:
        counter = compile_counter(Path(name))
        code = CHILD.format(counter=str(counter), pairs=pairs, turns=turns, requests=requests)
        children.run(COMPILE, environment)
        children.run(code.replace(f"{requests} // fewer", "1"), environment)  # compiles what else it imports
        children.run(code, environment, "valgrind", "--tool=callgrind", f"--callgrind-out-file={name}/out")
        texts = [path.read_text("utf-8") for path in Path(name).glob("out.*")]
    return medians(filter(None, map(read_count, texts)))


def compile_counter(folder: Path) -> Path:
    """Compile the library by which a program under valgrind says what to count."""
    source, library = folder / "counter.c", folder / "counter.so"
    source.write_text(_COUNTER, "ascii")
    subprocess.run(("gcc", "-O1", "-shared", "-fPIC", "-o", library, source), check=True)
    return library


def read_count(text: str) -> tuple[Pair, int, int] | None:
    """Read one of valgrind's files: contender, requests and turn, and the instructions; None for the last one."""
    title = re.search(r"(?m)^desc: Trigger: Client Request: (\S+) (\S+) (\d+) (\d+)$", text)
    total = re.search(r"(?m)^(?:summary|totals): (\d+)", text)
    return ((title[1], title[2], int(title[3])), int(title[4]), int(total[1])) if title and total else None


def medians(counted: Iterable[tuple[Pair, int, int]]) -> dict[Pair, float]:
    """Give the median of each pair's turns but the first."""
    of_each: dict[Pair, list[int]] = {}
    for pair, turn, instructions in counted:
        of_each.setdefault(pair, []).extend([instructions] * (turn > 0))
    return {pair: median(turns) for pair, turns in of_each.items()}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Count the instructions of the guard and of other middleware.")
    parser.add_argument("--requests", type=int, default=150, help="requests in a turn (%(default)s)")
    parser.add_argument("--turns", type=int, default=5, help="turns that count (%(default)s)")
    flags = parser.parse_args(argv)
    if report.lacks("valgrind") or report.lacks("gcc"):
        return 2
    report.heading("Instructions, as a ratio")
    counts = count(ROWS, flags.requests, flags.turns)
    kept = [report.row(row.title, ratio(row, counts), row.limit) for row in ROWS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
