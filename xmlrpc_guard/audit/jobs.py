"""Counting with several processes: logs are cut into parts that end where lines do, and their tallies are added up."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from xmlrpc_guard.audit.opening import name_of, open_log, size_of
from xmlrpc_guard.audit.running import Advance, Plan, count_blocks, find_format, make_counter, make_reader
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import COMBINED

SMALLEST_PART, LARGEST_PART = 64 << 20, 512 << 20
"""Bytes of a part, whose tally is held in memory, and sent to the process that adds up.

Each part learns its clients anew, so that many small ones would cost more than a second process saves."""


class Part(NamedTuple):
    """A part of a log: the lines that begin from ``start`` on and before ``end``; the whole log if that is None.

    ``head`` are the first lines of the log, which show its format.
    """

    path: str
    start: int
    end: int | None
    head: bytes


def count_part(part: Part, plan: Plan) -> Tally:
    """Count one part of a log, in any process on any machine that has the file. The tally is picklable."""
    tally = Tally()
    counter = make_counter(make_reader(part.head, plan), part.head, plan, tally)
    log = open_log(part.path)
    with log.content, log.file:
        blocks = log.blocks() if part.end is None else log.blocks_between(part.start, part.end)
        count_blocks(blocks, counter, name_of(part.path), tally)
    return tally


def cut_logs(paths: Iterable[str], plan: Plan, tally: Tally, size: int = LARGEST_PART) -> Iterator[Part]:
    """Cut logs into parts of ``size`` bytes. What the first lines of each show goes into ``tally``.

    ObstacleError as of count_logs. A compressed log is one part, as is one whose lines depend on those before.
    """
    for path in paths:
        log = open_log(path)
        with log.content, log.file:
            head = next(log.blocks(), b"")
        reader = find_format(head, plan, tally)
        whole = Path(path).stat().st_size
        if log.content is log.file and reader.name == COMBINED:
            yield from (Part(path, start, min(start + size, whole), head) for start in range(0, whole, size))
        else:
            yield Part(path, 0, None, head)


def choose_size(total: int, jobs: int) -> int:
    """Choose how large parts are: one for each process, unless that is too small to pay or too large for its memory.

    >>> choose_size(2 << 20, 2) >> 20, choose_size(200 << 20, 2) >> 20, choose_size(9 << 30, 2) >> 20
    (64, 100, 512)
    """
    return min(max(SMALLEST_PART, -(-total // jobs)), LARGEST_PART)


def count_with_processes(paths: Collection[str], plan: Plan, tally: Tally, jobs: int, advance: Advance) -> None:
    """Count logs into a tally with so many processes, of which each has a part and the next one waits."""
    size = choose_size(sum(size_of(path) or 0 for path in paths), jobs)
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        running: deque[tuple[Part, Future[Tally]]] = deque()
        for part in cut_logs(paths, plan, tally, size):
            running.append((part, pool.submit(count_part, part, plan)))
            if len(running) > 2 * jobs:
                _finish(*running.popleft(), tally, advance)
        while running:
            _finish(*running.popleft(), tally, advance)


def _finish(part: Part, future: "Future[Tally]", tally: Tally, advance: Advance) -> None:
    tally.add(future.result())
    advance((part.end or Path(part.path).stat().st_size) - part.start)
