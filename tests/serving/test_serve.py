"""The command serve as an operator starts it, a process of its own: its sockets, signals, logs and pages."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.frontends import Listener, free_port, get, started, wait_for
from tests.heaps import count_heaps, needs_glibc
from tests.inherited import inherited
from tests.live.doubles import swap
from tests.waiting import PATIENCE, wait_until
from xmlrpc_guard.allocator import is_tuned

SERVE = (sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", "serve")


class Served:
    """A running ``serve``: its process, what it has written, and where it listens."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, at: Listener) -> None:
        self.process, self.log, self.at = process, log, at

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for_line(self, text: str, times: int = 1) -> None:
        wait_until(lambda: sum(text in line for line in self.lines()) >= times)


@contextmanager
def serving(tmp_path: Path, *flags: str, at: Listener | None = None) -> Iterator[Served]:
    """Run serve until the block ends, at a port of this machine unless the flags say where."""
    there = at or Listener(port=free_port())
    listen = () if at else ("--listen", f"127.0.0.1:{there.port}")
    log = tmp_path / "output"
    with started((*SERVE, *listen, *flags), log) as process:
        served = Served(process, log, there)
        wait_until(
            lambda: (
                any(" INFO listening at " in line or '"listening at ' in line for line in served.lines())
                or process.poll() is not None
            )
        )
        yield served


DEMOS = [
    pytest.param("127.0.0.1:{port}", "", "refused", b"403", id="an IPv4 address"),
    pytest.param("[::1]:{port}", "", "refused", b"403", id="an IPv6 address"),
    pytest.param(":{port}", "", "refused", b"403", id="all addresses"),
    pytest.param("0.0.0.0:{port}", "", "refused", b"403", id="all IPv4 addresses"),
    pytest.param("unix:{folder}/socket", "", "refused", b"403", id="a unix socket"),
    pytest.param(
        "127.0.0.1:{port}", "--report-only", "allowed, since refusals are only reported", b"200", id="reporting only"
    ),
    pytest.param("127.0.0.1:{port}", "--log off --log-format json", "refused", b"403", id="without a log of refusals"),
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.parametrize(("listen", "flags", "fate", "status"), DEMOS)
def test_the_printed_curl_lines_show_what_they_say(
    listen: str, flags: str, fate: str, status: bytes, tmp_path: Path
) -> None:
    at = Listener(path=f"{tmp_path}/socket") if "unix" in listen else Listener(port=free_port())
    entry = listen.format(port=at.port, folder=tmp_path)
    with serving(tmp_path, "--listen", entry, *flags.split(), at=at) as served:
        served.wait_for_line("an ordinary page: not guarded")
        lines = [line.strip() for line in served.lines() if line.startswith("  curl")]
        outputs = [
            subprocess.run(shlex.split(line, comments=True), capture_output=True, check=True).stdout for line in lines
        ]
    assert [(line.rpartition("# ")[2], output.split()[1]) for line, output in zip(lines, outputs, strict=True)] == [
        (f"a stranger: {fate}", status),
        ("Jetpack: allowed", b"200"),
        ("an ordinary page: not guarded", b"200"),
    ]


STRANGER = "X-Forwarded-For: 203.0.113.9"


def test_the_first_line_says_what_it_does(tmp_path: Path) -> None:
    flags = "--allow jetpack,203.0.113.7 --trusted-proxies 10.0.0.5 --scripts xmlrpc.php,xmlrpc --report-only"
    flags += " --public-methods editors,!wp.deletePost"
    with serving(tmp_path, "tests.apps:echo", *flags.split()) as served:
        url = f"http://127.0.0.1:{served.at.port}"
        assert served.lines()[0].endswith(" WARNING report_only is on: no request is refused")
        assert served.lines()[1] == f"Listening at {url}"
        assert served.lines()[2].partition(" INFO ")[2] == (
            f"listening at {url}; serving tests.apps:echo; REPORT-ONLY: no one is refused; "
            "allowed: jetpack, 203.0.113.7; trusted: 10.0.0.5 (X-Forwarded-For); "
            "guarded: xmlrpc.php, xmlrpc; public: editors, !wp.deletePost"
        )


@needs_glibc
def test_its_threads_share_one_heap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name, value in inherited().items() if is_tuned({name: value})]:
        monkeypatch.delenv(name)
    with serving(tmp_path, "tests.apps:echo", "--allow", "jetpack") as served:
        assert served.at.ask(get("/")).split()[1] == b"200"
        assert count_heaps(served.process.pid) == 0


