"""What the reverse proxy costs under real servers, beside WSGIProxy2, webob.client, and nginx' own proxy as the limit.

    python -m tests.benchmarks.proxies [--seconds 2] [--rounds 5] [--megabytes 50] [--clients 1000]

In each round fresh processes of one server serve the contenders on one core; the upstream, one nginx, and the client
are on another. A round sends a large body each way through every contender, several times and by turns, and then has
wrk ask all of them for a page, with the fields that a browser sends, by short turns (tests.benchmarks.servers says
why). Processor time and memory are the kernel's count for the server's processes. Memory is by how much its peak
exceeds what was held after one small request. The median round counts; for the goals of memory, the worst.

Then clients hang up on the guarded proxy, a quarter each as they receive or as they send, with a reset or without.
What the server holds before and after is taken when every thread has just served a client, since each keeps one idle
connection to the upstream.

At last ``serve`` is set beside gunicorn, both with guard and proxy.

WSGIProxy2 uses http.client, as it does by default. With urllib3, which keeps connections open, it answered
0.76 as many pages a second, and with requests, which streams answers but no uploads, 0.4 to 0.5 as many.

The exit status is 1 if a goal is missed, and 2 without nginx or wrk.
"""

import argparse
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse
from itertools import product
from operator import gt, sub
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import NamedTuple, TypeVar

from tests.benchmarks import report
from tests.benchmarks.processes import FILE, MEGABYTE, PAGE, PAGE_SIZE, SINK, Serving, proxying, upstream
from tests.benchmarks.servers import SERVERS, TURN, on, turn, wrk
from tests.frontends import Listener, get

OURS = ("proxy", "guarded")
OTHERS = ("wsgiproxy2", "webob_client")
CONTENDERS = (*OURS, *OTHERS, "nginx")  # but for the last, names in tests.benchmarks.proxied

CHEAPER = 1.3  # times less of the processor for a page than WSGIProxy2
UPLOAD = 0.9  # of WSGIProxy2's processor time for a large body under gunicorn
SERVE = 1.3  # times less than gunicorn
GROWTH = 10.0  # megabytes
BODIES = 5  # large ones each way, in a round
AT_ONCE = 8  # clients
PATIENCE = 60  # seconds for a silent server, which may be keeping a large body

_PIECE = bytes(65536)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time
_BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-US,en;q=0.5",
    "Accept-Encoding: gzip, deflate, br",
    "Referer: https://blog.example/2015/12/",
    "Cookie: wordpress_test_cookie=WP%20Cookie%20check; wp-settings-time-1=1450000000",
)


@dataclass(frozen=True)
class Setting:
    """What all contenders of a run are given."""

    address: str  # of the upstream
    core: int  # that they are served on
    size: int  # bytes of a large body
    seconds: float
    rounds: int
    clients: int

    @contextmanager
    def proxying(self, server: str, name: str) -> Iterator[Serving]:
        with ExitStack() as stack:
            with on(self.core):
                serving = stack.enter_context(proxying("nginx" if name == "nginx" else server, name, self.address))
            yield serving


class Transfer(NamedTuple):
    speed: float  # megabytes a second
    cpu: float  # milliseconds of processor time
    growth: float  # megabytes of memory

    def __str__(self) -> str:
        return f"{self.speed:6,.0f} MB a second  {self.cpu:5.1f} ms of CPU      {self.growth:6.1f} MB of memory"


class Pages(NamedTuple):
    rate: float  # requests a second
    cpu: float  # microseconds of processor time for each

    def __str__(self) -> str:
        return f"{self.rate:6,.0f} pages a second {self.cpu:5.0f} us of CPU each"


Measurement = TypeVar("Measurement", Transfer, Pages)


class Round(NamedTuple):
    down: Transfer
    up: Transfer
    pages: Pages


Move = Callable[[Listener, int], None]
"""Sends a body of so many bytes through a server, or has it sent."""

Table = Mapping[str, Sequence[Round]]
"""For each contender what its rounds gave."""


def one_round(setting: Setting, server: str) -> dict[str, Round]:
    """Give what each contender did."""
    with ExitStack() as stack:
        serving = {name: stack.enter_context(setting.proxying(server, name)) for name in CONTENDERS}
        everyone = list(serving.values())
        both_ways = [bodies(everyone, move, setting.size) for move in (download, upload)]
        pages = by_turns(everyone, setting.seconds)
    return {name: Round(*measured) for name, *measured in zip(CONTENDERS, *both_ways, pages, strict=True)}


