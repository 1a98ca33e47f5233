"""Where an upstream is and how long it is waited for, read from the settings ``upstream`` and ``timeout``."""

import os
import re
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import LAST_PORT, parse_address


class UpstreamEndpoint(NamedTuple):
    """A host and a port, or the path of a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""


class Timeout(NamedTuple):
    """Seconds until a connection must stand, and seconds that the upstream may then be silent."""

    connect: float
    silence: float


DEFAULT_TIMEOUT = Timeout(connect=5, silence=60)

_TLS = (
    "uses TLS, which is not supported; write http:// and the address of PHP's server in a network of your own, or of a "
    "program on this machine that speaks TLS to it, as stunnel does"
)
_HTTP_URL = re.compile(r"http://(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::([0-9]{1,5}))?(/.*)?")
_LONGEST_SOCKET_PATH = 107  # bytes; sun_path of unix(7) holds 108, the last of them NUL
_DAY = 86400


def parse_endpoint(name: str) -> UpstreamEndpoint:
    """Read ``http://HOST:PORT`` or ``unix:PATH``; ConfigurationError for anything else.

    >>> parse_endpoint("http://[::1]:8080"), parse_endpoint("http://php:8080/")
    (UpstreamEndpoint(host='::1', port=8080, path=''), UpstreamEndpoint(host='php', port=8080, path=''))
    """
    if not isinstance(name, str):
        raise ConfigurationError("upstream", name, "is not text; write 'http://127.0.0.1:8080' or 'unix:/run/php.sock'")
    if name.startswith("unix:"):
        return UpstreamEndpoint(path=_check_socket_path(name, name.removeprefix("unix:")))
    if name.startswith("https:"):
        raise ConfigurationError("upstream", name, _TLS)
    match = _HTTP_URL.fullmatch(name)
    if match is None or not 0 < int(match[3] or "80") <= LAST_PORT or not _is_host(match[1], match[2]):
        problem = "is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'"
        raise ConfigurationError("upstream", name, problem)
    if match[4] not in (None, "/"):  # a bare slash is no path: browsers and tools write it after each host
        problem = f"has a path, but targets are forwarded unchanged; write {name.removesuffix(match[4])!r}"
        raise ConfigurationError("upstream", name, problem)
    return UpstreamEndpoint(match[1] or match[2], int(match[3] or "80"))


def _is_host(bracketed: str | None, name: str) -> bool:
    try:
        return parse_address(bracketed) is not None if bracketed else bool(name.encode("idna"))
    except UnicodeError:  # a label that is empty, or longer than DNS has
        return False


def _check_socket_path(name: str, path: str) -> str:
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:  # half a character, which no file name holds
        size = 0
    if "\0" in path or not 0 < size <= _LONGEST_SOCKET_PATH:
        problem = f"is not the path of a unix socket, 1 to {_LONGEST_SOCKET_PATH} bytes; write 'unix:/run/php.sock'"
        raise ConfigurationError("upstream", name, problem)
    return path


def parse_timeout(timeout: float | tuple[float, float]) -> Timeout:
    """Read a pair of seconds, or one number for both; ConfigurationError for anything else.

    >>> parse_timeout(30)
    Timeout(connect=30, silence=30)
    """
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != len(Timeout._fields) or not all(map(_is_wait, pair)):
        problem = "is neither seconds nor a pair of them; write (5, 60): seconds to connect, and seconds of silence"
        raise ConfigurationError("timeout", timeout, problem)
    return Timeout(*pair)


def _is_wait(seconds: object) -> bool:
    return isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds <= _DAY
