"""The proxy: a WSGI environ in, one request upstream, and its answer out as it came."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.client import HTTPException
from typing import cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard.allocator import keep_pieces
from xmlrpc_guard.body import Body, RequestError
from xmlrpc_guard.client import TrustedProxies, identify_sender
from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.draining import DEFAULT_MAX_DRAIN, answer_and_drain, check_max_drain
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.networks import Entries
from xmlrpc_guard.policy import Policy, PolicySource
from xmlrpc_guard.proxy.endpoint import DEFAULT_TIMEOUT
from xmlrpc_guard.proxy.exchange import exchange
from xmlrpc_guard.proxy.journal import FailureLog
from xmlrpc_guard.proxy.outgoing import SERVER_WIDE, Outgoing, prepare
from xmlrpc_guard.proxy.spool import DEFAULT_MAX_SPOOL, Spool, parse_max_spool
from xmlrpc_guard.proxy.upstream import FAILURES, Upstream


class ReverseProxy:
    """A WSGI application that forwards each request as it came, and gives the answer back as it came.

    * ``upstream``: ``http://HOST:PORT`` or ``unix:PATH``.
    * ``timeout``: seconds, as a pair: within which a connection must be made, and for which the upstream may then be
      silent; or one number for both.
    * ``trusted_proxies``, ``forwarded_header``: as for Policy. Of these peers X-Forwarded-Proto, -Host and -Port are
      passed on, and their header goes into X-Forwarded-For; any other peer's are replaced. ``trusted_proxies`` may be a
      policy too. With a LivePolicy, the current proxies and header are read for each request. The guard reads them
      separately, so the two can differ for one request while a list changes.
    * ``max_spool``: bytes, as a pair: of one body that comes without a length, and of all of them that are stored at a
      time to be measured; or the first alone, for four times as much together.
    * ``max_drain``: how many bytes of a body are read away if it is answered before it is read, as for XMLRPCGuard.
    * ``log``: with ``"all"`` each request that is answered as below is a record on the logger ``xmlrpc_guard.proxy``,
      with ``"sampled"`` a client's first in a minute; of the upstream's errors, the first of a status. With ``"off"``,
      only the latter are.

    Unusable arguments raise ConfigurationError. The target, Host, all values and both bodies are unchanged, the fields
    of this hop excepted (RFC 9110 section 7.6.1). Via is added.

    A request that servers could read in two ways is answered 400 (or 411, 417, 501) and is not forwarded; nor is a body
    above ``max_spool`` (413, or 503 if others take the room). An upstream that cannot be reached, or that answers with
    what is not HTTP, gives 502, one that is silent too long 504. If it breaks off later, so does the answer:
    ConnectionResetError, at which servers close.

    >>> ReverseProxy("http://127.0.0.1:8080", timeout=(5, 300), trusted_proxies=["10.0.0.5"])
    ReverseProxy('http://127.0.0.1:8080')
    """

    def __init__(
        self,
        upstream: str,
        *,
        timeout: float | tuple[float, float] = DEFAULT_TIMEOUT,
        trusted_proxies: Entries | TrustedProxies | PolicySource = (),
        forwarded_header: str | ForwardedHeader | None = None,
        max_spool: int | tuple[int, int] = DEFAULT_MAX_SPOOL,
        max_drain: int = DEFAULT_MAX_DRAIN,
        log: str = "all",
    ) -> None:
        self._upstream = Upstream(upstream, timeout)
        self.upstream_errors: EventCounts[str] = self._upstream.errors
        self._spool = Spool(parse_max_spool(max_spool))
        self._max_drain = check_max_drain(max_drain)
        self._failures = FailureLog(log)
        self._current_trust = _make_trust(trusted_proxies, forwarded_header)
        keep_pieces()

    def __repr__(self) -> str:
        return f"ReverseProxy({self._upstream.name!r})"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 defines it."""
        app, left = self._prepare_answer(environ)
        return answer_and_drain(app, environ, start_response, self._max_drain, left)

    def _prepare_answer(self, environ: WSGIEnvironment) -> tuple[WSGIApplication, int | None]:
        """Give the application that answers a request, and how much of its body is unread; None: all of it may be."""
        proxies, header = self._current_trust()
        caller = identify_sender(environ, proxies, header)
        body: Body | None = None
        try:
            request = prepare(environ, caller, header)
            body = Body(environ["wsgi.input"], request.length)
            app = _answer_server_wide if request.target == SERVER_WIDE else self._forward(request, body)
        except (RequestError, OSError, HTTPException) as error:
            status, problem = self._explain(error)
            if status in FAILURES:
                self.upstream_errors.add(FAILURES[status])
            self._failures.log(environ, caller, status, problem)
            return _make_failure(status), body.left if body else None
        return app, body.left

    def _forward(self, request: Outgoing, body: Body) -> WSGIApplication:
        answer, pieces = exchange(self._upstream, self._spool, request, body)

        def give(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            start_response(f"{answer.status} {answer.reason}", answer.fields)
            return pieces

        return give

    def _explain(self, error: Exception) -> tuple[HTTPStatus, str]:
        if isinstance(error, RequestError):
            return error.status, error.problem
        late = isinstance(error, TimeoutError)
        return HTTPStatus.GATEWAY_TIMEOUT if late else HTTPStatus.BAD_GATEWAY, f"{self._upstream.name}: {error}"


def _make_failure(status: HTTPStatus) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = f"{status.phrase}\n".encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    return answer


def _answer_server_wide(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer ``OPTIONS *``, as which balancers check a server's health.

    Here, since it is about this server (RFC 9110 section 9.3.7), and since nginx as the upstream answers it with 400.
    """
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]


def _make_trust(
    trusted_proxies: Entries | TrustedProxies | PolicySource, forwarded_header: str | ForwardedHeader | None
) -> Callable[[], tuple[TrustedProxies, ForwardedHeader]]:
    """Make the function that gives the active trusted proxies, and the header that is read of them."""
    header = None if forwarded_header is None else ForwardedHeader(forwarded_header)
    current: Callable[[], Policy] | None = getattr(trusted_proxies, "current", None)
    if current is None:
        fixed = TrustedProxies(cast(Entries, trusted_proxies)), header or X_FORWARDED_FOR
        return lambda: fixed
    return lambda: ((policy := current()).trusted_proxies, header or policy.forwarded_header)
