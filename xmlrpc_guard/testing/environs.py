"""Environs as real WSGI servers fill them, for one request line and its headers.

Measured with gunicorn 27, waitress 3.0 (``clear_untrusted_proxy_headers`` off), granian 2.8, cheroot 11.1,
uWSGI 2.0 (http-socket) and wsgiref of Python 3.11. Only what the guard reads is modelled: the path, the raw
target, the peer and how header lines become one value.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import hexdigits
from types import MappingProxyType
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

import webob

from xmlrpc_guard.corpus.spellings import Spelling
from xmlrpc_guard.testing.unix import make_unix_proof

GivenHeaders = Mapping[str, str] | Iterable[tuple[str, str]]


class TargetRefused(ValueError):  # noqa: N818 - named for what the server did
    """The server answers this target with an error of its own; no application gets the request.

    >>> try:
    ...     environ_as("wsgiref", "/xml rpc.php")
    ... except TargetRefused as error:
    ...     print(str(error).partition("; ")[0])
    server: wsgiref answers '/xml rpc.php' itself, since the target has a blank or a control character
    """


@dataclass(frozen=True)
class Server:
    """How one server turns a request into an environ."""

    split: Callable[[str], tuple[str, str]]
    """Turns the raw target into (undecoded path, query), or raises TargetRefused with what is wrong with it."""
    decode: Callable[[str], str] = lambda path: unquote(path, "latin-1")
    """Turns the undecoded path into PATH_INFO."""
    raw_key: str | None = None
    """The key of the raw target, if the environ has one."""
    unix_peer: str | None = None
    """REMOTE_ADDR of a unix socket's client; None if the server does not listen on one."""
    separator: str | None = ","
    """What joins the lines of one header; None where the last line wins."""
    twins: str = "dropped"
    """What happens to X_Forwarded_For beside X-Forwarded-For: it is dropped, joined to it, or overwrites it."""


def environ_as(
    server: str,
    target: str | Spelling,
    *,
    peer: str = "198.51.100.7",
    headers: GivenHeaders = (),
    method: str = "GET",
    body: bytes = b"",
) -> WSGIEnvironment:
    """Return the environ that ``server`` (a key of SERVERS) makes from a request line and headers.

    ``target`` is raw, as in the request line, or a Spelling, whose headers are sent before the others. ``peer`` is the
    address that connected, ``"unix"`` for a unix socket. TargetRefused, with the reason, if the server answers the
    target itself; ValueError if the server is not modelled.

    >>> environ = environ_as("waitress", "//%78mlrpc.php", peer="unix")
    >>> environ["PATH_INFO"], environ["REQUEST_URI"], environ["REMOTE_ADDR"]
    ('/xmlrpc.php', '//%78mlrpc.php', 'localhost')
    """
    if server not in SERVERS:
        raise ValueError(f"server: {server!r} is not modelled; write one of {', '.join(SERVERS)}")
    model = SERVERS[server]
    target, lines = unpack(target, headers)
    path, query = _split_target(server, target)
    environ: WSGIEnvironment = webob.Request.blank("/", method=method, body=body).environ
    environ.update(SCRIPT_NAME="", PATH_INFO=model.decode(path), QUERY_STRING=query)
    environ["REMOTE_ADDR"] = _remote_addr(server, peer)
    if peer == "unix":
        environ.update(make_unix_proof(server, environ))
    environ.update(_header_variables(model, lines))
    if model.raw_key is not None:
        environ[model.raw_key] = target
    if server == "gunicorn" and peer == "127.0.0.1":
        _move_script_name(environ, lines)
    return environ


def unpack(target: str | Spelling, headers: GivenHeaders) -> tuple[str, list[tuple[str, str]]]:
    """Give the raw target, and all header lines: a Spelling's, then the others."""
    lines = list(headers.items() if isinstance(headers, Mapping) else headers)
    return (target.target, [*target.headers, *lines]) if isinstance(target, Spelling) else (target, lines)


def _split_target(server: str, target: str) -> tuple[str, str]:
    try:
        return SERVERS[server].split(target)
    except TargetRefused as reason:
        problem = f"answers {target!a:.100} itself, since the target {reason}"
        raise TargetRefused(f"server: {server} {problem}; leave it out, or name another server") from None


def _remote_addr(server: str, peer: str) -> str:
    if peer != "unix":
        return peer
    unix_peer = SERVERS[server].unix_peer
    if unix_peer is None:
        raise ValueError(f"peer: {server} does not listen on a unix socket; write an address")
    return unix_peer


