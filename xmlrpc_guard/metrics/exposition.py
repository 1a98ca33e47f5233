"""The text that Prometheus reads, written by prometheus_client."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from xmlrpc_guard.metrics.numbers import GuardNumbers, ListNumbers

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "xmlrpc_guard_"
COUNTERS: dict[str, tuple[str, list[str]]] = {
    "decisions": ("Decisions on requests for guarded scripts.", ["reason"]),
    "refusals_recorded": ("Refusals that had a log record of their own.", []),
    "refusals_suppressed": ("Refusals that had no log record of their own.", []),
    "list_reloads": ("How often a list file's new entries became active, in all processes.", ["setting", "list"]),
    "upstream_errors": ("Requests that the upstream did not answer, and answers that broke off.", ["kind"]),
}
GAUGES = {
    "report_only": ("1 if refusals are only reported.", ["pid"]),
    "list_entries": ("Active entries of a list file.", ["setting", "list", "pid"]),
    "list_written_timestamp_seconds": ("When the active entries were written.", ["setting", "list", "pid"]),
    "list_age_seconds": ("How long ago the active entries were written.", ["setting", "list", "pid"]),
    "list_stale": ("1 if a list is older than its max_age.", ["setting", "list", "pid"]),
    "list_usable": ("1 if the active entries are those that the file has now.", ["setting", "list", "pid"]),
}


def write_text(numbers: GuardNumbers) -> bytes:
    """Write numbers in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(numbers))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, numbers: GuardNumbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        yield from _counters(self._numbers)
        yield from _gauges(self._numbers, time.time())


def _counters(numbers: GuardNumbers) -> Iterator[Metric]:
    samples: dict[str, dict[tuple[str, ...], int]] = {
        "decisions": {(reason,): number for reason, number in numbers.decisions.items()},
        "refusals_recorded": {(): numbers.recorded},
        "refusals_suppressed": {(): numbers.suppressed},
        "list_reloads": {tuple(name): number for name, number in numbers.reloads.items()},
        "upstream_errors": {(kind,): number for kind, number in numbers.upstream_errors.items()},
    }
    for name, (text, labels) in COUNTERS.items():
        family = CounterMetricFamily(PREFIX + name, text, labels=labels)
        for values, number in samples[name].items():
            family.add_metric(values, number)
        yield family


def _gauges(numbers: GuardNumbers, now: float) -> Iterator[Metric]:
    for name, (text, labels) in GAUGES.items():
        family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
        if name == "report_only":
            for process in numbers.processes:
                family.add_metric([str(process)], numbers.report_only)
        for each in numbers.lists:
            value = _list_values(each, now).get(name)
            if value is not None:
                family.add_metric([each.setting, each.name, str(each.process)], value)
        yield family


def _list_values(numbers: ListNumbers, now: float) -> dict[str, float | None]:
    return {
        "list_entries": numbers.entries,
        "list_written_timestamp_seconds": numbers.written,
        "list_age_seconds": None if numbers.written is None else now - numbers.written,
        "list_stale": numbers.stale,
        "list_usable": numbers.usable,
    }
