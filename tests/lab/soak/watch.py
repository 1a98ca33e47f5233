"""What processes use, and by how much that grows in an hour."""

import contextlib
import time
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from statistics import linear_regression, mean
from typing import NamedTuple

from tests.benchmarks.processes import family

PROC = Path("/proc")


class Use(NamedTuple):
    """What a process and its children use at a moment: seconds, megabytes, descriptors, threads."""

    at: float
    memory: float
    descriptors: float
    threads: float


class Slope(NamedTuple):
    """A line through measurements: what it grows by in an hour, and the standard error of that."""

    per_hour: float
    error: float

    @property
    def grows(self) -> bool:
        """Whether it is above zero by more than three errors."""
        return self.per_hour > 3 * self.error


def measure(process: int, start: float) -> Use:
    memory = descriptors = threads = 0.0
    for each in family(process):
        folder = PROC / str(each)
        with contextlib.suppress(OSError):
            status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
            memory += int(status["VmRSS"].split()[0]) / 1024
            threads += int(status["Threads"])
            descriptors += len(list((folder / "fd").iterdir()))
    return Use(time.monotonic() - start, memory, descriptors, threads)


def slope(times: Sequence[float], values: Sequence[float]) -> Slope:
    """Fit a line by least squares.

    >>> slope([0, 1800, 3600], [1, 2, 3])
    Slope(per_hour=2.0, error=0.0)
    """
    line = linear_regression(times, values)
    middle = mean(times)
    left = sum((value - line.intercept - line.slope * at) ** 2 for at, value in zip(times, values, strict=True))
    spread = sum((at - middle) ** 2 for at in times)
    error = sqrt(max(left, 0) / max(len(times) - 2, 1) / spread)
    return Slope(round(line.slope * 3600, 6), round(error * 3600, 6))


def report(uses: Sequence[Use], warm: float) -> dict[str, tuple[float, float, Slope]]:
    """Return for each thing the first and the last value after the warm-up, and its slope in between."""
    kept = [use for use in uses if use.at >= warm] or list(uses)
    times = [use.at for use in kept]
    found = {}
    for name in ("memory", "descriptors", "threads"):
        values = [getattr(use, name) for use in kept]
        found[name] = values[0], values[-1], slope(times, values)
    return found
