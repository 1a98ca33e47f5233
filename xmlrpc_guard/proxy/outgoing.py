"""The request that goes upstream, made of an environ: the one place that decides whether it may go at all."""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.body import RequestError, body_length, demand
from xmlrpc_guard.client import Caller
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.proxy.fields import FIELD_VALUE, HOST_VALUE, SCHEME_PORTS, TOKEN, Fields, drop_hop_by_hop
from xmlrpc_guard.proxy.provenance import make_provenance
from xmlrpc_guard.views import decoded_path, raw_target

_ORIGIN_FORM = re.compile(r"/[\x21\x22\x24-\x7e]*")  # printable ASCII without the space and '#'
_ABSOLUTE_FORM = re.compile(r"(https?)://([^/?#]*)(/.*)?", re.DOTALL | re.IGNORECASE)
_COOKIE_JOINT = re.compile(", (?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
# How servers name themselves that keep no raw target, but are known to decode each path once, to bytes.
_DECODING_SERVERS = ("Granian", "gevent/")
_UNQUOTED = "/:@!$&'()*+,;=~"  # what RFC 3986 section 3.3 lets stand in a path, beside letters, digits, '-', '.', '_'
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110 section 9.2.1
# Fields that are written anew, or answered here; Content-Length in this place is another spelling of the real one.
# Proxy is no field at all, but PHP scripts took it for a setting (CVE-2016-5385), and granian and wsgiref fill in the
# process' own environment variable of that name.
_REWRITTEN = frozenset(
    {
        *("HTTP_HOST", "HTTP_VIA", "HTTP_EXPECT", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_PROXY"),
        *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT"),
    }
)


SERVER_WIDE = "*"
"""The target of an OPTIONS request that is about the server and not about a site (RFC 9112 section 3.2.4)."""


class Outgoing(NamedTuple):
    """A request as it goes upstream. ``length`` bytes of body follow it; None: they are still to be measured."""

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
        """Whether sending it twice does no more than sending it once (RFC 9110 section 9.2.1)."""
        return self.method in _SAFE_METHODS and self.length == 0

    @property
    def head(self) -> bytes:
        """Its request line and fields, as they go over the wire."""
        fields = "".join([f"{name}: {value}\r\n" for name, value in self.fields])
        return f"{self.method} {self.target} HTTP/1.1\r\n{fields}\r\n".encode("latin-1")

    def with_length(self, length: int) -> "Outgoing":
        """Give the same request with a length for its body, once that is all there."""
        if self.length is not None:
            return self
        fields = [field for field in self.fields if field[0] != "Transfer-Encoding"]
        if length or self.method not in _SAFE_METHODS:
            fields.append(("Content-Length", str(length)))
        return self._replace(fields=fields, length=length)


def prepare(environ: WSGIEnvironment, caller: Caller, header: ForwardedHeader = X_FORWARDED_FOR) -> Outgoing:
    """Make the request that goes upstream; RequestError if it is not one that every server reads alike.

    ``caller`` is who makes it, by ``header``. The target is the server's own text of it, unchanged. So are Host and
    all other values; names come as CGI leaves them: one field of a name, its words capitalized, no underscore.

    >>> from xmlrpc_guard.client import TrustedProxies, identify
    >>> environ = {"REQUEST_METHOD": "GET", "RAW_URI": "/a%2fb?c", "HTTP_HOST": "blog.example",
    ...     "HTTP_X_FORWARDED_FOR": "192.0.64.5", "wsgi.url_scheme": "http"}
    >>> request = prepare(environ, identify("203.0.113.9", "192.0.64.5", TrustedProxies()))
    >>> request.target, request.fields[:2]
    ('/a%2fb?c', [('Host', 'blog.example'), ('X-Forwarded-For', '203.0.113.9')])
    """
    method, host = _check_method(environ), _choose_host(environ)
    target = _check_target(environ, method, host)
    length = body_length(environ)
    fields = [
        ("Host", host),
        *make_provenance(environ, caller, header, host),
        *_copy_fields(environ, header, trusted=caller.trusted),
    ]
    if length is None:
        fields.append(("Transfer-Encoding", "chunked"))
    elif length or environ.get("CONTENT_LENGTH"):
        fields.append(("Content-Length", str(length)))
    _check_values(fields)
    return Outgoing(method, target, fields, length)


def read_target(environ: WSGIEnvironment) -> str:
    """Give the target as the server received it; quoted anew from the decoded path where the server did not keep it.

    >>> read_target({"PATH_INFO": "/a b", "QUERY_STRING": "c=d"})
    '/a%20b?c=d'
    """
    raw = raw_target(environ)
    if raw is not None:
        return raw
    query = environ.get("QUERY_STRING", "")
    path = decoded_path(environ).encode("latin-1", "backslashreplace")
    return quote(path, safe=_UNQUOTED) + (f"?{query}" if query else "") or "/"


def _check_method(environ: WSGIEnvironment) -> str:
    method: str = environ["REQUEST_METHOD"]
    demand(TOKEN.fullmatch(method), "the method is not a token")
    demand(method != "CONNECT", "CONNECT is not supported", HTTPStatus.NOT_IMPLEMENTED)
    return method


def _choose_host(environ: WSGIEnvironment) -> str:
    """Give Host; an HTTP/1.0 request without one is for the server's own name (PEP 3333, URL reconstruction)."""
    host: str = environ.get("HTTP_HOST", "")
    if not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        host = f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
        return host if HOST_VALUE.fullmatch(host) else "localhost"  # a unix socket has neither
    demand(HOST_VALUE.fullmatch(host), "Host is missing or malformed")
    return host


def _check_target(environ: WSGIEnvironment, method: str, host: str) -> str:
    if raw_target(environ) is None:
        _check_decoded(environ)
    target = read_target(environ)
    absolute = _ABSOLUTE_FORM.fullmatch(target)
    if absolute:  # RFC 9112 section 3.2.2: every server must understand this form
        port = SCHEME_PORTS[absolute[1].lower()]
        same = _name_port(absolute[2], port) == _name_port(host, port)
        demand(same, "the target names another host than Host does")
        target = absolute[3] or (SERVER_WIDE if method == "OPTIONS" else "/")
    plain = _ORIGIN_FORM.fullmatch(target) or (target == SERVER_WIDE and method == "OPTIONS")
    demand(plain, "the target is not a path of printable ASCII without '#'")
    return target


def _name_port(host: str, default: str) -> str:
    """Write a host in lower case with its port, which may be left out or empty if it is the default."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or "]" in port:  # no port: the last colon, if any, is one of an IPv6 address
        name, port = host.lower(), ""
    return f"{name}:{port or default}"


def _check_decoded(environ: WSGIEnvironment) -> None:
    """Refuse a decoded path from which the target cannot be made again: what was sent is then anyone's guess.

    PEP 3333 has servers decode a path once, and give its bytes as one character each. Some leave it undecoded, or
    only slashes; some decode it as UTF-8 to text, or write U+FFFD for what is not UTF-8. A path of that kind can come
    from a server that keeps to the rule as well, for a target that is encoded twice or not UTF-8. Such targets are
    rare. So all of them are refused, except under servers that are known to keep to it.
    """
    path, known = decoded_path(environ), environ.get("SERVER_SOFTWARE", "").startswith(_DECODING_SERVERS)
    demand(path.isascii() or max(path) <= "\xff", "PATH_INFO is Unicode text: the server breaks PEP 3333")
    left = None if known else _ESCAPE.search(path)
    demand(left is None, "the server keeps no raw target, and leaves escapes in PATH_INFO (or the path has two layers)")
    demand(
        known or _decodes_without_loss(path),
        "the server keeps no raw target, and its PATH_INFO is not the UTF-8 that was sent",
    )


def _decodes_without_loss(path: str) -> bool:
    try:
        return "\ufffd" not in path.encode("latin-1").decode()
    except UnicodeDecodeError:
        return False


def _copy_fields(environ: WSGIEnvironment, header: ForwardedHeader, *, trusted: bool) -> Fields:
    """Give the fields that are forwarded as they are; a stranger's ``header`` is not one of them."""
    expects = environ.get("HTTP_EXPECT", "100-continue").lower()
    demand(expects == "100-continue", "an expectation other than 100-continue", HTTPStatus.EXPECTATION_FAILED)
    if ", " in environ.get("HTTP_COOKIE", "") and _joins_by_comma_and_blank(environ):
        environ = {**environ, "HTTP_COOKIE": _COOKIE_JOINT.sub("; ", environ["HTTP_COOKIE"])}
    names = names_without("" if trusted else header.key)
    fields = [(name, value) for key, value in environ.items() if key[:5] == "HTTP_" and (name := names[key])]
    if environ.get("CONTENT_TYPE"):
        fields.insert(0, ("Content-Type", environ["CONTENT_TYPE"]))
    connection = environ.get("HTTP_CONNECTION", "")
    if connection.lower() in ("", "keep-alive"):  # which names no field that is there still
        return fields
    return drop_hop_by_hop(fields, connection, kept=header.name if trusted else "")


def _joins_by_comma_and_blank(environ: WSGIEnvironment) -> bool:
    """Return whether the server is one that joins the lines of a field, and of Cookie too, by a comma and a blank.

    Cookies are joined by semicolons (RFC 9113 section 8.2.3): PHP takes ``a=1, b=2`` for one. A cookie's value holds
    neither commas nor blanks (RFC 6265 section 4.1.1). In practice many hold a comma, so that the joint of servers
    which leave out the blank look like a value; a comma, a blank and then a name is no value that was seen.
    """
    return "uwsgi.version" in environ or environ.get("SERVER_SOFTWARE") == "waitress"


def _check_values(fields: Fields) -> None:
    # All at once, in half the time: the form holds for the values joined if it holds for each.
    if not FIELD_VALUE.fullmatch("".join([value for _, value in fields])):
        name = next(name for name, value in fields if not FIELD_VALUE.fullmatch(value))
        raise RequestError(HTTPStatus.BAD_REQUEST, f"the value of {name} is malformed")


class _Names(dict[str, str]):
    """The field's name for each key of an environ, once it was asked for; "" if it is not forwarded as it is."""

    def __init__(self, rewritten: AbstractSet[str]) -> None:
        super().__init__()
        self._rewritten = rewritten

    def __missing__(self, key: str) -> str:
        name = "" if _fold_as_php(key) in self._rewritten else _name_field(key)
        if len(self) >= _MOST_NAMES:  # a client can write as many as it likes
            self.clear()
        self[key] = name if drop_hop_by_hop([(name, "")], None) else ""
        return self[key]


_MOST_NAMES = 1024


@lru_cache(maxsize=8)
def names_without(header: str) -> _Names:
    """Give the names of the fields that go on as they are, without that of a stranger's header."""
    return _Names(_REWRITTEN | {header})


def _fold_as_php(key: str) -> str:
    """Give the key that servers before PHP make of a field's name: dots and the like become underscores too."""
    return re.sub("[^0-9A-Za-z]", "_", key).upper()


def _name_field(key: str) -> str:
    name = key.removeprefix("HTTP_").replace("_", "-").title()
    demand(TOKEN.fullmatch(name), f"the name of field {name!a:.60} is malformed")
    return name
