"""One list, loaded from a file into one process: how long that takes, what memory it holds, how fast it answers.

``tests.benchmarks.scale`` runs this in fresh interpreters, since what an earlier list has left would count.
"""

import gc
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import process_time, sleep
from typing import NamedTuple

from netaddr import IPAddress, IPSet

from tests.benchmarks.processes import MEGABYTE
from xmlrpc_guard import Policy
from xmlrpc_guard.live.apart import READER
from xmlrpc_guard.sources import File, LivePolicy

Ask = Callable[[str, None], object]
"""Decides for a client's address, with no X-Forwarded-For."""


class Figures(NamedTuple):
    """Seconds of processor time, megabytes over those before the list was loaded, and seconds for a decision."""

    load: float
    kept: float
    peak: float
    decision: float
    few: float  # a decision by a list of 8 entries


def live_policy(path: Path) -> Ask:
    """Follow a copy of the file as a guard does, which changes once: then it is read once more."""
    seconds, followed = [0.0], path.with_name(f"followed-{path.name}")
    followed.write_bytes(path.read_bytes())
    live = LivePolicy(Policy(allow=[]), allow=[File(followed)], clock=lambda: seconds[0])
    with followed.open("ab") as file:
        file.write(b"# the same entries\n")
    seconds[0] = 5.0
    live.current()
    wait_for_readings()
    return lambda address, forwarded: live.current().judge(address, forwarded)


def wait_for_readings() -> None:
    """Wait until no thread reads a long list."""
    while any(thread.name == READER for thread in threading.enumerate()):
        sleep(0.01)


def ip_set(path: Path) -> Ask:
    with path.open(encoding="ascii") as lines:
        members = IPSet(map(str.rstrip, lines))
    return lambda address, _: IPAddress(address) in members


LOADERS = {"xmlrpc_guard": live_policy, "netaddr.IPSet": ip_set}


def measured(contender: str, path: str, short: str, requests: int, rounds: int) -> Figures:
    load = LOADERS[contender]
    few = load(Path(short))
    gc.collect()
    forget_peak()
    before, _ = memory()
    start = process_time()
    many = load(Path(path))
    seconds = process_time() - start
    gc.collect()
    kept, peak = memory()
    turns = [(decision(many, requests), decision(few, requests)) for _ in range(rounds)]
    return Figures(seconds, kept - before, peak - before, *map(median, zip(*turns, strict=True)))


def decision(ask: Ask, requests: int) -> float:
    """Give the processor's seconds for a decision, about addresses from anywhere that were not asked about before."""
    addresses = [".".join(map(str, random.randbytes(4))) for _ in range(requests)]
    start = process_time()
    for address in addresses:
        ask(address, None)
    return (process_time() - start) / requests


def memory(process: object = "self") -> tuple[float, float]:
    """Give the megabytes that a process has in memory, and the most that it has had."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    now, most = (int(status.partition(f"{name}:")[2].split()[0]) for name in ("VmRSS", "VmHWM"))
    return now * 1024 / MEGABYTE, most * 1024 / MEGABYTE


def forget_peak() -> None:
    """Have the peak begin anew, where the kernel lets us; where not, it is that of the imports until it is passed."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "utf-8")
