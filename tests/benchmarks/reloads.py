"""What a list that changes costs those who ask meanwhile.

    python -m tests.benchmarks.reloads [--lines 100000] [--reloads 5] [--requests 200] [--rounds 400]

A changed file is read by the guard's own thread, while another answers: forty decisions, between which it waits four
times for a twentieth of a millisecond, as a server does for its client. The median of such a request is set beside that
of the same after the reading; so is the slowest, in milliseconds. A machine with other work makes some requests wait
longer than any reading does, with and without one.

Then a file of one line changes beside the long one. Its time is the processor's. The first two rows are what following
lists costs an ordinary request.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

from tests.benchmarks import contenders as c
from tests.benchmarks import hotpath, report
from tests.benchmarks.loading import wait_for_readings
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.sources import File, LivePolicy


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time requests while a list is read.")
    parser.add_argument("--lines", type=int, default=100_000, help="lines of the list (%(default)s)")
    parser.add_argument("--reloads", type=int, default=5, help="how often it is read (%(default)s)")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=400, help="turns of each contender (%(default)s)")
    flags = parser.parse_args(argv)
    report.heading(f"Time, as a ratio; a list of {flags.lines:,} lines")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        kept = _ordinary(path, hotpath.Rounds(flags.requests, flags.lines, os.environ), flags.rounds)
        kept += _beside(path, flags.lines, flags.reloads)
        kept += [_small_change(path, flags.reloads)]
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


def _beside(path: Path, lines: int, reloads: int) -> list[bool]:
    entries = c.spread(lines)
    _write(path, entries)
    live = LivePolicy(Policy(allow=[]), allow=[File(path)], every=1e9)
    idle, reading, seconds = list[float](), list[float](), list[float]()
    for number in range(reloads):
        _write(path, entries[: -1 - number])
        start = perf_counter()
        reading += _requests(live, _read_once(live))
        seconds.append(perf_counter() - start)
        idle += _requests(live, _pass(seconds[-1]))
    report.note("seconds for a reading beside requests, median", f"{median(seconds):.2f}")
    report.note(
        "milliseconds of a request, median", f"{median(idle) * 1000:.2f}, beside it {median(reading) * 1000:.2f}"
    )
    report.note("the slowest, milliseconds", f"{max(idle) * 1000:.1f}, beside it {max(reading) * 1000:.1f}")
    beyond = max(0.0, max(reading) - max(idle)) * 1000
    return [
        report.row("a request beside a reading / without, median", median(reading) / median(idle), 2),
        report.row("the slowest beside a reading, milliseconds beyond without", beyond, 30 if lines > _LONG else 10),
    ]


_LONG = 100_000


def _requests(live: LivePolicy, over: Callable[[], bool]) -> list[float]:
    """Time requests until something is over."""
    times = list[float]()
    while not times or not over():
        start = perf_counter()
        for _ in range(4):
            for _ in range(10):
                live.current().judge("203.0.113.9")
            sleep(0.00005)
        times.append(perf_counter() - start)
    return times


def _read_once(live: LivePolicy) -> Callable[[], bool]:
    """Have the next request find the list changed; it is over when there is another policy."""
    before = live.current()
    live.expire()
    return lambda: live.current() is not before


def _pass(seconds: float) -> Callable[[], bool]:
    end = perf_counter() + seconds
    return lambda: perf_counter() > end


def _small_change(path: Path, changes: int) -> bool:
    small, clock = path.with_name("small"), count(step=5)
    _write(small, ["192.0.2.0"])
    live = LivePolicy(Policy(allow=["192.0.2.255"]), allow=[File(path), File(small)], clock=lambda: next(clock))
    live.current()  # reads the long one once more, whose stamp is trusted then
    wait_for_readings()
    spent = []
    for number in range(1, changes + 1):
        _write(small, [f"192.0.2.{number}"])
        start = process_time()
        policy = live.current()
        spent.append(process_time() - start)
        assert f"192.0.2.{number}" in policy.allow
    return report.row("one line changed beside the long list, seconds", min(spent), 0.02)


def _write(path: Path, entries: Sequence[str]) -> None:
    path.with_suffix(".new").write_text("\n".join(entries))
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    sys.exit(main())
