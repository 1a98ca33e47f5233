"""The commands: what they print, the status they end with, and that one line says what is wrong."""

import contextlib
import errno
import io
import json
import os
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest

from tests.frontends import ROOT, Listener, free_port, get, started, wait_for
from tests.live.doubles import swap
from tests.upstreams import Talk, Upstream
from tests.waiting import wait_until
from xmlrpc_guard.__main__ import _CtrlCEnds, main
from xmlrpc_guard.cli import commands, run

CALL = b"<methodCall><methodName>%s</methodName></methodCall>"
APPS_LINES = {
    line.partition("(")[0]: number for number, line in enumerate((ROOT / "tests/apps.py").read_text().splitlines(), 1)
}
"""The numbers of that module's lines, by what stands before the first bracket."""

CHECKS: list[Any] = [
    pytest.param(
        "--allow jetpack --peer 203.0.113.9 /xmlrpc.php",
        1,
        "deny 203.0.113.9: client is not in the allowlist (decided by allow)",
        id="a stranger",
    ),
    pytest.param(
        "--allow jetpack --peer 192.0.64.5 /xmlrpc.php",
        0,
        "allow 192.0.64.5: client is in the allowlist (decided by allow)",
        id="a listed client",
    ),
    pytest.param(
        "--allow 10.0.0.0/8,192.0.2.1 --allow jetpack --deny 10.0.0.5 --peer 10.0.0.5 //%78mlrpc.php?x",
        1,
        "deny 10.0.0.5: client is in the denylist (decided by deny)",
        id="lists by repeated flags and by commas, deny first",
    ),
    pytest.param(
        "--allow jetpack --trusted-proxies 10.0.0.5 --peer 10.0.0.5 --forwarded '8.8.8.8, 192.0.64.5' /xmlrpc.php",
        0,
        "allow 192.0.64.5: client is in the allowlist (decided by allow)",
        id="through a trusted proxy",
    ),
    pytest.param(
        "--allow jetpack --trusted-proxies unix --peer unix /xmlrpc.php",
        1,
        "deny: forwarded header of a trusted proxy is absent or unreadable (decided by trusted_proxies)",
        id="a unix socket without the header",
    ),
    pytest.param(
        "--allow jetpack --peer 192.0.64.5 --json /xmlrpc.php",
        0,
        json.dumps(
            {
                "allowed": True,
                "client": "192.0.64.5",
                "reason": "LISTED",
                "sentence": "client is in the allowlist",
                "setting": "allow",
                "doubts": [],
            }
        ),
        id="a decision as JSON",
    ),
]


