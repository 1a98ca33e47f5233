"""Which requests run xmlrpc.php: sent to the servers themselves, byte for byte."""

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.frontends import Listener
from tests.lab.corpus import Sent
from tests.lab.phpservers import Host
from tests.lab.tree import ID, WORD
from tests.waiting import PATIENCE

HOST = "localhost"
AT_ONCE = 6  # PHP-FPM has four processes, Apache eight
# mod_fcgid lets a request wait where all its processes are at work; Playground has one worker.
FEWER_AT_ONCE = {"apache cgi": 3, "playground": 3}


def write_request(sent: Sent, *fields: str) -> bytes:
    """Write a request whose connection ends with it; without a version, HTTP/0.9's, it is its first line."""
    line = f"{sent.method} {sent.target}{sent.version and ' '}{sent.version}"
    given = {"Host": HOST, **dict(sent.headers), "Content-Length": "0", "Connection": "close"}
    lines = (line, *(f"{name}: {value}" for name, value in given.items()), *fields, "", "")
    return "\r\n".join(lines).encode("latin-1")


def ran(host: Host, requests: Sequence[Sent], source: str = "") -> set[int]:
    """Send requests and give the places of those that ran the marker: by its log, or by its word in the answer.

    They come from ``source``, an address of this machine, if one is given.
    """
    host.log.write_bytes(b"")
    written = [write_request(sent, f"{ID}: {number}") for number, sent in enumerate(requests)]
    at_once = FEWER_AT_ONCE.get(host.setup.server, AT_ONCE)
    given = answers(host.listener, written, at_once, source)
    answered = {number for number, text in enumerate(given) if WORD in text}
    return answered | {int(line) for line in host.log.read_text("utf-8").split()}


def answers(at: Listener, requests: Sequence[bytes], at_once: int = AT_ONCE, source: str = "") -> list[bytes]:
    """Give what a server answers to each request, so many of them at once.

    Each thread takes the next one as soon as it is free: a pool's ``map`` costs as much again as the requests.
    """
    given = [b""] * len(requests)
    numbers = iter(range(len(requests)))

    def ask() -> None:
        for number in numbers:
            given[number] = answer(at, requests[number], source=source)

    with ThreadPoolExecutor(at_once) as pool:
        working = [pool.submit(ask) for _ in range(at_once)]
    for each in working:
        each.result()
    return given


def answer(listener: Listener, request: bytes, patience: float = PATIENCE, source: str = "") -> bytes:
    """Give all that a server answers; one that is silent for so many seconds is an error, one that hangs up is not."""
    received = b""
    with listener.connect(source) as connection, contextlib.suppress(ConnectionError):
        connection.settimeout(patience)
        connection.sendall(request)
        while piece := connection.recv(65536):
            received += piece
    return received
