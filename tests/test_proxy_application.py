"""A guard around a proxy, made in one call."""

from pathlib import Path
from typing import Any

import pytest

from tests.proxying import call
from tests.upstreams import Upstream
from xmlrpc_guard import XMLRPCGuard
from xmlrpc_guard.proxy import application


def test_an_application_follows_a_file(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("10.0.0.5\n")
    with Upstream() as upstream:
        files = f"file:{tmp_path}/list"
        guard = application(upstream.url, allow=[files], trusted_proxies=files)
        answers = [
            call(guard, "/xmlrpc.php", REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR=client).status
            for client in ("10.0.0.5", "203.0.113.9")
        ]
        del guard
    assert answers == ["200 OK", "403 Forbidden"]
    assert b"X-Forwarded-For: 10.0.0.5, 10.0.0.5\r\n" in upstream.requests[0]


LISTS: list[Any] = [
    pytest.param({"allow": "jetpack, 203.0.113.9"}, "203.0.113.9", True, id="a list in one text"),
    pytest.param({"allow": ["jetpack"], "deny": "192.0.64.5"}, "192.0.64.5", False, id="a list beside a text"),
    pytest.param({"allow": ""}, "192.0.64.5", False, id="an empty text allows no one"),
    pytest.param({"allow": "", "scripts": "wp-login.php"}, "192.0.64.5", True, id="a script that is not xmlrpc.php"),
]


@pytest.mark.parametrize(("settings", "client", "allowed"), LISTS)
def test_an_application_is_a_guard_around_a_proxy(settings: dict[str, Any], client: str, allowed: bool) -> None:
    with Upstream() as upstream:
        guard = application(upstream.url, trusted_proxies="10.0.0.5", **settings)
        answer = call(guard, "/xmlrpc.php", REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR=client)
        assert isinstance(guard, XMLRPCGuard)
        del guard
    assert answer.status == ("200 OK" if allowed else "403 Forbidden")
    assert [b"X-Forwarded-For: %s, 10.0.0.5\r\n" % client.encode() in request for request in upstream.requests] == [
        True
    ] * allowed


def test_an_application_that_only_reports_refuses_no_one(caplog: pytest.LogCaptureFixture) -> None:
    with Upstream() as upstream:
        guard = application(upstream.url, allow="", report_only=True, timeout=5)
        assert call(guard, "/xmlrpc.php").status == "200 OK"
        del guard
    assert "would refuse 203.0.113.9" in caplog.text
