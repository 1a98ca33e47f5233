"""The public surface, pinned: a change of a row here changes what users rely on."""

import copy
import inspect
import pickle
import re
from dataclasses import fields
from importlib import import_module
from importlib.resources import files
from typing import Any

import pytest

import xmlrpc_guard
from xmlrpc_guard import (
    ConfigurationError,
    Decision,
    Networks,
    Policy,
    Reason,
    Request,
    Settings,
    XMLRPCGuard,
    settings,
    sources,
)
from xmlrpc_guard.settings import Entry
from xmlrpc_guard.sources import File, ListStatus, LivePolicy, Reading

NAMES = ["ConfigurationError", "Decision", "Networks", "Policy", "Reason", "Request", "Settings", "XMLRPCGuard"]
SETTINGS = ["SETTINGS", "Entry", "Kind", "Setting", "Settings", "split_list"]
SOURCES = ["File", "ListStatus", "LivePolicy", "Reading", "Source", "SourceError"]
DOCUMENTED = {
    **dict.fromkeys(NAMES, xmlrpc_guard),
    **dict.fromkeys(SETTINGS[1:], settings),
    **dict.fromkeys(SOURCES, sources),
}


def test_the_public_names() -> None:
    assert xmlrpc_guard.__all__ == NAMES
    assert [name for name in NAMES if getattr(xmlrpc_guard, name).__name__ != name] == []


def test_the_public_names_are_listed_before_they_are_used() -> None:
    assert {*NAMES} < {*dir(xmlrpc_guard)}
    with pytest.raises(AttributeError, match="module 'xmlrpc_guard' has no attribute 'policies'"):
        _ = xmlrpc_guard.policies  # type: ignore[attr-defined]


def test_the_stub_says_what_the_module_does() -> None:
    stub = (files(xmlrpc_guard) / "__init__.pyi").read_text("utf-8")
    imported = re.findall(r"^from (\S+) import (\w+) as \2$", stub, re.MULTILINE)
    assert sorted(name for _, name in imported) == NAMES
    assert [getattr(import_module(module), name) is getattr(xmlrpc_guard, name) for module, name in imported] == [
        True
    ] * len(NAMES)


def test_the_names_for_settings() -> None:
    assert settings.__all__ == SETTINGS


def test_the_names_for_lists_that_change() -> None:
    assert sources.__all__ == SOURCES
    assert [name for name in SOURCES if getattr(sources, name).__name__ != name] == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_public_name_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(DOCUMENTED[name], name))


def bare_signature(function: Any) -> str:
    signature = inspect.signature(function)
    parameters = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty))


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        pytest.param(ConfigurationError, "(setting, value, problem, origin='')", id="ConfigurationError"),
        pytest.param(Decision, "(reason, client=None, detail=None)", id="Decision"),
        pytest.param(Networks, "(entries=(), *, setting='networks')", id="Networks"),
        pytest.param(Networks.covers, "(self, packed)", id="Networks.covers"),
        pytest.param(Networks.edges, "(self, size)", id="Networks.edges"),
        pytest.param(Networks.includes, "(self, other)", id="Networks.includes"),
        pytest.param(Networks.overlap, "(self, other)", id="Networks.overlap"),
        pytest.param(
            Policy,
            "(*, allow, deny=(), trusted_proxies=(), forwarded_header='X-Forwarded-For', scripts=('xmlrpc.php',), "
            "public_methods=(), max_multicall=50, xmlrpc_endpoints=None, public_rsd=None, max_body=None)",
            id="Policy, by keyword alone",
        ),
        pytest.param(Policy.decide, "(self, request)", id="Policy.decide"),
        pytest.param(Policy.judge, "(self, peer, forwarded=None, *, unix=False)", id="Policy.judge"),
        pytest.param(Policy.judge_environ, "(self, environ)", id="Policy.judge_environ"),
        pytest.param(Policy.identify, "(self, peer, forwarded, *, unix=False)", id="Policy.identify"),
        pytest.param(Policy.judge_caller, "(self, caller)", id="Policy.judge_caller"),
        pytest.param(Request.from_environ, "(environ)", id="Request.from_environ"),
        pytest.param(Request.header, "(self, header)", id="Request.header"),
        pytest.param(Policy.current, "(self)", id="Policy.current"),
        pytest.param(
            Policy.with_added, "(self, *, allow=(), deny=(), trusted_proxies=())", id="Policy.with_added, by keyword"
        ),
        pytest.param(
            Request,
            "(target=None, peer=None, forwarded=None, paths=(), *, unix=False, method=None, queries=(), body=None)",
            id="Request",
        ),
        pytest.param(
            Settings,
            "(*, allow, deny=None, trusted_proxies=None, forwarded_header=None, scripts=None, "
            "public_methods=None, max_multicall=None, xmlrpc_endpoints=None, public_rsd=None, max_body=None, "
            "every=None, report_only=None, max_drain=None, denied_call=None, max_body_readers=None, "
            "log=None)",
            id="Settings, by keyword alone",
        ),
        pytest.param(Settings.policy, "(self)", id="Settings.policy"),
        pytest.param(Settings.follow, "(self)", id="Settings.follow"),
        pytest.param(Settings.guard, "(self, app)", id="Settings.guard"),
        pytest.param(Entry, "(value, origin='code')", id="Entry"),
        pytest.param(
            XMLRPCGuard,
            "(app, policy, *, denied=None, report_only=False, on_decision=None, log='all', max_drain=1048576, "
            "denied_call='denied', max_body_readers=4)",
            id="XMLRPCGuard",
        ),
        pytest.param(File, "(path, *, fallback=None, max_age=None, service=None, field=None)", id="File"),
        pytest.param(LivePolicy.current, "(self)", id="LivePolicy.current"),
        pytest.param(LivePolicy.status, "(self)", id="LivePolicy.status"),
        pytest.param(XMLRPCGuard.__call__, "(self, environ, start_response)", id="XMLRPCGuard, as PEP 3333 requires"),
        pytest.param(XMLRPCGuard.decide, "(self, environ)", id="XMLRPCGuard.decide"),
        pytest.param(
            XMLRPCGuard.from_config, "(app, path=None, *, denied=None, on_decision=None)", id="XMLRPCGuard.from_config"
        ),
    ],
)
def test_the_signature(function: Any, signature: str) -> None:
    assert bare_signature(function) == signature


