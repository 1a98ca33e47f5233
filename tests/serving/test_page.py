"""The status page: what it shows, to whom, and where it may listen."""

import atexit
import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import webob
from prometheus_client.parser import text_string_to_metric_families

from tests.frontends import Listener, free_port, get
from xmlrpc_guard import Reason
from xmlrpc_guard.configured import make_guard, show_status
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.metrics.numbers import GuardNumbers, numbers_of
from xmlrpc_guard.serving.page import StatusPage, serving_page
from xmlrpc_guard.serving.private import check_private_entry
from xmlrpc_guard.settings.configuration import Configuration, read_configuration
from xmlrpc_guard.status import GuardStatus, ListStatus

WRITTEN = datetime(2026, 11, 29, tzinfo=UTC)
ERROR = "/etc/xmlrpc-guard/office.txt:3: '203.0.113.9/8' has host bits set; write 203.0.0.0/8"
LISTS = (
    ListStatus("allow", "/etc/xmlrpc-guard/jetpack.txt", 8, WRITTEN, WRITTEN, None, stale=True, reloads=2),
    ListStatus("deny", "/srv/office.txt", 3, None, WRITTEN, ERROR, stale=False),
)
STATUS = GuardStatus(
    process=4711,
    report_only=False,
    decisions={Reason.NOT_LISTED: 12, Reason.DENY_LISTED: 1, Reason.LISTED: 5},
    written=4,
    upstream_errors={"502": 1, "504": 0, "broken off": 0},
    lists=LISTS,
)


def read() -> GuardNumbers:
    return numbers_of(STATUS)


def ask(path: str = "/", method: str = "GET", host: str | None = "localhost", **more: str) -> webob.Response:
    request = webob.Request.blank(path, method=method)
    request.environ.update(more)
    request.environ.pop("HTTP_HOST")
    if host is not None:
        request.environ["HTTP_HOST"] = host
    return request.send(StatusPage(read))


