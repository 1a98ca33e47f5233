"""The views of a path that an environ holds: each one counts, and the guard, the policy and the gate agree."""

from contextlib import suppress
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.test_target import reaches_slowly
from xmlrpc_guard import Decision, Policy, Reason, Request, XMLRPCGuard
from xmlrpc_guard.records import DECISION_KEY
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.testing import (
    EXTENSIONLESS,
    ORDINARY,
    SERVERS,
    SPELLINGS,
    STRANGER,
    Spelling,
    TargetRefused,
    environ_as,
    every_spelling,
)
from xmlrpc_guard.views import Gate, any_view_reaches, decoded_path, path_as_sent, queries_of, raw_target, views_of

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


def views_as_the_page_has_them(environ: WSGIEnvironment) -> list[str]:
    """Read docs/reference/rules.md, as one does who writes a filter by it."""
    views = [environ["SCRIPT_NAME"] + environ["PATH_INFO"]]
    if not environ["PATH_INFO"].startswith("/"):
        views.append(environ["PATH_INFO"])
    views += [f"{view}?{environ['QUERY_STRING']}" for view in views if ":" in view and not view.startswith("/")]
    for key in ("RAW_URI", "REQUEST_URI"):
        target = environ.get(key, "")
        views.append(target.partition("?")[0] if target.startswith("/") else target)
    return views


@pytest.mark.parametrize("server", SERVERS)
def test_a_filter_that_is_written_by_the_page_refuses_what_the_guard_does(server: str) -> None:
    differing = []
    for row in (*SPELLINGS, *EXTENSIONLESS, *[*every_spelling()][::12], *map(Spelling, ORDINARY, ORDINARY)):
        with suppress(TargetRefused):
            environ = environ_as(server, row, peer="127.0.0.1")
            refused = any(reaches_slowly(["xmlrpc.php"], view) for view in views_as_the_page_has_them(environ))
            if refused is not any_view_reaches(Scripts(["xmlrpc.php"]), environ):
                differing.append(row)
    assert differing == []


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


@pytest.mark.parametrize(
    ("environ", "views"),
    [
        pytest.param({"PATH_INFO": "/a"}, ["/a"], id="the path alone is one view"),
        pytest.param({"SCRIPT_NAME": "/a"}, ["/a", ""], id="the path that is left out is empty"),
        pytest.param({"PATH_INFO": "x:/"}, ["x:/", "x:/?"], id="the query that is left out is empty"),
        pytest.param({"SCRIPT_NAME": "/a", "PATH_INFO": "/b"}, ["/a/b"], id="below a mount point"),
    ],
)
def test_each_view_is_looked_at_once(environ: WSGIEnvironment, views: list[str]) -> None:
    assert views_of(environ) == views


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


# The gate


