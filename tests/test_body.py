"""Where a request's body ends, and reading it: once, in order, a bounded part ahead, and never past its end."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.body import PIECE, Body, RequestError, body_length

CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def input_named(module: str, name: str) -> object:
    """Make an input of a server's class, as far as its name goes."""
    return type(name, (), {"__module__": module})()


def without(environ: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in environ.items() if name != key}


PYVOY = input_named("_pyvoy.wsgi", "RequestInput")
UWSGI_PASS = {
    "HTTP_TRANSFER_ENCODING": "chunked",
    "uwsgi.version": b"2.0.31",
    "DOCUMENT_ROOT": "/usr/share/nginx/html",
    "REQUEST_SCHEME": "http",
}

# Servers whose environ shows that they hand on Transfer-Encoding.
HAND_ON: dict[str, dict[str, Any]] = {
    "uWSGI": {"wsgi.input": input_named("uwsgi", "_Input")},
    "twisted": {"wsgi.input": input_named("twisted.web.wsgi", "_InputStream")},
    "a2wsgi": {"wsgi.input": input_named("a2wsgi.wsgi", "Body")},
    "eventlet": {"wsgi.input": input_named("eventlet.wsgi", "Input")},
    "flup": {"wsgi.input": input_named("flup.server.fcgi_base", "InputStream")},
    "wsgiref": {"SERVER_SOFTWARE": "WSGIServer/0.2"},
    "Werkzeug": {"SERVER_SOFTWARE": "Werkzeug/3.1.9"},
    "cheroot": {"SERVER_SOFTWARE": "Cheroot/11.1.2 Server", "wsgi.input_terminated": False},
}

