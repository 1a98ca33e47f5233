"""Counts under gunicorn with four workers: the sum of all is exact, and what is a worker's own names it."""

import http.client
import json
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.frontends import Listener, free_port, get, installed, started, wait_for
from tests.live.doubles import swap
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not installed("gunicorn"), reason="gunicorn is missing"),
]

CONNECTIONS, REQUESTS = 200, settings().max_examples // 4  # five thousand in the profile ci
FILE = """\
[policy]
allow = ["file:{folder}/list"]

[guard]
every = 0.2

[serve]
application = "tests.apps:echo"
status = "127.0.0.1:{port}"
"""


def ask(port: int) -> set[int]:
    """Make some requests over one connection; give the statuses of the answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    statuses = set()
    for _ in range(REQUESTS):
        connection.request("GET", "/xmlrpc.php")
        with connection.getresponse() as answer:
            answer.read()
            statuses.add(answer.status)
    connection.close()
    return statuses


def read_page(page: Listener, path: str = "/") -> str:
    return page.ask(get(path)).partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["each worker loads it", "loaded before the fork"])
def test_thousands_of_requests_are_counted_exactly(
    preload: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, page = Listener(port=free_port()), Listener(port=free_port())
    config, shared = tmp_path / "guard.toml", tmp_path / "shared"
    shared.mkdir()
    (tmp_path / "list").write_text("192.0.2.1\n")
    config.write_text(FILE.format(folder=tmp_path, port=page.port))
    config.chmod(0o644)
    monkeypatch.setenv("XMLRPC_GUARD_CONFIG", str(config))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(shared))
    options = ("--workers", "4", "--worker-class", "gthread", "--threads", "2", "--bind", f"127.0.0.1:{at.port}")
    command = (sys.executable, "-W", "ignore", "-m", "gunicorn", *options, "--no-control-socket", *preload)
    log = tmp_path / "log"
    with started((*command, "xmlrpc_guard.app"), log) as process:
        wait_for(at, process)
        wait_until(lambda: log.read_text().count("Booting worker") == 4)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, [at.port] * CONNECTIONS))
        workers = {int(number) for number in re.findall(r"Booting worker with pid: ([0-9]+)", log.read_text())}
        # A worker boots before it has loaded the application, which may take longer than all requests.

        def all_have_answered() -> bool:
            answers.append(ask(at.port))
            return workers <= {each["process"] for each in json.loads(read_page(page))["lists"]}

        wait_until(all_have_answered)
        requests = len(answers) * REQUESTS
        shown: dict[str, Any] = json.loads(read_page(page))
        metrics = read_page(page, "/metrics")
        swap(tmp_path / "list", "192.0.2.1", "192.0.2.2")
        wait_until(lambda: bool(ask(at.port)) and '"entries": 2' in read_page(page))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert set().union(*answers) == {403}
    assert shown["decisions"]["NOT_LISTED"] == requests
    assert shown["refusals"]["recorded"] + shown["refusals"]["suppressed"] == requests
    assert shown["refusals"]["recorded"] <= 2 * len(workers)  # each samples for itself, and a minute may begin anew
    assert f'xmlrpc_guard_decisions_total{{reason="NOT_LISTED"}} {requests}.0' in metrics
    assert workers <= {process.pid, *shown["processes"]}
    named = {each["process"] for each in shown["lists"]}
    assert workers <= named
    assert {(each["list"], each["entries"]) for each in shown["lists"]} == {("list", 1)}


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        pytest.param(
            "unix:/run/status",
            "status: 'unix:/run/status' cannot be shared by the processes of a server; write 127.0.0.1:9100",
            id="a unix socket",
        ),
        pytest.param(
            "0.0.0.0:0",
            "status: '0.0.0.0:0' can be reached from elsewhere; write 127.0.0.1:PORT or unix:PATH",
            id="an address that others can reach",
        ),
    ],
)
def test_a_page_that_a_server_cannot_show_ends_it_with_its_line(
    status: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ALLOW": "jetpack", "APPLICATION": "tests.apps:echo", "STATUS": status}.items():
        monkeypatch.setenv(f"XMLRPC_GUARD_{name}", value)
    command = (sys.executable, "-W", "ignore", "-m", "gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket")
    with started((*command, "xmlrpc_guard.app"), tmp_path / "log") as process:
        assert process.wait(timeout=60) == 3
    assert f"$XMLRPC_GUARD_STATUS: {problem}" in (tmp_path / "log").read_text()
