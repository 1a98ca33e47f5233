"""csf.allow of ConfigServer Firewall: addresses alone, and its rules."""

from typing import Any

import pytest

from tests.formats.reading import entries, found_format, left, refusal

ALLOW = """\
# The following IP addresses will be allowed through iptables.
tcp|in|d=443|s=198.51.100.7 # a service that watches
in|d=443|s=2001:db8::/32
tcp|out|d=22|d=203.0.113.9
"""
RULES: list[Any] = [
    pytest.param(ALLOW, ["198.51.100.7/32", "2001:db8::/32"], id="rules of one port"),
    pytest.param("192.0.2.7 # office\ntcp|out|d=22|d=203.0.113.9\n", ["192.0.2.7/32"], id="an address before a rule"),
]


@pytest.mark.parametrize(("text", "expected"), RULES)
def test_the_addresses_that_csf_lets_in(text: str, expected: list[str]) -> None:
    assert found_format(text) == "csf.allow of ConfigServer Firewall"
    assert entries(text) == expected


def test_addresses_alone_are_a_list_file_already() -> None:
    assert found_format("192.0.2.7 # office\n198.51.100.0/24\n") == "lines of entries"


REFUSED: list[Any] = [
    pytest.param(
        f"{ALLOW}Include /etc/csf/office.allow\n",
        5,
        "'Include /etc/csf/office.allow' reads another file; convert that one",
        id="another file",
    ),
    pytest.param(
        f"{ALLOW}tcp|in|d=443\n", 5, "'tcp|in|d=443' is not a rule about one source", id="a rule without a source"
    ),
    pytest.param(f"{ALLOW}tcp|in|d=443|s=a.example\n", 5, "'a.example' is a host name", id="a host name"),
    pytest.param(
        f"{ALLOW}192.0.2.7\n", 0, "holds several lists: 'in tcp d=443' (line 2), 'all' (line 5)", id="two lists"
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_parts_are_named_by_what_a_rule_says() -> None:
    assert entries(f"{ALLOW}192.0.2.7\n", "all") == ["192.0.2.7/32"]
    assert left(ALLOW) == {"rules about what this host sends": [4], "comments": [1]}
