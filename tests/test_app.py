"""The application that a file and the environment describe, under the servers that people run it with."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.frontends import COMMANDS, Listener, free_port, get, installed, running, started, wait_for

pytestmark = pytest.mark.lab

FILE = """\
[policy]
allow = ["{allow}"]
trusted_proxies = ["127.0.0.1"]

[serve]
application = "{application}"
"""
LISTED, STRANGER = "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 203.0.113.9"


def write(path: Path, allow: str = "203.0.113.7", application: str = "tests.apps:echo") -> None:
    path.write_text(FILE.format(allow=allow, application=application))
    path.chmod(0o644)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "guard.toml"
    write(path)
    monkeypatch.setenv("XMLRPC_GUARD_CONFIG", str(path))
    return path


def status(at: Listener, client: str) -> str:
    return at.ask(get("/xmlrpc.php", client)).split()[1].decode()


SERVERS = [
    pytest.param(name, marks=pytest.mark.skipif(not installed(name), reason=f"{name} is missing"))
    for name in ("gunicorn", "waitress", "granian", "uwsgi")
]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_runs_what_the_file_and_the_environment_describe(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_DENY", "203.0.113.8")
    with running(server, "xmlrpc_guard.app:application") as at:
        assert [status(at, client) for client in (LISTED, STRANGER)] == ["200", "403"]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("server", [row for row in SERVERS if row.values[0] != "waitress"])
def test_the_application_has_the_name_that_a_server_looks_for(server: str) -> None:
    with running(server, "xmlrpc_guard.app") as at:
        assert [status(at, client) for client in (LISTED, STRANGER)] == ["200", "403"]


@pytest.mark.usefixtures("config")
def test_click_is_not_needed() -> None:
    code = "import sys; sys.modules['click'] = None; from xmlrpc_guard.app import application; print(application)"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True)
    assert "XMLRPCGuard" in ran.stdout


@contextmanager
def four_workers(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Listener, Path]]:
    at, log = Listener(port=free_port()), folder / "log"
    bind = ("--bind", f"127.0.0.1:{at.port}", "--no-control-socket")
    command = (sys.executable, "-W", "ignore", "-m", "gunicorn", "--workers", "4", *bind, "xmlrpc_guard.app")
    with started(command, log) as process:
        wait_for(at, process)
        yield process, at, log


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def count(log: Path, words: str) -> int:
    return log.read_text().count(words)


def test_gunicorn_reloads_the_file_in_each_of_four_workers(config: Path, tmp_path: Path) -> None:
    with four_workers(tmp_path) as (process, at, log):
        wait_until(lambda: count(log, "Booting worker") == 4)
        assert {status(at, LISTED) for _ in range(20)} == {"200"}
        write(config, allow="203.0.113.9")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(log, "Worker exiting") == 4)
        assert {status(at, LISTED) for _ in range(20)} == {"403"}
        assert {status(at, STRANGER) for _ in range(20)} == {"200"}


def test_gunicorn_finishes_a_request_before_it_stops(config: Path, tmp_path: Path) -> None:
    write(config, application="tests.waiting:answer_when_allowed")
    with four_workers(tmp_path) as (process, at, log):
        answers = list[bytes]()
        client = Thread(target=lambda: answers.append(at.ask(get("/xmlrpc.php", LISTED))))
        client.start()
        wait_until((tmp_path / "begun").exists)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: count(log, "Worker exiting") == 3)  # those that are idle
        (tmp_path / "go").touch()
        client.join()
        assert process.wait(timeout=60) == 0
    assert [answer.endswith(b"\r\nfinished\r\n0\r\n\r\n") for answer in answers] == [True]


def test_a_file_that_cannot_be_used_ends_gunicorn_with_its_line(config: Path, tmp_path: Path) -> None:
    write(config, allow="10/8")
    at, log = Listener(port=free_port()), tmp_path / "log"
    with started(COMMANDS["gunicorn"]("xmlrpc_guard.app", at), log) as process:
        assert process.wait(timeout=60) == 3
    assert f"ConfigurationError: {config}:2: allow: '10/8' is a partial address; write 10.0.0.0/8\n" in log.read_text()
