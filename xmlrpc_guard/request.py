"""What a decision depends on: a request as plain text, made by hand in a test or from a WSGI environ."""

from collections.abc import Iterable, Mapping
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader, forwarded_headers
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.methods import Bytes
from xmlrpc_guard.peers import is_unix_socket
from xmlrpc_guard.target import path_of
from xmlrpc_guard.views import queries_of, raw_target, views_of


class Request(Frozen):
    """What a decision depends on, as plain text; frozen, comparable.

    ``target`` is raw, as in the request line; one that begins with a slash is cut at the first ``?``. ``paths`` are
    further views of the path that a server has already decoded: a ``?`` belongs to them. ``peer`` is the address that
    connected (REMOTE_ADDR); ``unix`` says that the server proves it to be a unix socket's client, which has none.
    ``forwarded`` maps the names of the headers in which proxies may name the client to their values, the lines of one
    joined by commas; one text stands for X-Forwarded-For. A policy reads its own header only. ``method`` is as in the
    request line; ``queries`` are views of what follows the ``?`` that differ from the target's. ``body`` is what
    was received, and None where it is not read.

    >>> Request("/blog/?p=1", peer="203.0.113.9").views
    ('/blog/',)
    >>> Request("/", peer="10.0.0.5", forwarded="203.0.113.9")
    Request(target='/', peer='10.0.0.5', forwarded={'x-forwarded-for': '203.0.113.9'})
    """

    __slots__ = ("target", "peer", "forwarded", "paths", "unix", "method", "queries", "body")

    target: str | None
    peer: str | None
    forwarded: tuple[tuple[str, str], ...]
    """Names in lower case, and values, sorted."""
    paths: tuple[str, ...]
    unix: bool
    method: str | None
    queries: tuple[str, ...]
    body: Bytes | None

    def __init__(
        self,
        target: str | None = None,
        peer: str | None = None,
        forwarded: str | Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        paths: str | Iterable[str] = (),
        *,
        unix: bool = False,
        method: str | None = None,
        queries: str | Iterable[str] = (),
        body: Bytes | None = None,
    ) -> None:
        if isinstance(forwarded, str):
            forwarded = {X_FORWARDED_FOR.name: forwarded}
        pairs = forwarded.items() if isinstance(forwarded, Mapping) else forwarded or ()
        paths = (paths,) if isinstance(paths, str) else tuple(paths)  # one string is one path
        queries = (queries,) if isinstance(queries, str) else tuple(queries)
        settle(self, target=target, peer=peer, forwarded=_join_lines(pairs), paths=paths, unix=unix)
        settle(self, method=method, queries=queries, body=body)

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment) -> "Request":
        """Make the request that a WSGI environ describes (PEP 3333): what a guard decides by, for any policy.

        It holds every view of the path, and every header that some policy may read, since the policy picks its own:
        X-Forwarded-For in the place of X-Real-IP would let a client name itself. The body is not read.

        >>> Request.from_environ({"PATH_INFO": "/a b", "RAW_URI": "/a%20b?c", "REMOTE_ADDR": "203.0.113.9"})
        Request(target='/a%20b?c', peer='203.0.113.9', paths=('/a b', '/a%20b'))
        """
        target = raw_target(environ)
        return cls(
            target,
            environ.get("REMOTE_ADDR"),
            forwarded_headers(environ),
            views_of(environ),
            unix=is_unix_socket(environ),
            method=environ.get("REQUEST_METHOD"),
            queries=[query for query in queries_of(environ) if query != _query_of(target)],
        )

    @property
    def views(self) -> tuple[str, ...]:
        """Every view of the path, without the query."""
        return self.paths if self.target is None else (path_of(self.target), *self.paths)

    @property
    def asks_for_discovery(self) -> bool:
        """Whether this is ``GET`` with the query ``rsd`` and no other, however a server reads it.

        An editor asks so for the document that names a site's interfaces (Really Simple Discovery). A path with an
        escape or a question mark is left out: it can become another path and another query on its way.
        """
        queries = self.queries if self.target is None else (_query_of(self.target), *self.queries)
        plain = not any("?" in view or "%" in view for view in self.views)
        return self.method == "GET" and plain and set(queries) == {"rsd"}

    def header(self, header: ForwardedHeader) -> str | None:
        """Give the value of one forwarded header; None where absent."""
        return dict(self.forwarded).get(header.name.lower())

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in self.__slots__}
        given["forwarded"] = dict(self.forwarded)
        named = (f"{name}={value!r}" for name, value in given.items() if value not in (None, {}, (), False))
        return f"Request({', '.join(named)})"


def _query_of(target: str | None) -> str:
    return "" if target is None else target.partition("?")[2]


def _join_lines(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Make one value of the lines of each header, joined by commas (RFC 9110 section 5.3); None is an absent one."""
    lines: dict[str, list[str]] = {}
    for name, value in pairs:
        if value is not None:
            lines.setdefault(name.lower(), []).append(value)
    return tuple(sorted((name, ", ".join(values)) for name, values in lines.items()))
