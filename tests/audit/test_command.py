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
6 lines in 1 log (combined), 4 of them read
  1 passed over: no guarded script's name can be in them
  1 of no format that is known
requests for a guarded script from 2026-11-29T11:00:01Z to 2026-11-29T11:00:05Z
decided by: allow 192.0.64.7

requests for a guarded script  all  answered  refused already  clients
would be allowed                 1         1                0        1
would be refused                 2         1                1        1
cannot be told                   1         1                0        1
cannot be told: 1 x the line has no address of the peer, but a host name or nothing
answered: no status says that it was refused. WordPress answers a failed login too, so no one is let in by this
refused already: a status of 4xx, as 403, but not 405 (WordPress itself, to GET) or 499 (the client hung up)

would be refused, by client (in a list of clients or in your notes first, then most answered requests)
client       requests  answered  by status    first and last, UTC  user agents (their own word)
203.0.113.9         2         1  200:1 403:1  2026-11-29 11:00     probe/\x1b[31m, probe/1

cannot be told, by client (in a list of clients or in your notes first, then most answered requests)
client        requests  answered  by status  first and last, UTC  user agents (their own word)
host.example         1         1  200:1      2026-11-29 11:00     none

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


@pytest.mark.parametrize(
    ("format_", "which"),
    [
        pytest.param("auto", "a format that is known", id="no format is found"),
        pytest.param("$remote_addr|$request", "the format that --format names", id="another format is named"),
    ],
)
@pytest.mark.parametrize("flag", [pytest.param("--json", id="JSON"), pytest.param("--peer-is-client", id="text")])
def test_a_log_of_which_no_line_can_be_read_is_no_report_that_no_one_is_refused(
    format_: str, which: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("other.log").write_text("worker 1 started\nworker 2 started\n\n")
    assert run(["audit", "--allow", "jetpack", "--format", format_, flag, "other.log"]) == 2
    fix = "write the server's log_format or LogFormat as --format, or name another file"
    assert capsys.readouterr() == ("", f"xmlrpc-guard: logs: no line of 2 is of {which}; {fix}\n")


def test_the_report_says_by_which_settings_it_was_decided(capsys: pytest.CaptureFixture[str]) -> None:
    allow = ",".join(f"203.0.113.{last}" for last in range(7))
    assert run(["audit", "--allow", allow, "--trusted-proxies", "10.0.0.0/8", "access.log", "access.log"]) == 0
    said = "203.0.113.0, 203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4 and 2 more; trusted_proxies 10.0.0.0/8"
    assert f"decided by: allow {said}\n" in capsys.readouterr().out
    assert run(["audit", "--allow", "", "access.log"]) == 0
    assert "decided by: allow: none\n" in capsys.readouterr().out


def test_several_logs_are_named_by_their_formats(capsys: pytest.CaptureFixture[str]) -> None:
    Path("json.log").write_text('{"remote_addr":"203.0.113.9","request":"GET / HTTP/1.1","status":200}\n')
    Path("more.log").write_text(LOG)
    assert run(["audit", "--allow", "jetpack", "access.log", "json.log", "more.log"]) == 0
    assert capsys.readouterr().out.startswith("13 lines in 3 logs (2 combined, 1 json), 9 of them read\n")


def test_a_log_of_addresses_without_their_ends_stops_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [FORM.format(f"203.0.{part}.0", part, "/xmlrpc.php", 200, "Jetpack", "") for part in range(30)]
    Path("short.log").write_text("".join(lines))
    assert run(["audit", "--allow", "jetpack", "short.log"]) == 2
    assert capsys.readouterr().err.startswith(
        "xmlrpc-guard: short.log: 30 of the first 30 lines have an address like 2"
    )
    assert run(["audit", "--allow", "jetpack", "--peer-is-client", "short.log"]) == 0


def test_a_target_that_the_log_cut_has_no_spelling(capsys: pytest.CaptureFixture[str]) -> None:
    Path("cut.log").write_text(LOG + '203.0.113.9 - - [29/Nov/2026:11:00:09 +0000] "GET /aaa')
    assert run(["audit", "--allow", "jetpack", "--html", "page.html", "cut.log"]) == 0
    assert "\nunknown: the log cut it " in capsys.readouterr().out
    assert "<td>unknown: the log cut it</td>" in Path("page.html").read_text("ascii")


IIS = "2026-11-29 11:00:01 203.0.113.9 POST /xmlrpc.php - 443 - 200\n"


def test_a_log_of_iis_is_read_by_columns_that_are_named_in_the_log_or_as_its_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("iis.log").write_text(IIS)
    assert run(["audit", "--allow", "jetpack", "iis.log"]) == 2
    said = capsys.readouterr().err
    assert "iis.log: has lines of IIS and none that names their columns; put the line" in said
    fields = "#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query s-port cs-username sc-status"
    assert run(["audit", "--allow", "jetpack", "--format", fields, "iis.log"]) == 0
    assert "1 line in 1 log (w3c), 1 of them read" in capsys.readouterr().out


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "192.0.64.7", "access.log"]) == 0
    assert capsys.readouterr() == (TEXT[1:], "")


