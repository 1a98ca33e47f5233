"""A guard with public methods: whose calls are read, what is answered, and what the application gets."""

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from xmlrpc.client import Fault, loads

import pytest
import webob
from hypothesis import given
from hypothesis import strategies as st

from tests.bodies import HELLO, PING, call, inner, multicall
from xmlrpc_guard import ConfigurationError, Decision, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.forking import renew_all
from xmlrpc_guard.records import DECISION_KEY, REPORTED_KEY

STRANGER, LISTED, DENIED = "203.0.113.9", "192.0.64.5", "192.0.64.6"
POLICY = Policy(
    allow=["192.0.64.0/18"], deny=[DENIED], trusted_proxies=["10.0.0.5"], public_methods=["demo.*"], public_rsd=True
)
ALLOWED, REFUSED = call(HELLO).encode(), call(PING).encode()
UPLOAD = ALLOWED.replace(b"</methodCall>", b"<params><param><value>%s</value></param></params></methodCall>")


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with the body, as an application that trusts CONTENT_LENGTH reads it."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))]


def read_all(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with all that the input gives."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [environ["wsgi.input"].read()]


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        pytest.fail(f"{size} bytes are read")


def post(body: bytes = ALLOWED, peer: str | None = STRANGER, **more: Any) -> webob.Request:
    request = webob.Request.blank("/xmlrpc.php", method="POST", body=body)
    request.environ.update({"REMOTE_ADDR": peer or "", "SERVER_PROTOCOL": "HTTP/1.1", **more})
    return request


CHUNKED: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}


def unread(peer: str | None = STRANGER, **more: Any) -> webob.Request:
    return post(peer=peer, **{"wsgi.input": Unread(ALLOWED), **more})


def ask(request: webob.Request, policy: Policy = POLICY, app: Any = echo, **options: Any) -> tuple[int, bytes, str]:
    """Give the status, the body of the answer, and the reason."""
    answer = request.get_response(XMLRPCGuard(app, policy, **options))
    return answer.status_code, answer.body, request.environ[DECISION_KEY].reason.name


# What is answered


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        pytest.param(post(), 200, "PUBLIC_CALL", id="a public call passes"),
        pytest.param(post(REFUSED), 403, "PRIVATE_METHOD", id="another call is refused"),
        pytest.param(post(multicall(inner(HELLO)).encode()), 403, "PRIVATE_METHOD", id="a multicall is refused"),
        pytest.param(post(b"x"), 403, "UNREADABLE_CALL", id="what is no call is refused"),
        pytest.param(post(b""), 403, "UNREADABLE_CALL", id="no body is refused"),
        pytest.param(
            unread(HTTP_CONTENT_ENCODING="gzip"), 403, "ENCODED_BODY", id="a content coding is refused, unread"
        ),
        pytest.param(unread(HTTP_CONTENT_ENCODING="identity"), 403, "ENCODED_BODY", id="so is a coding that is none"),
        pytest.param(
            unread(HTTP_TRANSFER_ENCODING="chunked"), 403, "BROKEN_BODY", id="a length beside a coding is refused"
        ),
        pytest.param(unread(CONTENT_LENGTH="1_0"), 403, "BROKEN_BODY", id="a length that is no number is refused"),
        pytest.param(post(CONTENT_LENGTH="500"), 403, "BROKEN_BODY", id="a body that ends too soon is refused"),
        pytest.param(
            unread(CONTENT_LENGTH=str(10**9)), 403, "LARGE_BODY", id="a body that says that it is too large is refused"
        ),
        pytest.param(
            post(UPLOAD % (b"x" * 1_100_000), **CHUNKED),
            403,
            "LARGE_BODY",
            id="a body in chunks that is too large is refused",
        ),
        pytest.param(
            post(ALLOWED + b"junk", CONTENT_LENGTH=str(len(ALLOWED))), 200, "PUBLIC_CALL", id="what follows is not read"
        ),
        pytest.param(unread(LISTED), 200, "LISTED", id="a listed client's body is not read by the guard"),
        pytest.param(unread(DENIED), 403, "DENY_LISTED", id="a denied client's body is not read"),
        pytest.param(unread("evil"), 403, "UNKNOWN_PEER", id="an unknown peer's body is not read"),
        pytest.param(
            unread("10.0.0.5"), 403, "UNREADABLE_FORWARDED", id="nor is one from a proxy that names no client"
        ),
        pytest.param(unread(REQUEST_METHOD="PUT"), 403, "NOT_LISTED", id="nor is one of another method"),
        pytest.param(unread(REQUEST_METHOD="GET", QUERY_STRING="rsd"), 200, "PUBLIC_DISCOVERY", id="discovery passes"),
        pytest.param(unread(REQUEST_METHOD="GET", QUERY_STRING="a"), 403, "NOT_LISTED", id="other queries do not"),
    ],
)
def test_what_a_guard_with_public_methods_answers(request_: webob.Request, status: int, reason: str) -> None:
    app = webob.Response("a page")
    assert (ask(request_, app=app)[::2]) == (status, reason)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "", "text/xml"]
)
def test_the_content_type_does_not_matter(kind: str) -> None:
    assert ask(post(REFUSED, CONTENT_TYPE=kind))[::2] == (403, "PRIVATE_METHOD")
    assert ask(post(CONTENT_TYPE=kind))[::2] == (200, "PUBLIC_CALL")


