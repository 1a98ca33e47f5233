"""One connection to the upstream: a request over it, the answer to it, and whether it can carry another."""

import math
import os
import select
import socket
import struct
from collections.abc import Callable, Iterable

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.proxy.answer import UpstreamAnswer
from xmlrpc_guard.proxy.endpoint import Timeout, UpstreamEndpoint
from xmlrpc_guard.proxy.outgoing import Outgoing
from xmlrpc_guard.proxy.readbuffer import ReadBuffer


def check_system(upstream: str) -> None:
    """Raise ConfigurationError where connections cannot be watched: Windows has no poll(2)."""
    if not hasattr(select, "poll"):
        problem = "cannot be used on this system, which has no select.poll; run this on Linux"
        raise ConfigurationError("upstream", upstream, problem)


def open_connection(endpoint: UpstreamEndpoint, timeout: Timeout) -> "Connection":
    """Connect to an upstream; OSError if that fails, TimeoutError if it takes too long."""
    return Connection(_connect(endpoint, timeout.connect), timeout.silence)


class Connection:
    """A connected socket, on which the upstream may be silent for ``silence`` seconds at a time.

    Requests are written as they are, since they are checked already. UpstreamAnswer reads what comes back, strictly,
    which ``http.client`` does not.
    """

    def __init__(self, sock: socket.socket, silence: float) -> None:
        self._socket = sock
        self._site, self._process = "", os.getpid()
        _limit_silence(sock, silence)
        self._received = ReadBuffer(_receive_from(sock))
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN)

    def send(self, request: Outgoing, body: Iterable[bytes]) -> UpstreamAnswer:
        """Send a request, and read the head of the answer to it; TimeoutError if the upstream is silent."""
        self._site, whole = request.host, True
        try:
            self._write(request.head, body)
        except (ConnectionError, TimeoutError):  # it may have answered without reading all: 413 to a large upload
            whole = False
            if not self._readable.poll(0):
                raise
        answer = UpstreamAnswer(self._received, request.method)
        answer.closes |= not whole
        return answer

    def is_reusable_after(self, answer: UpstreamAnswer) -> bool:
        """Return whether it may carry another request, all of this answer having been read."""
        return not answer.closes and self._received.empty

    def can_carry(self, request: Outgoing) -> bool:
        """Return whether this idle connection is fit for a request; Upstream gives the reasons."""
        return self._site == request.host and self._process == os.getpid() and not self._readable.poll(0)

    def close(self) -> None:
        """Close the socket: in this process, if it was opened before a fork."""
        self._socket.close()

    def __del__(self) -> None:
        self.close()  # when a thread ends, its idle connection is dropped with the thread's other data

    def _write(self, head: bytes, body: Iterable[bytes]) -> None:
        pieces = iter(body)
        piece = head + next(pieces, b"")  # most bodies are small: all goes at once
        while piece:
            try:
                self._socket.sendall(piece)
            except BlockingIOError:
                raise TimeoutError("timed out") from None
            piece = next(pieces, b"")


def _connect(endpoint: UpstreamEndpoint, seconds: float) -> socket.socket:
    if endpoint.path:
        return _connect_unix(endpoint.path, seconds)
    sock = socket.create_connection((endpoint.host, endpoint.port), seconds)
    # A body's last piece must not wait for the acknowledgement of the one before it (Nagle's algorithm).
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _connect_unix(path: str, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(seconds)
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


def _limit_silence(sock: socket.socket, seconds: float) -> None:
    """Set how long a read or a write may take; the kernel keeps the time wherever it can.

    With a timeout of its own, Python polls the socket before each piece, which is one more system call and one more
    release of the interpreter's lock. The kernel's timeouts count only where a read blocks the thread. Under gevent
    none does: its sockets stay non-blocking with any timeout, and keep the time themselves.
    """
    sock.settimeout(None)
    if os.get_blocking(sock.fileno()):
        timeval = struct.pack("ll", *divmod(math.ceil(seconds * 1_000_000), 1_000_000))  # zero would be for ever
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)
    else:
        sock.settimeout(seconds)


def _receive_from(sock: socket.socket) -> Callable[[int], bytes]:
    """Make the function that ReadBuffer reads by: of the socket alone, so that no circle keeps a connection alive."""

    def receive(size: int) -> bytes:
        try:
            return sock.recv(size)
        except BlockingIOError:  # how the kernel reports its timeout
            raise TimeoutError("timed out") from None

    return receive