@needs_glibc
def test_memory_is_given_back_when_many_large_bodies_have_passed(tmp_path: Path) -> None:
    size, head = 500_000, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"
    with serving(tmp_path, "tests.apps:echo", "--allow", "jetpack") as served, ExitStack() as stack:
        connections = [stack.enter_context(served.at.connect()) for _ in range(60)]
        for connection in connections:
            connection.sendall(head.format(size).encode() + bytes(size - 1))
        assert served.at.ask(get("/")).split()[1] == b"200"
        wait_until(lambda: count_megabytes(served.process.pid) > 45)  # the half of what was sent, beside what it had
        for connection in connections:
            connection.sendall(b"x")
            assert connection.recv(1 << 16).split()[1] == b"200"
        wait_until(lambda: count_megabytes(served.process.pid) < 45)


def count_megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1"])
def test_a_signal_looks_at_the_lists_at_once_and_opens_the_access_log_again(name: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("192.0.2.1\n")
    log = tmp_path / "access.log"
    flags = ("--allow", f"file:{tmp_path}/list", "--every", "3600", "--access-log", str(log))
    with serving(tmp_path, "tests.apps:echo", *flags) as served:
        swap(tmp_path / "list", "127.0.0.1", "192.0.2.1")
        assert served.at.ask(get("/xmlrpc.php")).split()[1] == b"403"
        log.rename(tmp_path / "access.log.1")
        served.process.send_signal(signal.Signals[name])
        served.wait_for_line(f"INFO allow: {tmp_path}/list now has 2 entries (1 before)")
        served.wait_for_line("a signal came")
        assert served.at.ask(get("/xmlrpc.php")).split()[1] == b"200"
        served.process.terminate()
        assert served.process.wait(PATIENCE) == 0
    assert [path.read_text().split('"')[1] for path in (tmp_path / "access.log.1", log)] == [
        "GET /xmlrpc.php HTTP/1.1"
    ] * 2


def test_a_flood_has_two_lines_and_all_of_it_is_counted(tmp_path: Path) -> None:
    page = Listener(port=free_port())
    flags = ("--allow", "jetpack", "--status", f"127.0.0.1:{page.port}")
    with serving(tmp_path, "tests.apps:echo", *flags) as served:
        for _ in range(50):
            served.at.ask(get("/xmlrpc.php"))
        shown = json.loads(page.ask(get("/")).partition(b"\r\n\r\n")[2])
        metrics = page.ask(get("/metrics")).decode()
        health = page.ask(get("/healthz"))
        process = served.process.pid
    assert shown["processes"] == [process]
    assert shown["refusals"] == {"recorded": 1, "suppressed": 49}
    assert 'xmlrpc_guard_decisions_total{reason="NOT_LISTED"} 50.0' in metrics
    assert health.endswith(b"\r\n\r\nok\n")
    refusals = [line.partition(" WARNING ")[2] for line in served.lines() if "refused" in line]
    assert refusals[0].startswith("refused 127.0.0.1: client is not in the allowlist")
    assert refusals[1:] == ["refused 127.0.0.1 49 more times within a minute"]  # when it ends


def test_every_record_is_json_where_that_is_chosen(tmp_path: Path) -> None:
    flags = ("--allow", "jetpack", "--log", "all", "--log-format", "json", "--access-log", "-")
    with serving(tmp_path, "tests.apps:echo", *flags) as served:
        for _ in range(2):
            served.at.ask(get("/xmlrpc.php/%0a%22"))
    records = [json.loads(line) for line in served.lines() if "GET /xmlrpc.php" not in line]  # the access log
    assert [record.get("rule.name") for record in records] == [None, "NOT_LISTED", "NOT_LISTED"]
    assert [record.get("url.path") for record in records[1:]] == ["/xmlrpc.php/%0a%22"] * 2


def test_the_error_of_an_application_is_in_the_log_and_forges_no_line(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def app(environ, _):\n    raise RuntimeError(environ['PATH_INFO'])\n")
    with serving(tmp_path, "own:app", "--allow", "jetpack") as served:
        served.at.ask(get("/%0a2026-11-29%2010:00:00,000%20WARNING%20refused%201.2.3.4:%20x"))
    lines = served.lines()
    assert any("refused 1.2.3.4" in line for line in lines)
    assert not any(re.match(r"[0-9-]+ [0-9:,]+ WARNING refused", line) for line in lines)
    assert any("own.py" in line for line in lines)


BROKEN = {
    "broken.py": ("1 / 0\n", "ZeroDivisionError: division by zero (raised at {}/broken.py:1)"),
    "deep.py": (
        "import json\n\n\ndef read():\n    return json.loads('{')\n\n\napp = read()\n",
        "(raised at {stdlib}/json/decoder.py:NN, from {}/deep.py:5)",
    ),
    "bad.py": ("def app(:\n", "SyntaxError: invalid syntax (bad.py, line 1)"),
    "silent.py": ("assert False\n", "cannot be loaded: AssertionError (raised at {}/silent.py:1)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_application_that_cannot_be_loaded_names_the_line_that_failed(name: str, tmp_path: Path) -> None:
    source, problem = BROKEN[name]
    (tmp_path / name).write_text(source)
    command = (*SERVE, f"{Path(name).stem}:app", "--allow", "jetpack")
    environment = inherited(PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert re.sub(r"decoder\.py:[0-9]+", "decoder.py:NN", line).endswith(
        problem.replace("{stdlib}", str(Path(os.__file__).parent)).format(tmp_path)
    )


ACTIVATED = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
other = socket.socket(socket.AF_UNIX)
other.bind(sys.argv[2])
other.listen()
above = [os.dup(each.fileno()) for each in (listener, listener, other)][1:]
for number, each in enumerate(above, start=3):
    os.dup2(each, number, inheritable=True)
os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="http:unix")
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""


def test_the_sockets_of_a_socket_unit_are_served(tmp_path: Path) -> None:
    """As systemd passes them: two descriptors from 3 on, to the very process that serves."""
    at, other = Listener(port=free_port()), Listener(path=f"{tmp_path}/socket")
    passing = (sys.executable, "-c", ACTIVATED, str(at.port), other.path)
    command = (*passing, *SERVE[1:], "tests.apps:echo", "--allow", "jetpack", "--listen", "systemd")
    with started(command, tmp_path / "output") as process:
        wait_for(at, process)
        answers = [each.ask(get("/")).split()[1] for each in (at, other)]
    assert answers == [b"200", b"200"]
    assert Path(other.path).exists()  # it is systemd's


@pytest.mark.parametrize(
    ("number", "patient"), [(signal.SIGTERM, False), (signal.SIGINT, True)], ids=["SIGTERM", "SIGINT after SIGHUP"]
)
def test_a_signal_ends_it_and_removes_its_socket(number: signal.Signals, patient: bool, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's children ignore it
    try:
        at = Listener(path=f"{tmp_path}/socket")
        flags = ("--listen", f"unix:{at.path}", "--allow", "", "--status", f"unix:{tmp_path}/status")
        with serving(tmp_path, "tests.apps:echo", *flags, at=at) as served:
            assert served.at.ask(get("/")).split()[1] == b"200"  # a signal before it serves is an interrupted start
            if patient:
                served.process.send_signal(signal.SIGHUP)
                served.wait_for_line("a signal came")
            served.process.send_signal(number)
            assert served.process.wait(PATIENCE) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["output"]
    assert not any("Traceback" in line for line in served.lines())


def test_a_socket_that_was_left_by_a_kill_is_taken_again(tmp_path: Path) -> None:
    at = Listener(path=f"{tmp_path}/socket")
    flags = ("--listen", f"unix:{at.path}", "--allow", "")
    with serving(tmp_path, "tests.apps:echo", *flags, at=at) as served:
        served.process.kill()
        served.process.wait()
    assert Path(at.path).exists()
    with serving(tmp_path, "tests.apps:echo", *flags, at=at) as served:
        assert served.at.ask(get("/")).split()[1] == b"200"
        second = subprocess.run((*SERVE, *flags), capture_output=True, text=True, check=False)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr.splitlines()[-1] == (
        f"xmlrpc-guard: listen: 'unix:{at.path}' is in use by another process; stop that, or write another path"
    )


def test_a_port_that_is_taken_is_told_before_anything_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        entry = f"127.0.0.1:{taken.getsockname()[1]}"
        command = (*SERVE, "--listen", f"unix:{tmp_path}/socket", "--listen", entry)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith(f"xmlrpc-guard: listen: '{entry}' is in use by another process; ")
    assert not (tmp_path / "socket").exists()