class Noted(Gate):
    """A gate that notes whether it passes a request; None where it leaves that to the rule."""

    def __init__(self, names: list[str] | None) -> None:
        self.passed: bool | None = None
        self.scripts = Scripts(names or ["any"])
        self._guard_only(self.scripts if names else None)

    def _app(self, _environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
        self.passed = True
        return []

    def _answer(self, _environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
        self.passed = None
        return []

    def _answer_guarded(self, _environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
        self.passed = False
        return []

    def passes(self, environ: WSGIEnvironment) -> bool | None:
        assert self(environ, lambda _status, _headers, _exc_info=None, /: bytes) == []  # whoever answers
        return self.passed


NAMES = [
    *(row["scripts"] for row in SETTINGS),
    *(["a=bc"], ["a1", "b1"], ["xrh-1.cgi"], ["x=78.php"], ["my script.php"], ["a.b", "c.d"]),
]


def escape_some(draw: st.DrawFn, text: str) -> str:
    """Write some characters as escapes, and put what decoders differ on between others."""
    if not text or draw(st.booleans()):
        return quote(text, safe="/?=", encoding="latin-1", errors="replace")
    written = st.sampled_from(
        ["{0}"] * 9 + ["%{1:02x}"] * 3 + ["={1:02X}", "%{0}", "%\n{0}", "%\r{0}", "%\v{0}", "{0}%"]
    )
    return "".join(draw(written).format(character, ord(character)) for character in text)


@st.composite
def spelt(draw: st.DrawFn) -> WSGIEnvironment:
    """Draw an environ whose raw targets spell its path, more or less."""
    environ = draw(environs())
    whole = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = draw(st.sampled_from(["", "?", "?" + environ.get("QUERY_STRING", "")]))
    raw = escape_some(draw, whole) + query
    return environ | dict.fromkeys(draw(st.sets(st.sampled_from(["RAW_URI", "REQUEST_URI"]), min_size=1)), raw)


@given(environs() | spelt(), st.sampled_from(NAMES))
@example(
    {"SCRIPT_NAME": "", "PATH_INFO": "/=\v78mlrpc.php", "RAW_URI": "/%\v78mlrpc.php", "QUERY_STRING": ""}, NAMES[0]
)
@example({"SCRIPT_NAME": "", "PATH_INFO": "/78mlrpc.php", "RAW_URI": "/%\n78mlrpc.php", "QUERY_STRING": ""}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a", "RAW_URI": "/a%\r/xmlrpc.php", "QUERY_STRING": ""}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a\xbc", "RAW_URI": "/a=bc", "QUERY_STRING": ""}, ["a=bc"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "a", "RAW_URI": "a?/xmlrpc.php", "QUERY_STRING": "/xmlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/", "RAW_URI": "/xmlrpc%2ephp", "QUERY_STRING": ""}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/", "RAW_URI": "/%78mlrpc.php?a", "QUERY_STRING": "a"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "a/", "RAW_URI": "a/?/xmlrpc.php", "QUERY_STRING": "/xmlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/xmlrpc", "RAW_URI": "/xmlrpc.php", "QUERY_STRING": ".php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a.b", "RAW_URI": "/\xe9.b", "QUERY_STRING": ""}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/0.0.bak", "RAW_URI": "/0.0.bak", "QUERY_STRING": ""}, ["0.0"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a.h.bak", "RAW_URI": "/a.h.bak", "QUERY_STRING": ""}, ["a.h"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/r.h.bak", "RAW_URI": "/r.h.bak", "QUERY_STRING": ""}, ["r.h"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/xmlrpc.php.bak"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/XmlRpc.Php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/xMLRPC.PHP"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/%78mlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a", "RAW_URI": "/a", "REQUEST_URI": "/xmlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/x.hr/a.b"}, ["x.hr"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a.b", "RAW_URI": ""}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "a.b", "RAW_URI": "a.b?/xmlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a1"}, ["a1", "b1"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/blog/vh.a"}, ["vh.a"])
@example({"SCRIPT_NAME": "", "PATH_INFO": "a/.b", "RAW_URI": "a/.b?/xmlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "a.b", "RAW_URI": "a.b?/xmlrpc.php/"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a.b", "REQUEST_URI": "/a.b?c", "RAW_URI": "/xmlrpc.php"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a.b", "REQUEST_URI": "/a.b/xmlrpc.php?c"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/a", "REQUEST_URI": "/%78mlrpc%2ephp"}, NAMES[0])
@example({"SCRIPT_NAME": "", "PATH_INFO": "/\u30af", "RAW_URI": "/%78mlrpc.php"}, NAMES[0])
def test_what_the_gate_is_sure_of_is_what_the_rule_finds(environ: WSGIEnvironment, names: list[str]) -> None:
    gate = Noted(names)
    assert gate.passes(environ) in (None, not any_view_reaches(gate.scripts, environ))


def test_a_query_is_cut_at_the_first_question_mark() -> None:
    assert list(queries_of({"RAW_URI": "/a?b?c", "REQUEST_URI": "/a"})) == ["b?c", ""]


@given(environs())
def test_a_gate_that_knows_no_scripts_is_sure_of_nothing(environ: WSGIEnvironment) -> None:
    assert Noted(None).passes(environ) is None


def served(path: str, query: str = "", script: str = "", **raw: str) -> WSGIEnvironment:
    """Give what servers set for a path that was sent as UTF-8."""
    return {
        "SCRIPT_NAME": script,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        **{key: f"{script}{quote(path)}{'?' if query else ''}{query}" for key in raw.get("keys", "RAW_URI").split()},
    }


@pytest.mark.parametrize("keys", ["", "RAW_URI", "REQUEST_URI", "RAW_URI REQUEST_URI"], ids=lambda keys: keys or "none")
@pytest.mark.parametrize("script", ["", "/blog"], ids=["at the root", "in a directory"])
@pytest.mark.parametrize(
    ("path", "query"),
    [
        pytest.param("/2015/12/how-to/", "", id="a permalink"),
        pytest.param("/2015/12/how-to/", "replytocom=5", id="a query"),
        pytest.param("/2015/12/how-to/", "u=https%3A%2F%2Fexample.org%2Fxmlrpc.php", id="a query with another URL"),
        pytest.param("/wp-content/themes/example/style.min.css", "ver=6.1", id="a style sheet with its version"),
        pytest.param("/wp-content/uploads/winter-1024x683.jpg", "", id="a picture, in one of its sizes"),
        pytest.param("/2015/12/ワードプレスの設定/", "", id="a permalink that is not ASCII"),
        pytest.param("/wp-content/uploads/Фото 1.jpg", "w=300", id="an upload with escapes in its name, and a query"),
        pytest.param("/wp-content/uploads/Фото 1.jpg", "", id="an upload whose name has a blank and is not ASCII"),
    ],
)
def test_ordinary_requests_pass_the_gate(path: str, query: str, script: str, keys: str) -> None:
    assert Noted(["xmlrpc.php"]).passes(served(path, query, script, keys=keys))


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"PATH_INFO": "/index.html"}, id="one rare letter, and an h after the dot"),
        pytest.param({"PATH_INFO": "/archive.html"}, id="the other rare letters alone, and an h after the dot"),
        pytest.param({"PATH_INFO": "/about.html"}, id="none of them, and an h after the dot"),
        pytest.param({"PATH_INFO": "/how-to-xml-rpc.jpg"}, id="all of them, and an h before the dot alone"),
        pytest.param({"PATH_INFO": "/a.css", "RAW_URI": "/a.css?"}, id="a question mark and no query"),
        pytest.param(
            {"PATH_INFO": "/a.css", "RAW_URI": "/a.css?b", "REQUEST_URI": "/a.css"}, id="one raw target lacks the query"
        ),
    ],
)
def test_pages_that_share_letters_with_the_script_pass_the_gate(environ: WSGIEnvironment) -> None:
    assert Noted(["xmlrpc.php"]).passes({"SCRIPT_NAME": "", **environ})


def test_the_plain_script_is_stopped_at_the_gate() -> None:
    assert Noted(["xmlrpc.php"]).passes(served("/xmlrpc.php", "for=jetpack")) is False


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
