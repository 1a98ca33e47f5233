"""Lists of any name in YAML, and in brackets as Terraform and BIRD have them."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

TERRAFORM = """\
resource "aws_security_group" "office" {
  name = "office"
  ingress {
    from_port   = 443 // TLS
    cidr_blocks = ["192.0.2.0/24", "198.51.100.7/32"]
  }
}
"""
YAML = """\
# the office
office:
  name: HQ
  ports: [443]
  allowed_ips:
    - 192.0.2.0/24 # cable
    - "198.51.100.7"
"""
BOTH = ["192.0.2.0/24", "198.51.100.7/32"]
ITEMS: list[Any] = [
    pytest.param(YAML, BOTH, id="a list in YAML"),
    pytest.param("cafe:\n  - 192.0.2.0/24\n  - 198.51.100.7\n", BOTH, id="a name that is hexadecimal"),
    pytest.param("- 192.0.2.0/24\n- 198.51.100.7\n", BOTH, id="a list without a name"),
    pytest.param("allowed:\n- 192.0.2.0/24\n- 198.51.100.7\nport: 80\n", BOTH, id="items as far left as their key"),
    pytest.param("- ip: 192.0.2.0/24\n  who: a\n- ip: 198.51.100.7\n  who: b\ntags: []\n", BOTH, id="rows"),
    pytest.param("office = [192.0.2.0/24, 198.51.100.7]\n", BOTH, id="brackets on one line"),
    pytest.param(TERRAFORM, BOTH, id="a block of Terraform"),
    pytest.param('office = [\n  "192.0.2.0/24",\n  "198.51.100.7", # new\n]\n', BOTH, id="a variable of Terraform"),
    pytest.param(
        "define NN = [\n  192.0.2.0/24{24,32},\n  198.51.100.0/24+\n];\n",
        ["192.0.2.0/24", "198.51.100.0/24"],
        id="BIRD",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ITEMS)
def test_the_addresses_of_a_list(text: str, expected: list[str]) -> None:
    assert found_format(text) == "lists of YAML, Terraform or BIRD"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param(
        f"{YAML}    - office.example\n", 8, "'office.example' is a host name", id="a host name among addresses"
    ),
    pytest.param(f"{YAML}    - http://192.0.2.9/\n", 8, "'http://192.0.2.9/' ", id="an address with more around it"),
    pytest.param(
        f"{YAML}listen: 127.0.0.1\n",
        0,
        "holds several lists: 'office.allowed_ips' (line 6), 'listen' (line 8); name the one",
        id="an address elsewhere",
    ),
    pytest.param("blocked_ips:\n- 192.0.2.7\n", 1, f"'blocked_ips' {EXCEPTION}", id="a list of those who are blocked"),
    *(
        pytest.param(f"{name}: [192.0.2.8]\n", 1, f"'{name}' {EXCEPTION}", id=f"brackets below {name}")
        for name in ("not_allowed", "blockedIps", "IPBlocked", "deny-list", "blocklist", "untrusted")
    ),
    *(
        pytest.param(
            f"office:\n  blocked: {addresses}\n", 2, f"'blocked: {addresses}' {EXCEPTION}", id=f"{addresses}, blocked"
        )
        for addresses in ("[192.0.2.8]", "[::8]", "192.0.2.8", "::8")
    ),
    pytest.param(
        'rule "x" "denied" {\n  ips = ["192.0.2.8"]\n}\n', 1, f"'rule x denied' {EXCEPTION}", id="a block of Terraform"
    ),
    pytest.param(
        'rule {\n  action = "Deny"\n  ips = ["192.0.2.8"]\n}\n',
        2,
        f"""'action: "Deny"' {EXCEPTION}""",
        id="what a block of Terraform does",
    ),
    pytest.param("- ip: 192.0.2.7\n  status: Revoked\n", 2, f"'status: Revoked' {EXCEPTION}", id="a status"),
    pytest.param("- ip: 192.0.2.7\n  type: malware\n", 2, f"'type: malware' {EXCEPTION}", id="a type"),
    pytest.param("- ip: 192.0.2.7\n  isBlocked: true\n", 2, f"'isBlocked: true' {EXCEPTION}", id="is, and a verdict"),
    pytest.param(
        "- ip: 192.0.2.7\n  action: deny\n- ip: ::1\n", 2, f"'action: deny' {EXCEPTION}", id="a row that denies"
    ),
    pytest.param("- ip: 192.0.2.7\n  disabled: true\n", 2, f"'disabled: true' {EXCEPTION}", id="a row that is off"),
    pytest.param("office = [\n  192.0.2.7,\n", 3, "ends within brackets; fetch or write it again", id="cut off"),
    pytest.param(TERRAFORM[:-2], 7, "ends within brackets; fetch or write it again", id="a block that is cut off"),
    pytest.param("NN = [\n  192.0.2.0/24{16,32}\n];\n", 2, "'192.0.2.0/24{16' ", id="wider networks, of BIRD"),
    pytest.param("NN = [\n  192.0.2.0/24-\n];\n", 2, "'192.0.2.0/24-' ", id="networks around one, of BIRD"),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_a_part_is_a_path() -> None:
    text = f"{YAML}shop:\n  blocked:\n    - 203.0.113.7\n"
    assert refusal(text, "shop.blocked") == (9, f"'blocked' {EXCEPTION}")
    assert entries(text, "office.allowed_ips") == BOTH
    assert entries(TERRAFORM, "resource aws_security_group office.ingress.cidr_blocks") == BOTH
    assert left(YAML) == {"other lines": [3, 4], "comments": [1]}


def test_json_is_not_taken_for_brackets() -> None:
    assert found_format('{"x": ["::1"]}'.replace("x", "addresses").replace("}", ', "ipv6_addresses": []}')) == "JSON"
