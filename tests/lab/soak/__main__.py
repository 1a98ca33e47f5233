"""Run the mixed load against ``serve`` and gunicorn, before nginx and PHP-FPM, for half an hour.

    python -m tests.lab.soak [--minutes 30] [--rate 20] [--only KIND ...] [--uses FILE] [--page] [--leak BYTES]

It ends by itself. The exit status is 1 if a decision was wrong, an answer another's or broken while the upstream was
up, a log holds a traceback, or something grows in the third quarter of the time and in the last one, each by a slope of
more than three standard errors and more than one an hour. What may grow is megabytes, ten thousands of the blocks that
Python's objects take, descriptors, threads. An object that is kept of every fifth request grows faster than that, three
for each list, or some 200 for each restart of the upstream. ``--leak`` plants one, of so many bytes a request: with 100
bytes the status is 1.

``--only`` leaves all but some kinds of load out, and ``--uses`` writes what is used every five seconds: together they
show what makes a thing grow.

gunicorn starts a thread when none is idle, and a thread keeps a connection to the upstream. How many requests come at
once by chance would decide when that is. So before the time begins, as many come at once as there can be threads.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from shutil import copy
from textwrap import fill as fill_lines
from textwrap import indent

from tests.frontends import Listener, free_port, script, started, wait_for
from tests.lab.php import configured
from tests.lab.soak.load import (
    ALLOWED,
    BROKEN,
    COMES_AND_GOES,
    MIXED,
    MIXTURE,
    PERMITTED,
    WRONG,
    Outages,
    Tally,
    Visitor,
    fill,
)
from tests.lab.soak.page import Seen, format_slope, write
from tests.lab.soak.watch import Use, measure, report
from tests.real.configuration import USER
from tests.real.processes import account, folder_of, give
from tests.real.programs import path

SITE = Path(__file__).parent.parent / "site"
PHASE = 40
"""For so many seconds the address that comes and goes is in the list, or not."""
SETTLED = 20
"""So long after a change every process has read the list, be the machine ever so busy."""
LINES = 10_000
BETWEEN_RESTARTS = 60
VISITORS = 4
TRACEBACK, SHOWN = "Traceback", 4000
"""What a log must not hold, and how many characters are printed from the first one on."""
WORKERS, THREADS = 2, 8
BLOCKS = "{}.blocks"
"""The files in which the processes of a guard write down their blocks, each with its number added."""
RESTARTS, REPLACED = "restarts", "lists"
KINDS = (RESTARTS, REPLACED, *(kind.__name__ for kind in dict.fromkeys(MIXTURE)))
"""What ``--only`` may name: what is done to the upstream and to the list, and the kinds of requests."""


class Lists:
    """The allowlist, replaced every second: 10,000 lines, sometimes none, a wrong one, or no file."""

    def __init__(self, file: Path, seed: int) -> None:
        self.file, self.random = file, Random(seed)
        self.kinds = dict.fromkeys(("good", "empty", "a wrong line", "missing"), 0)
        self._changed, self._present = 0.0, False
        self._base = "".join(f"{IPv4Address(0x0A000000 + 7 * number)}\n" for number in range(LINES)) + f"{ALLOWED}\n"
        self.write_good(present=False)

    def write_good(self, *, present: bool) -> None:
        if present != self._present:
            self._changed, self._present = time.monotonic(), present
        self._replace(self._base + (f"{COMES_AND_GOES}\n" if present else ""))
        self.kinds["good"] += 1

    def step(self) -> None:
        """Replace it once; within a phase's first half it is always good, so that each process reads the change."""
        seconds = time.monotonic() % (2 * PHASE)
        present, early = seconds >= PHASE, seconds % PHASE < PHASE / 2
        kind = (
            "good" if early or self.random.random() < 0.8 else self.random.choice(["empty", "a wrong line", "missing"])
        )
        if kind == "good":
            self.write_good(present=present)
            return
        self.kinds[kind] += 1
        if kind == "missing":
            self.file.unlink(missing_ok=True)
        else:
            self._replace("" if kind == "empty" else self._base + "198.51.100.300\n")

    def listed(self) -> bool | None:
        """Return whether the address is in the list, or None if that changed a moment ago."""
        return self._present if time.monotonic() - self._changed > SETTLED else None

    def _replace(self, text: str) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.replace(self.file)


