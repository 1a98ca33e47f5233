"""hosts.allow, Fail2ban's ignoreip, and IIS' ipSecurity."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

HOSTS: list[Any] = [
    pytest.param(
        "# office\nsshd: 10.1. 192.0.2.7\n", ["10.1.0.0/16", "192.0.2.7/32"], id="the beginning of an address"
    ),
    pytest.param(
        "ALL: 192.168.0.0/255.255.0.0, [2001:db8::]/32, [::1] : allow\n",
        ["192.168.0.0/16", "2001:db8::/32", "::1/128"],
        id="a netmask, brackets and an option",
    ),
    pytest.param(
        "sshd, vsftpd : 10.0.0.1 \\\n  10.0.0.2\r\n", ["10.0.0.1/32", "10.0.0.2/32"], id="a line that goes on"
    ),
]


@pytest.mark.parametrize(("text", "expected"), HOSTS)
def test_the_clients_of_hosts_allow(text: str, expected: list[str]) -> None:
    assert found_format(text) == "hosts.allow of TCP wrappers"
    assert entries(text) == expected


HOSTS_REFUSED: list[Any] = [
    pytest.param("sshd: 10.1. EXCEPT 10.1.2.\n", 1, f"'sshd: 10.1. EXCEPT 10.1.2.' {EXCEPTION}", id="EXCEPT"),
    pytest.param("sshd: 10.1.\nALL: ALL: deny\n", 2, f"'ALL: ALL: deny' {EXCEPTION}", id="a rule that denies"),
    pytest.param(
        "sshd: 10.1.\nsshd: 10.2. : Deny\n", 2, f"'sshd: 10.2. : Deny' {EXCEPTION}", id="an option in other letters"
    ),
    pytest.param(
        "sshd: 10.1.\nsshd: 10.2. : twist /bin/echo no\n",
        2,
        f"'sshd: 10.2. : twist /bin/echo no' {EXCEPTION}",
        id="an option that answers in place of the daemon",
    ),
    pytest.param(
        "sshd: 10.1.,EXCEPT,10.1.2.\n", 1, f"'sshd: 10.1.,EXCEPT,10.1.2.' {EXCEPTION}", id="EXCEPT between commas"
    ),
    *(
        pytest.param(f"{key}: 192.0.2.8\n", 1, f"'{key}: 192.0.2.8' {EXCEPTION}", id=f"a key of YAML, {key}")
        for key in ("blocked", "not_allowed", "banned", "sshd blacklisted")
    ),
    pytest.param(
        "action: deny\nallowed: 192.0.2.8\n",
        1,
        f"'action: deny' {EXCEPTION}",
        id="a verdict of YAML",
    ),
    pytest.param("sshd: 10.1.\nsshd: [10.1.2.3]\n", 2, "'[10.1.2.3]' ", id="brackets around IPv4"),
    pytest.param("sshd: 10.1.\nALL: ALL\n", 0, "", id="everyone, for other daemons"),
    pytest.param(
        "sshd: 10.1.\nsshd: ALL\n", 2, "'ALL' lets everyone in; leave only the clients that are", id="everyone"
    ),
    pytest.param("sshd: 10.1.\nsshd: .example\n", 2, "'.example' is not an address", id="a domain"),
    pytest.param("sshd: 10.1.\nsshd: LOCAL\n", 2, "'LOCAL' is not an address", id="names without a dot"),
    pytest.param(
        "sshd: 10.1.\nsshd: 10.2\n", 2, "'10.2' is a partial address; write 10.2.0.0/16", id="no dot at the end"
    ),
    pytest.param("sshd: 10.1.\nsshd: 10.1.2.3/8\n", 2, "'10.1.2.3/8' has host bits set", id="host bits"),
    pytest.param("sshd: 10.1.\nsshd 10.2.\n", 2, "'sshd 10.2.' is not a rule; write daemons, a colon", id="no colon"),
]


@pytest.mark.parametrize(("text", "line", "problem"), HOSTS_REFUSED)
def test_what_a_list_file_cannot_say_of_clients(text: str, line: int, problem: str) -> None:
    found, why = refusal(text, "sshd") if line == 0 else refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


FAIL2BAN = """\
[DEFAULT]
# ignoreip = 10.0.0.1
ignoreip = 127.0.0.1/8 ::1, 192.0.2.7 ; its own
           203.0.113.0/24
bantime = 1h
    5
"""


def test_a_rule_that_denies_counts_for_the_other_daemons_too() -> None:
    text = "ALL: 10.1.2. : deny\nsshd: 10.1.\n"
    assert refusal(text, "sshd") == (1, f"'ALL: 10.1.2. : deny' {EXCEPTION}")


def test_an_option_that_stands_twice_in_a_section_is_refused() -> None:
    said = "stands in this section already, which Fail2ban does not read; leave one of them"
    assert refusal("[a]\nignoreip = ::1\n[a]\nignoreip = ::2\n") == (4, said)
    assert refusal("ignoreip = ::1\n  ::2\nignoreip = ::3\n") == (3, said)
    assert entries("[a]\nignoreip = ::1\n[b]\nignoreip = ::1\n") == ["::1/128"]


def test_the_addresses_that_fail2ban_ignores() -> None:
    assert found_format(FAIL2BAN) == "ignoreip of Fail2ban"
    assert entries(FAIL2BAN) == ["127.0.0.0/8", "::1/128", "192.0.2.7/32", "203.0.113.0/24"]
    assert left(FAIL2BAN)["other options"] == [5, 6]
    assert refusal(f"{FAIL2BAN}[sshd]\nignoreip = x.example\n", "sshd")[0] == 8
    assert refusal(f"{FAIL2BAN}ignoreip = %(other)s\n")[0] == 7
    assert refusal(f"{FAIL2BAN}words alone\n") == (
        7,
        "'words alone' is neither a section nor an option; write what Fail2ban reads",
    )
    assert entries("ignoreip = ::1\n") == ["::1/128"]
