"""Bodies without a length: stored in files until they are measured, one by one and all together within limits."""

import gc
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.proxying import call
from tests.upstreams import LARGE, Talk, Upstream
from xmlrpc_guard import ConfigurationError
from xmlrpc_guard.body import PIECE, RequestError
from xmlrpc_guard.proxy import ReverseProxy, application
from xmlrpc_guard.proxy.spool import DEFAULT_MAX_SPOOL, Spool, SpoolLimits, parse_max_spool

CHUNKED: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}
BODY = bytes(range(256)) * 1000


def pieces(body: bytes, size: int = PIECE) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


def test_what_is_stored_comes_back_in_pieces_with_its_length() -> None:
    with Spool(SpoolLimits(len(BODY), len(BODY))).store(pieces(BODY, 9973)) as (length, stored):
        given = list(stored)
    assert (length, b"".join(given)) == (len(BODY), BODY)
    assert max(map(len, given)) == PIECE


@pytest.mark.parametrize(
    ("max_spool", "limits"),
    [
        pytest.param(1000, (1000, 4000), id="of one body, for four times as much together"),
        pytest.param((1000, 1000), (1000, 1000), id="a pair"),
        pytest.param(0, (0, 0), id="nothing is stored"),
        pytest.param(DEFAULT_MAX_SPOOL, (256 << 20, 1 << 30), id="the default, a quarter of a gigabyte"),
    ],
)
def test_limits(max_spool: Any, limits: tuple[int, int]) -> None:
    assert parse_max_spool(max_spool) == limits


@pytest.mark.parametrize("max_spool", [-1, True, "1000", None, 1.5, (1,), (1, 2, 3), (2, 1), (1, "2"), [1, 2], ()])
def test_limits_that_cannot_be_used_raise_when_the_proxy_is_made(max_spool: Any) -> None:
    problem = "is neither bytes nor a pair of them; write (268435456, 1073741824): of one body, and of all together"
    for make in (ReverseProxy, partial(application, allow="")):
        with pytest.raises(ConfigurationError) as error:
            make("http://127.0.0.1:8080", max_spool=max_spool)
        assert str(error.value) == f"max_spool: {max_spool!r} {problem}"


def refusal(spool: Spool, body: bytes) -> tuple[int, str]:
    with pytest.raises(RequestError) as error, spool.store(pieces(body)):
        pass
    return error.value.status.value, error.value.problem


def test_a_body_above_the_limit_is_refused() -> None:
    spool = Spool(SpoolLimits(len(BODY) - 1, 10 * len(BODY)))
    too_large = "the body comes in chunks, and is longer than max_spool, 255999 bytes"
    assert refusal(spool, BODY) == (413, too_large)
    with spool.store(pieces(BODY[1:])) as (length, _):
        assert length == len(BODY) - 1


def test_no_more_than_the_limit_is_read_of_a_body() -> None:
    endless = iter(lambda: b"x" * PIECE, b"")
    with pytest.raises(RequestError), Spool(SpoolLimits(10 * PIECE, 10 * PIECE)).store(endless):
        pass


def test_bodies_that_are_stored_at_a_time_share_a_limit_and_give_it_back() -> None:
    spool = Spool(SpoolLimits(len(BODY), 2 * len(BODY)))
    no_room = "the bodies that come in chunks take all of max_spool, 512000 bytes"
    with spool.store(pieces(BODY)), spool.store(pieces(BODY)):
        assert refusal(spool, BODY) == (503, no_room)
        assert refusal(spool, b"x") == (503, no_room)
    with spool.store(pieces(BODY)), spool.store(pieces(BODY)):
        pass


@pytest.mark.parametrize("error", [RequestError, ConnectionError, KeyboardInterrupt])
def test_an_error_while_a_body_is_stored_or_sent_gives_its_room_back(error: Any) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 900
        raise error(400, "gone")

    spool = Spool(SpoolLimits(1000, 1000))
    for _ in range(3):
        with pytest.raises(error), spool.store(broken()):
            pass
        with pytest.raises(error), spool.store(pieces(b"x" * 1000)):
            raise error(400, "gone")
    with spool.store(pieces(b"x" * 1000)) as (length, _):
        assert length == 1000


FULL = OSError(28, "No space left on device")


class Full:
    """A file on a disk that is full."""

    def __init__(self, *works: str) -> None:
        self._works = works

    def _do(self, name: str) -> None:
        if name not in self._works:
            raise FULL

    def write(self, _: bytes) -> None:
        self._do("write")

    def seek(self, _: int) -> None:
        self._do("seek")

    def close(self) -> None:
        self._do("close")


@pytest.mark.parametrize("works", [("close",), ("write", "close"), ()], ids=["write", "flush", "close too"])
def test_a_disk_that_is_full_is_said(works: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmlrpc_guard.proxy.spool.TemporaryFile", lambda: Full(*works))
    spool = Spool(SpoolLimits(1000, 1000))
    full = "the body comes in chunks, and cannot be stored: [Errno 28] No space left on device"
    for _ in range(3):
        assert refusal(spool, b"x" * 1000) == (503, full)


def test_a_folder_in_which_nothing_can_be_stored_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
    assert refusal(Spool(SpoolLimits(9, 9)), b"x")[0] == 503


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc to look at")
def test_the_file_has_no_name_and_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened() -> list[str]:
        links = (str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
        return [link for link in links if str(tmp_path) in link]

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Spool(SpoolLimits(9, 9)).store([b"x"]):
        gc.collect()
        assert (len(opened()), list(tmp_path.iterdir())) == (1, [])
    assert opened() == []


REFUSED: list[Any] = [
    pytest.param(100_000, 413, "is longer than max_spool, 100000 bytes", id="a body that is too large"),
    pytest.param((300_000, 300_000), 200, "", id="a body within the limits"),
    pytest.param(0, 413, "is longer than max_spool, 0 bytes", id="a body where nothing is stored"),
]


@pytest.mark.parametrize(("max_spool", "status", "problem"), REFUSED)
def test_a_request_whose_body_is_not_stored_is_not_forwarded(
    max_spool: Any, status: int, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Upstream(Talk(answers=(LARGE,))) as upstream:
        proxy = ReverseProxy(upstream.url, max_spool=max_spool)
        statuses = [int(call(proxy, method="POST", body=BODY, **CHUNKED).status[:3]) for _ in range(3)]
    assert (statuses, len(upstream.connections)) == ([status] * 3, 3 if status == 200 else 0)
    assert problem in caplog.text


def test_a_body_with_a_length_is_not_stored() -> None:
    with Upstream() as upstream:
        assert call(ReverseProxy(upstream.url, max_spool=0), method="POST", body=BODY).status == "200 OK"


def test_the_room_is_free_again_when_the_answer_begins() -> None:
    with Upstream(Talk(answers=(LARGE,), end="hold")) as upstream:
        guard = application(upstream.url, allow="", max_spool=(len(BODY), len(BODY)))
        answers = [call(guard, method="POST", body=BODY, **CHUNKED) for _ in range(2)]
        del guard
    assert [answer.status for answer in answers] == ["200 OK"] * 2
