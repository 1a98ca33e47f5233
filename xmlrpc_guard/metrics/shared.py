"""Numbers that are summed over the processes of a server, in prometheus_client's multiprocess mode.

Every process counts in files of its own, in the folder that PROMETHEUS_MULTIPROC_DIR names; any of them can read all.
prometheus_client looks for that variable when it is imported. The folder must be empty when the server starts. What is
one process' own, as the state of its lists, is kept by process, until that has ended.
"""

import logging
import os
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from functools import cache, partial
from math import isnan, nan
from pathlib import Path
from time import monotonic
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.samples import Sample

from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.metrics.exposition import COUNTERS, GAUGES, PREFIX
from xmlrpc_guard.metrics.numbers import CountedGuard, GuardNumbers, ListNumbers, numbers_of
from xmlrpc_guard.text import describe_error, printable

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

_REFRESHED_EVERY = 5.0  # seconds between two writings of what is a process' own
_DERIVED = ("refusals_suppressed", "list_age_seconds")  # worked out when the files are read

K = TypeVar("K", bound=Hashable)


class Share:
    """A guard whose events are counted in the files of its process too, from now on.

    OSError if the files cannot be opened. A later fault is logged once, and decides nothing.
    """

    def __init__(self, guard: CountedGuard) -> None:
        self._guard, self._due, self._process, self._failed = guard, 0.0, 0, False
        counters, counts = _make_counters(), guard.counts
        names = [*numbers_of(guard.status()).reloads]
        self._mirror(counts.decisions, lambda reason: counters["decisions"].labels(reason.name))
        self._mirror(counts.written, lambda _: counters["refusals_recorded"])
        self._mirror(counts.reloads, lambda position: counters["list_reloads"].labels(*names[position]))
        self._mirror(counts.upstream_errors, counters["upstream_errors"].labels)

    def _mirror(self, events: EventCounts[K], find: Callable[[K], Counter]) -> None:
        counters = {kind: find(kind) for kind in events.cells}
        events.mirror(lambda kind: self._try(partial(self._count, counters[kind])))

    def _count(self, counter: Counter) -> None:
        counter.inc()
        if monotonic() >= self._due or os.getpid() != self._process:
            self._refresh()

    def refresh(self) -> None:
        """Write what is this process' own, as it is now."""
        self._try(self._refresh)

    def _refresh(self) -> None:
        self._due, self._process = monotonic() + _REFRESHED_EVERY, os.getpid()
        numbers, gauges = numbers_of(self._guard.status()), _make_gauges()
        gauges["report_only"].set(numbers.report_only)
        for each in numbers.lists:
            for name, value in _list_values(each).items():
                gauges[name].labels(each.setting, each.name).set(value)

    def _try(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - monitoring must not decide a request
            if not self._failed:
                logger.error("events are not counted for Prometheus: %s", printable(describe_error(error)))  # noqa: TRY400
            self._failed = True


# Made once in a process, since each is a place in its files: several guards of a process are counted together.
@cache
def _make_counters() -> dict[str, Counter]:
    registry = CollectorRegistry()
    rows = {name: row for name, row in COUNTERS.items() if name not in _DERIVED}
    return {name: Counter(PREFIX + name, text, labels, registry=registry) for name, (text, labels) in rows.items()}


@cache
def _make_gauges() -> dict[str, Gauge]:
    registry = CollectorRegistry()
    rows = {name: (text, labels[:-1]) for name, (text, labels) in GAUGES.items() if name not in _DERIVED}
    return {
        name: Gauge(PREFIX + name, text, labels, registry=registry, multiprocess_mode="liveall")
        for name, (text, labels) in rows.items()
    }


def _list_values(numbers: ListNumbers) -> dict[str, float]:
    return {
        "list_written_timestamp_seconds": nan if numbers.written is None else numbers.written,
        "list_stale": numbers.stale,
        "list_usable": numbers.usable,
        "list_entries": numbers.entries,  # the last: where it is read, the others are there
    }


def read_shared(folder: str) -> GuardNumbers:
    """Sum the files of all processes; gauges are those of the processes that run."""
    _forget_ended(folder)
    metrics = MultiProcessCollector(None, folder).collect()  # type: ignore[no-untyped-call]
    samples = _Samples(sample for metric in metrics for sample in metric.samples)
    report_only = samples.find("report_only", "pid")
    entries = samples.find("list_entries", "pid", "setting", "list")
    return GuardNumbers(
        processes=tuple(sorted(int(process) for (process,) in report_only)),
        report_only=any(report_only.values()),
        decisions={reason: int(number) for (reason,), number in samples.find("decisions_total", "reason").items()},
        recorded=int(sum(samples.find("refusals_recorded_total").values())),
        reloads={
            (setting, name): int(n)
            for (setting, name), n in samples.find("list_reloads_total", "setting", "list").items()
        },
        upstream_errors={kind: int(n) for (kind,), n in samples.find("upstream_errors_total", "kind").items()},
        lists=tuple(samples.list_numbers(*key) for key in sorted(entries)),
    )


class _Samples:
    """The samples of the files, by name and labels."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = [sample for sample in samples if sample.name.startswith(PREFIX)]

    def find(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Give the values of a metric by the values of its labels."""
        found = (sample for sample in self._samples if sample.name == PREFIX + name)
        return {tuple(sample.labels[label] for label in labels): sample.value for sample in found}

    def list_numbers(self, process: str, setting: str, name: str) -> ListNumbers:
        """Put together what the gauges of one list in one process say."""
        key = "pid", "setting", "list"
        entries, written, stale, usable = (self.find(gauge, *key)[process, setting, name] for gauge in _LIST_GAUGES)
        return ListNumbers(
            int(process), setting, name, int(entries), None if isnan(written) else written, bool(stale), bool(usable)
        )


_LIST_GAUGES = ("list_entries", "list_written_timestamp_seconds", "list_stale", "list_usable")


def _forget_ended(folder: str) -> None:
    """Drop the gauges of processes that do not run any more, however they ended."""
    for file in Path(folder).glob("gauge_live*_*.db"):
        process = file.stem.rpartition("_")[2]
        if process.isdecimal() and not _runs(int(process)):
            with suppress(FileNotFoundError):  # another process may do the same
                mark_process_dead(process, folder)  # type: ignore[no-untyped-call]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs as another user
        return True
    return True
