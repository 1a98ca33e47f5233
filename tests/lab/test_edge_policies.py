"""Policies and forged requests at random: no server with a rendered rule lets in whom the guard refuses."""

import contextlib
import io
import random
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.frontends import Listener
from tests.lab.answering import Answering
from tests.lab.blocks import Block
from tests.lab.edge import EDGES, in_front
from tests.lab.edge_lists import block_of
from tests.lab.forged import Case
from tests.lab.test_edge import needs, status
from xmlrpc_guard import Policy
from xmlrpc_guard.cli import run

pytestmark = pytest.mark.lab

ADDRESSES = (
    *("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.1.1", "10.0.0.1", "10.9.9.9", "192.0.2.7", "203.0.113.9"),
    *("2001:db8::7", "2001:db8:1::7", "::1", "fe80::1", "2002:c000:207::1", "64:ff9b::c000:207"),
)
NETWORKS = (
    *("127.0.0.0/30", "127.0.0.1", "127.0.0.2", "127.0.0.0/8", "10.0.0.0/8", "10.0.0.1", "192.0.2.0/24", "::1"),
    *("2001:db8::/32", "2001:db8:1::/48", "192.0.2.4-192.0.2.9", "0.0.0.0/0", "::/0", "2002::/16"),
)
PROXIES = ("127.0.0.1", "127.0.0.0/30", "127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48", "::1", "64:ff9b::/96")
PEERS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.1.1", "::1")
ODD = (
    *("unknown", "", "-", "192.0.2.07", "0xc0.0.2.7", "192.0.519", "3221225991", "10.0.0.1.", "127.1", "localhost"),
    *("192.0.2.7:80", "[2001:db8::7]", "::ffff:192.0.2.7", "::192.0.2.7", "192.0.2.7 10.0.0.1", "for=10.0.0.1"),
)
NAMES = [name for name in EDGES if "," not in name]
POLICIES = 6
REQUESTS = 100


@dataclass(frozen=True)
class Lists:
    """The lists of a policy."""

    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy:
        return Policy(allow=self.allow, deny=self.deny, trusted_proxies=self.proxies)

    @property
    def flags(self) -> list[str]:
        given = {"--allow": self.allow, "--deny": self.deny, "--trusted-proxies": self.proxies}
        return [word for flag, entries in given.items() if entries for word in (flag, ",".join(entries))]


def choose(chosen: random.Random) -> Lists:
    def some(entries: tuple[str, ...], most: int, least: int = 0) -> tuple[str, ...]:
        return tuple(chosen.sample(entries, chosen.randint(least, most)))

    return Lists(some(NETWORKS, 4, 1), some(NETWORKS, 2), some(PROXIES, 3))


def forge(chosen: random.Random) -> Case:
    hops = [
        chosen.choice(ADDRESSES if chosen.random() < 0.7 else ODD) for _ in range(chosen.choice((0, 1, 1, 2, 3, 7)))
    ]
    cut = chosen.randint(0, len(hops))
    lines = tuple(chosen.choice((", ", ",", " , ")).join(part) for part in (hops[:cut], hops[cut:]) if part)
    return Case(chosen.choice(PEERS), lines, "")


def render(server: str, lists: Lists) -> str:
    words = [server.lower(), *(["--host", "localhost", "--service", "upstream"] if server == "Traefik" else [])]
    for accepted in ([], ["--accept", "overlap"]):
        written = io.StringIO()
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
            if run(["render", *words, *lists.flags, *accepted]) == 0:
                return written.getvalue()
    raise AssertionError(shlex.join([*words, *lists.flags]))


def block(server: str, lists: Lists) -> Block:
    text = render(server, lists)
    if server == "Traefik":
        return Block(text)
    options = [line.removeprefix("#") for line in text.splitlines() if "    trusted_proxies" in line]
    opened = "\n".join(["servers {", *options, "}"]) if options and server == "Caddy" else ""
    return Block(block_of(server, text).wide, block_of(server, text).site, opened)


@contextlib.contextmanager
def in_front_of(name: str, lists: Lists, upstream: int) -> Iterator[Listener]:
    with in_front(name, block(EDGES[name].server, lists), [upstream]) as (at,):
        yield at


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """Run an upstream that answers 200 to everything."""
    with Answering() as answering:
        yield answering.port


@pytest.mark.parametrize("name", NAMES)
def test_no_server_lets_in_whom_the_guard_refuses(name: str, upstream: int) -> None:
    needs(name)
    chosen = random.Random(18)
    # HAProxy compares an address of IPv6 with networks of IPv4 too, if it holds one: ::1 is 0.0.0.1 there.
    policies = [
        Lists(("0.0.0.0/0",)),
        Lists(("0.0.0.0/0",), (), ("127.0.0.1",)),
        *(choose(chosen) for _ in range(POLICIES)),
    ]
    for lists in policies:
        if lists.proxies and name in ("Caddy 2.6", "Traefik"):  # no client_ip; no entry point that trusts proxies here
            continue
        cases = [case for case in (forge(chosen) for _ in range(REQUESTS)) if name != "Traefik" or ":" not in case.peer]
        with in_front_of(name, lists, upstream) as at:
            passed = {case for case in cases if status(at, case) == 200}
        policy = lists.policy
        allowed = {case for case in cases if policy.judge(case.peer, case.forwarded)}
        assert passed - allowed == set(), lists
        assert passed or not allowed