@pytest.mark.parametrize(
    ("value", "members"),
    [
        pytest.param(ConfigurationError("", "", ""), "at origin problem setting value", id="ConfigurationError"),
        pytest.param(Decision(Reason.LISTED), "allowed client count detail index reason", id="Decision, a named tuple"),
        pytest.param(Networks(), "covers covers_everyone edges includes overlap public_share", id="Networks"),
        pytest.param(
            Policy(allow=[]),
            "allow calls current decide deny doubts forwarded_header identify judge judge_body judge_caller "
            "judge_environ judge_request scripts trusted_proxies with_added",
            id="Policy and its settings",
        ),
        pytest.param(File("list"), "fallback is_long max_age name read read_entries stamp", id="File"),
        pytest.param(LivePolicy(Policy(allow=[])), "current expire reloads scripts status", id="LivePolicy"),
        pytest.param(Reason.LISTED, "allowed name sentence setting value", id="Reason"),
        pytest.param(
            Request(),
            "asks_for_discovery body forwarded from_environ header method paths peer queries target unix views",
            id="Request",
        ),
        pytest.param(
            Settings(allow=[]),
            "allow denied_call deny every follow forwarded_header from_texts guard log make max_body max_body_readers "
            "max_drain max_multicall policy proxy_options public_methods public_rsd report_only reports_only scripts "
            "trusted_proxies unread xmlrpc_endpoints",
            id="Settings",
        ),
        pytest.param(Entry(""), "origin value", id="Entry"),
        pytest.param(XMLRPCGuard(print, Policy(allow=["::1"])), "counts decide from_config status", id="XMLRPCGuard"),  # type: ignore[arg-type]
    ],
)
def test_the_public_members(value: object, members: str) -> None:
    inherited = {*dir(ValueError), *(reason.name for reason in Reason)}
    public = {name for name in dir(value) if not name.startswith("_")}
    assert sorted(public - inherited) == members.split()


def test_the_order_of_fields() -> None:
    assert [*Request.__slots__] == [*("target", "peer", "forwarded", "paths", "unix", "method", "queries", "body")]
    assert [field.name for field in fields(Entry)] == ["value", "origin"]
    assert Decision._fields == ("reason", "client", "detail")
    assert ListStatus._fields == (
        "setting",
        "source",
        "entries",
        "as_of",
        "attempted",
        "error",
        "stale",
        "reloads",
        "warning",
    )
    assert Reading._fields == ("networks", "entries", "written", "stamp", "doubt", "warning")


def test_the_parameters_whose_defaults_have_no_stable_repr() -> None:
    parameters = inspect.signature(LivePolicy).parameters
    assert list(parameters) == ["policy", "allow", "deny", "trusted_proxies", "every", "clock", "now"]
    assert parameters["every"].default == 5.0
    assert list(inspect.signature(Settings.from_texts).parameters) == ["given", "origin"]


@pytest.mark.parametrize(
    ("name", "allowed", "setting"),
    [
        ("NOT_GUARDED", True, "scripts"),
        ("UNKNOWN_PEER", False, "trusted_proxies"),
        ("UNREADABLE_FORWARDED", False, "trusted_proxies"),
        ("DENY_LISTED", False, "deny"),
        ("LISTED", True, "allow"),
        ("NOT_LISTED", False, "allow"),
        ("UNDECIDED", False, "public_methods"),
        ("PUBLIC_CALL", True, "public_methods"),
        ("PUBLIC_DISCOVERY", True, "public_rsd"),
        ("PRIVATE_METHOD", False, "public_methods"),
        ("TOO_MANY_CALLS", False, "max_multicall"),
        ("UNREADABLE_CALL", False, "public_methods"),
        ("ENCODED_BODY", False, "public_methods"),
        ("BROKEN_BODY", False, "public_methods"),
        ("LARGE_BODY", False, "max_body"),
        ("BUSY", False, "max_body_readers"),
    ],
)
def test_a_reason_says_whether_it_allows_and_which_setting_decided(name: str, allowed: bool, setting: str) -> None:
    assert Reason[name].allowed is allowed
    assert Reason[name].setting == setting
    assert Reason[name].setting in settings.SETTINGS


