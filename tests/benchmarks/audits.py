"""What reading a log costs: an audit beside gawk, which counts clients by one pattern, and GoAccess.

    python -m tests.benchmarks.audits [--lines NUMBER] [--clients NUMBER]

It writes a combined log, 15 % of it for xmlrpc.php, and reads it with each program in turn. A row is how many lines the
audit reads in a second of a processor's time for each that the other does, its start and its report included. gawk
finds 96 in a hundred of the requests, and judges none; GoAccess draws its own report. Both are as Debian installs them,
gawk in a UTF-8 locale. In the C locale, and as mawk, which has no locale, awk reads bytes as the audit does: these rows
have no limit. With few clients each is learnt once. Of a second log, up to 300,000 lines of as many clients, nearly
every line is the first of its client. What two processes take together beside one tells how much faster they can be:
twice, for 1. Not measured is a log of another form, whose lines take the slow way: some ten times as long.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks import report
from tests.benchmarks.accesslog import generate

LINES, CLIENTS = 3_000_000, 20_000
MOST_OTHERS = 300_000  # lines of as many clients
AWK = 'tolower($2) ~ /xmlrpc/ { split($1, at, " "); n[at[1]]++ } END { for (client in n) print n[client], client }'
AUDIT = (sys.executable, "-m", "xmlrpc_guard", "audit", "--allow", "jetpack", "--json")
LEAST_BESIDE_GAWK, LEAST_BESIDE_GOACCESS = 2.0, 12.0
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
    others = min(flags.lines, MOST_OTHERS)
    report.FIGURES.update(lines=flags.lines, clients=flags.clients, others=others)
    report.heading(f"a combined log of {flags.lines} lines, {flags.clients} clients")
    with TemporaryDirectory() as folder:
        log, other = Path(folder, "access.log"), Path(folder, "clients.log")
        write(log, flags.lines, flags.clients)
        write(other, others, others)
        return 0 if compare(log, other, flags.lines) else 1


def write(log: Path, lines: int, clients: int) -> None:
    with log.open("w", encoding="ascii") as file:
        file.writelines(generate(lines, clients))


def compare(log: Path, other: Path, lines: int) -> bool:
    """Read a log with each program, and another here; tell whether all figures are within their limits."""
    audit, gawk, in_bytes = spend(*AUDIT, str(log)), spend_gawk(log, "C.UTF-8"), spend_gawk(log, "C")
    goaccess = spend("goaccess", str(log), "--log-format=COMBINED", "-o", f"{log}.json", "--no-progress")
    report.note("million lines in a second of CPU: audit, gawk, GoAccess", describe(lines, audit, gawk, goaccess))
    report.note("CPU seconds of two processes, beside one", f"{two_processes(log, audit):8.4f}")
    report.note("lines a second of CPU, beside gawk in the C locale", f"{in_bytes.seconds / audit.seconds:8.4f}")
    each = spend(*AUDIT, str(other))
    report.note("seconds and megabytes for a client a line", f"{each.seconds:.2f}, {each.memory:.0f}")
    mawk = Spent(nan, nan)
    if shutil.which("mawk"):
        mawk = spend("mawk", '-F"', AWK, str(log))
        report.note("lines a second of CPU, beside mawk", f"{mawk.seconds / audit.seconds:8.4f}")
    report.FIGURES.update({"audit": audit, "gawk": gawk, "GoAccess": goaccess, "mawk": mawk, "a client a line": each})
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


def spend_gawk(log: Path, locale: str) -> Spent:
    return spend("env", f"LC_ALL={locale}", "gawk", '-F"', AWK, str(log))


def two_processes(log: Path, one: Spent) -> float:
    return spend(*AUDIT, "--jobs", "2", str(log)).seconds / one.seconds


def describe(lines: int, *spent: Spent) -> str:
    return ", ".join(f"{lines / each.seconds / 1e6:.2f}" for each in spent)


def compressed(log: Path, plain: Spent) -> float:
    """Compress a log; give what reading it costs for each second of reading it plain, and of gzip alone."""
    spend("gzip", "-1", "--keep", str(log))
    alone = spend("gzip", "--decompress", "--stdout", f"{log}.gz")
    return spend(*AUDIT, f"{log}.gz").seconds / (plain.seconds + alone.seconds)


# A process's peak of memory begins with that of the one that started it, which has measured other things before.
_STARTED_BY_A_SMALL_ONE = """
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions), 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def spend(*command: str) -> Spent:
    """Run a program to its end; give what it has used."""
    waiting = (sys.executable, "-S", "-c", _STARTED_BY_A_SMALL_ONE, *command)
    used = subprocess.run(waiting, check=True, capture_output=True, text=True).stdout
    return Spent(*map(float, used.split()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
