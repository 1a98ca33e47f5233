"""ACLs of HAProxy and Squid: lines that name clients, flags, and the rules that use them."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

ACLS: list[Any] = [
    pytest.param("acl office src 10.0.0.0/8 ::1\n", ["10.0.0.0/8", "::1/128"], id="two addresses"),
    pytest.param("acl a src 10.0.0.0/8\nacl a src ::1\n", ["10.0.0.0/8", "::1/128"], id="two lines of one ACL"),
    pytest.param("acl a src -i -n -m ip -u 5 10.1.2.3/8\n", ["10.0.0.0/8"], id="flags, and host bits"),
    pytest.param("acl a src -- 10.0.0.0/255.0.0.0\n", ["10.0.0.0/8"], id="the end of the flags, and a netmask"),
    pytest.param("acl a hdr_ip(X-Forwarded-For,-1) 10.0.0.0/8\r\n", ["10.0.0.0/8"], id="a header, and a CRLF"),
    pytest.param("ACL a src 10.0.0.0/8 # 10.1.2.3\n#acl a src ::1\n", ["10.0.0.0/8"], id="comments"),
    pytest.param('acl a src "10.0.0.0/8" \\\n  ::1\n', ["10.0.0.0/8", "::1/128"], id="quotes, and a line that goes on"),
    pytest.param(
        "frontend x\n  acl p path /x\n  acl a src ::1\n  http-request allow if a !p\n  use_backend y if a\n",
        ["::1/128"],
        id="rules that use the ACL",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ACLS)
def test_the_addresses_of_an_acl(text: str, expected: list[str]) -> None:
    assert found_format(text) == "ACLs of HAProxy"
    assert entries(text) == expected


SQUID = """\
acl all src 0.0.0.0/0.0.0.0
acl localnet src 0.0.0.1-0.255.255.255	# RFC 1122 "this" network (LAN)
acl localnet src 10.0.0.0/8
acl localnet src 192.168.1.1-192.168.1.9/32
acl localnet src fc00::/7
acl SSL_ports port 443
http_access deny !SSL_ports
http_access allow localnet
http_access deny all
"""


def test_the_acls_of_squid() -> None:
    assert found_format(SQUID) == "ACLs of Squid"
    assert entries(SQUID) == ["0.0.0.1-0.255.255.255", "10.0.0.0/8", "192.168.1.1-192.168.1.9", "fc00::/7"]
    assert left(SQUID)["ACLs of everyone, or of something else"] == [1, 6]


def test_a_file_of_patterns_is_read_as_haproxy_does_if_its_format_is_named() -> None:
    text = "# office\n10.1.2.3/8\n\n  ::1\n"
    assert entries(text, format_="haproxy") == ["10.0.0.0/8", "::1/128"]
    assert refusal(text) == (2, "'10.1.2.3/8' has host bits set; write 10.0.0.0/8")
    assert refusal("10.0.0.0/8\n::1 # office\n", format_="haproxy")[0] == 2


REFUSED: list[Any] = [
    *(
        pytest.param(f"acl a src ::1\n{rule}\n", 2, f"'{rule}' {EXCEPTION}", id=rule)
        for rule in (
            "http-request return status 403 if a",
            "http-request return content-type text/plain status 429 if b a",
            "http-request redirect location /no if a",
            "use_backend blocked if a",
        )
    ),
    pytest.param("acl a src -f /etc/a\n", 1, "has the flag '-f', which reads '/etc/a'; convert that file", id="a file"),
    pytest.param(
        "acl a src 10.0.0.0/8\nacl a src -m reg ^10\n", 2, "has the flag '-m', which is not for", id="a pattern"
    ),
    pytest.param(
        "acl a src 10.0.0.0/8\nacl a src -M x\n", 2, "has the flag '-M', which is not for addresses", id="a map"
    ),
    pytest.param(
        "acl a src 10.0.0.0/8\nacl a path /x\n", 2, "'acl a path' adds something else to this list", id="a path"
    ),
    pytest.param("acl a src 10.0.0.0/8\nacl a src x.example\n", 2, "'x.example' is a host name", id="a host name"),
    pytest.param(
        "acl a src 10.0.0.0/8\nacl a src !::1\n", 2, "'!::1' is not an address", id="a sign before an address"
    ),
    pytest.param("acl a src ::1\nuse_backend b if !a\n", 2, f"'use_backend b if !a' {EXCEPTION}", id="a negation"),
    pytest.param("acl a src ::1\nuse_backend b unless a\n", 2, f"'use_backend b unless a' {EXCEPTION}", id="unless"),
    pytest.param("acl a src ::1\nhttp-request deny if a\n", 2, f"'http-request deny if a' {EXCEPTION}", id="a refusal"),
    pytest.param(
        "acl a src ::/8\nhttp-request allow if a !{ src ::1 }\n",
        2,
        f"'http-request allow if a !{{ src ::1 }}' {EXCEPTION}",
        id="a negated ACL without a name",
    ),
    pytest.param(
        "acl a src ::/8\nacl b src ::1\nhttp_access allow a !b\n",
        3,
        f"'http_access allow a !b' {EXCEPTION}",
        id="Squid's !",
    ),
    pytest.param("acl a src ::/8\nhttp_access deny a\n", 2, f"'http_access deny a' {EXCEPTION}", id="Squid's deny"),
    pytest.param(
        'acl a src ::/8\nacl a src "/etc/a"\nhttp_access allow a\n',
        2,
        "'/etc/a' is not an address but a file; convert",
        id="Squid's file",
    ),
    pytest.param("acl a src 10.0.0.1-10.0.0.9/24\nhttp_access allow a\n", 1, "'10.0.0.1-10.0.0.9/24' is", id="a mask"),
    pytest.param(
        "acl a src ::1\nhttp-request deny if { src ::2 }",
        2,
        "'http-request deny if { src ::2 }' is an exception",
        id="a rule that refuses an address without a name",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


@pytest.mark.parametrize(
    "rule", ["http-request return status 200 if a", "http-request return status 403 if b", "use_backend site if a"]
)
def test_a_rule_that_answers_the_clients_or_refuses_others_is_left(rule: str) -> None:
    assert entries(f"acl a src ::1\n{rule}\n") == ["::1/128"]


def test_a_backslash_at_the_end_of_a_file_ends_its_last_line() -> None:
    assert entries("acl a src ::1 \\\n  ::2 \\") == ["::1/128", "::2/128"]


def test_one_of_several_acls_is_named_unless_another_is_an_exception_to_it() -> None:
    text = "acl a src ::1\nacl b src ::2\nhttp_access allow a\nhttp_access allow b\n"
    assert (
        refusal(text)[1] == "holds several lists: 'a' (line 1), 'b' (line 2); name the one that is meant with --field"
    )
    assert entries(text, "b") == ["::2/128"]
    assert refusal(f"{text}http_access allow a !b\n", "a")[0] == 5
