"""The servers that these tests ask, each started once: WordPress, Apache or nginx before it, and the chain."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.backends.chains import CHAINS
from tests.backends.php import apache, lacks_apache, lacks_nginx, nginx
from tests.backends.wordpress import Site, WordPress, installed
from tests.frontends import Listener

Backend = Callable[[Path, Path], AbstractContextManager[Listener]]
BACKENDS: dict[str, tuple[Backend, pytest.MarkDecorator]] = {
    "Apache": (apache, lacks_apache),
    "nginx": (nginx, lacks_nginx),
    "nginx on a unix socket": (partial(nginx, unix=True), lacks_nginx),
}


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    with installed() as site:
        yield site


@pytest.fixture(
    scope="session", params=[pytest.param(backend, marks=lacks, id=name) for name, (backend, lacks) in BACKENDS.items()]
)
def wordpress_site(request: pytest.FixtureRequest, wordpress: WordPress) -> Iterator[Site]:
    """WordPress at Apache or nginx, with nothing in front."""
    with request.param(wordpress.root, wordpress.folder) as listener:
        yield Site(wordpress, listener)


@pytest.fixture(scope="session", params=CHAINS)
def chain(request: pytest.FixtureRequest, wordpress_site: Site) -> Iterator[Site]:
    """WordPress with the guard and the proxy in front, and without them."""
    with CHAINS[request.param](wordpress_site.listener) as listener:
        yield Site(wordpress_site.wordpress, listener)
