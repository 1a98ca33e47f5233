"""One configuration from a file, the environment and flags: what is read, what replaces what, and what is refused."""

import contextlib
import os
import re
from pathlib import Path
from runpy import run_module
from typing import Any

import pytest
import webob
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard import ConfigurationError, Decision, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.cli import run
from xmlrpc_guard.configured import make_application, make_guard
from xmlrpc_guard.settings.configuration import Configuration, combine, read_configuration
from xmlrpc_guard.settings.environment import is_set_by_kubernetes, read_environment
from xmlrpc_guard.settings.given import GivenSettings, give_config, give_texts
from xmlrpc_guard.settings.serving import SERVING
from xmlrpc_guard.settings.setting import Table
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG, SETTINGS

FILE = """\
[policy]
allow = [
  "jetpack",  # ours
  "203.0.113.7",
]
deny = ["192.0.64.5"]

[guard]
every = 60

[serve]
upstream = "http://127.0.0.1:8080"
threads = 4
timeout = 2.5
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with an environment that holds no settings."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith("XMLRPC"):
            monkeypatch.delenv(name)


def write(text: str, mode: int = 0o644) -> str:
    path = Path("guard.toml")
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return str(path)


def read(text: str, environ: dict[str, str] | None = None, **flags: str) -> Configuration:
    return read_configuration({**give_config(write(text)), **give_texts(flags, "--flag")}, environ or {})


# A file


def test_a_file_gives_each_setting_with_its_line() -> None:
    configuration = read(FILE)
    settings = configuration.settings()
    assert [(entry.value, entry.origin) for entry in settings.allow] == [
        ("jetpack", "guard.toml:3"),
        ("203.0.113.7", "guard.toml:4"),
    ]
    assert settings.policy() == Policy(allow=["jetpack", "203.0.113.7"], deny=["192.0.64.5"])
    assert configuration.given["every"].origin == "guard.toml:9"
    assert configuration.serving() == {
        "application": None,
        "upstream": "http://127.0.0.1:8080",
        "timeout": 2.5,
        "listen": ["127.0.0.1:8000"],
        "threads": 4,
    } | {name: default for name, default in read("").serving().items() if name not in FIRST}


FIRST = ("application", "upstream", "timeout", "listen", "threads")


def test_a_list_in_one_line_has_one_origin() -> None:
    given = read('[policy]\nallow = ["jetpack", "::1"]\n').given["allow"]
    assert [entry.origin for entry in given.entries] == ["guard.toml:2", "guard.toml:2"]


def test_lists_that_share_a_statement_have_its_line() -> None:
    given = read('policy = { allow = [\n"jetpack",\n"::1"], deny = ["::2"] }\n').given
    assert [entry.origin for name in ("allow", "deny") for entry in given[name].entries] == ["guard.toml:1"] * 3


def test_an_empty_list_keeps_its_line() -> None:
    assert read("[policy]\nallow = []\n").given["allow"] == ((), "guard.toml:2")


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(f"\ufeff{FILE}").given == read(FILE).given


@pytest.mark.parametrize("table", Table)
def test_every_table_may_be_left_out_or_empty(table: Table) -> None:
    assert read("").given.keys() == read(f"[{table.value}]").given.keys() == {"config"}


@pytest.mark.parametrize("name", ALL_SETTINGS)
def test_every_setting_can_be_written_in_its_table(name: str) -> None:
    row = ALL_SETTINGS[name]
    value = row.example if row.kind.value in ("seconds", "a whole number", "true or false") else repr(row.example)
    written = f"[{', '.join(map(repr, row.example.replace(',', ' ').split()))}]" if row.kind.is_list else value
    given = read(f"[{row.table.value}]\n{name} = {written}\n").given[name]
    assert given == give_texts({name: row.example}, "")[name]._replace(origin="guard.toml:2")


UNUSABLE_FILES: list[Any] = [
    pytest.param(
        "[policy]\nallow = [jetpack]\n",
        "guard.toml:2: config: 'allow = [jetpack]' is not TOML (Invalid value); write texts in quotes, "
        'lists in brackets, and each key once, as allow = ["jetpack"]',
        id="a text without quotes",
    ),
    pytest.param(
        f"[policy]\nallow = []\n{'a.' * 100_000}b = 1\n",
        "guard.toml:3: config: 'guard.toml' has a key of more than 50 parts; write each key under its table",
        id="a key without end",
    ),
    pytest.param(
        f"[{'a . ' * 100_000}b]\n",
        "guard.toml:1: config: 'guard.toml' has a key of more than 50 parts; write each key under its table",
        id="a table whose name has no end",
    ),
    pytest.param(
        f"[guard]\nevery = {'9' * 5000}\n",
        "guard.toml:2: config: 'every = 9999999999",
        id="a number of more digits than Python reads",
    ),
    pytest.param(
        f"{chr(10) * 120}x = yes\n",
        "guard.toml:121: config: 'x = yes' is not TOML (Invalid value); write true, in small letters",
        id="a word in a line whose number has three digits",
    ),
    pytest.param(
        "[guard]\nreport_only = No # not yet\n",
        "guard.toml:2: config: 'report_only = No # not yet' is not TOML (Invalid value); write false, in small letters",
        id="a switch as YAML spells it",
    ),
    pytest.param(
        "[serve]\nupstream = None\n",
        "guard.toml:2: config: 'upstream = None' is not TOML (Invalid value); leave the line out: TOML has no word for "
        "nothing",
        id="a word for nothing",
    ),
    pytest.param(
        '[policy]\nallow = ["jetpack"]\nallow = []\n',
        "guard.toml:3: config: 'allow = []' is not TOML (Cannot overwrite a value); write texts in quotes, "
        'lists in brackets, and each key once, as allow = ["jetpack"]',
        id="a key that is written twice",
    ),
    pytest.param(
        '[policy]\nallow = ["jetpack"]\n[guard]\n[ policy ] # b\ntrusted_proxies = []\n',
        "guard.toml:4: config: '[ policy ] # b' is in line 1 too; move the lines below it there, and delete it here",
        id="a table that is written twice",
    ),
    pytest.param(
        "  [policy]\n [policy]\n",
        "guard.toml:2: config: '[policy]' is in line 1 too; move the lines below it there, and delete it here",
        id="a table that is written twice, with blanks before it",
    ),
    pytest.param(
        "[dry-run]\n[dry-run]\n",
        "guard.toml:2: config: '[dry-run]' is in line 1 too; move the lines below it there, and delete it here",
        id="a table that is written twice, with a dash in its name",
    ),
    pytest.param(
        "[policy]\n[policy.allow]\n[policy.allow]\n",
        "guard.toml:3: config: '[policy.allow]' is not TOML (Cannot declare ('policy', 'allow') twice); ",
        id="a table in a table that is written twice",
    ),
    pytest.param(
        '[policy]\nallow = [\n"jetpack"',
        "guard.toml:3: config: '\"jetpack\"' is not TOML (Unclosed array); write texts in quotes, "
        'lists in brackets, and each key once, as allow = ["jetpack"]',
        id="a list that does not end",
    ),
    pytest.param(
        '[policy]\nallow = "jetpack, ::1"\n',
        "guard.toml:2: allow: 'jetpack, ::1' is one string where a list belongs; write ['jetpack', '::1']",
        id="a text in place of a list",
    ),
    pytest.param(
        "[policy]\nallow = 7\n",
        "guard.toml:2: allow: 7 is not a list; write allow=[...]",
        id="a number in place of a list",
    ),
    pytest.param(
        "[policy.allow]\n", "guard.toml:1: allow: {} is a table; write allow = [...]", id="a table in place of a list"
    ),
    pytest.param(
        "[policy]\nallow = [\n'jetpack',\n10.0]\n",
        "guard.toml:2: allow: 10.0 is a number, not text; write it in quotes",
        id="a number in a list",
    ),
    pytest.param(
        "[policy]\nallow = [['jetpack']]\n",
        "guard.toml:2: allow: ['jetpack'] is a list, not text; write it in quotes",
        id="a list in a list",
    ),
    pytest.param(
        "[policy]\nallow = [\n'jetpack',\n'10/8',\n]\n",
        "guard.toml:4: allow: '10/8' is a partial address; write 10.0.0.0/8",
        id="an entry that cannot be used, in its line",
    ),
    pytest.param(
        "[policy]\nallow = []\ntrusted_proxies = [\n'::/0']\n",
        "guard.toml:3: trusted_proxies: ['::/0'] trusts everyone; write only your proxies' addresses",
        id="entries that cannot be used together",
    ),
    pytest.param(
        "[policy]\nallow = []\nforwarded_header = 'X_Real_IP'\n",
        "guard.toml:3: forwarded_header: 'X_Real_IP' has an underscore, by which a client imitates a dash; "
        "write 'X-Real-IP'",
        id="a header that a client can imitate",
    ),
    pytest.param(
        "[policy]\nallow = []\nforwarded_header = true\n",
        "guard.toml:3: forwarded_header: True is true or false, not text; write it in quotes",
        id="a switch in place of a name",
    ),
    pytest.param(
        "[guard]\nreport_only = 'false'\n",
        "guard.toml:2: report_only: 'false' is text, not true or false; write one of them, without quotes",
        id="a text in place of a switch",
    ),
    pytest.param(
        "[guard]\nreport_only = 0\n",
        "guard.toml:2: report_only: 0 is a number, not true or false; write one of them, without quotes",
        id="a number in place of a switch",
    ),
    pytest.param(
        "[guard]\nevery = 2026-01-01\n",
        "guard.toml:2: every: datetime.date(2026, 1, 1) is a date, not seconds; write every = 60",
        id="a date in place of seconds",
    ),
    pytest.param(
        "[guard]\nevery = true\n",
        "guard.toml:2: every: True is true or false, not seconds; write every = 60",
        id="a switch in place of seconds",
    ),
    pytest.param(
        "[guard]\nevery = {}\n",
        "guard.toml:2: every: {} is a table, not seconds; write every = 60",
        id="a table in place of seconds",
    ),
    pytest.param("[guard]\nevery = nan\n", "guard.toml:2: every: nan is not from 0 to 1000000000; write 60", id="nan"),
    pytest.param(
        "[guard]\nevery = -1\n", "guard.toml:2: every: -1 is not from 0 to 1000000000; write 60", id="less than 0"
    ),
    pytest.param(
        "[serve]\nthreads = 1.5\n",
        "guard.toml:2: threads: 1.5 is a number, not a whole number; write threads = 8",
        id="a broken number in place of a whole one",
    ),
    pytest.param(
        "[serve]\nupstream = ''\n",
        "guard.toml:2: upstream: '' is empty; write http://127.0.0.1:8080, or leave it out",
        id="an empty text",
    ),
    pytest.param(
        "[policy]\nallow = ['file:/no/such.txt']\n",
        "guard.toml:2: allow: '/no/such.txt' does not exist; create it, or name another file",
        id="a list file that does not exist",
    ),
    pytest.param(
        "[polcy]\nallow = []\n",
        "guard.toml:1: config: '[polcy]' is not a table of this file; write [policy]",
        id="a table that does not exist",
    ),
    pytest.param(
        "[guards]\nreport_only = false\n[xmlrpc]\n",
        "guard.toml:1: config: '[guards]' is not a table of this file; write [guard]",
        id="a table in the plural",
    ),
    pytest.param(
        "[xmlrpc]\n",
        "guard.toml:1: config: '[xmlrpc]' is not a table of this file; write one of [policy], [guard], [serve]",
        id="a table unlike the others",
    ),
    pytest.param(
        "allow = ['jetpack']\n",
        "guard.toml:1: allow: ['jetpack'] stands outside of the tables; write allow under [policy]",
        id="a setting outside of the tables",
    ),
    pytest.param(
        "colour = 1\n",
        "guard.toml:1: colour: 1 stands outside of the tables; write it under one of [policy], [guard], [serve]",
        id="a key outside of the tables that is no setting",
    ),
    pytest.param(
        "[[policy]]\nallow = []\n",
        "guard.toml:1: config: 'policy' is a table in this file, with one pair of brackets; write [policy]",
        id="an array of tables",
    ),
    pytest.param(
        "policy = 3\n",
        "guard.toml:1: config: 'policy' is a table in this file, with one pair of brackets; write [policy]",
        id="a number in place of a table",
    ),
    pytest.param(
        "[guard]\ndeny = []\n",
        "guard.toml:2: deny: [] stands in [guard]; write it under [policy]",
        id="another table's key",
    ),
    pytest.param(
        "[policy]\nallow = []\ndney = []\n",
        "guard.toml:3: dney: [] is set, but 'dney' is not a setting; write deny",
        id="a misspelt key",
    ),
    pytest.param(
        "[policy]\nallow = []\ndry-run = true\n",
        "guard.toml:3: dry-run: True is set, but 'dry-run' is not a setting; write report_only",
        id="a key that is named otherwise, in another table",
    ),
    pytest.param(
        f"[guard]\n{'x' * 100} = 1\n",
        f"guard.toml:2: {'x' * 60}: 1 is set, but '{'x' * 59} is not a setting; write one of every, report_only",
        id="a long key",
    ),
    pytest.param(
        "[policy] allow = []\n", "guard.toml:1: config: '[policy] allow = []' is not TOML (", id="a key after its table"
    ),
    pytest.param(
        "[policy]\nallow = [policy]\n",
        "guard.toml:2: config: 'allow = [policy]' is not TOML (",
        id="brackets that name no table",
    ),
    pytest.param(
        "[guard]\ncolour = 1\n",
        "guard.toml:2: colour: 1 is set, but 'colour' is not a setting; write one of every, report_only",
        id="a key unlike the others",
    ),
]


@pytest.mark.parametrize(("text", "problem"), UNUSABLE_FILES)
def test_what_cannot_be_used_is_named_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(text).follow()
    # A list of names ends where other settings of the same table may follow.
    assert str(raised.value).startswith(problem)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line() -> None:
    Path(write("")).write_bytes(b"[policy]\nallow = []\n# caf\xe9\n")
    with pytest.raises(
        ConfigurationError, match=r"^guard.toml:3: config: 'guard.toml' is not UTF-8; save it as UTF-8$"
    ):
        read_configuration(give_config("guard.toml"), {})
    Path("guard.toml").write_bytes(b"\n\xe9\n")
    with pytest.raises(ConfigurationError, match=r"^guard.toml:2: "):
        read_configuration(give_config("guard.toml"), {})


@pytest.mark.parametrize("command", [("config", "check"), ("config", "show"), ("serve",)], ids=" ".join)
def test_an_empty_file_does_not_set_allow(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--config", write("")]) == 2
    assert capsys.readouterr().err == (
        "xmlrpc-guard: config: 'guard.toml' does not set allow; "
        'write allow = ["jetpack"] under [policy], or allow = [] for no one\n'
    )


def test_a_file_that_is_too_large_is_refused() -> None:
    write("#" * (1 << 20))
    assert read_configuration(give_config("guard.toml"), {}).given.keys() == {"config"}
    write("#" * ((1 << 20) + 1))
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(give_config("guard.toml"), {})
    assert raised.value.problem == ('is larger than 1 MB; put long lists in files of their own: allow = ["file:PATH"]')


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        pytest.param("x = True", "write true, in small letters", id="true as Python spells it"),
        pytest.param("x=yes", "write true, in small letters", id="yes, without blanks"),
        pytest.param("x = ON # c", "write true, in small letters", id="on, in capitals, before a comment"),
        pytest.param("dry-run\t=\tyes#", "write true, in small letters", id="yes, for a key with a dash"),
        pytest.param("x = False", "write false, in small letters", id="false as Python spells it"),
        pytest.param("x = no", "write false, in small letters", id="no"),
        pytest.param("x = off", "write false, in small letters", id="off"),
        pytest.param("x = None", "leave the line out", id="nothing as Python spells it"),
        pytest.param("x = null", "leave the line out", id="nothing as JSON spells it"),
        pytest.param("x = nil", "leave the line out", id="nothing as Lua spells it"),
        pytest.param("x = yes no", "write texts in quotes", id="two words"),
        pytest.param("= yes", "write texts in quotes", id="a word without a key"),
        pytest.param("x = maybe", "write texts in quotes", id="any other word"),
    ],
)
def test_a_word_of_another_format_is_offered_as_toml_spells_it(line: str, advice: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(f"{line}\n")
    assert raised.value.problem.partition("); ")[2].startswith(advice)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("a.", id="letters"),
        pytest.param("a1_-B.", id="letters, numbers and signs"),
        pytest.param("-.", id="dashes"),
        pytest.param("'a'.", id="single quotes"),
        pytest.param('"a".', id="double quotes"),
        pytest.param("a \t.", id="blanks before the dot"),
        pytest.param("a. \t", id="blanks after the dot"),
    ],
)
def test_a_key_may_have_fifty_parts(part: str) -> None:
    """tomllib would take minutes for one of thousands."""
    with pytest.raises(ConfigurationError, match="is not a table of this file; write"):
        read(f"{part * 49}b = 1")
    with pytest.raises(ConfigurationError) as raised:
        read(f"\n{part * 50}b = 1")
    problem = "has a key of more than 50 parts; write each key under its table"
    assert str(raised.value) == f"guard.toml:2: config: 'guard.toml' {problem}"


def test_a_line_of_dots_is_a_comment_like_any_other() -> None:
    assert read(f"# {'.' * 100}\n[policy]\nallow = []\n").settings().allow == ()


def test_a_document_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^guard.toml:1: config: .* is not TOML \("):
        read(f"a = {'[' * 5000}")


@pytest.mark.parametrize("mode", [0o646, 0o664, 0o666], ids="{:o}".format)
def test_a_file_that_others_may_write_is_refused(mode: int) -> None:
    path = write(FILE, mode)
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(give_config(path), {})
    assert raised.value.problem == f"can be written by others (mode {mode:o}); run: chmod go-w guard.toml"


@pytest.mark.parametrize("command", ["config check", "check --peer ::1 /xmlrpc.php"])
def test_files_that_others_may_put_others_in_place_of_are_doubts(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list").write_text("::1\n")
    path = write(f'[policy]\nallow = ["file:{tmp_path}/list"]\n')
    tmp_path.chmod(0o777)
    assert run([*command.split(), "--config", path]) == 0
    out, err = capsys.readouterr()
    problem = f"can be replaced by others, who may write to its folder (mode 777); run: chmod go-w {tmp_path}"
    for doubt in (f"config: guard.toml {problem}", f"allow: {tmp_path}/list: {problem}"):
        assert f"oubt: {doubt}" in out + err
    XMLRPCGuard.from_config(webob.Response(), path)
    assert f"config: guard.toml {problem}" in caplog.messages


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755, 0o400], ids="{:o}".format)
def test_a_file_that_others_may_only_read_is_read(mode: int) -> None:
    assert read_configuration(give_config(write(FILE, mode)), {}).settings()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        pytest.param("no.toml", "does not exist; create it: xmlrpc-guard config init no.toml", id="no file"),
        pytest.param(".", "is a directory; write the path of a file", id="a folder"),
        pytest.param("fifo", "is a FIFO; write the path of a file", id="a FIFO"),
        pytest.param("x" * 300, "cannot be read (File name too long); make it readable", id="a name that is too long"),
        pytest.param("a\0b", "cannot be read (", id="a name with a NUL, of which each Python says something else"),
    ],
)
def test_a_path_that_leads_to_no_file_is_refused(path: str, problem: str) -> None:
    os.mkfifo("fifo")
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(give_config(path), {})
    assert (raised.value.setting, raised.value.value) == ("config", path)
    assert raised.value.problem.startswith(problem)


def test_why_a_name_with_a_nul_cannot_be_read_is_told() -> None:
    """Python's own words begin with the call that it tried first, which is another since 3.13."""
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(give_config("a\0b"), {})
    assert re.fullmatch(r"cannot be read \([^()]*embedded null [^()]*\); make it readable", raised.value.problem)


