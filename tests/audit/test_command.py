"""``xmlrpc-guard audit``: what it prints, and what its exit status says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from xmlrpc_guard.cli import run

FORM = '{} - - [29/Nov/2026:11:00:{:02} +0000] "POST {} HTTP/1.1" {} 370 "-" "{}"{}\n'
LOG = "".join(
    [
        FORM.format("192.0.64.7", 1, "/xmlrpc.php", 200, "Jetpack", ""),
        FORM.format("203.0.113.9", 2, "/xmlrpc.php", 200, "probe/1", ""),
        FORM.format("203.0.113.9", 3, "//xmlrpc.php", 403, "probe/\\x1b[31m", ""),
        FORM.format("203.0.113.9", 4, "/", 200, "probe/1", ""),
        FORM.format("host.example", 5, "/blog/xmlrpc.php", 200, "-", ""),
        "worker 1 started\n",
    ]
)
TEXT = r"""
6 lines (1 combined), 4 of them read
  1 passed over: no guarded script's name can be in them
  1 of no format that is known
requests for a guarded script from 2026-11-29T11:00:01Z to 2026-11-29T11:00:05Z

requests for a guarded script  all  answered  refused already  clients
would be allowed                 1         1                0        1
would be refused                 2         1                1        1
cannot be told                   1         1                0        1
cannot be told: 1 x the line names no address of the peer
answered: nothing has refused it until now. WordPress answers a failed login as well, so no one is let in by this
refused already: the answer had a status of 4xx, as 403 or 404

would be refused, by client (those in a published list or in your notes first, then most answered requests)
client       requests  by status    first and last    user agents (their own word)
203.0.113.9         2  200:1 403:1  2026-11-29 11:00  probe/\x1b[31m, probe/1

cannot be told, by client (those in a published list or in your notes first, then most answered requests)
client        requests  by status  first and last    user agents (their own word)
host.example         1  200:1      2026-11-29 11:00  none

spelling of the path  would be allowed  would be refused  cannot be told
doubled slashes                      0                 1               0
in a folder                          0                 0               1
plain                                1                 1               0
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access.log").write_text(LOG)
    Path("notes").write_text("203.0.113.0/24 # the office\n")


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "192.0.64.7", "access.log"]) == 0
    assert capsys.readouterr() == (TEXT[1:], "")


def test_evidence_stands_below_its_client(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "--allow", "", "--notes", "notes", "--top", "2", "access.log"])
    shown = capsys.readouterr().out.splitlines()
    at = shown.index(
        "would be refused, by client (those in a published list or in your notes first, then most answered requests)"
    )
    assert "would be refused, and in the list jetpack: clients 1, requests 1; to let them in: --allow jetpack" in shown
    assert shown[at + 3 : at + 5] == ["    your note: the office", "    to let it in: --allow 203.0.113.0/24"]
    assert shown[at + 5].startswith("192.0.64.7  ")
    assert shown[at + 6 : at + 8] == ["    is in the published list jetpack", "    to let it in: --allow jetpack"]


def test_how_many_clients_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "--allow", "", "--top", "1", "access.log"])
    assert "would be refused, by client, 1 of 2 (those in a published list" in capsys.readouterr().out


def test_known_clients_come_before_a_flood_of_strangers_and_proxies_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    flood = [FORM.format(f"198.51.100.{n % 9}", n % 60, "/xmlrpc.php", 200, "probe/1", "") for n in range(500)]
    flood += [FORM.format("10.0.0.5", 1, "/xmlrpc.php", 200, "probe/1", "")]
    Path("access.log").write_text("".join(flood) + LOG)
    run(["audit", "--allow", "", "--notes", "notes", "--top", "3", "access.log"])
    shown = capsys.readouterr().out
    assert "would be refused, and in the list private: clients 1, requests 1; no one is let in by it" in shown
    clients = [line.split()[0] for line in shown.splitlines() if "2026-11-29 11:00  " in line][:3]
    assert clients == ["203.0.113.9", "192.0.64.7", "198.51.100.0"]


def test_the_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "jetpack", "--json", "--since", "2026-11-29T11:00:03Z", "access.log"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["requests"]["refused"] == {"all": 1, "answered": 0, "refused_already": 1, "clients": 1}
    assert report["lines"]["outside_the_period"] == 2
    assert report["clients"]["refused"][0]["agents"] == [{"agent": "probe/\x1b[31m", "requests": 1}]


