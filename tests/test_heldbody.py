"""A body that is read ahead and given back: as much as may be, byte for byte, in memory or in a file."""

import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from mmap import mmap
from typing import Any
from wsgiref.types import WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.body import RequestError, body_length
from xmlrpc_guard.heldbody import IN_MEMORY, HeldBody

LARGE = bytes(range(256)) * 2000  # 512,000 bytes
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


class Slow(BytesIO):
    """An input that gives at most ``step`` bytes at a time, counts them, and can break off."""

    def __init__(self, body: bytes, step: int = 1000, breaks_at: int | None = None) -> None:
        super().__init__(body)
        self.step, self.breaks_at = step, breaks_at

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0
        if self.breaks_at is not None and self.tell() >= self.breaks_at:
            raise OSError("the client left")
        return super().read(min(size, self.step))


def announced(body: bytes, source: BytesIO | None = None, **more: Any) -> WSGIEnvironment:
    after = b"GET /next HTTP/1.1\r\n\r\n"
    source = source or Slow(body + after)
    return {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": source, **more}


def chunked(body: bytes, source: BytesIO | None = None) -> WSGIEnvironment:
    return {"REQUEST_METHOD": "POST", "wsgi.input": source or Slow(body), **CHUNKED}


Framing = Callable[..., WSGIEnvironment]
framed = pytest.mark.parametrize("frame", [announced, chunked], ids=["with a length", "in chunks"])


def read_again(environ: WSGIEnvironment) -> bytes:
    """Read a body as a careful application does."""
    length = body_length(environ)
    source = environ["wsgi.input"]
    return bytes(source.read(length) if length is not None else b"".join(iter(lambda: source.read(7777), b"")))


@framed
@pytest.mark.parametrize("body", [b"", b"x", LARGE[:IN_MEMORY], LARGE[: IN_MEMORY + 1], LARGE], ids=len)
def test_a_whole_body_is_given_back_with_its_length_and_without_a_coding(body: bytes, frame: Framing) -> None:
    environ = frame(body)
    held = HeldBody(environ, len(LARGE))
    held.give_back(environ)
    assert (bytes(held.content[:]), held.too_large, held.problem) == (body, False, None)
    assert (environ["CONTENT_LENGTH"], environ.get("HTTP_TRANSFER_ENCODING")) == (str(len(body)), None)
    assert read_again(environ) == body
    assert environ["wsgi.input"].read(1) == b""


@pytest.mark.parametrize(("size", "kind"), [(IN_MEMORY, bytes), (IN_MEMORY + 1, mmap)], ids=["memory", "file"])
def test_a_body_of_more_than_256_kib_is_in_a_file(size: int, kind: type) -> None:
    assert type(HeldBody(announced(LARGE[:size]), size).content) is kind


def test_a_body_is_in_memory_if_that_may_hold_it() -> None:
    assert type(HeldBody(announced(LARGE), len(LARGE), in_memory=len(LARGE)).content) is bytes


@pytest.mark.parametrize("size", [100, LARGE.__len__()], ids=["in memory", "in a file"])
def test_a_body_in_chunks_is_read_up_to_one_byte_more_than_may_be(size: int) -> None:
    source = Slow(LARGE + b"and more")
    held = HeldBody(chunked(b"", source), size)
    assert (len(held.content), source.tell(), held.too_large) == (size + 1, size + 1, True)


def test_a_body_that_says_that_it_is_too_large_is_left_unread() -> None:
    source = Slow(LARGE)
    held = HeldBody(announced(LARGE, source), 100)
    assert (bytes(held.content[:]), source.tell(), held.too_large) == (b"", 0, True)


@framed
@pytest.mark.parametrize("most", [0, 100, 300_000], ids="most={}".format)
def test_a_body_that_is_too_large_is_given_back_whole_and_as_it_was_announced(most: int, frame: Framing) -> None:
    environ = frame(LARGE)
    before = {name: value for name, value in environ.items() if name != "wsgi.input"}
    HeldBody(environ, most).give_back(environ)
    assert {**environ, "wsgi.input_terminated": True} == {**environ, **before, "wsgi.input_terminated": True}
    assert read_again(environ) == LARGE


@framed
@pytest.mark.parametrize("at", [0, 300_000], ids="after {} bytes".format)
def test_a_body_that_breaks_off_is_given_back_as_far_as_it_came(at: int, frame: Framing) -> None:
    environ = frame(LARGE, Slow(LARGE, 1000, at))
    held = HeldBody(environ, len(LARGE))
    held.give_back(environ)
    assert held.problem == "the body cannot be read: the client left"
    assert environ["wsgi.input"].read(at) == LARGE[:at]
    with pytest.raises(RequestError, match="the client left"):
        environ["wsgi.input"].read(1)


def test_a_body_that_is_shorter_than_announced_has_a_problem() -> None:
    assert HeldBody(announced(LARGE, Slow(LARGE[:10])), 10**6).problem == "the body ends 511990 bytes too soon"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"HTTP_TRANSFER_ENCODING": "chunked"}, id="a length beside a coding"),
        pytest.param({"CONTENT_LENGTH": "+7"}, id="a length that is no number"),
        pytest.param({"CONTENT_LENGTH": "", "SERVER_PROTOCOL": "HTTP/1.1"}, id="no length under an unknown server"),
    ],
)
def test_a_body_without_a_clear_end_raises_and_is_left_unread(fields: dict[str, str]) -> None:
    source = Slow(LARGE)
    with pytest.raises(RequestError):
        HeldBody({**announced(LARGE, source), **fields}, 10**6)
    assert source.tell() == 0


def test_an_input_that_is_given_back_reads_lines_and_leads_to_the_servers_own() -> None:
    environ = announced(b"a\nb\nc")
    own = environ["wsgi.input"]
    HeldBody(environ, 100).give_back(environ)
    given = environ["wsgi.input"]
    assert (given.readline(), given.readlines(), list(given)) == (b"a\n", [b"b\n", b"c"], [])
    assert given.rfile is own


def test_a_body_outlives_the_one_who_held_it() -> None:
    environ = announced(LARGE)
    HeldBody(environ, len(LARGE)).give_back(environ)
    assert environ["wsgi.input"].read() == LARGE


def test_where_no_file_can_be_made_that_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Iterator[bytes]:
        raise OSError("no room")

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    with pytest.raises(OSError, match="no room"):
        HeldBody(announced(LARGE), len(LARGE))


@given(
    body=st.binary(max_size=200),
    step=st.integers(1, 50),
    limits=st.tuples(st.integers(0, 250), st.integers(0, 250)),
    reads=st.lists(st.integers(1, 60), min_size=1),
    frame=st.sampled_from([announced, chunked]),
)
def test_however_much_is_read_ahead_the_application_reads_the_same_bytes(
    body: bytes, step: int, limits: tuple[int, int], reads: list[int], frame: Framing
) -> None:
    most, in_memory = limits
    environ = frame(body, Slow(body, step))
    held = HeldBody(environ, most, in_memory=in_memory)
    held.give_back(environ)
    assert held.too_large is (len(body) > most)
    source = environ["wsgi.input"]
    pieces = [source.read(size) for size in reads]
    assert b"".join(pieces) + source.read() == body
