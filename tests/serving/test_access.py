"""Lines of the access log, without a server."""

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard import Decision, Policy, Reason
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.records import DECISION_KEY, REPORTED_KEY
from xmlrpc_guard.serving.access import AccessLog, Answered, Sender, describe_decision, format_line
from xmlrpc_guard.testing.unix import make_unix_proof

POLICY = Policy(allow=["jetpack"], trusted_proxies=["10.0.0.0/8", "unix"])
NOW = time.struct_time((2026, 3, 9, 1, 2, 3, 0, 68, 0, "CET", 3600))
SENDER = Sender("203.0.113.9", "10.0.0.5")
ANSWERED = Answered(b"POST /xmlrpc.php HTTP/1.1", 403, 10, {"USER_AGENT": "curl/8", "REFERER": "http://x/"})


def test_a_line_is_in_the_combined_form_with_the_peer_and_the_decision_after_it() -> None:
    assert format_line(SENDER, ANSWERED, "deny:NOT_LISTED", NOW) == (
        b'203.0.113.9 - - [09/Mar/2026:01:02:03 +0100] "POST /xmlrpc.php HTTP/1.1" 403 10 "http://x/" "curl/8" '
        b"peer=10.0.0.5 decision=deny:NOT_LISTED\n"
    )


@pytest.mark.parametrize(
    ("request_line", "written"),
    [
        pytest.param(b'GET /"a\\ HTTP/1.1', rb"GET /\x22a\x5C HTTP/1.1", id="a quote and a backslash"),
        pytest.param(b"GET /\n1.2.3.4 - - [", rb"GET /\x0A1.2.3.4 - - [", id="a line end"),
        pytest.param(b"GET /\xe9\x7f\x00", rb"GET /\xE9\x7F\x00", id="bytes beyond ASCII, DEL and NUL"),
        pytest.param(b"GET /~!#[]^ HTTP/1.1", b"GET /~!#[]^ HTTP/1.1", id="other printable signs stay"),
    ],
)
def test_bytes_are_escaped_as_nginx_does(request_line: bytes, written: bytes) -> None:
    assert b'"' + written + b'"' in format_line(SENDER, ANSWERED._replace(request=request_line), "-", NOW)


def test_what_is_too_long_is_cut() -> None:
    long = "a" * 9000
    line = format_line(SENDER, Answered(long.encode(), 431, 10, {"USER_AGENT": long, "REFERER": long}), "-", NOW)
    assert [len(text) for text in re.findall(rb"a{2,}", line)] == [8192, 1024, 1024]


LINE = re.compile(
    rb'203\.0\.113\.9 - - \[[^]]+\] "((?:[^"\\]|\\x[0-9A-F]{2})*)" 403 10 "((?:[^"\\]|\\x[0-9A-F]{2})*)" '
    rb'"((?:[^"\\]|\\x[0-9A-F]{2})*)" peer=10\.0\.0\.5 decision=-\n'
)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_what_a_client_sent_can_be_read_back_and_forges_no_line(
    request_line: bytes, referer: bytes, agent: bytes
) -> None:
    headers = {"REFERER": referer.decode("latin-1"), "USER_AGENT": agent.decode("latin-1")}
    line = format_line(SENDER, Answered(request_line, 403, 10, headers), "-", NOW)
    found = LINE.fullmatch(line)
    assert found is not None
    read = [re.sub(rb"\\x(..)", lambda escape: bytes.fromhex(escape[1].decode()), text) for text in found.groups()]
    assert read == [request_line, referer, agent]
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    ("environ", "sender"),
    [
        pytest.param({"REMOTE_ADDR": "203.0.113.9"}, Sender("203.0.113.9", "203.0.113.9"), id="a client that connects"),
        pytest.param(
            {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "192.0.64.5"},
            Sender("203.0.113.9", "203.0.113.9"),
            id="a header of a peer that is not trusted is not read",
        ),
        pytest.param(
            {"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "192.0.64.5"},
            Sender("192.0.64.5", "10.0.0.5"),
            id="a client through a trusted proxy",
        ),
        pytest.param({"REMOTE_ADDR": "10.0.0.5"}, Sender("-", "10.0.0.5"), id="a trusted proxy without the header"),
        pytest.param(
            {"REMOTE_ADDR": "::ffff:203.0.113.9"},
            Sender("203.0.113.9", "203.0.113.9"),
            id="an IPv4 client at a socket of both families",
        ),
        pytest.param({"REMOTE_ADDR": "evil"}, Sender("-", "-"), id="a peer that is not an address"),
        pytest.param(
            {"REMOTE_ADDR": "localhost", "HTTP_X_FORWARDED_FOR": "192.0.64.5", **make_unix_proof("waitress", {})},
            Sender("192.0.64.5", "unix"),
            id="a client through a proxy on a unix socket",
        ),
    ],
)
def test_who_sends_a_request(environ: dict[str, str], sender: Sender, tmp_path: Path) -> None:
    assert AccessLog(f"{tmp_path}/log", POLICY).identify(environ) == sender


