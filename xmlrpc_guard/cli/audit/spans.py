"""Requests over time, in few enough spans for a chart."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from xmlrpc_guard.audit.judging import VERDICTS
from xmlrpc_guard.audit.report import Report, format_time
from xmlrpc_guard.logs.times import read_time

_DAY = 86400
_WIDTHS = (3600, 2 * 3600, 4 * 3600, 12 * 3600, _DAY, 2 * _DAY, 7 * _DAY, 28 * _DAY)
"""Seconds; what is longer yet is a multiple of the last."""


class Span(NamedTuple):
    """A span of time: when it begins, and the requests in it by verdict, in the order of VERDICTS."""

    start: str
    requests: tuple[int, ...]

    @property
    def total(self) -> int:
        """All requests of the span."""
        return sum(self.requests)


def join_spans(report: Report, most: int) -> list[Span]:
    """Give the spans of a report, the empty ones between them too, joined so that there are at most so many.

    >>> spans = [{"from": "2026-11-29T11:00:00Z", "allowed": 1, "refused": 2, "unknown": 0}]
    >>> join_spans({"over_time": {"seconds": 3600, "spans": spans}}, 24)
    [Span(start='2026-11-29 11:00', requests=(1, 2, 0))]
    """
    rows: Sequence[dict[str, Any]] = report["over_time"]["spans"]
    starts = [read_time(row["from"].encode()) or 0 for row in rows]
    if not rows:
        return []
    width = _choose_width(starts[0], starts[-1], report["over_time"]["seconds"], most)
    first = starts[0] - starts[0] % width
    joined = [[0] * len(VERDICTS) for _ in range((starts[-1] - first) // width + 1)]
    for start, row in zip(starts, rows, strict=True):
        sums = joined[(start - first) // width]
        for at, verdict in enumerate(VERDICTS):
            sums[at] += row[verdict]
    return [Span(_label(first + at * width), tuple(sums)) for at, sums in enumerate(joined)]


def _choose_width(first: int, last: int, least: int, most: int) -> int:
    longest = _WIDTHS[-1] * (1 + (last - first) // (_WIDTHS[-1] * max(1, most - 1)))
    widths = (*_WIDTHS, longest)
    return next(
        (width for width in widths if width % least == 0 and last // width - first // width < most), longest * least
    )


def _label(seconds: int) -> str:
    return (format_time(seconds) or "")[:16].replace("T", " ")
