"""The WSGI servers that several fronts stand before, started once for all tests."""

from collections.abc import Iterator

import pytest

from tests.real.servers import SPEAK_HTTP, SPEAK_UWSGI, Servers, serving_guards


@pytest.fixture(scope="package")
def http_servers() -> Iterator[Servers]:
    with serving_guards(SPEAK_HTTP) as servers:
        yield servers


@pytest.fixture(scope="package")
def uwsgi_servers() -> Iterator[Servers]:
    """Give the servers that speak uWSGI's own protocol."""
    with serving_guards(SPEAK_UWSGI) as servers:
        yield servers
