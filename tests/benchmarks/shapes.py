"""What a list costs in each format that is read, as a ratio to the same entries one a line.

    python -m tests.benchmarks.shapes [--entries 100000] [--rounds 3] [--instructions] [SHAPE ...]

Each format is written by ``tests.formats.writers``, and read as ``ranges convert`` reads it, its format found out from
the file. Time is the processor's, the least of some rounds, in each of which the lines are read too: what else the
machine does then counts for both. On a machine that does much else, ``--instructions`` counts those instead, under
valgrind: what 1,000 entries more take in a fresh interpreter. Memory is the most that Python holds at once beside the
file's bytes. The exit status is 1 if a ratio is over its limit.
"""

import argparse
import gc
import random
import re
import sys
import tracemalloc
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from tests.benchmarks import children, report
from tests.formats.writers import WRITERS, Network, format_of
from xmlrpc_guard.formats import convert

LIMIT = 3.0
PLAIN = "lines"
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def drawn(number: int, *, hosts_only: bool) -> list[Network]:
    """Give networks as real lists have them: two of three are a /24, the others one address."""
    chance = random.Random(2015)
    addresses = (chance.randrange(1 << 24, 224 << 24) for _ in range(number))
    return [
        IPv4Network((address >> 8 << 8, 24)) if place % 3 and not hosts_only else IPv4Network(address)
        for place, address in enumerate(addresses)
    ]


def write(name: str, number: int) -> bytes:
    writer = WRITERS[name]
    return writer.write(drawn(number, hosts_only=writer.hosts_only)).encode()


def seconds(data: bytes) -> float:
    gc.collect()
    start = process_time()
    convert(data, "list")
    return process_time() - start


def peak(data: bytes) -> int:
    """Give the most bytes that are held at once while a file is read, beside its own."""
    gc.collect()
    tracemalloc.start()
    try:
        convert(data, "list")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare(name: str, number: int, rounds: int) -> tuple[float, float]:
    """Give the ratios of time and of memory."""
    data, lines = write(name, number), write(PLAIN, number)
    times = [(seconds(data), seconds(lines)) for _ in range(rounds)]
    ours, plain = map(min, zip(*times, strict=True))
    return ours / plain, peak(data) / peak(lines)


def instructions(environment: Mapping[str, str], name: str) -> int:
    """Count what a thousand entries more take in a fresh interpreter, which is told the format."""
    with TemporaryDirectory() as folder:
        counts = []
        for number in (1000, 2000):
            path = Path(folder, str(number))
            path.write_bytes(write(name, number))
            errors = children.run(CHILD.format(path=str(path), format_=format_of(name)), environment, *VALGRIND).stderr
            counts.append(int(re.findall(r"I +refs: +([0-9,]+)", errors)[0].replace(",", "")))
    return counts[1] - counts[0]


CHILD = """
from pathlib import Path
from xmlrpc_guard.formats import convert
convert(Path({path!r}).read_bytes(), "list", {format_!r})
"""


def count_instructions(names: Iterable[str]) -> bool:
    """Print a row for each format, and return whether each keeps to the limit."""
    with children.compiling() as environment:
        instructions(environment, PLAIN)  # compiles what it imports
        plain = instructions(environment, PLAIN)
        kept = [report.row(f"{name}: instructions", instructions(environment, name) / plain, LIMIT) for name in names]
    return all(kept)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure what a list costs in each format, beside lines.")
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=f"of {', '.join(WRITERS)} (all)")
    parser.add_argument("--entries", type=int, default=100_000, help="in each list (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the fastest counts (%(default)s)")
    parser.add_argument("--instructions", action="store_true", help="count instructions, under valgrind")
    flags = parser.parse_args(argv)
    if flags.instructions:
        if report.lacks("valgrind"):
            return 2
        report.heading("A thousand entries more, as a ratio to lines")
        return 0 if count_instructions(flags.shapes or WRITERS) else 1
    report.heading(f"{flags.entries} entries, as a ratio to lines")
    kept = [
        report.row(f"{name}: {what}", ratio, LIMIT)
        for name in flags.shapes or WRITERS
        for what, ratio in zip(("processor time", "memory"), compare(name, flags.entries, flags.rounds), strict=True)
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
