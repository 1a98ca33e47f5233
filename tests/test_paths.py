"""Paths into a JSON document: how they are written, what they lead to, and what is wrong with them or the document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.errors import ConfigurationError, SourceError
from xmlrpc_guard.listfile import iterate_list, read_list
from xmlrpc_guard.listfile.paths import FieldStep, PathError, Rows, find_texts, parse_path, quote_name

PATHS: list[Any] = [
    pytest.param("hooks", (FieldStep(("hooks",)),), id="one field"),
    pytest.param(".hooks", (FieldStep(("hooks",)),), id="a path after a dot, as in jq"),
    pytest.param("result.ipv4_cidrs", (FieldStep(("result",)), FieldStep(("ipv4_cidrs",))), id="a field in a field"),
    pytest.param(".hooks[]", (FieldStep(("hooks",)), Rows()), id="the rows of an array, as in jq"),
    pytest.param("[].cidr", (Rows(), FieldStep(("cidr",))), id="the rows of a document that is an array"),
    pytest.param(".[].cidr", (Rows(), FieldStep(("cidr",))), id="the rows of a list, as jq writes them"),
    pytest.param("[][]", (Rows(), Rows()), id="arrays in an array"),
    pytest.param("hooks|web", (FieldStep(("hooks", "web")),), id="two fields"),
    pytest.param("*.ip_ranges", (FieldStep(()), FieldStep(("ip_ranges",))), id="every field"),
    pytest.param("a[k=v].b", (FieldStep(("a",)), Rows("k", "v"), FieldStep(("b",))), id="rows of a value"),
    pytest.param("[k=]", (Rows("k", ""),), id="rows of an empty value"),
    pytest.param("[k=a.b c:d]", (Rows("k", "a.b c:d"),), id="a value with other signs in it"),
    pytest.param('[k="a]b"]', (Rows("k", "a]b"),), id="a value in quotes"),
    pytest.param('"zscaler.net".x', (FieldStep(("zscaler.net",)), FieldStep(("x",))), id="a name in quotes"),
    pytest.param(r'"a\"b"|c', (FieldStep(('a"b', "c")),), id="a quote in a name"),
    pytest.param("a b.c", (FieldStep(("a b",)), FieldStep(("c",))), id="a blank in a name"),
]


@pytest.mark.parametrize(("text", "path"), PATHS)
def test_a_path_is_read(text: str, path: object) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="no text"),
        pytest.param(".", id="a dot alone"),
        pytest.param("a.", id="a dot at the end"),
        pytest.param("a..b", id="two dots"),
        pytest.param("a[", id="a bracket that is not closed"),
        pytest.param("a[0]", id="the number of a row"),
        pytest.param("a[=v]", id="a value without a key"),
        pytest.param("a]b", id="a bracket that was not opened"),
        pytest.param("a[]b", id="a name right after the rows"),
        pytest.param("a|", id="a bar at the end"),
        pytest.param("*|a", id="every field and one"),
        pytest.param('"a', id="a quote that is not closed"),
        pytest.param(r'"\x"', id="an escape that JSON does not have"),
        pytest.param(" a", id="a blank before a name"),
        pytest.param("a=b", id="a value without brackets"),
        pytest.param(".".join("a" * 21), id="more steps than any list has"),
    ],
)
def test_what_is_not_a_path(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_path(text)
    assert (raised.value.setting, raised.value.value) == ("field", text)
    assert raised.value.problem.startswith("is not a path to a part of a document; write one such as hooks")


@given(st.text(min_size=1))
def test_any_name_can_be_written(name: str) -> None:
    assert parse_path(quote_name(name)) == (FieldStep((name,)),)
    assert list(find_texts({name: "::1", f"{name}x": "::2"}, parse_path(quote_name(name)))) == ["::1"]


META = {"hooks": ["192.0.2.0/24"], "web": ["198.51.100.0/24", "::1"], "keys": {"a": "b"}, "none": [], "n": None}
ROWS = {"prefixes": [{"v4": "192.0.2.0/24", "for": ["a", "b"], "n": 5}, {"v6": "::1", "for": ["b"]}, {"v4": None}]}
NESTED = {"x": [[["192.0.2.1"], ["192.0.2.2"]], [["::1"]]]}
OKTA = {"us_cell_1": {"ip_ranges": ["192.0.2.0/24"]}, "eu_cell_1": {"ip_ranges": ["::1"]}}

FOUND: list[Any] = [
    pytest.param(META, "hooks", ["192.0.2.0/24"], id="an array of texts"),
    pytest.param(META, "hooks[]", ["192.0.2.0/24"], id="the rows of a list"),
    pytest.param(META, "web|hooks", ["198.51.100.0/24", "::1", "192.0.2.0/24"], id="two arrays, in the path's order"),
    pytest.param(META, "none", [], id="an empty array"),
    pytest.param(META, "n", [], id="null is nothing"),
    pytest.param(META, "keys.a", ["b"], id="a text alone"),
    pytest.param(META, "keys.*", ["b"], id="every field of an object"),
    pytest.param(ROWS, "prefixes[].v4", ["192.0.2.0/24"], id="rows that have the field"),
    pytest.param(ROWS, "prefixes.v4|v6", ["192.0.2.0/24", "::1"], id="rows without brackets"),
    pytest.param(ROWS, "prefixes[for=a].v4", ["192.0.2.0/24"], id="rows of which an array holds the value"),
    pytest.param(ROWS, "prefixes[n=5].v4", ["192.0.2.0/24"], id="rows with a number"),
    pytest.param(NESTED, "x[][]", ["192.0.2.1", "192.0.2.2", "::1"], id="arrays in arrays, if the path says so"),
    pytest.param(OKTA, "*.ip_ranges", ["192.0.2.0/24", "::1"], id="a field of every field"),
    pytest.param([{"ip": "::1"}, {"ip": "::2"}], "[].ip", ["::1", "::2"], id="rows of the document"),
    pytest.param([{"ip": "::1"}, {"ip": "::2"}], "ip", ["::1", "::2"], id="rows of the document without brackets"),
    pytest.param({"rows": []}, "rows[].ip", [], id="no rows at all"),
]


@pytest.mark.parametrize(("document", "path", "texts"), FOUND)
def test_what_a_path_leads_to(document: object, path: str, texts: list[str]) -> None:
    assert list(find_texts(document, parse_path(path))) == texts


LOST: list[Any] = [
    pytest.param(META, "hook", "has no field hook; it has hooks, web, keys, none, n", id="a name that is misspelt"),
    pytest.param(META, "hooks|wep", "has no field wep; it has hooks, web, keys, none, n", id="one of two names"),
    pytest.param(META, "hooks[].ip", "has '192.0.2.0/24' at hooks[0], which has no fields", id="a field of a text"),
    pytest.param(META, "keys", "has {'a': 'b'} at keys, which is not text; name one of its fields: a", id="an object"),
    pytest.param(META, "keys[]", "has {'a': 'b'} at keys, which is not an array", id="the rows of an object"),
    pytest.param(META, "[]", f"has {META!a:.60} at its top, which is not an array", id="the rows of the document"),
    pytest.param(
        ROWS, "prefixes[].v5", "has no field v5 at prefixes[0]; it has v4, for, n", id="a name that no row has"
    ),
    pytest.param(ROWS, "prefixes[].n", "has 5 at prefixes[0].n, which is not text", id="a number"),
    pytest.param(
        ROWS, "prefixes[for=c].v4", "has no row with for=c at prefixes; there is a, b", id="a value that no row has"
    ),
    pytest.param(ROWS, "prefixes[x=c]", "has no row with x=c at prefixes; there is none", id="a key that no row has"),
    pytest.param([["::1"]], "[x=c]", "has no row with x=c; there is none", id="rows without fields"),
    pytest.param(["::1"], "ip", "has '::1' at [0], which has no fields", id="a field of an array of texts"),
    pytest.param(NESTED, "x", "has [['192.0.2.1'], ['192.0.2.2']] at x[0], which is not text", id="arrays in an array"),
    pytest.param(
        {str(number): "" for number in range(12)},
        "ip",
        "has no field ip; it has 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...",
        id="many fields",
    ),
    pytest.param({"a\n": 1}, "ip", r"has no field ip; it has a\n", id="a name that would end the line"),
]


@pytest.mark.parametrize(("document", "path", "problem"), LOST)
def test_what_a_path_does_not_lead_to_texts_for(document: object, path: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^has ") as raised:
        list(find_texts(document, parse_path(path)))
    assert str(raised.value) == problem


GITHUB = b"""{"verifiable_password_authentication": false, "ssh_keys": ["ssh-ed25519 AAAA"],
 "hooks": ["192.0.2.0/24", "2001:db8::/32"],
 "web": ["198.51.100.0/24"], "domains": {"website": ["*.github.com"]}}"""
ADVICE = "write one entry a line or an array of texts, or name the field that is meant"


def test_the_part_of_a_document_is_read_with_its_lines() -> None:
    assert read_list(GITHUB, "x", field="hooks") == [(2, "192.0.2.0/24"), (2, "2001:db8::/32")]


def test_a_filter_alone_is_for_the_rows_of_a_known_shape() -> None:
    google = b'{"prefixes": [{"ipv4Prefix": "192.0.2.0/24", "scope": "a"}, {"ipv6Prefix": "::1", "scope": "b"}]}'
    assert read_list(google, "x", field="[scope=b]") == [(1, "::1")]
    aws = (
        b'{"prefixes": [{"ip_prefix": "192.0.2.0/24", "service": "S3"}],'
        b' "ipv6_prefixes": [{"ipv6_prefix": "::1", "service": "EC2"}]}'
    )
    assert read_list(aws, "x", field="[service=S3]") == read_list(aws, "x", service="S3") == [(1, "192.0.2.0/24")]
    assert read_list(b'{"cidr":"::1","rir":"a"}\n{"cidr":"::2","rir":"b"}', "x", field="[rir=b]") == [(2, "::2")]


@pytest.mark.parametrize(
    ("data", "field", "problem"),
    [
        pytest.param(GITHUB, "hook", "has no field hook; it has verifiable_password", id="a name that is misspelt"),
        pytest.param(b"::1\n", "hooks", "is lines of text, but field='hooks' is set; leave that out", id="lines"),
        pytest.param(
            b'["::1"]', "[a=b]", "is a JSON array of texts, which has no rows to choose from; ", id="an array of texts"
        ),
        pytest.param(
            b'{"addresses": [], "ipv6_addresses": []}',
            "[a=b]",
            "is Fastly's JSON, which has no rows to choose from; ",
            id="a shape without rows",
        ),
        pytest.param(
            b'{"prefixes": [{"ipv4Prefix": "192.0.2.0/24", "scope": "a"}]}',
            "[scope=b]",
            f"has no row with scope=b at prefixes; there is a; {ADVICE}",
            id="a value that no row has",
        ),
        pytest.param(
            GITHUB, "[a=b]", "is JSON in no known shape, with addresses in hooks[], web[]; ", id="no known shape"
        ),
    ],
)
def test_a_part_that_is_not_there(data: bytes, field: str, problem: str) -> None:
    with pytest.raises(SourceError) as raised:
        list(iterate_list(data, "meta.json", field=field))
    assert raised.value.problem.startswith(problem)


RULES: list[Any] = [
    {"name": "office", "ranges": ["192.0.2.0/24"], "allowed": [{"ports": ["443"]}], "disabled": False, "denied": []},
    {"name": "shop", "ranges": ["198.51.100.0/24"], "action": "ALLOW", "enabled": "1", "policy": None},
]
REFUSING: list[Any] = [
    pytest.param("access", "Deny", id="Azure's rule of a security group"),
    pytest.param("denied", [{"IPProtocol": "all"}], id="Google's rule of a firewall"),
    pytest.param("disabled", True, id="a rule that is disabled"),
    pytest.param("enabled", "0", id="OPNsense's alias that is not enabled"),
    pytest.param("Action", "block", id="Cloudflare's rule of access"),
    pytest.param("allowed", False, id="a rule that is not allowed"),
]


@pytest.mark.parametrize(("name", "value"), REFUSING)
@pytest.mark.parametrize(
    ("document", "path"),
    [
        pytest.param(lambda rows: rows, "[].ranges", id="rows"),
        pytest.param(lambda rows: rows, "[].ranges[]", id="rows of rows"),
        pytest.param(lambda rows: {"rules": rows}, "rules.ranges", id="rows whose brackets are left out"),
        pytest.param(lambda rows: {"rules": dict(enumerate(rows))}, "rules.*.ranges", id="fields of any name"),
    ],
)
def test_a_row_that_lets_no_one_in_is_refused(document: Any, path: str, name: str, value: object) -> None:
    wrong = {"name": "bad", "ranges": ["203.0.113.0/24"], name: value}
    assert list(find_texts(document(RULES), parse_path(path))) == ["192.0.2.0/24", "198.51.100.0/24"]
    with pytest.raises(PathError, match=f"has a row that lets no one in, with {name}="):
        list(find_texts(document([*RULES, wrong]), parse_path(path)))


def test_rows_that_let_no_one_in_are_taken_where_they_are_meant() -> None:
    rows = [{"action": "deny", "ip": "192.0.2.7", "deny": ["192.0.2.8"]}, {"action": "allow", "ip": "192.0.2.9"}]
    assert list(find_texts(rows, parse_path("[action=allow].ip"))) == ["192.0.2.9"]
    assert list(find_texts(rows[:1], parse_path("[action=deny].deny"))) == ["192.0.2.8"]
    assert list(find_texts({"allow": ["::1"], "deny": ["::2"]}, parse_path("allow"))) == ["::1"]