# The environment


def test_the_environment_gives_settings() -> None:
    source = read_environment({"XMLRPC_GUARD_ALLOW": " jetpack,::1 ", "XMLRPC_GUARD_REPORT_ONLY": "yes", "PATH": "/"})
    assert {name: [entry.value for entry in given.entries] for name, given in source.items()} == {
        "allow": ["jetpack", "::1"],
        "report_only": [True],
    }
    assert source["allow"].origin == "$XMLRPC_GUARD_ALLOW"


def test_every_setting_has_a_variable() -> None:
    variables = {name: f"XMLRPC_GUARD_{name.upper()}" for name in ALL_SETTINGS}
    given = read_environment({variables[name]: row.example for name, row in ALL_SETTINGS.items()})
    assert {name: given[name].origin for name in ALL_SETTINGS} == {name: f"${variables[name]}" for name in variables}


def test_the_file_may_be_named_in_the_environment() -> None:
    assert read_configuration({}, {"XMLRPC_GUARD_CONFIG": write(FILE)}).settings() == read(FILE).settings()


UNUSABLE_VARIABLES: list[Any] = [
    pytest.param(
        "XMLRPC_GUARD_ALLOW",
        "",
        "$XMLRPC_GUARD_ALLOW: allow: '' is empty; unset the variable, or write jetpack, 203.0.113.7",
        id="an empty list",
    ),
    pytest.param(
        "XMLRPC_GUARD_DENY",
        " , ",
        "$XMLRPC_GUARD_DENY: deny: ' , ' is empty; unset the variable, or write 192.0.64.5",
        id="a list of separators",
    ),
    pytest.param(
        "XMLRPC_GUARD_FORWARDED_HEADER",
        " ",
        "$XMLRPC_GUARD_FORWARDED_HEADER: forwarded_header: '' is empty; write X-Real-IP, or leave it out",
        id="an empty name",
    ),
    pytest.param(
        "XMLRPC_GUARD_CONFIG",
        "",
        "$XMLRPC_GUARD_CONFIG: config: '' is empty; write /etc/xmlrpc-guard/guard.toml, or leave it out",
        id="an empty path",
    ),
    pytest.param(
        "XMLRPC_GUARD_REPORT_ONLY",
        "",
        "$XMLRPC_GUARD_REPORT_ONLY: report_only: '' is neither true nor false; write one of them",
        id="an empty switch",
    ),
    pytest.param(
        "XMLRPC_GUARD_EVERY",
        "",
        "$XMLRPC_GUARD_EVERY: every: '' is not a number of seconds; write 60",
        id="an empty number of seconds",
    ),
    pytest.param(
        "XMLRPC_GUARD_ALOW",
        "jetpack",
        "XMLRPC_GUARD_ALOW: 'jetpack' is set, but 'XMLRPC_GUARD_ALOW' is not a setting; write XMLRPC_GUARD_ALLOW",
        id="a misspelt name",
    ),
    pytest.param(
        "XMLRPC_GUARD_COLOUR",
        "red",
        "XMLRPC_GUARD_COLOUR: 'red' is set, but 'XMLRPC_GUARD_COLOUR' is not a setting; "
        "write XMLRPC_GUARD_ and one of CONFIG, ALLOW, ",
        id="a name unlike the others",
    ),
    pytest.param(
        "XMLRPC_GAURD_DENY",
        "::1",
        "XMLRPC_GAURD_DENY: '::1' is set, but 'XMLRPC_GAURD_DENY' is not a setting; write XMLRPC_GUARD_DENY",
        id="a misspelt prefix",
    ),
    pytest.param(
        "XMLRPCGUARD_TRUSTED_PROXIES",
        "::1",
        "XMLRPCGUARD_TRUSTED_PROXIES: '::1' is set, but 'XMLRPCGUARD_TRUSTED_PROXIES' is not a setting; "
        "write XMLRPC_GUARD_TRUSTED_PROXIES",
        id="a prefix without its underscore",
    ),
    pytest.param(
        "XMLRPC_GUARDDENY",
        "::1",
        "XMLRPC_GUARDDENY: '::1' is set, but 'XMLRPC_GUARDDENY' is not a setting; write XMLRPC_GUARD_DENY",
        id="a name without the underscore after its prefix",
    ),
    pytest.param(
        "XMLRPC_GUAR_DDENY",
        "::1",
        "XMLRPC_GUAR_DDENY: '::1' is set, but 'XMLRPC_GUAR_DDENY' is not a setting; write XMLRPC_GUARD_DENY",
        id="a prefix with its last letter and its underscore swapped",
    ),
    pytest.param(
        "xmlrpc_guard_dney",
        "::1",
        "xmlrpc_guard_dney: '::1' is set, but 'xmlrpc_guard_dney' is not a setting; write XMLRPC_GUARD_DENY",
        id="a misspelt name in small letters",
    ),
    pytest.param(
        "xmlrpc_guard_deny",
        "::1",
        "xmlrpc_guard_deny: '::1' is set, but 'xmlrpc_guard_deny' is not a setting; write XMLRPC_GUARD_DENY",
        id="a name in small letters",
    ),
    pytest.param(
        "xmlrpc-guard-deny",
        "::1",
        "xmlrpc-guard-deny: '::1' is set, but 'xmlrpc-guard-deny' is not a setting; write XMLRPC_GUARD_DENY",
        id="a name with dashes",
    ),
    pytest.param(
        "XMLRPC_GUARD_PORT",
        "8000",
        "XMLRPC_GUARD_PORT: '8000' is set, but 'XMLRPC_GUARD_PORT' is not a setting; write XMLRPC_GUARD_LISTEN",
        id="a name of Kubernetes with a value that it does not set",
    ),
]


