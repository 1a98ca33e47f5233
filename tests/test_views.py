"""The views of a path that an environ holds: each one counts, and the guard, the policy and the quick test agree."""

from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmlrpc_guard import Decision, Policy, Reason, Request, XMLRPCGuard
from xmlrpc_guard.records import DECISION_KEY
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.testing import SPELLINGS, STRANGER
from xmlrpc_guard.views import any_view_reaches, decoded_path, path_as_sent, raw_target, views_of

POLICY = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5", "unix"])


def answer(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return []


def decisions(policy: Policy, environ: WSGIEnvironment) -> list[Decision]:
    """Give what is decided by a guard that answers, by a guard without answering, and by the policy alone."""
    guard, served = XMLRPCGuard(answer, policy), dict(environ)
    guard(served, lambda _status, _headers, _exc_info=None, /: bytes)
    answered = served.get(DECISION_KEY, Decision(Reason.NOT_GUARDED))
    return [answered, guard.decide(environ), policy.decide(Request.from_environ(environ))]


# Where the views of the path disagree, any one of them is enough.
VIEWS = [
    pytest.param({"PATH_INFO": "/xmlrpc.php"}, True, id="the path alone, without SCRIPT_NAME"),
    pytest.param({"PATH_INFO": "/xmlrpc%2ephp"}, True, id="an escaped path without a dot, and no raw target"),
    pytest.param({"SCRIPT_NAME": "/xmlrpc.php"}, True, id="the mount point alone, without PATH_INFO"),
    pytest.param({"SCRIPT_NAME": "/xml", "PATH_INFO": "rpc.php"}, True, id="a name cut in two by SCRIPT_NAME"),
    pytest.param({"SCRIPT_NAME": "/blog", "PATH_INFO": "/xmlrpc.php"}, True, id="mounted in a directory"),
    pytest.param({"SCRIPT_NAME": "/blog", "PATH_INFO": "xmlrpc.php"}, True, id="a path without its leading slash"),
    pytest.param({"PATH_INFO": "/", "RAW_URI": "/xmlrpc.php"}, True, id="RAW_URI alone names the script"),
    pytest.param({"PATH_INFO": "/", "REQUEST_URI": "/%78mlrpc.php?x"}, True, id="REQUEST_URI alone names the script"),
    pytest.param(
        {"PATH_INFO": "/", "RAW_URI": "/", "REQUEST_URI": "/xmlrpc.php"}, True, id="RAW_URI does not hide REQUEST_URI"
    ),
    pytest.param({"PATH_INFO": "/a?/xmlrpc.php"}, True, id="a decoded question mark belongs to the path"),
    pytest.param({"PATH_INFO": "/a", "RAW_URI": "/a?/xmlrpc.php"}, False, id="a raw target ends at its question mark"),
    pytest.param({"PATH_INFO": "/", "RAW_URI": "x:/?/xmlrpc.php"}, True, id="a raw target with a scheme is not cut"),
    pytest.param(
        {"PATH_INFO": "x:/", "QUERY_STRING": "/xmlrpc.php"},
        True,
        id="a path with a scheme has its query",
    ),
    pytest.param(
        {"PATH_INFO": "x:/", "QUERY_STRING": "/a"},
        False,
        id="a path with a scheme and a harmless query",
    ),
    pytest.param({"PATH_INFO": "x:/"}, False, id="a path with a scheme and no query"),
    pytest.param({"PATH_INFO": "/x:/", "QUERY_STRING": "/xmlrpc.php"}, False, id="a slash, then a colon: not a scheme"),
    pytest.param(
        {"SCRIPT_NAME": "/a", "PATH_INFO": "x:/", "QUERY_STRING": "/xmlrpc.php"},
        True,
        id="a PATH_INFO that begins with a scheme, below a mount point",
    ),
    pytest.param(
        {"SCRIPT_NAME": "/a", "PATH_INFO": "", "QUERY_STRING": "s=/xmlrpc.php"},
        False,
        id="no scheme in an empty path",
    ),
    pytest.param(
        {"PATH_INFO": "/a", "RAW_URI": "/b", "REQUEST_URI": "/c?d"}, False, id="views that differ, none of them guarded"
    ),
    pytest.param({"SCRIPT_NAME": "/blog", "PATH_INFO": "page"}, False, id="an ordinary path without its leading slash"),
    pytest.param({"SCRIPT_NAME": "/site/xmlrpc", "PATH_INFO": ".phpx"}, True, id="the split may fall in the extension"),
    pytest.param({}, False, id="neither SCRIPT_NAME nor PATH_INFO"),
    pytest.param(
        {"PATH_INFO": "", "RAW_URI": "", "REQUEST_URI": "/xmlrpc.php"}, True, id="an empty RAW_URI is not all"
    ),
    pytest.param({"SCRIPT_NAME": "/app", "PATH_INFO": "xmlrpc.php"}, True, id="PATH_INFO alone names the script"),
    pytest.param({"PATH_INFO": "", "RAW_URI": "?/xmlrpc.php"}, True, id="a raw target without its slash is not cut"),
    pytest.param(
        {"PATH_INFO": "x:/", "RAW_URI": "x:/?/xmlrpc.php", "QUERY_STRING": "a"},
        True,
        id="a raw target with a scheme, and another query",
    ),
]


@pytest.mark.parametrize(("environ", "guarded"), VIEWS)
def test_every_view_of_the_path_counts(environ: WSGIEnvironment, guarded: bool) -> None:
    decided = Decision(Reason.NOT_LISTED, STRANGER) if guarded else Decision(Reason.NOT_GUARDED)
    assert decisions(POLICY, {**environ, "REMOTE_ADDR": STRANGER}) == [decided] * 3


# One decider

PIECES = st.sampled_from(
    [
        *("", "/", "?", ":", "%", "\\", "\t", "x:", "x:/", "//", "/a", "/app", "xml", "rpc.php", "xmlrpc", ".php"),
        *(
            "/%78mlrpc%2ephp",
            "%2ephp",
            "/xmlrpc.php",
            "xmlrpc.php",
            "%78mlrpc.php",
            "%2578mlrpc.php",
            "/xmlrpc",
            "?/xmlrpc.php",
            "\xe9",
            "%25",
        ),
    ]
)
PATHS = st.lists(PIECES, max_size=4).map("".join) | st.sampled_from([row.target for row in SPELLINGS]) | st.text()
PATH_KEYS = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_URI")
ADDRESSES = st.sampled_from(["192.0.64.5", "10.0.0.5", "203.0.113.9", "", "localhost", "evil", "192.0.64.5, 10.0.0.5"])
HEADER_KEYS = (
    *("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"),
    *("HTTP_X-FORWARDED-FOR", "HTTP_x_forwarded_for", "HTTP_X-Real-IP", "HTTP_Forwarded"),  # which no guard reads
)
SETTINGS = [
    {"scripts": names, "forwarded_header": header}
    for names in (["xmlrpc.php"], ["xmlrpc"], ["xmlrpc.php", "xmlrpc"], ["door", "xmlrpc.php"])
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP")
]


@st.composite
def environs(draw: st.DrawFn) -> WSGIEnvironment:
    """Draw an environ: each key may be absent, empty, the same as others, or at odds with them."""
    environ = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(PATH_KEYS, PATHS)))
    if draw(st.booleans()):  # as a server does that keeps the raw target
        whole = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        raw = whole + draw(st.sampled_from(["", "?", "?a", "?/xmlrpc.php"]))
        environ |= dict.fromkeys(draw(st.sets(st.sampled_from(["RAW_URI", "REQUEST_URI"]))), raw)
    return environ | draw(st.fixed_dictionaries({}, optional=dict.fromkeys(HEADER_KEYS, ADDRESSES)))


