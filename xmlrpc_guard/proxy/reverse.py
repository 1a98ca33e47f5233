"""The proxy: a WSGI environ in, one request upstream, and its answer out as it came."""

import errno
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from itertools import chain
from typing import cast
from wsgiref.types import StartResponse, WSGIEnvironment

from xmlrpc_guard.body import PIECE, Body, RequestError
from xmlrpc_guard.client import TrustedProxies, forwarded_client
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.networks import Entries, parse_address
from xmlrpc_guard.policy import Policy, PolicySource
from xmlrpc_guard.proxy.answer import Answer
from xmlrpc_guard.proxy.connection import Connection, Timeout
from xmlrpc_guard.proxy.incoming import BadAnswerError
from xmlrpc_guard.proxy.outgoing import Outgoing, outgoing, target_text
from xmlrpc_guard.proxy.upstream import Upstream
from xmlrpc_guard.text import excerpt

logger = logging.getLogger("xmlrpc_guard.proxy")

PATIENCE = Timeout(connect=5, silence=60)
"""How long an upstream is waited for unless ``timeout`` says otherwise."""


class ReverseProxy:
    """A WSGI application that sends each request upstream as it came, and gives the answer back as it came.

    ``upstream`` is ``http://HOST:PORT`` or ``unix:PATH``. ``timeout`` is in seconds: a pair, until a connection
    must stand and for how long the upstream may then be silent, or one number for both. ``trusted_proxies`` and
    ``forwarded_header`` as for Policy: the peers whose X-Forwarded-Proto and -Host are passed on and whose header
    goes into X-Forwarded-For; any other peer's are replaced. ``trusted_proxies`` may be a policy too, or a
    LivePolicy: its proxies of the moment are meant, and its header; a guard around this asks for itself, and may have
    asked before a change. Unusable arguments raise ConfigurationError.

    The target, Host, all values and both bodies are unchanged, the fields of this hop excepted (RFC 9110 section
    7.6.1). Via is added. A request that servers could read in two ways is answered 400 (or 411, 417, 501) and
    goes nowhere. An upstream that cannot be reached, or that answers with what is not HTTP, gives 502, one that
    is silent too long 504; if it breaks off later, so does the answer: ConnectionResetError, at which servers
    close. Each of these is a record on the logger ``xmlrpc_guard.proxy``.

    >>> ReverseProxy("http://127.0.0.1:8080", timeout=(5, 300), trusted_proxies=["10.0.0.5"])
    ReverseProxy('http://127.0.0.1:8080')
    """

    def __init__(
        self,
        upstream: str,
        *,
        timeout: float | tuple[float, float] = PATIENCE,
        trusted_proxies: Entries | TrustedProxies | PolicySource = (),
        forwarded_header: str | ForwardedHeader | None = None,
    ) -> None:
        self._upstream = Upstream(upstream, timeout)
        self._believed = _believed(trusted_proxies, forwarded_header)

    def __repr__(self) -> str:
        return f"ReverseProxy({self._upstream.name!r})"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 asks."""
        try:
            request = outgoing(environ, *self._believed())
            answer, body = self._exchange(*_read_ahead(request, Body(environ["wsgi.input"], request.length)))
        except RequestError as refused:
            return self._fail(environ, start_response, refused.status, refused.problem)
        except TimeoutError as error:
            return self._fail(environ, start_response, HTTPStatus.GATEWAY_TIMEOUT, f"{self._upstream.name}: {error}")
        except (OSError, HTTPException) as error:
            return self._fail(environ, start_response, HTTPStatus.BAD_GATEWAY, f"{self._upstream.name}: {error}")
        start_response(f"{answer.status} {answer.reason}", answer.fields)
        return body

    def _fail(
        self, environ: WSGIEnvironment, start_response: StartResponse, status: HTTPStatus, problem: str
    ) -> list[bytes]:
        self._log(environ, status, problem)
        body = f"{status.phrase}\n".encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _log(self, environ: WSGIEnvironment, status: HTTPStatus, problem: str) -> None:
        level = logging.WARNING if status < HTTPStatus.INTERNAL_SERVER_ERROR else logging.ERROR
        peer, path = environ.get("REMOTE_ADDR"), target_text(environ).partition("?")[0]
        client, (proxies, header) = parse_address(peer), self._believed()
        if proxies.include(peer, client):
            client = forwarded_client(environ.get(header.key), proxies, header)
        message = "answered %s to %s: %s; peer %s, %s %s"
        facts = (problem, str(peer), environ["REQUEST_METHOD"], path)
        logger.log(level, message, status.value, client[1] if client else "unknown", *map(excerpt, facts))

    def _exchange(self, request: Outgoing, body: Iterable[bytes]) -> tuple[Answer, Iterable[bytes]]:
        idle = self._upstream.take(request)
        if idle:
            # The upstream may close it just as the request is on its way, or send what was left of an answer before.
            with suppress(ConnectionError, BadAnswerError):
                return self._exchange_over(idle, request, body)
        return self._exchange_over(self._upstream.connect(), request, body)

    def _exchange_over(
        self, connection: Connection, request: Outgoing, body: Iterable[bytes]
    ) -> tuple[Answer, Iterable[bytes]]:
        try:
            answer = connection.ask(request, body)
            return answer, self._body(connection, answer)
        except BaseException:
            connection.close()
            raise

    def _body(self, connection: Connection, answer: Answer) -> Iterable[bytes]:
        """Read a small body whole, of any other the first piece: an upstream that dies until then gives 502.

        Nobody waits for it: servers send no header before the first piece (PEP 3333).
        """
        pieces = answer.pieces()
        if answer.length is None or answer.length > PIECE:
            return _Stream(self._upstream, connection, answer, pieces)
        whole = b"".join(pieces)
        self._upstream.release(connection, answer)
        return [whole] if whole else []


def _believed(
    trusted_proxies: Entries | TrustedProxies | PolicySource, forwarded_header: str | ForwardedHeader | None
) -> Callable[[], tuple[TrustedProxies, ForwardedHeader]]:
    """Give what tells, at any moment, whose word is taken and in which header."""
    header = None if forwarded_header is None else ForwardedHeader(forwarded_header)
    current: Callable[[], Policy] | None = getattr(trusted_proxies, "current", None)
    if current is None:
        fixed = TrustedProxies(cast(Entries, trusted_proxies)), header or X_FORWARDED_FOR
        return lambda: fixed
    return lambda: ((policy := current()).trusted_proxies, header or policy.forwarded_header)


class _Stream:
    """A body on its way to the client; whoever stops before its end must close it, as PEP 3333 asks."""

    def __init__(self, upstream: Upstream, connection: Connection, answer: Answer, pieces: Iterator[bytes]) -> None:
        self._upstream, self._connection, self._answer = upstream, connection, answer
        self._first, self._rest = next(pieces, b""), pieces
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield self._first
            yield from self._rest
        except (OSError, HTTPException) as error:
            logger.error("%s broke off its answer: %s", self._upstream.name, error)  # noqa: TRY400 - one line
            raise ConnectionResetError(errno.ECONNRESET, "the upstream broke off its answer") from None
        self._complete = True
        self._upstream.release(self._connection, self._answer)

    def close(self) -> None:
        """Close the connection upstream if the answer was not read up."""
        if not self._complete:
            self._connection.close()


def _read_ahead(request: Outgoing, body: Body) -> tuple[Outgoing, Iterable[bytes]]:
    """Read a small body whole, and the beginning of a large one, before PHP waits for it.

    So a slow client holds none of PHP's workers, and a small body that is cut short is not forwarded at all.
    """
    if request.length == 0:
        return request, ()
    start = body.read_ahead(PIECE)
    if len(start) < PIECE:
        return request.measured(len(start)), [start]
    return request, chain([start], body.read_pieces())
