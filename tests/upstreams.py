"""A scripted upstream on a loopback socket: it keeps every byte that it gets, and answers as its script says."""

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Self

from tests.frontends import Listener
from tests.waiting import PATIENCE

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BIG = b"x" * 200_000
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(BIG), BIG)

_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]+)", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:[ \t]*chunked", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Talk:
    """What happens on one connection: an answer to each request, and then an end."""

    answers: tuple[bytes, ...] = (OK,)
    end: str = "close"
    """close; reset; hold: send nothing until the other side closes; deaf: read nothing either, until all is over."""
    reads: str = "all"
    """all of a request before it is answered, or its head."""


class Upstream:
    """Serve one Talk after another, each on a connection; the last again on all further ones."""

    def __init__(self, *talks: Talk) -> None:
        self.talks = talks or (Talk(answers=(OK,) * 100),)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.connections: list[list[bytes]] = []
        """The requests of each connection, as they came; the last of one may be cut short."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._last = socket.socket()
        self._last.bind(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._listener, self._last:
            self._last.connect(self._listener.getsockname())
            self._accepting.join()
        self._over.set()
        assert self.ended(), "a connection is still open"

    def ended(self) -> bool:
        """Wait until every connection has ended on both sides; False if one does not."""
        for thread in self._threads:
            thread.join(PATIENCE)
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def listener(self) -> Listener:
        return Listener(port=self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}"

    @property
    def requests(self) -> list[bytes]:
        return [request for connection in self.connections for request in connection]

    def _accept(self) -> None:
        while True:
            connection, address = self._listener.accept()
            if address == self._last.getsockname():  # every connection before it has been accepted
                return connection.close()
            talk = self.talks[min(len(self.connections), len(self.talks) - 1)]
            self.connections.append([])
            args = (connection, talk, self.connections[-1], self._over)
            thread = threading.Thread(target=hold, args=args)
            thread.start()
            self._threads.append(thread)  # now that it can be joined


def hold(connection: socket.socket, talk: Talk, received: list[bytes], over: threading.Event) -> None:
    with connection, connection.makefile("rb") as stream, suppress(OSError):
        connection.settimeout(PATIENCE)
        for answer in talk.answers:
            request = read(stream, talk.reads)
            if not request:
                return
            received.append(request)
            connection.sendall(answer)
        if talk.end == "hold":
            received.extend(filter(None, [stream.read()]))
        if talk.end == "deaf":
            over.wait(PATIENCE)
        if talk.end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read(stream: BinaryIO, reads: str) -> bytes:
    head = b"".join(until(b"\r\n", stream))
    if reads == "head":
        return head
    if _CHUNKED.search(head):
        return head + b"".join([*until(b"0\r\n", stream), stream.readline()])
    length = _LENGTH.search(head)
    return head + stream.read(int(length[1]) if length else 0)


def until(last: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Give lines up to and with the last one, or to the end of the stream."""
    for line in stream:
        yield line
        if line == last:
            return
