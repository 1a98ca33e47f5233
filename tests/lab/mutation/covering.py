"""Which tests run which lines: recorded once, so that a mutant meets those tests alone."""

import pickle
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
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


@dataclass
class Cover:
    """For each file and line, the tests that run it; for each test, the seconds of a processor that it takes."""

    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests_of(self, file: str, lines: Iterable[int], first: Iterable[str]) -> list[str]:
        """Return the tests that run one of these lines; those of the files ``first`` come first, then the fastest."""
        found = {test for line in lines for test in self.lines.get(file, {}).get(line, ())}
        own = tuple(first)
        kept = [test for test in found if self.seconds.get(test, 0) < SLOWEST]
        return sorted(kept, key=lambda test: (not test.startswith(own), self.seconds.get(test, 0), test))


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
        recorder.cover.lines[file] = {
            line: [test for test in tests if test] for line, tests in data.contexts_by_lineno(file).items()
        }
    into.write_bytes(pickle.dumps(recorder.cover))
    return int(status)
