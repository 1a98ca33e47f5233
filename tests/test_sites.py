"""A Flask and a Django application in a guard, called and served."""

from collections.abc import Iterator
from pkgutil import resolve_name
from wsgiref.types import WSGIApplication

import pytest

from tests.frontends import Listener, get, running
from xmlrpc_guard.testing import ORDINARY, SPELLINGS, blocks

SITES = ["flask_site", "django_site"]


@pytest.mark.parametrize("name", SITES)
def test_no_spelling_reaches_the_site(name: str) -> None:
    site: WSGIApplication = resolve_name(f"tests.sites:{name}")
    assert [spelling for spelling in SPELLINGS if not blocks(site, spelling)] == []
    assert [path for path in ORDINARY if blocks(site, path)] == []


@pytest.fixture(scope="module", params=SITES)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, Listener]]:
    with running("gunicorn", f"tests.sites:{request.param}") as listener:
        yield request.param.removesuffix("_site"), listener


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param("X-Forwarded-For: 203.0.113.9", b"403 Forbidden", id="a stranger is refused"),
        pytest.param("X-Forwarded-For: 192.0.64.5", b"200 OK", id="a listed client reaches the site"),
    ],
)
def test_served_by_gunicorn(served: tuple[str, Listener], headers: str, expected: bytes) -> None:
    framework, listener = served
    answer = listener.ask(get("/xmlrpc.php", headers))
    assert expected in answer
    assert (f"{framework} has xmlrpc.php".encode() in answer) is (expected == b"200 OK")
