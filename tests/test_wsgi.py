"""The middleware class, without a server: what is called, what is answered, what is logged."""

import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, NoReturn
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.validate import validator

import pytest
import webob
import webob.exc
import werkzeug

from xmlrpc_guard import ConfigurationError, Decision, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.records import DECISION_KEY, REPORTED_KEY
from xmlrpc_guard.sampled import Sampled
from xmlrpc_guard.sampling import Summary
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.testing import STRANGER
from xmlrpc_guard.testing.unix import CONNECTION

LISTED = "192.0.64.5"
TRACEBACK = TracebackType(None, sys._getframe(), 0, 1)  # noqa: SLF001 - one is needed, of any frame
POLICY = Policy(allow=["192.0.64.0/18"])
BODY = b"<methodCall/>"


def site(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """The guarded application: it reads the body and answers with its length."""
    size = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    answer = b"" if environ["REQUEST_METHOD"] == "HEAD" else b"read %d" % size
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]


def request(path: str = "/xmlrpc.php", client: str = STRANGER, **more: Any) -> webob.Request:
    made = webob.Request.blank("/", **more)
    made.environ.update(SCRIPT_NAME="", PATH_INFO=path, REMOTE_ADDR=client)
    return made


def answer(app: WSGIApplication, made: webob.Request) -> webob.Response:
    """Ask in the way PEP 3333 prescribes, with both sides checked."""
    response = made.send(validator(app))
    assert response.body is not None  # read to its end, and closed
    return response