LENGTHS: list[Any] = [
    pytest.param({}, 0, id="a request without either field has no body"),
    pytest.param({"CONTENT_LENGTH": ""}, 0, id="an empty CONTENT_LENGTH is an absent one, as PEP 3333 allows"),
    pytest.param({"CONTENT_LENGTH": "0"}, 0, id="a length of 0 is an empty body"),
    pytest.param({"CONTENT_LENGTH": "007"}, 7, id="leading zeros do not change a length"),
    pytest.param({"CONTENT_LENGTH": "9" * 18}, 10**18 - 1, id="18 digits are a length"),
    pytest.param({"CONTENT_LENGTH": "7", "HTTP_CONTENT_LENGTH": "7"}, 7, id="a server may pass one length twice"),
    pytest.param(CHUNKED, None, id="a chunked body ends where the server finds its end"),
    pytest.param({**CHUNKED, "HTTP_TRANSFER_ENCODING": "Chunked"}, None, id="the name of a coding has no case"),
    pytest.param(
        {"SERVER_PROTOCOL": "HTTP/2", "wsgi.input_terminated": True}, None, id="HTTP/2 need not announce a body"
    ),
    pytest.param({"SERVER_PROTOCOL": "HTTP/2"}, 0, id="HTTP/2 under a server that does not end the input has no body"),
    pytest.param(
        {"SERVER_PROTOCOL": "HTTP/2", "wsgi.input_terminated": True, "CONTENT_LENGTH": "7"},
        7,
        id="HTTP/2 may announce a length",
    ),
    pytest.param({"REQUEST_METHOD": "POST", "wsgi.input_terminated": True}, None, id="an input that ends is read"),
    pytest.param({"REQUEST_METHOD": "GET", "wsgi.input_terminated": True}, 0, id="a GET is not read for nothing"),
    pytest.param(
        {"REQUEST_METHOD": "POST", "wsgi.input_terminated": True, "SERVER_PROTOCOL": "HTTP/1.0"},
        0,
        id="a body in HTTP/1.0 needs a length",
    ),
    *(
        pytest.param({**environ, "wsgi.input": io.BytesIO(body)}, len(body), id=f"{name}: {body!r} in memory")
        for body in (b"", b"<x/>")
        for name, environ in {
            "hypercorn in HTTP/2": {"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/2"},
            "caddysnake": {"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": ""},
            "a GET": {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/2"},
        }.items()
    ),
    *(
        pytest.param(
            {"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", **shows},
            0,
            id=f"{name} hands on Transfer-Encoding",
        )
        for name, shows in HAND_ON.items()
    ),
    *(
        pytest.param({"REQUEST_METHOD": method, "wsgi.input": PYVOY}, None, id=f"pyvoy: {method} is read to its end")
        for method in ("GET", "POST")
    ),
    *(
        pytest.param({"REQUEST_METHOD": method}, 0, id=f"a server that is not known: {method} has no body")
        for method in ("GET", "HEAD", "OPTIONS", "DELETE")
    ),
    pytest.param(
        {**UWSGI_PASS, "CONTENT_LENGTH": "5"}, 5, id="chunks that nginx took apart, and measured, for uwsgi_pass"
    ),
    pytest.param(
        {
            "CONTENT_LENGTH": "5",
            "HTTP_TRANSFER_ENCODING": "Chunked",
            "wsgi.input": input_named("flup.server.fcgi_base", "InputStream"),
        },
        5,
        id="chunks that nginx took apart, and measured, for fastcgi_pass",
    ),
]


@pytest.mark.parametrize(("environ", "length"), LENGTHS)
def test_where_a_body_ends(environ: dict[str, Any], length: int | None) -> None:
    assert body_length(environ) == length


NOT_A_NUMBER = "Content-Length is not a number of bytes"
NOT_CHUNKED = "a transfer coding other than chunked"

REFUSED: list[Any] = [
    pytest.param({"CONTENT_LENGTH": "-1"}, 400, NOT_A_NUMBER, id="a negative length"),
    pytest.param({"CONTENT_LENGTH": "+1"}, 400, NOT_A_NUMBER, id="a signed length"),
    pytest.param({"CONTENT_LENGTH": "1_0"}, 400, NOT_A_NUMBER, id="an underscore, which int() takes and HTTP does not"),
    pytest.param({"CONTENT_LENGTH": "\u0661"}, 400, NOT_A_NUMBER, id="an Arabic-Indic digit"),
    pytest.param({"CONTENT_LENGTH": "0x10"}, 400, NOT_A_NUMBER, id="a hexadecimal length"),
    pytest.param({"CONTENT_LENGTH": " 1"}, 400, NOT_A_NUMBER, id="a space before a length"),
    pytest.param({"CONTENT_LENGTH": "1\n"}, 400, NOT_A_NUMBER, id="a line end after a length"),
    pytest.param({"CONTENT_LENGTH": "5, 5"}, 400, NOT_A_NUMBER, id="two lengths in one field"),
    pytest.param({"CONTENT_LENGTH": "1" * 19}, 400, NOT_A_NUMBER, id="a length of 19 digits"),
    pytest.param({"CONTENT_LENGTH": "5", "HTTP_CONTENT_LENGTH": "6"}, 400, "several lengths", id="two lengths"),
    pytest.param({"HTTP_CONTENT_LENGTH": "6"}, 400, "several lengths", id="Content_Length, which some servers ignore"),
    pytest.param(
        {"CONTENT_LENGTH": "5", **CHUNKED}, 400, "both Transfer-Encoding and Content-Length", id="chunked and a length"
    ),
    pytest.param(
        {**CHUNKED, "SERVER_PROTOCOL": "HTTP/1.0"},
        400,
        "Transfer-Encoding in HTTP/1.0",
        id="chunked in HTTP/1.0, which has no chunks",
    ),
    pytest.param({**CHUNKED, "HTTP_TRANSFER_ENCODING": "chunked, chunked"}, 501, NOT_CHUNKED, id="chunked twice"),
    pytest.param({**CHUNKED, "HTTP_TRANSFER_ENCODING": "gzip, chunked"}, 501, NOT_CHUNKED, id="gzip inside chunks"),
    pytest.param(
        {**CHUNKED, "HTTP_TRANSFER_ENCODING": "\x0bchunked"}, 501, NOT_CHUNKED, id="a vertical tab before a coding"
    ),
    pytest.param({**CHUNKED, "HTTP_TRANSFER_ENCODING": ""}, 501, NOT_CHUNKED, id="an empty Transfer-Encoding"),
    pytest.param(
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        411,
        "chunked, under a server that does not decode it",
        id="chunks that the server leaves in the body",
    ),
    pytest.param(UWSGI_PASS, 411, "chunked, under a server that does not decode it", id="uwsgi_pass without a length"),
    pytest.param(
        {**UWSGI_PASS, "CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "gzip, chunked"},
        400,
        "both Transfer-Encoding and Content-Length",
        id="uwsgi_pass with a coding that nginx does not take apart",
    ),
    *(
        pytest.param(
            {**without(UWSGI_PASS, missing), "CONTENT_LENGTH": "5", **more},
            400,
            "both Transfer-Encoding and Content-Length",
            id=f"uWSGI hands on both for an HTTP request: {missing or 'from its router'}",
        )
        for missing, more in {
            "DOCUMENT_ROOT": {"HTTP_DOCUMENT_ROOT": "/"},
            "REQUEST_SCHEME": {"HTTP_REQUEST_SCHEME": "http"},
            "uwsgi.version": {},
            "": {"UWSGI_ROUTER": "http"},
        }.items()
    ),
    *(
        pytest.param(
            {"REQUEST_METHOD": method, **more},
            411,
            "no length, under a server that does not show whether there is a body",
            id=f"{method} {more}",
        )
        for method, more in (
            ("POST", {}),
            ("PUT", {"CONTENT_LENGTH": ""}),
            ("PATCH", {"SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "unheard-of"}),
            ("REPORT", {"SERVER_PROTOCOL": "HTTP/1.1"}),
            ("POST", {"SERVER_PROTOCOL": "HTTP/2", "SERVER_SOFTWARE": "WSGIServer/0.2"}),
            ("POST", {"wsgi.input_terminated": False}),
        )
    ),
]


@pytest.mark.parametrize(("environ", "status", "problem"), REFUSED)
def test_a_body_whose_end_servers_could_see_in_two_places_is_refused(
    environ: dict[str, Any], status: int, problem: str
) -> None:
    with pytest.raises(RequestError) as error:
        body_length(environ)
    assert (error.value.status, error.value.problem) == (status, problem)


class InPieces:
    """An input that gives as many bytes at a time as the sizes allow, and remembers the most that were requested."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._stream, self._sizes = io.BytesIO(content), iter(sizes)
        self.most = 0

    def read(self, size: int) -> bytes:
        self.most = max(self.most, size)
        return self._stream.read(min(size, next(self._sizes, size)))

    def rest(self) -> bytes:
        return self._stream.read()


SIZES = st.lists(st.integers(1, 30), max_size=20)


@given(content=st.binary(max_size=200), rest=st.binary(max_size=20), ahead=st.integers(0, 250), sizes=SIZES)
def test_what_is_read_ahead_and_the_pieces_after_it_are_the_body(
    content: bytes, rest: bytes, ahead: int, sizes: list[int]
) -> None:
    source = InPieces(content + rest, sizes)
    body = Body(source, len(content))
    start = body.read_ahead(ahead)
    assert start == content[:ahead]
    assert start + b"".join(body.read_pieces()) == content
    assert source.rest() == rest  # it may be the next request


@given(content=st.binary(max_size=200), ahead=st.integers(0, 250), sizes=SIZES)
def test_a_body_without_a_length_is_read_to_its_end(content: bytes, ahead: int, sizes: list[int]) -> None:
    body = Body(InPieces(content, sizes), None)
    start = body.read_ahead(ahead)
    assert start == content[:ahead]
    assert start + b"".join(body.read_pieces()) == content


@pytest.mark.parametrize("length", [200_000, None], ids=["of a known length", "in chunks"])
def test_no_more_of_a_body_is_held_than_a_piece(length: int | None) -> None:
    source = InPieces(b"x" * 200_000, [])
    pieces = list(Body(source, length).read_pieces())
    assert [len(piece) for piece in pieces] == [PIECE, PIECE, PIECE, 3392]
    assert source.most == PIECE


def test_a_body_of_no_bytes_is_not_waited_for() -> None:
    source = InPieces(b"GET /next", [])
    body = Body(source, 0)
    assert (body.read_ahead(100), list(body.read_pieces()), source.most) == (b"", [], 0)


@pytest.mark.parametrize("ahead", [0, 2, 3, 4, 100], ids="{} bytes read ahead".format)
def test_a_body_that_ends_too_soon_is_an_error_that_counts_what_is_missing(ahead: int) -> None:
    body = Body(io.BytesIO(b"abc"), 5)
    with pytest.raises(RequestError, match="the body ends 2 bytes too soon"):
        b"".join([body.read_ahead(ahead), *body.read_pieces()])


@pytest.mark.parametrize("error", [OSError("gone"), ValueError("gone"), EOFError("gone")], ids=repr)
def test_an_error_of_any_kind_that_the_input_raises_is_a_request_error(error: Exception) -> None:
    class Gone:
        def read(self, _size: int) -> bytes:
            raise error

    with pytest.raises(RequestError, match="the body cannot be read: gone") as raised:
        Body(Gone(), None).read_ahead(1)
    assert raised.value.status == 400
