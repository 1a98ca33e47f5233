"""A client that follows nothing and adds nothing by itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage

from tests.frontends import Listener
from tests.lab.wordpress import HOST

STRANGER, LISTED = "203.0.113.9", "192.0.64.5"
Body = bytes | Iterator[bytes] | None
"""What is sent: bytes with their length, or an iterator's in chunks."""


@dataclass(frozen=True)
class Answer:
    """What came back, as it came."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Visitor:
    """A client at an address that keeps cookies and follows no redirect."""

    listener: Listener
    address: str = STRANGER
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", target, None, headers)

    def post(self, target: str, body: Body, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", target, body, headers)

    def ask(self, method: str, target: str, body: Body = None, headers: Mapping[str, str] | None = None) -> Answer:
        with connected(self.listener) as connection:
            answer = exchange(connection, method, target, body, {**self._headers(), **(headers or {})})
        self.cookies.update(pair(line) for line in answer.headers.get_all("Set-Cookie", []))
        return answer

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": HOST, "X-Forwarded-For": self.address, **({"Cookie": cookies} if cookies else {})}


@contextmanager
def connected(listener: Listener) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("localhost")
    connection.sock = listener.connect()
    connection.auto_open = 0  # a connection that the server closed must show
    try:
        yield connection
    finally:
        connection.close()


def exchange(connection: HTTPConnection, method: str, target: str, body: Body, headers: Mapping[str, str]) -> Answer:
    connection.request(method, target, body, headers)
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(";")[0].partition("=")
    return name, value
