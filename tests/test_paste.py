"""The PasteDeploy filter: its keys, its errors, and an ini file that waitress serves."""

import sys
from pathlib import Path

import pytest
from paste.deploy import loadapp

from tests.frontends import Listener, free_port, get, started, wait_for
from xmlrpc_guard import ConfigurationError, Decision, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.sources import LivePolicy
from xmlrpc_guard.testing import blocks

INI = """
[pipeline:main]
pipeline = xmlrpc_guard site

[filter:xmlrpc_guard]
use = egg:xmlrpc_guard
{settings}

[app:site]
paste.app_factory = tests.apps:echo_factory

[server:main]
use = egg:waitress
host = 127.0.0.1
port = {port}
clear_untrusted_proxy_headers = false
"""
SETTINGS = """\
allow = jetpack, 203.0.113.7
    203.0.113.8
trusted_proxies = 127.0.0.1
scripts = xmlrpc.php,xmlrpc
"""
SERVE = "import sys; from paste.deploy import loadapp, loadserver; loadserver(sys.argv[1])(loadapp(sys.argv[1]))"


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "site.ini"


def load(ini: Path, settings: str) -> XMLRPCGuard:
    ini.write_text(INI.format(settings=settings, port=0))
    app = loadapp(f"config:{ini}")
    assert isinstance(app, XMLRPCGuard)
    return app


@pytest.mark.parametrize(
    ("client", "path", "refused"),
    [
        pytest.param("192.0.64.5", "/xmlrpc.php", False, id="the named list is read"),
        pytest.param("203.0.113.7", "/xmlrpc.php", False, id="a comma separates two entries"),
        pytest.param("203.0.113.8", "/xmlrpc.php", False, id="a new line separates two entries"),
        pytest.param("203.0.113.9", "/xmlrpc.php", True, id="a stranger is refused"),
        pytest.param("203.0.113.9", "/xmlrpc", True, id="a second script is guarded"),
        pytest.param("203.0.113.9", "/page", False, id="an ordinary page passes"),
    ],
)
def test_an_ini_file_makes_the_guard(client: str, path: str, refused: bool, ini: Path) -> None:
    assert blocks(load(ini, SETTINGS), path, client=client, peer="127.0.0.1") is refused


def test_report_only_is_a_key(ini: Path) -> None:
    assert not blocks(load(ini, "allow = jetpack\nreport_only = on"), "/xmlrpc.php")


def test_a_header_may_be_named(ini: Path) -> None:
    guard = load(ini, "allow = jetpack\ntrusted_proxies = 127.0.0.1\nforwarded_header = X-Real-IP")
    environ = {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "192.0.64.5"}
    assert guard.decide(environ) == Decision(Reason.LISTED, "192.0.64.5")


def test_an_empty_allowlist_is_written_empty(ini: Path) -> None:
    guard = load(ini, "allow =")
    decision = guard.decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "192.0.64.5"})
    assert decision == Decision(Reason.NOT_LISTED, "192.0.64.5")


def test_a_file_is_followed(ini: Path) -> None:
    listed = ini.with_name("office.txt")
    listed.write_text("203.0.113.8\n")
    guard = load(ini, f"allow = 203.0.113.7 file:{listed}\ntrusted_proxies = file:{listed}\nscripts = xmlrpc.php")
    assert isinstance(guard._source, LivePolicy)  # noqa: SLF001 - what the section made
    assert guard._source.current() == Policy(  # noqa: SLF001
        allow=["203.0.113.7", "203.0.113.8"], trusted_proxies=["203.0.113.8"]
    )


def test_a_file_may_have_options_and_be_looked_at_more_rarely(ini: Path) -> None:
    listed = ini.with_name("office.txt")
    guard = load(ini, f"allow = file:{listed}:max_age=7d:fallback=jetpack, ::1\nevery = 60")
    assert isinstance(guard._source, LivePolicy)  # noqa: SLF001 - what the section made
    assert guard._source.current() == Policy(allow=["jetpack", "::1"])  # noqa: SLF001
    assert "every=60.0" in repr(guard._source)  # noqa: SLF001


def test_a_key_that_cannot_be_used_is_an_error(ini: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^trusted-proxy: '::1' is set, but .*; write trusted_proxies$"):
        load(ini, "allow = jetpack\ntrusted-proxy = ::1")


@pytest.mark.parametrize(
    ("default", "settings"),
    [
        pytest.param("deny = 10.0.0.1", "allow = jetpack\ndeny = 192.0.64.5", id="it replaces the filter's own"),
        pytest.param(
            "debug = true", "allow = jetpack\nset deny = 192.0.64.5", id="it is set for all, not for the filter"
        ),
        pytest.param("allow = jetpack", "deny = 192.0.64.5", id="it is there alone"),
    ],
)
def test_a_setting_that_pastedeploy_would_drop_is_an_error(default: str, settings: str, ini: Path) -> None:
    ini.write_text(f"[DEFAULT]\n{default}\n{INI.format(settings=settings, port=0)}")
    with pytest.raises(ConfigurationError, match=r"(deny|allow): '.*' stands in \[DEFAULT\].* that section alone$"):
        loadapp(f"config:{ini}")


def test_what_is_no_setting_may_stand_in_the_global_section(ini: Path) -> None:
    ini.write_text(f"[DEFAULT]\ndebug = true\n{INI.format(settings='allow = jetpack', port=0)}")
    assert not blocks(loadapp(f"config:{ini}"), "/xmlrpc.php", client="192.0.64.5")


def test_waitress_serves_the_ini_file(ini: Path) -> None:
    listener = Listener(port=free_port())
    ini.write_text(INI.format(settings=SETTINGS, port=listener.port))
    with started((sys.executable, "-W", "ignore", "-c", SERVE, f"config:{ini}"), ini.with_suffix(".log")):
        wait_for(listener)
        answers = [
            listener.ask(get("/xmlrpc.php", f"X-Forwarded-For: {client}")) for client in ("192.0.64.5", "8.8.8.8")
        ]
    assert [answer.split()[1] for answer in answers] == [b"200", b"403"]
    assert b"refused 8.8.8.8: client is not in the allowlist" in ini.with_suffix(".log").read_bytes()
