"""Rules whose lists are in a file of their own: the two files, what a server says of a broken one, and a new list."""

import shlex
import shutil
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netaddr import IPSet

from tests.frontends import ROOT
from tests.real.programs import lacks
from xmlrpc_guard.cli import run
from xmlrpc_guard.cli.render.again import Again, read_again, run_again
from xmlrpc_guard.ranges import parse_cidr
from xmlrpc_guard.render import haproxy
from xmlrpc_guard.render.place import name_of_old
from xmlrpc_guard.render.rule import Line, Rule, cut_out, without_repeats
from xmlrpc_guard.render.trial import TrialError, try_rule

PACKAGES = {"nginx": "nginx", "apache": "apache2", "caddy": "caddy", "haproxy": "haproxy"}
INSTALLED = [pytest.param(name, id=name, marks=lacks(package)) for name, package in PACKAGES.items()]
CHAIN = "--deny 192.0.64.5 --trusted-proxies 10.0.0.0/8"


@pytest.fixture
def untested(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is installed."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)


def write(folder: Path, server: str, options: str) -> tuple[Path, Path]:
    """Write a rule and its lists into a folder; give the paths of both."""
    command = f"render {server} {options} --lists {folder}/lists --output {folder}/rule"
    assert run(shlex.split(command)) == 0
    (lists,) = (path for path in (folder / "lists").iterdir() if path.name in (folder / "rule").read_text("utf-8"))
    return folder / "rule", lists


@pytest.mark.pure
@pytest.mark.usefixtures("untested")
@pytest.mark.parametrize(
    ("server", "in_rule", "in_lists"),
    [
        pytest.param(
            "nginx",
            "include {lists};\n",
            "geo $xmlrpc_guard_allowed {\n    proxy_recursive;\n    proxy 10.0.0.0/8;\n    default 0;\n    5",
            id="nginx: each list is a whole block, which defines a variable that the rule needs",
        ),
        pytest.param(
            "apache",
            '<IfDefine !XMLRPC_GUARD_LISTS_ARE_WHOLE>\n    Error "{lists} is empty or cut off"\n',
            "<If \"${{XMLRPC_GUARD_PATH}} && (%{{REMOTE_ADDR}} -ipmatch '10.0.0.0/8' || ",
            id="Apache: the rule looks for what the lists define at their end",
        ),
        pytest.param(
            "caddy",
            "import {lists}\nhandle @xmlrpc_guard {{\n",
            "@xmlrpc_guard {{\n",
            id="Caddy: the lists are the matcher that the rule needs",
        ),
        pytest.param(
            "haproxy",
            "acl xmlrpc_guard_whole str(255.255.255.254),map_ip({lists}) -m str whole\n",
            "\n192.0.64.4/32 allow\n",
            id="HAProxy: the lists are a map, out of which the denied address is cut",
        ),
    ],
)
def test_a_rule_names_its_lists(server: str, in_rule: str, in_lists: str, tmp_path: Path) -> None:
    rule, lists = write(tmp_path, server, f"--allow jetpack {CHAIN}")
    assert in_rule.format(lists=lists) in rule.read_text("utf-8")
    assert in_lists.replace("{{", "{").replace("}}", "}") in lists.read_text("utf-8")


@pytest.mark.pure
@pytest.mark.usefixtures("untested")
@pytest.mark.parametrize("server", PACKAGES)
def test_only_the_lists_change_where_only_entries_do(server: str, tmp_path: Path) -> None:
    _, first = write(tmp_path, server, f"--allow jetpack {CHAIN}")
    before = first.read_bytes()
    _, second = write(tmp_path, server, "--allow ::1,203.0.113.7 --deny ::2 --trusted-proxies 10.1.0.0/16")
    assert (second, second.read_bytes() == before) == (first, False)
    assert Path(name_of_old(str(first))).read_bytes() == before


@pytest.mark.pure
@pytest.mark.usefixtures("untested")
@pytest.mark.parametrize("server", ["nginx", "apache", "haproxy"])
def test_lines_that_change_name_another_file(server: str, tmp_path: Path) -> None:
    _, first = write(tmp_path, server, "--allow jetpack")
    _, second = write(tmp_path, server, "--allow jetpack --scripts xmlrpc.php,xmlrpc")
    assert first != second


@pytest.mark.pure
@pytest.mark.usefixtures("untested")
def test_two_rules_of_the_same_lines_do_not_share_their_lists(tmp_path: Path) -> None:
    for name in ("one", "two"):
        command = f"render caddy --allow ::1 --lists {tmp_path}/lists --output {tmp_path}/{name}"
        assert run(shlex.split(command)) == 0
    assert len(list((tmp_path / "lists").iterdir())) == 2


@pytest.mark.pure
@pytest.mark.usefixtures("untested")
def test_what_is_kept_is_the_file_before_even_if_the_same_is_written_again(tmp_path: Path) -> None:
    write(tmp_path, "nginx", "--allow ::1")
    _, lists = write(tmp_path, "nginx", "--allow ::2")
    write(tmp_path, "nginx", "--allow ::2")
    assert "::1/128 1;" in Path(name_of_old(str(lists))).read_text("utf-8")


@pytest.mark.parametrize("server", INSTALLED)
def test_a_server_takes_a_rule_with_its_lists(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = "--deny 192.0.64.5" if server == "caddy" else CHAIN  # Debian's Caddy has no client_ip
    rule, lists = write(tmp_path, server, f"--allow jetpack,2001:db8::/32 {options}")
    said = capsys.readouterr().out.splitlines()
    assert (said[1], said[-1]) == (f"{server} reads the rule", f"{lists} has its lists")
    assert try_rule(server, str(rule), str(rule))


def cuts(text: str) -> list[str]:
    """Cut a text before each of its lines and within it, the last line end excepted."""
    ends = [place for place, sign in enumerate(text) if sign == "\n"]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [text[:place] for start, end in zip(starts, ends, strict=True) for place in {start, (start + end) // 2}]


@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values[0] in ("nginx", "caddy")])
def test_a_list_that_is_cut_off_anywhere_does_not_load(server: str, tmp_path: Path) -> None:
    rule, lists = write(tmp_path, server, "--allow 192.0.2.7")
    whole = lists.read_text("utf-8")
    for cut in cuts(whole)[:: 3 if server == "caddy" else 1]:
        lists.write_text(cut, "utf-8")
        with pytest.raises(TrialError):
            try_rule(server, str(rule), str(rule))
    lists.write_text(whole, "utf-8")
    assert try_rule(server, str(rule), str(rule))


@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values[0] == "apache"])
def test_apaches_lists_that_are_missing_empty_or_cut_off_do_not_load(server: str, tmp_path: Path) -> None:
    rule, lists = write(tmp_path, server, f"--allow cloudfront,192.0.2.7 {CHAIN}")
    whole = lists.read_text("utf-8")
    for kept in (0, len(whole) // 2, len(whole) - len("Define XMLRPC_GUARD_LISTS_ARE_WHOLE\n"), len(whole) - 2):
        lists.write_text(whole[:kept], "utf-8")
        with pytest.raises(TrialError):
            try_rule(server, str(rule), str(rule))


@lacks("apache2")
def test_apaches_lists_are_not_taken_for_whole_because_those_of_another_rule_are(tmp_path: Path) -> None:
    rule, lists = write(tmp_path, "apache", "--allow 192.0.2.7")
    two = tmp_path / "two"
    two.write_text(f"Include {rule}\n" + rule.read_text("utf-8").replace(str(lists), str(tmp_path / "empty")), "utf-8")
    (tmp_path / "empty").touch()
    with pytest.raises(TrialError, match="empty is empty or cut off"):
        try_rule("apache", str(two), str(rule))


@pytest.mark.parametrize("server", INSTALLED)
def test_a_list_that_is_missing_does_not_load(server: str, tmp_path: Path) -> None:
    rule, lists = write(tmp_path, server, "--allow 192.0.2.7")
    lists.unlink()
    with pytest.raises(TrialError):
        try_rule(server, str(rule), str(rule))


@lacks("nginx")
def test_new_lists_are_tried_in_a_copy_of_the_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text(f"events {{}}\nhttp {{ include {tmp_path}/rule; }}\n", "utf-8")
    write(tmp_path, "nginx", f"--allow ::1 --server-config {config}")
    assert f"{config} includes it: " in capsys.readouterr().out
    config.write_text("events {}\nhttp { }\n", "utf-8")
    write(tmp_path, "nginx", f"--allow ::1 --server-config {config}")
    assert f"{config} does not include it: " in capsys.readouterr().out


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param("nginx --lists /tmp/lists", "--lists needs --output", id="without a file for the rule"),
        pytest.param(
            "nginx --output rule --lists lists",
            "is not the whole path of a folder",
            id="a path within the current folder",
        ),
        pytest.param(
            "nginx --output rule --lists '/tmp/a*'",
            "in letters, digits and . _ + -",
            id="a path that an include takes for a pattern",
        ),
        pytest.param(
            "traefik --host a --service b --output rule --lists /tmp/lists",
            "Traefik passes all through if a list is missing",
            id="Traefik",
        ),
        pytest.param("nginx --output rule --lists /no/such/lists", "cannot make /no/such/lists", id="no such folder"),
    ],
)
def test_lists_that_cannot_be_written(options: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", *shlex.split(options), "--allow", "::1"]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.pure
@pytest.mark.usefixtures("untested")
def test_a_list_file_is_no_limit_where_the_lists_are_apart(tmp_path: Path) -> None:
    (tmp_path / "office.txt").write_text("203.0.113.0/24\n", "utf-8")
    _, lists = write(tmp_path, "nginx", f"--allow file:{tmp_path}/office.txt")
    assert f"203.0.113.0/24 1;  # {tmp_path}/office.txt:1 of " in lists.read_text("utf-8")


@pytest.mark.pure
def test_caddys_proxies_stand_outside_of_the_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "proxies.txt").write_text("10.0.0.0/8\n", "utf-8")
    options = f"--allow ::1 --trusted-proxies file:{tmp_path}/proxies.txt --lists {tmp_path}/lists --output rule"
    assert run(["render", "caddy", *options.split()]) == 2
    assert "write --accept live-lists" in capsys.readouterr().err


