from contextlib import suppress

import pytest
import webob
from filters import PathFilter
from mysite import site

from xmlrpc_guard import Policy, Request
from xmlrpc_guard.testing import ORDINARY, SERVERS, SPELLINGS, TargetRefused, environ_as

application = PathFilter(site)
FORGED = [("X-Forwarded-For", "192.0.64.5, 203.0.113.9")]  # by a stranger; the proxy wrote the second
GUARD = Policy(allow=[])  # knows which requests reach the script
ROWS = SPELLINGS  # [*every_spelling()] are all 12,404, and take some seconds


def refuses(app, environ):
    return webob.Request(environ).send(app).status.startswith("403")


def reaching(server):
    for row in ROWS:
        for method in ("GET", "POST"):
            with suppress(TargetRefused):
                environ = environ_as(server, row, peer="127.0.0.1", headers=FORGED, method=method)
                if not GUARD.decide(Request.from_environ(environ)).allowed:
                    yield row, environ


@pytest.mark.parametrize("server", SERVERS)
def test_a_stranger_is_refused(server):
    passed = [row for row, environ in reaching(server) if not refuses(application, environ)]
    assert not passed, "\n".join(f"{row.target} ({row.exercises})" for row in passed)


@pytest.mark.parametrize("path", ORDINARY)
def test_an_ordinary_page_is_shown(path):
    assert not refuses(application, environ_as("waitress", path))