@pytest.mark.parametrize(
    ("methods", "prepares"),
    [
        pytest.param(["demo.*"], True, id="a guard with public methods is ready to hold long bodies before threads"),
        pytest.param([], False, id="a guard without public methods starts without what it never needs"),
    ],
)
def test_what_holds_long_bodies_is_imported_as_a_guard_is_made(
    methods: list[str], *, prepares: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tempfile")
    XMLRPCGuard(echo, Policy(allow=[], public_methods=methods))
    assert ("tempfile" in sys.modules) == prepares


def test_without_public_methods_no_body_is_read() -> None:
    assert ask(unread(), Policy(allow=[]))[::2] == (403, "NOT_LISTED")


def test_a_policy_whose_settings_change_is_asked_each_time() -> None:
    class Changing:
        policy = Policy(allow=[])

        def current(self) -> Policy:
            return self.policy

    source = Changing()
    guard = XMLRPCGuard(echo, source)
    assert post().get_response(guard).status_code == 403
    source.policy = POLICY
    assert post().get_response(guard).status_code == 200


# What the application gets


@pytest.mark.parametrize("size", [0, 300_000, 900_000], ids="{} bytes".format)
@pytest.mark.parametrize("fields", [{}, CHUNKED], ids=["length", "chunks"])
def test_a_call_arrives_byte_for_byte_with_its_length(size: int, fields: dict[str, Any]) -> None:
    body = UPLOAD % (b"\t " * (size // 2))
    request = post(body, **fields)
    assert ask(request) == (200, body, "PUBLIC_CALL")
    assert request.environ["CONTENT_LENGTH"] == str(len(body))
    assert "HTTP_TRANSFER_ENCODING" not in request.environ


def test_a_refused_call_can_still_be_read_by_the_application_that_answers() -> None:
    assert ask(post(REFUSED), denied=echo) == (200, REFUSED, "PRIVATE_METHOD")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        pytest.param(post(), None, id="a public call"),
        pytest.param(post(REFUSED), "PRIVATE_METHOD", id="another call"),
        pytest.param(post(b"x" * 3_000_000), "LARGE_BODY", id="a body that is too large"),
        pytest.param(post(HTTP_CONTENT_ENCODING="gzip"), "ENCODED_BODY", id="a content coding"),
        pytest.param(post(HTTP_TRANSFER_ENCODING="chunked"), "BROKEN_BODY", id="a length beside a coding"),
        pytest.param(post(CONTENT_LENGTH="500"), "BROKEN_BODY", id="a body that ends too soon"),
        pytest.param(post(CONTENT_LENGTH=str(10**9)), "LARGE_BODY", id="a body that says more than may be, and is not"),
    ],
)
def test_a_guard_that_reports_passes_each_body_intact(request_: webob.Request, reason: str | None) -> None:
    body = request_.environ["wsgi.input"].getvalue()
    assert ask(request_, report_only=True)[:2] == (200, body)
    reported = request_.environ.get(REPORTED_KEY)
    assert (None if reported is None else reported.reason.name) == reason


def test_a_guard_that_reports_uses_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    body = UPLOAD % (b"x" * 900_000)
    assert ask(post(body), report_only=True) == (200, body, "PUBLIC_CALL")


def test_a_guard_that_reports_passes_a_body_in_chunks_that_is_too_large() -> None:
    body = b"x" * 3_000_000
    request = post(body, **CHUNKED)
    assert ask(request, app=read_all, report_only=True) == (200, body, "LARGE_BODY")


# What is refused how


def test_a_refused_call_is_answered_by_a_fault_if_that_is_set() -> None:
    request = post(REFUSED)
    answer = request.get_response(XMLRPCGuard(echo, POLICY, denied_call="fault"))
    assert (answer.status_code, answer.content_type, answer.charset) == (200, "text/xml", "UTF-8")
    assert (answer.headers["Cache-Control"], answer.headers["X-XMLRPC-Guard"]) == ("no-store", "refused")
    with pytest.raises(Fault) as caught:
        loads(answer.body)
    assert (caught.value.faultCode, caught.value.faultString) == (403, "This call is not accepted here.")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        pytest.param(post(REFUSED), "PRIVATE_METHOD", id="a call of another method"),
        pytest.param(post(multicall(inner(PING)).encode()), "PRIVATE_METHOD", id="a multicall of another method"),
        pytest.param(post(multicall(*[inner("demo.a")] * 51).encode()), "TOO_MANY_CALLS", id="more calls than may be"),
        pytest.param(post(b"x"), "UNREADABLE_CALL", id="what is no call"),
        pytest.param(post(b""), "UNREADABLE_CALL", id="no body"),
        pytest.param(post(b"x" * 2_000_000), "LARGE_BODY", id="a body that is too large"),
        pytest.param(post(HTTP_CONTENT_ENCODING="gzip"), "ENCODED_BODY", id="a body with a content coding"),
        pytest.param(post(CONTENT_LENGTH="500"), "BROKEN_BODY", id="a body that ends too soon"),
    ],
)
def test_the_fault_is_the_same_for_each_refused_call(request_: webob.Request, reason: str) -> None:
    policy = Policy(allow=[], public_methods=["demo.*", "system.multicall"])
    assert ask(request_, policy, denied_call="fault") == (200, ask(post(REFUSED), denied_call="fault")[1], reason)


