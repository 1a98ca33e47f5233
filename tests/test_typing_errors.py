"""Slips in flags, keys, names and values: each is one line and exit 2, and none lets a client in.

Each row makes one slip in a configuration that lets in 203.0.113.0/24 without one address, through one proxy. What is
printed begins as the row says.
"""

import contextlib
import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard import ConfigurationError, Policy, Request
from xmlrpc_guard.cli import run
from xmlrpc_guard.settings.configuration import read_configuration
from xmlrpc_guard.settings.given import give_config
from xmlrpc_guard.settings.names import nearest_name
from xmlrpc_guard.settings.table import ALL_SETTINGS

FILE = """\
[policy]
allow = ["203.0.113.0/24"]
deny = ["203.0.113.9"]
trusted_proxies = ["10.0.0.5"]
forwarded_header = "X-Real-IP"
scripts = ["xmlrpc.php", "wp-login.php"]
[guard]
report_only = false
every = 60
"""
FLAGS = "--allow 203.0.113.0/24 --deny 203.0.113.9 --trusted-proxies 10.0.0.5 --forwarded-header X-Real-IP"

IN_FLAGS: list[Any] = [
    pytest.param("--deny", "--dney", "No such option: --dney; write --deny.", id="a flag with two letters swapped"),
    pytest.param("--deny", "--den", "No such option: --den; write --deny.", id="a flag with a letter too few"),
    pytest.param("--deny", "--denny", "No such option: --denny; write --deny.", id="a flag with a letter too many"),
    pytest.param("--deny", "--block", "No such option: --block; write --deny.", id="another word for deny"),
    pytest.param("--deny", "--blacklist", "No such option: --blacklist; write --deny.", id="an older word for deny"),
    pytest.param("--deny", "-deny", "No such option: -deny; write --deny.", id="a flag with one dash"),
    pytest.param("--allow", "-allow", "No such option: -allow; write --allow.", id="allow with one dash"),
    pytest.param(
        "--deny", "--allow-not", "No such option: --allow-not.", id="a negated word, which is offered nothing"
    ),
    pytest.param("--deny", "--no-allow", "No such option: --no-allow.", id="another negated word"),
    pytest.param("--deny", "--disallow", "No such option: --disallow.", id="the opposite, spelt like allow"),
    pytest.param("--allow", "--alow", "No such option: --alow; write --allow.", id="allow misspelt"),
    pytest.param("--allow", "--whitelist", "No such option: --whitelist; write --allow.", id="another word for allow"),
    pytest.param(
        "--trusted-proxies",
        "--trusted-proxy",
        "No such option: --trusted-proxy; write --trusted-proxies.",
        id="the singular of trusted-proxies",
    ),
    pytest.param(
        "--trusted-proxies",
        "--trusted_proxies",
        "No such option: --trusted_proxies; write --trusted-proxies.",
        id="the key of a file in place of the flag",
    ),
    pytest.param(
        "--trusted-proxies",
        "--untrusted-proxies",
        "No such option: --untrusted-proxies.",
        id="the opposite of trusted-proxies",
    ),
    pytest.param("--trusted-proxies", "--proxies", "No such option: --proxies.", id="a word that may mean two things"),
    pytest.param(
        "--forwarded-header",
        "--forward-header",
        "No such option: --forward-header; write --forwarded-header.",
        id="forwarded-header without two letters",
    ),
    pytest.param(
        "--forwarded-header X-Real-IP",
        "--port 80",
        "No such option: --port; write --listen.",
        id="a word for listen, spelt like report-only",
    ),
    pytest.param(
        "--forwarded-header X-Real-IP", "--no-report", "No such option: --no-report.", id="a part of a switch"
    ),
    pytest.param(
        "--forwarded-header X-Real-IP",
        "--report-only=false",
        "Option '--report-only' does not take a value. Try 'xmlrpc-guard ",
        id="a switch with a value",
    ),
    pytest.param(
        "--deny 203.0.113.9",
        "--deny ''",
        "--deny is empty; leave it out, or write one such as 192.0.64.5",
        id="a variable of the shell that is empty",
    ),
    pytest.param(
        "--forwarded-header X-Real-IP",
        "--forwarded-header X-Real-IP --forwarded-header X-Client-IP",
        "--forwarded-header is given 2 times; give it once.",
        id="one value, given twice",
    ),
    pytest.param(
        "--allow 203.0.113.0/24",
        "--allow 203.0.113.7/24",
        "allow: '203.0.113.7/24' has host bits set; write 203.0.113.0/24",
        id="an address with the prefix of its network",
    ),
    pytest.param(
        "--allow 203.0.113.0/24",
        "--allow 203.0.113.0/2",
        "allow: '203.0.113.0/2' has host bits set; write an address or a CIDR range",
        id="a prefix that has lost a digit",
    ),
    pytest.param(
        "--allow 203.0.113.0/24", "--allow 203.0.113.*", "allow: '203.0.113.*' ", id="a wildcard in an address"
    ),
    pytest.param(
        "--allow 203.0.113.0/24",
        "--allow jetpak",
        "allow: 'jetpak' is not a published list; write jetpack",
        id="a misspelt list",
    ),
    pytest.param("--allow 203.0.113.0/24", "--allow all", "allow: 'all' ", id="a word for everyone"),
    pytest.param("--allow 203.0.113.0/24", "--allow unix", "allow: 'unix' ", id="a unix socket that is let in"),
]