def test_the_reasons_are_these_and_none_is_another_by_a_second_name() -> None:
    names = [
        *("NOT_GUARDED", "UNKNOWN_PEER", "UNREADABLE_FORWARDED", "DENY_LISTED", "LISTED", "NOT_LISTED", "UNDECIDED"),
        *("PUBLIC_CALL", "PUBLIC_DISCOVERY", "PRIVATE_METHOD", "TOO_MANY_CALLS", "UNREADABLE_CALL", "ENCODED_BODY"),
        *("BROKEN_BODY", "LARGE_BODY", "BUSY"),
    ]
    assert [reason.name for reason in Reason] == list(Reason.__members__) == names
    assert len({reason.sentence for reason in Reason}) == len(names)


def test_types_are_published() -> None:
    assert (files(xmlrpc_guard) / "py.typed").is_file()


# Two that are equal, one that is not, a field that cannot be changed, and the text that pastes back.
VALUES = [
    pytest.param(
        Networks(["10.0.0.0/8", "::1"]),
        Networks(["::1", "10.0.0.0/9", "10.128.0.0/9"]),
        Networks(),
        "_v4",
        "Networks(['10.0.0.0/8', '::1/128'])",
        id="Networks",
    ),
    pytest.param(
        Policy(allow=["jetpack"], deny=["192.0.64.5"], trusted_proxies=["unix"], scripts=["xmlrpc.php", "xmlrpc"]),
        Policy(
            allow=["jetpack"],
            deny=["192.0.64.5"],
            trusted_proxies=["unix"],
            forwarded_header="x-forwarded-for",
            scripts=["xmlrpc", "XMLRPC.php"],
        ),
        Policy(allow=["jetpack"], deny=["192.0.64.5"], trusted_proxies=["unix"]),
        "allow",
        f"Policy(allow={list(Networks(['jetpack']))}, deny=['192.0.64.5/32'], trusted_proxies=['unix'], "
        "forwarded_header='X-Forwarded-For', scripts=['xmlrpc.php', 'xmlrpc'])",
        id="Policy",
    ),
    pytest.param(
        Policy(allow=[], forwarded_header="x-real-ip"),
        Policy(allow=[], forwarded_header="X-Real-IP"),
        Policy(allow=[]),
        "forwarded_header",
        "Policy(allow=[], deny=[], trusted_proxies=[], forwarded_header='x-real-ip', scripts=['xmlrpc.php'])",
        id="Policy of defaults with X-Real-IP",
    ),
    pytest.param(
        Request("/x", peer="::1", forwarded="evil", paths=("/",)),
        Request("/x", "::1", {"X-Forwarded-For": "evil"}, ["/"]),
        Request("/x", peer="::1", paths=("/",)),
        "target",
        "Request(target='/x', peer='::1', forwarded={'x-forwarded-for': 'evil'}, paths=('/',))",
        id="Request",
    ),
    pytest.param(
        Settings(allow=["jetpack"], forwarded_header="X-Real-IP", every=1.5, report_only=True),
        Settings(allow=[Entry("jetpack", "--allow")], forwarded_header="X-Real-IP", every=1.5, report_only=True),
        Settings(allow=["jetpack"], forwarded_header="X-Real-IP", every=1.5),
        "allow",
        "Settings(allow=['jetpack'], forwarded_header='X-Real-IP', every=1.5, report_only=True)",
        id="Settings",
    ),
    pytest.param(
        Entry("jetpack"),
        Entry("jetpack", "code"),
        Entry("cloudflare"),
        "value",
        "Entry(value='jetpack', origin='code')",
        id="Entry",
    ),
    pytest.param(
        Decision(Reason.LISTED, "::1"),
        Decision(reason=Reason.LISTED, client="::1"),
        Decision(Reason.LISTED),
        "client",
        "Decision(Reason.LISTED, '::1')",
        id="Decision",
    ),
    pytest.param(
        Decision(Reason.UNKNOWN_PEER),
        Decision(Reason.UNKNOWN_PEER, None),
        Decision(Reason.NOT_LISTED),
        "allowed",
        "Decision(Reason.UNKNOWN_PEER, None)",
        id="Decision without a client",
    ),
]


@pytest.mark.parametrize(("value", "equal", "other", "field", "text"), VALUES)
def test_a_value_is_frozen_comparable_hashable_picklable_and_pastes_back(
    value: object, equal: object, other: object, field: str, text: str
) -> None:
    assert repr(value) == text
    again = [equal, eval(text), pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)]
    assert again == [value] * len(again)
    assert {value, *again} == {value}
    assert value != other
    with pytest.raises(AttributeError):
        setattr(value, field, None)
    with pytest.raises(AttributeError):
        delattr(value, field)
