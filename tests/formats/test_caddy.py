"""Matchers of Caddy."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

MATCHERS: list[Any] = [
    pytest.param("@a {\n  remote_ip 192.0.2.0/24 ::1\n}\n", ["192.0.2.0/24", "::1/128"], id="a matcher in a block"),
    pytest.param("@a client_ip 10.1.2.3/8\nhandle @a {\n  respond ok\n}\n", ["10.0.0.0/8"], id="a matcher on one line"),
    pytest.param(
        '@a remote_ip forwarded "192.0.2.7" \\\n  ::1 # ::2\n', ["192.0.2.7/32", "::1/128"], id="words and quotes"
    ),
    pytest.param(
        "@a {\n  path /xmlrpc.php\n  remote_ip ::1\n  remote_ip ::2\n}\n",
        ["::1/128", "::2/128"],
        id="two lines, and a path",
    ),
    pytest.param(
        "{\n  servers {\n    trusted_proxies static private_ranges 192.0.2.7\n  }\n}\n",
        [
            "192.168.0.0/16",
            "172.16.0.0/12",
            "10.0.0.0/8",
            "127.0.0.0/8",
            "fd00::/8",
            "::1/128",
            "192.0.2.7/32",
        ],
        id="the trusted proxies",
    ),
]


@pytest.mark.parametrize(("text", "expected"), MATCHERS)
def test_the_addresses_of_a_matcher(text: str, expected: list[str]) -> None:
    assert found_format(text) == "address matchers of Caddy"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param("@a not remote_ip ::1\n", 1, f"'@a not remote_ip ::1' {EXCEPTION}", id="a negation"),
    pytest.param("@a {\n  not remote_ip ::1\n}\n", 2, f"'not remote_ip ::1' {EXCEPTION}", id="a negation in a block"),
    pytest.param("@a {\n  not {\n  remote_ip ::1\n  }\n}\n", 3, f"'remote_ip ::1' {EXCEPTION}", id="a negated block"),
    pytest.param("@a remote_ip ::1 {$OFFICE}\n", 1, "'{$OFFICE}' is not an address", id="a variable"),
    pytest.param(
        "@a {\n  expression !remote_ip('::2')\n}\n@b remote_ip ::1\n",
        2,
        "\"expression !remote_ip('::2')\" decides by an expression, which may be one; a list file has none",
        id="an expression, which may negate",
    ),
    *(
        pytest.param(
            f"@a remote_ip ::1\n{rule}\n",
            2 + rule.count("{"),
            f"'{' '.join(rule.split()).replace(' {', '').replace(' }', '')}' refuses a matcher's clients; a list file",
            id=f"what refuses the matcher's clients: {rule!a}",
        )
        for rule in ("abort @a", "respond @a 403", "redir @a /", "error @a no 404", "handle @a {\n abort\n}")
    ),
    pytest.param("@a {\n  remote_ip ::1\n", 2, "ends within a block; fetch or write it again", id="cut off"),
    pytest.param(
        "@a {\n  remote_ip ::1\n  client_ip ::1\n}\n",
        3,
        "'client_ip ::1' and a matcher of the other kind must both fit, which a list file cannot say",
        id="the peer and the client, which must both fit",
    ),
    pytest.param(
        "@a remote_ip ::1\n" + "a {\n" * 101,
        102,
        "opens a block in more than 100 others; write fewer",
        id="a hundred blocks in one another",
    ),
    pytest.param("@a remote_ip ::1\n}\n", 2, "closes what is not open; write what Caddy reads", id="a brace too many"),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_a_refusal_of_the_others_and_an_answer_are_left() -> None:
    text = "@a remote_ip ::1\nhandle @a {\n respond ok 200\n}\nhandle {\n abort\n}\nrespond /x 403\n{\n}\n"
    assert entries(text) == ["::1/128"]


def test_one_of_several_matchers_is_named() -> None:
    text = "@a remote_ip ::1\nhandle {\n  remote_ip forwarded ::2\n}\n"
    assert refusal(text)[1].startswith("holds several lists: '@a' (line 1), 'handle' (line 3); name the one")
    assert entries(text, "@a") == ["::1/128"]
    assert left(text, "handle") == {"other lines": [2], "that a forwarded header is read": [3]}