class Unreadable:
    """A request body that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body of a refused request was read")

    readline = readlines = __iter__ = read


ROUNDS = [
    pytest.param("/xmlrpc.php", STRANGER, "GET", 403, b"Forbidden\n", id="a stranger is refused"),
    pytest.param("/xmlrpc.php", STRANGER, "POST", 403, b"Forbidden\n", id="a stranger's POST is refused"),
    pytest.param("/xmlrpc.php", STRANGER, "HEAD", 403, b"", id="a stranger's HEAD is refused without a body"),
    pytest.param("/xmlrpc.php", LISTED, "GET", 200, b"read 0", id="a listed client passes"),
    pytest.param("/xmlrpc.php", LISTED, "POST", 200, b"read 13", id="a listed client's body reaches the application"),
    pytest.param("/xmlrpc.php", LISTED, "HEAD", 200, b"", id="a listed client's HEAD passes"),
    pytest.param("/2015/12/post/", STRANGER, "GET", 200, b"read 0", id="an ordinary page passes"),
    pytest.param("/2015/12/post/", STRANGER, "POST", 200, b"read 13", id="an ordinary POST passes with its body"),
]


@pytest.mark.parametrize(("path", "client", "method", "status", "body"), ROUNDS)
def test_answers_are_as_pep_3333_requires(path: str, client: str, method: str, status: int, body: bytes) -> None:
    more = {"body": BODY} if method == "POST" else {}
    response = answer(XMLRPCGuard(site, POLICY), request(path, client, method=method, **more))
    assert (response.status_int, response.body) == (status, body)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_default_denial_says_little_and_is_not_stored(method: str) -> None:
    response = answer(XMLRPCGuard(site, POLICY), request(method=method))
    assert response.status == "403 Forbidden"
    assert sorted(response.headerlist) == [
        ("Cache-Control", "no-store"),
        ("Content-Length", "10"),
        ("Content-Type", "text/plain; charset=UTF-8"),
    ]


def cached(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """An application that lets every cache keep its answers."""
    lifetimes = [("Surrogate-Control", "max-age=600"), ("X-Accel-Expires", "600"), ("CDN-Cache-Control", "max-age=600")]
    start_response("200 OK", [*ALWAYS, *lifetimes, ("Cache-Control", "public, max-age=600")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"a page"]


ALWAYS = [("Content-Type", "text/plain"), ("ETag", '"1"'), ("Vary", "Cookie")]
PRIVATE = [*ALWAYS, ("Cache-Control", "private, no-store")]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("client", "options"),
    [
        pytest.param(LISTED, {}, id="an allowed client's answer"),
        pytest.param(STRANGER, {"report_only": True}, id="an answer that a guard would have refused"),
        pytest.param(STRANGER, {"denied": cached}, id="an application's own answer to the refused"),
    ],
)
def test_no_cache_may_store_an_answer_at_a_guarded_script(method: str, client: str, options: dict[str, Any]) -> None:
    response = answer(XMLRPCGuard(cached, POLICY, **options), request(client=client, method=method))
    assert [header for header in response.headerlist if header[0] != "Content-Length"] == PRIVATE


def test_an_ordinary_page_keeps_its_lifetimes() -> None:
    headers = answer(XMLRPCGuard(cached, POLICY), request("/2015/12/post/")).headers
    assert (headers["Cache-Control"], headers["X-Accel-Expires"]) == ("public, max-age=600", "600")


def test_the_denial_of_a_head_has_an_item_which_is_empty() -> None:
    """hypercorn answers 500 for an iterable without one."""
    assert list(XMLRPCGuard(site, POLICY)(request(method="HEAD").environ, lambda *_: bytes)) == [b""]


def test_a_server_that_changes_the_denials_headers_changes_them_for_one_request() -> None:
    guard, results = XMLRPCGuard(site, POLICY), []

    def start_response(
        _status: str, headers: list[tuple[str, str]], _exc_info: Any = None
    ) -> Callable[[bytes], object]:
        results.append(list(headers))
        headers.clear()
        return bytes

    for _ in range(2):
        guard(request().environ, start_response)
    assert results[0] == results[1] != []


def test_the_body_of_a_refused_request_is_not_read() -> None:
    made = request(method="POST", body=BODY)
    made.environ["wsgi.input"] = Unreadable()
    assert XMLRPCGuard(site, POLICY)(made.environ, lambda *_: bytes) == (b"Forbidden\n",)
    with pytest.raises(AssertionError):
        made.environ["wsgi.input"].read()


def test_a_generators_close_is_the_servers_to_call() -> None:
    steps: list[str] = []

    def streaming(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        try:
            steps.append("started")
            start_response("200 OK", [("Content-Type", "text/plain")])
            yield b"one"
        finally:
            steps.append("closed")

    iterable = XMLRPCGuard(streaming, POLICY)(request(client=LISTED).environ, lambda *_: bytes)
    assert steps == []
    assert next(iter(iterable)) == b"one"
    iterable.close()  # type: ignore[attr-defined]
    assert steps == ["started", "closed"]


def test_exc_info_reaches_the_server_untouched() -> None:
    calls: list[tuple[Any, ...]] = []

    def failing(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        error = RuntimeError("half-way").with_traceback(TRACEBACK)
        start_response("500 Oops", [("Content-Type", "text/plain")], (RuntimeError, error, TRACEBACK))
        return [b"sorry"]

    def start_response(*arguments: Any) -> Callable[[bytes], object]:
        calls.append(arguments)
        return bytes

    XMLRPCGuard(failing, POLICY)(request(client=LISTED).environ, start_response)
    ((status, _headers, exc_info),) = calls
    assert (status, str(exc_info[1])) == ("500 Oops", "half-way")


def test_the_decision_is_in_the_environ_before_the_application_is_called() -> None:
    results: list[object] = []

    def looking(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        results.append(environ.get(DECISION_KEY))
        start_response("204 No Content", [])
        return []

    guard = XMLRPCGuard(looking, POLICY, denied=looking)
    for made in (request(), request(client=LISTED), request("/")):
        answer(guard, made)
    assert results == [Decision(Reason.NOT_LISTED, STRANGER), Decision(Reason.LISTED, LISTED), None]


def test_the_post_s_error_document_is_a_redirect_that_webob_makes() -> None:
    guard = XMLRPCGuard(site, POLICY, denied=webob.exc.HTTPFound(location="http://127.0.0.1/"))
    response = answer(guard, request())
    assert (response.status_int, response.location) == (302, "http://127.0.0.1/")


def test_report_only_passes_everything_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    made = request()
    assert answer(XMLRPCGuard(site, POLICY, report_only=True), made).status_int == 200
    assert made.environ[REPORTED_KEY] == made.environ[DECISION_KEY] == Decision(Reason.NOT_LISTED, STRANGER)
    assert caplog.messages == [
        "report_only is on: no request is refused",
        "would refuse 198.51.100.7: client is not in the allowlist (allow); peer 198.51.100.7, path /xmlrpc.php",
    ]


def test_one_record_per_refusal_and_none_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, POLICY)
    for made in (request(), request(client=LISTED), request("/")):
        answer(guard, made)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("xmlrpc_guard", logging.WARNING)
    assert record.getMessage() == (
        "refused 198.51.100.7: client is not in the allowlist (allow); peer 198.51.100.7, path /xmlrpc.php"
    )
    assert {name: value for name, value in vars(record).items() if "." in name} == {
        "client.address": STRANGER,
        "client.ip": STRANGER,
        "source.address": STRANGER,
        "source.ip": STRANGER,
        "event.action": "refused",
        "event.outcome": "failure",
        "event.reason": "client is not in the allowlist",
        "rule.name": "NOT_LISTED",
        "rule.ruleset": "allow",
        "url.path": "/xmlrpc.php",
        "xmlrpc_guard.forwarded": "absent",
    }


@pytest.mark.parametrize(
    ("environ", "fields"),
    [
        pytest.param(
            {"PATH_INFO": "/xmlrpc.php\r\n2026-01-01 allowed"},
            {"url.path": r"/xmlrpc.php\r\n2026-01-01 allowed"},
            id="a line feed cannot begin a line of its own",
        ),
        pytest.param(
            {"PATH_INFO": "/xmlrpc.php\x1b[2J\x85\\"},
            {"url.path": r"/xmlrpc.php\x1b[2J\x85\\"},
            id="a terminal's commands, a C1 line end and a backslash are escaped",
        ),
        pytest.param(
            {"PATH_INFO": "/xmlrpc.php" + "\n" * 5000},
            {"url.path": "/xmlrpc.php" + r"\n" * 94 + "\\..."},
            id="the length is capped after escaping",
        ),
        pytest.param(
            {"PATH_INFO": "/xmlrpc.php", "RAW_URI": "/%78mlrpc.php?signature=secret"},
            {"url.path": "/%78mlrpc.php"},
            id="the path is logged as it was sent, without the query, which may hold a signature",
        ),
        pytest.param(
            {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "evil\npeer"},
            {"client.address": "unknown", "source.address": r"'evil\npeer'", "rule.name": "UNKNOWN_PEER"},
            id="a peer that is not an address is shown, escaped",
        ),
        pytest.param(
            {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.9, path /index.php"},
            {"source.address": "'203.0.113.9, path /index.php'"},
            id="a peer that is not an address is quoted and cannot pose as a field",
        ),
    ],
)
def test_a_log_line_cannot_be_forged(
    environ: WSGIEnvironment, fields: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    XMLRPCGuard(site, POLICY)({"REQUEST_METHOD": "GET", "REMOTE_ADDR": STRANGER, **environ}, lambda *_: bytes)
    (record,) = caplog.records
    assert {name: getattr(record, name) for name in fields} == fields
    assert len(record.getMessage().splitlines()) == 1


@pytest.mark.parametrize(
    ("forwarded", "shown"),
    [
        pytest.param(None, "absent", id="an absent header"),
        pytest.param("absent", "'absent'", id="a header that says absent itself"),
        pytest.param(
            "203.0.113.9, evil', path /", r"'203.0.113.9, evil\x27, path /'", id="a quote does not end the quoted text"
        ),
        pytest.param(
            "1" * 500 + ", tail\n",
            "'..." + "1" * 192 + r", tail\n'",
            id="the right end of a long header, which is what is read",
        ),
        pytest.param(
            "\\" * 300 + ", x", "'..." + r"\\" * 98 + ", x'", id="a header that grows by its escapes is shown whole"
        ),
    ],
)
def test_what_could_not_be_read_is_logged(forwarded: str | None, shown: str, caplog: pytest.LogCaptureFixture) -> None:
    made = request(client="10.0.0.5")
    if forwarded is not None:
        made.environ["HTTP_X_FORWARDED_FOR"] = forwarded
    XMLRPCGuard(site, Policy(allow=["jetpack"], trusted_proxies=["10.0.0.5"]))(made.environ, lambda *_: bytes)
    assert caplog.records[0].getMessage() == (
        "refused unknown: forwarded header of a trusted proxy is absent or unreadable (trusted_proxies); "
        f"peer 10.0.0.5, X-Forwarded-For {shown}, path /xmlrpc.php"
    )


PROXIED = Policy(allow=["jetpack"], deny=["192.0.64.9"], trusted_proxies=["10.0.0.0/8", "unix", "unix:tornado"])


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        pytest.param(
            {"REMOTE_ADDR": "127.0.0.1"},
            "refused 127.0.0.1: client is not in the allowlist (allow); peer 127.0.0.1, path /xmlrpc.php",
            id="a peer that is the client: the header was not read",
        ),
        pytest.param(
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": LISTED},
            "refused 127.0.0.1: client is not in the allowlist (allow); peer 127.0.0.1, path /xmlrpc.php",
            id="a header that was not read is not shown",
        ),
        pytest.param(
            {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "127.0.0.1", "gunicorn.socket": CONNECTION},
            "refused 127.0.0.1: client is not in the allowlist (allow); peer unix, X-Forwarded-For '127.0.0.1', "
            "path /xmlrpc.php",
            id="the same machine's client through a proxy on a unix socket",
        ),
        pytest.param(
            {"REMOTE_ADDR": "10.0.0.5:4711", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 10.0.0.7"},
            "refused 127.0.0.1: client is not in the allowlist (allow); peer 10.0.0.5, "
            "X-Forwarded-For '127.0.0.1, 10.0.0.7', path /xmlrpc.php",
            id="the same machine's client through two proxies",
        ),
        pytest.param(
            {"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "192.0.64.9"},
            "refused 192.0.64.9: client is in the denylist (deny); peer 10.0.0.5, X-Forwarded-For '192.0.64.9', "
            "path /xmlrpc.php",
            id="a denied client through a proxy",
        ),
        pytest.param(
            {"REMOTE_ADDR": "0.0.0.0", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            "refused 127.0.0.1: client is not in the allowlist (allow); peer '0.0.0.0', X-Forwarded-For '127.0.0.1', "
            "path /xmlrpc.php",
            id="a unix socket by the text of a server that is named",
        ),
        pytest.param(
            {"REMOTE_ADDR": "unix", "HTTP_X_FORWARDED_FOR": LISTED},
            "refused unknown: peer is not an address (trusted_proxies); peer 'unix', path /xmlrpc.php",
            id="the word in REMOTE_ADDR stands in quotes: it proves nothing",
        ),
        pytest.param(
            {"REMOTE_ADDR": "203.0.113.9:4711"},
            "refused 203.0.113.9: client is not in the allowlist (allow); peer 203.0.113.9, path /xmlrpc.php",
            id="a peer with a port is the client",
        ),
        pytest.param(
            {"REMOTE_ADDR": "::ffff:203.0.113.9"},
            "refused 203.0.113.9: client is not in the allowlist (allow); peer 203.0.113.9, path /xmlrpc.php",
            id="a peer over IPv4 at a socket of both families is the client",
        ),
    ],
)
def test_a_line_says_whether_the_client_is_the_peer_or_a_header_names_it(
    environ: WSGIEnvironment, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    XMLRPCGuard(site, PROXIED)({"REQUEST_METHOD": "GET", "PATH_INFO": "/xmlrpc.php", **environ}, lambda *_: bytes)
    assert caplog.messages == [line]


def test_an_absent_peer_is_logged_as_such(caplog: pytest.LogCaptureFixture) -> None:
    XMLRPCGuard(site, POLICY)({"REQUEST_METHOD": "GET", "PATH_INFO": "/xmlrpc.php"}, lambda *_: bytes)
    assert caplog.records[0].getMessage() == (
        "refused unknown: peer is not an address (trusted_proxies); peer absent, path /xmlrpc.php"
    )


def test_the_loggers_level_is_the_switch(caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, POLICY)
    with caplog.at_level(logging.ERROR, logger="xmlrpc_guard"):
        assert answer(guard, request()).status_int == 403
    assert caplog.records == []
    assert (guard.status().refused, guard.status().written) == (1, 0)


def test_every_decision_on_a_guarded_request_is_counted_by_its_reason() -> None:
    assert set(Reason) - XMLRPCGuard(site, POLICY).status().decisions.keys() == {Reason.NOT_GUARDED, Reason.UNDECIDED}


def test_on_decision_is_called_for_guarded_requests_only() -> None:
    results: list[tuple[Decision, str]] = []
    guard = XMLRPCGuard(
        site, POLICY, on_decision=lambda decision, environ: results.append((decision, environ["PATH_INFO"]))
    )
    for made in (request(), request(client=LISTED), request("/")):
        answer(guard, made)
    assert results == [
        (Decision(Reason.NOT_LISTED, STRANGER), "/xmlrpc.php"),
        (Decision(Reason.LISTED, LISTED), "/xmlrpc.php"),
    ]


@pytest.mark.parametrize(("client", "status"), [(STRANGER, 403), (LISTED, 200)], ids=["a stranger", "a listed client"])
def test_what_on_decision_raises_is_logged_and_changes_nothing(
    client: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(_decision: Decision, _environ: WSGIEnvironment) -> None:
        raise RuntimeError("no counter for /xmlrpc.php\n2026-01-01 refused 8.8.8.8")

    assert answer(XMLRPCGuard(site, POLICY, on_decision=failing), request(client=client)).status_int == status
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    first, *where = record.getMessage().splitlines()
    assert first.startswith("on_decision failed, the decision stands (")
    assert first.endswith(r"RuntimeError: no counter for /xmlrpc.php\n2026-01-01 refused 8.8.8.8")
    assert "in failing" in where[-2]


def raise_with_a_note(_decision: Decision, _environ: WSGIEnvironment) -> None:
    error = RuntimeError("no counter")
    error.add_note("a hint that was added")
    raise error


def raise_syntax_error(_decision: Decision, _environ: WSGIEnvironment) -> None:
    compile("=", "counter.py", "exec")


@pytest.mark.parametrize(
    ("failing", "end"),
    [
        pytest.param(raise_with_a_note, "RuntimeError: no counter", id="an error with a note after it"),
        pytest.param(
            raise_syntax_error, "SyntaxError: invalid syntax (counter.py, line 1)", id="an error of many lines"
        ),
    ],
)
def test_the_error_of_an_observer_is_logged_in_one_line(
    failing: Callable[[Decision, WSGIEnvironment], None], end: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer(XMLRPCGuard(site, POLICY, on_decision=failing), request())
    assert caplog.messages[0].splitlines()[0].endswith(f": {end}")


def test_an_empty_allowlist_that_only_reports_says_so(caplog: pytest.LogCaptureFixture) -> None:
    XMLRPCGuard(site, Policy(allow=[]), report_only=True)
    assert caplog.messages == [
        "report_only is on: no request is refused",
        "allow is empty: every request for xmlrpc.php would be refused",
    ]


def test_an_empty_allowlist_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, Policy(allow=[], scripts=["xmlrpc.php", "wp-login.php"]))
    assert caplog.messages == ["allow is empty: every request for wp-login.php, xmlrpc.php is refused"]
    caplog.clear()
    for path in ("/xmlrpc.php", "/wp-login.php", "/"):
        guard.decide(request(path).environ)
    assert caplog.messages == []


def test_proxies_that_are_allowed_as_clients_are_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    allow = ["10.0.0.1", "10.0.0.3", "10.0.0.5", "10.0.0.7", "192.0.64.0/18"]
    guard = XMLRPCGuard(site, Policy(allow=allow, trusted_proxies=["10.0.0.0/8"]))
    assert guard.decide(request(client="10.0.0.1").environ).reason is Reason.UNREADABLE_FORWARDED
    assert caplog.messages == [
        (
            "10.0.0.1/32, 10.0.0.3/32, 10.0.0.5/32, ... are in both trusted_proxies and allow: "
            "requests that such a proxy makes itself are allowed"
        )
    ]


HEADERS = {
    "X-Forwarded-For": "192.0.64.5",
    "Forwarded": "for=192.0.64.5",
    "X-Real-IP": "192.0.64.5",
    "CF-Connecting-IP": "192.0.64.5",
    "True-Client-IP": "192.0.64.5",
}


@pytest.mark.parametrize("header", HEADERS)
def test_exactly_one_header_is_ever_read(header: str) -> None:
    guard = XMLRPCGuard(site, Policy(allow=["jetpack"], trusted_proxies=["10.0.0.5"], forwarded_header=header))
    stranger = {header: HEADERS[header].replace(LISTED, STRANGER)}
    for sent, status in ((HEADERS, 200), (HEADERS | stranger, 403), ({header: HEADERS[header]}, 200)):
        made = request(client="10.0.0.5")
        made.headers.update(sent)
        assert answer(guard, made).status_int == status
        assert guard.decide(made.environ).allowed is (status == 200)


def test_the_header_that_could_not_be_read_is_named(caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, Policy(allow=["jetpack"], trusted_proxies=["10.0.0.5"], forwarded_header="Forwarded"))
    made = request(client="10.0.0.5")
    made.headers.update({"Forwarded": "for=_hidden", "X-Forwarded-For": LISTED})
    answer(guard, made)
    (record,) = caplog.records
    assert record.getMessage().endswith("; peer 10.0.0.5, Forwarded 'for=_hidden', path /xmlrpc.php")
    assert vars(record)["xmlrpc_guard.forwarded"] == "'for=_hidden'"


class Live:
    """A policy that changes while the guard stands."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def current(self) -> Policy:
        return self.policy


