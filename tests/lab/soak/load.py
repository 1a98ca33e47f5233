"""The requests of the mixed load, each with what its answer must be."""

import contextlib
import hashlib
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple
from uuid import UUID

from tests.frontends import Listener

ALLOWED, STRANGER, COMES_AND_GOES = "198.51.100.7", "203.0.113.9", "198.51.100.200"
PERMITTED, FORBIDDEN = "demo.sayHello", "pingback.ping"
SPELLINGS = (
    *("/xmlrpc.php", "//xmlrpc.php", "/./xmlrpc.php", "/%78mlrpc.php", "/xmlrpc%2Ephp", "/a/../xmlrpc.php"),
    *("/xmlrpc.php/", "/xmlrpc.php/x"),
)
MEGABYTE = 1 << 20
SILENCE = 60


class Outages:
    """When the upstream was down, or coming up; what was asked around then may be answered by 502."""

    MARGIN = 6.0

    def __init__(self) -> None:
        self._spans: list[list[float]] = []

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        span = [time.monotonic(), float("inf")]
        self._spans.append(span)
        try:
            yield
        finally:
            span[1] = time.monotonic()

    def touch(self, start: float, end: float) -> bool:
        return any(first - self.MARGIN <= end and start <= last + self.MARGIN for first, last in self._spans)


