"""A country's list: what 100,000 and 1,000,000 ranges cost, beside netaddr's IPSet and nginx's ``geo``.

    python -m tests.benchmarks.scale [--entries 100000 1000000] [--rounds 3] [--into docs/evidence]

All read the same ranges from a file: sorted, spread over all of IPv4, of a country list's sizes, no two of them
neighbours, so that none merges, which is the worst for memory. Each round loads them in a fresh process; the fastest
load, the least memory and the fastest decision of all rounds count, since all else that the machine does only adds.
Here that is what a guard takes: a LivePolicy that follows the file, which has changed once, so that it was read twice.
For the same reason time is the processor's, not the clock's: all loads are the work of one thread. A decision is asked
for by text, from anywhere in IPv4, and takes turns with a list of 8 entries in the same process. nginx's time is that
of ``nginx -t`` less that for an empty list, its memory the serving process' less the same; its time for a decision
drowns in the request's, and a sample of its decisions is compared with ours instead.

With --into the manual's part on long lists and its picture are written. The exit status is 1 if a goal is missed, and 2
without nginx.
"""

import argparse
import json
import platform
import random
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from ipaddress import IPv4Network
from math import isnan, nan
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import children, report
from tests.benchmarks.contenders import EIGHT_RANGES
from tests.benchmarks.loading import LOADERS, Figures, memory
from tests.benchmarks.processes import answering, nginx
from tests.frontends import Listener, free_port, get
from xmlrpc_guard import Networks

Measured = dict[int, dict[str, Figures]]
"""By number of entries, then by contender."""

GUARD, IP_SET, GEO = *LOADERS, "nginx geo"

_GEO = """
    geo $arg_address $listed {{
        default no;
        include {ranges};
    }}
    server {{
        listen 127.0.0.1:{port};
        return 200 $listed;
    }}
"""
_CHILD = "import json; from tests.benchmarks import loading; print(json.dumps(loading.measured{arguments}))"
_SAMPLE, _SHORT = 50, "short.txt"

# How many of a hundred ranges have so many host bits: a registry gives out /24 and wider, a list of hosts /32.
_SIZES = {0: 15, 5: 5, 8: 50, 9: 10, 10: 20}