def test_the_current_policy_is_read_at_each_request() -> None:
    live = Live(POLICY)
    guard = XMLRPCGuard(site, live)
    before = guard.decide(request().environ)
    live.policy = Policy(allow=[STRANGER])
    assert (before.allowed, guard.decide(request().environ).allowed) == (False, True)


class Promising(Live):
    """A source that promises the scripts of its policies, and counts who asks for them."""

    asked = 0

    @property
    def scripts(self) -> Scripts:
        return self.policy.scripts

    def current(self) -> Policy:
        self.asked += 1
        return self.policy


class Inheriting(Promising):
    """A source that changes neither what it gives nor what it promises."""


class Overriding(Promising):
    """A source that gives other policies than the class whose promise it inherits."""

    def current(self) -> Policy:
        return Policy(allow=[], scripts=["door"])


@pytest.mark.parametrize("kind", [Promising, Inheriting])
def test_a_source_that_promises_its_scripts_is_not_asked_at_ordinary_requests(kind: type[Promising]) -> None:
    promising = kind(POLICY)
    guard = XMLRPCGuard(site, promising)
    made = promising.asked
    answer(guard, request("/2015/12/how-to/"))
    ordinary = promising.asked
    answer(guard, request())
    assert (ordinary - made, promising.asked - ordinary) == (0, 1)