def bodies(all_serving: Sequence[Serving], move: Move, size: int) -> list[Transfer]:
    """Have each move a large body several times, by turns; its median of speed and time, and its most memory."""
    quiet = [at_rest(serving) for serving in all_serving]
    turns = [list(map(partial(transfer, move, size), all_serving, quiet)) for _ in range(BODIES)]
    return [median_of(each)._replace(growth=max(one.growth for one in each)) for each in zip(*turns, strict=True)]


def at_rest(serving: Serving) -> float:
    serving.forget_peak()
    return serving.peak()


def transfer(move: Move, size: int, serving: Serving, quiet: float) -> Transfer:
    serving.forget_peak()
    cpu, start = serving.cpu(), perf_counter()
    move(serving.listener, size)
    seconds = perf_counter() - start
    return Transfer(size / MEGABYTE / seconds, (serving.cpu() - cpu) * 1000, max(0.0, serving.peak() - quiet))


def download(listener: Listener, size: int) -> None:
    assert exchange(listener, get(FILE)) == size


def upload(listener: Listener, size: int) -> None:
    assert exchange(listener, post(size), size) == 0


def post(size: int) -> bytes:
    return get(SINK, f"Content-Length: {size}", method="POST")


def exchange(listener: Listener, head: bytes, size: int = 0) -> int:
    """Send a request with so many bytes of body, and give how many its answer has."""
    with listener.connect() as connection, closing(HTTPResponse(connection)) as answer:
        connection.settimeout(PATIENCE)
        connection.sendall(head)
        for left in range(size, 0, -len(_PIECE)):
            connection.sendall(_PIECE[:left])
        answer.begin()
        assert answer.status == HTTPStatus.OK, answer.status
        return sum(iter(partial(answer.readinto, bytearray(len(_PIECE))), 0))


def by_turns(all_serving: Sequence[Serving], seconds: float) -> list[Pages]:
    """Have each asked for so many seconds, in an order drawn for each turn: none comes after nginx every time."""
    with ExitStack() as stack:
        clients = [stack.enter_context(wrk(serving.listener, PAGE, *_BROWSER)) for serving in all_serving]
        before = [serving.cpu() for serving in all_serving]
        spent = dict.fromkeys(clients, 0.0)
        for end in (*[signal.SIGSTOP] * round(seconds / TURN), signal.SIGINT):
            for client in random.sample(clients, len(clients)):
                spent[client] += turn(client, end)
        after = [serving.cpu() for serving in all_serving]
        return list(map(pages, map(answers, clients), spent.values(), before, after))


def answers(client: subprocess.Popen[str]) -> int:
    printed = client.communicate()[0]
    assert "Non-2xx" not in printed, printed
    return int(re.findall(r"([0-9]+) requests in", printed)[0])


def pages(number: int, seconds: float, before: float, after: float) -> Pages:
    return Pages(number / seconds, (after - before) / max(1, number) * 1e6)


def kept_after(setting: Setting, server: str) -> list[int]:
    """Give by how many descriptors and threads a server has grown when all clients have hung up."""
    with setting.proxying(server, "guarded") as serving, ThreadPoolExecutor(AT_ONCE) as pool:
        least = held(serving, setting.size, pool)
        deque(pool.map(partial(hang_up, serving.listener, setting.size), range(setting.clients)), 0)
        return [max(0, more) for more in map(sub, held(serving, setting.size, pool, least), least)]


def held(serving: Serving, size: int, pool: Executor, goal: Sequence[int] = (0, 0)) -> tuple[int, ...]:
    """Keep every thread busy once; give the least that is held within a second, or within ten until it is the goal."""
    deque(pool.map(partial(download, serving.listener), [size] * AT_ONCE), 0)
    least: tuple[int, ...] = serving.holds()
    end = monotonic() + (10 if any(goal) else 1)
    while any(map(gt, least, goal)) and monotonic() < end:
        sleep(0.05)
        least = tuple(map(min, least, serving.holds()))
    return least


