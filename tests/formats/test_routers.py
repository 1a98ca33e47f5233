"""Prefix lists of routers, and the routes of a registry."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

CISCO = """\
no ip prefix-list office
ip prefix-list office permit 192.0.2.0/24
ip prefix-list office permit 198.51.100.0/23 ge 24 le 24
"""
JUNIPER = """\
policy-options {
replace:
 prefix-list office {
    192.0.2.0/24;
    2001:db8::/32;

 }
}
"""
LISTS: list[Any] = [
    pytest.param(CISCO, ["192.0.2.0/24", "198.51.100.0/23"], id="what bgpq3 writes for Cisco, two routes as one"),
    pytest.param(JUNIPER, ["192.0.2.0/24", "2001:db8::/32"], id="what bgpq3 writes for Juniper"),
    pytest.param(
        "set policy-options prefix-list a 192.0.2.0/24\nset system host-name x\n", ["192.0.2.0/24"], id="Juniper's set"
    ),
    pytest.param(
        "ipv6 prefix-list a seq 10 deny any\nipv6 prefix-list a seq 5 permit 2001:db8::/32\n",
        ["2001:db8::/32"],
        id="a row that denies the rest, by its number the last",
    ),
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_the_networks_of_a_prefix_list(text: str, expected: list[str]) -> None:
    assert found_format(text) == "prefix lists of routers"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param("deny 192.0.2.0/25", EXCEPTION, id="a network that is denied"),
    pytest.param(
        "permit 0.0.0.0/0 le 32", "lets everyone in; leave only the rows that are meant", id="everyone is permitted"
    ),
]


@pytest.mark.parametrize(("row", "problem"), REFUSED)
def test_rows_that_a_list_file_cannot_say(row: str, problem: str) -> None:
    assert refusal(f"{CISCO}ip prefix-list office {row}\n") == (4, f"'ip prefix-list office {row}' {problem}")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param(
            "ip prefix-list a deny 0.0.0.0/0 le 32\nip prefix-list a permit 192.0.2.0/24\n",
            1,
            f"'ip prefix-list a deny 0.0.0.0/0 le 32' {EXCEPTION}",
            id="a row that denies all, before the others",
        ),
        pytest.param(
            f"{CISCO}no ip prefix-list office\n", 4, "'no ip prefix-list office' takes networks away", id="no"
        ),
        pytest.param(
            f"{JUNIPER}delete policy-options prefix-list office\n",
            9,
            "'delete policy-options prefix-list office' takes networks away",
            id="a list in braces that is deleted after it",
        ),
        *(
            pytest.param(text, line, f"'{said}' is not ", id=said)
            for said, text, line in (
                (
                    "deactivate policy-options prefix-list office",
                    f"{JUNIPER}deactivate policy-options prefix-list office\n",
                    9,
                ),
                ("inactive: 192.0.2.0/24", JUNIPER.replace("192.0.2.0/24", "inactive: 192.0.2.0/24"), 4),
                ("inactive: prefix-list office {", f"{JUNIPER}inactive: prefix-list office {{\n}}\n", 9),
            )
        ),
        pytest.param(
            f"{CISCO}ip prefix-list office permit\n", 4, "'ip prefix-list office permit' is not a row", id="cut"
        ),
        pytest.param(JUNIPER.replace(" }\n}\n", ""), 3, "ends within the list 'office'", id="a list that is cut off"),
        pytest.param(
            JUNIPER.replace("    192.0.2.0/24;", "  apply-path x"), 4, "'apply-path x' is not a row", id="words"
        ),
    ],
)
def test_lists_that_are_refused(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_what_is_left_of_a_prefix_list_is_named() -> None:
    text = f"! from bgpq3\n{CISCO}ip prefix-list office description our office\nip prefix-list office deny any\n"
    assert left(text) == {
        "what removes a list before it is written anew": [2],
        "other lines": [5],
        "the row that denies all the rest": [6],
    }


RPSL = """\
% This is a registry.

route:      192.0.2.0/24
descr:      an office
origin:     AS64496
source:     RADB

route6:     2001:db8::/32
origin:     as64496 # the same
"""


def test_the_routes_of_a_registry_are_parts_by_their_origin() -> None:
    assert found_format(RPSL) == "routes of a registry"
    assert entries(RPSL) == ["192.0.2.0/24", "2001:db8::/32"]
    assert left(RPSL) == {"what else is known of a route": [4, 6]}
    other = f"{RPSL}\nroute: 198.51.100.0/24\norigin: AS64497\n"
    assert refusal(other)[1].startswith("holds several lists: 'AS64496' (line 3), 'AS64497' (line 11)")
    assert entries(other, "AS64497") == ["198.51.100.0/24"]


def test_a_route_without_an_origin_is_cut_off() -> None:
    cut = "has no origin; fetch the routes again"
    assert refusal(f"{RPSL}route: 198.51.100.0/24\n") == (10, f"'198.51.100.0/24' {cut}")
    assert refusal(f"route: 198.51.100.0/24\n\n{RPSL}") == (1, f"'198.51.100.0/24' {cut}")
