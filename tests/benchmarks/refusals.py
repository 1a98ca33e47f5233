"""What a refusal costs a server's processor: the guard under WSGI servers, and nginx's own ``deny`` as the limit.

    python -m tests.benchmarks.refusals [--seconds 2] [--rounds 5]

In each round fresh servers refuse the same stranger, on one core, by turns of a twentieth of a second
(tests.benchmarks.servers says why); the client is on another. Refusals are not logged. The cost is the kernel's count
for the server's processes, and the least of the rounds stands. nginx's rule has the same eight ranges, and no spelling
of the path but one gets to it. The exit status is 2 without nginx or wrk.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import report
from tests.benchmarks.contenders import EIGHT_RANGES
from tests.benchmarks.processes import Serving, answering, nginx
from tests.benchmarks.servers import SERVERS, TURN, answers, on, turn, wrk
from tests.frontends import COMMANDS, Listener, free_port

TARGET = "/xmlrpc.php"
OWN = f"nginx's deny, at {TARGET} alone"
_DENY = """
    server {{
        listen 127.0.0.1:{port};
        location = {target} {{ {allow} deny all; }}
        location / {{ return 200; }}
    }}
"""


@contextmanager
def refusing(name: str) -> Iterator[Serving]:
    """Run nginx with its own rule, or a server with the guard."""
    with TemporaryDirectory() as folder:
        listener = Listener(port=free_port())
        if name == OWN:
            allow = " ".join(f"allow {each};" for each in EIGHT_RANGES)
            command = nginx(_DENY.format(port=listener.port, target=TARGET, allow=allow), Path(folder))
        else:
            command = COMMANDS[name]("tests.benchmarks.served:guarded", listener)
        with answering(command, listener, Path(folder)) as serving:
            yield serving


def one_round(names: Sequence[str], core: int, seconds: float) -> list[float]:
    """Give the microseconds of processor time that each takes for a refusal."""
    with ExitStack() as stack:
        with on(core):
            servers = [stack.enter_context(refusing(name)) for name in names]
        clients = [stack.enter_context(wrk(each.listener, TARGET)) for each in servers]
        before = [each.cpu() for each in servers]
        for end in (*[signal.SIGSTOP] * round(seconds / TURN), signal.SIGINT):
            for client in clients:
                turn(client, end)
        spent = [each.cpu() - start for each, start in zip(servers, before, strict=True)]
        return [cpu / max(1, answers(client)) * 1e6 for client, cpu in zip(clients, spent, strict=True)]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure refusals under servers, and nginx's own.")
    parser.add_argument("--seconds", type=float, default=2, help="how long a round asks each (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each with fresh servers (%(default)s)")
    flags = parser.parse_args(argv)
    if report.lacks("nginx") or report.lacks("wrk"):
        return 2
    report.heading(f"Microseconds of processor time for a refusal at {TARGET}")
    names, cores = (OWN, *SERVERS), sorted(os.sched_getaffinity(0))
    with on(cores[-1]):
        rounds = [one_round(names, cores[0], flags.seconds) for _ in range(flags.rounds)]
    for name, spent in zip(names, zip(*rounds, strict=True), strict=True):
        report.note(name, f"{min(spent):.1f} ({min(spent):.1f} to {max(spent):.1f})", min(spent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