IN_THE_FILE: list[Any] = [
    pytest.param(
        "deny",
        "denny",
        "guard.toml:3: denny: ['203.0.113.9'] is set, but 'denny' is not a setting; write deny",
        id="a key with a letter too many",
    ),
    pytest.param(
        "deny",
        "deny_list",
        "guard.toml:3: deny_list: ['203.0.113.9'] is set, but ",
        id="a key that is called otherwise elsewhere",
    ),
    pytest.param(
        "deny",
        "Deny",
        "guard.toml:3: Deny: ['203.0.113.9'] is set, but 'Deny' is not a setting; write deny",
        id="a key with a capital letter",
    ),
    pytest.param(
        "[policy]",
        "[polcy]",
        "guard.toml:1: config: '[polcy]' is not a table of this file; write [policy]",
        id="a misspelt table",
    ),
    pytest.param(
        "[policy]", "[[policy]]", "guard.toml:1: config: 'policy' is a table in this file", id="an array of tables"
    ),
    pytest.param(
        "[policy]\n",
        "",
        "guard.toml:1: allow: ['203.0.113.0/24'] stands outside of the tables",
        id="a table whose head is missing, the first",
    ),
    pytest.param(
        "[guard]\n",
        "",
        "guard.toml:7: report_only: False stands in [policy]; write it under [guard]",
        id="a table whose head is missing, so that its keys are in the one before",
    ),
    pytest.param(
        '["203.0.113.9"]',
        '"203.0.113.9"',
        "guard.toml:3: deny: '203.0.113.9' is one string where a list",
        id="a text in place of a list",
    ),
    pytest.param('"203.0.113.9"', "203.0.113.9", "guard.toml:3: config: ", id="an address without quotes"),
    pytest.param('"203.0.113.9"', '"203.0.113.9', "guard.toml:3: config: ", id="a text without its second quote"),
    pytest.param("deny = [", "deny = [[", "guard.toml:4: config: ", id="a bracket too many"),
    pytest.param("deny =", "deny ==", "guard.toml:3: config: ", id="an equals sign too many"),
    pytest.param("deny =", "allow =", "guard.toml:3: config: ", id="a key that is written twice"),
    pytest.param(
        "report_only = false",
        "report_only = 'no'",
        "guard.toml:8: report_only: 'no' is text, not true",
        id="a text in place of a switch",
    ),
    pytest.param(
        "report_only = false",
        "report_only = 0",
        "guard.toml:8: report_only: 0 is a number, not true or",
        id="a number in place of a switch",
    ),
    pytest.param(
        "report_only = false",
        "reportonly = false",
        "guard.toml:8: reportonly: False is set, but ",
        id="a key without its underscore",
    ),
    pytest.param(
        "report_only = false",
        "report_only = False",
        "guard.toml:8: config: 'report_only = False' is not TOML (Invalid value); write false, in small letters",
        id="a switch as Python spells it",
    ),
    pytest.param(
        '"X-Real-IP"',
        '"X-Real_IP"',
        "guard.toml:5: forwarded_header: 'X-Real_IP' has an underscore",
        id="a header with an underscore",
    ),
    pytest.param(
        '"X-Real-IP"',
        '"X-Forwarded-Fro"',
        "guard.toml:5: forwarded_header: 'X-Forwarded-Fro' is misspelt",
        id="a misspelt header",
    ),
    pytest.param(
        '"xmlrpc.php", "wp-login.php"',
        '"xmlprc.php"',
        "guard.toml:6: scripts: 'xmlprc.php' is one slip away",
        id="xmlrpc.php misspelt",
    ),
    pytest.param(
        '"xmlrpc.php", "wp-login.php"',
        '"/xmlrpc.php"',
        "guard.toml:6: scripts: '/xmlrpc.php' has a slash",
        id="a script with a slash",
    ),
    pytest.param(
        '"xmlrpc.php", "wp-login.php"', "", "guard.toml:6: scripts: [] guards nothing", id="an empty list of scripts"
    ),
    pytest.param(
        '"10.0.0.5"', '"10.0.0.5", "0.0.0.0/0"', "guard.toml:4: trusted_proxies: ", id="every client taken for a proxy"
    ),
    pytest.param(
        "every = 60",
        "every = '60s'",
        "guard.toml:9: every: '60s' is text, not seconds; write every = 60",
        id="seconds with their unit",
    ),
]

