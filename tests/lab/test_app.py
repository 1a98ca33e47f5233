"""The application that a file and the environment describe, under the servers that people run it with."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.frontends import COMMANDS, Listener, free_port, get, installed, running, started, wait_for
from tests.waiting import wait_until

FILE = """\
[policy]
allow = ["{allow}"]
trusted_proxies = ["127.0.0.1"]

[serve]
application = "{application}"
"""
LISTED, SET, STRANGER = (f"X-Forwarded-For: 203.0.113.{number}" for number in (7, 8, 9))


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


# All but waitress find the application in the module, by the name that each of them looks for.
SERVERS = [
    pytest.param(server, app, marks=pytest.mark.skipif(not installed(server), reason=f"{server} is missing"), id=server)
    for server, app in (
        ("gunicorn", "xmlrpc_guard.app"),
        ("granian", "xmlrpc_guard.app"),
        ("uwsgi", "xmlrpc_guard.app"),
        ("waitress", "xmlrpc_guard.app:application"),
    )
]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(("server", "app"), SERVERS)
def test_a_server_runs_what_the_file_and_the_environment_describe(
    server: str, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_ALLOW", "203.0.113.8")
    with running(server, app) as at:
        assert [status(at, client) for client in (LISTED, STRANGER, SET)] == ["403", "403", "200"]


@pytest.mark.usefixtures("config")
def test_the_extra_of_the_commands_is_not_needed() -> None:
    code = (
        "import sys; sys.modules.update(click=None, waitress=None); "
        "from xmlrpc_guard.app import application; print(application)"
    )
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


def count(log: Path, words: str) -> int:
    return log.read_text().count(words)


def test_four_workers_of_gunicorn_reload_the_file_and_finish_a_request_before_they_stop(
    config: Path, tmp_path: Path
) -> None:
    with four_workers(tmp_path) as (process, at, log):
        wait_until(lambda: count(log, "Booting worker") == 4)
        assert {status(at, LISTED) for _ in range(20)} == {"200"}

        write(config, allow="203.0.113.9", application="tests.waiting:answer_when_allowed")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: count(log, "Worker exiting") == 4)
        assert {status(at, LISTED) for _ in range(20)} == {"403"}

        answers = list[bytes]()
        client = Thread(target=lambda: answers.append(at.ask(get("/xmlrpc.php", STRANGER))))
        client.start()
        wait_until((tmp_path / "begun").exists)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: count(log, "Worker exiting") == 7)  # all but the one that answers
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
