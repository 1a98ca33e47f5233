"""What ``serve`` has waitress refuse, byte for byte; under the whole server see test_hostile_ends."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from waitress.adjustments import Adjustments

from xmlrpc_guard.serving.strict import StrictParser, StrictTask, trim_blanks

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"

HEADS: list[Any] = [
    pytest.param(POST, None, id="a plain head"),
    pytest.param(POST + b"Content-Length: 0\r\n", None, id="a length"),
    pytest.param(POST + b"Transfer-Encoding: chunked\r\n", None, id="a coding"),
    pytest.param(POST + b"X: 1,2\r\nX-Content-Length: 1\r\n", None, id="several values of other fields"),
    pytest.param(POST.replace(b"1.1", b"1.0"), None, id="HTTP/1.0"),
    pytest.param(POST + b"X: a\r\n b\r\n", "A header line is folded", id="a folded line"),
    pytest.param(POST + b"X: a\r\n\tb\r\n", "A header line is folded", id="a line folded by a tab"),
    pytest.param(
        POST + b"content-length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Several of Transfer-Encoding and Content-Length",
        id="a length, and a coding",
    ),
    pytest.param(
        POST + b"Transfer-Encoding: chunked, chunked\r\n",
        "Several of Transfer-Encoding and Content-Length",
        id="two codings",
    ),
    pytest.param(
        POST.replace(b"1.1", b"1.2"), "A version other than HTTP/1.0 and HTTP/1.1", id="a version that does not exist"
    ),
    pytest.param(b"GET /\r\n", "A version other than HTTP/1.0 and HTTP/1.1", id="a first line without a version"),
]


@pytest.mark.parametrize(("head", "problem"), HEADS)
def test_what_a_head_may_say(head: bytes, problem: str | None) -> None:
    parser = StrictParser(Adjustments())
    parser.received(head + b"\r\n")
    assert (parser.error and parser.error.body) == problem


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        pytest.param(b"X:" + b" " * 9 + b"a\r\n", b"X: a\r\n", id="nine blanks before a letter become one"),
        pytest.param(b"X:" + b"\t " * 9 + b"\0\r\n", b"X: \0\r\n", id="blanks and tabs before a NUL become one blank"),
        pytest.param(b"X: a   b  \r\n", b"X: a   b  \r\n", id="blanks in a value and after it stay"),
        pytest.param(b"X: a:   b\r\nY:   c\r\n", b"X: a:   b\r\nY: c\r\n", id="blanks after a colon in a value stay"),
        pytest.param(b"X\r\nY:  a\r\n", b"X\r\nY: a\r\n", id="a line without a colon is left alone"),
    ],
)
def test_blanks_before_a_value_are_one(lines: bytes, kept: bytes) -> None:
    assert trim_blanks(POST + lines) == POST + kept


def test_a_value_is_read_without_the_blanks_before_it() -> None:
    parser = StrictParser(Adjustments())
    parser.received(POST + b"X:" + b" " * 9 + b"a\r\n\r\n")
    assert parser.headers["X"] == "a"


CONNECTIONS: list[Any] = [
    pytest.param(b"", False, id="no option"),
    pytest.param(b"Connection: TE, X-Close\r\n", False, id="options without close"),
    pytest.param(b"Connection: close\r\n", True, id="close"),
    pytest.param(b"Connection: TE ,\tClose\r\n", True, id="close among other options"),
    pytest.param(b"Connection: TE\r\nConnection: close\r\n", True, id="close in a second line"),
]


@pytest.mark.parametrize(("lines", "closes"), CONNECTIONS)
def test_an_answer_ends_the_connection_if_close_is_an_option(lines: bytes, closes: bool) -> None:
    request = StrictParser(Adjustments())
    request.received(POST + lines + b"\r\n")
    channel: Any = SimpleNamespace(server=SimpleNamespace(adj=Adjustments()))
    task = StrictTask(channel, cast(Any, request))
    task.status, task.content_length = "200 OK", 2
    head = task.build_response_header()
    assert (task.close_on_finish, b"Connection: close" in head) == (closes, closes)
