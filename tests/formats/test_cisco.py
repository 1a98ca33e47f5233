"""Access lists of Cisco's IOS and ASA, and groups of networks."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

GROUP = """\
! the office
object-group network OFFICE
 description who may come in
 network-object host 192.0.2.7
 network-object 198.51.100.0 255.255.255.0
 network-object 2001:db8::/32
"""
NAMED = "ip access-list standard OFFICE\n 10 permit host 192.0.2.7\n"
CISCO: list[Any] = [
    pytest.param(GROUP, ["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"], id="a group of ASA"),
    pytest.param(
        "access-list 10 remark office\naccess-list 10 permit 192.0.2.0 0.0.0.255\naccess-list 10 permit 198.51.100.7\n"
        "access-list 10 deny any log\n",
        ["192.0.2.0/24", "198.51.100.7/32"],
        id="a list of IOS that has a number",
    ),
    pytest.param(
        "ip access-list standard OFFICE\n 10 permit 10.1.2.3 0.255.255.255\n 20 permit host 192.0.2.7\n",
        ["10.0.0.0/8", "192.0.2.7/32"],
        id="a list of IOS that has a name",
    ),
    pytest.param(
        "Standard IP access list OFFICE\n    10 permit 192.0.2.0, wildcard bits 0.0.0.255\n",
        ["192.0.2.0/24"],
        id="what show access-lists prints",
    ),
    pytest.param("ipv6 access-list IN\n permit ipv6 2001:db8::/32 any\n", ["2001:db8::/32"], id="a list of IPv6"),
    pytest.param(
        f"hostname edge\n{GROUP}interface Ethernet0\n nameif outside\n",
        ["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"],
        id="a group within a configuration",
    ),
    pytest.param("access-list OFFICE standard permit 192.0.2.0 255.255.255.0\n", ["192.0.2.0/24"], id="a list of ASA"),
    pytest.param(
        "access-list IN extended permit ip 192.0.2.0 255.255.255.0 any\naccess-list IN extended deny ip any any\n",
        ["192.0.2.0/24"],
        id="an extended list",
    ),
    pytest.param(
        f"no access-list 10\nno ip access-list standard OFFICE\n{NAMED}interface Gi0\n no ip access-group 10 in\n",
        ["192.0.2.7/32"],
        id="a list that is removed before it is written anew",
    ),
    pytest.param(
        "access-list IN extended permit ip host 192.0.2.7 any\n"
        "access-list IN extended permit ip host 192.0.2.8 any inactive\n",
        ["192.0.2.7/32"],
        id="a rule that is not active",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CISCO)
def test_the_networks_of_lists_and_groups(text: str, expected: list[str]) -> None:
    assert found_format(text) == "access lists and groups of Cisco's"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param(
        "access-list 10 deny 192.0.2.7\naccess-list 10 permit 192.0.2.0 0.0.0.255\n",
        1,
        f"'access-list 10 deny 192.0.2.7' {EXCEPTION}",
        id="an address that is denied",
    ),
    pytest.param(
        "access-list 10 deny any\naccess-list 10 permit 192.0.2.7\n",
        1,
        "'access-list 10 deny any' comes before rules that accept",
        id="everyone is denied before",
    ),
    pytest.param(
        "access-list 10 permit 192.0.2.7\naccess-list 10 permit any\n",
        2,
        "'access-list 10 permit any' lets everyone in",
        id="everyone",
    ),
    pytest.param(
        "access-list 10 permit 192.0.2.0 0.0.0.254\n", 1, "'192.0.2.0/255.255.255.1' ", id="a mask with holes"
    ),
    pytest.param(
        "access-list 10 permit 192.0.2.0 0.0.0.999\n", 1, "'192.0.2.0/255.255.255.999' ", id="a mask of no octets"
    ),
    *(
        pytest.param(
            f"{text}{command}\n", line, f"'{command.strip()}' takes addresses away; a list file has none", id=name
        )
        for name, text, line, command in (
            ("a member that is taken out", GROUP, 7, " no network-object host 192.0.2.7"),
            ("a member that is taken out in short", GROUP, 7, " no network-obj host 192.0.2.7"),
            ("a group that is removed", GROUP, 7, "no object-group network OFFICE"),
            ("a group that is cleared", GROUP, 7, "clear configure object-group OFFICE"),
            ("a row that is taken out", NAMED, 3, " no permit host 192.0.2.7"),
            ("a row that is taken out by its number", NAMED, 3, " no 10"),
            ("a named list that is removed", NAMED, 3, "no ip access-list standard OFFICE"),
            ("a named list that is set back", NAMED, 3, "default ip access-list standard OFFICE"),
            ("a list that is removed", "access-list 10 permit 192.0.2.7\n", 2, "no access-list 10"),
            (
                "a line of ASA that is taken out",
                "access-list IN extended permit ip host 192.0.2.7 any\n",
                2,
                "no access-list IN extended permit ip host 192.0.2.7 any",
            ),
        )
    ),
    *(
        pytest.param(f"{GROUP} {member}\n", 7, f"'{member}' is not a network; write the addresses", id=member)
        for member in ("network-object object SHOP", "group-object SHOP", "range 192.0.2.1 192.0.2.9")
    ),
    pytest.param(f"{GROUP} network-object host shop\n", 7, "'shop' is not an address but a name", id="a name"),
    pytest.param(
        "access-list IN extended permit tcp host 192.0.2.7 any eq 443\n"
        "access-list IN extended permit tcp host 192.0.2.8 any eq 22\n",
        0,
        "holds several lists: 'IN tcp any eq 443' (line 1), 'IN tcp any eq 22' (line 2)",
        id="two ports",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_what_is_left_is_named() -> None:
    text = "interface Ethernet0\n" + CISCO[1].values[0]
    assert left(text) == {"other lines": [1, 2], "the rule that refuses all the rest": [5]}
    assert left(GROUP) == {"other lines": [3]}
