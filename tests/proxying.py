"""A proxy called as a server calls it, without a server."""

import io
from dataclasses import dataclass, field
from http.client import HTTPException
from wsgiref.types import WSGIApplication, WSGIEnvironment

from xmlrpc_guard.proxy.answer import UpstreamAnswer
from xmlrpc_guard.proxy.readbuffer import ReadBuffer


@dataclass
class Reply:
    """What a client gets of an answer; ``error`` is what broke the body off."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    error: Exception | None = None


def environ(target: str = "/", method: str = "GET", body: bytes = b"", **more: object) -> WSGIEnvironment:
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": target,
        "RAW_URI": target,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "server",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_HOST": "blog.example",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **more,
    }


def call(app: WSGIApplication, target: str = "/", method: str = "GET", body: bytes = b"", **more: object) -> Reply:
    """Make a request, read the body as far as it comes, and close it, as PEP 3333 has servers do."""
    answer = Reply()

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        answer.status, answer.headers = status, headers

    pieces = app(environ(target, method, body, **more), start)  # type: ignore[arg-type]
    try:
        for piece in pieces:
            answer.body += piece
    except OSError as error:
        answer.error = error
    finally:
        getattr(pieces, "close", bool)()
    return answer


def read_body(answer: bytes, *sizes: int) -> bytes | None:
    """Read one answer that comes in pieces of these sizes, the rest at once; None if it is not HTTP."""
    stream, limits = io.BytesIO(answer), iter(sizes)
    try:
        buffer = ReadBuffer(lambda size: stream.read(min(size, next(limits, size))))
        return b"".join(UpstreamAnswer(buffer, "GET").read_pieces())
    except (OSError, HTTPException):
        return None
