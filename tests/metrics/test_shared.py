"""Numbers that several processes share, read back from the files that prometheus_client keeps them in."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from wsgiref.types import WSGIEnvironment

import prometheus_client.values
import pytest

from tests.frontends import ROOT
from tests.live.doubles import BAD, BEGINNING, Memory, Time, follow
from tests.proxying import call
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.metrics import shared
from xmlrpc_guard.metrics.numbers import ListNumbers
from xmlrpc_guard.metrics.reading import SHARED_FOLDER, make_number_reader
from xmlrpc_guard.metrics.shared import Share, read_shared
from xmlrpc_guard.proxy import ReverseProxy

POLICY = Policy(allow=["192.0.64.0/18"])


class Process:
    """The process that counts, as the files name it."""

    number = os.getpid()


# The open files of a test end with pytest. Recent versions of prometheus_client hold them so themselves. Version 0.20
# does not: they would be collected in some later test, with a warning that fails it.
HELD: list[object] = []


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """Let prometheus_client count in files, as it does if the variable is set when it is imported."""
    here = Process()
    monkeypatch.setenv(SHARED_FOLDER, str(tmp_path))
    values = prometheus_client.values.MultiProcessValue(lambda: here.number)  # type: ignore[no-untyped-call]
    HELD.append(values)
    monkeypatch.setattr(prometheus_client.values, "ValueClass", values)
    for made in (shared._make_counters, shared._make_gauges):  # noqa: SLF001 - once in a process
        made.cache_clear()
    yield here
    for made in (shared._make_counters, shared._make_gauges):  # noqa: SLF001
        made.cache_clear()


def site(_environ: WSGIEnvironment, start_response: object) -> list[bytes]:
    start_response("204 No Content", [])  # type: ignore[operator]
    return []


def send(guard: XMLRPCGuard, *clients: str) -> None:
    for client in clients:
        guard({"REQUEST_METHOD": "GET", "PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": client}, lambda *_: bytes)


@pytest.mark.usefixtures("process")
def test_what_a_guard_decides_and_records_is_in_the_files(tmp_path: Path) -> None:
    guard = XMLRPCGuard(site, POLICY, log="sampled", report_only=True)
    read = make_number_reader(guard)
    send(guard, *["203.0.113.9"] * 5, "192.0.64.5", "evil")
    numbers = read()
    assert {name: number for name, number in numbers.decisions.items() if number} == {
        "NOT_LISTED": 5,
        "LISTED": 1,
        "UNKNOWN_PEER": 1,
    }
    assert (numbers.processes, numbers.report_only) == ((os.getpid(),), True)
    assert (numbers.recorded, numbers.suppressed) == (2, 4)
    assert read_shared(str(tmp_path)) == numbers


@pytest.mark.usefixtures("process")
def test_the_errors_of_the_upstream_are_in_the_files(tmp_path: Path) -> None:
    guard = XMLRPCGuard(ReverseProxy("unix:/no/such/socket"), POLICY)
    Share(guard)
    call(guard)
    assert read_shared(str(tmp_path)).upstream_errors == {"502": 1, "504": 0, "broken off": 0}


def test_the_lists_are_in_the_files_as_each_process_has_them(
    process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_runs", lambda _: True)
    time, memory = Time(), Memory(["192.0.2.7"], name="/etc/list", written=BEGINNING)
    guard = XMLRPCGuard(site, follow(time, memory, deny=[Memory(name="/srv/list")]))
    share = Share(guard)
    share.refresh()
    first, process.number = process.number, process.number + 1
    memory.write("192.0.2.8", "192.0.2.9")
    time.passes(5)
    share.refresh()
    memory.fail(BAD)
    time.passes(5)
    share.refresh()
    numbers = read_shared(str(tmp_path))
    written = BEGINNING.timestamp()
    assert numbers.reloads == {("allow", "list"): 1, ("deny", "list"): 0}
    assert numbers.lists == (
        ListNumbers(first, "allow", "list", 1, written, stale=False, usable=True),
        ListNumbers(first, "deny", "list", 0, None, stale=False, usable=True),
        ListNumbers(first + 1, "allow", "list", 2, written, stale=False, usable=False),
        ListNumbers(first + 1, "deny", "list", 0, None, stale=False, usable=True),
    )
    assert numbers.processes == (first, first + 1)


@pytest.mark.usefixtures("process")
def test_an_event_writes_what_is_a_process_own_if_that_was_not_done_lately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [100.0]
    monkeypatch.setattr(shared, "monotonic", lambda: seconds[0])
    time, memory = Time(), Memory(["192.0.2.7"])
    guard = XMLRPCGuard(site, follow(time, memory))
    Share(guard)

    def entries_after(pause: float) -> list[int]:
        seconds[0] += pause
        time.passes(pause)
        send(guard, "203.0.113.9")
        return [each.entries for each in read_shared(str(tmp_path)).lists]

    assert entries_after(0) == [1]
    memory.write("192.0.2.8", "192.0.2.9")
    assert entries_after(4) == [1]
    assert entries_after(1) == [2]


CHILD = """
import sys
from tests.metrics.test_shared import POLICY, send, site
from xmlrpc_guard import XMLRPCGuard
from xmlrpc_guard.metrics.shared import Share

