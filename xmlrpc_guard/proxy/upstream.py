"""Where requests go: an address, how long to wait for it, and the connections that stay open for reuse."""

import os
import re
import socket
import threading
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import NamedTuple, cast

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.proxy.answer import Answer
from xmlrpc_guard.proxy.outgoing import Outgoing

_HTTP = re.compile(r"http://(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::([0-9]{1,5}))?(/.*)?")
_PORTS = range(1, 65536)
_LONGEST_PATH = 107  # bytes; sun_path of unix(7) holds 108, the last of them NUL
_DAY = 86400


class Timeout(NamedTuple):
    """Seconds until a connection must stand, and seconds that the upstream may be silent."""

    connect: float
    silence: float


class Address(NamedTuple):
    """A host and a port, or the path of a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""


class Connection(HTTPConnection):
    """A connection to the upstream, for one exchange after another; it never reconnects by itself."""

    response_class = Answer
    auto_open = 0
    _answer: Answer | None = None

    def __init__(self, address: Address, timeout: Timeout) -> None:
        super().__init__(address.host or "localhost", address.port, timeout=timeout.connect)
        self._path, self._silence = address.path, timeout.silence
        self._process = os.getpid()
        self.connect()

    def connect(self) -> None:
        """Connect, and from then on wait for the upstream as long as it may be silent."""
        if self._path:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        else:
            super().connect()
        self.sock.settimeout(self._silence)

    def ask(self, request: Outgoing, body: Iterable[bytes]) -> Answer:
        """Send a request as it is, and read the head of the answer to it."""
        self.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for field in request.fields:
            self.putheader(*field)
        whole = True
        try:
            self.endheaders(body, encode_chunked=request.length is None)
        except ConnectionError:  # it may have answered and closed without reading all: 413 to a large upload
            whole = False
        self._answer = cast(Answer, self.getresponse())
        self._answer.will_close |= not whole
        return self._answer

    def finish(self) -> bool:
        """End an exchange whose answer is read up; tell whether the connection may serve another."""
        answer = cast(Answer, self._answer)
        if answer.will_close:
            return False
        try:
            self.sock.settimeout(0)
            reusable = not answer.has_more()
        except OSError:
            return False
        answer.close()
        return reusable

    def wake(self) -> bool:
        """Make an idle connection ready for a request; False if it was closed, or sent what nobody asked for."""
        silent = False
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except OSError as error:
            silent = isinstance(error, BlockingIOError)
        self.sock.settimeout(self._silence)
        return silent and self._process == os.getpid()  # what was opened before a fork is another process' too

    def close(self) -> None:
        """Close it, and the answer that may still be read from it."""
        if self._answer:
            self._answer.close()
        super().close()

    def __del__(self) -> None:
        self.close()  # a thread that ends leaves its idle connection to nobody


class Upstream:
    """An upstream by its name, ``http://HOST:PORT`` or ``unix:PATH``, with one idle connection for each thread."""

    def __init__(self, name: str, timeout: float | tuple[float, float]) -> None:
        self._address, self._timeout = _address(name), _timeout(timeout)
        self._local = threading.local()
        self.name = name

    def connect(self) -> Connection:
        """Open a connection; OSError if that fails, TimeoutError if it takes too long."""
        return Connection(self._address, self._timeout)

    def take(self) -> Connection | None:
        """Take this thread's idle connection, if it has one that can be used."""
        idle: Connection | None = self._local.__dict__.pop("idle", None)
        if idle is None or idle.wake():
            return idle
        idle.close()
        return None

    def release(self, connection: Connection) -> None:
        """Keep a connection whose answer is read for this thread's next request, or close it."""
        if connection.finish():
            self._local.idle = connection
        else:
            connection.close()


def _address(name: str) -> Address:
    if not isinstance(name, str):
        raise ConfigurationError("upstream", name, "is not text; write 'http://127.0.0.1:8080' or 'unix:/run/php.sock'")
    if name.startswith("unix:"):
        return Address(path=_path(name))
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
    if not path or "\0" in path or len(os.fsencode(path)) > _LONGEST_PATH:
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