NEEDED: list[Any] = [
    pytest.param("203.0.113.0/24,192.0.64.7", 1, id="a client in it would be refused"),
    pytest.param("jetpack", 0, id="no client in it would be"),
]


@pytest.mark.parametrize(("needed", "status"), NEEDED)
def test_the_status_says_whether_a_client_that_is_needed_would_be_refused(needed: str, status: int) -> None:
    assert run(["audit", "--allow", "jetpack", "--fail-on-refused", needed, "access.log"]) == status


UNUSABLE: list[Any] = [
    pytest.param("access.log", "--allow is missing; write --allow jetpack, or --allow '' for no one", id="no allow"),
    pytest.param("--allow jetpack none", "none: cannot be read (No such file or directory)", id="no log"),
    pytest.param("--allow jetpack", "Missing argument 'LOG...'", id="no name of a log"),
    pytest.param(
        "--allow jetpack --since noon access.log",
        "since: 'noon' is not a time; write 2026-11-28, or 2026-11-28T12:00:00Z",
        id="no time",
    ),
    pytest.param(
        "--allow jetpack --format ncsa access.log", "format: 'ncsa' is not known; write one of", id="no format"
    ),
    pytest.param("--allow jetpack --notes access.log access.log", "access.log:1: ", id="notes that are none"),
    pytest.param(
        "--allow jetpack --fail-on-refused 10/8 access.log",
        "fail_on_refused: '10/8' is a partial address; write 10.0.0.0/8",
        id="no range",
    ),
    pytest.param(
        "--allow jetpack proxied.log",
        "30 of the first 30 lines have the peer 10.0.0.5, and none a place for X-Forwarded-For; write",
        id="a log of a proxy's requests",
    ),
]


@pytest.mark.parametrize(("arguments", "problem"), UNUSABLE)
def test_what_cannot_be_used_is_one_line_and_status_2(
    arguments: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("proxied.log").write_text(FORM.format("10.0.0.5", 1, "/", 200, "-", "") * 30)
    assert run(["audit", *arguments.split()]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert error.startswith(f"xmlrpc-guard: {problem}")


def test_a_day_is_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "--allow", "jetpack", "--json", "--until", "2026-11-29", "access.log"])
    assert json.loads(capsys.readouterr().out)["period"] == {"first": None, "last": None}


def test_logs_that_break_off_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "Compressed file ended before the end-of-stream marker was reached"
    Path("a.gz").write_bytes(b"\x1f\x8b\x08\0")
    run(["audit", "--allow", "jetpack", "a.gz"])
    assert capsys.readouterr().out.splitlines()[:2] == [
        "0 lines (), 0 of them read",
        f"  a.gz: breaks off ({reason}); what is before that was read",
    ]


@pytest.fixture
def piped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IO[str]]:
    """Let a log stand on standard input."""
    (tmp_path / "piped").write_text(LOG)
    with (tmp_path / "piped").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        yield file


TWICE: list[Any] = [
    pytest.param(["--guard-log", "-", "-"], id="a guard's log and a server's"),
    pytest.param(["--guard-log", "-", "--guard-log", "-", "access.log"], id="two logs of a guard"),
    pytest.param(["--notes", "-", "-"], id="notes and a log"),
    pytest.param(["--notes", "-", "--guard-log", "-", "access.log"], id="notes and a guard's log"),
]


@pytest.mark.parametrize("arguments", TWICE)
def test_standard_input_for_two_files_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str], piped: IO[str]
) -> None:
    assert run(["audit", "--allow", "jetpack", *arguments]) == 2
    assert "standard input can be read once; name a file" in capsys.readouterr().err
    assert piped.read() == LOG


ONCE: list[Any] = [
    pytest.param(["-"], id="a log"),
    pytest.param(["-", "-"], id="one log that is named twice"),
]


@pytest.mark.parametrize("arguments", ONCE)
@pytest.mark.usefixtures("piped")
def test_standard_input_is_read_once(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "jetpack", *arguments]) == 0
    assert capsys.readouterr().out.startswith("6 lines (1 combined), 4 of them read\n")
