"""nginx' allow and deny, geo and set_real_ip_from: what is converted, and what is refused rather than dropped."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal
from tests.lab.setups import POST_NGINX

ACCESS: list[Any] = [
    pytest.param(POST_NGINX, ["192.0.64.0/18"], id="the block of 2015"),
    pytest.param("allow 10.0.0.0/8;\nallow ::1;\ndeny all;\n", ["10.0.0.0/8", "::1/128"], id="a file to include"),
    pytest.param("allow 10.0.0.0/8;\n", ["10.0.0.0/8"], id="rules without the one that refuses the rest"),
    pytest.param("allow 10.0.0.0/8; allow 10.0.0.0/8; deny all; deny all;", ["10.0.0.0/8"] * 2, id="rules on one line"),
    pytest.param("\r\nallow 10.0.0.0/8; # office\r\ndeny all;\r\n", ["10.0.0.0/8"], id="lines as on Windows"),
    pytest.param("\ufeffallow 10.0.0.0/8;\ndeny all;", ["10.0.0.0/8"], id="a byte order mark"),
    pytest.param("allow\n  10.0.0.0/8\n  ;", ["10.0.0.0/8"], id="a rule over three lines"),
    pytest.param("allow \"10.0.0.0/8\"; allow '::1'; deny 'all';", ["10.0.0.0/8", "::1/128"], id="quotes"),
    pytest.param("allow 10.1.2.3/8;", ["10.0.0.0/8"], id="host bits, which nginx cuts off"),
    pytest.param("allow 2001:db8::1/32;", ["2001:db8::/32"], id="host bits in IPv6"),
    pytest.param("allow 10.0.0.0/255.0.0.0;", ["10.0.0.0/8"], id="a netmask"),
    pytest.param("allow ::ffff:10.0.0.0/104;", ["10.0.0.0/8"], id="IPv4-mapped IPv6"),
    pytest.param(
        "# deny 10.0.0.1;\nallow 10.0.0.0/8; # deny 10.0.0.2;\n", ["10.0.0.0/8"], id="a rule that is commented out"
    ),
    pytest.param(
        'location ~ "^/x{2}#$" { allow 10.0.0.0/8; deny all; set $a "b;{c"; }',
        ["10.0.0.0/8"],
        id="signs of the language in quotes",
    ),
    pytest.param(
        "location /x { allow 10.0.0.0/8; deny all; proxy_pass ${scheme}://a$uri; }", ["10.0.0.0/8"], id="variables"
    ),
    pytest.param(
        "location /x { include fastcgi_params; include snippets/fastcgi-php.conf; allow ::1; deny all;\n"
        "fastcgi_pass 127.0.0.1:9000; error_page 403 http://127.0.0.1/; }\nlocation ~ /\\.ht { deny all; }\n",
        ["::1/128"],
        id="what else stands in a block, and a block that refuses all",
    ),
    pytest.param(
        "location /a { allow 10.0.0.0/8; deny all; }\nlocation /b { allow 10.0.0.1/8; deny all; }",
        ["10.0.0.0/8"],
        id="two blocks that let in the same",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ACCESS)
def test_what_allow_lets_in(text: str, expected: list[str]) -> None:
    assert found_format(text) == "nginx' allow and deny"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param(
        "allow 10.0.0.0/8;\ndeny 10.1.2.3;\ndeny all;", 2, f"'deny 10.1.2.3' {EXCEPTION}", id="deny after allow"
    ),
    pytest.param(
        "deny 10.1.2.3;\nallow 10.0.0.0/8;\ndeny all;", 1, f"'deny 10.1.2.3' {EXCEPTION}", id="deny before it"
    ),
    pytest.param("deny 10.1.2.3;\ndeny ::1;", 1, f"'deny 10.1.2.3' {EXCEPTION}", id="a block list"),
    pytest.param(
        "allow 10.0.0.0/8;\nallow all;",
        2,
        "'allow all' lets everyone in; leave only the rules that are meant",
        id="allow all after a rule",
    ),
    pytest.param(
        "allow 10.0.0.0/8;\ndeny all;\nallow ::1;",
        2,
        "'deny all' stands before other rules, which have no effect; write it last",
        id="deny all before a rule",
    ),
    pytest.param(
        "location /a {\nallow ::1;\ndeny all;\nreturn 403;\n}",
        4,
        "'return 403' answers before allow and deny are looked at; leave only the rules that are meant",
        id="an answer that comes first, whoever asks",
    ),
    pytest.param(
        "allow ::1;\ndeny all;\nauth_basic office;\n",
        3,
        "'auth_basic office' must let a client in too, which a list file cannot say; leave only addresses",
        id="a password that is asked for too",
    ),
    pytest.param("allow 10.0.0.0/8;\nallow unix:;", 2, "'unix:' is not an address", id="clients of a unix socket"),
    pytest.param("allow 10.0.0.0/8;\nallow office.example;", 2, "'office.example' is a host name", id="a host name"),
    pytest.param("allow 10.0.0.0/8;\nallow $office;", 2, "'$office' is not an address", id="a variable"),
    pytest.param("allow 10.0.0.0/8;\nallow 10.1;", 2, "'10.1' is a partial address", id="a partial address"),
    pytest.param(
        "allow 10.0.0.0/8;\nallow cloudflare;", 2, "'cloudflare' is the name of a published list", id="a word of ours"
    ),
    pytest.param(
        "allow 10.0.0.0/8;\nallow ::1 ::2;", 2, "'allow ::1 ::2' is not a rule; write one address", id="two addresses"
    ),
    pytest.param(
        "allow 10.0.0.0/8;\nallow ;", 2, "'allow' is not a rule; write one address after allow", id="no address"
    ),
    pytest.param(
        "location / {\nallow 10.0.0.0/8;\ninclude office.conf;\n}",
        3,
        "includes 'office.conf', which may hold more rules; put them in place of it",
        id="rules in another file",
    ),
    pytest.param(
        "location / {\nallow 10.0.0.0/8;\nif ($remote_addr = 10.1.2.3) { return 403; }\ndeny all;\n}",
        3,
        "'if ($remote_addr = 10.1.2.3)' decides by address too",
        id="a condition on the address",
    ),
    pytest.param(
        "server {\nlocation /a {\nallow ::1;\n}\nlocation /b {\ndeny all;\n}\n}",
        2,
        "'location /a' lets everyone in, as no 'deny all' refuses the rest; leave only the rules that are meant",
        id="a block without the rule that refuses the rest",
    ),
    pytest.param(
        "location / {\nallow 10.0.0.0/8;\ndeny all;\n", 3, "ends in the middle of a directive or a block", id="cut off"
    ),
    pytest.param("allow 10.0.0.0/8;\nallow 10.0", 2, "ends in the middle of a directive or a block", id="a cut rule"),
    pytest.param("allow 10.0.0.0/8;\n}\n", 2, "closes what is not open; write what nginx reads", id="a brace too many"),
    pytest.param("{ allow 10.0.0.0/8 }\n", 1, "closes what is not open", id="a rule without its end"),
    pytest.param('allow 10.0.0.0/8;\nallow "10\n', 2, "has a stray '\"'; write what nginx reads", id="an open quote"),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_rules_that_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text, format_="nginx")
    assert (found, why[: len(problem)]) == (line, problem)


BLOCKS = """\
server {
    location /a { allow 10.0.0.0/8; deny all; }
    location /b { allow 192.0.2.0/24; deny 192.0.2.7; deny all; }
}
server {
    location /a { allow ::1; deny all; }
}
"""


def test_blocks_that_let_in_others_must_be_named() -> None:
    known = "'location /a (line 2)' (line 2), 'location /b' (line 3), 'location /a (line 6)' (line 6)"
    assert refusal(BLOCKS) == (0, f"holds several lists: {known}; name the one that is meant with --field")
    assert entries(BLOCKS, "location /a (line 6)") == ["::1/128"]
    assert entries(BLOCKS, "location /a (line 2)", "location /a (line 6)") == ["10.0.0.0/8", "::1/128"]
    assert refusal(BLOCKS, "location /b") == (3, f"'deny 192.0.2.7' {EXCEPTION}")
    assert refusal(BLOCKS, "location /c") == (0, f"has no part 'location /c'; it has {known}")


def test_what_is_left_is_named_with_its_lines() -> None:
    text = "# office\nallow_x on;\nallow 10.1.0.0/8;\ndeny all; # the rest\n"
    assert left(text) == {
        "other directives": [2],
        "the notation of nginx' allow and deny": [3],
        "'deny all', which refuses all the rest": [4],
        "comments": [1],
    }


GEO: list[Any] = [
    pytest.param("geo $a { default 0; 10.0.0.0/8 1; ::1 1; }", ["10.0.0.0/8", "::1/128"], id="a default that is off"),
    pytest.param("geo $a { 10.0.0.0/8 yes; default no; }", ["10.0.0.0/8"], id="a default after the rows"),
    pytest.param("geo $a { 10.0.0.0/8 1; }", ["10.0.0.0/8"], id="no default, which is off"),
    pytest.param('geo $a { default ""; 10.0.0.0/8 "on"; }', ["10.0.0.0/8"], id="values in quotes"),
    pytest.param("geo $remote_addr $a {\n10.0.0.0/8 1;\n}", ["10.0.0.0/8"], id="the address of a variable"),
    pytest.param("geo $a { 10.1.2.3/8 1; }", ["10.0.0.0/8"], id="host bits, which nginx cuts off"),
    pytest.param("geo $a { 10.0.0.0/8 1; 10.1.0.0/16 1; }", ["10.0.0.0/8", "10.1.0.0/16"], id="a row within another"),
    pytest.param(
        "geo $a { ranges; default 0; 10.0.0.0-10.0.0.9 1; 10.0.1.0-10.0.1.255 1; }",
        ["10.0.0.0-10.0.0.9", "10.0.1.0/24"],
        id="ranges",
    ),
    pytest.param(
        "geo $a { default 0; proxy 192.0.2.0/24; proxy_recursive; 10.0.0.0/8 1; }",
        ["10.0.0.0/8"],
        id="proxies, which are not rows",
    ),
    pytest.param("10.0.0.0/8 DE;\n# more\n::1/128 DE;\n", ["10.0.0.0/8", "::1/128"], id="rows for a block to include"),
    pytest.param("server { listen 80; }\ngeo $a { 10.0.0.0/8 1; }\n", ["10.0.0.0/8"], id="a block among others"),
]


@pytest.mark.parametrize(("text", "expected"), GEO)
def test_the_rows_of_geo(text: str, expected: list[str]) -> None:
    assert found_format(text) == "nginx' geo"
    assert entries(text) == expected


OFF = "is an exception, its value being off; a list file has none"
GEO_REFUSED: list[Any] = [
    *(
        pytest.param(
            f"geo $a {{\n10.0.0.0/8 1;\n10.1.0.0/16 {off};\n}}", 3, f"'10.1.0.0/16 {off}' {OFF}", id=f"a row: {off}"
        )
        for off in ("0", "no", "off", "false", "deny", "BLOCK")
    ),
    pytest.param('geo $a {\n10.0.0.0/8 "";\n}', 2, f"'10.0.0.0/8 ' {OFF}", id="a row with no value"),
    pytest.param(
        "geo $a {\n10.0.0.0/8 DE;\n::1 FR;\n}",
        3,
        "'::1 FR' has another value than line 2, 'DE'; a list file has one meaning",
        id="values that differ",
    ),
    pytest.param(
        "geo $a {\ndefault 1;\n10.0.0.0/8 1;\n}", 2, "'default 1' may let everyone else in", id="a default that is on"
    ),
    pytest.param(
        "geo $a {\ndefault ZZ;\n10.0.0.0/8 DE;\n}", 2, "'default ZZ' may let everyone else in", id="another one"
    ),
    pytest.param(
        "geo $a {\n10.0.0.0/8 1;\ndelete 10.1.0.0/16;\n}", 3, f"'delete 10.1.0.0/16' {EXCEPTION}", id="delete"
    ),
    pytest.param(
        "geo $a {\n10.0.0.0/8 1;\ninclude geo.conf;\n}",
        3,
        "includes 'geo.conf', which holds more rows",
        id="an include",
    ),
    pytest.param(
        "geo $a {\n10.0.0.0/8 1;\n::1;\n}", 3, "'::1' is not a row; write an address and a value", id="no value"
    ),
    pytest.param("geo $a {\n10.0.0.0/8 1;\n::1 1 2;\n}", 3, "'::1 1 2' is not a row", id="two values"),
    pytest.param("geo $a {\n10.0.0.0/8 1;\nx 1;\n}", 3, "'x' is not an address", id="a word in place of an address"),
    pytest.param("geo $a {\n10.0.0.0/8 1;\n", 2, "ends in the middle of a directive or a block", id="cut off"),
    pytest.param("10.0.0.0/8 1;\n10.1.0.0/16 0;\n", 2, f"'10.1.0.0/16 0' {OFF}", id="rows alone, one of them off"),
]


@pytest.mark.parametrize(("text", "line", "problem"), GEO_REFUSED)
def test_rows_that_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


@pytest.mark.parametrize(
    ("condition", "does", "is_refused"),
    [
        pytest.param("($a)", "return 403;", True, id="it is on, and refused"),
        pytest.param("($a = 1)", "return 444;", True, id="it is 1, and not answered"),
        pytest.param("($a != 0)", "set $b 1; return 429;", True, id="it is not 0, and refused"),
        pytest.param("($a = 0)", "return 403;", False, id="it is 0, and others are refused"),
        pytest.param("($a != 1)", "return 403;", False, id="it is not 1, and others are refused"),
        pytest.param("($a)", "return https://a.example/;", False, id="it is on, and sent elsewhere"),
        pytest.param("($a)", "return 200;", False, id="it is on, and answered"),
        pytest.param("($a)", "set $b 1;", False, id="it is on, and another variable is set"),
        pytest.param("($other)", "return 403;", False, id="another variable"),
    ],
)
def test_a_condition_under_which_those_of_a_variable_are_refused(condition: str, does: str, is_refused: bool) -> None:
    text = f"geo $a {{\n::1 1;\n}}\nif {condition} {{ {does} }}\n"
    problem = f"'if {condition}' is a condition under which clients are refused; a list file has none"
    line, why = refusal(text)
    assert (line, why[: len(problem)]) == ((4, problem) if is_refused else (0, ""))


def test_one_of_several_variables_is_named() -> None:
    text = "geo $office { 10.0.0.0/8 1; }\ngeo $country { default ZZ; 192.0.2.0/24 DE; }\n"
    assert refusal(text)[1].startswith("holds several lists: '$office' (line 1), '$country' (line 2); name the one")
    assert entries(text, "$office") == ["10.0.0.0/8"]
    assert refusal(text, "$country") == (
        2,
        "'default ZZ' may let everyone else in; leave only the rows that are meant, without a default",
    )


REAL_IP = "real_ip_header CF-Connecting-IP;\nset_real_ip_from 173.245.48.0/20;\nset_real_ip_from 2400:cb00::/32;\n"


def test_the_proxies_of_set_real_ip_from() -> None:
    assert found_format(REAL_IP) == "nginx' set_real_ip_from"
    assert entries(REAL_IP) == ["173.245.48.0/20", "2400:cb00::/32"]
    assert left(REAL_IP) == {"other directives": [1]}
    assert refusal(f"{REAL_IP}set_real_ip_from unix:;") == (
        4,
        "'unix:' is not an address but a unix socket, which no list file holds; leave only addresses",
    )
    assert refusal(f"{REAL_IP}}}")[0] == 4


def test_a_file_in_two_formats_is_refused_unless_one_is_named() -> None:
    text = f"{REAL_IP}allow 10.0.0.0/8;\ndeny all;\n"
    assert refusal(text) == (
        0,
        "has what nginx and nginx-realip have; name the format that is meant with --format",
    )
    assert entries(text, format_="nginx") == ["10.0.0.0/8"]
    assert entries(text, format_="nginx-realip") == ["173.245.48.0/20", "2400:cb00::/32"]


def test_an_include_beside_proxies_is_refused() -> None:
    found, why = refusal("set_real_ip_from 10.0.0.1;\ninclude more.conf;\n")
    assert (found, why.partition(";")[0]) == (2, "includes 'more.conf', which may hold more rules")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("satisfy any;\nallow ::1;\ndeny all;\nauth_basic office;\n", id="an address or a password"),
        pytest.param("allow ::1;\ndeny all;\nauth_basic off;\n", id="no password"),
        pytest.param("location /a { allow ::1; deny all; }\nlocation /b { auth_basic x; }\n", id="another block's"),
        pytest.param("location /a { allow ::1; deny all; }\nlocation /b { return 403; }\n", id="another's answer"),
    ],
)
def test_what_is_no_condition_on_the_addresses_is_left(text: str) -> None:
    assert entries(text) == ["::1/128"]
