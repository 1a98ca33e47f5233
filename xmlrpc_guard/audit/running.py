"""Counting whole logs: open, find the format, count, and go on after one that breaks off."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from typing import NamedTuple

from xmlrpc_guard.audit.answerable import find_masked, find_missing_columns, find_obstacle
from xmlrpc_guard.audit.counting import LineCounter, Period, sample_peers
from xmlrpc_guard.audit.judging import Judge
from xmlrpc_guard.audit.opening import BROKEN, OpenLog, name_of, open_log, take_head
from xmlrpc_guard.audit.quick import QuickCounter
from xmlrpc_guard.audit.sieve import Sieve
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import AUTO, COMBINED, SAMPLE, LogReader
from xmlrpc_guard.policy import Policy

Advance = Callable[[int], object]
"""Is called with the bytes of a file on the disk that were read since the last call."""


class ObstacleError(ValueError):
    """The logs cannot tell who would be refused; the message says why, and what would."""


class Plan(NamedTuple):
    """How logs are to be counted; picklable, for other processes and machines."""

    policy: Policy
    format: str = AUTO
    period: Period = Period()
    peer_is_client: bool = False


def count_logs(paths: Iterable[str], plan: Plan, tally: Tally, advance: Advance = lambda _: None) -> None:
    """Count logs into a tally; SourceError for one that cannot be opened, ObstacleError if they cannot answer."""
    for path in paths:
        log = open_log(path)
        with log.content, log.file:
            _count_log(log, name_of(path), plan, tally, advance)


def _count_log(log: OpenLog, name: str, plan: Plan, tally: Tally, advance: Advance) -> None:
    with noting(name, tally):
        head, blocks = take_head(log.blocks(), SAMPLE)
        counter = make_counter(find_format(head, name, plan, tally), head, plan, tally)
        count_blocks(_watch(log, chain([head], blocks), advance), counter, name, tally)


def _watch(log: OpenLog, blocks: Iterable[bytes], advance: Advance) -> Iterator[bytes]:
    """Give blocks, and say after each how much of the file was read for it."""
    position = 0
    for block in blocks:
        yield block
        before, position = position, _position(log, position + len(block))
        advance(position - before)


def count_blocks(blocks: Iterable[bytes], counter: LineCounter | QuickCounter, name: str, tally: Tally) -> None:
    """Count blocks of lines, as far as they can be read; the tally is complete then, also if this is interrupted."""
    with _without_collector(), ExitStack() as finishing, noting(name, tally):
        finishing.callback(counter.finish)
        for block in filter(None, blocks):
            counter.count_block(block)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let Python's collector of cycles rest: what is counted has none, and to look at it takes a tenth of the time."""
    restore = gc.enable if gc.isenabled() else gc.disable
    gc.disable()
    try:
        yield
    finally:
        restore()


@contextmanager
def noting(name: str, tally: Tally) -> Iterator[None]:
    """Note where a log breaks off; the next is read nevertheless."""
    try:
        yield
    except BROKEN as error:
        tally.problems.append(f"{name}: breaks off ({error}); what is before that was read")


def find_format(head: bytes, name: str, plan: Plan, tally: Tally) -> LogReader:
    """Look at the first lines of a log: whose format is it, and whom do they name? ObstacleError if no client."""
    if plan.format == AUTO and (missing := find_missing_columns(_sample(head))):
        raise ObstacleError(f"{name}: {missing}")
    reader = make_reader(head, plan)
    tally.formats[reader.name] += 1
    read = (logged for line in _sample(head) for logged in reader.read(line)[:1])
    first = [logged for logged in read if plan.period.has(logged.time)]  # a column may be there since some day only
    if not plan.peer_is_client and (masked := find_masked(first)):
        raise ObstacleError(f"{name}: {masked}")
    sample_peers(first, _judge(plan), tally)
    if obstacle := find_obstacle(tally, plan.policy, peer_is_client=plan.peer_is_client):
        raise ObstacleError(obstacle)
    return reader


def make_reader(head: bytes, plan: Plan) -> LogReader:
    """Make the reader for a log that begins with ``head``."""
    return LogReader(plan.format, _sample(head), plan.policy.forwarded_header.name)


def make_counter(reader: LogReader, head: bytes, plan: Plan, tally: Tally) -> LineCounter | QuickCounter:
    """Make what counts the lines of a log: quickly, if it is of the combined family."""
    slow = LineCounter(reader, plan.policy.scripts, _judge(plan), tally, plan.period)
    if reader.name != COMBINED:
        return slow
    return QuickCounter(slow, plan.policy, Sieve(plan.policy.scripts, head[:_PROBE]))


def _sample(head: bytes) -> list[bytes]:
    return head.split(b"\n", SAMPLE)[:SAMPLE]


def _judge(plan: Plan) -> Judge:
    return Judge(plan.policy, peer_is_client=plan.peer_is_client)


_PROBE = 1 << 16  # bytes, of which to learn what is rare in a log


def _position(log: OpenLog, default: int) -> int:
    try:
        return log.file.tell()
    except OSError:  # a pipe has no position
        return default
