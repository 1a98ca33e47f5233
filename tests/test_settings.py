"""The settings: the table that everything is made from, what is kept as written, and what it means."""

import ast
import copy
import inspect
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import webob
from netaddr import IPNetwork, IPSet

import xmlrpc_guard
from tests import settings_table
from xmlrpc_guard import ConfigurationError, Networks, Policy, Settings, XMLRPCGuard
from xmlrpc_guard.cli.check import check
from xmlrpc_guard.cli.serve import serve
from xmlrpc_guard.settings import SETTINGS, Entry, Kind, split_list
from xmlrpc_guard.settings.configuration import combine
from xmlrpc_guard.settings.file_entries import make_file
from xmlrpc_guard.settings.given import give_texts
from xmlrpc_guard.settings.serving import SERVING
from xmlrpc_guard.settings.setting import Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS
from xmlrpc_guard.settings.texts import read_setting
from xmlrpc_guard.sources import LivePolicy

# The table


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def flags(command: click.Command) -> list[str]:
    return [name for parameter in command.params if (name := str(parameter.name)) in ALL_SETTINGS]


OF_POLICY = [name for name, row in SETTINGS.items() if row.of_policy]
ALL_NAMES = ", ".join(SETTINGS)
ADDRESSES = [name for name, row in SETTINGS.items() if row.kind is Kind.ADDRESSES]


def test_the_classes_that_take_settings_take_those_of_the_table() -> None:
    assert parameters(Settings) == [field.name for field in fields(Settings) if field.name != "_own"] == list(SETTINGS)
    assert parameters(Policy) == OF_POLICY
    assert set(parameters(LivePolicy)) & set(SETTINGS) == {*ADDRESSES, "every"}
    assert parameters(Policy.with_added)[1:] == ADDRESSES
    assert set(parameters(XMLRPCGuard)) & set(SETTINGS) == {
        "report_only",
        "max_drain",
        "denied_call",
        "max_body_readers",
        "log",
    }


def test_the_flags_are_those_of_the_table() -> None:
    assert flags(check) == OF_POLICY
    assert sorted(flags(serve)) == sorted(ALL_SETTINGS)


def test_the_help_of_a_flag_is_the_tables() -> None:
    options = [parameter for parameter in serve.params if isinstance(parameter, click.Option)]
    flags = {option.opts[0]: option.help or "" for option in options if option.name in ALL_SETTINGS}
    assert flags.keys() == {f"--{name.replace('_', '-')}" for name in ALL_SETTINGS if name != "application"}
    helps = {flag: ALL_SETTINGS[flag.removeprefix("--").replace("-", "_")].help for flag in flags}
    assert {flag for flag in flags if not flags[flag].startswith(helps[flag])} == set()


def test_only_a_list_that_lets_clients_in_may_be_emptied_by_a_higher_source() -> None:
    assert {name for name, row in ALL_SETTINGS.items() if row.admits} == {"allow", "public_methods"}


def test_the_help_calls_the_value_of_a_flag_by_what_it_is() -> None:
    called = {parameter.name: parameter.metavar for parameter in serve.params if isinstance(parameter, click.Option)}
    assert (called["config"], called["upstream"], called["timeout"]) == ("FILE", "URL", "SECONDS")


@pytest.mark.parametrize("name", SERVING)
def test_each_setting_of_serve_is_read_by_what_serves(name: str) -> None:
    """A row alone gives a setting its flag and its page, and no effect."""
    package = Path(xmlrpc_guard.__file__).parent
    readers = [(package / file).read_text("utf-8") for file in ("cli/serve.py", "configured.py")]
    assert any(f'"{name}"' in reader for reader in readers)


@pytest.mark.parametrize("name", SERVING)
def test_the_default_and_the_example_of_a_setting_of_serve_can_be_read(name: str) -> None:
    row = SERVING[name]
    default = combine([]).serving()[name]
    assert (not default) is (row.default == "none")
    assert combine([give_texts({name: row.example}, "here")]).serving()[name] not in (None, [])


