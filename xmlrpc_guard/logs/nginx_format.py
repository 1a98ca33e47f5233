"""nginx' ``log_format``, as it stands in a configuration."""

import json
import re
from collections.abc import Iterator

from xmlrpc_guard.logs.escapes import unescape
from xmlrpc_guard.logs.pasted import Column, PastedReader, Piece, Role, make_pasted_reader

_DIRECTIVE = re.compile(r"\s*log_format\s+\S+\s+(.*?);?\s*\Z", re.DOTALL)
_ESCAPE = re.compile(r"\s*escape=(default|json|none)\s+(.*)", re.DOTALL)
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

_ROLES = {
    "remote_addr": Role.PEER,
    "realip_remote_addr": Role.TRUE_PEER,
    "request": Role.REQUEST,
    "request_uri": Role.TARGET,
    "uri": Role.PATH,
    "document_uri": Role.PATH,
    "request_method": Role.METHOD,
    "status": Role.STATUS,
    "body_bytes_sent": Role.SIZE,
    "bytes_sent": Role.SIZE,
    "http_user_agent": Role.AGENT,
    "time_local": Role.TIME,
    "time_iso8601": Role.TIME,
    "msec": Role.TIME,
    "host": Role.HOST,
}
# What the server writes itself; into all other variables a client may write, as a header, or an operator blanks.
_OWN = re.compile(
    r"remote_port|realip_remote_port|server_\w+|scheme|https|request_(?:length|time|id)|connection\w*|pipe|hostname|pid|"
    r"nginx_version|ssl_(?:protocol|cipher|session_reused)|gzip_ratio|http[23]"
)


def read_nginx_format(text: str, header: str) -> PastedReader:
    r"""Make a reader of a ``log_format``: its string alone, or the whole directive.

    ``header`` is the name of the forwarded header. ConfigurationError if it has no variable with the request.

    >>> reader = read_nginx_format('$remote_addr [$time_local] "$request" $status', "X-Forwarded-For")
    >>> reader(b'203.0.113.9 [29/Nov/2026:11:00:00 +0000] "GET /q\\x22 HTTP/1.1" 200')[0].targets
    (b'/q"',)
    """
    escape, body = _unwrap(text)
    return make_pasted_reader(text, list(_pieces(body, f"http_{header.lower().replace('-', '_')}")), _DIALECTS[escape])


def _unwrap(text: str) -> tuple[str, str]:
    directive = _DIRECTIVE.fullmatch(text)
    rest = directive[1] if directive else text
    named = _ESCAPE.fullmatch(rest)
    escape, rest = (named[1], named[2]) if named else ("default", rest)
    # Strings of a directive are joined; a bare format may hold quotes of its own.
    if (directive or named) and (strings := _STRING.findall(rest)):
        rest = "".join(single or double for single, double in strings)
    return escape, rest.replace(r"\"", '"').replace(r"\'", "'").strip()


def _pieces(body: str, forwarded: str) -> Iterator[Piece]:
    at = 0
    for found in _VARIABLE.finditer(body):
        if body[at : found.start()]:
            yield body[at : found.start()]
        name = found[1] or found[2]
        yield Column(Role.FORWARDED if name == forwarded else _ROLES.get(name) or _role_of_others(name))
        at = found.end()
    if body[at:]:
        yield body[at:]


def _role_of_others(name: str) -> Role:
    return Role.OTHER if _OWN.fullmatch(name) else Role.FREE


def _unescape_json(text: bytes) -> bytes:
    try:
        plain: str = json.loads(f'"{text.decode("utf-8", "surrogateescape")}"', strict=False)
    except ValueError:
        return text
    return plain.encode("utf-8", "surrogateescape")


_DIALECTS = {"default": unescape, "json": _unescape_json, "none": None}
