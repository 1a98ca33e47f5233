"""Run the mixed load against ``serve`` and gunicorn, before nginx and PHP-FPM, for half an hour.

    python -m tests.lab.soak [--minutes 30] [--rate 20]

It ends by itself. The exit status is 1 if a decision was wrong, an answer another's or broken while the upstream was
up, a log holds a traceback, or memory, descriptors or threads grow: by a slope of more than three standard errors, and
by a tenth from the end of the first fifth of the time to the end of it.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from shutil import copy

from tests.frontends import Listener, free_port, script, started, wait_for
from tests.lab.php import configured
from tests.lab.soak.load import ALLOWED, BROKEN, COMES_AND_GOES, MIXED, PERMITTED, WRONG, Outages, Tally, Visitor
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


def commands(upstream: Listener, allow: Path, ports: dict[str, Listener]) -> dict[str, tuple[str, ...]]:
    """Return how each guard is started."""
    url = f"http://127.0.0.1:{upstream.port}"
    python = (sys.executable, "-W", "ignore", "-m")
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
    return {
        "serve": (*python, "xmlrpc_guard", "serve", "--upstream", url, *flags, "--listen", here["serve"]),
        "gunicorn": (
            *(*python, "gunicorn", "--workers", "2", "--threads", "8", "--bind", here["gunicorn"]),
            *("--log-level", "warning", "--timeout", "120", f'xmlrpc_guard.proxy:application("{url}", {settings})'),
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


def soak(root: Path, seconds: float, rate: float) -> int:
    site = root / "site"
    site.mkdir()
    for name in ("index.php", "xmlrpc.php"):
        copy(SITE / "echo.php", site / name)
    copy(SITE / "long.php", site)
    allow = root / "lists" / "allow.txt"
    allow.parent.mkdir()
    lists, outages = Lists(allow, 1), Outages()
    upstream = Upstream(root, site, outages)
    ports = {name: Listener(port=free_port()) for name in ("serve", "gunicorn")}
    tallies = {name: Tally() for name in ports}
    uses: dict[str, list[Use]] = {name: [] for name in ports}
    with contextlib.ExitStack() as stack:
        stack.callback(upstream.stop)
        for name in ("fpm", "nginx"):
            upstream.start(name)
        guards = {
            name: stack.enter_context(started(command, root / f"{name}.log"))
            for name, command in commands(upstream.at, allow, ports).items()
        }
        for name, at in ports.items():
            wait_for(at, guards[name])
        start = time.monotonic()
        end = start + seconds
        jobs: list[Callable[[], object]] = [lambda: every(1, end, lists.step)]
        for name, at in ports.items():
            visitors = [Visitor(at, tallies[name], outages, lists.listed, number) for number in range(VISITORS)]
            jobs += [partial(every, VISITORS / rate, end, visitor.visit) for visitor in visitors]
            jobs.append(partial(every, 5, end, partial(_measure, uses[name], guards[name].pid, start)))
        jobs.append(lambda: _restart(upstream, end))
        with in_threads(jobs):
            pass
    print(f"{seconds / 60:.0f} minutes; upstream restarted {upstream.restarts} times; lists {lists.kinds}")
    return tell(root, tallies, uses, seconds)


def _measure(uses: list[Use], process: int, start: float) -> None:
    uses.append(measure(process, start))


def _restart(upstream: Upstream, end: float) -> None:
    turns = [("nginx", signal.SIGTERM), ("fpm", signal.SIGTERM), ("nginx", signal.SIGQUIT)]
    turns += [("fpm", signal.SIGKILL), ("fpm", signal.SIGQUIT), ("nginx", signal.SIGKILL)]
    while time.monotonic() + BETWEEN_RESTARTS < end:
        time.sleep(BETWEEN_RESTARTS)
        upstream.restart(*turns[upstream.restarts % len(turns)])


def tell(root: Path, tallies: dict[str, Tally], uses: dict[str, list[Use]], seconds: float) -> int:
    """Print what was seen; returns the exit status."""
    failed = False
    for name, tally in tallies.items():
        print(f"\n{name}")
        for kind, number in sorted({WRONG: 0, MIXED: 0, BROKEN: 0, **tally.counts}.items()):
            print(f"  {kind}: {number}")
        for thing, (first, last, line) in report(uses[name], seconds / 5).items():
            print(f"  {thing}: {first:.1f} -> {last:.1f}; {line.per_hour:+.2f} ± {line.error:.2f} an hour")
            failed = failed or (line.grows and last > 1.1 * first)
        tracebacks = (root / f"{name}.log").read_text(errors="replace").count("Traceback")
        print(f"  tracebacks in its log: {tracebacks}")
        for fault in tally.faults:
            print(f"  {fault}")
        failed = failed or bool(tracebacks or tally.faults)
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.soak", description="A long mixed load.")
    parser.add_argument("--minutes", type=float, default=30, help="how long (%(default)s)")
    parser.add_argument("--rate", type=float, default=20, help="requests a second to each server (%(default)s)")
    flags = parser.parse_args()
    if not script("gunicorn"):
        parser.error("gunicorn is not installed")
    user = account(USER)
    with folder_of(user) as root:
        root.chmod(0o755)
        for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            folder = root / f"nginx-{name}"
            folder.mkdir()
            give(folder, user)
        return soak(root, flags.minutes * 60, flags.rate)


if __name__ == "__main__":
    sys.exit(main())
