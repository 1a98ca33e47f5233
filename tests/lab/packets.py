"""Packets through the kernel's own filter, in a network namespace of its own: from which addresses does one arrive?

    unshare --net --mount python -m tests.lab.packets < question.json

Every address is this host's there, so that a packet can be sent from any. The question is a JSON object: ``commands``,
each a shell's line and what it reads; ``listings``, shell's lines; ``asked``, the addresses. The answer is JSON too:
what the listings printed, and the addresses whose packet arrived.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

PORT = 7
_FAMILIES = {4: (socket.AF_INET, "127.0.0.1"), 6: (socket.AF_INET6, "::1")}
_FREEBIND = {4: (socket.IPPROTO_IP, 15), 6: (socket.IPPROTO_IPV6, 78)}  # linux/in.h and linux/in6.h
_ROUTES = "ip link set lo up && ip route add local 0.0.0.0/0 dev lo && ip -6 route add local ::/0 dev lo"


class Command(NamedTuple):
    """A line for the shell, and what it reads."""

    line: str
    text: str = ""


class Answer(NamedTuple):
    """What a firewall lists of its own rules, in each way, and the addresses that it lets through."""

    listings: list[str]
    passed: list[str]


def ask(commands: Sequence[Command], listings: Sequence[str], asked: Iterable[str]) -> Answer:
    """Load rules in a namespace of their own, list them, and send a packet from each address."""
    question = json.dumps({"commands": commands, "listings": listings, "asked": [*asked]})
    program = ("unshare", "--net", "--mount", sys.executable, "-m", __name__)
    answer = subprocess.run(program, input=question, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return Answer(*json.loads(answer.stdout))


def can_ask() -> bool:
    """Return whether this process may make such a namespace."""
    tried = subprocess.run(("unshare", "--net", "--mount", "true"), capture_output=True, check=False)
    return tried.returncode == 0


def run(line: str, text: str = "") -> str:
    done = subprocess.run(("sh", "-ec", line), input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{line}: {done.stdout}{done.stderr}")
    return done.stdout


def arriving(addresses: Iterable[str]) -> Iterator[str]:
    """Send a packet from each address, and give those from which it arrived."""
    with ExitStack() as opened:
        servers = {}
        for version, (family, here) in _FAMILIES.items():
            servers[version] = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            servers[version].bind((here, PORT))
            servers[version].setblocking(False)
        for address in addresses:
            version = 6 if ":" in address else 4
            family, there = _FAMILIES[version]
            with socket.socket(family, socket.SOCK_DGRAM) as client:
                client.setsockopt(*_FREEBIND[version], 1)
                client.bind((address, 0))
                client.sendto(address.encode(), (there, PORT))
            try:
                yield servers[version].recv(99).decode()  # loopback has delivered it by now, or never will
            except BlockingIOError:
                continue


def main() -> int:
    question = json.load(sys.stdin)
    run(_ROUTES)
    for line, text in question["commands"]:
        run(line, text)
    listings = [*map(run, question["listings"])]
    json.dump([listings, [*arriving(question["asked"])]], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