@pytest.mark.parametrize("scripts", [Scripts(["wp-login.php"]), ["xmlrpc.php"], None], ids=repr)
def test_a_source_whose_scripts_are_not_those_of_its_policy_is_refused(scripts: object) -> None:
    class Unrelated(Live):
        def __init__(self) -> None:
            self.policy = POLICY

        def current(self) -> Policy:
            return self.policy

    Unrelated.scripts = scripts  # type: ignore[attr-defined]
    with pytest.raises(ConfigurationError, match="scripts that are not those of its policy; give"):
        XMLRPCGuard(site, Unrelated())


def test_a_promise_of_scripts_is_not_inherited_by_another_current() -> None:
    assert answer(XMLRPCGuard(site, Overriding(POLICY)), request("/door")).status_code == 403


def test_one_policy_decides_all_of_a_request() -> None:
    """Of a source that may give another policy each time it is asked."""
    overriding = Counting(POLICY)
    guard = XMLRPCGuard(site, overriding)
    made = overriding.asked
    answer(guard, request())
    assert overriding.asked - made == 1


class Counting(Live):
    """A source that promises nothing, and counts who asks for a policy."""

    asked = 0

    def current(self) -> Policy:
        self.asked += 1
        return self.policy


def test_the_scripts_of_a_source_that_promises_none_may_change() -> None:
    live = Live(POLICY)
    guard = XMLRPCGuard(site, live)
    live.policy = Policy(allow=[], scripts=["door"])
    assert answer(guard, request("/door")).status_code == 403


