"""One connection to the upstream: a request over it, the answer to it, and whether it serves another."""

import _socket
import math
import os
import select
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPConnection
from typing import NamedTuple

from xmlrpc_guard.proxy.answer import Answer
from xmlrpc_guard.proxy.incoming import Incoming
from xmlrpc_guard.proxy.outgoing import Outgoing


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
    """A connection that stands from when it is made; OSError if that fails, TimeoutError if it takes too long.

    ``http.client`` opens and closes it. Requests are written here, since they are checked already, and answers are
    read by Answer, which says why.
    """

    def __init__(self, address: Address, timeout: Timeout) -> None:
        super().__init__(address.host or "localhost", address.port, timeout=timeout.connect)
        self._path, self._site = address.path, ""
        self._process = os.getpid()
        self.connect()
        _limit_silence(self.sock, timeout.silence)
        self._incoming = Incoming(_receiving(self.sock))
        self._ready = select.poll()
        self._ready.register(self.sock, select.POLLIN)

    def connect(self) -> None:
        """Connect within the timeout."""
        if self._path:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        else:
            super().connect()

    def ask(self, request: Outgoing, body: Iterable[bytes]) -> Answer:
        """Send a request as it is, and read the head of the answer to it; TimeoutError if the upstream is silent."""
        self._site, whole = request.host, True
        try:
            self._send(request.head, body if request.length is not None else _chunks(body))
        except (ConnectionError, TimeoutError):  # it may have answered without reading all: 413 to a large upload
            whole = False
            if not self._ready.poll(0):
                raise
        answer = Answer(self._incoming, request.method)
        answer.closes |= not whole
        return answer

    def serves_on(self, answer: Answer) -> bool:
        """Tell whether it may serve another exchange, the answer to this one being read up."""
        return not answer.closes and self._incoming.empty

    def suits(self, request: Outgoing) -> bool:
        """Tell whether an idle connection can be used: it was not closed, and sent nothing that nobody asked for.

        It serves one site only. A script that writes a length too small for its body can have the rest of it taken for
        the next answer, if that is not on its way yet now: then it fools nobody but visitors of its own site.
        """
        # What was opened before a fork is another process' too.
        return self._site == request.host and not self._ready.poll(0) and self._process == os.getpid()

    def __del__(self) -> None:
        self.close()  # a thread that ends leaves its idle connection to nobody

    def _send(self, head: bytes, body: Iterable[bytes]) -> None:
        pieces = iter(body)
        piece = head + next(pieces, b"")  # most bodies are small: all goes at once
        while piece:
            try:
                self.sock.sendall(piece)
            except BlockingIOError:
                raise TimeoutError("timed out") from None
            piece = next(pieces, b"")


def _limit_silence(sock: socket.socket, seconds: float) -> None:
    """Have the kernel keep the time; Python would ask it twice for each piece, and let go of its lock both times.

    Under gevent and eventlet, whose sockets do not block the thread, these keep it.
    """
    if isinstance(sock, _socket.socket):
        sock.settimeout(None)
        wait = struct.pack("ll", *divmod(math.ceil(seconds * 1_000_000), 1_000_000))  # timeval; zero is for ever
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
    else:
        sock.settimeout(seconds)


def _receiving(sock: socket.socket) -> Callable[[int], bytes]:
    def receive(size: int) -> bytes:
        try:
            return sock.recv(size)
        except BlockingIOError:  # the kernel's word for a timeout
            raise TimeoutError("timed out") from None

    return receive


def _chunks(body: Iterable[bytes]) -> Iterator[bytes]:
    for piece in body:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