@dataclass
class Tally:
    """What came of the requests."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str) -> None:
        with self.lock:
            self.counts[name] += 1

    def fault(self, kind: str, text: str) -> None:
        with self.lock:
            self.counts[kind] += 1
            if len(self.faults) < 50:
                self.faults.append(f"{kind}: {text}")


WRONG, MIXED, BROKEN = "wrong decisions", "mixed-up answers", "broken answers"
DOWN, HUNG_UP, NOT_JUDGED = "while the upstream was down", "hang-up", "not judged"
AGAIN = "asked again on a new connection"


class Asked(NamedTuple):
    """A request: the address is what the proxy in front says that it comes from."""

    method: str
    target: str
    client: str
    body: bytes = b""


class Visitor:
    """One client after another, on one connection where that lasts."""

    def __init__(
        self,
        at: Listener,
        tally: Tally,
        outages: Outages,
        listed: Callable[[], bool | None],
        seed: int,
        *,
        mixture: "Sequence[Callable[[Visitor], None]]",
    ) -> None:
        self.at, self.tally, self.outages, self.listed = at, tally, outages, listed
        self.random = Random(seed)
        self._connection: http.client.HTTPConnection | None = None
        self.mixture = mixture

    def visit(self) -> None:
        self.random.choice(self.mixture)(self)

    # What must be answered, and by what.

    def ordinary(self) -> None:
        asked = Asked("GET", f"/page-{self._mark()}?a=b", self.random.choice([ALLOWED, STRANGER]))
        self._expect("ordinary", asked, 200)

    def allowed(self) -> None:
        self._expect("allowed", Asked("POST", self._spelling(), ALLOWED, call(FORBIDDEN)), 200)

    def refused(self) -> None:
        size = self.random.choice([0, 0, 70_000])
        self._expect("refused", Asked("POST", self._spelling(), STRANGER, call(FORBIDDEN) + b" " * size), 403)

    def forged(self) -> None:
        self._expect("forged", Asked("POST", self._spelling(), f"{ALLOWED}, {STRANGER}", call(FORBIDDEN)), 403)

    def stranger(self) -> None:
        method = self.random.choice([PERMITTED, FORBIDDEN])
        status = 200 if method == PERMITTED else 403
        self._expect(
            f"stranger's {method}", Asked("POST", f"/xmlrpc.php?{self._mark()}", STRANGER, call(method)), status
        )

    def comes_and_goes(self) -> None:
        before = self.listed()
        status = self._ask(Asked("POST", self._spelling(), COMES_AND_GOES, call(FORBIDDEN)))[0]
        if before is None or self.listed() != before or status == 502:
            self.tally.count(f"comes and goes, {NOT_JUDGED}")
        else:
            self._judge("comes and goes", status, 200 if before else 403)

    def upload(self) -> None:
        body = self.random.randbytes(MEGABYTE)
        self._expect("upload", Asked("POST", f"/page-{self._mark()}", STRANGER, body), 200)

    def upload_in_chunks(self) -> None:
        body = self.random.randbytes(MEGABYTE)
        asked = Asked("POST", f"/page-{self._mark()}", STRANGER, body)
        with self._fresh() as connection:
            pieces = (body[at : at + 50_000] for at in range(0, len(body), 50_000))
            headers = {"X-Forwarded-For": STRANGER, "Transfer-Encoding": "chunked"}
            start = time.monotonic()
            with self._broken("upload in chunks", start):
                connection.request("POST", asked.target, pieces, headers, encode_chunked=True)
                answer = connection.getresponse()
                self._compare("upload in chunks", asked, (answer.status, answer.read()), 200, start)

    def slow_reader(self) -> None:
        with self._fresh() as connection:
            start = time.monotonic()
            with self._broken("slow reader", start):
                connection.request("GET", "/long.php", headers={"X-Forwarded-For": STRANGER})
                answer = connection.getresponse()
                if answer.status != 200:
                    self._unless_outage("slow reader", answer.status, start)
                    return
                whole = bytearray()
                while piece := answer.read(100_000):
                    whole += piece
                    time.sleep(0.02)
                expected = b"".join(bytes([at]) * 9973 for at in range(250))
                if whole != expected and not self.outages.touch(start, time.monotonic()):
                    self.tally.fault(
                        MIXED if len(whole) == len(expected) else BROKEN, f"slow reader, {len(whole)} bytes"
                    )
                self.tally.count("slow reader")

    def hang_up(self) -> None:
        head = f"POST /page-{self._mark()} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {STRANGER}\r\n"
        whole = f"{head}Content-Length: 100000\r\n\r\n".encode() + b"x" * 100_000
        cut = self.random.choice([0, 20, len(head) + 30, 50_000, len(whole)])
        with contextlib.suppress(OSError), self.at.connect() as connection:
            connection.sendall(whole[:cut])
            if self.random.random() < 0.5:  # RST in place of FIN
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.tally.count(HUNG_UP)

    # How.

    def _mark(self) -> str:
        return UUID(int=self.random.getrandbits(128)).hex

    def _spelling(self) -> str:
        return f"{self.random.choice(SPELLINGS)}?{self._mark()}"

    def _expect(self, kind: str, asked: Asked, expected: int) -> None:
        start = time.monotonic()
        with self._broken(kind, start):
            self._compare(kind, asked, self._ask(asked), expected, start)

    def _compare(self, kind: str, asked: Asked, answer: tuple[int, bytes], expected: int, start: float) -> None:
        status, content = answer
        if status >= 500:
            self._unless_outage(kind, status, start)
            return
        self._judge(kind, status, expected)
        if status == expected == 200:
            seen = json.loads(content)
            if (seen["server"]["REQUEST_URI"], seen["sha1"]) != (asked.target, hashlib.sha1(asked.body).hexdigest()):
                self.tally.fault(MIXED, f"{kind}: {asked.target} got the answer to {seen['server']['REQUEST_URI']}")

    def _judge(self, kind: str, status: int, expected: int) -> None:
        self.tally.count(kind)
        if status != expected:
            self.tally.fault(WRONG, f"{kind}: {status}, not {expected}")

    def _unless_outage(self, kind: str, status: int, start: float) -> None:
        if self.outages.touch(start, time.monotonic()):
            self.tally.count(f"{status} {DOWN}")
        else:
            self.tally.fault(BROKEN, f"{kind}: {status} while the upstream was up")

    @contextlib.contextmanager
    def _broken(self, kind: str, start: float) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop()
            if self.outages.touch(start, time.monotonic()):
                self.tally.count(f"broken {DOWN}")
            else:
                self.tally.fault(BROKEN, f"{kind}: {error!r}")

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.at.port, timeout=SILENCE)
        try:
            yield connection
        finally:
            connection.close()

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _ask(self, asked: Asked) -> tuple[int, bytes]:
        """Ask on the last connection; as a proxy does, once more on a new one if the server had closed it."""
        for attempt in range(2):
            kept = self._connection is not None
            self._connection = self._connection or http.client.HTTPConnection(
                "127.0.0.1", self.at.port, timeout=SILENCE
            )
            try:
                self._connection.request(asked.method, asked.target, asked.body, {"X-Forwarded-For": asked.client})
                answer = self._connection.getresponse()
                content = answer.read()
            except (ConnectionError, http.client.RemoteDisconnected):
                self._drop()
                if attempt or not kept:
                    raise
                self.tally.count(AGAIN)
                continue
            if answer.will_close:
                self._drop()
            return answer.status, content
        raise AssertionError("unreachable")


MIXTURE: tuple[Callable[[Visitor], None], ...] = (
    *[Visitor.ordinary] * 8,
    *[Visitor.allowed] * 3,
    *[Visitor.refused] * 3,
    *[Visitor.forged] * 2,
    *[Visitor.stranger] * 3,
    *[Visitor.hang_up] * 2,
    *[Visitor.comes_and_goes] * 2,
    *(Visitor.upload, Visitor.upload_in_chunks, Visitor.slow_reader),
)
"""The kinds of requests, each as often as it is drawn."""


def fill(at: Listener, number: int) -> None:
    """Send so many requests at once, of which each waits for its body, so that each thread of a server has one."""
    head = f"POST /fill HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {STRANGER}\r\n"
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(at.connect()) for _ in range(number)]
        for connection in connections:
            connection.sendall(f"{head}Content-Length: 2\r\n\r\nx".encode())
        time.sleep(0.5)
        for connection in connections:
            connection.sendall(b"x")
        for connection in connections:
            connection.recv(1 << 16)


def call(method: str) -> bytes:
    return f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName></methodCall>".encode()
