"""A server on loopback that speaks TLS under a throwaway authority, and sends the answers that it is given."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import trustme

from tests.waiting import PATIENCE

Answer = Callable[[threading.Event], Iterable[bytes]]
"""What to send, piece by piece, until the event says that all is over."""


@dataclass(frozen=True)
class Authority:
    """An authority that only those trust who are given its certificate, which is at ``path``."""

    signer: trustme.CA
    path: Path

    def context(self, *names: str) -> ssl.SSLContext:
        """Make a server's settings, with a certificate for these hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.signer.issue_cert(*names).configure_cert(context)
        return context


def page(body: bytes = b"", *fields: str, status: str = "200 OK", length: int | None = None) -> Answer:
    """Answer with a body and its length, or the length that is announced."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *fields, "", "")
    return raw("\r\n".join(lines).encode() + body)


def raw(*pieces: bytes) -> Answer:
    """Answer with these bytes."""
    return lambda _: pieces


def redirect(location: str) -> Answer:
    return page(b"", f"Location: {location}", status="302 Found")


def silence(over: threading.Event) -> Iterator[bytes]:
    """Answer nothing."""
    over.wait(20)
    yield b""


def dripping(head: bytes) -> Answer:
    """Answer with a head, and then a byte now and then, for ever."""

    def drip(over: threading.Event) -> Iterator[bytes]:
        yield head
        while not over.wait(0.02):
            yield b"1"

    return drip


class Mirror:
    """Serve a few paths over TLS, each with its answer, one request a connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.pages: dict[str, Answer] = {}
        self.requests: list[bytes] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with self._listener:
            socket.create_connection(self._listener.getsockname()).close()
            self._accepting.join()
        for thread in self._threads:
            thread.join()

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}{path}"

    def serve(self, answer: Answer, path: str = "/list") -> str:
        """Answer so from now on, and give the address."""
        self.pages[path] = answer
        return self.url(path)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                return connection.close()
            thread = threading.Thread(target=self._talk, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(OSError), self._context.wrap_socket(connection, server_side=True) as secured:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                request += secured.recv(65536) or b"\r\n\r\n"
            self.requests.append(request)
            answer = self.pages.get(request.split(b" ")[1].decode(), page(status="404 Not Found"))
            for piece in answer(self._over):
                secured.sendall(piece)
            secured.unwrap()
