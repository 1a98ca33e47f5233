"""What reading a log costs: an audit beside gawk, which counts clients by one pattern, and GoAccess.

    python -m tests.benchmarks.audits [--lines NUMBER] [--clients NUMBER]

It writes a combined log, 15 % of it for xmlrpc.php, and reads it with each program in turn. A row is how many lines the
audit reads in a second of a processor's time for each that the other does, its start and its report included. gawk
finds 96 in a hundred of the requests, and judges none; GoAccess draws its own report. Both are as Debian installs them,
gawk in a UTF-8 locale. mawk, which has no locale, does the same as gawk where it is installed, and has no limit. With
few clients each is learnt once; with as many as there are tenths of the lines, nearly every line is the first of its
kind. Not measured is a log of another form, whose lines take the slow way: some ten times as long.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks import report
from tests.benchmarks.accesslog import generate

LINES, CLIENTS = 1_000_000, 2_000
AWK = 'tolower($2) ~ /xmlrpc/ { split($1, at, " "); n[at[1]]++ } END { for (client in n) print n[client], client }'
AUDIT = (sys.executable, "-m", "xmlrpc_guard", "audit", "--allow", "jetpack", "--json")
LEAST_BESIDE_GAWK, LEAST_BESIDE_GOACCESS = 1.2, 6.0
MOST_OVER_GZIP = 1.3
MOST_MEMORY = 120.0  # megabytes


class Spent(NamedTuple):
    """What a program has used: seconds of a processor's time, and megabytes."""

    seconds: float
    memory: float


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.audits", description="Read a log.")
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    flags = parser.parse_args(argv or ())
    if any(map(report.lacks, ("goaccess", "gawk", "gzip"))):
        return 2
    report.heading(f"a combined log of {flags.lines} lines, {flags.clients} clients")
    with TemporaryDirectory() as folder:
        log = Path(folder, "access.log")
        with log.open("w", encoding="ascii") as file:
            file.writelines(generate(flags.lines, flags.clients))
        return 0 if compare(log, flags.lines) else 1


def compare(log: Path, lines: int) -> bool:
    """Read a log with each program; tell whether all figures are within their limits."""
    audit, gawk = spend(*AUDIT, str(log)), spend("env", "LC_ALL=C.UTF-8", "gawk", '-F"', AWK, str(log))
    goaccess = spend("goaccess", str(log), "--log-format=COMBINED", "-o", f"{log}.json", "--no-progress")
    report.note("million lines in a second of CPU: audit, gawk, GoAccess", describe(lines, audit, gawk, goaccess))
    if shutil.which("mawk"):
        mawk = spend("mawk", '-F"', AWK, str(log))
        report.note("lines a second of CPU, beside mawk", f"{mawk.seconds / audit.seconds:8.4f}")
    return all(
        [
            report.row(
                "lines a second of CPU, beside gawk", gawk.seconds / audit.seconds, LEAST_BESIDE_GAWK, at_least=True
            ),
            report.row(
                "lines a second of CPU, beside GoAccess",
                goaccess.seconds / audit.seconds,
                LEAST_BESIDE_GOACCESS,
                at_least=True,
            ),
            report.row("compressed, beside plain and gzip's own time", compressed(log, audit), MOST_OVER_GZIP),
            report.row("megabytes at most", audit.memory, MOST_MEMORY),
        ]
    )


def describe(lines: int, *spent: Spent) -> str:
    return ", ".join(f"{lines / each.seconds / 1e6:.2f}" for each in spent)


def compressed(log: Path, plain: Spent) -> float:
    """Compress a log; give what reading it costs for each second of reading it plain, and of gzip alone."""
    spend("gzip", "-1", "--keep", str(log))
    alone = spend("gzip", "--decompress", "--stdout", f"{log}.gz")
    return spend(*AUDIT, f"{log}.gz").seconds / (plain.seconds + alone.seconds)


def spend(*command: str) -> Spent:
    """Run a program to its end; give what it has used."""
    program = shutil.which(command[0]) or command[0]
    process = subprocess.Popen((program, *command[1:]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
