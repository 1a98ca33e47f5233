"""Firewalls list their own rules, and the list that is converted from that covers whose packets they let through."""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import pytest

from tests.lab.packets import Command, ask, can_ask
from tests.real.programs import lacks
from xmlrpc_guard.formats import convert
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.ranges import Range, format_address, format_range

pytestmark = [
    lacks("nftables", "ipset", "iptables", "ufw"),
    pytest.mark.skipif(not can_ask(), reason="this process may not make a namespace for a network"),
]


class Firewall(NamedTuple):
    """A tool: the commands that let in some entries and no others, how it lists them, and how many it takes quickly."""

    load: Callable[[list[str]], list[Command]]
    listings: Sequence[str]
    entries: int = 40


def split(entries: Iterable[str]) -> tuple[list[str], list[str]]:
    entries = list(entries)
    return [each for each in entries if ":" not in each], [each for each in entries if ":" in each]


def cidrs(entries: Iterable[str]) -> list[str]:
    return [each for each in entries if "-" not in each]


def nft_sets(entries: list[str]) -> list[Command]:
    sets, rules = "", ""
    for family, kind, of in zip(("ip", "ip6"), ("ipv4_addr", "ipv6_addr"), split(entries), strict=True):
        elements = f"elements = {{ {', '.join(of)} }}" if of else ""
        sets += f"set office_{kind[:4]} {{ type {kind}; flags interval; auto-merge; {elements} }}\n"
        rules += f"{family} saddr @office_{kind[:4]} accept\n"
    chain = f"chain in {{ type filter hook input priority 0; policy drop;\n{rules}}}"
    return [Command("nft -f -", f"table inet office {{\n{sets}{chain}\n}}")]


def nft_rules(entries: list[str]) -> list[Command]:
    rules = [f"{'ip6' if ':' in each else 'ip'} saddr {each} accept\n" for each in entries]
    chain = f"chain in {{ type filter hook input priority 0; policy drop;\n{''.join(rules)}}}"
    return [Command("nft -f -", f"table inet office {{\n{chain}\n}}")]


def ipset(entries: list[str]) -> list[Command]:
    commands = []
    for program, family, of in zip(("iptables", "ip6tables"), ("inet", "inet6"), split(entries), strict=True):
        name = f"office_{family}"
        adding = "".join(f"add {name} {each} -exist\n" for each in (of if family == "inet" else cidrs(of)))
        rules = f"*filter\n:INPUT DROP\n-A INPUT -m set --match-set {name} src -j ACCEPT\nCOMMIT\n"
        commands.append(Command("ipset restore", f"create {name} hash:net family {family}\n{adding}"))
        commands.append(Command(f"{program}-restore", rules))
    return commands


def iptables(entries: list[str]) -> list[Command]:
    commands = []
    for program, of in zip(("iptables", "ip6tables"), split(entries), strict=True):
        rules = "".join(f"-A INPUT -s {each} -j ACCEPT\n" for each in cidrs(of))
        commands.append(Command(f"{program}-restore", f"*filter\n:INPUT DROP\n{rules}COMMIT\n"))
    return commands


# ufw keeps its rules in files, which are copies here. By itself it lets in all that comes by way of loopback.
UFW = """\
mount -t tmpfs none /mnt && cp -a /etc/ufw /mnt/rules && cp /etc/default/ufw /mnt/default
mount --bind /mnt/rules /etc/ufw && mount --bind /mnt/default /etc/default/ufw
"""
UFW_ON = """\
ufw --force enable
iptables -D ufw-before-input -i lo -j ACCEPT
ip6tables -D ufw6-before-input -i lo -j ACCEPT
"""


def ufw(entries: list[str]) -> list[Command]:
    rules = [f"ufw allow from {each} to any port 7\n" for each in cidrs(entries)]
    return [Command(UFW), Command("sh -e", f"{''.join(rules)}{UFW_ON}")]


FIREWALLS = {
    "nft, sets": Firewall(
        nft_sets,
        ("nft list ruleset", "nft list set inet office office_ipv4; nft list set inet office office_ipv6"),
    ),
    "nft, rules": Firewall(nft_rules, ("nft list ruleset", "nft list chain inet office in")),
    "ipset": Firewall(ipset, ("ipset save", "ipset list")),
    "iptables": Firewall(
        iptables,
        (
            "iptables-save; ip6tables-save",
            "iptables -S; ip6tables -S",
            "iptables-save -c; ip6tables-save -c",
            "nft list ruleset",
        ),
    ),
    "ufw": Firewall(
        ufw,
        ("ufw status", "ufw status numbered", "ufw status verbose", "ufw show added"),
        6,
    ),
}


def draw(chance: random.Random, number: int) -> list[str]:
    """Give entries of a small space, so that some lie in others or touch them; host bits are cut off by most tools."""
    entries = []
    for _ in range(number):
        v6 = chance.random() < 0.4
        base, top = (0x20010DB8 << 96, 128) if v6 else (0xC0000200, 32)
        version = 6 if v6 else 4
        first = base + chance.randrange(1, 1 << 10)
        text = format_address(version, first)
        kind = chance.choice(("host", "cidr", "cidr", "ends"))
        if kind == "cidr":
            length = chance.randrange(top - 9, top + 1)
            text = f"{format_address(version, first >> top - length << top - length)}/{length}"
        elif kind == "ends" and not v6:
            text = f"{text}-{format_address(version, first + chance.randrange(1, 40))}"
        entries.append(text)
    return [*entries, "198.51.100.7", "2001:db8:1::/48"]


def edges(ranges: Iterable[Range]) -> list[str]:
    """Give the addresses at the ends of ranges and beside them."""
    ends = {(each[0], end + step) for each in ranges for end in each[1:] for step in (-1, 0, 1)}
    return [format_address(version, end) for version, end in sorted(ends)]


@pytest.mark.parametrize("tool", FIREWALLS)
def test_a_converted_listing_covers_whose_packets_pass(tool: str) -> None:
    firewall = FIREWALLS[tool]
    entries = draw(random.Random(tool), firewall.entries)
    asked = edges(entry.range for entry in convert("\n".join(entries).encode(), "entries").entries)
    answer = ask(firewall.load(entries), firewall.listings, [*asked, "203.0.113.9", "2001:db8:ffff::1"])
    assert 0 < len(answer.passed) < len(asked)
    for how, listing in zip(firewall.listings, answer.listings, strict=True):
        networks = Networks(format_range(entry.range) for entry in convert(listing.encode(), how).entries)
        assert (how, [address for address in asked if address in networks]) == (how, answer.passed)
