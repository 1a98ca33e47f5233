"""Counting with several processes: logs are cut into parts that end where lines do, and their tallies are added up."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from xmlrpc_guard.audit.opening import OpenLog, name_of, open_log, size_of, take_head
from xmlrpc_guard.audit.running import Advance, Plan, count_blocks, find_format, make_counter, make_reader, noting
from xmlrpc_guard.audit.spill import Spilling
from xmlrpc_guard.audit.tally import Counts, InMemory, Tally
from xmlrpc_guard.logs import COMBINED, SAMPLE, LogReader

SMALLEST_PART, LARGEST_PART = 64 << 20, 2 << 30
"""Bytes of a part. Each learns its clients anew, so that many small ones would cost more than a second process saves;
what a part has counted is seen once it is at its end."""


class Part(NamedTuple):
    """A part of a log: the lines that begin from ``start`` on and before ``end``; the whole log if that is None.

    ``head`` are the first lines of the log, which show its format.
    """

    path: str
    start: int
    end: int | None
    head: bytes


def count_part(part: Part, plan: Plan, counts: Counts | None = None) -> Tally:
    """Count one part of a log, in any process on any machine that has the file.

    The tally is picklable, if it is not to have ``counts`` that are not.
    """
    tally = Tally(InMemory() if counts is None else counts)
    counter = make_counter(make_reader(part.head, plan), part.head, plan, tally)
    log = open_log(part.path)
    with log.content, log.file:
        blocks = log.blocks() if part.end is None else log.blocks_between(part.start, part.end)
        count_blocks(blocks, counter, name_of(part.path), tally)
    return tally


def count_into_file(part: Part, plan: Plan, path: str) -> Tally:
    """Count one part of a log; what was counted of each client stays in a file, and need not be sent."""
    with Spilling(path) as counts:
        tally = count_part(part, plan, counts)
        counts.save()
    tally.counts = InMemory()
    return tally


def cut_logs(paths: Iterable[str], plan: Plan, tally: Tally, size: int = LARGEST_PART) -> Iterator[Part]:
    """Cut logs into parts of ``size`` bytes. What the first lines of each show goes into ``tally``.

    ObstacleError as of count_logs. A compressed log is one part, as is one whose lines depend on those before.
    """
    for path in paths:
        log = open_log(path)
        with log.content, log.file, noting(name_of(path), tally):
            head, _ = take_head(log.blocks(), SAMPLE)
            yield from _cut_log(path, head, find_format(head, name_of(path), plan, tally), size, log)


def _cut_log(path: str, head: bytes, reader: LogReader, size: int, log: OpenLog) -> Iterator[Part]:
    whole = Path(path).stat().st_size
    if log.content is log.file and reader.name == COMBINED:
        yield from (Part(path, start, min(start + size, whole), head) for start in range(0, whole, size))
    else:
        yield Part(path, 0, None, head)


def choose_size(total: int, jobs: int) -> int:
    """Choose how large parts are: one for each process, unless that is too small to pay or too large to wait for.

    >>> choose_size(2 << 20, 2) >> 20, choose_size(200 << 20, 2) >> 20, choose_size(9 << 30, 2) >> 20
    (64, 100, 2048)
    """
    return min(max(SMALLEST_PART, -(-total // jobs)), LARGEST_PART)


class _Running(NamedTuple):
    """A part that a process counts, or will, and the file for its counts."""

    part: Part
    file: str
    tally: "Future[Tally]"


def count_with_processes(
    paths: Collection[str], plan: Plan, tally: Tally, counts: Spilling, *, jobs: int, advance: Advance
) -> None:
    """Count logs into a tally, whose ``counts`` these are; each of so many processes has a part, and the next waits."""
    size = choose_size(sum(size_of(path) or 0 for path in paths), jobs)
    with TemporaryDirectory() as folder, ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        running: deque[_Running] = deque()
        for number, part in enumerate(cut_logs(paths, plan, tally, size)):
            file = str(Path(folder, str(number)))
            running.append(_Running(part, file, pool.submit(count_into_file, part, plan, file)))
            if len(running) > 2 * jobs:
                advance(_add(running.popleft(), tally, counts))
        while running:
            advance(_add(running.popleft(), tally, counts))


def _add(each: _Running, tally: Tally, counts: Spilling) -> int:
    """Add what a process has counted; give how many bytes it read."""
    tally.add(each.tally.result())
    counts.take(each.file)
    Path(each.file).unlink()
    return (each.part.end or Path(each.part.path).stat().st_size) - each.part.start