@given(environs(), st.sampled_from(SETTINGS))
@example({"PATH_INFO": "", "RAW_URI": "", "REQUEST_URI": "/xmlrpc.php"}, SETTINGS[0])
@example({"SCRIPT_NAME": "/app", "PATH_INFO": "xmlrpc.php"}, SETTINGS[0])
@example({"PATH_INFO": "x:/", "QUERY_STRING": "/xmlrpc.php"}, SETTINGS[0])
def test_there_is_one_decider(environ: WSGIEnvironment, more: dict[str, object]) -> None:
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5", "unix"], **more)  # type: ignore[arg-type]
    first, *others = decisions(policy, environ)
    assert others == [first] * 2


@given(environs(), st.sampled_from([row["scripts"] for row in SETTINGS]))
def test_the_quick_test_is_the_rule(environ: WSGIEnvironment, names: list[str]) -> None:
    scripts = Scripts(names)
    assert any_view_reaches(scripts, environ) == any(map(scripts.reached_by, views_of(environ)))


# What is shown of them


@pytest.mark.parametrize(
    ("environ", "raw", "decoded", "shown"),
    [
        pytest.param({"PATH_INFO": "/a b"}, None, "/a b", "/a b", id="a server without raw targets"),
        pytest.param({"PATH_INFO": "/a", "RAW_URI": "/%61?b"}, "/%61?b", "/a", "/%61", id="gunicorn's raw target"),
        pytest.param({"PATH_INFO": "/a", "REQUEST_URI": "/%61"}, "/%61", "/a", "/%61", id="uWSGI's raw target"),
        pytest.param({"RAW_URI": "", "REQUEST_URI": "/a"}, "", "", "", id="an empty raw target is one"),
        pytest.param(
            {"SCRIPT_NAME": "/a", "PATH_INFO": "b"}, None, "/ab", "/ab", id="SCRIPT_NAME and PATH_INFO joined"
        ),
        pytest.param({"RAW_URI": "x:/?/a"}, "x:/?/a", "", "x:/?/a", id="a target with a scheme may have no query"),
    ],
)
def test_what_is_shown_of_a_path(environ: WSGIEnvironment, raw: str | None, decoded: str, shown: str) -> None:
    assert (raw_target(environ), decoded_path(environ), path_as_sent(environ)) == (raw, decoded, shown)