@pytest.mark.parametrize(("arguments", "status", "line"), CHECKS)
def test_check_prints_the_decision(arguments: str, status: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", *shlex.split(arguments)]) == status
    assert capsys.readouterr() == (line + "\n", "")


DOUBTED: list[Any] = [
    pytest.param(
        "--allow jetpack --scripts wp-login.php --peer 8.8.8.8 /xmlrpc.php",
        0,
        "allow: path reaches no guarded script (decided by scripts)",
        "scripts does not guard xmlrpc.php: if there is such a file, anyone may call it; name it too",
        id="a script that --scripts does not name",
    ),
    pytest.param(
        "--allow '' --peer 192.0.64.5 /xmlrpc.php",
        1,
        "deny 192.0.64.5: client is not in the allowlist (decided by allow)",
        "allow is empty: every request for a guarded script is refused",
        id="an empty --allow allows no client",
    ),
]


@pytest.mark.parametrize(("arguments", "status", "line", "doubt"), DOUBTED)
def test_check_prints_what_may_not_be_meant(
    arguments: str, status: int, line: str, doubt: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", *shlex.split(arguments)]) == status
    assert capsys.readouterr() == (f"{line}\n", f"doubt: {doubt}\n")


FILES: list[Any] = [
    pytest.param(
        "192.0.2.7\n",
        "jetpack,file:list",
        0,
        "allow 192.0.2.7: client is in the allowlist",
        id="a file that lists the client",
    ),
    pytest.param(
        "# no one\n",
        "file:list,203.0.113.7",
        1,
        "deny 192.0.2.7: client is not in the allowlist",
        id="a file with a comment only, beside an address",
    ),
]


@pytest.fixture
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_in_a_folder")
@pytest.mark.parametrize(("text", "allow", "status", "decision"), FILES)
def test_check_reads_a_file(
    text: str, allow: str, status: int, decision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list").write_text(text)
    assert run(["check", "--allow", allow, "--peer", "192.0.2.7", "/xmlrpc.php"]) == status
    assert capsys.readouterr() == (f"{decision} (decided by allow)\n", "")


@pytest.mark.usefixtures("_in_a_folder")
def test_a_file_with_a_comment_only_lets_no_one_in_which_is_a_doubt(capsys: pytest.CaptureFixture[str]) -> None:
    Path("list").write_text("# no one\n")
    assert run(["check", "--allow", "file:list", "--peer", "192.0.2.7", "/xmlrpc.php"]) == 1
    assert "doubt: allow is empty: every request for a guarded script is refused\n" in capsys.readouterr().err


BAD_FILES: list[Any] = [
    pytest.param(None, "does not exist; create it, or name another file", id="a file that does not exist"),
    pytest.param("", "is empty; write a # comment if it should have no entries", id="an empty file"),
    pytest.param(
        "::1\n10/8\n",
        "is wrong in line 2: '10/8' is a partial address; write 10.0.0.0/8",
        id="a file with an entry that cannot be used",
    ),
]


@pytest.mark.usefixtures("_in_a_folder")
@pytest.mark.parametrize("command", ["check --peer ::1 /x", "serve"])
@pytest.mark.parametrize(("text", "problem"), BAD_FILES)
def test_a_file_that_cannot_be_used_is_one_line_and_status_2(
    command: str, text: str | None, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list" if text is not None else "other").write_text(text or "")
    assert run([*command.split(), "--allow", "", "--deny", "file:list"]) == 2
    assert capsys.readouterr() == ("", f"xmlrpc-guard: deny: '{Path.cwd()}/list' {problem}\n")


TRUSTING = "--allow jetpack --trusted-proxies 10.0.0.0/8,unix"

EXPLAINED: list[Any] = [
    pytest.param(
        "--peer 203.0.113.9 /page",
        ["path   '/page' reaches no guarded script", "allow: path reaches no guarded script (decided by scripts)"],
        id="the client is not looked for on an ordinary page",
    ),
    pytest.param(
        "--peer 203.0.113.9 //xmlrpc.php",
        [
            "path   '//xmlrpc.php' reaches a guarded script",
            "peer   '203.0.113.9' is not a trusted proxy, so it is the client; X-Forwarded-For is not read",
            "deny 203.0.113.9: client is not in the allowlist (decided by allow)",
        ],
        id="a stranger's header would not be read",
    ),
    pytest.param(
        "--peer 10.0.0.5 --forwarded '192.0.64.5, 203.0.113.9:80, ::ffff:10.0.0.7' /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   '10.0.0.5' is a trusted proxy, so X-Forwarded-For is read, from right to left",
            "hop 1  '::ffff:10.0.0.7' is 10.0.0.7 and a trusted proxy",
            "hop 2  '203.0.113.9:80' is 203.0.113.9 and not a trusted proxy, so it is the client; reading ends here",
            "deny 203.0.113.9: client is not in the allowlist (decided by allow)",
        ],
        id="a walk up to the client",
    ),
    pytest.param(
        "--peer unix --forwarded 'for=10.0.0.8, for=10.0.0.7' --forwarded-header forwarded /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   a unix socket's client, which is trusted, so Forwarded is read, from right to left",
            "hop 1  'for=10.0.0.7' is 10.0.0.7 and a trusted proxy",
            "hop 2  'for=10.0.0.8' is 10.0.0.8 and a trusted proxy, the leftmost hop, so it is the client",
            "deny 10.0.0.8: client is not in the allowlist (decided by allow)",
        ],
        id="a walk to the leftmost hop",
    ),
    pytest.param(
        "--peer 10.0.0.5 --forwarded '192.0.64.5, evil' /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   '10.0.0.5' is a trusted proxy, so X-Forwarded-For is read, from right to left",
            r"hop 1  'evil' is not an address, so the client is unknown (an unreadable hop is never skipped)",
            "deny: forwarded header of a trusted proxy is absent or unreadable (decided by trusted_proxies)",
        ],
        id="a walk that ends at what cannot be read",
    ),
    pytest.param(
        "--peer unix --forwarded 203.0.113.9 --forwarded-header x-real-ip /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   a unix socket's client, which is trusted, so x-real-ip is read",
            "hop 1  '203.0.113.9' is not a trusted proxy, so it is the client; reading ends here",
            "deny 203.0.113.9: client is not in the allowlist (decided by allow)",
        ],
        id="X-Real-IP through a unix socket",
    ),
    pytest.param(
        "--peer unix:tornado --trusted-proxies unix:tornado --forwarded 203.0.113.9 /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            (
                "peer   '0.0.0.0' is a unix socket's client, which is trusted, so X-Forwarded-For is read, "
                "from right to left"
            ),
            "hop 1  '203.0.113.9' is not a trusted proxy, so it is the client; reading ends here",
            "deny 203.0.113.9: client is not in the allowlist (decided by allow)",
        ],
        id="a unix socket under a server that is named",
    ),
    pytest.param(
        "--peer unix:hypercorn /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   absent, so the client is unknown; X-Forwarded-For is not read",
            "deny: peer is not an address (decided by trusted_proxies)",
        ],
        id="a unix socket under a server that does not prove it and is not named",
    ),
    pytest.param(
        "--peer 10.0.0.5:4711 --forwarded 203.0.113.9 /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   '10.0.0.5:4711' is 10.0.0.5 and a trusted proxy, so X-Forwarded-For is read, from right to left",
            "hop 1  '203.0.113.9' is not a trusted proxy, so it is the client; reading ends here",
            "deny 203.0.113.9: client is not in the allowlist (decided by allow)",
        ],
        id="a trusted proxy with a port",
    ),
    pytest.param(
        '--peer 10.0.0.5 --forwarded 192.0.64.5 --forwarded "it\'s \u0142" /xmlrpc.php',
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   '10.0.0.5' is a trusted proxy, so X-Forwarded-For is read, from right to left",
            (
                r"hop 1  'it\x27s \xc5\x82' is not an address, so the client is unknown "
                "(an unreadable hop is never skipped)"
            ),
            "deny: forwarded header of a trusted proxy is absent or unreadable (decided by trusted_proxies)",
        ],
        id="two header lines, of which the second cannot be read",
    ),
    pytest.param(
        "--peer 10.0.0.5 /xmlrpc.php",
        [
            "path   '/xmlrpc.php' reaches a guarded script",
            "peer   '10.0.0.5' is a trusted proxy, so X-Forwarded-For is read, from right to left",
            "hop 1  X-Forwarded-For is absent, so the client is unknown",
            "deny: forwarded header of a trusted proxy is absent or unreadable (decided by trusted_proxies)",
        ],
        id="a trusted proxy that sends no header",
    ),
]


