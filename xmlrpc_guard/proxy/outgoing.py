"""What goes upstream for a request: a function of its environ, and the only judge of whether it may go at all."""

import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.body import RequestError, body_length, demand
from xmlrpc_guard.client import TrustedProxies, forwarded_client
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.proxy.fields import TOKEN, VALUE, Fields, end_to_end

PSEUDONYM = "xmlrpc_guard"
"""What this proxy calls itself in Via (RFC 9110 section 7.6.3)."""

_TARGET = re.compile(r"/[\x21\x22\x24-\x7e]*")  # printable ASCII without the space and '#'
_ABSOLUTE = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://([^/?#]*)(/.*)?", re.DOTALL)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.\-_~%!$&'()*+;=]+)(?::[0-9]*)?")  # RFC 3986 section 3.2.2
_UNQUOTED = "/:@!$&'()*+,;=~"  # what RFC 3986 section 3.3 lets stand in a path, beside letters, digits, '-', '.', '_'
_MOST_PASSES = 5
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1
# Fields that are written anew, or answered here; Content-Length in this place is another spelling of the real one.
# Proxy is no field at all, but PHP scripts took it for a setting (CVE-2016-5385), and granian and wsgiref fill in the
# process' own environment variable of that name.
_REWRITTEN = frozenset(
    {
        *("HTTP_HOST", "HTTP_VIA", "HTTP_EXPECT", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_PROXY"),
        *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO"),
    }
)


class Outgoing(NamedTuple):
    """A request as it goes upstream. ``length`` bytes of body follow it; None: chunks, as many as come."""

    method: str
    target: str
    fields: Fields
    length: int | None

    @property
    def host(self) -> str:
        """The site that it is for."""
        return self.fields[0][1]

    @property
    def repeatable(self) -> bool:
        """Tell whether sending it twice does no more than sending it once (RFC 9110 section 9.2.1)."""
        return self.method in _SAFE and self.length == 0

    @property
    def head(self) -> bytes:
        """Its request line and fields, as they go over the wire."""
        fields = "".join([f"{name}: {value}\r\n" for name, value in self.fields])
        return f"{self.method} {self.target} HTTP/1.1\r\n{fields}\r\n".encode("latin-1")

    def measured(self, length: int) -> "Outgoing":
        """Give the same request with a length for its chunks, once they are all there."""
        if self.length is not None:
            return self
        fields = [field for field in self.fields if field[0] != "Transfer-Encoding"]
        if length or self.method not in _SAFE:
            fields.append(("Content-Length", str(length)))
        return self._replace(fields=fields, length=length)


def outgoing(environ: WSGIEnvironment, proxies: TrustedProxies, header: ForwardedHeader = X_FORWARDED_FOR) -> Outgoing:
    """Make the request that goes upstream; RequestError if it is not one that every server reads alike.

    The target is the server's own text of it, unchanged. So are Host and all other values; names come as CGI
    leaves them: one field of a name, its words capitalized, no underscore.

    >>> environ = {"REQUEST_METHOD": "GET", "RAW_URI": "/a%2fb?c", "HTTP_HOST": "blog.example",
    ...     "HTTP_X_FORWARDED_FOR": "192.0.64.5", "REMOTE_ADDR": "203.0.113.9", "wsgi.url_scheme": "http"}
    >>> request = outgoing(environ, TrustedProxies())
    >>> request.target, request.fields[:2]
    ('/a%2fb?c', [('Host', 'blog.example'), ('X-Forwarded-For', '203.0.113.9')])
    """
    method, host = _method(environ), _host(environ)
    target = _target(environ, host)
    length = body_length(environ)
    believed = proxies.include(environ.get("REMOTE_ADDR"), parse_address(environ.get("REMOTE_ADDR")))
    hops = _hops(environ, proxies, header) if believed else ""
    fields = [
        ("Host", host),
        *_provenance(environ, host, hops, believed=believed),
        *_received(environ, header, believed=believed),
    ]
    if length is None:
        fields.append(("Transfer-Encoding", "chunked"))
    elif environ.get("CONTENT_LENGTH"):
        fields.append(("Content-Length", str(length)))
    for name, value in fields:
        if not VALUE.fullmatch(value):
            raise RequestError(HTTPStatus.BAD_REQUEST, f"the value of {name} is malformed")
    return Outgoing(method, target, fields, length)


def target_text(environ: WSGIEnvironment) -> str:
    """Give the target as the server received it; quoted anew from the decoded path where it kept none."""
    raw: str | None = environ.get("RAW_URI", environ.get("REQUEST_URI"))
    if raw is not None:
        return raw
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    return quote(path.encode("latin-1", "backslashreplace"), safe=_UNQUOTED) + (f"?{query}" if query else "") or "/"


def _method(environ: WSGIEnvironment) -> str:
    method: str = environ["REQUEST_METHOD"]
    demand(TOKEN.fullmatch(method), "the method is not a token")
    demand(method != "CONNECT", "this is no tunnel", HTTPStatus.NOT_IMPLEMENTED)
    return method


def _host(environ: WSGIEnvironment) -> str:
    """Give Host; an HTTP/1.0 request that brings none is for the server's own name (PEP 3333, URL reconstruction)."""
    host: str = environ.get("HTTP_HOST", "")
    if not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        host = f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
        return host if _HOST.fullmatch(host) else "localhost"  # a unix socket has neither
    demand(_HOST.fullmatch(host), "Host is missing or malformed")
    return host


def _target(environ: WSGIEnvironment, host: str) -> str:
    target = target_text(environ)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute:  # RFC 9112 section 3.2.2: every server must understand this form
        demand(absolute[1].lower() == host.lower(), "the target names another host than Host does")
        target = absolute[2] or "/"
    demand(_TARGET.fullmatch(target), "the target is not a path of printable ASCII without '#'")
    return target


def _hops(environ: WSGIEnvironment, proxies: TrustedProxies, header: ForwardedHeader) -> str:
    """Give what a trusted peer says of the hops before it: its list as it stands, of any other header the client."""
    said: str = environ.get(header.key, "").strip(" \t")
    if header == X_FORWARDED_FOR:
        return said
    client = forwarded_client(said, proxies, header)
    return client[1] if client else "unknown"


def _provenance(environ: WSGIEnvironment, host: str, hops: str, *, believed: bool) -> Iterator[tuple[str, str]]:
    """Say who asked, for what host and how: what a trusted peer says of it is kept, any other's word is not."""
    address = parse_address(environ.get("REMOTE_ADDR"))
    said = environ if believed else {}
    if hops or address:
        yield "X-Forwarded-For", ", ".join(filter(None, (hops, address[1] if address else "")))
    yield "X-Forwarded-Proto", said.get("HTTP_X_FORWARDED_PROTO") or environ["wsgi.url_scheme"]
    yield "X-Forwarded-Host", said.get("HTTP_X_FORWARDED_HOST") or host
    protocol, via = environ.get("SERVER_PROTOCOL", "").removeprefix("HTTP/"), environ.get("HTTP_VIA", "")
    demand(via.count(PSEUDONYM) < _MOST_PASSES, "it came by here too often", HTTPStatus.LOOP_DETECTED)
    yield "Via", ", ".join(filter(None, (via, f"{protocol or '1.1'} {PSEUDONYM}")))


def _received(environ: WSGIEnvironment, header: ForwardedHeader, *, believed: bool) -> Fields:
    expects = environ.get("HTTP_EXPECT", "100-continue").lower()
    demand(expects == "100-continue", "an expectation other than 100-continue", HTTPStatus.EXPECTATION_FAILED)
    rewritten = _REWRITTEN if believed else _REWRITTEN | {header.key}
    received = [
        (_name(key), value) for key, value in environ.items() if key[:5] == "HTTP_" and _as_php(key) not in rewritten
    ]
    if environ.get("CONTENT_TYPE"):
        received.insert(0, ("Content-Type", environ["CONTENT_TYPE"]))
    return end_to_end(received, environ.get("HTTP_CONNECTION"), kept=header.name if believed else "")


@lru_cache(maxsize=1024)
def _as_php(key: str) -> str:
    """Give the key that servers before PHP make of a field's name: dots and the like become underscores too."""
    return re.sub("[^0-9A-Za-z]", "_", key).upper()


@lru_cache(maxsize=1024)
def _name(key: str) -> str:
    name = key.removeprefix("HTTP_").replace("_", "-").title()
    demand(TOKEN.fullmatch(name), f"the name of field {name!a:.60} is malformed")
    return name