@pytest.mark.parametrize(("name", "value", "problem"), UNUSABLE_VARIABLES)
def test_a_variable_that_cannot_be_used_is_refused(name: str, value: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_configuration({}, {name: value})
    assert str(raised.value).startswith(problem)


@pytest.mark.parametrize("name", ["XMLRPC_ALLOW", "XMLRPC_GUARDIAN", "MY_XMLRPC_GUARD_ALLOW", "_XMLRPC_GUARD_COMPLETE"])
def test_a_variable_of_others_is_passed_over(name: str) -> None:
    assert not read_environment({name: "x"})


# As the kubelet makes them (pkg/kubelet/envvars) for a Service with the ports http (8000), 9100/UDP and 9101/SCTP.
KUBERNETES = {
    "SERVICE_HOST": "10.96.0.11",
    "SERVICE_PORT": "8000",
    "SERVICE_PORT_HTTP": "8000",
    "PORT": "tcp://10.96.0.11:8000",
    "PORT_8000_TCP": "tcp://10.96.0.11:8000",
    "PORT_8000_TCP_PROTO": "tcp",
    "PORT_8000_TCP_PORT": "8000",
    "PORT_8000_TCP_ADDR": "10.96.0.11",
    "PORT_9100_UDP": "udp://[fd00::b]:9100",
    "PORT_9101_SCTP": "sctp://fd00::b:9101",
    "PORT_9100_UDP_PROTO": "udp",
    "PORT_9100_UDP_PORT": "9100",
    "PORT_9100_UDP_ADDR": "fd00::b",
    "PORT_9101_SCTP_PROTO": "sctp",
    "PORT_1_TCP_PORT": "1",
    "PORT_65535_TCP_PORT": "65535",
}


@pytest.mark.parametrize("service", ["XMLRPC_GUARD_", "XMLRPC_GUARD_STATUS_"])
def test_what_kubernetes_sets_for_a_service_is_passed_over(service: str) -> None:
    assert read_environment({f"{service}{name}": value for name, value in KUBERNETES.items()}) == {}


@pytest.mark.parametrize("name", KUBERNETES)
def test_what_only_begins_with_a_name_of_kubernetes_is_refused(name: str) -> None:
    if name != "PORT" and not name.startswith("SERVICE_PORT"):  # after which Kubernetes has more names
        with pytest.raises(ConfigurationError):
            read_environment({f"XMLRPC_GUARD_{name}x": KUBERNETES[name]})


@pytest.mark.parametrize("name", KUBERNETES)
def test_what_has_a_name_of_kubernetes_and_another_form_is_refused(name: str) -> None:
    for value in ("", "x", "true", "0", "65536", "10.0.0", "10.0.0.256", "tcp://:80", "tcp://x:80", "::g"):
        with pytest.raises(ConfigurationError):
            read_environment({f"XMLRPC_GUARD_{name}": value})


def test_no_setting_has_a_name_that_kubernetes_may_set() -> None:
    rows = [CONFIG, *ALL_SETTINGS.values()]
    values = [*KUBERNETES.values(), *(row.example for row in rows)]
    assert [row.name for row in rows if any(is_set_by_kubernetes(row.variable, value) for value in values)] == []
    assert [row.name for row in rows if re.fullmatch(r"(.+_)?(service_(host|port.*)|port(_.*)?)", row.name)] == []


@given(st.dictionaries(st.text("XMLRPC_GUARDallowdeny", max_size=30), st.text(max_size=5), max_size=5))
def test_any_environment_is_read_or_refused(environ: dict[str, str]) -> None:
    with contextlib.suppress(ConfigurationError):
        assert read_configuration({}, environ | {"XMLRPC_GUARD_ALLOW": "jetpack"}).settings()


# What replaces what


def test_a_flag_replaces_a_variable_and_a_variable_the_file() -> None:
    configuration = read(FILE, {"XMLRPC_GUARD_ALLOW": "::1", "XMLRPC_GUARD_EVERY": "7"}, allow="10.0.0.0/8")
    settings = configuration.settings()
    assert settings.policy() == Policy(allow=["10.0.0.0/8"], deny=["192.0.64.5"])
    assert [entry.value for entry in settings.every or ()] == [7]
    assert {name: [given.origin for given in replaced] for name, replaced in configuration.replaced.items()} == {
        "allow": ["$XMLRPC_GUARD_ALLOW", "guard.toml:2"],
        "every": ["guard.toml:9"],
    }


def test_a_flag_names_another_file_than_the_environment() -> None:
    configuration = read(FILE, {"XMLRPC_GUARD_CONFIG": "no.toml"})
    assert [given.entries[0].value for given in configuration.replaced["config"]] == ["no.toml"]


@pytest.mark.parametrize("flag", ["deny", "trusted_proxies", "scripts"])
def test_an_empty_flag_does_not_drop_what_the_file_says(flag: str) -> None:
    text = "[policy]\nallow = []\ndeny = ['::1']\ntrusted_proxies = ['::2']\nscripts = ['a.php', 'xmlrpc.php']\n"
    with pytest.raises(
        ConfigurationError, match=r"^\w+: '' is empty, and would drop what guard.toml:[3-5] says; leave it "
    ):
        read(text, {}, **{flag: ""})


def test_an_empty_flag_may_empty_what_lets_clients_in_and_what_is_empty() -> None:
    text = "[policy]\nallow = ['::1']\ndeny = []\npublic_methods = ['editors']\n"
    configuration = read(text, allow="", deny=",", public_methods="")
    assert configuration.settings().policy() == Policy(allow=[])


def test_of_two_places_that_an_empty_list_would_drop_the_nearer_is_told() -> None:
    sources = [give_texts({"deny": text}, origin) for text, origin in (("::1", "low"), ("::2", "high"), ("", "empty"))]
    with pytest.raises(ConfigurationError, match="would drop what high says"):
        combine(sources)


def test_of_two_equal_entries_the_first_is_told() -> None:
    configuration = read("[policy]\nallow = [\n  'x',\n  'x',\n]\n")
    with pytest.raises(ConfigurationError) as raised, configuration.naming_origins():
        raise ConfigurationError("allow", "x", "is nothing")
    assert raised.value.origin == "guard.toml:3"


def test_the_entries_of_a_list_for_serve_are_all_given() -> None:
    configuration = combine([give_texts({"listen": "127.0.0.1:1, 127.0.0.1:2"}, "--listen")])
    assert configuration.serving()["listen"] == ["127.0.0.1:1", "127.0.0.1:2"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        pytest.param({}, False, id="nothing is given"),
        pytest.param(give_texts({"listen": "127.0.0.1:1"}, "--listen"), False, id="a setting of serve"),
        pytest.param(give_texts({"report_only": "yes"}, "--report-only"), False, id="a setting of the guard"),
        pytest.param(give_texts({"deny": "::1"}, "--deny"), True, id="a setting of the policy"),
        pytest.param(give_config("guard.toml"), True, id="a file that may have some"),
    ],
)
def test_whether_a_policy_is_named(given: GivenSettings, names: bool) -> None:
    assert combine([given]).names_policy is names


