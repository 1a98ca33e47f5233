"""Sets and zones of firewalld, and sets as ipset writes them in XML."""

from typing import Any

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

SET = """\
<?xml version="1.0" encoding="utf-8"?>
<ipset type="hash:net">
  <short>office</short>
  <option name="maxelem" value="65536"/>
  <entry>192.0.2.0/24</entry>
  <entry> 198.51.100.7 </entry>
</ipset>
"""
FROM_IPSET = """\
<ipsets>
<ipset name="office">
<type>hash:net</type>
<header><family>inet</family><numentries>1</numentries></header>
<members>
<member><elem>192.0.2.0/24</elem><timeout>0</timeout></member>
</members>
</ipset>
</ipsets>
"""
ZONE = """\
<zone target="DROP">
  <short>Office</short>
  <interface name="eth0"/>
  <service name="ssh"/>
  <rule family="ipv4">
    <source address="192.0.2.0/24"/>
    <port protocol="tcp" port="443"/>
    <accept/>
  </rule>
  <rule><protocol value="icmp"/><accept/></rule>
</zone>
"""
FIREWALLD: list[Any] = [
    pytest.param(SET, ["192.0.2.0/24", "198.51.100.7/32"], id="a set"),
    pytest.param(FROM_IPSET, ["192.0.2.0/24"], id="a set as ipset writes it"),
    pytest.param(ZONE, ["192.0.2.0/24"], id="a rule of a zone"),
    pytest.param(
        '<zone><source address="10.1.2.3/8"/><service name="http"/></zone>', ["10.0.0.0/8"], id="a zone of an address"
    ),
    pytest.param('<zone target="ACCEPT"><source address="::1"/></zone>', ["::1/128"], id="a zone that accepts all"),
]


@pytest.mark.parametrize(("text", "expected"), FIREWALLD)
def test_the_addresses_that_firewalld_lets_in(text: str, expected: list[str]) -> None:
    assert found_format(text) == "sets and zones of firewalld"
    assert entries(text) == expected


RULE = '<rule><source address="::1"{invert}/><service name="http"/>{verdict}</rule>'
REFUSED: list[Any] = [
    pytest.param(ZONE.replace("accept", "drop", 1), 5, 'source address="192.0.2.0/24"', id="a rule that drops"),
    pytest.param(RULE.format(invert=' invert="True"', verdict="<accept/>"), 1, "", id="a rule for all others"),
    pytest.param(RULE.format(invert="", verdict=""), 1, "does not accept by itself", id="a rule without a verdict"),
    pytest.param(
        f"<zone><rule><service name='http'/><reject/></rule>{RULE.format(invert='', verdict='<accept/>')}</zone>",
        1,
        EXCEPTION,
        id="a rule that refuses everyone",
    ),
    pytest.param('<zone><source address="::1"/></zone>', 1, "refuses its sources", id="a zone that lets nothing in"),
    pytest.param(
        '<zone><source address="::1" invert="yes"/><service name="http"/></zone>', 1, EXCEPTION, id="all but one"
    ),
    pytest.param(
        ZONE.replace("<interface name=", '<source address="::1" x='), 1, "and both must hold", id="sources and a rule"
    ),
    pytest.param(
        '<zone><interface name="eth0"/><source address="::1"/><service name="http"/></zone>',
        1,
        "lets in everyone who comes by it, beside the sources of its zone; leave only the sources",
        id="an interface beside a source",
    ),
    *(
        pytest.param(
            f'<zone>\n<rule><source address="::1"/>{first}<accept/></rule>\n'
            f'<rule><source address="::2"/>{second}<accept/></rule>\n</zone>',
            0,
            f"holds several lists: {parts}",
            id=name,
        )
        for name, first, second, parts in (
            (
                "rules about other hosts",
                '<destination address="2001:db8::1"/>',
                '<destination address="2001:db8::2"/>',
                """'rule destination address="2001:db8::1"' (line 2)""",
            ),
            (
                "a rule about pings beside one about everything",
                "",
                '<icmp-type name="echo-request"/>',
                """'rule' (line 2), 'rule icmp-type name="echo-request"' (line 3)""",
            ),
        )
    ),
    pytest.param(
        '<zone><source address="::1"/><destination address="::2"/></zone>',
        1,
        "refuses its",
        id="a destination of a zone",
    ),
    pytest.param(ZONE.replace("DROP", "ACCEPT"), 1, "lets everyone in; leave only what is meant", id="an open zone"),
    pytest.param(
        '<zone>\n<source ipset="office"/><service name="http"/></zone>',
        2,
        "is not an address; write",
        id="a set's name",
    ),
    pytest.param(SET.replace("hash:net", "hash:mac"), 2, "is of the type 'hash:mac'", id="a set of something else"),
    pytest.param(FROM_IPSET.replace("hash:net", "hash:net,port"), 3, "is of the type 'hash:net,port'", id="with ports"),
    pytest.param(
        FROM_IPSET.replace("<timeout>0</timeout>", "<nomatch/>"), 6, f"'nomatch' {EXCEPTION}", id="nomatch in a set"
    ),
    pytest.param(SET.replace("</ipset>", ""), 8, "is not XML (mismatched tag); write what", id="cut off"),
    pytest.param(SET.replace("198.51.100.7", "office.example"), 6, "'office.example' is a host name", id="a host name"),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert found == line
    assert problem in why


def test_what_is_left_is_named() -> None:
    assert left(ZONE) == {"rules about other things": [10]}