class Upstream:
    """nginx and PHP-FPM, restarted in turn and in several ways."""

    def __init__(self, root: Path, folder: Path, outages: Outages) -> None:
        self.root, self.outages, self.at = root, outages, Listener(port=free_port())
        conf = configured(root, "nginx.conf", folder=folder, port=self.at.port, socket=f"{root}/nginx.socket")
        fpm = configured(root, "fpm.conf")
        self.commands = {
            "fpm": (path("php-fpm"), "-p", str(root), "-n", "-y", fpm),
            "nginx": (path("nginx"), "-p", str(root), "-e", f"{root}/nginx.log", "-c", conf),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.restarts = 0

    def start(self, name: str) -> None:
        (self.root / f"{name}.socket").unlink(missing_ok=True)  # what was killed leaves it
        with (self.root / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(self.commands[name], stdout=out, stderr=out, start_new_session=True)
        wait_for(self.at if name == "nginx" else Listener(path=f"{self.root}/fpm.socket"))

    def restart(self, name: str, number: int) -> None:
        with self.outages.outage():
            process = self.processes[name]
            group = number == signal.SIGKILL  # workers outlive a master that is killed
            os.killpg(process.pid, number) if group else process.send_signal(number)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            self.start(name)
        self.restarts += 1

    def stop(self) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)


def commands(upstream: Listener, allow: Path, ports: dict[str, Listener], leak: int) -> dict[str, tuple[str, ...]]:
    """Return how each guard is started."""
    url = f"http://127.0.0.1:{upstream.port}"
    inside = ("-W", "ignore", "-m", "tests.lab.soak.inside")
    start = {name: (sys.executable, *inside, BLOCKS.format(name), str(leak)) for name in ports}
    flags = (
        "--allow",
        f"file:{allow}",
        "--trusted-proxies",
        "127.0.0.1",
        "--public-methods",
        PERMITTED,
        "--every",
        "1",
    )
    settings = f'allow="file:{allow}", trusted_proxies="127.0.0.1", public_methods="{PERMITTED}", every="1"'
    here = {name: f"127.0.0.1:{at.port}" for name, at in ports.items()}
    workers = ("--workers", str(WORKERS), "--threads", str(THREADS), "--bind", here["gunicorn"])
    return {
        "serve": (*start["serve"], "xmlrpc_guard", "serve", "--upstream", url, *flags, "--listen", here["serve"]),
        "gunicorn": (
            *(*start["gunicorn"], "gunicorn", *workers, "--log-level", "warning", "--timeout", "120"),
            f'xmlrpc_guard.proxy:application("{url}", {settings})',
        ),
    }


def every(seconds: float, end: float, work: Callable[[], object]) -> None:
    """Work at this rhythm until the end."""
    while (now := time.monotonic()) < end:
        work()
        time.sleep(max(0.0, min(seconds - (time.monotonic() - now), end - time.monotonic())))


@contextlib.contextmanager
def in_threads(jobs: list[Callable[[], object]]) -> Iterator[None]:
    """Run jobs at once, and wait for all; one that fails is told at the end."""
    errors: list[BaseException] = []

    def guarded(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - it is raised again
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def make_site(folder: Path) -> Path:
    folder.mkdir()
    for name in ("index.php", "xmlrpc.php"):
        copy(SITE / "echo.php", folder / name)
    copy(SITE / "long.php", folder)
    return folder


def soak(root: Path, flags: argparse.Namespace) -> int:
    seconds, rate, only = flags.minutes * 60, flags.rate, flags.only
    allow = root / "lists" / "allow.txt"
    allow.parent.mkdir()
    lists, outages = Lists(allow, 1), Outages()
    upstream = Upstream(root, make_site(root / "site"), outages)
    ports = {name: Listener(port=free_port()) for name in ("serve", "gunicorn")}
    tallies = {name: Tally() for name in ports}
    uses: dict[str, list[Use]] = {name: [] for name in ports}
    with contextlib.ExitStack() as stack:
        stack.callback(upstream.stop)
        for name in ("fpm", "nginx"):
            upstream.start(name)
        guards = {
            name: stack.enter_context(started(command, root / f"{name}.log"))
            for name, command in commands(upstream.at, allow, ports, flags.leak).items()
        }
        for name, at in ports.items():
            wait_for(at, guards[name])
            for _ in range(6):  # the system may give one worker more than its part
                fill(at, 3 * WORKERS * THREADS)
        start = time.monotonic()
        end = start + seconds
        jobs: list[Callable[[], object]] = []
        if REPLACED in only:
            jobs.append(lambda: every(1, end, lists.step))
        for name, at in ports.items():
            if mixture := [kind for kind in MIXTURE if kind.__name__ in only]:
                visit = partial(Visitor, at, tallies[name], outages, lists.listed, mixture=mixture)
                visitors = [visit(number) for number in range(VISITORS)]
                jobs += [partial(every, VISITORS / rate, end, visitor.visit) for visitor in visitors]
            measured = partial(_measure, uses[name], guards[name].pid, start, f"{root}/{BLOCKS.format(name)}")
            jobs.append(partial(every, 5, end, measured))
        if RESTARTS in only:
            jobs.append(lambda: _restart(upstream, end))
        with in_threads(jobs):
            pass
    began = describe(flags, upstream, lists)
    if flags.uses:
        keep(flags.uses, uses)
    logs = {name: (root / f"{name}.log").read_text(errors="replace") for name in ports}
    seen = {name: Seen(tallies[name], report(uses[name]), log.count(TRACEBACK)) for name, log in logs.items()}
    if flags.page:
        write(fill_lines(began, 120), seen)
    print(began)
    return tell(seen, logs)


def describe(flags: argparse.Namespace, upstream: Upstream, lists: Lists) -> str:
    replaced = ", ".join(f"{kind} {number:,} times" for kind, number in lists.kinds.items())
    how = f"{flags.minutes:.0f} minutes, {flags.rate:.0f} requests a second to each"
    return f"{how}. The upstream was restarted {upstream.restarts} times; the list was {replaced}."


def keep(file: Path, uses: Mapping[str, list[Use]]) -> None:
    """Write all measurements into a file."""
    rows = [(name, *use) for name, used in uses.items() for use in used]
    file.write_text("".join(f"{name},{','.join(f'{each:.3f}' for each in use)}\n" for name, *use in rows))


def _measure(uses: list[Use], process: int, start: float, counts: str) -> None:
    uses.append(measure(process, start, counts))


def _restart(upstream: Upstream, end: float) -> None:
    turns = [("nginx", signal.SIGTERM), ("fpm", signal.SIGTERM), ("nginx", signal.SIGQUIT)]
    turns += [("fpm", signal.SIGKILL), ("fpm", signal.SIGQUIT), ("nginx", signal.SIGKILL)]
    while time.monotonic() + BETWEEN_RESTARTS < end:
        time.sleep(BETWEEN_RESTARTS)
        upstream.restart(*turns[upstream.restarts % len(turns)])


def tell(seen: Mapping[str, Seen], logs: Mapping[str, str]) -> int:
    """Print what was seen; returns the exit status."""
    failed = False
    for name, (tally, growth, tracebacks) in seen.items():
        print(f"\n{name}")
        for kind, number in sorted({WRONG: 0, MIXED: 0, BROKEN: 0, **tally.counts}.items()):
            print(f"  {kind}: {number}")
        for thing, each in growth.items():
            told = "; it grows" * each.grows
            print(f"  {thing}: {each.first:.1f} -> {each.last:.1f}; {format_slope(each.slope)} an hour{told}")
            failed = failed or each.grows
        print(f"  tracebacks in its log: {tracebacks}")
        if tracebacks:
            print(indent(logs[name][logs[name].index(TRACEBACK) :][:SHOWN], "    "))
        for fault in tally.faults:
            print(f"  {fault}")
        failed = failed or bool(tracebacks or tally.faults)
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.soak", description="A long mixed load.")
    parser.add_argument("--minutes", type=float, default=30, help="how long (%(default)s)")
    parser.add_argument("--rate", type=float, default=20, help="requests a second to each server (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS, help="these kinds of load alone")
    parser.add_argument("--uses", type=Path, metavar="FILE", help="write the measurements into a file")
    parser.add_argument("--page", action="store_true", help="write the figures into docs/evidence/checks.md")
    parser.add_argument("--leak", type=int, default=0, metavar="BYTES", help="keep so many of each request")
    flags = parser.parse_args()
    if flags.minutes < 1:
        parser.error("--minutes: a slope needs one at least")
    if not script("gunicorn"):
        parser.error("gunicorn is not installed")
    user = account(USER)
    with folder_of(user) as root:
        root.chmod(0o755)
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            folder = root / f"nginx-{name}"
            folder.mkdir()
            give(folder, user)
        return soak(root, flags)


if __name__ == "__main__":
    sys.exit(main())
