"""The commands' manners: the settings in sentences, a file to begin with, colours, exit statuses, Ctrl-C."""

import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest

from tests.frontends import ROOT
from tests.inherited import inherited
from xmlrpc_guard import ConfigurationError
from xmlrpc_guard.cli import commands, run
from xmlrpc_guard.settings.configuration import read_configuration
from xmlrpc_guard.settings.given import give_config
from xmlrpc_guard.settings.table import ALL_SETTINGS
from xmlrpc_guard.settings.template import write_template


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# What the settings mean


MEANINGS: list[Any] = [
    pytest.param(
        "--allow jetpack",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: jetpack (8 entries of 2025).",
            "All others are refused.",
            "No doubts.",
        ],
        0,
        id="a list",
    ),
    pytest.param(
        "--allow '' --strict",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: no one.",
            "All others are refused.",
            "Doubt: allow is empty: every request for a guarded script is refused",
        ],
        1,
        id="no one, which is a doubt",
    ),
    pytest.param(
        "--allow file:list.txt,::1 --deny 192.0.2.7 --trusted-proxies 10.0.0.5,unix --forwarded-header X-Real-IP "
        "--every 60 --scripts xmlrpc.php,xmlrpc",
        [
            "Guarded: xmlrpc.php, xmlrpc, in any directory and spelling. All other pages pass.",
            "Trusted proxies: 10.0.0.5, unix. They name the client in X-Real-IP; all others are the client.",
            "Refused first: 192.0.2.7.",
            "Let in: {folder}/list.txt (1 entry of 2026-01-01), ::1.",
            "All others are refused.",
            "every is 60: how often to look whether a list file has changed.",
            "No doubts.",
        ],
        0,
        id="a list file, proxies and more",
    ),
    pytest.param(
        "--allow file:no.txt:fallback=jetpack,file:list.txt:max_age=1d --report-only --scripts wp-login.php --strict",
        [
            "Guarded: wp-login.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: {folder}/no.txt (8 entries, its fallback), {folder}/list.txt (1 entry of 2026-01-01).",
            "REPORT-ONLY: no one is refused; what would be is logged.",
            "Doubt: scripts does not guard xmlrpc.php: if there is such a file, anyone may call it; name it too",
            (
                "Doubt: allow: {folder}/no.txt: does not exist; create it, or name another file; "
                "8 entries of an earlier list or the fallback are active"
            ),
            "Doubt: allow: {folder}/list.txt is older than its max_age",
            "Doubt: report_only is on: no request is refused",
        ],
        1,
        id="files that are missing and old, and a guard that only reports",
    ),
    pytest.param(
        "--allow 10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8 and 1 more.",
            "All others are refused.",
            "No doubts.",
        ],
        0,
        id="more entries than a sentence holds",
    ),
    pytest.param(
        "--allow jetpack --no-report-only --upstream http://127.0.0.1:8080 --timeout 2.5 --listen [::1]:80 "
        "--listen unix:/run/x --listen fd:3,systemd --status unix:/run/y",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: jetpack (8 entries of 2025).",
            "All others are refused.",
            "upstream is http://127.0.0.1:8080: forward requests to http://HOST:PORT or unix:PATH.",
            "timeout is 2.5: how long the upstream may be silent.",
            "listen is [::1]:80, unix:/run/x, fd:3, systemd: where to listen.",
            "status is unix:/run/y: where to show counts to this machine, as JSON and for Prometheus.",
            "No doubts.",
        ],
        0,
        id="what serve needs",
    ),
    pytest.param(
        "--allow '' --public-methods editors,!wp.deletePost",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: no one.",
            "Anyone may call editors, !wp.deletePost and ask for discovery, at xmlrpc.php.",
            "All other requests are refused.",
            "No doubts.",
        ],
        0,
        id="public methods and discovery, so that an empty list is no doubt",
    ),
    pytest.param(
        "--allow '' --public-methods wp.getposts --max-multicall 3 --strict",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: no one.",
            "Anyone may call wp.getposts, at xmlrpc.php.",
            "All other requests are refused.",
            f"max_multicall is 3: h{ALL_SETTINGS['max_multicall'].help[1:]}",
            (
                "Doubt: public_methods: 'wp.getposts' names no method of WordPress; write 'wp.getPosts', if it is not "
                "a plugin's"
            ),
            "Doubt: max_multicall is 3, but system.multicall is not in public_methods: it is refused",
        ],
        1,
        id="a name in other letters, and a number for a method that is not public",
    ),
    pytest.param(
        "--allow jetpack --public-rsd --max-body 9",
        [
            "Guarded: xmlrpc.php, in any directory and spelling. All other pages pass.",
            "The client is the address that connects; no header is read.",
            "Let in: jetpack (8 entries of 2025).",
            "Anyone may ask for discovery, at xmlrpc.php.",
            "All other requests are refused.",
            f"public_rsd is true: l{ALL_SETTINGS['public_rsd'].help[1:]}",
            "max_body is 9: how many bytes of a call by a client outside allow are read.",
            "Doubt: max_body is 9, but public_methods is empty: no call is read",
        ],
        0,
        id="discovery alone",
    ),
]