IN_THE_ENVIRONMENT: list[Any] = [
    pytest.param(
        "XMLRPC_GUARD_DNEY",
        "203.0.113.9",
        "XMLRPC_GUARD_DNEY: '203.0.113.9' is set, but ",
        id="a variable with two letters swapped",
    ),
    pytest.param(
        "XMLRPC_GAURD_DENY",
        "203.0.113.9",
        "XMLRPC_GAURD_DENY: '203.0.113.9' is set, but ",
        id="a variable with a slip in its prefix",
    ),
    pytest.param(
        "XMLRPC_GUARDDENY",
        "203.0.113.9",
        "XMLRPC_GUARDDENY: '203.0.113.9' is set, but ",
        id="a variable without the underscore after its prefix",
    ),
    pytest.param(
        "xmlrpc_guard_deny",
        "203.0.113.9",
        "xmlrpc_guard_deny: '203.0.113.9' is set, but ",
        id="a variable in small letters",
    ),
    pytest.param(
        "XMLRPC_GUARD_DENY",
        "",
        "$XMLRPC_GUARD_DENY: deny: '' is empty; unset the variable",
        id="a variable that is empty",
    ),
    pytest.param(
        "XMLRPC_GUARD_REPORT_ONLY",
        "flase",
        "$XMLRPC_GUARD_REPORT_ONLY: report_only: 'flase' is ",
        id="a variable with a misspelt switch",
    ),
    pytest.param(
        "XMLRPC_GUARD",
        "deny=203.0.113.9",
        "XMLRPC_GUARD: 'deny=203.0.113.9' is set, but 'XMLRPC_GUARD' is not a setting; write XMLRPC_GUARD_ and one of "
        "CONFIG, ALLOW, ",
        id="the prefix alone",
    ),
    pytest.param(
        "XMLRPC_GUARD_PORT", "8000", "XMLRPC_GUARD_PORT: '8000' is set, but ", id="a variable with a word for listen"
    ),
    pytest.param(
        "XMLRPC_GUARD_CONFG",
        "guard.toml",
        "XMLRPC_GUARD_CONFG: 'guard.toml' is set, but ",
        id="the misspelt variable that names the file",
    ),
    pytest.param(
        "XMLRPC_GUARD_DENY",
        "203.0.113.9;::1",
        "$XMLRPC_GUARD_DENY: deny: '203.0.113.9;::1' ",
        id="a variable with entries separated by a semicolon",
    ),
]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith("XMLRPC"):
            monkeypatch.delenv(name)
    write(FILE)


