"""The request line in a log: a method, a target that may hold blanks, and a protocol if it is whole."""

import re
from typing import NamedTuple

from xmlrpc_guard.logs.escapes import readings_of

_METHOD = re.compile(rb"[A-Za-z][A-Za-z0-9_-]{0,30}")
_PROTOCOL = re.compile(rb" HTTP/\d(?:[.]\d)?\Z")
_ABSOLUTE = re.compile(rb"https?://[^/?#]*")
# varnishncsa cuts each record of its log at 255 bytes (vsl_reclen), with or without the NUL at its end.
_CUT_BY_VARNISH = (254, 255)


class RequestLine(NamedTuple):
    """What the request line of a log holds."""

    method: bytes | None
    targets: tuple[bytes, ...]
    is_cut: bool


def split_request(text: bytes) -> RequestLine:
    """Split a request line with its protocol, whose lack shows that it was cut.

    What is no request (bytes of TLS, ``-``) keeps its text as the target, as it may have been one to another server.

    >>> split_request(b"GET /s p c HTTP/1.1")
    RequestLine(method=b'GET', targets=(b'/s p c',), is_cut=False)
    >>> split_request(b"GET /aaaa").is_cut, split_request(b"-")
    (True, RequestLine(method=None, targets=(), is_cut=False))
    """
    protocol = _PROTOCOL.search(text)
    return split_target(text[: protocol.start()] if protocol else text, whole=protocol is not None)


def split_target(text: bytes, *, whole: bool) -> RequestLine:
    """Split a method and a target; ``whole`` says whether a protocol follows."""
    method, blank, target = text.partition(b" ")
    if not blank or not target.strip() or not _METHOD.fullmatch(method):
        return RequestLine(None, readings_of(text) if len(text) > 1 else (), False)
    return RequestLine(method, readings_of(target), not whole or may_be_cut(target))


def may_be_cut(target: bytes) -> bool:
    """Return whether a target ends where Varnish cuts one, without a trace: the part after the host counts.

    >>> may_be_cut(b"http://example.org/" + b"a" * 254), may_be_cut(b"/" + b"a" * 254)
    (True, False)
    """
    host = _ABSOLUTE.match(target)
    return host is not None and len(target) - host.end() in _CUT_BY_VARNISH


def without_host(target: bytes) -> bytes:
    """Cut off the scheme and host that some servers write before each target, and do not pass on.

    A question mark right after the host may be the end of a Host field that a client chose, with a path after it. A
    guard takes it for a part of the path.

    >>> without_host(b"http://example.org:80/a?b"), without_host(b"https://[2001:db8::9]"), without_host(b"x:/a")
    (b'/a?b', b'/', b'x:/a')
    >>> without_host(b"http://a?/xmlrpc.php")
    b'?/xmlrpc.php'
    """
    host = _HOST.match(target)
    if host is None:
        return target
    rest = target[host.end() :]
    return rest or b"/"


_HOST = re.compile(rb"https?://(?:[\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?=[/?*]|\Z)")