@pytest.mark.pure
def test_what_is_cut_out_leaves_the_rest_of_each_line() -> None:
    lines = [Line("10.0.0.0/29", "a"), Line("10.0.0.8/32", "b"), Line("2001:db8::/127", "c"), Line("192.0.2.0/24", "d")]
    holes = [Line("10.0.0.6/31", "x"), Line("10.0.0.8/30", "x"), Line("2001:db8::/128", "x"), Line("10.0.0.1/32", "x")]
    left = list(cut_out(lines, holes))
    assert [(line.cidr, line.origin) for line in left] == [
        ("10.0.0.0/32", "a"),
        ("10.0.0.2/31", "a"),
        ("10.0.0.4/31", "a"),
        ("2001:db8::1/128", "c"),
        ("192.0.2.0/24", "d"),
    ]


CIDRS = st.builds(
    lambda number, length: str(ip_network((0x0A000000 | number << 24 - 8, length), strict=False)),
    st.integers(0, 255),
    st.integers(8, 32),
)
LISTS = st.lists(CIDRS | st.sampled_from(["255.255.255.255/32", "0.0.0.0/1", "2001:db8::/32"]), max_size=6)


@pytest.mark.pure
@given(allow=LISTS, deny=LISTS, proxies=LISTS)
def test_haproxys_map_has_no_address_in_two_lists(allow: list[str], deny: list[str], proxies: list[str]) -> None:
    lines_of = [without_repeats(Line(cidr, "a test") for cidr in cidrs) for cidrs in (allow, deny, proxies)]
    rule = Rule(lines_of[0], lines_of[1], lines_of[2], False, ("xmlrpc.php",), False, False, "again")
    lines = [line.split() for line in haproxy.render_apart(rule, "/lists")[1].splitlines() if not line.startswith("#")]
    found = {name: IPSet(cidr for cidr, each in lines if each == name) for name in ("allow", "proxy", "whole")}
    end, loopback = IPSet(["255.255.255.254/31"]), IPSet(["0.0.0.1/32"])
    assert found["whole"] == end
    assert found["proxy"] == IPSet(proxies) - end - loopback
    assert found["allow"] == IPSet(allow) - IPSet(deny) - IPSet(proxies) - end - loopback
    assert lines[-1] == ["255.255.255.254/31", "whole"]


