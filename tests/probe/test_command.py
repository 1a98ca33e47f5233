"""``xmlrpc-guard probe``: what it prints, what its exit status says, and what it refuses to ask."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import ROOT
from tests.probe.scripted import PAGE, Owned, Scripted, answer, guarded, target_of, token_in, wordpress
from tests.waiting import PATIENCE
from xmlrpc_guard.cli import run
from xmlrpc_guard.probe import sending
from xmlrpc_guard.probe.proof import TOKEN_PATH
from xmlrpc_guard.testing import ORDINARY

Capture = pytest.CaptureFixture[str]
QUICK = ("probe", "--rate", "1000")


@pytest.fixture(autouse=True)
def _a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def open_site() -> Iterator[Scripted]:
    with Scripted(wordpress) as site:
        yield site


@pytest.fixture(scope="module")
def guarded_site() -> Iterator[Scripted]:
    with Scripted(guarded) as site:
        yield site


TEXT = r"""
http://127.0.0.1:@port at 127.0.0.1, asked from 127.0.0.1
the endpoint is /xmlrpc.php, by WordPress' own name
276 of 276 requests sent to it, 288 in all

260 refused by xmlrpc_guard
 16 404 or 410

none of the requests reached XML-RPC from here
"""


def test_nothing_is_found_behind_a_guard(guarded_site: Scripted, capsys: Capture) -> None:
    assert run([*QUICK, guarded_site.url]) == 0
    shown, problems = capsys.readouterr()
    assert problems == ""
    assert re.sub(r"(?m)^ *[0-9]+ (refused|404)", r"N \1", shown) == re.sub(
        r"(?m)^ *[0-9]+ (refused|404)", r"N \1", TEXT[1:].replace("@port", str(guarded_site.port))
    )


def test_what_reaches_xml_rpc_is_shown_by_class_with_a_line_that_repeats_it(
    open_site: Scripted, capsys: Capture
) -> None:
    assert run([*QUICK, open_site.url]) == 1
    shown = capsys.readouterr().out
    line = "curl -gsi -A guard-probe --path-as-is --http1.1 'http"
    assert f"\nXML-RPC answered: the plain path (1 by GET, 1 by POST)\n    {line}" in shown
    assert (
        "\nwhat closes it:\n  allow: no guard stands before these, or it only reports (report_only), or it lists"
        in shown
    )
    assert re.search(r"\n[0-9]+ requests reach it from here, of [0-9]+ classes\n\Z", shown)


def test_the_result_as_json(open_site: Scripted, capsys: Capture) -> None:
    assert run([*QUICK, "--json", open_site.url]) == 1
    result = json.loads(capsys.readouterr().out)
    assert {key: result[key] for key in ("site", "address", "from", "endpoint", "stopped", "planned", "sent")} == {
        "site": open_site.url[:-1],
        "address": "127.0.0.1",
        "from": "127.0.0.1",
        "endpoint": "/xmlrpc.php",
        "stopped": None,
        "planned": 276,
        "sent": 276,
    }
    (plain,) = (hole for hole in result["holes"] if hole["class"] == "the plain path")
    assert (plain["answer"], plain["methods"]) == ("reached", {"GET": 1, "POST": 1})
    assert plain["repeat"].startswith("curl -gsi -A guard-probe --path-as-is --http1.1 ")
    assert [remedy.partition(":")[0] for remedy in result["remedies"]] == ["allow"]
    assert (result["proves_nothing"], result["doubts"]) == (None, [])
    assert sum(result["answers"].values()) == 276


def limited(request: bytes) -> bytes:
    return answer(429) if b"rpc" in target_of(request) else wordpress(request)


def limited_later(request: bytes) -> bytes:
    return answer(429) if b"%23" in target_of(request) else wordpress(request)


def test_a_probe_that_was_stopped_proves_nothing(capsys: Capture) -> None:
    with Scripted(limited) as site:
        assert run([*QUICK, site.url]) == 2
    shown = capsys.readouterr().out
    assert "stopped: the site answers 429, too many requests; wait, and ask with a smaller --rate\n" in shown
    assert "none of the requests reached XML-RPC, but that proves nothing: the site answers 429" in shown


def test_what_was_found_before_it_was_stopped_counts(capsys: Capture) -> None:
    with Scripted(limited_later) as site:
        assert run([*QUICK, site.url]) == 1
    assert "stopped: the site answers 429" in capsys.readouterr().out


def pong(request: bytes) -> bytes:
    """Answer as a script that is not known to be one, whose plain path alone is refused."""
    path = target_of(request)
    return answer(403) if path == b"/xmlrpc.php" else answer(200, b"pong") if b"rpc" in path else wordpress(request)


def test_a_page_that_may_be_the_scripts_is_shown_and_proves_nothing(capsys: Capture) -> None:
    with Scripted(pong) as site:
        assert run([*QUICK, site.url]) == 2
        shown = capsys.readouterr().out
        assert run([*QUICK, "--json", site.url]) == 2
    result = json.loads(capsys.readouterr().out)
    assert f"\nanother page, for example:\n    {result['unexplained'][0]}\n" in shown
    assert "but that proves nothing: " in shown
    assert result["unexplained"][0].startswith("curl -gsi ")
    assert result["proves_nothing"].endswith("give a text of that answer by --marker")


def nothing_there(request: bytes) -> bytes:
    return answer(404) if target_of(request) != b"/" else wordpress(request)


def test_a_rule_that_answers_404_is_to_be_named(capsys: Capture) -> None:
    with Scripted(nothing_there) as site:
        assert run([*QUICK, site.url]) == 2
        assert "if your rule answers so, give --refusal 404\n" in capsys.readouterr().out
        assert run([*QUICK, "--refusal", "404", site.url]) == 0
    doubt = "with --refusal 404, a wrong path looks like your rule: without the rule, this command must exit 1"
    assert capsys.readouterr().err == f"doubt: {doubt}\n"


def test_a_path_where_everything_is_refused_is_a_doubt(capsys: Capture) -> None:
    def closed(request: bytes) -> bytes:
        return answer(403) if target_of(request) != b"/" else wordpress(request)

    with Scripted(closed) as site:
        assert run([*QUICK, site.url]) == 0
        assert capsys.readouterr().err == ""
        assert run([*QUICK, "--path", "/xmlrcp.php", site.url]) == 0
    doubt = "a page that does not exist is refused by 403, too, so that a wrong path looks like your rule"
    assert capsys.readouterr().err == f"doubt: {doubt}\n"


def elsewhere(request: bytes) -> bytes:
    page = b'<link rel="EditURI" href="http://other.example/\x1b[31mxmlrpc.php?rsd">'
    return answer(200, page) if target_of(request) == b"/" else guarded(request)


def test_another_hosts_endpoint_is_told_without_its_escapes_and_not_asked(capsys: Capture) -> None:
    with Scripted(elsewhere) as site:
        assert run([*QUICK, site.url]) == 0
        assert not [request for request in site.requests if b"other.example" in request]
    shown = capsys.readouterr().out
    named = "http://other.example/\\x1b[31mxmlrpc.php?rsd for it, another host's or no script's, which was not asked"
    assert f"  the page names {named}\n" in shown
    assert "\x1b" not in shown


def test_all_says_first_how_long_it_takes(capsys: Capture) -> None:
    with Scripted(limited) as site:
        run(["probe", "--all", site.url])
    assert re.search(
        r"\A3[0-9]{4} requests will take [12] h [0-9]+ min at least; Ctrl-C ends them\n", capsys.readouterr().err
    )


def test_a_person_at_a_terminal_sees_a_bar_that_vanishes(
    guarded_site: Scripted, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run([*QUICK, guarded_site.url]) == 0
    shown, bar = capsys.readouterr()
    assert "none of the requests reached" in shown
    assert "276/276" in bar
    assert bar.endswith("\x1b[2K")


def test_a_site_that_redirects_is_named_before_the_minute_that_it_takes(capsys: Capture) -> None:
    def script(request: bytes) -> bytes:
        return answer(301, b"", "Location: https://blog.example/") if target_of(request) == b"/" else guarded(request)

    with Scripted(script) as site:
        assert run([*QUICK, site.url]) == 2
    said = "the site's own page redirects to https://blog.example/; ask that address"
    shown = capsys.readouterr()
    assert shown.err == f"doubt: {said}\n"
    assert said in shown.out


DOUBTS: list[Any] = [
    pytest.param(
        ["--allow", "127.0.0.1"], "127.0.0.1 is in allow: that it reaches XML-RPC proves nothing", id="listed"
    ),
    pytest.param(
        ["--allow", "jetpack", "--trusted-proxies", "127.0.0.1"],
        "127.0.0.1 is a trusted proxy, and is refused without X-Forwarded-For; to ask as a stranger would, ask",
        id="a trusted proxy",
    ),
    pytest.param(
        ["--allow", "jetpack", "--from-proxy"],
        "each request says X-Forwarded-For: 198.51.100.7, as one that a proxy forwards for a stranger; a guard reads",
        id="as a proxy does, and no settings trust it",
    ),
    pytest.param(
        ["--allow", "jetpack", "--trusted-proxies", "10.0.0.5", "--from-proxy"],
        "127.0.0.1 is not in the trusted_proxies of these settings, so that the guard takes it for the client",
        id="a proxy that is not trusted",
    ),
]


def test_a_proxy_that_the_settings_trust_is_no_doubt(guarded_site: Scripted, capsys: Capture) -> None:
    run([*QUICK, "--allow", "jetpack", "--trusted-proxies", "127.0.0.1", "--from-proxy", guarded_site.url])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("flags", "doubt"), DOUBTS)
def test_an_address_that_proves_nothing_is_named(
    flags: list[str], doubt: str, guarded_site: Scripted, capsys: Capture
) -> None:
    run([*QUICK, *flags, guarded_site.url])
    assert f"doubt: {doubt}" in capsys.readouterr().err


def test_settings_that_only_report_are_a_doubt(guarded_site: Scripted, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "guard.toml"
    file.write_text('[policy]\nallow = ["jetpack"]\n[guard]\nreport_only = true\n')
    file.chmod(0o644)
    run([*QUICK, "--config", str(file), guarded_site.url])
    assert "doubt: report_only is on in these settings: a guard that has them refuses no" in capsys.readouterr().err


def test_a_trusted_proxy_that_is_refused_for_its_missing_header_proves_nothing(
    guarded_site: Scripted, capsys: Capture
) -> None:
    flags = ("--allow", "jetpack", "--trusted-proxies", "127.0.0.1")
    assert run([*QUICK, *flags, guarded_site.url]) == 2
    assert "but that proves nothing: a trusted proxy that sends no X-Forwarded-For is" in capsys.readouterr().out
    assert run([*QUICK, *flags, "--from-proxy", guarded_site.url]) == 0


def test_from_a_proxy_each_request_names_the_stranger(capsys: Capture) -> None:
    with Scripted(wordpress) as site:
        run([*QUICK, "--from-proxy", "--forwarded-header", "Forwarded", site.url])
        assert {b"\r\nForwarded: for=198.51.100.7\r\n" in request for request in site.requests} == {True}
    shown, doubts = capsys.readouterr()
    assert "-H 'Forwarded: for=198.51.100.7'" in shown
    assert doubts.count("doubt: ") == 1  # without settings, no list of proxies lacks this machine


def test_the_settings_of_a_guard_may_be_a_file(guarded_site: Scripted, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "guard.toml"
    file.write_text('[policy]\nallow = ["127.0.0.1"]\n')
    assert run([*QUICK, "--config", str(file), guarded_site.url]) == 0
    assert "127.0.0.1 is in allow" in capsys.readouterr().err


UNUSABLE: list[Any] = [
    pytest.param(["blog.example"], "url: 'blog.example' is not an http:// or https:// address", id="no address"),
    pytest.param(["--rate", "0", "http://127.0.0.1:1/"], "Invalid value for '--rate'", id="no rate"),
    pytest.param(["--rate", "nan", "http://127.0.0.1:1/"], "Invalid value for '--rate'", id="a rate that is no number"),
    pytest.param(["--refusal", "200", "@site"], "Invalid value for '--refusal'", id="a refusal that is none"),
    pytest.param(["--path", "x", "@site"], "path: 'x' is not the path of a script", id="no path"),
    pytest.param(["--allow", "10/8", "@site"], "allow: '10/8' is a partial address", id="no policy"),
    pytest.param(["http://127.0.0.1:1/"], "http://127.0.0.1:1: 127.0.0.1: the connection was refused", id="no server"),
    pytest.param(
        ["http://no.such.host.invalid/"], "http://no.such.host.invalid: its name has no address: ", id="no host"
    ),
    pytest.param(
        ["--ca-file", "/dev/null", "https://127.0.0.1/"], "ca_file: '/dev/null' has no authorities", id="no CA"
    ),
    pytest.param([], "Missing argument 'URL'", id="nothing"),
]


@pytest.mark.parametrize(("arguments", "problem"), UNUSABLE)
def test_what_cannot_be_asked_is_one_line(
    arguments: list[str], problem: str, guarded_site: Scripted, capsys: Capture
) -> None:
    given = [guarded_site.url if argument == "@site" else argument for argument in arguments]
    assert run(["probe", *given]) == 2
    shown, problems = capsys.readouterr()
    assert shown == ""
    assert problems.startswith(f"xmlrpc-guard: {problem}")
    assert problems.count("\n") == 1


# Elsewhere than on this machine. 127.0.0.1 stands for another machine's address here.


@pytest.fixture
def elsewhere_(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "is_loopback", lambda _: False)


@pytest.mark.usefixtures("elsewhere_")
def test_a_site_is_asked_once_it_serves_the_token(capsys: Capture) -> None:
    owned = Owned()
    with Scripted(owned) as site:
        assert run([*QUICK, site.url]) == 2
        shown, problem = capsys.readouterr()
        assert problem == f"xmlrpc-guard: {site.url[:-1]}{TOKEN_PATH} answers 404\n"
        assert shown.endswith(f"\nat {site.url[:-1]}{TOKEN_PATH}, and run this command again.\n")
        assert site.targets == [TOKEN_PATH.encode()]
        owned.token = answer(200, token_in(shown) + b"\n")
        assert run([*QUICK, site.url]) == 0
        assert len(site.requests) == 290


@pytest.mark.usefixtures("elsewhere_")
@pytest.mark.parametrize(
    ("site", "problem"),
    [
        pytest.param(Owned(200, PAGE), "holds something else", id="another page"),
        pytest.param(Owned(200, b"guard-probe " + b"0" * 32), "holds something else", id="another's token"),
        pytest.param(Owned(302, b"", "Location: http://other.example/\x1b"), "redirects to 'http://o", id="a redirect"),
        pytest.param(Owned(500), "answers 500", id="an error"),
        pytest.param(lambda _: b"no HTTP", "answers without a status", id="no HTTP"),
    ],
)
def test_a_site_that_does_not_serve_it_gets_no_further_request(site: Any, problem: str, capsys: Capture) -> None:
    with Scripted(site) as served:
        assert run([*QUICK, served.url]) == 2
        assert served.targets == [TOKEN_PATH.encode()]
    shown = capsys.readouterr().err
    assert f"{TOKEN_PATH} {problem}" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("elsewhere_")
def test_a_token_is_of_one_site_and_one_key(capsys: Capture, tmp_path: Path) -> None:
    tokens = []
    with Scripted(Owned()) as one, Scripted(Owned()) as other:
        for url, key in ((one.url, "a"), (one.url, "a"), (one.url, "b"), (other.url, "a")):
            run([*QUICK, "--key", str(tmp_path / key), url])
            tokens.append(token_in(capsys.readouterr().out))
    assert tokens[0] == tokens[1]
    assert len({*tokens}) == 3


@pytest.mark.usefixtures("elsewhere_")
def test_the_key_is_the_users_own_and_no_one_elses(tmp_path: Path, capsys: Capture) -> None:
    with Scripted(Owned()) as site:
        run([*QUICK, site.url])
    key = tmp_path / "state" / "xmlrpc-guard" / "probe-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().strip() not in capsys.readouterr().out


def test_on_loopback_no_key_is_made(guarded_site: Scripted, tmp_path: Path) -> None:
    run([*QUICK, guarded_site.url])
    assert not (tmp_path / "state").exists()


@pytest.mark.usefixtures("elsewhere_")
def test_without_a_home_of_its_own_the_key_is_where_xdg_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Scripted(Owned()) as site:
        run([*QUICK, site.url])
    assert (tmp_path / ".local/state/xmlrpc-guard/probe-key").exists()
    assert token_in(capsys.readouterr().out)


@pytest.mark.usefixtures("elsewhere_")
def test_a_user_without_a_home_is_to_name_the_key(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    for variable in ("XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os.path, "expanduser", str)  # as it does for a number that has no name
    with Scripted(Owned()) as site:
        assert run([*QUICK, site.url]) == 2
    assert "key: None is not given, and this user has no home to keep one in" in capsys.readouterr().err


def test_a_marker_may_be_any_bytes(capsys: Capture) -> None:
    latin = "caf\xe9".encode("latin-1")
    with Scripted(lambda _: answer(200, latin)) as site:
        assert run([*QUICK, "--marker", os.fsdecode(latin), site.url]) == 1
    assert "XML-RPC answered" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_loop_of_the_page_finds_an_ordinary_page_that_a_rule_refuses() -> None:
    def too_broad(request: bytes) -> bytes:
        return answer(403 if b"xmlrpc.php" in target_of(request).partition(b"?")[0] else 404)

    page = (ROOT / "docs" / "reference" / "probe.md").read_text("utf-8")
    loop = page.partition("```sh\n")[2].partition("```")[0].rpartition("curl -s ")[0]
    with Scripted(too_broad) as site:
        here = loop.replace("https://blog.example", site.url[:-1]).replace("python -c", f"{sys.executable} -c")
        ended = subprocess.run(
            ["sh", "-c", here], cwd=ROOT, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        assert len(site.requests) == len(ORDINARY)
    refused = ["xmlrpc.php" in path.partition("?")[0] for path in ORDINARY]
    expected = [f"{403 if each else 404} {path}" for each, path in zip(refused, ORDINARY, strict=True)]
    assert ended.stdout.splitlines() == expected


def make_folder(path: Path) -> str:
    path.mkdir()
    return "cannot be read (Is a directory)"


def make_short(path: Path) -> str:
    path.write_text("short")
    return "has fewer than 32 bytes in it; delete it for a new one"


def make_file_above(path: Path) -> str:
    path.parent.rmdir()
    path.parent.write_text("")
    return "cannot be read (Not a directory)"


@pytest.mark.usefixtures("elsewhere_")
@pytest.mark.parametrize("make", [make_folder, make_short, make_file_above, lambda _: ""])
def test_a_key_that_cannot_be_used_is_one_line(make: Any, tmp_path: Path, capsys: Capture) -> None:
    key = tmp_path / "folder" / "key"
    key.parent.mkdir()
    problem = make(key)
    with Scripted(Owned()) as site:
        assert run([*QUICK, "--key", str(key) if problem else "/proc/none/key", site.url]) == 2
        assert site.requests == []
    assert (problem or "cannot be made (No such file or directory)") in capsys.readouterr().err
