"""A connection for each request, to one address, byte for byte; whatever the other side does, it is bounded."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.probe.answers import LARGEST_ANSWER, SiteAnswer, is_whole, parse_answer
from xmlrpc_guard.probe.site import Site
from xmlrpc_guard.tls import make_context

SECONDS = 10.0
"""How long a request may take, from connecting to the last byte of its answer."""
MOST_ADDRESSES = 8
"""So many addresses of a name are tried at most, until one answers."""
METHOD = "guard.probe"
"""The method that is called: no WordPress has it."""
CALL = f'<?xml version="1.0"?><methodCall><methodName>{METHOD}</methodName><params></params></methodCall>'.encode()
_PIECE = 1 << 16
# Without the name that a filter in front might look for: the requests for other pages must tell how those are answered.
FIELDS = {"User-Agent": "guard-probe", "Accept": "*/*", "Accept-Encoding": "identity"}


class SilenceError(Exception):
    """A request without a usable answer: why, in a few words."""


def write_request(attempt: Attempt, authority: str, fields: Mapping[str, str]) -> bytes:
    """Write a request whose connection ends with it; one by POST calls a method that does not exist."""
    line = f"{attempt.method} {attempt.target}{attempt.version and ' '}{attempt.version}"
    given = {"Host": authority, **FIELDS, **fields, **dict(attempt.headers), "Connection": "close"}
    body = CALL if attempt.method == "POST" else b""
    if body:
        given |= {"Content-Type": "text/xml", "Content-Length": str(len(body))}
    lines = (line, *(f"{name}: {value}" for name, value in given.items()), "", "")
    return "\r\n".join(lines).encode("latin-1") + body


@dataclass(frozen=True)
class SiteServer:
    """A site at one address: the only one that is asked."""

    site: Site
    address: str
    family: int = socket.AF_INET
    tls: ssl.SSLContext | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """Header fields that every request has."""
    seconds: float = SECONDS

    @property
    def is_loopback(self) -> bool:
        """Whether the address is this machine's own."""
        return is_loopback(self.address)

    def ask(self, attempt: Attempt) -> SiteAnswer:
        """Send a request and give what came back; SilenceError if nothing did."""
        return parse_answer(self.exchange(write_request(attempt, self.site.authority, self.fields)))

    def exchange(self, request: bytes) -> bytes:
        """Send bytes and give those that came back, as many as are read of an answer."""
        end = time.monotonic() + self.seconds
        with self._connected(end) as connection:
            with suppress(OSError):  # it may have answered before it hung up
                connection.sendall(request)
            return _read(connection, end)

    def find_own_address(self) -> str:
        """Give the address that this machine has towards the site."""
        with self._connected(time.monotonic() + self.seconds) as connection:
            return str(connection.getsockname()[0])

    @contextmanager
    def _connected(self, end: float) -> Iterator[socket.socket]:
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(socket.socket(self.family, socket.SOCK_STREAM))
                connection.settimeout(_left(end))
                connection.connect((self.address, self.site.port))
                if self.tls is not None:
                    connection = stack.enter_context(self.tls.wrap_socket(connection, server_hostname=self.site.host))
            except OSError as error:
                raise SilenceError(_describe(error)) from None
            yield connection


def _left(end: float) -> float:
    """Give the time that is left; TimeoutError if there is none."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read(connection: socket.socket, end: float) -> bytes:
    """Read an answer, or what there is of it when the time is over or the other side hangs up."""
    received = bytearray()
    problem = "the connection was closed without an answer"
    try:
        while not is_whole(received):
            connection.settimeout(_left(end))
            piece = connection.recv(_PIECE)
            if not piece:
                break
            received += piece
    except OSError as error:
        problem = _describe(error)
    if not received:
        raise SilenceError(problem)
    return bytes(received[:LARGEST_ANSWER])


def _describe(error: OSError) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate cannot be trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {error.reason}"
        case ConnectionRefusedError():
            return "the connection was refused"
        case ConnectionError():
            return "the connection was closed without an answer"
    return f"it cannot be reached: {error.strerror}"


def is_loopback(address: str) -> bool:
    """Return whether an address is this machine's own, 127.0.0.0/8 or ::1.

    >>> is_loopback("127.1.2.3"), is_loopback("::ffff:127.0.0.1"), is_loopback("192.0.2.1")
    (True, True, False)
    """
    return ip_address(address.removeprefix("::ffff:").partition("%")[0]).is_loopback


def find_servers(site: Site, *, ca_file: str | None = None, seconds: float = SECONDS) -> list[SiteServer]:
    """Look up a site's addresses, once; SilenceError if it has none."""
    tls = _make_tls(ca_file) if site.scheme == "https" else None
    try:
        rows = socket.getaddrinfo(site.host, site.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SilenceError(f"its name has no address: {error.strerror}") from None
    found = dict.fromkeys((str(row[4][0]), row[0]) for row in rows)
    return [SiteServer(site, address, family, tls, seconds=seconds) for address, family in found][:MOST_ADDRESSES]


def _make_tls(ca_file: str | None) -> ssl.SSLContext:
    try:
        return make_context(ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError("ca_file", ca_file, f"has no authorities in it ({error}); name a PEM file") from None