@pytest.mark.pure
def test_a_line_that_is_no_network_cannot_be_cut() -> None:
    assert parse_cidr("nonsense") is None
    with pytest.raises(ValueError, match="nonsense"):
        list(cut_out([Line("nonsense", "")], []))


def test_a_kill_during_the_servers_test_leaves_the_old_rule_and_its_lists(tmp_path: Path) -> None:
    # The server's test, a process of its own, kills the one that waits for it.
    rule, lists = write(tmp_path, "nginx", "--allow ::1")
    before = rule.read_bytes(), lists.read_bytes()
    (tmp_path / "nginx").write_text("#!/bin/sh\nkill -9 $PPID\n", "utf-8")
    (tmp_path / "nginx").chmod(0o755)
    options = ["--lists", f"{tmp_path}/lists", "--output", str(rule)]
    command = [sys.executable, "-m", "xmlrpc_guard", "render", "nginx", "--allow", "::2", *options]
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert subprocess.run(command, env=environ, cwd=ROOT, check=False).returncode == -9
    assert (rule.read_bytes(), lists.read_bytes()) == before


def test_the_settings_are_those_of_the_file_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_DENY", "::1")
    (tmp_path / "office.txt").write_text("::3\n", "utf-8")
    (tmp_path / "click.py").write_text("raise SystemExit(9)\n", "utf-8")  # which anyone may have put there
    options = ("--allow", "file:office.txt", "--accept", "live-lists", "--output", "rule")
    # Traefik has no test of its own, which would take time here.
    arguments = ("render", "traefik", "--host", "a", "--service", "b", *options)
    again = Again(str(tmp_path), ("XMLRPC_GUARD_SCRIPTS=a.php",), arguments)
    assert run_again(again) == 0
    written = (tmp_path / "rule").read_text("utf-8")
    assert f"# Written by: cd {tmp_path} && XMLRPC_GUARD_SCRIPTS=a.php xmlrpc-guard render traefik" in written
    assert read_again(str(tmp_path / "rule")) == again