def hang_up(listener: Listener, size: int, number: int) -> None:
    """Begin to download or to upload, and leave: every second time with a reset."""
    sends, resets = number // 2 % 2, number % 2
    with listener.connect() as connection:
        connection.sendall(post(size) + _PIECE[: size // 2] if sends else get(FILE))
        if not sends:
            connection.recv(len(_PIECE))
        if resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def measured(setting: Setting, server: str) -> bool:
    """Print all rows of a server, and tell whether the goals are reached."""
    rounds = [one_round(setting, server) for _ in range(setting.rounds)]
    table = {name: [each[name] for each in rounds] for name in CONTENDERS}
    for part, name in product(Round._fields, CONTENDERS):
        report.note(f"{server}, {part}, {name}", median_of([getattr(each, part) for each in table[name]]))
    return all([*fast(server, table), *small(server, table), *clean(server, setting)])


def median_of(measurements: Sequence[Measurement]) -> Measurement:
    return type(measurements[0])(*map(median, zip(*measurements, strict=True)))


def fast(server: str, table: Table) -> Iterator[bool]:
    for ours, other in product(OURS, ("webob_client", "nginx")):
        report.note(f"{server}, CPU a page, {other} / {ours}", f"{times(table, ours, other):8.4f}")
    for ours in OURS:
        ratio = times(table, ours, "wsgiproxy2")
        yield report.row(f"{server}, CPU a page, wsgiproxy2 / {ours}", ratio, CHEAPER, at_least=True)
        if server == "gunicorn":
            share = 1 / times(table, ours, "wsgiproxy2", upload_cpu)
            yield report.row(f"{server}, CPU up, {ours} / wsgiproxy2", share, UPLOAD)


def page_cpu(each: Round) -> float:
    return each.pages.cpu


def upload_cpu(each: Round) -> float:
    return each.up.cpu


def times(table: Table, ours: str, other: str, cpu: Callable[[Round], float] = page_cpu) -> float:
    """Give how many times our processor time another takes, for a page if nothing else is said."""
    rounds = zip(table[ours], table[other], strict=True)
    return median(cpu(baseline) / cpu(contender) for contender, baseline in rounds)


SERVED = ("gunicorn", "guarded"), ("serve", "guarded"), ("gunicorn", "bare"), ("waitress", "bare")


def served(setting: Setting) -> bool:
    """Set ``serve`` beside gunicorn, both with guard and proxy; and what either server takes without them."""
    rounds = []
    for _ in range(setting.rounds):
        with ExitStack() as stack:
            serving = [stack.enter_context(setting.proxying(*each)) for each in SERVED]
            rounds.append([each.cpu for each in by_turns(serving, setting.seconds)])
    for (server, name), spent in zip(SERVED, zip(*rounds, strict=True), strict=True):
        report.note(f"us of CPU a page, {name} under {server}", f"{median(spent):.0f}")
        report.FIGURES[f"{name} under {server}"] = median(spent)
    ratios = [gunicorn / serve for gunicorn, serve, *_ in rounds]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return report.row("CPU a page, gunicorn / serve", median(ratios), SERVE, at_least=True, spread=spread)


def small(server: str, table: Table) -> Iterator[bool]:
    for ours, way in product(OURS, ("down", "up")):
        worst = max(getattr(each, way).growth for each in table[ours])
        yield report.row(f"{server}, {way}, {ours}: MB of memory at worst", worst, GROWTH)


def clean(server: str, setting: Setting) -> Iterator[bool]:
    for kind, more in zip(("descriptors", "threads"), kept_after(setting, server), strict=True):
        yield report.row(f"{server}, after {setting.clients:,} clients that hung up: {kind}", more, 0)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure reverse proxies under waitress and gunicorn.")
    parser.add_argument("--seconds", type=float, default=2, help="how long a round asks each for pages (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each with fresh servers (%(default)s)")
    parser.add_argument("--megabytes", type=float, default=50, help="size of a large body (%(default)s)")
    parser.add_argument("--clients", type=int, default=1000, help="clients that hang up (%(default)s)")
    flags = parser.parse_args(argv)
    if report.lacks("nginx") or report.lacks("wrk"):
        return 2
    report.heading(f"Proxies to one nginx; {flags.megabytes:g} MB down and up, pages of {PAGE_SIZE // 1000} kB")
    cores = sorted(os.sched_getaffinity(0))
    size = round(flags.megabytes * MEGABYTE)
    report.FIGURES.update(megabytes=flags.megabytes, clients=flags.clients)
    with on(cores[-1]), upstream(size) as address:
        setting = Setting(address, cores[0], size, flags.seconds, flags.rounds, flags.clients)
        kept = [measured(setting, server) for server in SERVERS]
        kept.append(served(setting))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
