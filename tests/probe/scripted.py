"""A site on a loopback socket that answers as a function says, with whatever bytes and however slowly."""

import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import Self

import trustme

from xmlrpc_guard.probe.proof import TOKEN_PATH
from xmlrpc_guard.probe.sending import SiteServer
from xmlrpc_guard.probe.site import Site
from xmlrpc_guard.probe.verdicts import SENTENCE

Script = Callable[[bytes, socket.socket], bytes | None]
"""Given the request, and the connection for those that write to it themselves; None hangs up."""

PAGE = b"<html><head><title>The blog</title></head></html>"
FAULT = b'<?xml version="1.0"?><methodResponse><fault></fault></methodResponse>'
_LENGTH = re.compile(rb"(?i)^content-length: ([0-9]+)", re.MULTILINE)


def answer(status: int, body: bytes = b"", *fields: str) -> bytes:
    lines = (f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *fields, "", "")
    return "\r\n".join(lines).encode("latin-1") + body


WORDPRESS_405 = answer(405, SENTENCE, "Allow: POST", "Content-Type: text/plain")


def target_of(request: bytes) -> bytes:
    return request.partition(b"\r\n")[0].rpartition(b" HTTP/")[0].partition(b" ")[2]


def wordpress(request: bytes) -> bytes:
    """Answer as a WordPress of one page whose endpoint is open at its plain path."""
    path = target_of(request).partition(b"?")[0]
    if path == b"/":
        return answer(200, PAGE)
    if path != b"/xmlrpc.php":
        return answer(404, b"<title>Page not found</title>")
    return answer(200, FAULT, "Content-Type: text/xml") if request.startswith(b"POST") else WORDPRESS_405


def guarded(request: bytes) -> bytes:
    """Answer as the same behind a guard."""
    return (
        answer(403, b"Forbidden\n", "Cache-Control: no-store") if b"rpc" in target_of(request) else wordpress(request)
    )


class Owned:
    """A site that serves what its owner puts at the token's path."""

    def __init__(self, status: int = 404, body: bytes = b"", *fields: str) -> None:
        self.token = answer(status, body, *fields)

    def __call__(self, request: bytes) -> bytes:
        return self.token if target_of(request) == TOKEN_PATH.encode() else guarded(request)


def token_in(shown: str) -> bytes:
    found = re.search(r"(?m)^    (guard-probe [0-9a-f]{32})$", shown)
    assert found
    return found[1].encode()


class Scripted:
    """Serve a script's answers, each connection in a thread of its own, until the block ends."""

    def __init__(self, script: Script | Callable[[bytes], bytes | None], host: str = "127.0.0.1") -> None:
        self.script = script
        self.host = host
        self.requests: list[bytes] = []

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Listen no more: who connects is refused."""
        self.__exit__()

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/"

    def server(self, seconds: float = 10) -> SiteServer:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        return SiteServer(Site("http", self.host, self.port), self.host, family, seconds=seconds)

    @property
    def targets(self) -> list[bytes]:
        return [target_of(request) for request in self.requests]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = _receive(connection)
            if not request:
                return  # the prober looks which address it has
            self.requests.append(request)
            script = self.script
            sent = script(request, connection) if len(signature(script).parameters) == 2 else script(request)  # type: ignore[call-arg]
            connection.sendall(sent or b"")


def serving_tls(authority: trustme.CA, name: str) -> Scripted:
    """Answer over TLS, as a site of that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)

    class Tls(Scripted):
        def _serve(self, connection: socket.socket) -> None:
            with suppress(OSError):
                super()._serve(context.wrap_socket(connection, server_side=True))

    return Tls(guarded)


def _receive(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received or len(received) < _end(received):
        piece = connection.recv(65536)
        if not piece:
            return received
        received += piece
    return received


def _end(received: bytes) -> int:
    found = _LENGTH.search(received)
    return received.index(b"\r\n\r\n") + 4 + (int(found[1]) if found else 0)
