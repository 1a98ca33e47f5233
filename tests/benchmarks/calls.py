"""What reading a call costs, beside xmlrpc.client.loads of the same body in the same run; and what hostile bodies cost.

    python -m tests.benchmarks.calls [--rounds 200]

The two take turns, and the round that took least of the processor stands for each. The exit status is 1 if a ratio is
over its limit.
"""

import argparse
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from time import process_time
from typing import NamedTuple
from xml.parsers.expat import ExpatError
from xmlrpc.client import Binary, DateTime, Fault, ResponseError, dumps, loads

from tests.benchmarks import report
from xmlrpc_guard.heldbody import HeldBody
from xmlrpc_guard.methods import UnreadableBodyError, read_methods

_USER = (1, "keeper", "password")


class Row(NamedTuple):
    title: str
    limit: float
    body: bytes
    times: int
    """How often it is read in a round."""
    fewer: int = 1
    """How many times fewer rounds than the others this row gets."""


def write(method: str, *arguments: object) -> bytes:
    return dumps(arguments, method).encode()  # type: ignore[arg-type]


def upload(size: int) -> bytes:
    return write("wp.uploadFile", *_USER, {"name": "a.jpg", "type": "image/jpeg", "bits": Binary(bytes(size * 3 // 4))})


POST = {
    "post_title": "Hello",
    "post_content": "<p>Some <b>bold</b> text &amp; more of it.</p>",
    "post_status": "publish",
    "post_date": DateTime("20151216T10:00:00"),
    "terms_names": {"category": ["News"]},
}
SYNC = {"methodName": "jetpack.syncObject", "params": ["post", 7, {"on_behalf_of": [1, 2], "title": "Hello"}]}
ROWS = (
    Row("pingback / loads", 1.0, write("pingback.ping", "http://a.example/a/", "http://blog.example/b/"), 50),
    Row("newPost / loads", 0.8, write("wp.newPost", *_USER, POST), 20),
    Row("multicall as Jetpack's / loads", 1.0, write("system.multicall", [SYNC, SYNC]), 20),
    Row("upload of 0.8 MB / loads", 0.25, upload(800_000), 1, 10),
    Row("upload of 10 MB / loads", 0.5, upload(10_000_000), 1, 50),
)

NESTED = b"<value><array><data>" * 100_000
CALL = b"<methodCall><methodName>a.b</methodName><params><param>%s</param></params></methodCall>"
BOUNDS = {
    "60,000 tags": CALL % (b"<value><array><data>" + b"<value/>" * 59_000 + b"</data></array></value>"),
    "100,000 arrays inside each other, 2 MB": CALL % NESTED,
    "a comment of 10 MB": CALL % (b"<value><!--" + b"x" * 10_000_000 + b"--></value>"),
    "a name of 10 MB": CALL.replace(b"a.b", b"a" * 10_000_000) % b"<value/>",
    "10 MB of white space in front": b" " * 10_000_000 + CALL % b"<value/>",
}


def seconds(read: Callable[[bytes], object], row: Row) -> float:
    start = process_time()
    for _ in range(row.times):
        read(row.body)
    return process_time() - start


def ratio(row: Row, rounds: int) -> float:
    turns = [(seconds(read_methods, row), seconds(loads, row)) for _ in range(max(1, rounds // row.fewer))]
    return min(ours for ours, _ in turns) / min(theirs for _, theirs in turns)


class OneByte(BytesIO):
    """An input whose sender sends a byte at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(1, size or 0))


def read_slowly(body: bytes) -> None:
    HeldBody({"CONTENT_LENGTH": str(len(body)), "wsgi.input": OneByte(body)}, len(body))


def only_read_slowly(body: bytes) -> None:
    source = OneByte(body)
    while source.read(1):
        pass


class Cost(NamedTuple):
    """What reading a body takes: of another reader's time, and beside the body itself."""

    times: float
    megabytes: float


Read = Callable[[bytes], object]


def time_once(read: Read, body: bytes) -> float:
    start = process_time()
    with suppress(UnreadableBodyError, ExpatError, Fault, ResponseError):
        read(body)
    return process_time() - start


def show_bound(title: str, read: Read, other: Read, body: bytes, turns: int) -> None:
    """Print the time, beside another reader's, and the most memory beside the body itself, that reading it takes."""
    ours, theirs = (min(time_once(reader, body) for _ in range(turns)) for reader in (read, other))
    shown = title
    tracemalloc.start()
    try:
        read(body)
    except UnreadableBodyError as error:
        shown = f"{title}: {error.problem:.30}"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    cost = Cost(ours / theirs, peak / 1e6)
    report.note(shown, f"{cost.times:6.2f}, {ours * 1000:8.1f} ms, {cost.megabytes:5.1f} MB beside the body")
    report.FIGURES[title] = cost


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time the reader of calls beside the standard library's.")
    parser.add_argument("--rounds", type=int, default=200, help="turns of each (%(default)s)")
    flags = parser.parse_args(argv)
    report.heading("Time, as a ratio")
    kept = [report.row(f"{row.title} ({len(row.body):,} bytes)", ratio(row, flags.rounds), row.limit) for row in ROWS]
    turns = min(3, flags.rounds)
    for title, body in BOUNDS.items():
        show_bound(title, read_methods, loads, body, turns)
    show_bound("an upload of 10 MB", read_methods, loads, ROWS[-1].body, turns)
    show_bound(
        "1 MB, a byte at a time, held, beside reading it", read_slowly, only_read_slowly, bytes(1_000_000), turns
    )
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
