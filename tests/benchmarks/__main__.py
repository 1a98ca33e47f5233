"""Every benchmark, one after the other: the figures of the manual, on the machine of whoever runs this.

    python -m tests.benchmarks [NAME ...]

It names the machine and the versions, then runs those that are named, or all of them, in about half an hour. Each says
what a row is and what it lacks. The exit status is the worst of theirs: 1 if a figure is over its limit, and 2 if a
program is missing. Libraries that are only compared with are left out if they are not installed; ``peers`` names them.
"""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks import report

BENCHMARKS = (
    *("hotpath", "instructions", "peers", "growth", "calls", "reloads", "shapes", "servers", "refusals", "proxies"),
    *("scale", "audits"),
)
PACKAGES = (
    *("xmlrpc_guard", "webob", "netaddr", "werkzeug", "uvicorn", "python-ipware", "forwarded", "guard-core"),
    *("django-middlewall", "gunicorn", "waitress", "WSGIProxy2"),
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all of them if none")
    flags = parser.parse_args(argv)
    unknown = [name for name in flags.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"{unknown[0]!r} is no benchmark; write one of {', '.join(BENCHMARKS)}")
    describe_machine()
    return max(run(name) for name in flags.names or BENCHMARKS)


def describe_machine() -> None:
    report.note(
        "machine", f"{find_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}"
    )
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


def run(name: str) -> int:
    print(f"\n{name}", flush=True)
    status: int = import_module(f"tests.benchmarks.{name}").main([])
    return status


if __name__ == "__main__":
    sys.exit(main())