def ranges(number: int) -> Iterator[str]:
    """Give one range in the lower half of each of so many equal parts of IPv4, so that none touches the next."""
    drawn = random.Random(number)
    part = (2**32 // (number + 1)).bit_length() - 1
    for index in range(1, number + 1):
        bits = min(drawn.choices(list(_SIZES), list(_SIZES.values()))[0], part - 1)
        first = (index << part) + (drawn.randrange(1 << part - 1) >> bits << bits)
        yield str(IPv4Network((first, 32 - bits)))


def best(rounds: Iterable[Figures]) -> Figures:
    return Figures(*map(min, zip(*rounds, strict=True)))


def loaded(contender: str, path: Path, environment: Mapping[str, str], requests: int) -> Figures:
    arguments = contender, str(path), str(path.with_name(_SHORT)), requests, 50
    return Figures(*json.loads(children.run(_CHILD.format(arguments=arguments), environment).stdout))


def geo(path: Path) -> Figures:
    """Measure nginx with the list in its own format, less nginx without one."""
    with TemporaryDirectory() as name:
        own, empty = Path(name, "own.conf"), Path(name, "empty.conf")
        own.write_text("".join(f"{line} yes;\n" for line in path.read_text("ascii").split()), "ascii")
        empty.write_text("", "ascii")
        (seconds, kept, peak), (no_seconds, none_kept, no_peak) = served(own, path), served(empty, empty)
        return Figures(seconds - no_seconds, kept - none_kept, peak - no_peak, nan, nan)


def served(own: Path, path: Path) -> tuple[float, float, float]:
    """Give the seconds of ``nginx -t`` and the megabytes of a serving nginx, which decides as we do."""
    listener = Listener(port=free_port())
    command = nginx(_GEO.format(ranges=own, port=listener.port), own.parent)
    start = spent()
    subprocess.run((*command, "-t"), check=True, capture_output=True)
    seconds = spent() - start
    with answering(command, listener, own.parent) as serving:
        decides_alike(listener, path.read_text("ascii").split())
        return seconds, *memory(serving.processes[-1])


def spent() -> float:
    """Give the seconds of processor time that the processes have taken that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def decides_alike(listener: Listener, entries: Sequence[str]) -> None:
    """Ask about some addresses in the list, and some anywhere."""
    networks, drawn = Networks(entries), random.Random(0)
    listed = [entry.partition("/")[0] for entry in drawn.sample(entries, min(_SAMPLE, len(entries)))]
    for address in [*listed, *(".".join(map(str, drawn.randbytes(4))) for _ in range(_SAMPLE))]:
        answer = listener.ask(get(f"/?address={address}"))
        assert answer.endswith(b"\r\n\r\nyes" if address in networks else b"\r\n\r\nno"), (address, answer)


def measure(sizes: Sequence[int], rounds: int, requests: int) -> Measured:
    with TemporaryDirectory() as folder, children.compiling() as environment:
        paths = {number: Path(folder, f"{number}.txt") for number in sizes}
        Path(folder, _SHORT).write_text("".join(f"{entry}\n" for entry in EIGHT_RANGES), "ascii")
        for number, path in paths.items():
            path.write_text("".join(f"{entry}\n" for entry in ranges(number)), "ascii")
        loaded(GUARD, paths[min(sizes)], environment, 1)  # compiles what it imports
        return {number: _of_one(path, environment, rounds, requests) for number, path in paths.items()}


def _of_one(path: Path, environment: Mapping[str, str], rounds: int, requests: int) -> dict[str, Figures]:
    turns = [
        {**{name: loaded(name, path, environment, requests) for name in LOADERS}, GEO: geo(path)} for _ in range(rounds)
    ]
    return {name: best(turn[name] for turn in turns) for name in turns[0]}


def judged(measured: Measured) -> bool:
    """Print every figure, and each goal for the longest list."""
    for number, of_each in measured.items():
        for name, figures in of_each.items():
            report.note(f"{name}, {number:,} entries: {_HEAD}", " / ".join(_cells(figures)))
    ours, theirs = (measured[max(measured)][name] for name in (GUARD, IP_SET))
    kept = [
        report.row("MB kept", ours.kept, 20),
        report.row("time to load, netaddr.IPSet / xmlrpc_guard", theirs.load / ours.load, 2, at_least=True),
        report.row("a decision, all entries / 8 entries", ours.decision / ours.few, 4),
    ]
    return all(kept)


_HEAD = "s to load / MB kept / MB at most / µs / µs of 8"


def _cells(figures: Figures) -> Iterator[str]:
    yield f"{figures.load:.2f}"
    yield from (f"{figure:.0f}" for figure in (figures.kept, figures.peak))
    yield from ("-" if isnan(figure) else f"{figure * 1e6:.2f}" for figure in (figures.decision, figures.few))


_PAGE = """\
# Long lists

A country's list has some 100,000 entries, the longest a million. Three programs, each in its own process, read the same
file: a `LivePolicy`, netaddr's `IPSet`, and nginx with its `geo`. The table has what each took more than its empty
process, and the time of a decision for any address of IPv4. The `LivePolicy` was measured with a file that changes, so
that its seconds are of two readings.

![Seconds to load, memory and time for a decision, of three that read the same list](scale.svg)

| entries | read by | seconds to load | MB kept | MB at most | µs a decision | µs with 8 entries |
|---:|---|---:|---:|---:|---:|---:|
{rows}

"MB at most" is the peak while a file is read. A `LivePolicy` that reads a changed list of a million entries has the old
list too, and its row says so. Of nginx' decisions a sample was compared, without a time: that of a
request is much longer. Its file has one CIDR a line, as published lists have.

The entries are apart from each other. Ranges that touch are merged, and take less: four bytes for each end of a range
of IPv4, some 56 of IPv6.

Measured on {date} with {versions}:
`python -m tests.benchmarks.scale --into docs/evidence`. The seconds are of processor time, on a machine with other
work: compare them with each other.
"""


def page(measured: Measured) -> str:
    """Write the page on long lists, with when and with what they were measured."""
    rows = [
        f"| {number:,} | {name} | {' | '.join(_cells(figures))} |"
        for number, of_each in measured.items()
        for name, figures in of_each.items()
    ]
    return _PAGE.format(rows="\n".join(rows), date=f"{datetime.now(UTC):%Y-%m-%d}", versions=_versions())


def _versions() -> str:
    answer = subprocess.run(("nginx", "-v"), check=True, capture_output=True, text=True).stderr
    served_by = answer.strip().rpartition("/")[2]
    return f"Python {platform.python_version()}, netaddr {version('netaddr')} and nginx {served_by}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Load long lists here, in netaddr and in nginx.")
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000], help="entries of the lists")
    parser.add_argument("--rounds", type=int, default=3, help="times each is loaded (%(default)s)")
    parser.add_argument("--requests", type=int, default=1000, help="decisions at a turn (%(default)s)")
    parser.add_argument("--into", type=Path, help="a folder to write the page and its picture to")
    flags = parser.parse_args(argv)
    if report.lacks("nginx"):
        return 2
    report.heading("Long lists from a file")
    measured = measure(flags.entries, flags.rounds, flags.requests)
    kept = judged(measured)
    if flags.into:
        (flags.into / "scale.md").write_text(page(measured), "utf-8")
        from tests.benchmarks.charts import draw  # noqa: PLC0415 - matplotlib takes long to import; tests import this

        draw(measured, flags.into / "scale.svg")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
