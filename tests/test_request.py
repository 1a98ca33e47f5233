"""A request as plain text: its views, its headers, and what an environ makes of it."""

from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import WSGIEnvironment

import pytest

from xmlrpc_guard import Decision, Policy, Reason, Request
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.testing.unix import CONNECTION


@pytest.mark.parametrize(
    ("request_", "views"),
    [
        pytest.param(Request(), (), id="none"),
        pytest.param(Request(""), ("",), id="an empty target is a view"),
        pytest.param(Request("/a?b?c"), ("/a",), id="a target is cut at its first question mark"),
        pytest.param(Request(paths=("/a?b",)), ("/a?b",), id="a decoded path is not cut"),
        pytest.param(Request("/a?b", paths=("/c", "/d")), ("/a", "/c", "/d"), id="the target comes first"),
    ],
)
def test_the_views_of_a_request(request_: Request, views: tuple[str, ...]) -> None:
    assert request_.views == views


def test_one_string_is_one_path() -> None:
    assert Policy(allow=[]).decide(Request(paths="/xmlrpc.php", peer="8.8.8.8")).reason is Reason.NOT_LISTED


def test_an_environ_may_prove_a_unix_socket() -> None:
    assert Request.from_environ({"PATH_INFO": "/", "gunicorn.socket": CONNECTION}).unix
    assert not Request.from_environ({"PATH_INFO": "/"}).unix


# Its headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(None, (), id="no header"),
        pytest.param("192.0.2.7", (("x-forwarded-for", "192.0.2.7"),), id="one text is X-Forwarded-For's"),
        pytest.param("", (("x-forwarded-for", ""),), id="an empty text is an empty header, not an absent one"),
        pytest.param({"X-Real-IP": "192.0.2.7"}, (("x-real-ip", "192.0.2.7"),), id="a name has no case"),
        pytest.param(
            [("X-Real-IP", "a"), ("Forwarded", "b")], (("forwarded", "b"), ("x-real-ip", "a")), id="pairs, sorted"
        ),
        pytest.param(
            [("X-Forwarded-For", "a"), ("x-forwarded-for", "b")],
            (("x-forwarded-for", "a, b"),),
            id="the lines of one header are one list, in order",
        ),
        pytest.param({"X-Real-IP": None, "Forwarded": "a"}, (("forwarded", "a"),), id="None is an absent header"),
        pytest.param({"X_Real_IP": "a"}, (("x_real_ip", "a"),), id="an underscore makes another name"),
    ],
)
def test_headers_are_kept_by_name(given: str | Mapping[str, str] | Iterable[Any] | None, kept: object) -> None:
    assert Request("/", forwarded=given).forwarded == kept


@pytest.mark.parametrize(
    ("forwarded", "header", "value"),
    [
        pytest.param("192.0.2.7", "X-Forwarded-For", "192.0.2.7", id="one text under the usual policy"),
        pytest.param("192.0.2.7", "X-Real-IP", None, id="X-Forwarded-For is not X-Real-IP"),
        pytest.param({"X-Real-IP": "192.0.2.7"}, "X-Forwarded-For", None, id="X-Real-IP is not X-Forwarded-For"),
        pytest.param({"x-real-ip": "192.0.2.7"}, "X-Real-IP", "192.0.2.7", id="the header that the policy reads"),
        pytest.param({"X_Forwarded_For": "192.0.2.7"}, "X-Forwarded-For", None, id="a name with underscores"),
    ],
)
def test_a_policy_reads_its_own_header(forwarded: str | dict[str, str], header: str, value: str | None) -> None:
    request = Request("/xmlrpc.php", "10.0.0.5", forwarded)
    assert request.header(ForwardedHeader(header)) == value
    policy = Policy(allow=["192.0.2.7"], trusted_proxies=["10.0.0.5"], forwarded_header=header)
    assert policy.decide(request).allowed == (value is not None)


def test_a_forged_header_does_not_stand_in_for_the_one_that_the_policy_reads() -> None:
    environ = {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "10.0.0.5"}
    forged = environ | {"HTTP_X_FORWARDED_FOR": "192.0.64.5", "HTTP_X_REAL_IP": "203.0.113.9"}
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5"], forwarded_header="X-Real-IP")
    assert policy.decide(Request.from_environ(forged)) == Decision(Reason.NOT_LISTED, "203.0.113.9")


def test_one_text_is_one_query() -> None:
    assert Request("/", queries="a=b").queries == ("a=b",)


def test_an_empty_query_without_a_raw_target_is_no_further_view() -> None:
    assert Request.from_environ({"PATH_INFO": "/", "QUERY_STRING": ""}).queries == ()
    assert Request.from_environ({"RAW_URI": "/?a?b", "QUERY_STRING": "a?b"}).queries == ()


# Made from an environ


@pytest.mark.parametrize(
    ("environ", "made"),
    [
        pytest.param({}, Request(paths=("",)), id="an environ that holds nothing has an empty path"),
        pytest.param(
            {"PATH_INFO": "/a", "REQUEST_URI": "/%61?b", "REMOTE_ADDR": "::1"},
            Request("/%61?b", "::1", paths=("/a", "/%61")),
            id="the raw target, the peer and every view",
        ),
        pytest.param(
            {"SCRIPT_NAME": "/blog", "PATH_INFO": "/a"}, Request(paths=("/blog/a",)), id="the joined path is one view"
        ),
        pytest.param(
            {"SCRIPT_NAME": "/blog", "PATH_INFO": "a"},
            Request(paths=("/bloga", "a")),
            id="a PATH_INFO without its slash is a view of its own",
        ),
        pytest.param(
            {
                "PATH_INFO": "/",
                "HTTP_X_FORWARDED_FOR": "a",
                "HTTP_FORWARDED": "b",
                "HTTP_CF_CONNECTING_IP": "c",
                "HTTP_X_ENVOY_EXTERNAL_ADDRESS": "d",
                "HTTP_COOKIE": "e",
                "HTTP_AUTHORIZATION": "f",
            },
            Request(
                forwarded={
                    "X-Forwarded-For": "a",
                    "Forwarded": "b",
                    "CF-Connecting-IP": "c",
                    "x-envoy-external-address": "d",
                },
                paths="/",
            ),
            id="every header that a policy may read, and no secret",
        ),
        pytest.param(
            {"HTTP_X_REAL_IP": "a", "HTTP_X-REAL-IP": "b", "HTTP_x_real_ip": "c", "HTTP_X-Real-IP": "d", 5: "e"},
            Request(forwarded={"X-Real-IP": "a"}, paths=("",)),
            id="a header under its own key, and under no other spelling of it",
        ),
    ],
)
def test_what_an_environ_makes(environ: WSGIEnvironment, made: Request) -> None:
    assert Request.from_environ(environ) == made


# That it is a value


REQUEST = Request("/x?y", "10.0.0.5", {"Forwarded": "for=::1", "X-Real-IP": "::1"}, ("/x",))