@pytest.mark.parametrize(("arguments", "lines"), EXPLAINED)
def test_check_explains_hop_by_hop(arguments: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "--explain", *shlex.split(f"{TRUSTING} {arguments}")])
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize(
    ("hops", "line", "decided"),
    [
        pytest.param(
            32,
            "hop 32 '10.0.0.7' is a trusted proxy, the leftmost hop, so it is the client",
            "deny 10.0.0.7: ",
            id="32 trusted hops are followed",
        ),
        pytest.param(
            40,
            "hop 33 '10.0.0.7' is a trusted proxy, but at most 32 of them are followed, so the client is unknown",
            "deny: ",
            id="33 trusted hops are not followed",
        ),
    ],
)
def test_check_explains_why_a_long_walk_ends(
    hops: int, line: str, decided: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forwarded = ", ".join(["10.0.0.7"] * hops)
    run(["check", "--explain", *TRUSTING.split(), "--peer", "10.0.0.5", "--forwarded", forwarded, "/xmlrpc.php"])
    *_, last, decision = capsys.readouterr().out.splitlines()
    assert last == line
    assert decision.startswith(decided)


def test_check_explains_doubts_and_does_so_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    flags = "--explain --json --allow 10.0.0.5 --trusted-proxies 10.0.0.0/8 --peer 8.8.8.8"
    run(["check", *shlex.split(flags), "/page"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["doubts"] == [
        "10.0.0.5/32 is in both trusted_proxies and allow: requests that such a proxy makes itself are allowed"
    ]
    assert printed["explanation"] == ["path   '/page' reaches no guarded script"]


UNUSABLE: list[Any] = [
    pytest.param(
        "check --allow jetpack --peer foo /xmlrpc.php",
        "peer: 'foo' is not an address; write 203.0.113.9, unix, or unix: and one of aiohttp-wsgi, cheroot, eventlet, "
        "flup, gevent, granian, gunicorn, hypercorn, nginx, tornado, uvicorn, uwsgi, waitress, werkzeug",
        id="a peer that is not an address",
    ),
    pytest.param(
        "check --allow jetpack --peer unix:bjoern /xmlrpc.php",
        "peer: 'unix:bjoern' is not an address; write 203.0.113.9, unix, or unix: and one of aiohttp-wsgi, cheroot, "
        "eventlet, flup, gevent, granian, gunicorn, hypercorn, nginx, tornado, uvicorn, uwsgi, waitress, werkzeug",
        id="a server that gives no sign of a unix socket",
    ),
    pytest.param(
        "check --allow jetpack --peer 8.8.8.8 ''",
        "target: '' is empty, and no request has such a target; write /xmlrpc.php",
        id="an empty target",
    ),
    pytest.param(
        "check --allow jetpack --peer 8.8.8.8 --forwarded 192.0.64.5 /xmlrpc.php",
        "forwarded: '192.0.64.5' is not read: the peer is not a trusted proxy; name it in --trusted-proxies, "
        "or leave X-Forwarded-For out",
        id="a header that nothing reads",
    ),
    pytest.param(
        "check --allow jetpack --trusted-proxies unix --peer 8.8.8.8 --forwarded 192.0.64.5 /xmlrpc.php",
        "forwarded: '192.0.64.5' is not read: the peer is not a trusted proxy; name it in --trusted-proxies, "
        "or leave X-Forwarded-For out",
        id="a header of a peer that is not one of the proxies",
    ),
    pytest.param(
        "check --allow jetpack --trusted-proxies ::1 --peer ::1 --forwarded 'x-forwarded-for: 192.0.64.5' /xmlrpc.php",
        "forwarded: 'x-forwarded-for: 192.0.64.5' holds the header's name; write '192.0.64.5'",
        id="a header with its name",
    ),
    pytest.param(
        "check --allow jetpack --trusted-proxies ::1 --peer ::1 --forwarded 'X-Real-IP: 192.0.64.5' /xmlrpc.php",
        "forwarded: 'X-Real-IP: 192.0.64.5' is X-Real-IP, but X-Forwarded-For is read; "
        "write --forwarded-header X-Real-IP, or what X-Forwarded-For holds",
        id="a header that is not the one that is read",
    ),
    pytest.param(
        "check --allow jetpack --trusted-proxies ::1 --peer ::1 --forwarded 'forwarded:for=192.0.64.5' /xmlrpc.php",
        "forwarded: 'forwarded:for=192.0.64.5' is forwarded, but X-Forwarded-For is read; "
        "write --forwarded-header forwarded, or what X-Forwarded-For holds",
        id="a header without a dash in its name that is not the one that is read",
    ),
    pytest.param(
        "config show",
        "--allow is missing; write --allow jetpack, or --allow '' for no one. Try 'xmlrpc-guard config show --help'.",
        id="the settings without --allow",
    ),
    pytest.param(
        "chek --allow jetpack",
        "No such command 'chek'; write check. Try 'xmlrpc-guard --help'.",
        id="a misspelt command",
    ),
    pytest.param(
        "serve --port 80",
        "No such option: --port; write --listen. Try 'xmlrpc-guard serve --help'.",
        id="an option that has another name here, and none that is spelt like it",
    ),
    pytest.param(
        "check --port 80",
        "No such option: --port. Try 'xmlrpc-guard check --help'.",
        id="an option that nothing here does the like of",
    ),
    pytest.param(
        "serve -p 80", "No such option: -p. Try 'xmlrpc-guard serve --help'.", id="a short option that does not exist"
    ),
    pytest.param(
        "check --allow file: --peer 8.8.8.8 /x",
        "allow: 'file:' is not the path of a file; write one as '/etc/xmlrpc-guard/office.txt'",
        id="a file: entry without a path",
    ),
    pytest.param("guard", "No such command 'guard'. Try 'xmlrpc-guard --help'.", id="an unknown command"),
    pytest.param(
        "check --allow jetpack /x",
        "Missing option '--peer'. Try 'xmlrpc-guard check --help'.",
        id="a check without --peer",
    ),
    pytest.param(
        "check --allow jetpack --peer 8.8.8.8",
        "Missing argument 'TARGET'. Try 'xmlrpc-guard check --help'.",
        id="a check without a target",
    ),
    pytest.param(
        "check --peer 8.8.8.8 /x",
        "--allow is missing; write --allow jetpack, or --allow '' for no one. Try 'xmlrpc-guard check --help'.",
        id="a check without --allow",
    ),
    pytest.param(
        "check --allow 10/8 --peer 8.8.8.8 /x",
        "allow: '10/8' is a partial address; write 10.0.0.0/8",
        id="a range that cannot be used",
    ),
    pytest.param(
        "check --allow jetpack --trusted-proxies ::/0 --peer 8.8.8.8 /x",
        "trusted_proxies: ['::/0'] trusts everyone; write only your proxies' addresses",
        id="trust in everyone",
    ),
    pytest.param(
        "check --allow jetpack --forwarded-header X_Real_IP --peer 8.8.8.8 /x",
        "forwarded_header: 'X_Real_IP' has an underscore, by which a client imitates a dash; write 'X-Real-IP'",
        id="a header that no proxy writes",
    ),
    pytest.param(
        "serve --deny 8.8.8.8",
        "--allow is missing; write --allow jetpack, or --allow '' for no one. Try 'xmlrpc-guard serve --help'.",
        id="a policy flag without --allow",
    ),
    pytest.param(
        "serve --forwarded-header ''",
        "forwarded_header: '' is empty; write X-Real-IP, or leave it out",
        id="an empty name",
    ),
    pytest.param(
        "serve tests.apps:echo",
        "--allow is missing; write --allow jetpack, or --allow '' for no one. Try 'xmlrpc-guard serve --help'.",
        id="an application without --allow",
    ),
    pytest.param(
        "serve tests.apps --allow jetpack",
        "application: 'tests.apps' is not MODULE:APP; write 'mysite.wsgi:application'",
        id="a module without an application",
    ),
    pytest.param(
        "serve tests.no_such:app --allow jetpack",
        "application: 'tests.no_such:app' cannot be loaded: ModuleNotFoundError: No module named 'tests.no_such'",
        id="a module that does not exist",
    ),
    pytest.param(
        "serve tests.apps:ECHO --allow jetpack",
        "application: 'tests.apps:ECHO' cannot be loaded: AttributeError: module 'tests.apps' has no attribute 'ECHO' "
        f"(raised at {ROOT}/tests/apps.py:{APPS_LINES['    raise AttributeError']})",
        id="an attribute that does not exist",
    ),
    pytest.param(
        "serve os:sep --allow jetpack",
        "application: 'os:sep' is not callable; write the name of a WSGI application",
        id="a name that is not an application's",
    ),
    pytest.param(
        "serve tests.apps:leave --allow jetpack",
        "application: 'tests.apps:leave' cannot be loaded: SystemExit: 3 "
        f"(raised at {ROOT}/tests/apps.py:{APPS_LINES['        sys.exit']})",
        id="a module that ends the process",
    ),
    pytest.param(
        "serve --upstream http://127.0.0.1:8080",
        "--allow is missing; write --allow jetpack, or --allow '' for no one. Try 'xmlrpc-guard serve --help'.",
        id="an upstream without --allow",
    ),
    pytest.param(
        "serve --upstream 127.0.0.1:8080 --allow jetpack",
        "upstream: '127.0.0.1:8080' is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'",
        id="an upstream without a scheme",
    ),
    pytest.param(
        "serve tests.apps:echo --upstream http://127.0.0.1:8080 --allow jetpack",
        "application: 'tests.apps:echo' is given together with upstream; write one of them",
        id="an application and an upstream",
    ),
    pytest.param(
        "serve --timeout 5 --allow jetpack",
        "timeout: 5.0 needs an upstream; write upstream = http://HOST:PORT too",
        id="a timeout without an upstream",
    ),
    pytest.param(
        "serve --upstream unix:/php.sock --timeout 0 --allow jetpack",
        "timeout: 0.0 is not from 0.001 to 86400; write 60",
        id="a timeout of zero",
    ),
    pytest.param("serve --threads 0", "threads: 0 is not from 1 to 1000; write 8", id="zero threads"),
    pytest.param(
        "serve --threads eight", "threads: 'eight' is not a whole number; write 8", id="a number of threads in words"
    ),
    pytest.param(
        "serve --threads 8 --threads 9",
        "--threads is given 2 times; give it once. Try 'xmlrpc-guard serve --help'.",
        id="one value, given twice",
    ),
    pytest.param(
        "serve --allow '' --report-only --no-report-only",
        "--report-only or --no-report-only is given 2 times; give it once. Try 'xmlrpc-guard serve --help'.",
        id="a switch and its opposite",
    ),
    pytest.param(
        "serve --listen 8000",
        "listen: '8000' is not HOST:PORT, :PORT, [ADDRESS]:PORT, unix:PATH, fd:NUMBER or systemd; "
        "write 127.0.0.1:8000, or :8000 for all addresses",
        id="a port without a host",
    ),
]


@pytest.mark.parametrize(("arguments", "problem"), UNUSABLE)
def test_what_cannot_be_used_is_one_line_and_status_2(
    arguments: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shlex.split(arguments)) == 2
    assert capsys.readouterr() == ("", f"xmlrpc-guard: {problem}\n")


def test_a_port_that_is_taken_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        assert run(["serve", "--listen", listen]) == 2
    problem = "is in use by another process; stop that, or write another port"
    assert capsys.readouterr().err == f"xmlrpc-guard: listen: '{listen}' {problem}\n"


class Client(threading.Thread):
    """Send requests to a server that the main thread is about to run, and then end it as an operator would."""

    def __init__(self, listener: Listener, requests: list[bytes]) -> None:
        super().__init__()
        self.listener, self.requests, self.answers = listener, requests, list[bytes]()

    def run(self) -> None:
        wait_for(self.listener)
        self.answers = [self.listener.ask(request) for request in self.requests]
        os.kill(os.getpid(), signal.SIGTERM)


def post(body: bytes, client: str, path: str = "/xmlrpc.php") -> bytes:
    headers = (f"X-Forwarded-For: {client}", f"Content-Length: {len(body)}")
    return get(path, *headers, method="POST") + body


def test_serve_without_arguments_serves_a_demo_site(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(port=free_port())
    hello = CALL % b"demo.sayHello"
    client = Client(listener, [post(hello, "203.0.113.9"), post(hello, "192.0.64.5"), get("/"), get("/xmlrpc.php")])
    client.start()
    assert run(["serve", "--listen", f"127.0.0.1:{listener.port}"]) == 0
    client.join()
    assert [answer.split()[1] for answer in client.answers] == [b"403", b"200", b"200", b"403"]
    assert b"<string>Hello!</string>" in client.answers[1]
    assert f"Listening at http://127.0.0.1:{listener.port}\n" in capsys.readouterr().out
    refusals = [record.message for record in caplog.records if record.name == "xmlrpc_guard"]
    assert [refusal.partition(";")[0] for refusal in refusals] == [
        "refused 203.0.113.9: client is not in the allowlist (allow)",
        "refused unknown: forwarded header of a trusted proxy is absent or unreadable (trusted_proxies)",
    ]


def test_serve_guards_an_application_as_the_flags_say(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(port=free_port())
    client = Client(listener, [get("/wp-login.php", "X-Forwarded-For: 192.0.64.5"), get("/xmlrpc.php")])
    client.start()
    flags = f"--listen localhost:{listener.port} --allow jetpack --scripts wp-login.php --report-only"
    assert run(["serve", "tests.apps:echo", *flags.split()]) == 0
    client.join()
    assert [answer.split()[1] for answer in client.answers] == [b"200", b"200"]
    assert capsys.readouterr().out == f"Listening at http://127.0.0.1:{listener.port}\n"
    assert [record.message for record in caplog.records if record.name == "xmlrpc_guard"] == [
        "report_only is on: no request is refused",
        "scripts does not guard xmlrpc.php: if there is such a file, anyone may call it; name it too",
        "would refuse 127.0.0.1: client is not in the allowlist (allow); peer 127.0.0.1, path /wp-login.php",
    ]


@pytest.mark.parametrize("flags", ["", "--timeout 5"], ids=["no timeout", "a timeout"])
def test_serve_forwards_to_an_upstream(flags: str, capsys: pytest.CaptureFixture[str]) -> None:
    listener = Listener(port=free_port())
    listed = "X-Forwarded-For: 192.0.64.5"
    client = Client(listener, [get("/a%2fb", listed), get("/xmlrpc.php", listed), post(b"<x/>", "203.0.113.9")])
    with Upstream(Talk()) as upstream:
        client.start()
        policy = f"--listen 127.0.0.1:{listener.port} --allow jetpack --trusted-proxies 127.0.0.1"
        assert run(["serve", "--upstream", upstream.url, *policy.split(), *flags.split()]) == 0
        client.join()
    assert [answer.split()[1] for answer in client.answers] == [b"200", b"200", b"403"]
    assert [request.split()[1] for request in upstream.requests] == [b"/a%2fb", b"/xmlrpc.php"]
    assert all(b"X-Forwarded-For: 192.0.64.5, 127.0.0.1\r\n" in request for request in upstream.requests)
    assert capsys.readouterr().out == f"Listening at http://127.0.0.1:{listener.port}\n"


@pytest.mark.usefixtures("_in_a_folder")
def test_serve_guards_as_the_file_the_environment_and_the_flags_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = Listener(port=free_port())
    Path("guard.toml").write_text(
        "[policy]\nallow = ['203.0.113.9']\ntrusted_proxies = ['127.0.0.1']\n"
        "[serve]\napplication = 'tests.apps:echo'\nlisten = ['127.0.0.1:1']\n"
    )
    Path("guard.toml").chmod(0o644)
    monkeypatch.setenv("XMLRPC_GUARD_CONFIG", "guard.toml")
    monkeypatch.setenv("XMLRPC_GUARD_ALLOW", "203.0.113.7")
    client = Client(listener, [get("/xmlrpc.php", f"X-Forwarded-For: 203.0.113.{last}") for last in (7, 9)])
    client.start()
    assert run(["serve", "--listen", f"127.0.0.1:{listener.port}"]) == 0
    client.join()
    assert [answer.split()[1] for answer in client.answers] == [b"200", b"403"]
    assert capsys.readouterr().out == f"Listening at http://127.0.0.1:{listener.port}\n"


class Full(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


class Abandoned(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def test_a_decision_without_a_reader_is_not_a_denial(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Abandoned())
    assert run(["check", "--allow", "jetpack", "--peer", "192.0.64.5", "/xmlrpc.php"]) == 2
    assert capsys.readouterr().err == ""


def test_a_decision_that_cannot_be_written_is_not_a_denial(capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.redirect_stdout(Full()):
        assert run(["check", "--allow", "jetpack", "--peer", "192.0.64.5", "/xmlrpc.php"]) == 2
    assert capsys.readouterr().err == "xmlrpc-guard: cannot write: [Errno 28] No space left on device\n"


def test_an_interrupted_command_ends_as_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["xmlrpc_guard.cli.serve"], "load_named", interrupt)
    assert run(["serve", "--listen", "127.0.0.1:0"]) == 130


def test_a_signal_before_the_server_waits_is_an_end_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["xmlrpc_guard.cli.serve"], "run_server", interrupt)
    assert run(["serve", "--listen", "127.0.0.1:0"]) == 0


def test_logging_is_set_up_before_the_lists_are_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = list[str]()
    serve = sys.modules["xmlrpc_guard.cli.serve"]
    monkeypatch.setattr(serve, "_set_up_logging", lambda _: before.extend(caplog.messages or ["nothing"]))
    monkeypatch.setattr(serve, "run_server", interrupt)
    arguments = ("--listen", "127.0.0.1:0", "--upstream", "unix:/php", "--allow", "file:/no.txt:fallback=jetpack")
    assert run(["serve", *arguments]) == 0
    assert before == ["nothing"]
    assert "allow: /no.txt: does not exist; " in caplog.text


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Let children be interrupted, even where the tests themselves ignore it, as a shell's background jobs do."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def demo_site(_interruptible: None, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path, Listener]]:
    listener, log = Listener(port=free_port()), tmp_path / "log"
    serve = (sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", "serve", "--listen", f"127.0.0.1:{listener.port}")
    with started(serve, log) as process:
        wait_for(listener)
        yield process, log, listener


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_serve_ends_cleanly_after_refusing(
    number: signal.Signals, demo_site: tuple[subprocess.Popen[bytes], Path, Listener]
) -> None:
    process, log, listener = demo_site
    listener.ask(get("/xmlrpc.php", "X-Forwarded-For: 203.0.113.9"))
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    lines = log.read_text().splitlines()
    assert len([line for line in lines if "refused 203.0.113.9" in line]) == 1
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize("group", ["", "config", "ranges"])
def test_a_group_without_a_command_prints_its_help(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group.split()) == 2
    out, err = capsys.readouterr()
    assert (out.startswith("Usage: xmlrpc-guard"), "Commands:" in out, err) == (True, True, "")


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_is_printed(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([flag]) == 0
    assert capsys.readouterr().out == f"xmlrpc-guard, version {version('xmlrpc_guard')}\n"


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        pytest.param("xmlrpc-guard che", ["check"], id="a command"),
        pytest.param("xmlrpc-guard config ", ["init", "check", "show"], id="a command of a group"),
        pytest.param("xmlrpc-guard serve --trusted", ["--trusted-proxies"], id="a flag"),
    ],
)
def test_a_shell_completes_without_a_line_on_standard_error(
    words: str, completed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_XMLRPC_GUARD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert run([]) == 0
    out, err = capsys.readouterr()
    assert sorted(line.partition(",")[2] for line in out.splitlines()) == sorted(completed)
    assert err == ""


def test_a_list_without_a_reader_is_no_line_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Abandoned())
    assert run(["ranges", "show", "cloudflare"]) == 2
    assert capsys.readouterr().err == ""


def named_commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from named_commands(below, f"{name} {word}")


COMMANDS = dict(named_commands(commands, "xmlrpc-guard"))
OFFLINE = [
    "xmlrpc-guard",
    "xmlrpc-guard check",
    "xmlrpc-guard config",
    "xmlrpc-guard config check",
    "xmlrpc-guard config init",
    "xmlrpc-guard config show",
    "xmlrpc-guard ranges",
]


def example_of(command: click.Command) -> str:
    """Find the example in a command's help: the last line, whole, however narrow the terminal is."""
    context = click.Context(command, max_content_width=40, **commands.context_settings)  # which the command keeps
    *_, last = command.get_help(context).splitlines()
    assert last.startswith("  Example: xmlrpc-guard ")
    return last.removeprefix("  Example: xmlrpc-guard ")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example(name: str) -> None:
    assert f"xmlrpc-guard {example_of(COMMANDS[name])} ".startswith(f"{name} ")


@pytest.mark.parametrize("name", OFFLINE)
def test_the_example_in_the_help_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shlex.split(example_of(COMMANDS[name]))) in (0, 1)
    out, err = capsys.readouterr()
    assert (bool(out), err) == (True, "")


def test_the_module_runs_as_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["xmlrpc-guard", "--help"])
    monkeypatch.delitem(sys.modules, "xmlrpc_guard.__main__", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("xmlrpc_guard", run_name="__main__")
    assert ended.value.code == 0
    assert "Keep strangers away" in capsys.readouterr().out


def test_ctrl_c_between_the_imports_and_a_command_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["xmlrpc_guard.cli"], "run", interrupt)
    assert main() == 130


@pytest.mark.parametrize(
    ("command", "handler"),
    [
        pytest.param("serve", signal.SIG_IGN, id="serve is not ended by what it is about to read as a request"),
        pytest.param("check", signal.SIG_DFL, id="any other command ends with its terminal"),
    ],
)
def test_a_signal_that_asks_for_a_look_at_the_lists_and_comes_too_early(
    command: str, handler: signal.Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = (signal.SIGHUP, signal.SIGUSR1)
    during = list[Any]()
    monkeypatch.setattr(sys, "argv", ["xmlrpc-guard", command])
    monkeypatch.setattr(sys.modules["xmlrpc_guard.cli"], "run", lambda _: during.extend(map(signal.getsignal, numbers)))
    before = [signal.signal(number, signal.SIG_DFL) for number in numbers]
    try:
        main()
    finally:
        for number, each in zip(numbers, before, strict=True):
            signal.signal(number, each)
    assert during == [handler, handler]


def test_serve_starts_where_there_are_no_such_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["xmlrpc-guard", "serve"])
    monkeypatch.setattr(sys.modules["xmlrpc_guard.cli"], "run", lambda _: 0)
    for name in ("SIGHUP", "SIGUSR1"):
        monkeypatch.delattr(signal, name)
    assert main() == 0


def test_a_command_in_the_background_goes_on_ignoring_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["xmlrpc-guard", "--version"])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert main() == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert "version" in capsys.readouterr().out


def test_without_the_extra_the_command_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("xmlrpc_guard.cli")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "click", None)
    assert main() == 2
    assert capsys.readouterr().err == "xmlrpc-guard: click is missing; run: pip install 'xmlrpc_guard[cli]'\n"


class Rotating(Client):
    """Ask a server after the operator has changed its list, moved its log and sent SIGHUP; then ask its status page."""

    def __init__(self, at: Listener, page: Listener, folder: Path) -> None:
        super().__init__(at, [])
        self.page, self.folder = page, folder

    def run(self) -> None:
        wait_for(self.listener)
        try:
            self.answers.append(self.listener.ask(get("/xmlrpc.php")))
            swap(self.folder / "list", "127.0.0.1")
            (self.folder / "access.log").rename(self.folder / "access.log.1")
            os.kill(os.getpid(), signal.SIGHUP)
            wait_until((self.folder / "access.log").exists)
            wait_until(self._has_reloaded)  # a request that comes while the list is read has its answer by the old one
            self.answers.append(self.listener.ask(get("/xmlrpc.php")))
            self.answers.append(self.page.ask(get("/")))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def _has_reloaded(self) -> bool:
        shown = json.loads(self.page.ask(get("/")).partition(b"\r\n\r\n")[2])
        return any(each["times"] for each in shown["reloads"])


def test_serve_looks_again_at_sighup_and_shows_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    at, page = Listener(port=free_port()), Listener(port=free_port())
    (tmp_path / "list").write_text("192.0.2.1\n")
    client = Rotating(at, page, tmp_path)
    client.start()
    flags = (
        f"--listen :{at.port} --status 127.0.0.1:{page.port} --access-log {tmp_path}/access.log "
        f"--allow file:{tmp_path}/list --every 3600 --log-level debug"
    )
    assert run(["serve", "tests.apps:echo", *flags.split()]) == 0
    client.join()
    assert [answer.split()[1] for answer in client.answers] == [b"403", b"200", b"200"]
    shown = json.loads(client.answers[2].partition(b"\r\n\r\n")[2])
    assert shown["decisions"] | {"LISTED": 1, "NOT_LISTED": 1} == shown["decisions"]
    assert shown["reloads"] == [{"setting": "allow", "list": "list", "times": 1}]
    assert capsys.readouterr().out == f"Listening at http://[::]:{at.port} (IPv4 and IPv6)\n"
    assert "the application has set up logging itself: log_level is not used" in caplog.messages


@pytest.mark.parametrize(
    ("flag", "problem"),
    [
        pytest.param("--listen 8000", "listen: '8000' is not HOST:PORT, ", id="where it listens"),
        pytest.param("--status 0.0.0.0:0", "status: '0.0.0.0:0' can be reached from elsewhere; ", id="the status page"),
        pytest.param("--access-log /", "access_log: '/' cannot be written (Is a directory); ", id="the access log"),
        pytest.param("--log most", "log: 'most' is not a choice; write one of all, ", id="which refusals are logged"),
        pytest.param("--log-level loud", "log_level: 'loud' is not a choice; write one of debug, ", id="the level"),
        pytest.param("--log-format xml", "log_format: 'xml' is not a choice; write one of text, ", id="the form"),
        pytest.param("--status :1 --status :2", "--status is given 2 times; give it once", id="a flag given twice"),
    ],
)
def test_what_serve_cannot_use_is_one_line_and_status_2(
    flag: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = f"--listen 127.0.0.1:0 {flag}" if "--listen" not in flag else flag
    assert run(["serve", *flags.split()]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith(f"xmlrpc-guard: {problem}"), err.count("\n")) == ("", True, 1)


@pytest.mark.parametrize(
    ("handler", "within"),
    [
        pytest.param(signal.default_int_handler, signal.SIG_DFL, id="Ctrl-C ends the process at once"),
        pytest.param(signal.SIG_IGN, signal.SIG_IGN, id="a job in the background goes on ignoring it"),
    ],
)
def test_what_ctrl_c_does_while_a_command_is_imported(handler: Any, within: Any) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        with _CtrlCEnds():
            assert signal.getsignal(signal.SIGINT) is within
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