def show(*arguments: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(("config", "show", *arguments)) == 0
    return capsys.readouterr().out.splitlines()


def test_the_settings_are_shown_with_where_they_come_from_and_what_they_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_CONFIG", "other.toml")
    monkeypatch.setenv("XMLRPC_GUARD_ALLOW", "jetpack")
    monkeypatch.setenv("XMLRPC_GUARD_EVERY", "7.5")
    flags = ("--config", write(FILE), "--allow", "10.0.0.0/8", "--allow", "::1", "--report-only")
    assert show(*flags, capsys=capsys)[:26] == [
        "config            guard.toml  (--config)",
        "  instead of      other.toml  ($XMLRPC_GUARD_CONFIG)",
        "allow             10.0.0.0/8  (--allow)",
        "allow             ::1  (--allow)",
        "  instead of      jetpack  ($XMLRPC_GUARD_ALLOW)",
        "  instead of      jetpack  (guard.toml:3)",
        "  instead of      203.0.113.7  (guard.toml:4)",
        "deny              192.0.64.5  (guard.toml:6)",
        "trusted_proxies   no one  (default)",
        "forwarded_header  X-Forwarded-For  (default)",
        "scripts           xmlrpc.php  (default)",
        "public_methods    none  (default)",
        "max_multicall     50  (default)",
        "xmlrpc_endpoints  xmlrpc.php  (default)",
        "public_rsd        true with editors, else false  (default)",
        "max_body          1 MiB, or what the presets need  (default)",
        "every             7.5  ($XMLRPC_GUARD_EVERY)",
        "  instead of      60  (guard.toml:9)",
        "report_only       true  (--report-only)",
        "max_drain         1048576  (default)",
        "denied_call       denied  (default)",
        "max_body_readers  4  (default)",
        "log               sampled  (default)",
        "application       none  (default)",
        "upstream          http://127.0.0.1:8080  (guard.toml:12)",
        "timeout           2.5  (guard.toml:14)",
    ]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        pytest.param(
            ("--allow", "jetpack,203.0.113.7", "--trusted-proxies", "10.0.0.5"),
            [
                "allow             jetpack  (--allow)",
                "allow             203.0.113.7  (--allow)",
                "deny              no one  (default)",
                "trusted_proxies   10.0.0.5  (--trusted-proxies)",
            ],
            id="the entries of a list",
        ),
        pytest.param(("--allow", ""), ["allow             no one  (--allow)"], id="an empty list of addresses"),
        pytest.param(("--allow", ""), ["config            none  (default)"], id="no file"),
        pytest.param(
            ("--allow", "", "--public-methods", ""),
            ["public_methods    none  (--public-methods)"],
            id="an empty list of names",
        ),
        pytest.param(
            ("--allow", "", "--no-report-only"),
            ["report_only       false  (--no-report-only)"],
            id="a switch that is off",
        ),
        pytest.param(("--allow", "", "--every", "60"), ["every             60  (--every)"], id="a number of seconds"),
        pytest.param(
            ("--allow", "file:/no/such.txt:max_age=7d"),
            ["allow             file:/no/such.txt:max_age=7d  (--allow)"],
            id="a list file as it was written, unread",
        ),
    ],
)
def test_the_settings_are_shown_as_written(
    arguments: tuple[str, ...], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = show(*arguments, capsys=capsys)
    assert [line for line in shown if line in lines] == lines


def test_every_setting_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [line.split()[0] for line in show("--allow", "", capsys=capsys)]
    assert shown == ["config", *SETTINGS, *SERVING]


# A guard from it


def test_a_guard_is_made_from_a_file_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_DENY", "203.0.113.7")
    guards = [XMLRPCGuard.from_config(webob.Response("a page"), path) for path in (write(FILE), Path("guard.toml"))]
    monkeypatch.setenv("XMLRPC_GUARD_CONFIG", "guard.toml")
    guards.append(XMLRPCGuard.from_config(webob.Response("a page")))
    environ = {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.7"}
    assert [guard.decide(environ) for guard in guards] == [Decision(Reason.DENY_LISTED, "203.0.113.7")] * 3


def test_the_module_that_a_server_is_given_has_the_guard_by_the_names_that_servers_look_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_CONFIG", str(write(FILE)))
    module = run_module("xmlrpc_guard.app")
    decision = module["application"].decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "192.0.64.5"})
    assert decision == Decision(Reason.DENY_LISTED, "192.0.64.5")
    assert module["app"] is module["application"]