@pytest.mark.parametrize("name", SETTINGS)
def test_the_example_of_a_setting_can_be_written(name: str) -> None:
    settings = Settings.from_texts({"allow": "jetpack", name: SETTINGS[name].example})
    assert getattr(settings, name) is not None


def names_a_setting(path: Path) -> bool:
    """Return whether a text in a module's code is a setting's name; one inside a docstring does not count."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return not SETTINGS.keys().isdisjoint(texts)


def test_only_the_table_and_the_classes_that_take_settings_name_them() -> None:
    package = Path(xmlrpc_guard.__file__).parent
    naming = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if names_a_setting(path)}
    words_of_other_programs = {
        name for name in naming if name.startswith(("formats/", "listfile/verdicts.py", "logs/", "render/"))
    }
    assert naming - words_of_other_programs == {
        "settings/table.py",
        "settings/written.py",  # the class Settings
        "cli/render/compose.py",  # what a rule is put together from
        "policy.py",  # the class Policy
        "decision.py",  # Reason.setting
        "public_calls.py",  # the class PublicCalls, as the next
        "public_methods.py",
        "inspection.py",  # the class Inspector
        "client.py",  # the class TrustedProxies
        "headernames.py",  # what the class ForwardedHeader refuses
        "target.py",  # the class Scripts
        "live/arguments.py",  # the class LivePolicy, as the next three
        "live/policy.py",
        "live/together.py",
        "live/watched.py",
        "cli/audit/__init__.py",  # a list that is read as that setting is
        "audit/evidence.py",  # which published lists are of clients
        "published/listing.py",  # where a published list belongs
        "wsgi.py",  # the class XMLRPCGuard
        "doubts.py",  # what changes nothing
        "draining.py",  # what max_drain may be
        "records.py",  # the class RefusalLog
        "configured.py",  # which refusals a server logs by default
        "metrics/exposition.py",  # whether refusals are only reported is shown, here and in the next two
        "metrics/numbers.py",
        "metrics/shared.py",
        "settings/configuration.py",  # that an empty allow may replace another
        "settings/meaning.py",  # a sentence for each
        "cli/options.py",  # that --allow is missing
        "cli/probe/__init__.py",  # that it may be
        "probe/verdicts.py",  # the field Allow of an answer
        "serving/access.py",  # how the access log names a verdict
        "serving/demo.py",  # what the demo site is served with
    }


def test_the_docs_show_the_table() -> None:
    """``python -m tests.settings_table`` writes it anew."""
    tables = settings_table.write()
    assert [page.name for page, table in tables.items() if table not in page.read_text("utf-8")] == []


NUMBERS = [row for row in ALL_SETTINGS.values() if row.kind in (Kind.NUMBER, Kind.SECONDS)]


@pytest.mark.parametrize("row", NUMBERS, ids=[row.name for row in NUMBERS])
def test_the_least_and_the_most_of_a_number_can_be_written_and_nothing_beyond(row: Setting) -> None:
    step, write = (1, str) if row.kind is Kind.NUMBER else (0.0005, "{:.4f}".format)
    least, most = row.bounds
    assert [read_setting(row, write(number)) for number in row.bounds] == [least, most]
    for beyond in [most + step, *([least - step] if least else [])]:
        with pytest.raises(ConfigurationError) as raised:
            read_setting(row, write(beyond))
        assert raised.value.problem == f"is not from {row.bounds_in_words}; write {row.example}"


def test_a_setting_of_one_name_may_have_choices() -> None:
    row = SERVING["upstream"]._replace(name="form", choices=("text", "json"))
    assert read_setting(row, "json") == "json"
    with pytest.raises(ConfigurationError, match=r"^form: 'xml' is not a choice; write one of text, json$"):
        read_setting(row, "xml")


# As written


def test_each_entry_is_kept_with_where_it_was_written() -> None:
    settings = Settings.from_texts({"allow": "jetpack, ::1", "every": "60"}, "site.ini: {}".format)
    assert settings.allow == (Entry("jetpack"), Entry("::1"))
    assert [entry.origin for entry in (*settings.allow, *(settings.every or ()))] == [
        "site.ini: allow",
        "site.ini: allow",
        "site.ini: every",
    ]
    assert settings.deny is None


def test_what_is_passed_in_code_says_so() -> None:
    assert [entry.origin for entry in Settings(allow=["jetpack", Entry("::1", "--allow")]).allow] == ["code", "--allow"]


def test_an_entry_keeps_its_own_origin_in_texts_too() -> None:
    written = Settings.from_texts({"allow": [Entry("::1", "a"), "::2"], "every": Entry(60, "b")}, lambda _: "c")
    assert [entry.origin for entry in (*written.allow, *(written.every or ()))] == ["a", "c", "b"]


def test_a_set_that_changes_later_does_not_change_the_settings() -> None:
    addresses = IPSet(["10.0.0.0/8"])
    settings = [Settings(allow=addresses), Settings.from_texts({"allow": addresses})]
    addresses.add("192.0.64.0/18")
    assert settings == [Settings(allow=Networks(["10.0.0.0/8"]))] * 2
    assert hash(settings[0]) == hash(settings[1])


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param({"max_drain": -1}, "max_drain: -1 is not a number of bytes", id="fewer bytes than none"),
        pytest.param({"denied_call": "x"}, "denied_call: 'x' is not an answer", id="an answer that there is not"),
        pytest.param({"max_body_readers": 0}, "max_body_readers: 0 is not a number of bodies", id="no body at a time"),
        pytest.param({"log": "some"}, "log: 'some' is not a way to log", id="a way to log that there is not"),
    ],
)
def test_what_a_guard_would_refuse_the_settings_refuse(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings(allow=[], **given)
    assert str(raised.value).startswith(problem)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"max_multicall": 5}, id="how many calls a multicall may make"),
        pytest.param({"max_body": 5}, id="how many bytes of a call are read"),
        pytest.param({"denied_call": "fault"}, id="how a refused call is answered"),
        pytest.param({"max_body_readers": 5}, id="how many calls are read at a time"),
    ],
)
def test_what_is_about_calls_is_not_read_where_no_call_is_public(given: dict[str, Any]) -> None:
    ((name, value),) = given.items()
    assert Settings(allow=[], **given).unread == (f"{name} is {value}, but public_methods is empty: no call is read",)


def test_settings_show_what_was_given_in_the_order_of_the_table() -> None:
    settings = Settings(every=5, allow=["::1", "file:/a"])
    assert repr(settings) == "Settings(allow=['::1', 'file:/a'], every=5)"


def test_settings_are_equal_wherever_they_were_written() -> None:
    assert Settings(allow=["::1"], every=5) == Settings.from_texts({"allow": "::1", "every": "5"}, "{}".format)
    assert Settings(allow=["::1"]) != Settings(allow=["::1"], deny=[])
    assert Settings(allow=["::1"]) != Settings(allow=["::1/128"])


def test_copied_settings_make_an_equal_policy() -> None:
    settings = Settings(allow=["jetpack"], forwarded_header="X-Real-IP", scripts=["a.php"], every=1.5, report_only=True)
    assert [again.policy() for again in (copy.deepcopy(settings), pickle.loads(pickle.dumps(settings)))] == [
        settings.policy()
    ] * 2


# What they mean


def test_a_policy_is_what_the_same_arguments_make() -> None:
    settings = Settings(allow=["jetpack"], deny=["192.0.64.5"], trusted_proxies=["unix"], scripts=["xmlrpc", "a.php"])
    policy = Policy(allow=["jetpack"], deny=["192.0.64.5"], trusted_proxies=["unix"], scripts=["xmlrpc", "a.php"])
    assert settings.policy() == settings.follow() == policy
    assert settings.policy() is settings.policy()


@pytest.mark.parametrize("report_only", [True, False, None], ids="report_only={}".format)
def test_a_guard_reports_only_if_that_is_set(report_only: bool | None) -> None:
    assert Settings(allow=[], report_only=report_only).reports_only is bool(report_only)


@pytest.mark.parametrize(
    ("report_only", "status"), [(True, "200 OK"), (None, "403 Forbidden")], ids=["reports", "refuses"]
)
def test_the_guard_of_settings_reports_only_if_they_say_so(report_only: bool | None, status: str) -> None:
    guard = Settings(allow=["192.0.64.0/18"], report_only=report_only).guard(webob.Response("a page"))
    request = webob.Request.blank("/xmlrpc.php", remote_addr="203.0.113.9")
    assert request.get_response(guard).status == status


LISTS: list[Any] = [
    pytest.param(list, id="a list"),
    pytest.param(tuple, id="a tuple"),
    pytest.param(set, id="a set"),
    pytest.param(iter, id="a generator"),
    pytest.param(dict.fromkeys, id="the keys of a mapping"),
]


@pytest.mark.parametrize("make", LISTS)
def test_a_file_may_be_named_in_any_kind_of_list(make: Callable[[list[str]], Iterable[str]], tmp_path: Path) -> None:
    (tmp_path / "list").write_text("203.0.113.8\n")
    for settings in (Settings, lambda **given: Settings.from_texts(given)):
        followed = settings(allow=make([f"file:{tmp_path}/list", "203.0.113.7"])).follow()
        assert isinstance(followed, LivePolicy)
        assert followed.current() == Policy(allow=["203.0.113.7", "203.0.113.8"])


@pytest.mark.parametrize("whole", [Networks(["10.0.0.0/8"]), IPSet(["10.0.0.0/8"]), IPNetwork("10.0.0.0/8")], ids=repr)
def test_an_object_that_is_a_whole_list_holds_no_file(whole: Networks | IPSet | IPNetwork) -> None:
    assert Settings(allow=whole, deny=whole).follow() == Policy(allow=whole, deny=whole)


def test_networks_are_shared_and_not_copied() -> None:
    networks = Networks(["10.0.0.0/8"])
    assert Settings(allow=networks).policy().allow is networks


def test_only_follow_reads_files(tmp_path: Path) -> None:
    settings = Settings(allow=["::1", f"file:{tmp_path}/later.txt"])
    with pytest.raises(ConfigurationError, match="names a file, which a policy does not follow; call follow"):
        settings.policy()
    (tmp_path / "later.txt").write_text("::2\n")
    assert settings.follow().current() == Policy(allow=["::1", "::2"])
    assert settings.follow() is not settings.follow()


def test_files_are_looked_at_as_often_as_every_says(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("::2\n")
    assert "every=60" in repr(Settings.from_texts({"allow": f"file:{tmp_path}/list.txt", "every": "60"}).follow())
    assert "every=5.0" in repr(Settings(allow=[f"file:{tmp_path}/list.txt"]).follow())


UNREAD: list[Any] = [
    pytest.param({}, [], id="nothing was written"),
    pytest.param(
        {"forwarded_header": "x-forwarded-for"},
        ["forwarded_header is X-Forwarded-For, but trusted_proxies is empty: it is not read"],
        id="the usual header, and no proxy",
    ),
    pytest.param({"forwarded_header": "X-Real-IP"}, [], id="another header, which is a doubt about the policy"),
    pytest.param({"forwarded_header": "X-Forwarded-For", "trusted_proxies": ["unix"]}, [], id="a header and a proxy"),
    pytest.param(
        {"forwarded_header": "X-Forwarded-For", "trusted_proxies": ["file:/a"]}, [], id="a header and proxies in a file"
    ),
    pytest.param(
        {"every": 60}, ["every is 60, but no list is in a file: nothing is looked at"], id="an interval, and no file"
    ),
    pytest.param({"every": 60, "deny": ["file:/a"]}, [], id="an interval and a file"),
]


@pytest.mark.parametrize(("given", "unread"), UNREAD)
def test_what_is_not_read_is_a_doubt_that_a_guard_logs(
    given: dict[str, Any], unread: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(allow=["::1"], **given)
    settings.make(XMLRPCGuard, webob.Response("a page"), Policy(allow=["::1"]))
    assert list(settings.unread) == [record.message for record in caplog.records] == unread


# A file, and its options in text


def test_the_options_of_a_file_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    policy = Settings(allow=[f"file:{path}:max_age=7d:fallback=jetpack"]).follow()
    assert isinstance(policy, LivePolicy)
    (status,) = policy.status()
    assert (status.source, status.as_of) == (str(path), None)
    assert policy.current() == Policy(allow=["jetpack"])


@pytest.mark.parametrize(
    ("field", "network"),
    [
        pytest.param("hooks", "192.0.2.0/24", id="a name"),
        pytest.param("rows[].ip", "198.51.100.7", id="a field of rows"),
        pytest.param("rows[for=a].ip", "198.51.100.7", id="a field of some rows"),
    ],
)
def test_a_text_names_the_part_of_a_file(field: str, network: str, tmp_path: Path) -> None:
    path = tmp_path / "meta.json"
    path.write_text('{"hooks": ["192.0.2.0/24"], "web": ["::1"], "rows": [{"ip": "198.51.100.7", "for": "a"}]}')
    settings = Settings.from_texts({"allow": f"file:{path}:field={field}, ::2"})
    assert settings.follow().current() == Policy(allow=[network, "::2"])


@pytest.mark.parametrize(
    ("text", "path", "max_age"),
    [
        pytest.param("file:/a", "/a", None, id="no option"),
        pytest.param("file:/a:max_age=7d", "/a", timedelta(days=7), id="days"),
        pytest.param("file:/a:max_age=12h", "/a", timedelta(hours=12), id="hours"),
        pytest.param("file:/a:max_age=30m", "/a", timedelta(minutes=30), id="minutes"),
        pytest.param("file:/a:max_age=90s", "/a", timedelta(seconds=90), id="seconds"),
        pytest.param("file:/a:max_age=864000s", "/a", timedelta(days=10), id="a length of six digits"),
        pytest.param("file:/a:b", "/a:b", None, id="a colon without an equals sign belongs to the path"),
        pytest.param("file:/a=b", "/a=b", None, id="an equals sign without a colon belongs to the path"),
        pytest.param("file:/a:b=c/d:max_age=1d:", "/a:b=c/d:max_age=1d:", None, id="options stand at the end"),
        pytest.param("file:/a:/b:max_age=1d", "/a:/b", timedelta(days=1), id="a path with colons, and an option"),
        pytest.param("file:/a\nb:max_age=1d", "/a\nb", timedelta(days=1), id="a path with a line end, and an option"),
        pytest.param("file:/a:=b", "/a:=b", None, id="an option without a name belongs to the path"),
    ],
)
def test_where_a_path_ends(text: str, path: str, max_age: timedelta | None) -> None:
    file = make_file("allow", text)
    assert (file.name, file.max_age) == (path, max_age)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("file:~/x", "/home/op/x", id="a home folder"),
        pytest.param("file:~", "/home/op", id="a home folder alone"),
        pytest.param("file:~/x:max_age=7d", "/home/op/x", id="an option after it"),
        pytest.param("file:/a/~/x", "/a/~/x", id="a tilde further on"),
        pytest.param("file:~root/x", f"{Path('~root').expanduser()}/x", id="the home folder of a user"),
    ],
)
def test_a_home_folder_is_expanded(text: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/op")
    assert make_file("allow", text).name == path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "file:~no-such-user/x",
            "names a home folder that is not known; write the whole path",
            id="the home folder of a user that does not exist",
        ),
        *(
            pytest.param(
                f"file:/a:max_age={length}",
                "has the option max_age, which is not a length of time; write max_age=7d, or 12h, 30m, 90s",
                id=name,
            )
            for length, name in (("1000000s", "a length of seven digits"), ("7days", "letters after the unit"))
        ),
        pytest.param(
            "file:/a:max_age=7",
            "has the option max_age, which is not a length of time; write max_age=7d, or 12h, 30m, 90s",
            id="a length without its unit",
        ),
        pytest.param(
            "file:/a:max_age=0d",
            "has the option max_age, which is not a length of time; write max_age=7d, or 12h, 30m, 90s",
            id="a length of zero",
        ),
        pytest.param(
            "file:/a:fallback=jetpak",
            "has the option fallback, which is not a known list; write jetpack",
            id="a fallback that is not a published list",
        ),
        pytest.param(
            "file:/a:service=",
            "has the option service, which is not a service's name; write 'CLOUDFRONT_ORIGIN_FACING'",
            id="a service without a name",
        ),
        pytest.param(
            "file:/a:field=hooks.",
            "has the option field, which is not a path to a part of a document; "
            "write one such as hooks or prefixes[].ipv4Prefix",
            id="a field that is not a path",
        ),
        pytest.param(
            "file:/a:field=hooks:service=S3",
            "has the option field, which is set beside service, which names a part too; leave one out",
            id="a field and a service",
        ),
        pytest.param(
            "file:/a:maxage=7d",
            "has the option maxage, which a file does not have; write max_age, fallback, service or field",
            id="an option that does not exist",
        ),
        pytest.param(
            "file:/a:max_age=7d:max_age=8d", "has an option twice; write it once", id="an option that is given twice"
        ),
        pytest.param(
            "file:",
            "is not the path of a file; write one as '/etc/xmlrpc-guard/office.txt'",
            id="a path that is empty",
        ),
        pytest.param(
            "file::max_age=7d",
            "is not the path of a file; write one as '/etc/xmlrpc-guard/office.txt'",
            id="a path that is empty, with an option",
        ),
    ],
)
def test_a_file_that_cannot_be_meant(text: str, problem: str) -> None:
    for given in ({"allow": [text]}, {"allow": [], "deny": [text]}):
        with pytest.raises(ConfigurationError) as raised:
            Settings(**given)
        assert (raised.value.value, raised.value.problem) == (text, problem)


# Text


def test_a_list_is_split_at_white_space_and_commas() -> None:
    assert split_list(" 10.0.0.0/8,\n\t::1 , ,192.0.2.7") == ["10.0.0.0/8", "::1", "192.0.2.7"]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        pytest.param("10.0.0.1-10.0.0.9 ::1", ["10.0.0.1-10.0.0.9", "::1"], id="a range without blanks"),
        pytest.param("10.0.0.1 - 10.0.0.9, ::1", ["10.0.0.1-10.0.0.9", "::1"], id="a range with blanks"),
        pytest.param("::1\t\u2013 ::9,::a", ["::1\u2013::9", "::a"], id="a range of IPv6 with an en dash"),
        pytest.param("203.0.113.70 - 203.0.113.90", ["203.0.113.70-203.0.113.90"], id="a range of longer numbers"),
        pytest.param("FD00::A9 - fd00::fe", ["FD00::A9-fd00::fe"], id="a range of IPv6 in both cases"),
        pytest.param(
            "::ffff:10.0.0.1 - ::ffff:10.0.0.9",
            ["::ffff:10.0.0.1-::ffff:10.0.0.9"],
            id="a range of IPv6 that ends as IPv4 is written",
        ),
        pytest.param(".0.0.1 - 10.0.0.9", [".0.0.1", "-", "10.0.0.9"], id="a dash after what begins with a dot"),
        pytest.param("10.0.0. - 10.0.0.9", ["10.0.0.", "-", "10.0.0.9"], id="a dash after what ends with a dot"),
        pytest.param("10.0.0.1 -10.0.0.9", ["10.0.0.1", "-10.0.0.9"], id="a dash that may be the sign of a negation"),
        pytest.param("10.0.0.1, - 10.0.0.9", ["10.0.0.1", "-", "10.0.0.9"], id="a dash after a comma"),
        pytest.param("10.0.0.1 - ,10.0.0.9", ["10.0.0.1", "-", "10.0.0.9"], id="a dash before a comma"),
        pytest.param("10.0.0.0/8 - 10.1.0.0/16", ["10.0.0.0/8", "-", "10.1.0.0/16"], id="a dash between two ranges"),
        pytest.param("a.php - b.php", ["a.php", "-", "b.php"], id="a dash between names"),
        pytest.param("a.php,10.0.0.1 - 10.0.0.9,b.php", ["a.php", "10.0.0.1-10.0.0.9", "b.php"], id="commas alone"),
        pytest.param("a.php,1.0.0.1 - 1.0.0.9 ::1", ["a.php", "1.0.0.1-1.0.0.9", "::1"], id="a range of short numbers"),
        pytest.param("x10.0.0.1 - 10.0.0.9", ["x10.0.0.1", "-", "10.0.0.9"], id="a dash after what is no address"),
        pytest.param("10.0.0.1  -\t\t10.0.0.9", ["10.0.0.1-10.0.0.9"], id="a range with many blanks"),
        pytest.param("10.0.0.1- 10.0.0.9", ["10.0.0.1-", "10.0.0.9"], id="a dash with a blank after it alone"),
        pytest.param(": - ::9", [":", "-", "::9"], id="a dash after a colon alone"),
        pytest.param("10.0.0.1 - 10.0.0.9x", ["10.0.0.1", "-", "10.0.0.9x"], id="a dash before what is no address"),
        pytest.param("x10.0.0.1 - 10.0.0.9x", ["x10.0.0.1", "-", "10.0.0.9x"], id="a dash between what is no address"),
        pytest.param("10.0.0.1\n-\n10.0.0.9", ["10.0.0.1", "-", "10.0.0.9"], id="a dash on a line of its own"),
    ],
)
def test_a_range_with_blanks_around_its_dash_is_one_entry(text: str, entries: list[str]) -> None:
    assert split_list(text) == entries


@pytest.mark.parametrize("text", ["true", "Yes", " on ", "1", "T", "y"])
def test_what_is_true(text: str) -> None:
    assert Settings.from_texts({"allow": "", "report_only": text}).reports_only


@pytest.mark.parametrize("text", ["false", "No", " off ", "0", "F", "n"])
def test_what_is_false(text: str) -> None:
    assert not Settings.from_texts({"allow": "", "report_only": text}).reports_only


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"allow": "jetpack", "trusted-proxy": "127.0.0.1"},
            "trusted-proxy: '127.0.0.1' is set, but 'trusted-proxy' is not a setting; write trusted_proxies",
            id="a misspelt name is offered the nearest setting",
        ),
        pytest.param(
            {"allow": "jetpack", "colour": "red"},
            f"colour: 'red' is set, but 'colour' is not a setting; write one of {ALL_NAMES}",
            id="a name unlike every setting is offered all of them",
        ),
        *(
            pytest.param(
                {"allow": "jetpack", opposite: "203.0.113.7"},
                f"{opposite}: '203.0.113.7' is set, but '{opposite}' is not a setting; write one of {ALL_NAMES}",
                id=f"{opposite} is not offered the setting whose opposite it is",
            )
            for opposite in ("disallow", "not_allow", "untrusted_proxies", "noreport_only")
        ),
        pytest.param(
            {"deny": "203.0.113.7"},
            "allow: None is not a value; write allow = jetpack, or leave it empty for no one",
            id="allow is required",
        ),
        pytest.param(
            {"allow": None},
            "allow: None is not a value; leave it out, or write jetpack, 203.0.113.7",
            id="allow is None",
        ),
        pytest.param(
            {"allow": "", "deny": None},
            "deny: None is not a value; leave it out, or write 192.0.64.5",
            id="a list that is None is not an empty list",
        ),
        pytest.param(
            {"allow": "", "report_only": "maybe"},
            "report_only: 'maybe' is neither true nor false; write one of them",
            id="a switch with another word",
        ),
        pytest.param(
            {"allow": "", "report_only": 1},
            "report_only: 1 is neither true nor false; write one of them",
            id="a switch that is a number",
        ),
        pytest.param(
            {"allow": "", "max_drain": "1 MB"},
            "max_drain: '1 MB' is not a whole number; write 65536",
            id="bytes with a unit",
        ),
        pytest.param(
            {"allow": "", "max_drain": -1},
            "max_drain: -1 is not a number of bytes; write 1048576, or 0 to read nothing",
            id="fewer bytes than none",
        ),
        pytest.param(
            {"allow": "", "max_drain": True},
            "max_drain: True is not a number of bytes; write 1048576, or 0 to read nothing",
            id="a bool in place of bytes",
        ),
        pytest.param(
            {"allow": "", "every": "often"}, "every: 'often' is not a number of seconds; write 60", id="every in words"
        ),
        pytest.param(
            {"allow": "", "every": "nan"},
            "every: 'nan' is not a number of seconds; write 60",
            id="a number of seconds that is nan",
        ),
        pytest.param(
            {"allow": "", "every": "-1"},
            "every: '-1' is not a number of seconds; write 60",
            id="a negative number of seconds",
        ),
        pytest.param(
            {"allow": "", "every": True},
            "every: True is not a number of seconds; write 5.0",
            id="a bool in place of seconds",
        ),
        pytest.param(
            {"allow": "jetpack", "scripts": "file:/etc/scripts.txt"},
            "scripts: 'file:/etc/scripts.txt' has a slash, but a name is guarded in every directory; "
            "write the bare name, as 'xmlrpc.php'",
            id="names of scripts are not read from a file",
        ),
        pytest.param(
            {"allow": "jetpack", "forwarded_header": "X_Real_IP"},
            "forwarded_header: 'X_Real_IP' has an underscore, by which a client imitates a dash; write 'X-Real-IP'",
            id="a header that a client can imitate",
        ),
        pytest.param(
            {"allow": "10/8"}, "allow: '10/8' is a partial address; write 10.0.0.0/8", id="an entry is read strictly"
        ),
        pytest.param(
            {"allow": "", "trusted_proxies": "0.0.0.0/0"},
            "trusted_proxies: ['0.0.0.0/0'] trusts everyone; write only your proxies' addresses",
            id="proxies that are everyone",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_raises(given: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_texts(given)
    assert str(raised.value) == message


def test_in_code_allow_is_required() -> None:
    with pytest.raises(ConfigurationError, match=r"^allow: None is not a value; write allow"):
        Settings(allow=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"allow": "jetpack"},
            "is one string where a list belongs; write ['jetpack']",
            id="a list of addresses in code",
        ),
        pytest.param(
            {"allow": [], "scripts": "a.php"},
            "is one string where a list belongs; write ['a.php']",
            id="a list of names in code",
        ),
    ],
)
def test_in_code_one_string_is_not_a_list(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings(**given)
    assert raised.value.problem == message


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        pytest.param("every", "0000000060", 60, id="ten digits of seconds"),
        pytest.param("every", "1.123456789", 1.123456789, id="nine digits after the dot"),
        pytest.param("max_multicall", f"{7:018}", 7, id="eighteen digits of a number"),
    ],
)
def test_the_longest_numbers_that_are_read(name: str, text: str, value: float) -> None:
    assert read_setting(SETTINGS[name], text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("every", "00000000060", id="eleven digits of seconds"),
        pytest.param("every", "1.1234567890", id="ten digits after the dot"),
        pytest.param("every", "60.", id="a dot and no digit"),
        pytest.param("every", "60s", id="a unit after the seconds"),
        pytest.param("max_multicall", f"{7:019}", id="nineteen digits of a number"),
        pytest.param("max_multicall", "", id="no digit of a number"),
    ],
)
def test_a_text_that_is_no_number(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is not a (whole )?number"):
        read_setting(SETTINGS[name], text)


def test_bounds_are_written_without_a_fraction_that_is_none() -> None:
    row = SETTINGS["every"]._replace(bounds=(1.0, 2.0**50))
    assert row.bounds_in_words == "1 to 1125899906842624"


def test_a_long_name_is_cut_where_it_is_no_setting() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_texts({"x" * 100: "1"})
    assert caught.value.problem.startswith(f"is set, but '{'x' * 59} is not a setting; write ")


def test_what_every_says_in_vain_is_said_as_it_was_written() -> None:
    unread = Settings.from_texts({"allow": "jetpack", "every": "300"}).unread
    assert unread == ("every is 300, but no list is in a file: nothing is looked at",)


def test_the_settings_of_a_guard_replace_its_arguments() -> None:
    class Kept(XMLRPCGuard):
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self.options = options

    settings = Settings(allow=[], max_drain=7)
    guard = settings.make(Kept, webob.Response(), settings.follow(), max_drain=5, report_only=True)
    assert guard.options == {"max_drain": 7, "report_only": False}
