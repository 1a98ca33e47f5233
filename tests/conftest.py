"""How every test is run: how many examples are drawn, how a server that did not start is shown, and which are pure."""

from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.frontends import NotStartedError

# No deadlines: a busy machine is no failure. On one Python .ci/run draws many examples and on the others few, each
# time the same; a run by hand draws others each time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, max_examples=250, derandomize=True, database=None)
settings.register_profile("quick", deadline=None, max_examples=25, derandomize=True, database=None)

_SHOWN: set[int] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a server's log with the first test that it fails, and one line with the others."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, NotStartedError):
        report.longrepr = f"{error}; its log is shown above" if id(error) in _SHOWN else f"{error}\n{error.log}"
        _SHOWN.add(id(error))
    return report
