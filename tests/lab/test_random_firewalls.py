"""Rulesets put together at random, with rules that are added, inserted, removed and never reached.

Whichever of them are converted: a packet from each address in the list passes the kernel's own filter.
"""

import random
from collections.abc import Callable, Iterator

import pytest

from tests.lab.packets import Command, ask, can_ask
from tests.real.programs import lacks
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import convert
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.ranges import format_range

pytestmark = [
    lacks("nftables", "iptables"),
    pytest.mark.skipif(not can_ask(), reason="this process may not make a namespace for a network"),
]

ENTRIES = ["192.0.2.7", "192.0.2.0/24", "198.51.100.7", "198.51.100.0/25", "203.0.113.9"]
ASKED = ["192.0.2.7", "192.0.2.8", "198.51.100.7", "198.51.100.200", "203.0.113.9", "203.0.113.10", "10.9.9.9"]
OUTPUT = " chain o {\n  type filter hook output priority 0; policy accept;\n  ip saddr 203.0.113.10 accept\n }\n"
SCRIPTS = 80


def iptables(chance: random.Random) -> tuple[str, Command]:
    """Write a script that makes rules, and perhaps removes some."""

    def rule() -> str:
        table, chain = chance.choice([("", "INPUT")] * 8 + [("", "a"), ("", "OUTPUT"), ("-t raw ", "PREROUTING")])
        verb = chance.choice(["-A", "-A", "-A", "-I"])
        sources = [f"-s {chance.choice(ENTRIES)} "] * 12
        source = chance.choice([*sources, "", f"! -s {chance.choice(ENTRIES)} ", f"-s {','.join(ENTRIES[::2])} "])
        # What this host may send is asked of no one here: the packets come from it.
        target = chance.choice(["ACCEPT"] * 12 + ["DROP", "RETURN"] * (chain != "OUTPUT"))
        return f"iptables {table}{verb} {chain} {source}-j {target}"

    removing = ("-F", "-F INPUT", "-F a", "-D INPUT 1", "-t raw -F", "--flush OUTPUT", "-P INPUT DROP")
    lines = ["iptables -N a", "iptables -P INPUT DROP", *(rule() for _ in range(chance.randrange(1, 4)))]
    if chance.random() < 0.4:
        lines += [f"iptables {chance.choice(removing)}", *(rule() for _ in range(chance.randrange(2)))]
    lines += chance.choice([[], ["iptables -A INPUT -j a"], ["iptables -A INPUT -j DROP"]])
    text = "".join(f"{line}\n" for line in lines)
    return text, Command("sh -e", text)


def nftables(chance: random.Random) -> tuple[str, Command]:
    """Write a table, and perhaps commands that change it."""

    def rule() -> str:
        accepting = [f"ip saddr {chance.choice(ENTRIES)} accept"] * 12
        refusing = ["drop", "udp dport 7 drop", f"ip saddr {chance.choice(ENTRIES)} drop"]
        return chance.choice([*accepting, *refusing, "jump b", "counter", f"ip saddr {chance.choice(ENTRIES)} jump b"])

    head = f"type filter hook input priority 0; policy {chance.choice(['drop', 'drop', 'accept'])};"
    rules = "".join(f"  {rule()}\n" for _ in range(chance.randrange(1, 4)))
    last = f" chain b {{\n  {chance.choice(['accept', 'drop', 'return', 'ip saddr 203.0.113.9 accept'])}\n }}\n"
    text = f"table inet f {{\n{last} chain i {{\n  {head}\n{rules} }}\n{chance.choice(['', OUTPUT])}}}\n"
    changes = ("flush chain inet f i", "flush table inet f", "flush ruleset", "flush chain inet f b")
    for _ in range(chance.choice([0, 0, 1, 2])):
        adding = f"{chance.choice(['add', 'insert'])} rule inet f i {rule()}"
        text += f"{chance.choice([*changes, adding, adding, adding])}\n"
    return text, Command("nft -f -", text)


def converted(
    make: Callable[[random.Random], tuple[str, Command]], seed: int
) -> Iterator[tuple[str, Command, Networks]]:
    chance = random.Random(seed)
    for _ in range(SCRIPTS):
        text, command = make(chance)
        try:
            entries = convert(text.encode(), "script", "nft" if make is nftables else "iptables").entries
        except SourceError:
            continue
        yield text, command, Networks(format_range(entry.range) for entry in entries)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [iptables, nftables])
def test_what_a_list_has_passes_the_filter(make: Callable[[random.Random], tuple[str, Command]], seed: int) -> None:
    listed = [*converted(make, seed)]
    wrong = [
        text
        for text, command, networks in listed
        if {each for each in ASKED if each in networks} - {*ask([command], [], ASKED).passed}
    ]
    assert wrong == []
    assert len(listed) > SCRIPTS // 20
