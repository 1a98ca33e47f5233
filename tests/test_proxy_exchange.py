"""How a large body is read from the server: in pieces that grow while they come fast."""

from collections.abc import Iterator, Sequence

import pytest

from xmlrpc_guard.body import PIECE, Body
from xmlrpc_guard.proxy import exchange
from xmlrpc_guard.proxy.exchange import LARGEST_PIECE, read_rest


class Sender:
    """An input that gives all that is asked for, each time after some seconds of a clock."""

    def __init__(self, seconds: Iterator[float]) -> None:
        self.now, self._seconds = 0.0, seconds

    def read(self, size: int) -> bytes:
        self.now += next(self._seconds)
        return bytes(size)


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        pytest.param([0.01] * 6, [1, 2, 4, 8, 16, 16], id="a fast client's pieces grow up to a limit"),
        pytest.param([1.0] * 3, [1, 1, 1], id="a slow client's stay small"),
        pytest.param([0.01, 0.01, 5.0, 0.01], [1, 2, 4, 1], id="those of a client that becomes slow are small again"),
    ],
)
def test_how_much_is_read_at_a_time(
    seconds: Sequence[float], sizes: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender(iter(seconds))
    monkeypatch.setattr(exchange, "monotonic", lambda: sender.now)
    pieces = read_rest(Body(sender, sum(sizes) * PIECE))
    assert [len(piece) // PIECE for piece in pieces] == sizes
    assert max(sizes) * PIECE <= LARGEST_PIECE