async def asgi(_scope: Any, _receive: Any, _send: Any) -> None:
    """An ASGI application."""


def plain_asgi(_scope: Any, _receive: Any, _send: Any) -> None:
    """An ASGI application that gives another's coroutine."""


async def awaited(_first: Any, _second: Any) -> None:
    """A function of two arguments that must be awaited."""


async def generated(_first: Any, _second: Any) -> AsyncIterator[bytes]:
    """A generator of two arguments that must be awaited."""
    yield b""


class Asgi:
    """An object that is an ASGI application, as Starlette's and FastAPI's are."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""

    def __repr__(self) -> str:
        return ASGI_INSTANCE


class AsyncObserver:
    """An observer that must be awaited."""

    async def __call__(self, decision: Any, environ: Any) -> None:
        """Count a decision."""

    def __repr__(self) -> str:
        return "AsyncObserver()"


class AsyncSource:
    """A source of policies that must be awaited."""

    async def current(self) -> Policy:
        return POLICY

    def __repr__(self) -> str:
        return "AsyncSource()"


ASGI_INSTANCE = "Asgi()"
ASGI = "is an ASGI application, and a guard is WSGI middleware; pass a WSGI one, as a2wsgi.ASGIMiddleware makes of it"
BAD_ARGUMENTS: list[Any] = [
    pytest.param({"app": None}, "app: None is not callable; pass a WSGI application", id="no application"),
    pytest.param(
        {"policy": ["192.0.64.0/18"]},
        "policy: ['192.0.64.0/18'] is not a Policy; write Policy(allow=[...])",
        id="a list in place of a Policy",
    ),
    pytest.param(
        {"policy": Policy},
        "policy: <class 'xmlrpc_guard.policy.Policy'> is not a Policy; write Policy(allow=[...])",
        id="the class Policy itself",
    ),
    pytest.param(
        {"denied": webob.exc.HTTPForbidden},
        "denied: <class 'webob.exc.HTTPForbidden'> is not a WSGI application; "
        "pass an instance, as webob.exc.HTTPNotFound()",
        id="a class of answers: calling it for each request would fail",
    ),
    pytest.param(
        {"denied": "403"},
        "denied: '403' is not a WSGI application; pass an instance, as webob.exc.HTTPNotFound()",
        id="a status in place of an application",
    ),
    pytest.param(
        {"report_only": "false"},
        "report_only: 'false' is neither True nor False; write one of them",
        id="text that is true because it is not empty",
    ),
    pytest.param({"app": asgi}, f"app: {asgi!r:.100} {ASGI}", id="an ASGI application"),
    pytest.param({"app": Asgi()}, f"app: {ASGI_INSTANCE} {ASGI}", id="an ASGI application that is an object"),
    pytest.param({"app": partial(asgi)}, f"app: {partial(asgi)!r:.100} {ASGI}", id="an ASGI application in a partial"),
    pytest.param({"app": plain_asgi}, f"app: {plain_asgi!r:.100} {ASGI}", id="an ASGI application that is not async"),
    pytest.param({"app": awaited}, f"app: {awaited!r:.100} {ASGI}", id="an async function of two arguments"),
    pytest.param({"app": generated}, f"app: {generated!r:.100} {ASGI}", id="an async generator of two arguments"),
    pytest.param({"denied": Asgi()}, f"denied: {ASGI_INSTANCE} {ASGI}", id="an ASGI answer to the refused"),
    pytest.param(
        {"on_decision": awaited},
        f"on_decision: {awaited!r:.100} would have to be awaited; pass a plain function",
        id="an observer that would never run",
    ),
    pytest.param(
        {"on_decision": AsyncObserver()},
        "on_decision: AsyncObserver() would have to be awaited; pass a plain function",
        id="an observer that is an object and would never run",
    ),
    pytest.param(
        {"policy": AsyncSource()},
        "policy: AsyncSource() has a current() that would have to be awaited; write a plain one",
        id="a source of policies that would give a coroutine",
    ),
    pytest.param(
        {"log": "some"}, "log: 'some' is not a way to log; write one of all, sampled, off", id="an unknown way to log"
    ),
    pytest.param(
        {"on_decision": "count"},
        "on_decision: 'count' is not callable; pass a function of (decision, environ)",
        id="a name in place of a function",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS)
def test_unusable_arguments_raise_at_construction(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        XMLRPCGuard(**{"app": site, "policy": POLICY, **arguments})
    assert str(raised.value) == message


class TellsNothing:
    """An application that is written in C may tell nothing of its arguments."""

    @property
    def __signature__(self) -> NoReturn:
        raise ValueError("no signature found")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return site(environ, start_response)


def test_an_application_that_tells_nothing_of_its_arguments_is_taken() -> None:
    assert answer(XMLRPCGuard(TellsNothing(), POLICY), request("/")).body == b"read 0"


def test_who_asks_for_the_status_has_written_what_a_minute_that_is_over_left_out() -> None:
    written, now = list[Summary](), [0.0]
    sampled = Sampled(written.append, clock=lambda: now[0])
    assert [sampled.is_first(STRANGER) for _ in range(2)] == [True, False]
    now[0] = 60.0
    XMLRPCGuard(site, POLICY).status()
    assert len(written) == 1


class Application:
    """An application that is a class, as PEP 3333 shows one: each request makes an instance."""

    def __init__(self, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self.answer = site(environ, start_response)

    def __iter__(self) -> Iterator[bytes]:
        yield from self.answer


@werkzeug.Request.application
def by_werkzeug(request: werkzeug.Request) -> werkzeug.Response:
    """Answer as Werkzeug's guide has it: from one argument."""
    return werkzeug.Response(f"read {len(request.get_data())}")


