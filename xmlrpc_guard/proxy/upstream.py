"""Where requests go: the upstream by its name, and for each thread the connection that stays open for reuse."""

import os
import re
import threading

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.proxy.answer import Answer
from xmlrpc_guard.proxy.connection import Address, Connection, Timeout
from xmlrpc_guard.proxy.outgoing import Outgoing

_HTTP = re.compile(r"http://(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::([0-9]{1,5}))?(/.*)?")
_PORTS = range(1, 65536)
_LONGEST_PATH = 107  # bytes; sun_path of unix(7) holds 108, the last of them NUL
_DAY = 86400


class Upstream:
    """An upstream by its name, ``http://HOST:PORT`` or ``unix:PATH``, with one idle connection for each thread."""

    def __init__(self, name: str, timeout: float | tuple[float, float]) -> None:
        self._address, self._timeout = _address(name), _timeout(timeout)
        self._local = threading.local()
        self.name = name

    def connect(self) -> Connection:
        """Open a connection."""
        return Connection(self._address, self._timeout)

    def take(self, request: Outgoing) -> Connection | None:
        """Take this thread's idle connection if the request may go over it; it is closed if not."""
        idle: Connection | None = self._local.__dict__.pop("idle", None)
        if idle is None or (request.repeatable and idle.suits(request)):
            return idle
        idle.close()
        return None

    def release(self, connection: Connection, answer: Answer) -> None:
        """Keep a connection for this thread's next request, or close it, once its answer is read up."""
        if connection.serves_on(answer):
            self._local.idle = connection
        else:
            connection.close()


def _address(name: str) -> Address:
    if not isinstance(name, str):
        raise ConfigurationError("upstream", name, "is not text; write 'http://127.0.0.1:8080' or 'unix:/run/php.sock'")
    if name.startswith("unix:"):
        return Address(path=_path(name))
    if name.startswith("https:"):
        raise ConfigurationError(
            "upstream", name, "asks for TLS, which is not spoken here; write 'http://127.0.0.1:8080'"
        )
    match = _HTTP.fullmatch(name)
    if match is None or int(match[3] or "80") not in _PORTS or not _is_host(match[1], match[2]):
        problem = "is neither http://HOST:PORT nor unix:PATH; write 'http://127.0.0.1:8080'"
        raise ConfigurationError("upstream", name, problem)
    if match[4]:
        raise ConfigurationError(
            "upstream", name, f"has a path, but targets go on unchanged; write {name.removesuffix(match[4])!r}"
        )
    return Address(match[1] or match[2], int(match[3] or "80"))


def _is_host(bracketed: str | None, name: str) -> bool:
    try:
        return parse_address(bracketed) is not None if bracketed else bool(name.encode("idna"))
    except UnicodeError:  # a label that is empty, or longer than DNS has
        return False


def _path(name: str) -> str:
    path = name.removeprefix("unix:")
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:  # half a character, which no file name holds
        size = 0
    if "\0" in path or not 0 < size <= _LONGEST_PATH:
        problem = f"names no unix socket of 1 to {_LONGEST_PATH} bytes; write 'unix:/run/php.sock'"
        raise ConfigurationError("upstream", name, problem)
    return path


def _timeout(timeout: float | tuple[float, float]) -> Timeout:
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != len(Timeout._fields) or not all(map(_is_wait, pair)):
        problem = "is neither seconds nor a pair of them; write (5, 60): until connected, and of silence"
        raise ConfigurationError("timeout", timeout, problem)
    return Timeout(*pair)


def _is_wait(seconds: object) -> bool:
    return isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds <= _DAY