def _header_variables(server: Server, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    lines: dict[str, list[str]] = {}
    for name, value in headers:
        if server.twins == "dropped" and "_" in name:
            continue
        folded = name.upper().replace("-", "_") if server.twins == "joined" else name.upper()
        lines.setdefault(folded, []).append(value)
    joined = {
        name: values[-1] if server.separator is None else server.separator.join(values)
        for name, values in lines.items()
    }
    return {f"HTTP_{name.replace('-', '_')}": value for name, value in joined.items()}


def _move_script_name(environ: WSGIEnvironment, headers: Iterable[tuple[str, str]]) -> None:
    # gunicorn takes a header of this name from the addresses in its forwarded_allow_ips, 127.0.0.1 by default.
    script = dict(headers).get("SCRIPT_NAME", "")
    if script and environ["PATH_INFO"].startswith(script):
        environ.update(SCRIPT_NAME=script, PATH_INFO=environ["PATH_INFO"].removeprefix(script))


def _split_query(target: str) -> tuple[str, str]:
    path, _, query = target.partition("?")
    return path, query


def _split_before_fragment(target: str) -> tuple[str, str]:
    return _split_query(target.partition("#")[0])


_ABSOLUTE = re.compile(r"\A[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*:(//[^/?#]*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


_HAS_CONTROL = "has a blank or a control character"
_HAS_NON_ASCII = "has a character that is not ASCII"
_NO_SLASH = "does not begin with a slash"


def _refuse_if(refused: object, reason: str) -> None:
    if refused:
        raise TargetRefused(reason)


def _split_as_gunicorn(target: str) -> tuple[str, str]:
    absolute = _ABSOLUTE.match(target)
    _refuse_if(not target.startswith("/") and absolute is None, _NO_SLASH)
    _refuse_if(_CONTROL.search(target), _HAS_CONTROL)
    _refuse_if(_NON_ASCII.search(target), _HAS_NON_ASCII)
    return _split_before_fragment(_ABSOLUTE.sub("", target, count=1) if absolute else target)


def _split_as_waitress(target: str) -> tuple[str, str]:
    _refuse_if(_NON_ASCII.search(target), _HAS_NON_ASCII)
    path, query = _split_before_fragment(_SCHEME.sub("", target.replace("\t", ""), count=1))
    return _merge_leading_slashes(path), query


def _split_as_granian(target: str) -> tuple[str, str]:
    _refuse_if(_CONTROL.search(target), _HAS_CONTROL)
    _refuse_if(not _is_utf8(target), "is not UTF-8")
    path, query = _split_before_fragment(_ABSOLUTE.sub("", target, count=1))
    if _ABSOLUTE.match(target):
        return path or "/", query
    if target.startswith("/") or target == "*":
        return path, query
    _refuse_if(re.search("[/?]", target), _NO_SLASH)
    return "", ""  # read as HOST:PORT, the form of CONNECT


def _split_as_cheroot(target: str) -> tuple[str, str]:
    _refuse_if(not target.startswith("/"), _NO_SLASH)
    _refuse_if("#" in target, "has a number sign")
    _refuse_if(re.match(r"//[^/]", target), "begins with two slashes")
    _refuse_if(_NON_ASCII.search(target), _HAS_NON_ASCII)
    path, query = _split_query(target.replace("\t", ""))
    return _merge_leading_slashes(path), query


def _split_as_uwsgi(target: str) -> tuple[str, str]:
    path, query = _split_query(target)
    return path.partition("#")[0], query


def _split_as_wsgiref(target: str) -> tuple[str, str]:
    _refuse_if(_CONTROL.search(target), _HAS_CONTROL)
    path, query = _split_query(target)
    return _merge_leading_slashes(path), query


def _merge_leading_slashes(path: str) -> str:
    return re.sub("^//+", "/", path)


def _decode_except_slashes(path: str) -> str:
    return "%2F".join(unquote(part, "latin-1") for part in re.split("%2F", path, flags=re.IGNORECASE))


def _is_utf8(target: str) -> bool:
    try:
        target.encode("latin-1").decode()
    except UnicodeDecodeError:
        return False
    return True


def _resolve_and_decode(path: str) -> str:
    if re.search(r"/\.\.?(/|$)", path):
        resolved = posixpath.normpath(path)
        path = resolved + "/" if path.endswith("/") else resolved
    return re.sub("%(?:(%)|(..)|.?$)", _uwsgi_character, path)


def _uwsgi_character(escape: re.Match[str]) -> str:
    """Decode an escape: ``%%`` gives a percent sign, one that is not hexadecimal a NUL, an incomplete one nothing."""
    percent, digits = escape.groups()
    if digits:
        return chr(int(digits, 16)) if set(digits) <= set(hexdigits) else "\0"
    return percent or ""


SERVERS: Mapping[str, Server] = MappingProxyType(
    {
        "gunicorn": Server(_split_as_gunicorn, raw_key="RAW_URI", unix_peer=""),
        "waitress": Server(_split_as_waitress, raw_key="REQUEST_URI", unix_peer="localhost", separator=", "),
        "granian": Server(_split_as_granian, unix_peer="", twins="overwrites"),
        "cheroot": Server(
            _split_as_cheroot,
            decode=_decode_except_slashes,
            raw_key="REQUEST_URI",
            unix_peer="",
            separator=None,
            twins="overwrites",
        ),
        "uwsgi": Server(
            _split_as_uwsgi,
            decode=_resolve_and_decode,
            raw_key="REQUEST_URI",
            unix_peer="0.0.0.0",  # noqa: S104 - what uWSGI puts in REMOTE_ADDR
            separator=", ",
            twins="joined",
        ),
        "wsgiref": Server(_split_as_wsgiref, twins="joined"),
    }
)
"""The servers that are modelled, by name."""
