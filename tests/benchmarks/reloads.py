"""What a list that changes costs those who ask meanwhile.

    python -m tests.benchmarks.reloads [--lines 100000 1000000] [--reloads 9] [--requests 200] [--rounds 400]

A changed file is read by the guard's own thread, while another answers: forty decisions, between which it waits four
times for a twentieth of a millisecond, as a server does for its client. After each reading it answers for as long
without one, and the two are compared: their median requests, and their slowest ones. The median of the readings counts;
the least and the most stand beside it. A machine with other work makes some requests wait longer than any reading does,
with and without one.

So what a request may have to wait for is measured once more, in a way that does not depend on other work: the time of
the processor that the reading takes between two points at which it lets others run. These are its own pauses, and
what is done without the interpreter's lock: reading the file, hashing it, giving memory back.

Then a file of one line changes beside the long one. Its time is the processor's. The first two rows are what following
lists costs an ordinary request.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep, thread_time
from typing import Any, NamedTuple
from unittest import mock

from tests.benchmarks import contenders as c
from tests.benchmarks import hotpath, report
from tests.benchmarks.loading import wait_for_readings
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.live import apart, file, policy
from xmlrpc_guard.sources import File, LivePolicy


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time requests while a list is read.")
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000], help="lines of the lists")
    parser.add_argument("--reloads", type=int, default=9, help="how often each is read (%(default)s)")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=400, help="turns of each contender (%(default)s)")
    flags = parser.parse_args(argv)
    report.heading("Time, as a ratio, and milliseconds")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        kept = _ordinary(path, hotpath.Rounds(flags.requests, flags.lines[0], os.environ), flags.rounds)
        for lines in flags.lines:
            kept += _beside(path, lines, flags.reloads)
            kept += [_small_change(path, lines, flags.reloads)]
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


class _Reload(NamedTuple):
    """One reading of a changed list, and as long a time without one after it."""

    seconds: float
    reading: Sequence[float]
    """The seconds of each request beside it."""
    idle: Sequence[float]
    pieces: Sequence[float]
    """The processor's seconds that it took from one point at which it lets others run to the next."""

    @property
    def medians(self) -> float:
        """How many times its usual time the median request took."""
        return median(self.reading) / median(self.idle)

    @property
    def beyond(self) -> float:
        """By how many milliseconds the slowest took longer."""
        return (max(self.reading) - max(self.idle)) * 1000

    @property
    def longest(self) -> float:
        """The milliseconds of the longest piece."""
        return max(self.pieces, default=0.0) * 1000  # a short list is read by a request, at once


def _beside(path: Path, lines: int, reloads: int) -> list[bool]:
    entries = c.spread(lines)
    _write(path, entries)
    gc.freeze()  # the entries here are no guard's
    live = LivePolicy(Policy(allow=[]), allow=[File(path)], every=1e9)
    all_ = []
    for number in range(reloads):
        _write(path, entries[: -1 - number])
        all_.append(_reload(live))
    gc.unfreeze()
    report.note(f"{lines:,} lines: seconds for a reading, median", f"{median(each.seconds for each in all_):.2f}")
    pieces = [piece for each in all_ for piece in each.pieces] or [0.0]
    report.note(f"{lines:,} lines: milliseconds of a piece, median", f"{median(pieces) * 1000:.2f}")
    return [
        _row(f"{lines:,} lines: a request beside a reading / without", [each.medians for each in all_], 2),
        _row(f"{lines:,} lines: slowest, ms beyond without", [each.beyond for each in all_], _most_beyond(lines)),
        _row(f"{lines:,} lines: longest piece, ms of the processor", [each.longest for each in all_], 8),
    ]


def _row(title: str, figures: Sequence[float], limit: float) -> bool:
    return report.row(title, median(figures), limit, spread=f"{min(figures):.2f} to {max(figures):.2f}")


def _most_beyond(lines: int) -> int:
    return 30 if lines > _LONG else 10


_LONG = 100_000


def _reload(live: LivePolicy) -> _Reload:
    with _watching() as pieces:
        start = perf_counter()
        reading = _requests(live, _read_once(live))
        seconds = perf_counter() - start
        wait_for_readings()
    return _Reload(seconds, reading, _requests(live, _pass(seconds)), pieces)


@contextmanager
def _watching() -> Iterator[list[float]]:
    """Note what a reading in the block takes between the points at which it lets others run."""
    pieces, since = list[float](), list[float]()

    def marked(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if not since:  # nothing is read apart
            return call(*arguments, **named)
        pieces.append(thread_time() - since.pop())
        try:
            return call(*arguments, **named)
        finally:
            since.append(thread_time())

    def job_of(run: Callable[..., Any], job: Callable[[], object], *, wait: bool) -> None:
        def begin() -> None:
            since.append(thread_time())
            job()
            marked(bool)

        run(begin, wait=wait)

    give_way = apart.GiveWay.__call__
    with ExitStack() as stack:
        for module, name in ((file, "read_regular"), (file, "blake2b"), (policy, "give_memory_back")):
            stack.enter_context(mock.patch.object(module, name, partial(marked, getattr(module, name))))
        stack.enter_context(mock.patch.object(apart.GiveWay, "__call__", lambda self: marked(give_way, self)))
        stack.enter_context(mock.patch.object(policy, "run_apart", partial(job_of, apart.run_apart)))
        yield pieces


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


def _small_change(path: Path, lines: int, changes: int) -> bool:
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
    return report.row(f"{lines:,} lines: one line changed beside them, seconds", min(spent), 0.02)


def _write(path: Path, entries: Sequence[str]) -> None:
    path.with_suffix(".new").write_text("\n".join(entries))
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    sys.exit(main())
