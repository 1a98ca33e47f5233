"""Answers of an upstream, byte for byte: those that are HTTP come out whole, those that are not give 502."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxying import Reply, call, read_body
from tests.upstreams import Talk, Upstream
from xmlrpc_guard.proxy import ReverseProxy
from xmlrpc_guard.proxy.answer import known_names, parse_fields, parse_plain_fields

HEAD = b"HTTP/1.1 200 OK\r\n"
BIG = 70_000


def relay(answer: bytes, method: str = "GET", end: str = "close") -> Reply:
    with Upstream(Talk(answers=(answer,), end=end)) as upstream:
        return call(ReverseProxy(upstream.url), method=method)


WHOLE: list[Any] = [
    pytest.param(b"Content-Length: 2\r\n\r\nok", "200 OK", b"ok", id="a body with a length"),
    pytest.param(b"Content-Length: 0\r\n\r\n", "200 OK", b"", id="a body with a length of 0"),
    pytest.param(
        b"Content-Length: %d\r\n\r\n%s" % (BIG, b"x" * BIG), "200 OK", b"x" * BIG, id="a body larger than a piece"
    ),
    pytest.param(b"\r\nok", "200 OK", b"ok", id="a body up to the end of the connection"),
    pytest.param(b"\r\n", "200 OK", b"", id="an empty body up to the end of the connection"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "200 OK", b"ok", id="a body in chunks"),
    pytest.param(b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "200 OK", b"", id="a body of no chunk"),
    pytest.param(
        b"Transfer-Encoding: chunked\r\n\r\n1;a=b\r\no\r\n01 ; c\r\nk\r\n000\r\nX: y\r\nZ: z\r\n\r\n",
        "200 OK",
        b"ok",
        id="chunk extensions and trailers are dropped",
    ),
    pytest.param(b"Content-Length: 2\n\nok", "200 OK", b"ok", id="lines that end with LF alone"),
    pytest.param(
        b"Content-Length: 2\r\nContent-Length2: 3\r\n\r\nok",
        "200 OK",
        b"ok",
        id="a field whose name begins with Content-Length",
    ),
]


@pytest.mark.parametrize(("rest", "status", "body"), WHOLE)
def test_an_answer_comes_out_whole(rest: bytes, status: str, body: bytes) -> None:
    answer = relay(HEAD + rest)
    assert (answer.status, answer.body) == (status, body)


STATUSES: list[Any] = [
    pytest.param(b"HTTP/1.1 404 Not Found\r\n", "404 Not Found", id="a status of 404"),
    pytest.param(b"HTTP/1.1 200 \r\n", "200 ", id="an empty reason"),
    pytest.param(b"HTTP/1.1 200\r\n", "200 ", id="a status without a space after it"),
    pytest.param(b"HTTP/1.0 200 OK\r\n", "200 OK", id="HTTP/1.0"),
    pytest.param(b"HTTP/1.1 301 Weg: \xe4\r\n", "301 Weg: \xe4", id="a reason in the site's own words"),
    pytest.param(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", "200 OK", id="100 before the real answer is dropped"
    ),
    pytest.param(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 15 + b"HTTP/1.1 200 OK\r\n",
        "200 OK",
        id="many 103 before the real answer are dropped",
    ),
]


@pytest.mark.parametrize(("line", "status"), STATUSES)
def test_a_status_line_is_passed_on(line: bytes, status: str) -> None:
    answer = relay(line + b"Content-Length: 2\r\n\r\nok")
    assert (answer.status, answer.headers, answer.body) == (status, [("Content-Length", "2")], b"ok")


BODYLESS: list[Any] = [
    pytest.param("HEAD", b"200 OK", b"Content-Length: 9\r\n", [("Content-Length", "9")], id="HEAD keeps the length"),
    pytest.param(
        "HEAD", b"200 OK", b"Transfer-Encoding: chunked\r\n", [], id="HEAD of a body in chunks has neither field"
    ),
    pytest.param("HEAD", b"200 OK", b"", [], id="HEAD of a body without a length"),
    pytest.param("GET", b"304 Not Modified", b'ETag: "a"\r\n', [("ETag", '"a"')], id="304 without a length"),
    pytest.param(
        "GET", b"304 Not Modified", b"Content-Length: 9\r\n", [("Content-Length", "9")], id="304 with a length"
    ),
    pytest.param("GET", b"204 No Content", b"X-A: b\r\n", [("X-A", "b")], id="204 without a length"),
    pytest.param("POST", b"204 No Content", b"Content-Length: 0\r\n", [], id="204 must not have a length"),
    pytest.param(
        "GET", b"204 No Content", b"Transfer-Encoding: chunked\r\n", [], id="204 with Transfer-Encoding: chunked"
    ),
]


@pytest.mark.parametrize(("method", "status", "fields", "headers"), BODYLESS)
def test_an_answer_without_a_body_has_none(
    method: str, status: bytes, fields: bytes, headers: list[tuple[str, str]]
) -> None:
    # The connection stays open: a proxy that waited for a body would wait for ever.
    answer = relay(b"HTTP/1.1 " + status + b"\r\n" + fields + b"\r\n", method, end="hold")
    assert (answer.headers, answer.body) == (headers, b"")


FIELDS: list[Any] = [
    pytest.param(
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n",
        [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
        id="several fields of a name stay apart",
    ),
    pytest.param(b"x-a:  \t b  c \t\r\n", [("x-a", "b  c")], id="white space around a value does not belong to it"),
    pytest.param(b"X-A:\r\n", [("X-A", "")], id="an empty value"),
    pytest.param(b"X-A: b\tc\r\n", [("X-A", "b c")], id="a tab is a space"),
    pytest.param(b"X_A: \xe4\r\n", [("X_A", "\xe4")], id="an underscore, and a byte beyond ASCII"),
    pytest.param(
        b"Connection: close, X-A, Content-Length\r\nX-A: 1\r\nKeep-Alive: 5\r\nTrailers: a\r\nDate: x\r\n",
        [("Date", "x")],
        id="fields of this hop are not passed on",
    ),
    pytest.param(
        b"Location: http://127.0.0.1:8080/\r\n",
        [("Location", "http://127.0.0.1:8080/")],
        id="a redirect is not rewritten",
    ),
]


@pytest.mark.parametrize(("fields", "headers"), FIELDS)
def test_header_fields_come_out_as_they_are(fields: bytes, headers: list[tuple[str, str]]) -> None:
    answer = relay(HEAD + fields + b"Content-Length: 0\r\n\r\n")
    assert answer.headers == [*headers, ("Content-Length", "0")]


CHUNKED = b"Transfer-Encoding: chunked\r\n"

BROKEN: list[Any] = [
    pytest.param(b"", "closed the connection without an answer", id="no byte"),
    pytest.param(b"\r\n", "head does not end", id="an empty line"),
    pytest.param(b"<html>", "head does not end", id="HTTP/0.9"),
    pytest.param(b"<html>\r\n\r\n", "not a status line", id="HTTP/0.9 with an empty line"),
    pytest.param(b"HTTP/2 200 OK\r\n\r\n", "not a status line", id="HTTP/2"),
    pytest.param(b"HTTP/1.1 20 OK\r\n\r\n", "not a status line", id="a status of two digits"),
    pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", "not a status line", id="a status of four digits"),
    pytest.param(b"HTTP/1.1  200 OK\r\n\r\n", "not a status line", id="two spaces before the status"),
    pytest.param(b"HTTP/1.1 200 O\x00K\r\n\r\n", "not a status line", id="NUL in the reason"),
    pytest.param(b"HTTP/1.1 200 OK\rX: y\r\n\r\n", "not a status line", id="a bare CR in the status line"),
    pytest.param(
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "switches protocols",
        id="101 to a request that asked for no upgrade",
    ),
    pytest.param(b"HTTP/1.1 102 Wait\r\n\r\n" * 16, "too many interim", id="interim answers for ever"),
    pytest.param(HEAD, "head does not end", id="a head without an end"),
    pytest.param(HEAD + b"X: y\r\n", "head does not end", id="a head that ends after a field"),
    pytest.param(HEAD + b"X: y", "head does not end", id="a head that ends in a field"),
    pytest.param(HEAD + b"no colon\r\n\r\n", "malformed", id="a line without a colon"),
    pytest.param(HEAD + b": no name\r\n\r\n", "malformed", id="a field without a name"),
    pytest.param(HEAD + b"X : y\r\n\r\n", "malformed", id="a space before the colon"),
    pytest.param(HEAD + b"X: y\r\n folded\r\n\r\n", "malformed", id="a folded line"),
    pytest.param(HEAD + b"X: y\rSet-Cookie: z\r\n\r\n", "malformed", id="a bare CR in a value"),
    pytest.param(HEAD + b"X: \x00\r\n\r\n", "malformed", id="NUL in a value"),
    pytest.param(HEAD + b"X\xe4: y\r\n\r\n", "malformed", id="a field name beyond ASCII"),
    pytest.param(HEAD + b"X: " + b"y" * 32768, "longer than", id="a head with too long a line"),
    pytest.param(HEAD + b"X: y\r\n" * 11000, "longer than", id="a head of too many lines"),
    pytest.param(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!", "Content-Length", id="two lengths"),
    pytest.param(HEAD + b"Content-Length: 2, 2\r\n\r\nok", "Content-Length", id="two lengths that agree"),
    pytest.param(HEAD + b"Content-Length: -1\r\n\r\nok", "Content-Length", id="a negative length"),
    pytest.param(HEAD + b"Content-Length: +2\r\n\r\nok", "Content-Length", id="a signed length"),
    pytest.param(HEAD + b"Content-Length: 2a\r\n\r\nok", "Content-Length", id="a length with a letter"),
    pytest.param(HEAD + b"Content-Length:\r\n\r\nok", "Content-Length", id="an empty length"),
    pytest.param(HEAD + CHUNKED + b"Content-Length: 2\r\n\r\nok", "Transfer-Encoding", id="chunked, and a length"),
    pytest.param(HEAD + CHUNKED * 2 + b"\r\n0\r\n\r\n", "Transfer-Encoding", id="chunked twice"),
    pytest.param(
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding", id="a coding other than chunked"
    ),
    pytest.param(b"HTTP/1.0 200 OK\r\n" + CHUNKED + b"\r\n0\r\n\r\n", "Transfer-Encoding", id="chunks in HTTP/1.0"),
    pytest.param(HEAD + b"Content-Length: 3\r\n\r\nok", "1 bytes too soon", id="a small body cut short"),
    pytest.param(
        HEAD + b"Content-Length: 99999999\r\n\r\n", "99999999 bytes too soon", id="a large body that never begins"
    ),
    pytest.param(HEAD + CHUNKED + b"\r\n", "size does not end", id="chunks that never begin"),
    pytest.param(HEAD + CHUNKED + b"\r\nx\r\n", "with its size", id="a chunk size that is not a number"),
    pytest.param(HEAD + CHUNKED + b"\r\n-1\r\n", "with its size", id="a negative chunk size"),
    pytest.param(
        HEAD + CHUNKED + b"\r\n0x2\r\nok\r\n", "with its size", id="a chunk size as int() takes and HTTP does not"
    ),
    pytest.param(HEAD + CHUNKED + b"\r\n2\nok\r\n", "with its size", id="a bare LF after a chunk size"),
    pytest.param(HEAD + CHUNKED + b"\r\n2;\x00\r\nok\r\n", "with its size", id="NUL in a chunk extension"),
    pytest.param(HEAD + CHUNKED + b"\r\n" + b"1" * 16 + b"\r\n", "with its size", id="a chunk size of 16 digits"),
]


@pytest.mark.parametrize(("answer", "problem"), BROKEN)
def test_rubbish_gives_502(answer: bytes, problem: str, caplog: pytest.LogCaptureFixture) -> None:
    reply = relay(answer)
    assert (reply.status, reply.body) == ("502 Bad Gateway", b"Bad Gateway\n")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("xmlrpc_guard.proxy", "ERROR")
    assert problem in record.message


CUT: list[Any] = [
    pytest.param(
        b"Content-Length: 80000\r\n\r\n" + b"x" * BIG, "bytes too soon", id="the end comes before the announced length"
    ),
    pytest.param(CHUNKED + b"\r\n2\r\nok\r\n3\r\nno", "1 bytes too soon", id="the end comes within a chunk"),
    pytest.param(CHUNKED + b"\r\n2\r\nok", "2 bytes too soon", id="the end comes after a chunk, before its line end"),
    pytest.param(
        CHUNKED + b"\r\n2\r\nok!\r\n0\r\n\r\n", "does not end where it should", id="a chunk longer than its size"
    ),
    pytest.param(CHUNKED + b"\r\n2\r\nok\r\n", "size does not end", id="the end comes between two chunks"),
    pytest.param(
        CHUNKED + b"\r\n2\r\nok\r\n0\r\n",
        "trailer does not end",
        id="the end comes before the last line of a chunked body",
    ),
    pytest.param(
        CHUNKED + b"\r\n2\r\nok\r\n0\r\n" + b"X: y\r\n" * 100, "too many trailers", id="trailers without an end"
    ),
    pytest.param(
        CHUNKED + b"\r\n2\r\nok\r\n0\r\nX: y\r\n", "trailer does not end", id="the end comes between two trailers"
    ),
]


@pytest.mark.parametrize(("rest", "problem"), CUT)
def test_an_answer_cut_short_breaks_off(rest: bytes, problem: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = relay(HEAD + rest)
    assert answer.status == "200 OK"
    assert isinstance(answer.error, ConnectionResetError)
    assert len(answer.body) < len(rest)
    (record,) = caplog.records
    assert record.message.startswith("http://127.0.0.1:")
    assert problem in record.message


def test_a_connection_that_is_reset_breaks_off_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    answer = relay(HEAD + b"\r\n" + b"x" * BIG, end="reset")
    assert "502" in answer.status or isinstance(answer.error, ConnectionResetError)
    assert "reset by peer" in caplog.text


@given(body=st.binary(max_size=200), cuts=st.lists(st.integers(1, 40), max_size=10))
def test_a_body_is_the_same_in_any_framing(body: bytes, cuts: list[int]) -> None:
    assert read_body(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)) == body
    assert read_body(HEAD + b"\r\n" + body) == body
    assert read_body(HEAD + CHUNKED + b"\r\n" + chunks(body, cuts)) == body


def chunks(body: bytes, cuts: list[int]) -> bytes:
    pieces, start = [], 0
    for cut in [*cuts, len(body)]:
        pieces.append(body[start : start + cut])
        start += cut
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in filter(None, pieces)) + b"0\r\n\r\n"


SIZES = st.lists(st.integers(1, 30), max_size=60)
WHOLES = [parameter.values[0] for parameter in WHOLE]


@given(answer=st.sampled_from(WHOLES), sizes=SIZES)
def test_an_answer_is_the_same_in_pieces_of_any_size(answer: bytes, sizes: list[int]) -> None:
    assert read_body(HEAD + answer, *sizes) == read_body(HEAD + answer)


@given(rubbish=st.binary(max_size=300), sizes=SIZES)
def test_any_bytes_are_an_answer_or_an_error_and_never_hang(rubbish: bytes, sizes: list[int]) -> None:
    for answer in (rubbish, HEAD + rubbish, HEAD + CHUNKED + b"\r\n" + rubbish):
        assert read_body(answer, *sizes) == read_body(answer)


def test_a_head_that_comes_byte_by_byte_is_read() -> None:
    answer = HEAD + b"Content-Length: 2\r\n\r\nok"
    assert read_body(answer, *[1] * len(answer)) == b"ok"


LINES = st.lists(
    st.one_of(
        st.sampled_from(["Server: nginx", "A:b", "A:  b ", "A: b:c", "No colon", ":", "A", " A: b", "A: \xe4", "A :b"]),
        st.text(st.sampled_from("A:- \t\r\n\0\x7f\x80\xff,"), max_size=8),
    ),
    max_size=6,
)


@given(LINES, st.sampled_from(["\r\n", "\n", "\r", "\r\n\r\n"]))
def test_plain_fields_are_read_as_the_rule_reads_them(lines: list[str], end: str) -> None:
    text = "".join(line + end for line in lines) + end
    for _ in range(2):  # a name is known when it has been read
        quick = parse_plain_fields(text)
        if quick is not None:
            assert quick == parse_fields(text)


def test_no_more_names_are_remembered_than_a_site_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmlrpc_guard.proxy.answer._MOST_NAMES", 2)
    known_names.clear()
    fields = [f"N-{number}: a\r\n\r\n" for number in range(5)]
    assert [parse_plain_fields(each) for each in fields] == [None] * 5
    assert known_names == {"N-4"}
    assert parse_plain_fields(fields[4]) == [("N-4", "a")]
