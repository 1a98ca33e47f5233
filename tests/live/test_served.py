"""Lists that change under real servers: threads, greenlets, and processes forked before and after the guard is made."""

import importlib.util
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import webob

from tests.frontends import Listener, free_port, get, started, wait_for
from tests.live.doubles import swap
from tests.live.served import application
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(importlib.util.find_spec("gunicorn") is None, reason="gunicorn is missing")
needs_gevent = pytest.mark.skipif(importlib.util.find_spec("gevent") is None, reason="gevent is missing")

PRESENT, ABSENT = "127.0.0.1", "192.0.2.1"

WAYS: list[Any] = [
    pytest.param("-k sync -w 2", id="forked before the guard is made"),
    pytest.param("-k sync -w 2 --preload", id="forked after the guard is made"),
    pytest.param("-k gthread --threads 4 -w 2 --preload", id="threads in forked processes"),
    pytest.param("-k gevent -w 2", id="greenlets", marks=needs_gevent),
    pytest.param("-k gevent -w 2 --preload", id="greenlets, forked after the guard is made", marks=needs_gevent),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    swap(tmp_path / "list", PRESENT)
    return tmp_path / "list"


@contextmanager
def gunicorn(options: str, path: Path) -> Iterator[Listener]:
    listener = Listener(port=free_port())
    bind = ("--log-level", "warning", "--bind", f"127.0.0.1:{listener.port}")
    app = f"tests.live.served:application({str(path)!r})"
    command = (sys.executable, "-W", "ignore", "-m", "gunicorn", *options.split(), *bind, app)
    with started(command, path.with_name("log")):
        wait_for(listener)
        yield listener


def request_again(listener: Listener, answers: dict[str, str]) -> dict[str, str]:
    """Request once more, and give the latest status that each process has answered with."""
    body = listener.ask(get("/xmlrpc.php")).rpartition(b"\r\n\r\n")[2].decode()
    status, process = body.split()
    return {**answers, process: status}


def wait_until_all_answer(listener: Listener, status: str) -> set[str]:
    """Request until both processes answer so; give their last answers."""
    answers: dict[str, str] = {}
    end = time.monotonic() + PATIENCE
    while (len(answers) < 2 or {*answers.values()} != {status}) and time.monotonic() < end:
        answers = request_again(listener, answers)
        time.sleep(0.01)
    return {*answers.values()}


@pytest.mark.parametrize("options", WAYS)
def test_every_process_follows_the_file(options: str, path: Path) -> None:
    results = []
    with gunicorn(options, path) as listener:
        for entry, status in ((PRESENT, "200"), (ABSENT, "403"), (PRESENT, "200")):
            swap(path, entry)
            results.append(wait_until_all_answer(listener, status))
        path.write_bytes(b"")  # as a failed download leaves it
        time.sleep(0.3)
        results.append(wait_until_all_answer(listener, "200"))
    assert results == [{"200"}, {"403"}, {"200"}, {"200"}]
    problems = [line for line in path.with_name("log").read_text().splitlines() if "allow: " in line]
    assert [problem.split(";")[0] for problem in problems] == [f"allow: {path}: is empty"] * 2  # each process, once


def test_what_is_served_answers_alike_without_a_server(path: Path) -> None:
    request = webob.Request.blank("/xmlrpc.php")
    request.environ["REMOTE_ADDR"] = ABSENT
    results = [request.send(application(str(path))).status_int]
    swap(path, ABSENT)
    results.append(request.send(application(str(path))).status_int)
    assert results == [403, 200]
