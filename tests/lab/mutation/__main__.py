"""Run every mutant of the modules that decide, or of those that are named.

    python -m tests.lab.mutation [MODULE ...] [--results FILE] [--tests PATH ...] [--wide SECONDS] [--list]

For example ``python -m tests.lab.mutation target settings.texts --results found.jsonl``. It works in a copy of what git
has, with an environment of its own variables, on one core, and takes hours for all; ``nice -n 19`` is
kind to others. A run that was cut short goes on with ``--results``. The exit status is 1 if a mutant survives that
``equivalent.toml`` does not list, or if it lists one that is killed or is no mutant any more.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.inherited import inherited
from tests.lab.mutation.running import file_of
from tests.lab.package import copy_sources

KEPT = ("PATH", "LANG", "LC_ALL")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.mutation", description="Run mutants of what decides.")
    parser.add_argument(
        "modules", nargs="*", help="names after xmlrpc_guard., such as target (default: all that decide)"
    )
    parser.add_argument("--results", type=Path, help="a file to which results are added, and which is gone on with")
    parser.add_argument("--tests", nargs="+", metavar="PATH", default=["tests"], help="the tests to run (default: all)")
    parser.add_argument("--wide", type=float, metavar="SECONDS", default=5, help="how long other tests try survivors")
    parser.add_argument("--list", action="store_true", help="print the mutants, and run none")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        copy = copy_sources(Path(name, "copy"))
        files = {module: file_of(copy / "xmlrpc_guard", f"xmlrpc_guard.{module}") for module in flags.modules}
        if unknown := [module for module, file in files.items() if not file.exists()]:
            parser.error(f"{', '.join(unknown)}: git knows no such module in xmlrpc_guard; add it, or correct the name")
        results = flags.results.absolute() if flags.results else Path(name, "results.jsonl")
        tool = [sys.executable, "-m", "tests.lab.mutation.inside", str(results), *flags.modules]
        environ = {key: text for key, text in inherited().items() if key in KEPT}
        environ |= {"PYTHONPATH": str(copy), "HOME": name, "PYTHONHASHSEED": "0"}
        more = ["--wide", str(flags.wide), "--tests", *flags.tests, *(["--list"] if flags.list else [])]
        return subprocess.run([*tool, *more], cwd=copy, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
