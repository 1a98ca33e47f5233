"""The clock and the source that most of these tests start with."""

import pytest

from tests.live.doubles import OLD, Memory, Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def memory() -> Memory:
    return Memory([OLD])
