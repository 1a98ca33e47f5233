"""One exchange with the upstream: a request and its body there, and the answer back."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from time import monotonic

from xmlrpc_guard.body import PIECE, Body
from xmlrpc_guard.proxy.answer import UpstreamAnswer
from xmlrpc_guard.proxy.connection import Connection
from xmlrpc_guard.proxy.outgoing import Outgoing
from xmlrpc_guard.proxy.readbuffer import BadAnswerError
from xmlrpc_guard.proxy.spool import Spool
from xmlrpc_guard.proxy.stream import Stream
from xmlrpc_guard.proxy.upstream import Upstream

LARGEST_PIECE = 1 << 20
"""The most bytes of an upload that are held at a time."""

_FAST = 0.1  # seconds for a piece


def exchange(upstream: Upstream, spool: Spool, request: Outgoing, body: Body) -> tuple[UpstreamAnswer, Iterable[bytes]]:
    """Send a request; give the head of the answer, and its body.

    OSError (TimeoutError if it is silent) or HTTPException if the upstream fails, RequestError if the body does.
    """
    if request.length == 0:
        return _send(upstream, request, ())
    # A small body is read whole, and the beginning of a large one, before PHP waits for it. So a slow client holds
    # none of PHP's workers, and a small body that is cut short is not forwarded at all.
    start = body.read_ahead(PIECE)
    if len(start) < PIECE:
        return _send(upstream, request.with_length(len(start)), [start])
    pieces = chain([start], read_rest(body))
    if request.length is not None:
        return _send(upstream, request, pieces)
    with spool.store(pieces) as (length, stored):
        return _send(upstream, request.with_length(length), stored)


def read_rest(body: Body) -> Iterator[bytes]:
    """Read a large body in pieces that grow while they come fast, and are small again when one does not.

    A server reads as much in one step as it is asked for, and a large upload costs gunicorn a fourth so. But a piece
    goes upstream when it is whole: of a slow client's, a large one would leave the upstream waiting for a minute.
    """
    size = PIECE
    start = monotonic()
    while piece := body.read(size):
        size = min(2 * size, LARGEST_PIECE) if monotonic() - start < _FAST else PIECE
        yield piece
        start = monotonic()


def _send(upstream: Upstream, request: Outgoing, pieces: Iterable[bytes]) -> tuple[UpstreamAnswer, Iterable[bytes]]:
    idle = upstream.take_idle(request)
    if idle:
        # The upstream may close it just as the request is on its way, or send what was left of an answer before.
        with suppress(ConnectionError, BadAnswerError):
            return _exchange_over(idle, upstream, request, pieces)
    return _exchange_over(upstream.connect(), upstream, request, pieces)


def _exchange_over(
    connection: Connection, upstream: Upstream, request: Outgoing, body: Iterable[bytes]
) -> tuple[UpstreamAnswer, Iterable[bytes]]:
    try:
        answer = connection.send(request, body)
        return answer, _read_body(connection, upstream, answer)
    except BaseException:
        connection.close()
        raise


def _read_body(connection: Connection, upstream: Upstream, answer: UpstreamAnswer) -> Iterable[bytes]:
    """Read a small body whole, and the first piece of any other: an upstream that fails until then gives 502.

    The client does not wait any longer for that: servers send no header before the first piece (PEP 3333).
    """
    if answer.length is None or answer.length > PIECE:
        return Stream(upstream, connection, answer)
    whole = b"".join(answer.read_pieces())
    upstream.release(connection, answer)
    return [whole]  # never no piece at all, for which hypercorn answers 500