@pytest.mark.parametrize(
    "app",
    [
        pytest.param(Application, id="a class"),
        pytest.param(lambda *arguments: [*site(*arguments)], id="a function of any arguments"),
        pytest.param(
            lambda environ, start_response, _more=None: site(environ, start_response),
            id="a function of three arguments, one with a default",
        ),
        pytest.param(partial(site), id="a partial"),
        pytest.param(webob.Response("a page"), id="WebOb's answer"),
        pytest.param(by_werkzeug, id="Werkzeug's decorator, whose application has the signature of what is inside"),
        pytest.param(XMLRPCGuard(site, POLICY), id="another guard"),
    ],
)
def test_a_callable_of_two_arguments_is_a_wsgi_application(app: WSGIApplication) -> None:
    assert XMLRPCGuard(app, POLICY).decide(request().environ).reason is Reason.NOT_LISTED
    assert answer(XMLRPCGuard(app, POLICY), request(client=LISTED)).status_int == 200


def test_a_callable_without_a_signature_is_taken_for_an_application() -> None:
    silent: Any = min  # written in C, and silent about what it takes
    XMLRPCGuard(silent, POLICY)


def test_threads_get_each_their_own_decision() -> None:
    guard = XMLRPCGuard(site, Policy(allow=["10.0.0.0/9"]))
    decided: list[tuple[str, Decision]] = []

    def decide(high: int) -> None:
        for low in range(256):
            client = f"10.{high}.{low}.1"
            decided.append((client, guard.decide(request(client=client).environ)))

    threads = [threading.Thread(target=decide, args=(high,)) for high in (0, 100, 127, 128, 200, 255)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {
        (client, Decision(Reason.LISTED if high < 128 else Reason.NOT_LISTED, client))
        for high in (0, 100, 127, 128, 200, 255)
        for client in (f"10.{high}.{low}.1" for low in range(256))
    }
    assert (set(decided), len(decided)) == (expected, len(expected))