@pytest.mark.parametrize("request_", [unread(DENIED), unread(REQUEST_METHOD="GET"), unread("evil")])
def test_what_is_no_refused_call_is_denied_as_ever(request_: webob.Request) -> None:
    assert ask(request_, denied_call="fault")[0] == 403


def test_a_refused_call_is_answered_by_the_denied_application() -> None:
    assert ask(post(REFUSED), denied=webob.Response(status=404))[0] == 404


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"denied_call": "403"}, "denied_call: '403' is not an answer; write 'denied' or 'fault'"),
        ({"denied_call": None}, "denied_call: None is not an answer; write 'denied' or 'fault'"),
        ({"max_body_readers": 0}, "max_body_readers: 0 is not a number of bodies; write 4"),
        ({"max_body_readers": True}, "max_body_readers: True is not a number of bodies; write 4"),
        ({"max_body_readers": "4"}, "max_body_readers: '4' is not a number of bodies; write 4"),
    ],
)
def test_an_argument_that_cannot_be_used_raises(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        XMLRPCGuard(echo, POLICY, **options)
    assert str(caught.value) == message


def test_a_refusal_is_logged_with_what_in_the_body_decided(caplog: pytest.LogCaptureFixture) -> None:
    ask(post(HTTP_CONTENT_ENCODING="br"))
    ask(post(REFUSED))
    ask(post(HTTP_CONTENT_ENCODING="gzip\n; peer 10.0.0.5"))
    texts = [record.getMessage().partition(": ")[2] for record in caplog.records]
    assert texts == [
        "the body has a content coding (public_methods): 'br'; peer 203.0.113.9, path /xmlrpc.php",
        "a method that is called is not public (public_methods): 'pingback.ping'; peer 203.0.113.9, path /xmlrpc.php",
        r"the body has a content coding (public_methods): 'gzip\n; peer 10.0.0.5'; peer 203.0.113.9, path /xmlrpc.php",
    ]
    assert vars(caplog.records[1])["xmlrpc_guard.detail"] == PING
    assert caplog.records[1].levelno == logging.WARNING


# How many at a time


class Waiting(BytesIO):
    """A body whose sender waits."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.begun.set()
        assert self.go_on.wait(30)
        return super().read(size)


def while_one_waits(guard: XMLRPCGuard, work: Callable[[], object]) -> int:
    """Do some work while a body is being read, and give the status that its sender gets then."""
    body, statuses = Waiting(ALLOWED), list[int]()
    request = post()
    request.environ["wsgi.input"] = body
    thread = threading.Thread(target=lambda: statuses.append(request.get_response(guard).status_code))
    thread.start()
    assert body.begun.wait(30)
    try:
        work()
    finally:
        body.go_on.set()
        thread.join()
    return statuses[0]


def test_more_bodies_than_may_be_are_not_read_at_a_time() -> None:
    guard = XMLRPCGuard(echo, POLICY, max_body_readers=1)
    answers = []
    assert while_one_waits(guard, lambda: answers.append(unread().get_response(guard))) == 200
    (answer,) = answers
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (
        503,
        "5",
        "no-store",
    )
    assert post().get_response(guard).status_code == 200
    assert guard.status().decisions[Reason.BUSY] == 1


def test_other_requests_do_not_wait_for_a_body_that_is_read() -> None:
    guard = XMLRPCGuard(echo, POLICY, max_body_readers=1)
    statuses = list[int]()
    others = (post(peer=LISTED), post(peer=DENIED), post(REQUEST_METHOD="GET", QUERY_STRING="rsd"))
    while_one_waits(guard, lambda: statuses.extend(each.get_response(guard).status_code for each in others))
    assert statuses == [200, 403, 200]


def test_a_body_for_which_there_is_no_place_passes_unread_where_the_guard_only_reports() -> None:
    guard = XMLRPCGuard(echo, POLICY, max_body_readers=1, report_only=True)
    request = post(REFUSED)
    answers = list[bytes]()
    while_one_waits(guard, lambda: answers.append(request.get_response(guard).body))
    assert (answers, request.environ[REPORTED_KEY].reason) == ([REFUSED], Reason.BUSY)


def test_a_forked_process_has_all_its_places() -> None:
    guard = XMLRPCGuard(echo, POLICY, max_body_readers=1)
    statuses = list[int]()

    def fork() -> None:
        renew_all()
        statuses.append(post().get_response(guard).status_code)

    assert while_one_waits(guard, fork) == 200
    assert statuses == [200]


def test_a_body_that_breaks_off_leaves_its_place() -> None:
    guard = XMLRPCGuard(echo, POLICY, max_body_readers=1)
    statuses = [post(CONTENT_LENGTH=length).get_response(guard).status_code for length in ("500", str(len(ALLOWED)))]
    assert statuses == [403, 200]


def test_where_a_body_cannot_be_stored_it_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("no room")

    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    assert ask(post(UPLOAD % (b"x" * 900_000)))[::2] == (503, "BUSY")


# Every state that is not decided refuses


@given(
    reason=st.sampled_from(Reason),
    body=st.binary(max_size=80) | st.sampled_from([ALLOWED, REFUSED]),
    method=st.sampled_from(["POST", "GET", "PUT", "post", ""]),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "CONTENT_LENGTH": st.sampled_from(["", "0", "3", str(len(ALLOWED)), "9" * 30, "-1", "x"]),
            "HTTP_TRANSFER_ENCODING": st.sampled_from(["", "chunked", "gzip"]),
            "HTTP_CONTENT_ENCODING": st.sampled_from(["", "gzip"]),
            "wsgi.input_terminated": st.booleans(),
            "SERVER_PROTOCOL": st.sampled_from(["HTTP/1.0", "HTTP/1.1", "HTTP/2"]),
        },
    ),
)
def test_a_stranger_passes_only_with_a_public_call(
    reason: Reason, body: bytes, method: str, fields: dict[str, Any]
) -> None:
    passed = list[bytes]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        passed.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [])
        return [b""]

    request = post(body, REQUEST_METHOD=method, **fields)
    ask(request, app=app)
    decision = request.environ[DECISION_KEY]
    assert decision.reason is not Reason.UNDECIDED
    assert bool(passed) is bool(decision)
    assert passed in ([], [ALLOWED])
    assert bool(Decision(reason)) is reason.allowed
