"""How every test is run: how many examples are drawn, how a server that did not start is shown, and which are pure."""

import gc
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from tests.frontends import NotStartedError

# No deadlines: a busy machine is no failure. On one Python .ci/run draws many examples and on the others few, each
# time the same; a run by hand draws others each time.
settings.register_profile("default", deadline=None, max_examples=10)
settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, database=None)
settings.register_profile("quick", deadline=None, max_examples=10, derandomize=True, database=None)

LAB = Path(__file__).parent / "lab"
# What a module has by one of these names, it starts processes with.
STARTERS = {"subprocess", "started", "running", "serving", "trace_update", "nginx", "apache"}

_SHOWN: set[int] = set()


def pytest_configure(config: pytest.Config) -> None:
    """Leave the lab out where neither files nor marks are named, and let pytest-xdist keep the order below.

    By itself it begins with the files of the most tests, not with the longest.
    """
    if config.args_source is config.ArgsSource.TESTPATHS and not config.option.markexpr:
        config.option.markexpr = "not lab"
    config.option.loadscopereorder = False
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(_OneReport())


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: tests wait for servers, for threads and for clocks."""
    return (os.cpu_count() or 1) + 1


class _OneReport:
    """Of a pure test that passes, a process of pytest-xdist reports the call, and neither the set-up nor the end.

    To send and to read the reports of thousands of short tests took as long as a tenth of these.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not item.get_closest_marker("pure"):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a server's log with the first test that it fails, and one line with the others."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, NotStartedError):
        report.longrepr = f"{error}; its log is shown above" if id(error) in _SHOWN else f"{error}\n{error.log}"
        _SHOWN.add(id(error))
    return report


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the lab unread where none of it is asked for: its tables take a second to read."""
    return True if collection_path == LAB and config.option.markexpr in ("pure", "not lab") else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among the tests while they are collected, nor afterwards: they stay to the end.

    That took a quarter of the time of collecting them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before they are selected by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in the folder of the lab as lab, and what is neither lab nor starts processes as pure; pure is last.

    Short files at the end keep all cores busy to the end.
    """
    modules = {module for item in items if (module := item.getparent(pytest.Module))}
    for module in modules:
        if LAB in module.path.parents:
            module.add_marker("lab")
    starting = {module for module in modules if STARTERS & vars(module.obj).keys()}
    for item in items:
        if not item.get_closest_marker("lab") and item.getparent(pytest.Module) not in starting:
            item.add_marker("pure")
    items.sort(key=lambda item: item.get_closest_marker("pure") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a pure test fail if it starts a process."""
    with pytest.MonkeyPatch.context() as patch:
        if item.get_closest_marker("pure"):
            patch.setattr(subprocess.Popen, "__init__", _refuse)
            patch.setattr(os, "fork", _refuse, raising=False)
        return (yield)


def _refuse(*_: object, **__: object) -> None:
    pytest.fail("a pure test starts a process; its module must hold one of the names in STARTERS", pytrace=False)
