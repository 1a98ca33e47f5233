"""Rules of ufw: what they allow, and what they say beside the addresses."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, refusal
from tests.formats.test_iptables import EVERYONE, NOT_BY_ITSELF, OPEN

STATUS = """\
Status: active
Default: deny (incoming), allow (outgoing), disabled (routed)

     To                         Action      From
     --                         ------      ----
[ 1] 443/tcp                    ALLOW IN    192.0.2.0/24              (log)
[ 2] 443/tcp                    ALLOW IN    203.0.113.7                # not 10.0.0.1
[ 3] 22/tcp                     LIMIT IN    Anywhere
[ 4] 443/tcp                    DENY IN     Anywhere
[ 5] Anywhere                   ALLOW OUT   203.0.113.10               (out)
[ 6] 443/tcp (v6)               ALLOW IN    2001:db8::/32
[ 7] 443/tcp (v6)               DENY IN     Anywhere (v6)

"""
SHORT = """\
Status: active

To                         Action      From
--                         ------      ----
Anywhere                   ALLOW       10.0.0.0/8
80,443/tcp (WWW Full)      ALLOW       Anywhere
"""
UFW: list[Any] = [
    pytest.param(STATUS, ["192.0.2.0/24", "203.0.113.7/32", "2001:db8::/32"], id="what ufw status numbered prints"),
    pytest.param(SHORT, ["10.0.0.0/8"], id="what ufw status prints"),
    pytest.param("ufw allow from 192.0.2.0/24\nufw allow from ::1\n", ["192.0.2.0/24", "::1/128"], id="two rules"),
    pytest.param(
        "sudo ufw insert 1 allow from 10.1.2.3/8 to any port 443 proto tcp comment 'deny from 10.0.0.1'\n",
        ["10.0.0.0/8"],
        id="a rule with a port and a comment",
    ),
    pytest.param(
        "ufw disable\nufw --force reset\nufw default deny incoming\nufw allow ssh\nufw allow from ::1 # office\n",
        ["::1/128"],
        id="other rules",
    ),
]


@pytest.mark.parametrize(("text", "expected"), UFW)
def test_the_addresses_that_ufw_allows(text: str, expected: list[str]) -> None:
    assert found_format(text) == "rules of ufw"
    assert entries(text) == expected


REFUSED: list[Any] = [
    *(
        pytest.param(f"ufw allow from ::1\n{rule}\n", 2, f"'{rule}' {problem}", id=rule)
        for rule, problem in (
            ("ufw deny from ::2", EXCEPTION),
            ("ufw reject from ::2 to any port 22", EXCEPTION),
            ("ufw delete allow from ::2", EXCEPTION),
            ("ufw delete 1", EXCEPTION),
            ("ufw --force reset", "takes away the rules above it, or makes them idle; a list file has none"),
            ("sudo ufw disable", "takes away the rules above it, or makes them idle; a list file has none"),
            ("ufw limit from ::2", NOT_BY_ITSELF),
            ("ufw allow from any", EVERYONE),
        )
    ),
    pytest.param(
        "ufw allow from ::1\nufw allow from x.example\n", 2, "'x.example' is a host name", id="a host name of ufw"
    ),
    *(
        pytest.param(text, line, f"{said!a} comes before rules that accept, and may refuse their addresses", id=name)
        for name, line, said, text in (
            ("a port is denied first", 1, "ufw deny 80", "ufw deny 80\nufw allow from ::1 to any port 80\n"),
            ("a port is denied, put first", 2, "ufw prepend deny 80", "ufw allow from ::1\nufw prepend deny 80\n"),
        )
    ),
]


REFUSED += [
    pytest.param(f"{SHORT}{row}\n", 7, f"'{' '.join(row.split())}' {problem}", id=f"in a table: {name}")
    for name, row, problem in (
        ("an address that is denied", "Anywhere    DENY        10.1.0.0/16", EXCEPTION),
        ("an address that is limited", "Anywhere    LIMIT       192.0.2.7", NOT_BY_ITSELF),
        ("everyone", "Anywhere    ALLOW       Anywhere", EVERYONE),
        ("everyone of IPv6", "Anywhere (v6)    ALLOW       Anywhere (v6)", EVERYONE),
    )
]
REFUSED += [
    pytest.param(
        STATUS.replace("deny (incoming)", "allow (incoming)").replace("DENY", "LIMIT"),
        2,
        f"'Default: allow (incoming), allow (outgoing), disabled (routed)' {OPEN}",
        id="a default that lets everyone in, in a table",
    ),
    pytest.param(
        "ufw allow from ::1\nsudo ufw default allow incoming\n",
        2,
        f"'sudo ufw default allow incoming' {OPEN}",
        id="a default that lets everyone in",
    ),
    pytest.param(
        STATUS.replace("[ 7]", "443/tcp ALLOW IN 10.0.0.0/8\n[ 7]"),
        9,
        "'[ 4] 443/tcp DENY IN Anywhere' comes before rules that accept",
        id="a port that is denied before an address is allowed, in a table",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ufw allow from ::1\nufw allow out from ::2\n", id="it is about what this host sends"),
        pytest.param("ufw allow from ::1 to any port 80\nufw deny 80\n", id="it comes after the rule that accepts"),
    ],
)
def test_a_rule_that_takes_no_client_away_is_left(text: str) -> None:
    assert entries(text) == ["::1/128"]


def test_a_source_port_and_a_port_are_other_lists() -> None:
    text = f"{SHORT}53/udp      ALLOW       192.0.2.7\nAnywhere    ALLOW       192.0.2.8 53/udp\n"
    assert refusal(text)[1].startswith("holds several lists: 'in' (line 5), 'in 53/udp' (line 7), 'in from 53/udp'")
    assert entries(text, "in from 53/udp") == ["192.0.2.8/32"]
