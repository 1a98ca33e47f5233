"""Arguments of File and LivePolicy that raise at construction."""

from datetime import timedelta
from typing import Any

import pytest

from tests.live.doubles import BEGINNING, Memory
from xmlrpc_guard import ConfigurationError, Policy
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.sources import File, LivePolicy

OF_LIVE_POLICY: list[Any] = [
    pytest.param(
        {"policy": ["10.0.0.0/8"]},
        "policy: ['10.0.0.0/8'] is not a Policy; write Policy(allow=[...])",
        id="a list in place of a policy",
    ),
    pytest.param(
        {"allow": ["192.0.2.7"]},
        "allow: '192.0.2.7' is not a source; write File(path), or put entries in the policy",
        id="an entry in place of a source",
    ),
    pytest.param(
        {"deny": [File]},
        "deny: <class 'xmlrpc_guard.live.file.File'> is not a source; write File(path), or put entries in the policy",
        id="the class File itself",
    ),
    pytest.param(
        {"deny": [Memory]},
        "deny: <class 'tests.live.doubles.Memory'> is not a source; write File(path), or put entries in the policy",
        id="a class that has a name",
    ),
    pytest.param(
        {"trusted_proxies": "list"},
        "trusted_proxies: 'list' is one string where a list belongs; write ['list']",
        id="a string in place of a list",
    ),
    pytest.param({"every": -1}, "every: -1 is not a number of seconds; write 5.0", id="a negative number"),
    pytest.param({"every": True}, "every: True is not a number of seconds; write 5.0", id="a boolean, which is an int"),
    pytest.param({"every": "5"}, "every: '5' is not a number of seconds; write 5.0", id="a number as text"),
    pytest.param({"every": float("nan")}, "every: nan is not a number of seconds; write 5.0", id="NaN"),
    pytest.param(
        {"clock": lambda: "5"},
        "clock: '5' is what clock() returned, not a number of seconds; write time.monotonic",
        id="a clock that gives text",
    ),
    pytest.param(
        {"now": lambda: BEGINNING.replace(tzinfo=None)},
        "now: datetime.datetime(2026, 11, 27, 0, 0) is what now() returned, not a time with a zone; "
        "write lambda: datetime.now(UTC)",
        id="a time without a zone",
    ),
    pytest.param({"every": float("inf")}, "every: inf is not a number of seconds; write 5.0", id="infinity"),
]


@pytest.mark.parametrize(("arguments", "message"), OF_LIVE_POLICY)
def test_an_unusable_argument_of_a_live_policy_raises(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        LivePolicy(**{"policy": Policy(allow=[]), **arguments})
    assert str(raised.value) == message


OF_FILE: list[Any] = [
    pytest.param(
        {"path": ""},
        "path: '' is not the path of a file; write one as '/etc/xmlrpc-guard/office.txt'",
        id="an empty path",
    ),
    pytest.param(
        {"path": "a\0b"},
        r"path: 'a\x00b' is not the path of a file; write one as '/etc/xmlrpc-guard/office.txt'",
        id="a path with a NUL, which no system takes",
    ),
    pytest.param(
        {"path": 5}, "path: 5 is not a path; write it as text", id="a number, which open() would take for a descriptor"
    ),
    pytest.param({"path": b"/etc/x"}, "path: b'/etc/x' is not a path; write it as text", id="a path as bytes"),
    pytest.param(
        {"fallback": "jetpak"},
        "fallback: 'jetpak' is not a known list; write jetpack",
        id="a misspelt list",
    ),
    pytest.param(
        {"fallback": "office"},
        f"fallback: 'office' is not a known list; write one of: {', '.join(PUBLISHED)}",
        id="a list that is not published",
    ),
    pytest.param(
        {"fallback": ["jetpack"]},
        f"fallback: ['jetpack'] is not a known list; write one of: {', '.join(PUBLISHED)}",
        id="a list of names in place of a name",
    ),
    pytest.param(
        {"max_age": 86400},
        "max_age: 86400 is not a length of time; write timedelta(days=7)",
        id="a number without a unit",
    ),
    pytest.param(
        {"max_age": timedelta(0)},
        "max_age: datetime.timedelta(0) is not a length of time; write timedelta(days=7)",
        id="a length of time that is zero",
    ),
    pytest.param(
        {"service": ""},
        "service: '' is not a service's name; write 'CLOUDFRONT_ORIGIN_FACING'",
        id="an empty name of a service",
    ),
    pytest.param(
        {"field": 5},
        "field: 5 is not a path to a part of a document; write one such as 'hooks'",
        id="a number in place of a field",
    ),
    pytest.param(
        {"field": "hooks."},
        "field: 'hooks.' is not a path to a part of a document; write one such as hooks or prefixes[].ipv4Prefix",
        id="a field that is not a path",
    ),
    pytest.param(
        {"field": "hooks", "service": "S3"},
        "field: 'hooks' is set beside service, which names a part too; leave one out",
        id="a field and a service",
    ),
    pytest.param(
        {"service": ["S3"]},
        "service: ['S3'] is not a service's name; write 'CLOUDFRONT_ORIGIN_FACING'",
        id="a list of services in place of a service",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), OF_FILE)
def test_an_unusable_argument_of_a_file_raises(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        File(**{"path": "list", **arguments})
    assert str(raised.value) == message
