"""nftables: sets, definitions and rules."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

RULESET = """\
table inet filter {
    set office {
        type ipv4_addr
        flags interval
        elements = { 192.0.2.0/24, 198.51.100.1-198.51.100.9,
                     203.0.113.7 comment "one, and { more", }
    }
    set ports { type inet_service; elements = { 80, 443 } }
    set empty { type ipv4_addr; }
    chain input {
        type filter hook input priority 0; policy drop;
        ip saddr @office tcp dport @ports accept
        ct state established accept # ip saddr 10.0.0.1 drop
    }
}
"""
NFT: list[Any] = [
    *(
        pytest.param(
            f"chain in {{\n  type filter hook input priority 0; policy accept;\n  ip saddr ::1 accept\n  {rest}\n}}\n",
            ["::1/128"],
            id=f"a chain that ends with {rest}",
        )
        for rest in ("drop", "tcp dport 443 reject", "jump rest")
    ),
    pytest.param(RULESET, ["192.0.2.0/24", "198.51.100.1-198.51.100.9", "203.0.113.7/32"], id="a set"),
    pytest.param(
        "table inet x {\n  chain input {\n    policy drop;\n    ip saddr 192.0.2.0/24 accept\n"
        "    ip6 saddr 2001:db8::/32 counter packets 5 bytes 60 accept\n  }\n}\n",
        ["192.0.2.0/24", "2001:db8::/32"],
        id="a rule for each address",
    ),
    pytest.param(
        "ip saddr { 10.1.2.3/8, 192.0.2.7 } accept\n", ["10.0.0.0/8", "192.0.2.7/32"], id="a set without a name"
    ),
    pytest.param(
        "define OFFICE = { 10.0.0.0/8, ::1 }\ndefine P = { 80 }\n", ["10.0.0.0/8", "::1/128"], id="a definition"
    ),
    pytest.param(
        "chain i { ip saddr @a accept }\nset a { type ipv4_addr; elements = { 10.0.0.1 } }\n",
        ["10.0.0.1/32"],
        id="a rule before its set",
    ),
    pytest.param("define OFFICE = 10.0.0.0/8\n", ["10.0.0.0/8"], id="a definition of one address"),
    pytest.param(
        "nft add set inet t office { type ipv4_addr \\; }\nnft add element inet t office { 10.0.0.1, 10.0.0.2 }\n",
        ["10.0.0.1/32", "10.0.0.2/32"],
        id="a script",
    ),
    pytest.param(
        "add set ip t a { type ipv4_addr; elements = { 10.0.0.1 timeout 1d expires 3h } }\n",
        ["10.0.0.1/32"],
        id="a time to live",
    ),
    pytest.param("set a { typeof ip saddr; elements = { 10.0.0.1 - 10.0.0.9 } }\n", ["10.0.0.1-10.0.0.9"], id="typeof"),
    pytest.param(
        "set a4 { type ipv4_addr; elements = { 10.0.0.1 } }\nset a6 { type ipv6_addr; elements = { ::1 } }\n",
        ["10.0.0.1/32", "::1/128"],
        id="a set of each IP version",
    ),
]


@pytest.mark.parametrize(("text", "expected"), NFT)
def test_the_addresses_of_nftables(text: str, expected: list[str]) -> None:
    assert found_format(text) == "sets and rules of nftables"
    assert entries(text) == expected


SET = "set a { type ipv4_addr; elements = { 10.0.0.0/8 } }\n"
REFUSED: list[Any] = [
    *(
        pytest.param(f"{SET}{rule}\n", 2, f"'{rule}' {EXCEPTION}", id=rule)
        for rule in (
            "ip saddr != @a drop",
            "ip saddr @a drop",
            "ip saddr 10.0.0.1 reject",
            "ip saddr != 10.0.0.1 accept",
        )
    ),
    pytest.param(
        f"{SET}ip saddr 10.0.0.1 jump x\n", 2, "'ip saddr 10.0.0.1 jump x' does not accept by itself", id="jump"
    ),
    *(
        pytest.param(
            f"{SET}ip saddr @a {verdict} x\n",
            2,
            f"'ip saddr @a {verdict} x' leaves it to another chain, which may refuse its addresses; leave only the set",
            id=f"{verdict} with the addresses of a set",
        )
        for verdict in ("jump", "goto")
    ),
    *(
        pytest.param(
            f"chain a {{\n  {rule}\n  ip saddr ::1 accept\n}}\n",
            2,
            f"'{rule}' comes before rules that accept, and may refuse their addresses; leave only the rules",
            id=f"{rule}, before a rule that accepts",
        )
        for rule in ("drop", "tcp dport { 80, 443 } drop", "tcp dport 80 reject with tcp reset")
    ),
    *(
        pytest.param(
            f"chain in {{\n  type filter hook input priority 0;{policy}\n  ip saddr ::1 accept\n}}\n",
            1,
            "the chain 'in' lets everyone in, as no rule and no policy refuses the rest; leave only the rules",
            id=f"a chain that refuses no one{policy}",
        )
        for policy in ("", " policy accept;", " policy accept; ct state invalid drop;")
    ),
    pytest.param(f"{SET}ip saddr & 0.0.0.1 == 0 accept\n", 0, "holds several lists: 'a' (line 1), ", id="arithmetic"),
    pytest.param(
        "set a { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 80 } }\n",
        1,
        "the set 'a' is of 'ipv4_addr . inet_service', not of addresses alone; a list file has only addresses",
        id="addresses with ports",
    ),
    pytest.param(
        "map a { type ipv4_addr : verdict; elements = { 10.0.0.1 : accept } }\n",
        1,
        "the map 'a' is of 'ipv4_addr : verdict', not of addresses alone",
        id="a map",
    ),
    pytest.param("define A = { 10.0.0.1, $B }\n", 1, "'$B' is not an address", id="a definition in another"),
    pytest.param("define A = { 10.0.0.1,\n x.example }\n", 2, "'x.example' is a host name", id="a host name"),
    pytest.param("define A = { 10.0.0.1 . 80 }\n", 1, "'10.0.0.1 . 80' is not an address alone", id="a port"),
    *(
        pytest.param(f"{SET}{line}\n", 2, f"'{said}' takes addresses away, or may do so", id=line)
        for line, said in (
            ("delete element inet f a { 10.0.0.1 }", "delete element inet f a"),
            ("destroy element inet f a { 10.0.0.1 }", "destroy element inet f a"),
            ('include "more.nft"', "include"),
        )
    ),
    pytest.param(
        f"{SET}set b {{ type ipv4_addr; elements = {{ ::1,\n", 3, "ends in the middle of a block", id="cut off"
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_rules_that_refuse_all_the_rest_or_are_about_no_client_are_left() -> None:
    text = """\
chain a {
  type filter hook input priority 0; policy drop;
  ct state invalid drop
  ip saddr 10.0.0.0/8 accept
  tcp dport 80 drop
}
"""
    assert entries(text) == ["10.0.0.0/8"]


def test_what_is_left_is_named() -> None:
    assert left(RULESET) == {"sets of something else, or without elements": [8, 9], "rules that use a set": [12]}
    assert left("define P = { 80 }\ndefine A = 10.0.0.1\n") == {"definitions of something else": [1]}
    assert "timeout" not in left("set a { type ipv4_addr; elements = { 10.0.0.1 counter packets 1 bytes 2 } }\n")