@pytest.mark.parametrize(("flags", "sentences", "status"), MEANINGS)
def test_what_the_settings_mean(
    flags: str, sentences: list[str], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.txt").write_text("203.0.113.7\n")
    os.utime("list.txt", (1767268800, 1767268800))
    assert run(["config", "check", *shlex.split(flags)]) == status
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in sentences).replace("{folder}", str(tmp_path)), "")


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        pytest.param("--upstream 127.0.0.1", "upstream: '127.0.0.1' is neither http://HOST:PORT", id="an upstream"),
        pytest.param(
            "--timeout 5", "timeout: 5.0 needs an upstream; write upstream", id="a timeout without an upstream"
        ),
        pytest.param("--allow file:no.txt", "allow: '", id="a list file that does not exist"),
        pytest.param("--deny x", "deny: 'x' ", id="an entry"),
        pytest.param("--listen 8000", "listen: '8000' is not HOST:PORT", id="a port without a host"),
        pytest.param("--listen ::1,a..b:80", "listen: '::1' is not HOST:PORT", id="an address without a port"),
        pytest.param("--listen a..b:80", "listen: 'a..b:80' cannot be used: ", id="a host name that DNS cannot hold"),
        pytest.param(
            "--status 9100", "status: '9100' is a port alone; write 127.0.0.1:9100", id="a status page without a host"
        ),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(
    flags: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["config", "check", "--allow", "jetpack", *flags.split()]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith(f"xmlrpc-guard: {problem}"), err.count("\n")) == ("", True, 1)


def test_an_application_is_not_loaded_to_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("guard.toml").write_text("[policy]\nallow = ['::1']\n[serve]\napplication = 'no.such:app'\n")
    Path("guard.toml").chmod(0o644)
    assert run(["config", "check", "--config", "guard.toml"]) == 0
    assert "application is no.such:app: the WSGI application to serve" in capsys.readouterr().out


# A file to begin with


def test_a_file_is_written_that_can_be_used_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    before = os.umask(0)
    try:
        assert run(["config", "init", "guard.toml"]) == 0
    finally:
        os.umask(before)
    assert capsys.readouterr().out == "Wrote guard.toml; next: xmlrpc-guard config check --config guard.toml\n"
    assert Path("guard.toml").stat().st_mode & 0o777 == 0o644
    assert run(["config", "check", "--strict", "--config", "guard.toml"]) == 0


def test_a_file_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "init", "-"]) == 0
    assert capsys.readouterr().out == write_template()


def test_every_setting_is_in_the_file_and_its_example_can_be_read() -> None:
    lines = [
        line.removeprefix("#") if line.startswith("#") and line[1:2].strip() else line for line in template_lines()
    ]
    Path("guard.toml").write_text("\n".join(lines))
    Path("guard.toml").chmod(0o644)
    assert [key for table in tomllib.loads("\n".join(lines)).values() for key in table] == list(ALL_SETTINGS)
    given = read_configuration(give_config("guard.toml"), {}).given
    assert given.keys() == {"config", *ALL_SETTINGS}


