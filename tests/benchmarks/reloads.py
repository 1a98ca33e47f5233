"""What a list that changes costs those who ask meanwhile.

    python -m tests.benchmarks.reloads [--lines 100000] [--reloads 5] [--requests 200] [--rounds 400]

One thread reads a changed file, another decides requests all the while and times each. Python lets one thread run at
a time and asks it to give way every 5 ms, so a deciding thread waits now and then, whether others run or not: the
slowest decision during a reload is set beside the slowest beside a thread that only counts. The first two rows are
what following lists costs an ordinary request.
"""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.benchmarks import contenders as c
from tests.benchmarks import hotpath, report
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.sources import File, LivePolicy


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time decisions while a list is read.")
    parser.add_argument("--lines", type=int, default=100_000, help="lines of the list (%(default)s)")
    parser.add_argument("--reloads", type=int, default=5, help="how often it is read (%(default)s)")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=400, help="turns of each contender (%(default)s)")
    flags = parser.parse_args(argv)
    report.heading(f"Time, as a ratio; a list of {flags.lines:,} lines")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        kept = _ordinary(path, hotpath.Rounds(flags.requests, flags.lines, os.environ), flags.rounds)
        _beside(path, flags.lines, flags.reloads)
    return 0 if all(kept) else 1


def _ordinary(path: Path, make: hotpath.Rounds, rounds: int) -> list[bool]:
    _write(path, c.EIGHT_RANGES)
    live = XMLRPCGuard(c.inner, LivePolicy(Policy(allow=[]), allow=[File(path)]))
    empty, fixed = c.Passing(c.inner), c.guard(c.inner)
    ask = make.asking
    rows = [
        hotpath.Row("ordinary path, LivePolicy / empty class", 1.9, ask(live, c.ordinary), ask(empty, c.ordinary)),
        hotpath.Row("ordinary path, LivePolicy / Policy", 1.1, ask(live, c.ordinary), ask(fixed, c.ordinary)),
    ]
    return [hotpath.show(row, rounds) for row in rows]


def _beside(path: Path, lines: int, reloads: int) -> None:
    entries = c.spread(lines)
    _write(path, entries)
    asking = threading.get_ident()
    live = LivePolicy(Policy(allow=[]), allow=[File(path)], clock=lambda: 0 if threading.get_ident() == asking else inf)
    reading, counting, seconds = list[float](), list[float](), list[float]()
    for number in range(reloads):
        _write(path, entries[: -1 - number])
        start = perf_counter()
        reading += _decisions(live, live.current)
        seconds.append(perf_counter() - start)
        counting += _decisions(live, lambda: _count(seconds[-1]))
    typical = median(reading)
    report.note("seconds for a reload beside a thread that decides, median", f"{median(seconds):.2f}")
    report.note("decisions in that time, each reload", f"{len(reading) // reloads:,}")
    report.note("slowest decision during a reload / median", f"{max(reading) / typical:,.0f}")
    report.note("slowest beside a thread that counts / median", f"{max(counting) / typical:,.0f}")
    report.note("slowest during a reload, milliseconds", f"{max(reading) * 1000:.1f}")


def _decisions(live: LivePolicy, work: Callable[[], object]) -> list[float]:
    """Decide by the active policy while another thread does its work, and time each decision."""
    policy, times = live.current, list[float]()
    with _working(work) as working:
        while not times or working.is_alive():
            start = perf_counter()
            policy().judge("203.0.113.9")
            times.append(perf_counter() - start)
    return times


@contextmanager
def _working(work: Callable[[], object]) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join()


def _count(seconds: float) -> None:
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


def _write(path: Path, entries: Sequence[str]) -> None:
    path.with_suffix(".new").write_text("\n".join(entries))
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    sys.exit(main())
