"""ACLs of Varnish."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

ACLS: list[Any] = [
    pytest.param('acl office {\n  "192.0.2.0"/24;\n  "::1"; // home\n}\n', ["192.0.2.0/24", "::1/128"], id="an ACL"),
    pytest.param("acl a -pedantic +log { 10.1.2.3 / 8; }\n", ["10.0.0.0/8"], id="flags, no quotes, host bits"),
    pytest.param('vcl 4.1;\nacl a {\n# "10.0.0.1";\n/* !\n"10.0.0.2"; */\n"::1"\n/ 64;\n}\n', ["::/64"], id="comments"),
    pytest.param('acl a { "::1"; }\nsub vcl_recv { if (client.ip ~ a) { pass; } }\n', ["::1/128"], id="a condition"),
    pytest.param(
        'acl a { "::1"; }\nsub vcl_recv { if (client.ip ~ a) { return (pass); } else { return (synth(403)); } }\n',
        ["::1/128"],
        id="all others are refused",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ACLS)
def test_the_entries_of_an_acl(text: str, expected: list[str]) -> None:
    assert found_format(text) == "ACLs of Varnish"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param('acl a {\n"10.0.0.0"/8;\n! "10.1.2.3";\n}\n', 3, f"'! \"10.1.2.3\"' {EXCEPTION}", id="a negation"),
    pytest.param('acl a {\n"localhost";\n}\n', 2, "'localhost' is a host name; write 127.0.0.1 or ::1", id="localhost"),
    pytest.param(
        'acl a {\n("x.example");\n}\n', 2, "'(\"x.example\")' is not an address; write only", id="a name to try"
    ),
    pytest.param(
        'acl a {\n"::1";\n}\n/* acl b {\n"::2";\n}\n',
        4,
        "begins a comment that does not end; fetch or write it again",
        id="a comment that is cut off",
    ),
    pytest.param('acl a {\ninclude "b";\n}\n', 2, "'include \"b\"' is not an address; write only", id="an include"),
    pytest.param('acl a {\n"10.0.0.0"/8;\n', 1, "ends within the ACL 'a'; fetch or write it again", id="cut off"),
    pytest.param('acl a { "::1"; }\nif (!client.ip ~ a) {}\n', 2, f"'!client.ip ~ a' {EXCEPTION}", id="a negated ACL"),
    *(
        pytest.param(
            f'acl a {{ "::1"; }}\nsub x {{\nif ({before}client.ip ~ a{after}) {{ {does} }}\n}}\n',
            3,
            "'~ a' is a condition under which clients are refused; a list file has none",
            id=f"{before}an ACL{after}: {does}",
        )
        for before, after, does in (
            ("", "", "return (synth(403));"),
            ("", " && req.url ~ b", 'return(synth(429, "no"));'),
            ("req.url ~ b && ", "", "error 403;"),
            ("", "", "set req.x = 1; return (fail);"),
            ("", "", "if (req.url ~ b) { return (synth(404)); }"),
        )
    ),
    pytest.param('acl a { "::1"; }\nif (client.ip !~ a) {}\n', 2, f"'!~ a' {EXCEPTION}", id="a negated match"),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_one_of_several_acls_is_named() -> None:
    text = 'acl a { "::1"; }\nacl b { "::2"; }\nif (client.ip ~ b || x ~ c) {}\n'
    assert entries(text, "b") == ["::2/128"]
    assert left(text, "b") == {"conditions": [3]}