def write(text: str) -> None:
    Path("guard.toml").write_text(text)
    Path("guard.toml").chmod(0o644)


COMMANDS = ["serve --listen 127.0.0.1:0 tests.apps:echo", "config check"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("right", "wrong", "line"), IN_FLAGS)
def test_a_slip_in_a_flag(right: str, wrong: str, line: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert right in FLAGS
    arguments = shlex.split(f"{command} --config guard.toml {FLAGS.replace(right, wrong, 1)}")
    check_refused(arguments, line, capsys)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("right", "wrong", "line"), IN_THE_FILE)
def test_a_slip_in_the_file(
    right: str, wrong: str, line: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert right in FILE
    write(FILE.replace(right, wrong, 1))
    check_refused([*command.split(), "--config", "guard.toml"], line, capsys)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "value", "line"), IN_THE_ENVIRONMENT)
def test_a_slip_in_the_environment(
    name: str, value: str, line: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        check_refused([*command.split(), "--config", "guard.toml"], line, capsys)


def check_refused(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Check that a command prints one line, serves nothing and exits with 2."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"xmlrpc-guard: {line}")
    assert err.count("\n") == 1


# What is offered


@given(st.sampled_from(sorted(ALL_SETTINGS)), st.data())
def test_a_slip_in_a_name_is_offered_that_name_or_none(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz_"))
    kind = data.draw(st.sampled_from(["lost", "doubled", "wrong", "swapped"]))
    slip = {
        "lost": name[:place] + name[place + 1 :],
        "doubled": name[:place] + letter + name[place:],
        "wrong": name[:place] + letter + name[place + 1 :],
        "swapped": name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
    }[kind]
    assert nearest_name(slip, ALL_SETTINGS) in {name, None, *(each for each in ALL_SETTINGS if each == slip)}


@given(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=16))
def test_any_other_word_is_offered_what_it_differs_from_by_one_slip_or_what_is_long_and_alike(word: str) -> None:
    offer = nearest_name(word, ALL_SETTINGS)
    if offer is not None:
        spellings = (offer, *ALL_SETTINGS[offer].words)
        assert any(_distance(word, spelling) <= max(2, len(spelling) // 4) for spelling in spellings)


OTHER_WORDS = {
    "allow": "allowed allow_list allowlist allow_from whitelist white_list permit accept",
    "deny": "denied deny_list denylist deny_from blacklist black_list blocklist block refuse reject",
    "trusted_proxies": "trusted trusted_proxy trusted_ips trusted_peers trusted_hosts forwarded_allow_ips",
    "forwarded_header": "forwarded_headers header client_header real_ip_header forwarded_for",
    "scripts": "names files paths guarded",
    "public_methods": "methods public_calls allowed_methods allow_methods xmlrpc_methods",
    "max_multicall": "multicall max_calls",
    "xmlrpc_endpoints": "endpoints xmlrpc_scripts xmlrpc_endpoint",
    "public_rsd": "rsd discovery public_discovery",
    "max_body": "max_body_size body_limit max_length",
    "every": "interval poll_interval refresh reload_every",
    "report_only": "reporting_only only_report dry_run",
    "denied_call": "denied_calls refused_call fault",
    "max_body_readers": "body_readers max_readers",
    "log": "logging log_mode log_refusals",
    "application": "app wsgi_app wsgi_application",
    "upstream": "backend proxy_pass origin",
    "timeout": "time_out proxy_timeout read_timeout",
    "max_spool": "spool spool_size",
    "listen": "bind port host address socket",
    "threads": "workers concurrency",
    "status": "metrics prometheus stats health",
    "log_level": "loglevel level verbosity",
    "log_format": "logformat log_style",
    "access_log": "accesslog access_log_file log_file",
}
"""What other programs call the like of a setting."""


def test_each_setting_with_words_of_other_programs_has_a_row_above() -> None:
    assert {name for name, row in ALL_SETTINGS.items() if row.words} == {*OTHER_WORDS}


@pytest.mark.parametrize(("setting", "words"), OTHER_WORDS.items(), ids=OTHER_WORDS)
def test_a_word_of_another_program_is_answered_with_the_setting_that_it_means(setting: str, words: str) -> None:
    each = words.split()
    assert [word for word in each if nearest_name(word, ALL_SETTINGS) != setting] == []
    slips = [word[0] + word for word in each if len(word) > 3]  # the first letter twice
    assert [slip for slip in slips if nearest_name(slip, ALL_SETTINGS) != setting] == []


NOT_OFFERED: list[Any] = [
    pytest.param("map", ALL_SETTINGS, id="a word of three letters with a slip: app, for an application, is another"),
    pytest.param("apx", ALL_SETTINGS, id="a word of three letters with a slip at its end"),
    pytest.param("rsx", ALL_SETTINGS, id="a word of three letters with another slip at its end"),
    pytest.param("rss", ALL_SETTINGS, id="a word of three letters with a slip: rsd, for discovery, is another"),
    pytest.param(
        "forwarded_a", ["forwarded_b", "forwarded_c"], id="a name that is one slip from two, which are both as near"
    ),
]


@pytest.mark.parametrize(("word", "names"), NOT_OFFERED)
def test_a_word_that_may_mean_something_else_is_offered_nothing(word: str, names: list[str]) -> None:
    assert nearest_name(word, names) is None


def _distance(one: str, other: str) -> int:
    """Count the letters to add, remove or change between two words (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, each in enumerate(other, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != each))
    return row[-1]


OPPOSITES = [
    ("allow", ["disallow", "not_allow", "noallow", "unallow", "deny_allow"]),
    ("report_only", ["no_report_only", "not_report_only", "noreport", "port", "report", "only", "repo", "export_only"]),
    ("trusted_proxies", ["untrusted_proxies", "distrusted_proxies", "proxies", "proxy"]),
]


@pytest.mark.parametrize(("setting", "words"), OPPOSITES, ids=[setting for setting, _ in OPPOSITES])
def test_what_lets_more_in_is_not_offered_for_its_opposite(setting: str, words: list[str]) -> None:
    assert [word for word in words if nearest_name(word, ALL_SETTINGS) == setting] == []


def test_the_words_of_two_settings_are_not_one_slip_apart() -> None:
    spellings = [(word, name) for name, row in ALL_SETTINGS.items() for word in (name, *row.words)]
    close = [(one, other) for one, a in spellings for other, b in spellings if a != b and nearest_name(one, [b])]
    assert close == []


# What a slip that can still be read means


CLIENTS = ("203.0.113.7", "203.0.113.9", "198.51.100.1", "8.8.8.8", "::1", "10.0.0.5")


def admitted(policy: Policy) -> set[str]:
    return {client for client in CLIENTS if policy.decide(Request("/xmlrpc.php", peer=client)).allowed}


SLIPS = {
    "lost": lambda place: FILE[:place] + FILE[place + 1 :],
    "doubled": lambda place: FILE[:place] + FILE[place] + FILE[place:],
    "swapped": lambda place: FILE[:place] + FILE[place : place + 2][::-1] + FILE[place + 2 :],
}


@pytest.mark.parametrize("kind", SLIPS)
def test_no_slip_of_one_character_in_the_file_lets_another_in(kind: str) -> None:
    meant, read = admitted(read_file().policy()), 0
    for place in range(len(FILE)):
        slip = SLIPS[kind](place)
        # An address that is another one can be read: it lets in what is written there.
        if re.sub(r"[0-9./]", "", slip) == re.sub(r"[0-9./]", "", FILE):
            continue
        write(slip)
        with contextlib.suppress(ConfigurationError):
            settings = read_configuration(give_config("guard.toml"), {}).settings()
            read += 1
            assert admitted(settings.policy()) <= meant, slip
    assert read > 0


def read_file() -> Any:
    write(FILE)
    return read_configuration(give_config("guard.toml"), {}).settings()


def test_a_name_of_nine_letters_is_offered_for_one_with_two_more() -> None:
    assert nearest_name("followingxy", ["following"]) == "following"
