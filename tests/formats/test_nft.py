"""nftables: sets, definitions and rules."""

import re
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
    pytest.param(
        "nft add rule inet f input \\\n  ip saddr ::1 \\\n  accept\nnft add rule inet f input drop\n",
        ["::1/128"],
        id="a command over three lines",
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


TABLE = "table inet f {\n  set a {\n    type ipv4_addr; elements = { 192.0.2.8 }\n  }\n}\n"
# Commands after addresses, by what they do to them; those that nft runs as they are, of one table f and one set a.
FLUSHES: list[tuple[str, str]] = [
    ("a set", f"{TABLE}flush set inet f a\n"),
    ("the rules of a table", "table ip f {\n  chain c {\n    ip saddr 192.0.2.8 accept\n  }\n}\nflush table f\n"),
    ("a table that is removed", f"{TABLE}delete table inet f\n"),
    ("all", f"{TABLE}flush ruleset\n"),
    ("all of a family", f"{TABLE}flush ruleset inet\n"),
    (
        "a chain",
        "table ip f {\n  chain c {\n    ip saddr 192.0.2.8 accept\n  }\n}\nflush chain ip f c\n",
    ),
    (
        "a chain of a table whose family is not said",
        "add table f\nadd chain f c\nadd rule f c ip saddr 192.0.2.8 accept; flush chain ip f c\n",
    ),
    (
        "a definition",
        "define O = { 192.0.2.8 }\ntable inet f {\n  set a { type ipv4_addr; elements = $O; }\n}\nflush set inet f a\n",
    ),
]
KEPT: list[tuple[str, str]] = [
    ("all, before anything is added", f"flush ruleset\n{TABLE}"),
    ("the same table, which is written anew after it", f"table inet f\ndelete table inet f\n{TABLE}"),
    ("another table", f"{TABLE}table inet g\nflush table inet g\ndelete table inet g\n"),
    ("a table of another family", f"{TABLE}table ip f\nflush table ip f\n"),
    ("all of another family", f"{TABLE}flush ruleset ip6\n"),
    ("another set", f"{TABLE}add set inet f b {{ type ipv4_addr; }}\nflush set inet f b\n"),
    (
        "two tables, each of which is written anew",
        f"{TABLE}table inet g\ndelete table inet g\ntable inet g {{\n  chain c {{\n    accept\n  }}\n}}\n",
    ),
    ("a comment that names it", f'{TABLE}# flush set inet f a\nadd chain inet f c {{ comment "flush ruleset"; }}\n'),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in FLUSHES])
