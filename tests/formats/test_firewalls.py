"""Tables of pf and address lists of RouterOS."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

PF: list[Any] = [
    pytest.param(
        "table <office> persist { 192.0.2.0/24, 2001:db8::/32 \\\n  198.51.100.7 } # { ::1 }\npass in from <office>\n",
        ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"],
        id="a table and a rule that uses it",
    ),
    pytest.param(
        "table <a> const counters {\n  10.1.2.3/8\n  ::1\n}\nblock all\n", ["10.0.0.0/8", "::1/128"], id="lines"
    ),
    pytest.param("table <a> persist\ntable <a> { ::1 }\n", ["::1/128"], id="a table that is empty above"),
    pytest.param("table <a> { ::1 }\nblock in from ! 10.0.0.1\n", ["::1/128"], id="a rule without the table"),
]


@pytest.mark.parametrize(("text", "expected"), PF)
def test_the_addresses_of_a_table(text: str, expected: list[str]) -> None:
    assert found_format(text) == "tables of pf"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param("table <a> { 10.0.0.0/8,\n  !10.1.0.0/16 }\n", 2, f"'! 10.1.0.0/16' {EXCEPTION}", id="a negation"),
    pytest.param(
        "table <a> { 10.0.0.0/8 ! 10.1.0.0/16 }\n", 1, f"'! 10.1.0.0/16' {EXCEPTION}", id="a sign and a blank"
    ),
    pytest.param("table <a> { ::1 }\nblock from !<a>\n", 2, f"'block from !<a>' {EXCEPTION}", id="a negated table"),
    pytest.param("table <a> { ::1 }\nblock in from <a>\n", 2, f"'block in from <a>' {EXCEPTION}", id="a blocked table"),
    pytest.param('table <a> { ::1 } file "/etc/a"\n', 1, "the table 'a' reads a file; convert that one", id="a file"),
    pytest.param(
        'table <a> persist file "/etc/a"\n', 1, "the table 'a' reads a file; convert that one", id="a file alone"
    ),
    pytest.param(
        "table <a> { ::1 }\ntable <b> {\n::2\n",
        2,
        "ends within the table 'b'; fetch or write it again",
        id="a table that is cut off",
    ),
    pytest.param(
        "table <a> { ::1 }\ntable <a> { ::2 }\n",
        2,
        "the table 'a' has addresses above, whose place these may take; leave the table that is meant",
        id="a table that is written again",
    ),
    pytest.param(
        "table <a> { ::1 }\npfctl -t a -T flush\n", 2, f"'pfctl -t a -T flush' {EXCEPTION}", id="a table is emptied"
    ),
    pytest.param(
        "table <a> { ::1 }\nblock in quick from {\n<b>,\n<a> }\n",
        2,
        f"'block in quick from {{ <b>, <a> }}' {EXCEPTION}",
        id="a blocked table, in a rule of several lines",
    ),
    pytest.param(
        "table <a> { ::1 }\nblock in \\\n from <a>\n", 2, f"'block in from <a>' {EXCEPTION}", id="a line that goes on"
    ),
    pytest.param(
        "table <a> { ::1 }\nblock in \\\r\n from <a> \\", 2, f"'block in from <a>' {EXCEPTION}", id="to the end"
    ),
    pytest.param("table <a> { ::1 self }\n", 1, "'self' is not an address", id="the machine itself"),
    *(
        pytest.param(f"add address=10.0.0.1 list=a\n{words}", 2, f"'{words}' is an exception", id=words)
        for words in (
            "set [find address=10.0.0.1] disabled=yes",
            "add chain=input src-address-list=a action=drop",
            "add chain=input action=reject src-address-list=a",
            "add chain=input src-address-list=!a action=accept",
        )
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say_of_a_table(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_one_of_several_tables_is_named() -> None:
    text = "table <a> { ::1 }\ntable <b> { ::2 }\n"
    assert (
        refusal(text)[1] == "holds several lists: 'a' (line 1), 'b' (line 2); name the one that is meant with --field"
    )
    assert entries(text, "b") == ["::2/128"]


ROUTEROS = """\
# by RouterOS 7.1
/ip firewall address-list
add address=192.0.2.0/24 comment="the office, list=x" list=office
add address=198.51.100.1-198.51.100.9 list=office timeout=1d
add address=203.0.113.7 disabled=yes list=office
/ipv6 firewall address-list add list=office \\
    address=2001:db8::/32
"""


def test_the_addresses_of_a_list_of_routeros() -> None:
    assert found_format(ROUTEROS) == "address lists of RouterOS"
    assert entries(ROUTEROS) == ["192.0.2.0/24", "198.51.100.1-198.51.100.9", "2001:db8::/32"]
    assert left(ROUTEROS) == {
        "other commands": [2],
        "a time after which RouterOS would have removed the entry, which a list file has not": [4],
        "entries that are disabled": [5],
        "comments": [1],
    }


def test_the_commands_of_routeros_scripts() -> None:
    text = """\
:global AddressList
/ip firewall address-list
:do {add list=$AddressList comment=AS64496 address=192.0.2.0/24} on-error {}
:if ([:len [find where list=$AddressList and address=198.51.100.0/24]] = 0) do={ add list=$AddressList address=::1 }
/ip firewall address-list/add list=$AddressList address=203.0.113.7
"""
    assert entries(text) == ["192.0.2.0/24", "::1/128", "203.0.113.7/32"]


def test_what_a_list_file_cannot_say_of_routeros() -> None:
    assert refusal(f"{ROUTEROS}add address=x.example list=office\n")[0] == 8
    assert refusal(f"{ROUTEROS}remove [find list=office address=192.0.2.7]\n") == (
        8,
        f"'remove [find list=office address=192.0.2.7]' {EXCEPTION}",
    )
    assert entries(f"{ROUTEROS}add address=::1 list=home\n", "home") == ["::1/128"]
