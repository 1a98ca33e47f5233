"""What processes use, and by how much that grows in an hour.

Memory is what the system has given, in megabytes. It depends on how many requests came at once, and on what the
allocators keep: it is uneven, and shows a large leak. Blocks are those of Python's objects, in ten thousands: they show
a small one. A block is of some 60 bytes, so ten thousand are little more than half a megabyte.
"""

import contextlib
import time
from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import linear_regression, mean
from typing import NamedTuple

from tests.benchmarks.processes import family

PROC = Path("/proc")


class Use(NamedTuple):
    """What a process and its children use at a moment: seconds, megabytes, ten thousands of blocks, and so on."""

    at: float
    memory: float
    blocks: float
    descriptors: float
    threads: float


class Slope(NamedTuple):
    """A line through measurements: what it grows by in an hour, and the standard error of that.

    What is used does not jump about: a measurement is much like the one before. Errors that take measurements for
    independent are then far too small. So this one is widened by how alike neighbours are (their autocorrelation).
    """

    per_hour: float
    error: float

    @property
    def grows(self) -> bool:
        """Whether it is above zero by more than three errors, and above one."""
        return self.per_hour > max(1, 3 * self.error)


def measure(process: int, start: float, counts: str = "") -> Use:
    """Measure a process that began at a moment, its blocks by the files that ``inside`` writes, named ``counts``."""
    memory = blocks = descriptors = threads = 0.0
    for each in family(process):
        folder = PROC / str(each)
        with contextlib.suppress(OSError):
            status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
            memory += int(status["VmRSS"].split()[0]) / 1024
            threads += int(status["Threads"])
            descriptors += len(list((folder / "fd").iterdir()))
            blocks += int(Path(f"{counts}.{each}").read_text()) / 10_000 if counts else 0
    return Use(time.monotonic() - start, memory, blocks, descriptors, threads)


def slope(times: Sequence[float], values: Sequence[float]) -> Slope:
    """Fit a line by least squares.

    >>> slope([0, 1800, 3600], [1, 2, 3])
    Slope(per_hour=2.0, error=0.0)
    """
    line = linear_regression(times, values)
    middle = mean(times)
    left = [value - line.intercept - line.slope * at for at, value in zip(times, values, strict=True)]
    squares = sum(each * each for each in left)
    spread = sum((at - middle) ** 2 for at in times)
    error = sqrt(squares / max(len(times) - 2, 1) / spread) * _widening(left, squares)
    return Slope(round(line.slope * 3600, 6), round(error * 3600, 6))


def _widening(left: Sequence[float], squares: float) -> float:
    """Give how many times wider an error is since neighbours are alike: for what a line leaves, and its squares."""
    alike = sum(one * other for one, other in pairwise(left)) / squares if squares else 0.0
    alike = min(max(alike, 0.0), 0.99)
    return sqrt((1 + alike) / (1 - alike))


class Growth(NamedTuple):
    """What a thing was at the half and at the end of the time, and its slopes: in between, and in the last quarters.

    It grows if it does so in both of the last two quarters, each by itself. A leak does. What is a step, as a pool
    that takes one more thread, is in one of them.

    >>> seconds = range(0, 1800, 5)
    >>> Growth.of(seconds, [at // 60 for at in seconds]).grows
    True
    >>> [Growth.of(seconds, [at > step for at in seconds]).grows for step in (100, 1000, 1350, 1700)]
    [False, False, False, False]
    """

    first: float
    last: float
    slope: Slope
    quarters: tuple[Slope, Slope]
    """In the third quarter, and in the last."""

    @property
    def grows(self) -> bool:
        return all(each.grows for each in self.quarters)

    @classmethod
    def of(cls, times: Sequence[float], values: Sequence[float]) -> "Growth":
        half, quarter = len(times) // 2, len(times) * 3 // 4
        parts = (slice(half, None), slice(half, quarter), slice(quarter, None))
        whole, third, last = (slope(times[part], values[part]) for part in parts)
        return cls(values[half], values[-1], whole, (third, last))


def report(uses: Sequence[Use]) -> dict[str, Growth]:
    """Return how each thing grows."""
    times = [use.at for use in uses]
    return {name: Growth.of(times, [getattr(use, name) for use in uses]) for name in Use._fields[1:]}
