"""What a list costs in each format that is read, as a ratio to the same entries one a line.

    python -m tests.benchmarks.shapes [--entries 100000] [--rounds 3] [--instructions] [--into FOLDER] [SHAPE ...]

Each format is written by ``tests.formats.writers``, and read as ``ranges convert`` reads it, its format found out from
the file. Time is the processor's, the least of some rounds, in each of which the lines are read too: what else the
machine does then counts for both. On a machine that does much else, ``--instructions`` counts those instead, under
valgrind: what 1,000 entries more take in a fresh interpreter. Memory is the most that Python holds at once beside the
file's bytes. ``--into`` writes the page of the manual, or the rows of the named formats in the page that is there. The
exit status is 1 if a ratio is over its limit.
"""

import argparse
import gc
import platform
import random
import re
import sys
import tracemalloc
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

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


class Cost(NamedTuple):
    """What it takes to read a file: seconds of the processor, and bytes at most."""

    seconds: float
    peak: int


class Row(NamedTuple):
    """What a shape costs, and what the same entries cost one a line, read in turn with it."""

    name: str
    ours: Cost
    lines: Cost

    @property
    def ratios(self) -> tuple[float, float]:
        """Give the ratios of time and of memory."""
        return self.ours.seconds / self.lines.seconds, self.ours.peak / self.lines.peak


class Lines(NamedTuple):
    """The same entries one a line, and the most bytes that reading them takes."""

    data: bytes
    peak: int


def compare(name: str, number: int, rounds: int, lines: Lines) -> Row:
    data = write(name, number)
    gc.collect()
    gc.freeze()  # what the writers keep is not gone through again while a file is read
    try:
        times = [(seconds(data), seconds(lines.data)) for _ in range(rounds)]
        ours, plain = map(min, zip(*times, strict=True))
        return Row(name, Cost(ours, peak(data)), Cost(plain, lines.peak))
    finally:
        gc.unfreeze()


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
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="write the page of the manual there")
    flags = parser.parse_args(argv)
    if flags.instructions:
        if report.lacks("valgrind"):
            return 2
        report.heading("A thousand entries more, as a ratio to lines")
        return 0 if count_instructions(flags.shapes or WRITERS) else 1
    report.heading(f"{flags.entries} entries, as a ratio to lines")
    plain = write(PLAIN, flags.entries)
    lines = Lines(plain, peak(plain))
    rows = []
    for name in flags.shapes or WRITERS:
        rows.append(compare(name, flags.entries, flags.rounds, lines))
        print_row(rows[-1])
    if flags.into:
        path = flags.into / "shapes.md"
        written = with_rows(path.read_text("utf-8"), rows) if flags.shapes else page(rows, flags.entries, flags.rounds)
        path.write_text(written, "utf-8")
    return 0 if all(max(row.ratios) <= LIMIT for row in rows) else 1


def print_row(row: Row) -> None:
    for what, ratio, cost in zip(("processor time", "memory"), row.ratios, describe(row.ours), strict=True):
        report.row(f"{row.name}: {what}, {cost}", ratio, LIMIT)


def describe(cost: Cost) -> tuple[str, str]:
    return f"{cost.seconds:.2f} s", f"{cost.peak / 1e6:.1f} MB"


PAGE = """\
# What a list's shape costs

`ranges convert` reads each [shape of a list](../reference/convert.md) with {entries:,} entries, of which
two thirds are a /24 and the others one address; Tor's are single addresses. Beside it in each row: the same entries as
lines, read in turn. Time is the processor's, the least of {rounds}; memory is the most that Python holds at once beside
the file's bytes. No shape may take more than {limit:g} times what lines take.

| shape | seconds | of lines | times | MB | times |
|---|---:|---:|---:|---:|---:|
{rows}

Measured on {date} with Python {python}: `python -m tests.benchmarks.shapes --rounds {rounds} --into docs/evidence`.
Seconds are those of a machine that had other work: compare them with each other.
"""


def page(rows: Iterable[Row], entries: int, rounds: int) -> str:
    """Write the page of the manual, with when and with what it was measured."""
    return PAGE.format(
        entries=entries,
        rounds=rounds,
        limit=LIMIT,
        rows="\n".join(map(cells, rows)),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        python=platform.python_version(),
    )


def with_rows(page: str, rows: Iterable[Row]) -> str:
    """Give a page with these rows, in place of those of their names; the others were measured when the page says."""
    head, table, end = re.split(r"(?<=-:\|\n)((?:\|.+\n)+)", page)
    texts = {line[2:].partition(" | ")[0]: line for line in table.splitlines()}
    texts.update({row.name: cells(row) for row in rows})
    return head + "".join(f"{texts[name]}\n" for name in WRITERS if name in texts) + end


def cells(row: Row) -> str:
    time, memory = row.ratios
    ours, peak_ = describe(row.ours)
    texts = (row.name, ours[:-2], describe(row.lines)[0][:-2], f"{time:.2f}", peak_[:-3], f"{memory:.2f}")
    return f"| {' | '.join(texts)} |"


if __name__ == "__main__":
    sys.exit(main())