def template_lines() -> list[str]:
    return write_template().splitlines()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        pytest.param("there.toml", "exists already; name another file", id="a file that exists"),
        pytest.param("", "is empty; write the name of a file, as guard.toml", id="an empty name"),
        pytest.param("no/guard.toml", "has no folder; run: install -d -m 755 no", id="a folder that does not exist"),
        pytest.param("there.toml/x", "cannot be written (Not a directory); name another file", id="a file in a file"),
        pytest.param("a\0b", "cannot be written (embedded null byte); name another file", id="a name with a NUL"),
    ],
)
def test_a_file_that_cannot_be_written(path: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("there.toml").write_text("mine")
    assert run(["config", "init", path]) == 2
    shown = ConfigurationError("config", path, problem)
    assert capsys.readouterr() == ("", f"xmlrpc-guard: {shown}\n")
    assert Path("there.toml").read_text() == "mine"


# Exit statuses, as docs/reference/commands.md has them


STATUSES: list[Any] = [
    pytest.param("check --allow jetpack --peer 192.0.64.5 /xmlrpc.php", 0, id="check: allowed"),
    pytest.param("check --allow jetpack --peer 203.0.113.9 /xmlrpc.php", 1, id="check: denied"),
    pytest.param("check --allow 10/8 --peer 203.0.113.9 /xmlrpc.php", 2, id="check: settings that cannot be used"),
    pytest.param("check --allow jetpack --peer foo /xmlrpc.php", 2, id="check: a request that cannot be used"),
    pytest.param("serve --allow 10/8", 2, id="serve: settings that cannot be used"),
    pytest.param("config check --allow ''", 0, id="config check: a doubt"),
    pytest.param("config check --allow '' --strict", 1, id="config check: a doubt, with --strict"),
    pytest.param("config check --allow jetpack --strict", 0, id="config check: none"),
    pytest.param("config check --allow 10/8 --strict", 2, id="config check: unusable"),
    pytest.param("config show --allow jetpack", 0, id="config show: done"),
    pytest.param("config show --allow 10/8", 2, id="config show: unusable"),
    pytest.param("config init new.toml", 0, id="config init: done"),
    pytest.param("config init list.txt", 2, id="config init: not written"),
    pytest.param("ranges show jetpack", 0, id="ranges show: printed"),
    pytest.param("ranges show no.txt", 2, id="ranges show: a list that cannot be read"),
    pytest.param("ranges diff jetpack jetpack", 0, id="ranges diff: the same addresses"),
    pytest.param("ranges diff jetpack list.txt", 1, id="ranges diff: other addresses"),
    pytest.param("ranges diff jetpack no.txt", 2, id="ranges diff: a list that cannot be read"),
    pytest.param("ranges check list.txt", 0, id="ranges check: a list that a guard takes"),
    pytest.param("ranges check bad.txt", 1, id="ranges check: one that it does not take"),
    pytest.param("ranges check no.txt", 2, id="ranges check: a file that cannot be opened"),
    pytest.param("", 2, id="no command"),
    pytest.param("guard", 2, id="an unknown command"),
    pytest.param("check --no-such", 2, id="an unknown flag"),
    pytest.param("--help", 0, id="help"),
]


@pytest.mark.parametrize(("arguments", "status"), STATUSES)
def test_the_exit_status(arguments: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    Path("list.txt").write_text("203.0.113.7\n")
    Path("bad.txt").write_text("10/8\n")
    assert run(shlex.split(arguments)) == status
    assert "Traceback" not in capsys.readouterr().err


def leaves(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        yield from leaves(command, f"{path}{name} ") if isinstance(command, click.Group) else [f"{path}{name}"]


def test_the_table_of_the_exit_statuses_has_every_command() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    rows = page.partition("| command | 0 | 1 | 2 |\n")[2].partition("\n\n")[0]
    shown = [name for row in rows.splitlines()[1:] for name in re.findall("`([a-z ]+)`", row.split("|")[1])]
    assert sorted(shown) == sorted(leaves(commands))


# On a terminal


def on_a_terminal(*arguments: str, variables: dict[str, str] | None = None) -> bytes:
    """Run a command on a terminal of its own, and give back what it writes there."""
    near, far = pty.openpty()
    command = (sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", *arguments)
    environ = {key: value for key, value in inherited().items() if key != "NO_COLOR"} | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=environ | (variables or {}))
    os.close(far)
    written = b""
    with suppress(OSError):  # EIO at its end
        while chunk := os.read(near, 65536):
            written += chunk
    os.close(near)
    process.wait()
    return written


CHECK = ("check", "--allow", "jetpack", "--peer", "203.0.113.9", "/xmlrpc.php")


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": ""}, True, id="an empty NO_COLOR, which does not count"),
    ],
)
def test_colours_are_for_a_terminal_without_no_color(variables: dict[str, str], colored: bool) -> None:
    written = on_a_terminal(*CHECK, variables=variables)
    assert (b"\x1b[31mdeny 203.0.113.9: " in written) is colored
    assert (b"\x1b" in written) is colored


def test_no_colours_go_into_a_pipe() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", *CHECK]
    ran = subprocess.run(command, check=False, capture_output=True, env=inherited(PYTHONPATH=str(ROOT)))
    assert ran.stdout == b"deny 203.0.113.9: client is not in the allowlist (decided by allow)\n"


# Ctrl-C while the command is being imported: a package that is imported then waits, and says so.
SLOW = "import os, time\nos.write(1, b'importing')\ntime.sleep(60)\n"


@pytest.fixture
def _interruptible() -> Any:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        pytest.param("click", "ranges show", id="what every command needs"),
        pytest.param("webob", "serve --help", id="what one command needs"),
    ],
)
def test_ctrl_c_while_it_is_imported_prints_nothing(module: str, arguments: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}.py").write_text(SLOW)
    command = [sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", *arguments.split()]
    environ = inherited(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) as process:
        assert process.stdout is not None
        assert process.stdout.read(9) == b"importing"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (-signal.SIGINT, b"", b"")


IMPORTED = """
import sys
from xmlrpc_guard.cli import import_command
import_command(sys.argv[1:])
print(*(name.removeprefix("xmlrpc_guard.cli.") for name in sys.modules if name.startswith("xmlrpc_guard.cli.")))
"""


@pytest.mark.parametrize(
    ("arguments", "others"),
    [
        pytest.param("check /xmlrpc.php", False, id="a command needs no other"),
        pytest.param("--help", True, id="the help names all of them"),
        pytest.param("", True, id="without a command the help is printed"),
    ],
)
def test_which_commands_are_imported(arguments: str, others: bool) -> None:
    command = (sys.executable, "-W", "ignore", "-c", IMPORTED, *arguments.split())
    environ = inherited(PYTHONPATH=str(ROOT))
    imported = subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.split()
    assert "check" in imported
    assert [name in imported for name in ("audit", "probe", "ranges", "render", "serve")] == [others] * 5


COMPLETION = """
eval "$(_XMLRPC_GUARD_COMPLETE=bash_source xmlrpc-guard)"
COMP_WORDS=(xmlrpc-guard serve --tr) COMP_CWORD=2
_xmlrpc_guard_completion xmlrpc-guard
echo "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is missing")
def test_bash_completes_as_the_docs_have_it() -> None:
    """The first line is that of docs/reference/commands.md; the others are what bash does at a TAB."""
    assert COMPLETION.splitlines()[1] in (ROOT / "docs" / "reference" / "commands.md").read_text()
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", COMPLETION], check=True, capture_output=True, text=True, env=inherited(PATH=path)
    )
    assert (ran.stdout, ran.stderr) == ("--trusted-proxies\n", "")