def test_what_takes_away_addresses_above_it_is_refused(text: str) -> None:
    line, problem = refusal(text)
    assert line == max(place for place, each in enumerate(text.split("\n"), 1) if re.search("flush|delete", each))
    assert "' takes away addresses above it; a list file has none" in problem


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in KEPT])
def test_what_takes_away_something_else_is_not(text: str) -> None:
    assert entries(text) == ["192.0.2.8/32"]


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
    *(
        pytest.param(text, line, f"'{said}' {problem}", id=name)
        for name, text, line, said, problem in (
            (
                "a rule that is replaced",
                "add rule f c ip saddr ::1 accept\nreplace rule f c handle 4 accept\n",
                2,
                "replace rule f c handle 4 accept",
                "takes away addresses above it",
            ),
            (
                "a set whose table is not said",
                f"{SET}nft flush set f a\n",
                2,
                "flush set f a",
                "takes away addresses above it",
            ),
            (
                "a set that a variable names",
                f"{SET}nft flush set $SET\n",
                2,
                "flush set $SET",
                "takes away addresses above it",
            ),
            (
                "a command in quotes",
                'nft add element f a { ::1 }\nnft "delete element f a { ::1 }"\n',
                2,
                "delete element f a",
                "takes addresses away, or may do so",
            ),
            (
                "a definition in place of another",
                "define A = 10.0.0.1\nredefine A = 10.0.0.2\n",
                2,
                "redefine A = 10.0.0.2",
                "takes addresses away, or may do so",
            ),
            (
                "a rule in quotes that refuses",
                'nft add rule f c ip saddr ::1 accept\nnft "insert rule f c ip saddr ::2 drop"\n',
                2,
                "nft insert rule f c ip saddr ::2 drop",
                EXCEPTION,
            ),
            (
                "a command that refuses all, first",
                "add rule f c drop\nadd rule ip f c ip saddr 10.0.0.1 accept\n",
                1,
                "drop",
                "comes before rules that accept, and may refuse their addresses",
            ),
            (
                "a command that refuses all, inserted before those above it",
                "add rule f c ip saddr 10.0.0.1 accept\ninsert rule f c tcp dport { 80, 443 } drop\n",
                2,
                "tcp dport { 80, 443 } drop",
                "comes before rules that accept, and may refuse their addresses",
            ),
        )
    ),
    pytest.param(
        f"{SET}ip saddr ::/8 ip saddr != ::1 accept\n",
        2,
        "'ip saddr ::/8 ip saddr != ::1 accept' asks for two things of an address, which a list file cannot say",
        id="a network without some of its addresses",
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


TWO_TABLES = """\
table inet web {
  set office { type ipv4_addr; elements = { 192.0.2.0/24 } }
  chain input { ip saddr @office accept; ip saddr 10.0.0.1 tcp dport 80 accept; }
}
table inet ssh {
  set office { type ipv4_addr; elements = { 198.51.100.7 } }
  chain input { ip saddr @office accept; ip saddr 10.0.0.2 tcp dport 80 accept; }
}
add element inet ssh office { 198.51.100.8 }
"""


def test_sets_and_rules_of_two_tables_are_several_lists_though_their_names_are_one() -> None:
    assert refusal(TWO_TABLES)[1].startswith("holds several lists: 'web office' (line 2), 'ssh office' (line 6), ")
    assert entries(TWO_TABLES, "web office") == ["192.0.2.0/24"]
    assert entries(TWO_TABLES, "ssh office") == ["198.51.100.7/32", "198.51.100.8/32"]
    assert entries(TWO_TABLES, "ssh input tcp dport 80 accept") == ["10.0.0.2/32"]


def test_commands_say_the_table_of_a_set() -> None:
    text = "add element inet web a { ::1 }\ncreate element inet ssh a { ::2 }\nadd element ip web b { ::3 }\n"
    assert entries(text, "web a") == ["::1/128"]
    assert entries(text, "b") == ["::3/128"]


def test_rules_of_two_chains_are_two_lists() -> None:
    text = "chain a { ip saddr ::1 accept; }\nchain b { ip saddr ::2 accept; }\n"
    assert refusal(text)[1].startswith("holds several lists: 'a accept' (line 1), 'b accept' (line 2)")
    assert entries("chain a { ip saddr ::1 accept; }\nchain b { tcp dport 80 accept; }\n") == ["::1/128"]


def test_tables_of_both_ip_versions_are_one_list() -> None:
    text = "table ip f { chain c { ip saddr 10.0.0.1 accept; } }\ntable ip6 f { chain c { ip6 saddr ::1 accept; } }\n"
    assert entries(text) == ["10.0.0.1/32", "::1/128"]


@pytest.mark.parametrize(
    "of",
    [
        pytest.param("type filter hook output priority 0; policy accept", id="what this host sends"),
        pytest.param("type filter hook postrouting priority 0", id="what it passes on"),
        pytest.param("type nat hook prerouting priority -100", id="where a connection goes"),
        pytest.param("type route hook output priority 0", id="which way it takes"),
    ],
)
def test_chains_that_let_no_client_in_are_left(of: str) -> None:
    text = "chain in {\n  type filter hook input priority 0; policy drop;\n  ip saddr ::1 accept;\n}\n"
    text += f"chain o {{\n  {of};\n  ip saddr ::2 accept;\n  drop\n  ip saddr ::3 drop\n}}\n"
    assert entries(text) == ["::1/128"]
    assert left(text)["rules about what this host sends, or about other things"] == [7, 9]


MIXED: list[Any] = [
    pytest.param(
        "  drop\n", "add rule inet f i ip saddr ::1 accept\n", 4, "drop", id="added after a block that refuses"
    ),
    pytest.param("  ip saddr ::1 accept\n", "insert rule inet f i drop\n", 7, "drop", id="a refusal before a block"),
    pytest.param(
        "  ip saddr ::1 accept\n",
        "add chain inet f i { udp dport 7 drop; }\nadd rule inet f i ip saddr ::2 accept\n",
        7,
        "udp dport 7 drop",
        id="a refusal in another block",
    ),
]


@pytest.mark.parametrize(("block", "commands", "line", "said"), MIXED)
def test_the_rules_of_a_chain_are_those_of_its_blocks_and_of_commands(
    block: str, commands: str, line: int, said: str
) -> None:
    text = (
        f"table inet f {{\n chain i {{\n  type filter hook input priority 0; policy drop;\n{block} }}\n}}\n{commands}"
    )
    problem = f"'{said}' comes before rules that accept, and may refuse their addresses"
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)
    elsewhere = commands.replace("inet f i", "ip f i").replace("add chain", "add table ip f {} add chain")
    assert refusal(text.replace(commands, elsewhere))[1][: len(problem)] != problem or "chain" in commands


def test_a_command_ends_the_chain_of_a_block() -> None:
    text = "chain i {\n type filter hook input priority 0;\n ip saddr ::1 accept\n}\n"
    assert refusal(text)[0] == 1
    assert entries(f"{text}add rule f i drop\n") == ["::1/128"]


def test_a_chain_that_refuses_all_before_rules_that_accept_is_refused() -> None:
    text = "chain b {\n drop\n}\nchain i {\n jump b\n ip saddr ::1 accept\n}\n"
    problem = (
        "'jump b' comes before rules that accept, and may refuse their addresses; leave only the rules that accept"
    )
    assert refusal(text) == (5, problem)
    for harmless in (" counter\n", " ct state invalid drop\n"):
        assert entries(text.replace(" drop\n", harmless)) == ["::1/128"]
    assert entries(text.replace("jump b", "ct state invalid jump b")) == ["::1/128"]


def test_rules_of_a_chain_to_which_none_leads_are_refused() -> None:
    text = "chain in {\n type filter hook input priority 0; policy drop;\n}\nchain a {\n ip saddr ::1 accept\n}\n"
    said = (
        "stands in the chain 'a', to which no rule leads, so that it lets no one in; leave only rules that are in use"
    )
    assert refusal(text) == (5, said)
    assert entries(text.replace("drop;", "drop; jump a;")) == ["::1/128"]
    assert entries(text.partition("}\n")[2]) == ["::1/128"]


def test_commands_that_refuse_all_the_rest_after_the_others_are_left() -> None:
    text = "add rule f c drop\ninsert rule f c ip saddr 10.0.0.1 accept\nadd rule f d drop\n"
    assert entries(text) == ["10.0.0.1/32"]


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