def test_evidence_stands_below_its_client(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "--allow", "", "--notes", "notes", "--top", "2", "access.log"])
    shown = capsys.readouterr().out.splitlines()
    at = shown.index(
        "would be refused, by client (in a list of clients or in your notes first, then most answered requests)"
    )
    listed = "would be refused, and in the list jetpack: clients 1 (192.0.64.7), requests 1; to let them in"
    assert f"{listed}: --allow jetpack" in shown
    assert shown[at + 3 : at + 5] == ["    your note: the office", "    to let it in: --allow 203.0.113.0/24"]
    assert shown[at + 5].startswith("192.0.64.7  ")
    assert shown[at + 6 : at + 8] == ["    is in the published list jetpack", "    to let it in: --allow jetpack"]


def test_how_many_clients_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "--allow", "", "--top", "1", "access.log"])
    assert "would be refused, by client, 1 of 2 (in a list of clients" in capsys.readouterr().out


def test_known_clients_come_before_a_flood_of_strangers_and_proxies_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    flood = [FORM.format(f"198.51.100.{n % 9}", n % 60, "/xmlrpc.php", 200, "probe/1", "") for n in range(500)]
    flood += [FORM.format("10.0.0.5", 1, "/xmlrpc.php", 200, "probe/1", "")]
    Path("access.log").write_text("".join(flood) + LOG)
    run(["audit", "--allow", "", "--notes", "notes", "--top", "3", "access.log"])
    shown = capsys.readouterr().out
    assert (
        "would be refused, and in the list private: clients 1 (10.0.0.5), requests 1; no one is let in by it" in shown
    )
    clients = [line.split()[0] for line in shown.splitlines() if "2026-11-29 11:00  " in line][:3]
    assert clients == ["203.0.113.9", "192.0.64.7", "198.51.100.0"]


def test_the_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "jetpack", "--json", "--since", "2026-11-29T11:00:03Z", "access.log"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["requests"]["refused"] == {"all": 1, "answered": 0, "refused_already": 1, "clients": 1}
    assert report["lines"]["outside_the_period"] == 2
    assert report["clients"]["refused"][0]["agents"] == [{"agent": "probe/\x1b[31m", "requests": 1}]


NEEDED: list[Any] = [
    pytest.param(
        "203.0.113.0/24,192.0.64.7",
        (1, "xmlrpc-guard: would be refused, and is in --fail-on-refused: 203.0.113.9 (requests 2)\n"),
        id="a client in it would be refused: it is named, with its requests of all paths and statuses",
    ),
    pytest.param("jetpack", (0, ""), id="no client in it would be"),
    pytest.param(
        "jetpack,file:needed.txt",
        (1, "xmlrpc-guard: would be refused, and is in --fail-on-refused: 203.0.113.9 (requests 2)\n"),
        id="a client in a file would be",
    ),
]


