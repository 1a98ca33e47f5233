"""The servers that these tests ask, each started once: WordPress, Apache and nginx before it, and the chain."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.frontends import Listener
from tests.lab.php import apache, nginx
from tests.lab.wordpress import Site, WordPress, installed
from tests.real.chains import CHAINS

SERVERS = {"Apache": apache, "nginx": nginx}
Ask = Callable[[str, str], Listener]


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    with installed() as site:
        yield site


@pytest.fixture(scope="session")
def at_server(wordpress: WordPress) -> Iterator[Ask]:
    """Start Apache or nginx where it is first asked for, and give where it listens: on TCP or a unix socket."""
    with ExitStack() as running:

        @cache
        def start(server: str) -> dict[str, Listener]:
            return running.enter_context(SERVERS[server](wordpress.root, wordpress.folder))

        yield lambda server, transport: start(server)[transport]


@pytest.fixture(scope="session")
def chain(request: pytest.FixtureRequest, wordpress: WordPress, at_server: Ask) -> Iterator[Site]:
    """WordPress behind a chain, as the test names the two."""
    (server, transport), chain = request.param
    listener = at_server(server, transport)
    with CHAINS[chain](listener) as front:
        yield Site(wordpress, front, listener)