def test_a_guard_from_a_file_takes_the_other_arguments() -> None:
    decisions = list[Decision]()
    guard = XMLRPCGuard.from_config(
        webob.Response("a page"),
        write("[policy]\nallow = []\n"),
        denied=webob.Response(status=404),
        on_decision=lambda decision, _: decisions.append(decision),
    )
    request = webob.Request.blank("/xmlrpc.php", remote_addr="203.0.113.9")
    assert request.get_response(guard).status_code == 404
    assert decisions == [Decision(Reason.NOT_LISTED, "203.0.113.9")]


@pytest.mark.parametrize(
    ("guard", "serve", "taken"),
    [
        pytest.param("", "", ((5, 60), 268435456, "sampled", 1048576), id="the defaults of a server"),
        pytest.param(
            "log = 'all'\nmax_drain = 0\n",
            "timeout = 2.5\nmax_spool = 1000\n",
            ((5, 2.5), 1000, "all", 0),
            id="settings of the proxy and the guard",
        ),
    ],
)
def test_the_proxy_takes_its_settings(
    guard: str, serve: str, taken: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = dict[str, object]()
    monkeypatch.setattr("xmlrpc_guard.configured.ReverseProxy", lambda _, **options: given.update(options))
    configuration = read(f"[policy]\nallow = []\n[guard]\n{guard}[serve]\nupstream = 'http://127.0.0.1:8080'\n{serve}")
    make_application(configuration, configuration.follow())
    names = ("timeout", "max_spool", "log", "max_drain")
    assert tuple(given.get(name, 1048576) for name in names) == taken


def test_a_guard_from_a_file_reports_only_if_the_file_says_so() -> None:
    guard = XMLRPCGuard.from_config(
        webob.Response("a page"), write("[policy]\nallow = []\n[guard]\nreport_only = true\n")
    )
    assert webob.Request.blank("/xmlrpc.php", remote_addr="203.0.113.9").get_response(guard).status_code == 200


def test_the_environment_of_wsgi_is_not_read() -> None:
    guard = XMLRPCGuard.from_config(webob.Response("a page"), write("[policy]\nallow = []\n"))
    environ = {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.9", "XMLRPC_GUARD_ALLOW": "203.0.113.9"}
    assert not guard.decide(environ)


def test_a_policy_in_code_does_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMLRPC_GUARD_ALLOW", "203.0.113.9")
    monkeypatch.setenv("XMLRPC_GUARD_ALOW", "")
    assert Policy(allow=[]) == Policy(allow=[], deny=[])


@pytest.mark.parametrize("path", [7, b"guard.toml", ["guard.toml"]], ids=repr)
def test_a_guard_is_made_from_a_path(path: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^config: .* is not the path of a file; write it as text$"):
        XMLRPCGuard.from_config(webob.Response("a page"), path)


def test_a_guard_needs_allow() -> None:
    with pytest.raises(ConfigurationError, match=r"^allow: None is not given; write allow = \["):
        XMLRPCGuard.from_config(webob.Response("a page"), write("[guard]\n"))


# What it stands around


def test_an_application_or_an_upstream_is_needed() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^application: None is not given, nor is upstream; write one of them$"
    ):
        make_guard(read("[policy]\nallow = []\n"))


def test_an_application_is_guarded() -> None:
    guard = make_guard(read("[policy]\nallow = []\n[serve]\napplication = 'tests.apps:echo'\n"))
    answers = [webob.Request.blank(path, remote_addr="::1").get_response(guard) for path in ("/", "/xmlrpc.php")]
    assert [answer.status_code for answer in answers] == [200, 403]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "application = 'tests.apps:echo'\nupstream = 'unix:/a'\n",
            "guard.toml:4: application: 'tests.apps:echo' is given together with upstream; write one of them",
            id="an application and an upstream",
        ),
        pytest.param(
            "application = 'tests.apps:echo'\ntimeout = 5\n",
            "guard.toml:5: timeout: 5 needs an upstream; write upstream = http://HOST:PORT too",
            id="a timeout without an upstream",
        ),
        pytest.param(
            "application = 'tests.apps:echo'\nmax_spool = 5\n",
            "guard.toml:5: max_spool: 5 needs an upstream; write upstream = http://HOST:PORT too",
            id="bodies that are stored for no upstream",
        ),
        pytest.param(
            "upstream = '127.0.0.1'\n",
            "guard.toml:4: upstream: '127.0.0.1' is neither http://HOST:PORT nor unix:PATH; "
            "write 'http://127.0.0.1:8080'",
            id="an upstream without a scheme",
        ),
        pytest.param(
            "application = 'tests.no_such:app'\n",
            "guard.toml:4: application: 'tests.no_such:app' cannot be loaded: ModuleNotFoundError: ",
            id="an application that does not exist",
        ),
    ],
)
def test_what_cannot_be_guarded_is_named_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make_guard(read(f"[policy]\nallow = []\n[serve]\n{text}"))
    assert str(raised.value).startswith(problem)


@pytest.mark.parametrize("flag", ["--deny", "--trusted-proxies", "--scripts", "--listen"])
def test_an_empty_flag_of_any_other_list_is_an_error(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("serve", "--allow", "::1", flag, "")) == 2
    error = capsys.readouterr().err
    assert (f"{flag} is empty; leave it out, or write one such as " in error, error.count("\n")) == (True, 1)


def test_serve_must_listen_somewhere(capsys: pytest.CaptureFixture[str]) -> None:
    path = write("[policy]\nallow = []\n[serve]\nlisten = []\n")
    assert run(("serve", "--config", path)) == 2
    assert capsys.readouterr().err == (
        "xmlrpc-guard: guard.toml:4: listen: [] is empty; leave it out, or write 127.0.0.1:8000\n"
    )
