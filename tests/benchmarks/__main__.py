"""Every benchmark, one after the other: the figures of the manual, on the machine of whoever runs this.

    python -m tests.benchmarks [--quick] [--into docs/evidence] [NAME ...]

It names the machine and the versions, then runs those that are named, or all of them, in about an hour; with --quick,
in fewer rounds, in a fourth of that. Each says what a row is and what it lacks. With --into the pages of the manual are
written from the run. The exit status is the worst of theirs: 1 if a figure is over its limit, and 2 if a program is
missing. Libraries that are only compared with are left out if they are not installed; ``peers`` names them.
"""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from io import StringIO, TextIOBase
from pathlib import Path

from tests.benchmarks import pages, report

BENCHMARKS = {
    "hotpath": "--rounds 100",
    "instructions": "--turns 3",
    "peers": "--rounds 40",
    "growth": "--rounds 3",
    "calls": "--rounds 50",
    "reloads": "--reloads 5 --rounds 100",
    "shapes": "--rounds 1 --entries 20000",
    "servers": "--rounds 5 --seconds 1",
    "refusals": "--rounds 3 --seconds 1",
    "proxies": "--rounds 3 --seconds 1.5 --clients 200",
    "scale": "--rounds 1",
    "audits": "--lines 1000000",
}
"""The benchmarks, and what --quick gives to each."""
WRITERS = ("growth", "shapes", "scale")
"""Those that write a page or a picture by themselves."""
PACKAGES = (
    *("xmlrpc_guard", "webob", "netaddr", "werkzeug", "uvicorn", "python-ipware", "forwarded", "guard-core"),
    *("django-middlewall", "gunicorn", "waitress", "WSGIProxy2"),
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all of them if none")
    parser.add_argument("--quick", action="store_true", help="in fewer rounds")
    parser.add_argument("--into", type=Path, help="a folder with the manual's pages, to write the figures to")
    flags = parser.parse_args(argv)
    unknown = [name for name in flags.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"{unknown[0]!r} is no benchmark; write one of {', '.join(BENCHMARKS)}")
    shown, statuses = StringIO(), list[int]()
    with redirect_stdout(Twofold(shown)):
        describe_machine()
        for name in flags.names or BENCHMARKS:
            statuses.append(run(name, quick=flags.quick, into=flags.into))
            if flags.into:  # at once: the next one may take long
                pages.write(flags.into, name, report.FIGURES, shown.getvalue())
    return max(statuses)


class Twofold(TextIOBase):
    """Standard output, and a copy of it."""

    def __init__(self, copy: StringIO) -> None:
        self._both = sys.stdout, copy

    def write(self, text: str) -> int:
        for each in self._both:
            each.write(text)
        return len(text)

    def flush(self) -> None:
        self._both[0].flush()


def describe_machine() -> None:
    report.note("machine", f"{find_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()}")
    report.note("load before", f"{os.getloadavg()[0]:.1f}")
    report.note("versions", ", ".join([f"Python {platform.python_version()}", *map(find_version, PACKAGES)]))


def find_processor() -> str:
    """Give the processor's name as the kernel has it; its architecture where it has none."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def find_version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def run(name: str, *, quick: bool, into: Path | None) -> int:
    print(f"\n{name}", flush=True)
    report.FIGURES.clear()
    flags = BENCHMARKS[name].split() if quick else []
    if into and name in WRITERS:
        flags += ["--into", str(into)]
    status: int = import_module(f"tests.benchmarks.{name}").main(flags)
    return status


if __name__ == "__main__":
    sys.exit(main())