def test_the_page_is_json_without_addresses_and_paths() -> None:
    response = ask()
    shown = response.json
    ages = [each.pop("age_seconds") for each in shown["lists"]]
    assert ages[0] > 0
    assert ages[1] is None
    assert shown == {
        "processes": [4711],
        "report_only": False,
        "decisions": {"NOT_LISTED": 12, "DENY_LISTED": 1, "LISTED": 5},
        "refusals": {"recorded": 4, "suppressed": 9},
        "upstream_errors": {"502": 1, "504": 0, "broken off": 0},
        "reloads": [
            {"setting": "allow", "list": "jetpack.txt", "times": 2},
            {"setting": "deny", "list": "office.txt", "times": 0},
        ],
        "lists": [
            {"process": 4711, "setting": "allow", "list": "jetpack.txt", "entries": 8, "stale": True, "usable": True},
            {"process": 4711, "setting": "deny", "list": "office.txt", "entries": 3, "stale": False, "usable": False},
        ],
    }
    assert (response.content_type, response.headers["Cache-Control"]) == ("application/json", "no-store")


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Read Prometheus' text as its own parser does."""
    families = text_string_to_metric_families(text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_prometheus_reads_the_same_numbers() -> None:
    response = ask("/metrics")
    read_back = samples(response.text)
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert read_back.pop(("xmlrpc_guard_list_age_seconds", "jetpack.txt", "4711", "allow")) > 0
    jetpack, office = ("jetpack.txt", "4711", "allow"), ("office.txt", "4711", "deny")
    assert read_back == {
        ("xmlrpc_guard_decisions_total", "NOT_LISTED"): 12,
        ("xmlrpc_guard_decisions_total", "DENY_LISTED"): 1,
        ("xmlrpc_guard_decisions_total", "LISTED"): 5,
        ("xmlrpc_guard_refusals_recorded_total",): 4,
        ("xmlrpc_guard_refusals_suppressed_total",): 9,
        ("xmlrpc_guard_list_reloads_total", "jetpack.txt", "allow"): 2,
        ("xmlrpc_guard_list_reloads_total", "office.txt", "deny"): 0,
        ("xmlrpc_guard_upstream_errors_total", "502"): 1,
        ("xmlrpc_guard_upstream_errors_total", "504"): 0,
        ("xmlrpc_guard_upstream_errors_total", "broken off"): 0,
        ("xmlrpc_guard_report_only", "4711"): 0,
        ("xmlrpc_guard_list_entries", *jetpack): 8,
        ("xmlrpc_guard_list_entries", *office): 3,
        ("xmlrpc_guard_list_written_timestamp_seconds", *jetpack): WRITTEN.timestamp(),
        ("xmlrpc_guard_list_stale", *jetpack): 1,
        ("xmlrpc_guard_list_stale", *office): 0,
        ("xmlrpc_guard_list_usable", *jetpack): 1,
        ("xmlrpc_guard_list_usable", *office): 0,
    }


def test_without_the_extra_prometheus_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xmlrpc_guard.metrics.exposition", None)
    response = ask("/metrics")
    assert (response.status_int, response.text) == (
        501,
        "prometheus_client is missing; run: pip install 'xmlrpc_guard[metrics]'\n",
    )
    assert ask("/").status_int == 200


def test_a_refusal_that_is_counted_while_the_numbers_are_read_makes_no_negative_number() -> None:
    assert numbers_of(STATUS._replace(decisions={Reason.NOT_LISTED: 3})).suppressed == 0


@pytest.mark.parametrize(
    ("arguments", "status", "body"),
    [
        pytest.param({"path": "/healthz"}, 200, "ok\n", id="an answer on health"),
        pytest.param({"path": "/other"}, 404, "Not Found\n", id="another path"),
        pytest.param({"method": "POST"}, 405, "Method Not Allowed\n", id="POST"),
        pytest.param({"method": "HEAD"}, 405, "", id="HEAD"),
        pytest.param({"host": "127.0.0.1:9100"}, 200, None, id="the loopback address and a port"),
        pytest.param({"host": "[::1]:9100"}, 200, None, id="the loopback address of IPv6"),
        pytest.param({"host": "LOCALHOST"}, 200, None, id="the name in capitals"),
        pytest.param({"host": "evil.example"}, 403, "Forbidden\n", id="a name that a stranger gives to 127.0.0.1"),
        pytest.param(
            {"host": "localhost.evil.example"}, 403, "Forbidden\n", id="a name that begins like the right one"
        ),
        pytest.param({"host": "evil.example/127.0.0.1"}, 403, "Forbidden\n", id="a name that ends like the right one"),
        pytest.param({"host": None}, 403, "Forbidden\n", id="no Host"),
        pytest.param({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403, "Forbidden\n", id="a request that a proxy hands on"),
        pytest.param({"HTTP_FORWARDED": "for=203.0.113.9"}, 403, "Forbidden\n", id="one handed on, by RFC 7239"),
        pytest.param({"HTTP_VIA": "1.1 proxy"}, 403, "Forbidden\n", id="one handed on, by Via"),
    ],
)
def test_who_is_answered(arguments: dict[str, Any], status: int, body: str | None) -> None:
    response = ask(**arguments)
    assert response.status_int == status
    assert body is None or response.text == body
    assert response.headers.get("Allow") == ("GET" if status == 405 else None)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("0.0.0.0:0", id="all IPv4 addresses"),
        pytest.param(":0", id="all addresses"),
        pytest.param("[::]:0", id="all IPv6 addresses"),
    ],
)
def test_the_page_listens_on_this_machine_only(entry: str) -> None:
    with pytest.raises(ConfigurationError) as caught, serving_page(entry, read):
        pass
    assert str(caught.value) == f"status: '{entry}' can be reached from elsewhere; write 127.0.0.1:PORT or unix:PATH"


@pytest.mark.parametrize("entry", ["0.0.0.0:9100", ":9100", "[::]:9100", "192.0.64.5:9100", "127.1:9100"])
def test_the_settings_check_refuses_an_address_that_others_reach(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="can be reached from elsewhere"):
        check_private_entry(entry)


def test_a_name_of_an_address_that_others_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    create = socket.create_server
    monkeypatch.setattr(socket, "create_server", lambda address, **given: create(("0.0.0.0", address[1]), **given))
    with pytest.raises(ConfigurationError, match="can be reached from elsewhere"), serving_page("localhost:0", read):
        pass


