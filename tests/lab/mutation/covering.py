"""Which tests run which lines: recorded once, so that a mutant meets those tests alone."""

import pickle
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import process_time

import coverage
import pytest

OPTIONS = (
    "-q",
    "-n0",
    "-pno:cacheprovider",
    "--hypothesis-profile=quick",
    "-oaddopts=--import-mode=importlib",
    "-Wignore::pytest.PytestAssertRewriteWarning",
)
SLOWEST = 2.0
"""Tests that take more seconds of a processor kill no mutant: they are for other things, and there are few."""


LEAST_BREADTH = 50
"""Lines: a test that runs fewer is not much better than one of so many."""


@dataclass
class Cover:
    """For each file and line, the tests that run it; for each test, the seconds of a processor that it takes."""

    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    loading: dict[str, set[int]] = field(default_factory=dict)
    """For each file, the lines that run outside of tests: as modules are imported, or tests collected."""

    def tests_of(self, file: str, lines: Iterable[int], first: Iterable[str]) -> list[str]:
        """Return the tests that run one of these lines, in their order."""
        return self.in_order({test for line in lines for test in self.lines.get(file, {}).get(line, ())}, first)

    def in_order(self, tests: Iterable[str], first: Iterable[str]) -> list[str]:
        """Sort tests: fast ones that run few lines come first, which say the most about each; and those of ``first``.

        Of a test with many rows the later ones come late: a thousand find what the first tens find.
        """
        own, rows, placed = tuple(first), Counter[str](), list[tuple[float, str]]()
        kept = (test for test in tests if self._time(test) < SLOWEST)
        for test in sorted(kept, key=lambda test: (self._cost(test), test)):
            name = test.partition("[")[0]
            rows[name] += 1
            placed.append((self._cost(test) * (10 + rows[name]) * (1 if test.startswith(own) else 3), test))
        return [test for _, test in sorted(placed)]

    def _cost(self, test: str) -> float:
        return self._time(test) * (LEAST_BREADTH + self.breadth[test])

    @cached_property
    def breadth(self) -> Counter[str]:
        """How many lines of the package each test runs."""
        return Counter(test for lines in self.lines.values() for tests in lines.values() for test in tests)

    def _time(self, test: str) -> float:
        return self.seconds.get(test, 0)


class Recorder:
    """A plugin that gives each test a context of its own."""

    def __init__(self, recording: coverage.Coverage) -> None:
        self.recording, self.cover = recording, Cover()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self.recording.switch_context(item.nodeid)
        start = process_time()
        try:
            return (yield)
        finally:
            self.cover.seconds[item.nodeid] = process_time() - start
            self.recording.switch_context("")


def record(package: Path, arguments: Iterable[str], into: Path) -> int:
    """Run the tests and write what they cover; returns pytest's status."""
    recording = coverage.Coverage(data_file=None, source=[str(package)], config_file=False)
    recorder = Recorder(recording)
    recording.start()
    status = pytest.main([*OPTIONS, *arguments], plugins=[recorder])
    recording.stop()
    data = recording.get_data()
    for file in data.measured_files():
        contexts = data.contexts_by_lineno(file)
        recorder.cover.lines[file] = {line: [test for test in tests if test] for line, tests in contexts.items()}
        recorder.cover.loading[file] = {line for line, tests in contexts.items() if "" in tests}
    into.write_bytes(pickle.dumps(recorder.cover))
    return int(status)