DENIED = Decision(Reason.NOT_LISTED, "203.0.113.9")


@pytest.mark.parametrize(
    ("environ", "decision"),
    [
        pytest.param({}, "-", id="a request that is not guarded"),
        pytest.param({DECISION_KEY: DENIED}, "deny:NOT_LISTED", id="a refusal"),
        pytest.param({DECISION_KEY: DENIED, REPORTED_KEY: DENIED}, "report:NOT_LISTED", id="a refusal reported only"),
        pytest.param({DECISION_KEY: Decision(Reason.LISTED, "192.0.64.5")}, "allow:LISTED", id="an allowed request"),
    ],
)
def test_what_was_decided(environ: dict[str, Decision], decision: str) -> None:
    assert describe_decision(environ) == decision


def write(log: AccessLog) -> None:
    log.write(SENDER, ANSWERED, {})


def test_a_log_that_is_reopened_after_a_rotation_goes_on_in_a_new_file(tmp_path: Path) -> None:
    log = AccessLog(f"{tmp_path}/log", POLICY)
    write(log)
    (tmp_path / "log").rename(tmp_path / "log.1")
    write(log)
    log.reopen()
    write(log)
    counts = [(tmp_path / name).read_bytes().count(b"\n") for name in ("log.1", "log")]
    assert counts == [2, 1]
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640


def test_a_log_that_cannot_be_opened_again_goes_on_in_the_old_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = AccessLog(f"{folder}/log", POLICY)
    folder.rename(tmp_path / "moved")
    log.reopen()
    write(log)
    assert (tmp_path / "moved" / "log").read_bytes().count(b"\n") == 1
    assert caplog.messages == [
        f"access_log: '{folder}/log' cannot be opened again (No such file or directory); the old file is used"
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("/no/such/folder/log", "No such file or directory", id="a folder that does not exist"),
        pytest.param("/", "Is a directory", id="a folder"),
    ],
)
def test_a_log_that_cannot_be_written(name: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AccessLog(name, POLICY)
    assert str(caught.value) == (
        f"access_log: '{name}' cannot be written ({problem}); write another file's name, or - for standard output"
    )


def test_a_fifo_is_written_once_a_program_reads_it_and_not_waited_for_before(tmp_path: Path) -> None:
    name = f"{tmp_path}/fifo"
    os.mkfifo(name)
    with pytest.raises(ConfigurationError, match=r"cannot be written \(no program reads it\); write another"):
        AccessLog(name, POLICY)
    reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    log = AccessLog(name, POLICY)
    write(log)
    log.reopen()
    write(log)
    assert os.read(reader, 4096).count(b"\n") == 2
    os.close(reader)


def test_a_system_that_knows_no_waiting_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "set_blocking")
    write(AccessLog(f"{tmp_path}/log", POLICY))
    assert (tmp_path / "log").read_bytes().count(b"\n") == 1


def test_a_name_that_no_file_has() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be written \(.*null"):
        AccessLog("a\0b", POLICY)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog("/dev/full", POLICY)
    for _ in range(3):
        write(log)
    assert caplog.messages == ["access_log: '/dev/full' cannot be written: No space left on device"]


def test_a_disk_that_has_room_again_may_be_full_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = AccessLog(f"{tmp_path}/log", POLICY)
    for full in (True, False, True):
        with monkeypatch.context() as patch:
            if full:
                patch.setattr(os, "write", _raise_full)
            write(log)
    assert len(caplog.messages) == 2


def _raise_full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("-", POLICY)
    log.reopen()
    write(log)
    assert capfd.readouterr().out.endswith("decision=-\n")