@pytest.mark.parametrize("entry", ["systemd", "fd:3"])
def test_an_inherited_socket_is_refused_wherever_it_listens(entry: str) -> None:
    for use in (check_private_entry, lambda entry: serving_page(entry, read).__enter__()):
        with pytest.raises(ConfigurationError) as caught:
            use(entry)
        assert caught.value.problem == "is a socket that others may reach; write 127.0.0.1:PORT or unix:PATH"


@pytest.mark.parametrize("entry", ["127.0.0.1:0", "[::1]:0", "localhost:0", "unix:{}/status"])
def test_the_page_is_served_until_the_block_ends(entry: str, tmp_path: Path) -> None:
    with serving_page(entry.format(tmp_path), read) as listener:
        at = (
            Listener(path=f"{tmp_path}/status") if listener.is_unix else Listener(port=listener.socket.getsockname()[1])
        )
        if "[::1]" not in entry:
            assert json.loads(at.ask(get("/")).partition(b"\r\n\r\n")[2])["processes"] == [4711]
    with pytest.raises(OSError), contextlib.closing(at.connect()):  # noqa: PT011 - of two kinds
        pass
    assert not (tmp_path / "status").exists()


def test_numbers_that_cannot_be_read_are_one_record_and_500_until_they_can(caplog: pytest.LogCaptureFixture) -> None:
    failing = [True, True, False, True]

    def look() -> GuardNumbers:
        if failing.pop(0):
            raise OSError(2, "No such file", "/run/metrics")
        return read()

    page = StatusPage(look)
    answers = [webob.Request.blank("/").send(page) for _ in range(4)]
    assert [answer.status_int for answer in answers] == [500, 500, 200, 500]
    assert answers[0].text == "Internal Server Error\n"
    problem = "FileNotFoundError: [Errno 2] No such file: '/run/metrics'"
    assert caplog.messages == [f"the status page cannot be shown: {problem}"] * 2
    assert webob.Request.blank("/healthz").send(page).status_int == 200


def test_a_list_whose_age_is_known_in_seconds() -> None:
    now = (WRITTEN + timedelta(hours=1)).timestamp()
    assert [each["age_seconds"] for each in read().as_dict(now)["lists"]] == [3600.0, None]


def configured(status: str) -> Configuration:
    values = {"allow": "jetpack", "application": "tests.apps:echo", "status": status}
    return read_configuration({}, {f"XMLRPC_GUARD_{name.upper()}": value for name, value in values.items()})


def test_the_page_of_an_application_for_any_server_is_shown_until_the_process_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_exit: list[Callable[[], None]] = []
    at = Listener(port=free_port())
    monkeypatch.setattr(atexit, "register", lambda function, *given: at_exit.append(partial(function, *given)))
    configuration = configured(f"127.0.0.1:{at.port}")
    guard = make_guard(configuration)
    show_status(configuration, guard)
    assert at.ask(get("/healthz")).endswith(b"ok\n")
    (end,) = at_exit
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 0)  # as in a forked process, which has not the page's thread
        end()
    assert at.ask(get("/healthz")).endswith(b"ok\n")
    end()
    with pytest.raises(ConnectionRefusedError):
        at.connect()


def test_the_page_of_an_application_needs_the_extra_of_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xmlrpc_guard.serving.page", None)
    configuration = configured("127.0.0.1:9100")
    with pytest.raises(ConfigurationError, match=r"needs xmlrpc_guard\.serving\.page; run: pip install 'xmlrpc_guard"):
        show_status(configuration, make_guard(configuration))


def test_an_application_without_a_page() -> None:
    configuration = read_configuration(
        {}, {"XMLRPC_GUARD_ALLOW": "jetpack", "XMLRPC_GUARD_APPLICATION": "tests.apps:echo"}
    )
    show_status(configuration, make_guard(configuration))


def test_the_processes_of_a_server_cannot_share_the_page_at_a_unix_socket() -> None:
    configuration = configured("unix:/run/status")
    with pytest.raises(ConfigurationError) as caught:
        show_status(configuration, make_guard(configuration))
    assert str(caught.value).endswith(" cannot be shared by the processes of a server; write 127.0.0.1:9100")
