"""The methods that clients called, read from a guard's own log as the guard writes it."""

import json
import logging
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.audit import called
from xmlrpc_guard.audit.called import read_called
from xmlrpc_guard.cli import run
from xmlrpc_guard.serving.logs import LineFormatter, _make_json_formatter

CALL = "<?xml version='1.0'?><methodCall><methodName>{}</methodName><params/></methodCall>"


def records_of(caplog: pytest.LogCaptureFixture, **options: Any) -> list[logging.LogRecord]:
    """Let one client call three times, and another with a path that poses as a record."""
    guard = XMLRPCGuard(lambda _environ, _start: [b""], Policy(allow=[], public_methods=["pingback.ping"]), **options)
    posed = "/xmlrpc.php/refused 192.0.2.9: a method that is called is not public (public_methods): 'x'; peer "
    calls = [
        *[("203.0.113.9", "wp.getUsersBlogs", "/xmlrpc.php")] * 2,
        ("203.0.113.9", "wp.newPost", "/xmlrpc.php"),
        ("2001:db8::9", "system.listMethods", posed),
        ("198.51.100.7", "it's", posed),
    ]
    for client, method, path in calls:
        body = CALL.format(method).encode()
        environ = {"REMOTE_ADDR": client, "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": ""}
        asked = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "text/xml", "wsgi.input": BytesIO(body)}
        list(guard({**environ, **asked}, lambda *_: lambda _: None))
    return caplog.records


WRITTEN: list[Any] = [
    pytest.param(LineFormatter().format, id="text"),
    pytest.param(_make_json_formatter().format, id="JSON"),
    pytest.param(lambda record: f"Nov 29 11:00:00 web app[7]: {record.getMessage()}", id="text behind a syslog header"),
]


@pytest.mark.parametrize("write", WRITTEN)
@pytest.mark.parametrize("options", [{}, {"report_only": True}], ids=["enforcing", "reporting"])
def test_the_methods_of_a_client_are_those_that_its_records_name(
    caplog: pytest.LogCaptureFixture, write: Callable[[logging.LogRecord], str], options: Any
) -> None:
    lines = [write(record).encode() for record in records_of(caplog, **options)]
    assert len(lines) == 5 + len(options), "one more says that it only reports"
    found = read_called(lines)
    assert found["203.0.113.9"] == {"wp.getUsersBlogs": 2, "wp.newPost": 1}
    assert found["2001:db8::9"] == {"system.listMethods": 1}
    assert set(found) == {"203.0.113.9", "2001:db8::9"}


OTHERS: list[Any] = [
    pytest.param(b"", id="nothing"),
    pytest.param(
        b"2026-11-29 11:00:00,000 WARNING refused ::1: client is not in the allowlist (allow); peer ::1", id="text"
    ),
    pytest.param(b'{"rule.name": "NOT_LISTED", "xmlrpc_guard.detail": "PRIVATE_METHOD"}', id="another rule"),
    pytest.param(
        b'{"rule.name": "PRIVATE_METHOD", "client.address": "unix", "xmlrpc_guard.detail": "x"}', id="no address"
    ),
    pytest.param(b'{"rule.name": "PRIVATE_METHOD", "client.address": 7}', id="no text"),
    pytest.param(b'{"rule.name": "PRIVATE_METHOD", "client.address": "::1"}', id="no method"),
    pytest.param(b'["PRIVATE_METHOD"]', id="no object"),
    pytest.param(b'{"PRIVATE_METHOD', id="no JSON"),
]


@pytest.mark.parametrize("line", OTHERS)
def test_another_line_names_no_method(line: bytes) -> None:
    assert read_called([line]) == {}


def test_clients_beyond_the_first_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(called, "MOST_CALLERS", 1)
    record = {"rule.name": "PRIVATE_METHOD", "client.address": "::1", "xmlrpc_guard.detail": "a"}
    lines = [json.dumps({**record, **other}).encode() for other in ({}, {"client.address": "::2"}, {})]
    assert read_called(lines) == {"::1": {"a": 2}}


ACCESS = '203.0.113.9 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "probe/1"\n'


def test_an_audit_shows_what_a_client_called(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access.log").write_text(ACCESS)
    Path("guard.log").write_text("".join(f"{LineFormatter().format(record)}\n" for record in records_of(caplog)))
    flags = [
        "audit",
        "--allow",
        "jetpack",
        "--guard-log",
        "guard.log",
        "--html",
        "page",
        "--csv",
        "table",
        "access.log",
    ]
    assert run(flags) == 0
    assert "    called, by the guard's log: wp.getUsersBlogs (2), wp.newPost (1)\n" in capsys.readouterr().out
    assert "Called, by the guard&#x27;s log: wp.getUsersBlogs (2), wp.newPost (1)." in Path("page").read_text()
    assert Path("table").read_text().endswith(",wp.getUsersBlogs: 2; wp.newPost: 1\n")
    assert run([*flags[:-1], "--json", "access.log"]) == 0
    (client,) = json.loads(capsys.readouterr().out)["clients"]["refused"]
    assert client["methods"] == [{"method": "wp.getUsersBlogs", "records": 2}, {"method": "wp.newPost", "records": 1}]
    assert client["entry"] == ""


def test_of_many_methods_the_first_are_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access.log").write_text(ACCESS)
    record = {"rule.name": "PRIVATE_METHOD", "client.address": "203.0.113.9"}
    Path("guard.log").write_text(
        "".join(json.dumps({**record, "xmlrpc_guard.detail": each}) + "\n" for each in "abcdefg")
    )
    run(["audit", "--allow", "jetpack", "--guard-log", "guard.log", "access.log"])
    assert "a (1), b (1), c (1), d (1), e (1), and 2 more\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [None, b"\x1f\x8b\x08\x00cut"], ids=["a file that is not there", "a file that breaks off"]
)
def test_a_guards_log_that_cannot_be_read_is_named(
    content: bytes | None, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access.log").write_text(ACCESS)
    if content is not None:
        Path("guard.log").write_bytes(content)
    assert run(["audit", "--allow", "jetpack", "--guard-log", "guard.log", "access.log"]) == 2
    assert capsys.readouterr().err.startswith("xmlrpc-guard: guard.log: ")