guard = XMLRPCGuard(site, POLICY)
Share(guard)
send(guard, "203.0.113.9", "203.0.113.9")
"""


@pytest.mark.usefixtures("process")
def test_the_counts_of_a_process_that_has_ended_stay_and_what_was_its_own_goes(tmp_path: Path) -> None:
    command = (sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    guard = XMLRPCGuard(site, POLICY)
    read = make_number_reader(guard)
    send(guard, "203.0.113.9")
    numbers = read()
    assert (numbers.decisions["NOT_LISTED"], numbers.recorded) == (3, 3)
    assert numbers.processes == (os.getpid(),)


@pytest.mark.usefixtures("process")
def test_a_process_of_another_user_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: int) -> None:
        raise PermissionError

    read = make_number_reader(XMLRPCGuard(site, POLICY))
    monkeypatch.setattr(os, "kill", forbid)
    assert read().processes == (os.getpid(),)


def test_files_that_cannot_be_written_are_logged_once_and_decide_nothing(
    process: Process, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    guard = XMLRPCGuard(site, POLICY, log="off")
    Share(guard)
    for file in tmp_path.iterdir():
        file.unlink()
    tmp_path.rmdir()
    process.number += 1  # by a fork, after which files are opened anew
    send(guard, "203.0.113.9", "203.0.113.9")
    assert guard.status().refused == 2
    (message,) = caplog.messages
    assert message.startswith("events are not counted for Prometheus: FileNotFoundError: ")


@pytest.mark.usefixtures("process")
def test_half_a_file_is_told_with_its_folder(tmp_path: Path) -> None:
    read = make_number_reader(XMLRPCGuard(site, POLICY))
    (tmp_path / "counter_0.db").write_bytes(b"\x64" + bytes(7))  # of a hundred bytes, by its first number
    with pytest.raises(ConfigurationError) as caught:
        read()
    assert (caught.value.setting, caught.value.value) == (SHARED_FOLDER, str(tmp_path))
    assert caught.value.problem.startswith("holds what cannot be read (")
    assert caught.value.problem.endswith("); empty it before the server starts")


@pytest.mark.usefixtures("process")
def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    tmp_path.rmdir()
    with pytest.raises(ConfigurationError) as caught:
        make_number_reader(XMLRPCGuard(site, POLICY))
    assert (caught.value.setting, caught.value.value) == (SHARED_FOLDER, str(tmp_path))
    assert caught.value.problem == (
        "cannot be used (No such file or directory); create it, empty, for this user to write"
    )


@pytest.mark.usefixtures("process")
def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xmlrpc_guard.metrics.shared", None)
    with pytest.raises(ConfigurationError) as caught:
        make_number_reader(XMLRPCGuard(site, POLICY))
    assert caught.value.problem == "needs prometheus_client; run: pip install 'xmlrpc_guard[metrics]'"
