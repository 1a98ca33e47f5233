"""An upstream that keeps what it is sent, and what applications forward to it."""

import io
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Self
from wsgiref.types import WSGIApplication, WSGIEnvironment

from tests.frontends import Listener
from tests.lab.corpus import NAMING, Sent
from tests.lab.forwarders import ignored
from tests.lab.oracle import HOST
from tests.upstreams import until

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_LINE = re.compile(rb"(\S*) (.*) HTTP/1\.[01]\r\n", re.DOTALL)
_FIELD = re.compile(rb"^([^:\r\n]+): ?(.*)\r$", re.MULTILINE)


class Recorder:
    """Answer one connection after another, each of one request, until the block ends."""

    def __enter__(self) -> Self:
        self.heads: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._listener:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._thread.join()

    @property
    def listener(self) -> Listener:
        return Listener(port=self._listener.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # shut down
                return
            with connection, connection.makefile("rb") as stream:
                self.heads.append(b"".join(until(b"\r\n", stream)))
                connection.sendall(_ANSWER)
                connection.shutdown(socket.SHUT_WR)
                self.heads += filter(None, [stream.read()])  # what should have been one request was two


def forwarded(
    make: Callable[[Listener], WSGIApplication], environs: Iterable[WSGIEnvironment]
) -> Iterator[Sent | None]:
    """Give what an application sends upstream for each environ; None if nothing."""
    given = 0
    with Recorder() as upstream:
        application = make(upstream.listener)
        for environ in environs:
            b"".join(application({**environ, "wsgi.input": io.BytesIO()}, ignored))
            heads = upstream.heads[given:]
            yield read_head(heads[0]) if heads else None
            given += bool(heads)
    assert len(upstream.heads) == given, "a forwarder made two requests of one"


def read_head(head: bytes) -> Sent:
    """Give what of a request's head matters."""
    line = _LINE.match(head)
    assert line, head
    fields = [(name.decode("latin-1").title(), text.decode("latin-1")) for name, text in _FIELD.findall(head)]
    kept = tuple((name, text) for name, text in fields if _matters(name, text))
    return Sent(line[2].decode("latin-1"), line[1].decode("latin-1"), headers=kept)


def _matters(name: str, text: str) -> bool:
    """Tell whether a field may change what is reached: Host may, but for the usual one and a forwarder's own."""
    if name == "Host":
        return text != HOST and not text.startswith("127.0.0.1:")
    return name.upper().replace("_", "-") in NAMING