@pytest.mark.parametrize(("needed", "ended"), NEEDED)
def test_the_status_says_whether_a_client_that_is_needed_would_be_refused(
    needed: str, ended: tuple[int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("needed.txt").write_text("203.0.113.9  # the office\n")
    status = run(["audit", "--allow", "jetpack", "--top", "1", "--fail-on-refused", needed, "access.log"])
    assert (status, capsys.readouterr().err) == ended


def test_of_many_clients_that_are_needed_those_of_most_requests_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [FORM.format(f"203.0.113.{n}", 1, "/xmlrpc.php", 200, "probe/1", "") * n for n in range(1, 13)]
    Path("access.log").write_text("".join(lines))
    assert run(["audit", "--allow", "jetpack", "--fail-on-refused", "203.0.113.0/24", "access.log"]) == 1
    named = ", ".join(f"203.0.113.{n} (requests {n})" for n in range(12, 2, -1))
    assert capsys.readouterr().err.endswith(f"in --fail-on-refused: {named}, and 2 more\n")


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
        "--allow jetpack --fail-on-refused needed.txt access.log",
        "fail_on_refused: 'needed.txt' looks like the path of a file; write file:needed.txt",
        id="a file's name alone",
    ),
    pytest.param(
        "--allow jetpack --fail-on-refused file:/nowhere/needed.txt access.log",
        "fail_on_refused: '/nowhere/needed.txt' does not exist; create it, or name another file",
        id="no such file",
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


OWN = FORM.format("127.0.0.1", 1, "/", 200, "probe/1", ' "-"')
BY_CDN = FORM.format("173.245.48.10", 1, "/xmlrpc.php", 200, "Jetpack", ' "192.0.64.7"')


def test_what_the_machine_asked_itself_hides_no_client(capsys: pytest.CaptureFixture[str]) -> None:
    """As after a probe on the server: most lines are the machine's own, and have no header."""
    Path("own.log").write_text(OWN * 60 + BY_CDN * 3)
    assert run(["audit", "--allow", "jetpack", "--trusted-proxies", "cloudflare", "--json", "own.log"]) == 0
    assert json.loads(capsys.readouterr().out)["requests"]["allowed"]["all"] == 3
    Path("own.log").write_text(OWN * 60)
    assert run(["audit", "--allow", "jetpack", "--trusted-proxies", "cloudflare", "own.log"]) == 2
    assert "60 of the first 60 lines have the peer 127.0.0.1, and none names a client" in capsys.readouterr().err


def test_lines_from_before_the_column_was_there_are_left_out_by_since(capsys: pytest.CaptureFixture[str]) -> None:
    old = FORM.format("10.0.0.5", 1, "/xmlrpc.php", 200, "probe/1", "")
    new = FORM.format("10.0.0.5", 3, "/xmlrpc.php", 200, "Jetpack", ' "192.0.64.7"')
    Path("grown.log").write_text(old * 500 + new * 3)
    arguments = ["audit", "--allow", "jetpack", "--trusted-proxies", "10.0.0.5", "--json", "grown.log"]
    assert run(arguments) == 2
    assert "and --since the time when it is there" in capsys.readouterr().err
    assert run([*arguments, "--since", "2026-11-29T11:00:02Z"]) == 0
    assert json.loads(capsys.readouterr().out)["requests"]["allowed"]["all"] == 3


def test_a_day_is_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "--allow", "jetpack", "--json", "--until", "2026-11-29", "access.log"])
    assert json.loads(capsys.readouterr().out)["period"] == {"first": None, "last": None}


def test_logs_that_break_off_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "Compressed file ended before the end-of-stream marker was reached"
    Path("a.gz").write_bytes(b"\x1f\x8b\x08\0")
    run(["audit", "--allow", "jetpack", "a.gz"])
    assert capsys.readouterr().out.splitlines()[:2] == [
        "0 lines in 0 logs, 0 of them read",
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
    pytest.param(["-", "piped"], id="a log, and by its name the file that is given there"),
    pytest.param(["--notes", "piped", "./piped"], id="notes and a log, both by the name of the file"),
]


@pytest.mark.parametrize("arguments", TWICE)
def test_standard_input_for_two_files_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str], piped: IO[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(piped.name).parent)
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
    assert capsys.readouterr().out.startswith("6 lines in 1 log (combined), 4 of them read\n")
