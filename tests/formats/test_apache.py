"""Apache's Require ip, Order, Allow from and Deny from, and RemoteIPTrustedProxy."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal
from tests.lab.setups import POST_APACHE, REQUIRE_IP

TWO_WAYS = """\
<Files xmlrpc.php>
    <IfModule mod_authz_core.c>
        Require ip {new}
    </IfModule>
    <IfModule !mod_authz_core.c>
        Order Deny,Allow
        Deny from all
        Allow from {old}
    </IfModule>
</Files>
"""
ACCESS: list[Any] = [
    pytest.param(POST_APACHE, ["192.0.64.0/18"], id="the block of 2015"),
    pytest.param(REQUIRE_IP, ["192.0.64.0/18"], id="the same in the words of Apache 2.4"),
    pytest.param(
        "Require ip 10.0.0.0/8 ::1\nRequire ip 192.0.2.7\n", ["10.0.0.0/8", "::1/128", "192.0.2.7/32"], id="lines"
    ),
    pytest.param(
        "require IP 10.0.0.0/8\r\nREQUIRE ALL DENIED\r\n", ["10.0.0.0/8"], id="capitals, and lines as on Windows"
    ),
    pytest.param(
        "Require ip 10.1 10. 192.168.2\n", ["10.1.0.0/16", "10.0.0.0/8", "192.168.2.0/24"], id="partial addresses"
    ),
    pytest.param(
        "Require ip 10.1.2.3/8 10.1.0.0/255.255.0.0\n", ["10.0.0.0/8", "10.1.0.0/16"], id="host bits, a netmask"
    ),
    pytest.param("Require ip \\\n  10.0.0.0/8 \\\n  ::1\n", ["10.0.0.0/8", "::1/128"], id="a line that goes on"),
    pytest.param("Require ip \"10.0.0.0/8\" '::1'\n", ["10.0.0.0/8", "::1/128"], id="quotes"),
    pytest.param(
        "<RequireAny>\nRequire ip ::1\nRequire ip ::2\n</RequireAny>", ["::1/128", "::2/128"], id="any of them"
    ),
    pytest.param("<RequireAll>\nRequire ip ::1 ::2\n</RequireAll>", ["::1/128", "::2/128"], id="all of one rule"),
    pytest.param(
        "<RequireAll>\n<RequireAny>\nRequire ip ::1\nRequire ip ::2\n</RequireAny>\n</RequireAll>",
        ["::1/128", "::2/128"],
        id="any of them within all",
    ),
    pytest.param(
        "<RequireAny>\nRequire ip ::1\nRequire all denied\n</RequireAny>", ["::1/128"], id="denied within any"
    ),
    pytest.param("Order Allow,Deny\nAllow from 10.1\n", ["10.1.0.0/16"], id="Order Allow,Deny without Deny"),
    pytest.param("Allow from 10.1\nDeny from all\n", ["10.1.0.0/16"], id="no Order, which is Deny,Allow"),
    pytest.param("Allow from 10.1\nDeny from all\nOrder deny,allow\n", ["10.1.0.0/16"], id="Order at the end"),
    pytest.param(
        "deny from all\nallow from 10.0.0.0/255.0.0.0 ::1\n", ["10.0.0.0/8", "::1/128"], id="two addresses after from"
    ),
    pytest.param(TWO_WAYS.format(new="10.1", old="10.1"), ["10.1.0.0/16"], id="both ways to write it"),
    pytest.param(
        "<Files wp-config.php>\nOrder Allow,Deny\nDeny from all\n</Files>\n<Files x>\nRequire ip ::1\n</Files>",
        ["::1/128"],
        id="a section that refuses all",
    ),
    pytest.param(
        "AuthType Basic\n<Limit GET POST>\nSatisfy All\nOrder deny,allow\nDeny from all\nAllow from ::1\n</Limit>",
        ["::1/128"],
        id="a limit to some methods",
    ),
    pytest.param(
        "RewriteCond %{REMOTE_ADDR} !^10\\.1\n<Files x>\nRequire ip ::1\n</Files>",
        ["::1/128"],
        id="a condition elsewhere",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ACCESS)
def test_what_the_rules_let_in(text: str, expected: list[str]) -> None:
    assert found_format(text) == "Apache's access rules"
    assert entries(text) == expected


NOT_DENIED = (
    "lets everyone in under Order Deny,Allow, as nothing denies the rest; write 'Deny from all' beside it, or "
    "Require ip"
)
EVERYONE = "lets everyone in; leave only the rules that are meant"
NO_ADDRESS = "is not a rule about addresses, which a list file cannot hold; leave only addresses"
BOTH = "must both let a client in, which a list file cannot say; write the addresses that both have"

REFUSED: list[Any] = [
    pytest.param("Require ip 10.1\nRequire not ip 10.1.2\n", 2, f"'Require not ip 10.1.2' {EXCEPTION}", id="not"),
    pytest.param(
        "<RequireAll>\nRequire ip 10.1\nRequire not ip 10.1.2\n</RequireAll>",
        3,
        f"'Require not ip 10.1.2' {EXCEPTION}",
        id="not within all",
    ),
    pytest.param(
        "<RequireNone>\nRequire ip 10.1\n</RequireNone>", 2, f"'Require ip 10.1' {EXCEPTION}", id="none of them"
    ),
    pytest.param(
        "<RequireAll>\nRequire all denied\nRequire ip 10.1\n</RequireAll>",
        2,
        f"'Require all denied' {NO_ADDRESS}",
        id="denied within all",
    ),
    pytest.param(
        "<RequireNone>\nRequire all denied\nRequire ip 10.1\n</RequireNone>",
        2,
        f"'Require all denied' {EXCEPTION}",
        id="denied within none",
    ),
    pytest.param("Require ip 10.1\nRequire all granted\n", 2, f"'Require all granted' {EVERYONE}", id="all granted"),
    pytest.param(
        "<RequireAll>\nRequire ip 10.1\nRequire ip 10.1.2\n</RequireAll>", 2, f"lines 2 and 3 {BOTH}", id="two at once"
    ),
    pytest.param(
        "<RequireAll>\nRequire valid-user\nRequire ip 10.1\n</RequireAll>",
        2,
        f"'Require valid-user' {NO_ADDRESS}",
        id="an address and a password",
    ),
    pytest.param(
        "<RequireAll>\n<RequireAny>\nRequire ip 10.1\n</RequireAny>\n<RequireAny>\nRequire ip 10.2\n"
        "</RequireAny>\n</RequireAll>",
        3,
        f"lines 3 and 6 {BOTH}",
        id="two containers at once",
    ),
    *(
        pytest.param(f"Require ip 10.1\nRequire {what}\n", 2, f"'Require {what}' {NO_ADDRESS}", id=what)
        for what in ("host office.example", "local", "valid-user", "env OFFICE", "expr %{REMOTE_ADDR}", "ip")
    ),
    pytest.param(
        "Require ip 10.1\n" + "<Files a>\n" * 101,
        102,
        "'<Files a>' is in more than 100 sections; write fewer",
        id="a hundred sections in one another",
    ),
    pytest.param(
        "Require ip 10.1\nRequire ip 10.1 # office\n", 2, "'#' is not an address", id="a comment after a rule"
    ),
    pytest.param(
        "Require ip 10.1\nRequire ip 10.1/16\n", 2, "'10.1/16' is a partial address", id="partial with a prefix"
    ),
    pytest.param("Require ip 10.1\nRequire ip 010.1\n", 2, "'010.1' is octal", id="a partial address with a zero"),
    pytest.param(
        "Require ip 10.1\nRequire ip 10.0.0.0/255.0.255.0\n", 2, "'10.0.0.0/255.0.255.0' has", id="a mask with gaps"
    ),
    pytest.param("Require ip 10.1\nRequire ip 10.1.0.0/x\n", 2, "'10.1.0.0/x' has a prefix that", id="no prefix"),
    pytest.param(
        "Order Allow,Deny\nDeny from all\nAllow from 10.1\n",
        2,
        "'Deny from all' under Order allow,deny refuses those that are allowed too; write Order Deny,Allow",
        id="Order Allow,Deny and Deny from all",
    ),
    pytest.param(
        "Order Deny,Allow\nDeny from all\nAllow from 10.1\nOrder Mutual-failure\n",
        2,
        "'Deny from all' under Order mutual-failure refuses those that are allowed too",
        id="a later Order",
    ),
    pytest.param(
        "<Files x>\nOrder Allow,Deny\nAllow from 10.1\n<IfModule a>\nDeny from all\n</IfModule>\n</Files>",
        5,
        "'Deny from all' under Order allow,deny refuses those that are allowed too",
        id="an Order outside the condition",
    ),
    pytest.param(
        "<IfModule m>\nOrder Allow,Deny\n</IfModule>\n<IfModule M>\nDeny from all\nAllow from 10.1\n</IfModule>",
        5,
        "'Deny from all' under Order allow,deny refuses those that are allowed too",
        id="an Order in another section of the same condition",
    ),
    pytest.param(
        "Allow from 10.1\nAllow from all\nDeny from all\n", 2, f"'Allow from all' {EVERYONE}", id="Allow from all"
    ),
    pytest.param(
        "Allow from 10.1\nDeny from 10.1.2\nDeny from all\n",
        2,
        f"'Deny from 10.1.2' {EXCEPTION}",
        id="Deny from an address",
    ),
    pytest.param(
        "Order Allow,Deny\nAllow from all\nDeny from ::1\n", 2, f"'Allow from all' {EVERYONE}", id="a block list"
    ),
    pytest.param(
        "Allow from 10.1\nAllow from env=office\nDeny from all\n",
        2,
        "'Allow from env=office' asks for a variable",
        id="a variable",
    ),
    pytest.param(
        "Allow from 10.1\nAllow from office.example\nDeny from all\n",
        2,
        "'office.example' is a host name",
        id="a host name",
    ),
    pytest.param(
        "Allow from 10.1\nAllow 10.2\nDeny from all\n",
        2,
        "'Allow 10.2' is not a rule; write allow from",
        id="from is missing",
    ),
    pytest.param(
        "Allow from 10.1\nDeny from\nDeny from all\n",
        2,
        "'Deny from' is not a rule; write deny from",
        id="nothing after from",
    ),
    *(
        pytest.param(f"{text}Allow from 10.1\n", text.count("\n") + 1, f"'Allow from 10.1' {NOT_DENIED}", id=name)
        for name, text in (
            ("Allow from alone", ""),
            ("Order Deny,Allow without Deny from all", "Order Deny,Allow\n"),
            ("Deny from all under a condition alone", "<IfModule a>\nDeny from all\n</IfModule>\n"),
        )
    ),
    pytest.param(
        TWO_WAYS.format(new="10.1", old="10.2"),
        8,
        "lets in others than line 3, in the same place; leave only the rules that are meant",
        id="two ways that let in others",
    ),
    pytest.param(
        "<Files x>\n<If \"-R '10.1'\">\nRequire ip 10.1\n</If>\n</Files>",
        3,
        "'Require ip 10.1' holds under a condition only; leave only what always holds",
        id="a rule within If",
    ),
    pytest.param(
        "<Files x>\nRequire ip 10.1\nInclude office.conf\n</Files>",
        3,
        "'Include office.conf' may hold more rules; put them in place of it",
        id="rules in another file",
    ),
    pytest.param(
        "RewriteCond %{REMOTE_ADDR} !^10\\.1\nRequire ip 10.2\n",
        1,
        r"'RewriteCond %{REMOTE_ADDR} !^10\\.1' decides by address too",
        id="a condition on the address",
    ),
    pytest.param(
        "Require ip 10.1\n</Files>\n", 2, "'</Files>' closes what is not open", id="an end without a beginning"
    ),
    pytest.param("<Files x>\nRequire ip 10.1\n", 2, "ends within '<Files x>'; fetch or write it again", id="cut off"),
    pytest.param(
        "Order Allow,Deny\nDeny from all\nRequire ip 10.0.0.1",
        2,
        "'Deny from all' under Order allow,deny refuses those that are allowed too",
        id="Deny from all under Order Allow,Deny beside Require ip",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_rules_that_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text, format_="apache")
    assert (found, why[: len(problem)]) == (line, problem)


SECTIONS = """\
<VirtualHost *:80>
<Directory /a>
Require ip 10.1
</Directory>
<Directory /b>
Require ip 10.2
</Directory>
</VirtualHost>
<Directory /b>
Require ip 10.3
Require not ip 10.3.1
</Directory>
<Directory /b>
Require ip 10.4
</Directory>
"""


def test_sections_that_let_in_others_must_be_named() -> None:
    assert refusal(SECTIONS)[1].startswith("holds several lists: '<VirtualHost *:80> <Directory /a>' (line 3), ")
    assert entries(SECTIONS, "<VirtualHost *:80> <Directory /a>") == ["10.1.0.0/16"]
    assert entries(SECTIONS, "<Directory /b> (line 13)") == ["10.4.0.0/16"]
    assert refusal(SECTIONS, "<Directory /b> (line 9)") == (11, f"'Require not ip 10.3.1' {EXCEPTION}")


def test_what_is_left_is_named_with_its_lines() -> None:
    assert left(POST_APACHE) == {
        "other directives": [6, 7, 3],
        "'Deny from all', which refuses all the rest": [4],
    }


REMOTE_IP = "RemoteIPHeader X-Forwarded-For\nRemoteIPTrustedProxy 10.0.0.5 192.0.2.0/24\nRemoteIPInternalProxy ::1\n"


def test_the_proxies_of_mod_remoteip() -> None:
    assert found_format(REMOTE_IP) == "Apache's RemoteIPTrustedProxy"
    assert entries(REMOTE_IP) == ["10.0.0.5/32", "192.0.2.0/24", "::1/128"]
    assert refusal(f"{REMOTE_IP}RemoteIPTrustedProxy proxy.example\n")[0] == 4
    assert refusal(f"{REMOTE_IP}RemoteIPTrustedProxyList proxies.txt\n") == (
        4,
        "'RemoteIPTrustedProxyList proxies.txt' reads another file; convert that one, or put its lines in place of it",
    )
    assert refusal(f"{REMOTE_IP}</Files>\n")[0] == 4


def test_an_include_beside_proxies_is_refused() -> None:
    found, why = refusal("RemoteIPTrustedProxy 10.0.0.1\nInclude more.conf")
    assert (found, why.partition(";")[0]) == (2, "'Include more.conf' may hold more rules")
