"""IIS' ipSecurity."""

import pytest

from tests.formats.reading import EXCEPTION, entries, found_format, left, refusal

IIS = """\
<?xml version="1.0"?>
<configuration>
  <location path="xmlrpc.php">
    <system.webServer><security>
      <!-- <add ipAddress="10.0.0.1" allowed="false" /> -->
      <ipSecurity allowUnlisted="false">
        <clear/>
        <add ipAddress="192.0.64.0" subnetMask="255.255.192.0" allowed="true" />
        <add ipAddress='2001:db8::7' allowed='true'/>
      </ipSecurity>
    </security></system.webServer>
  </location>
</configuration>
"""


def test_the_addresses_that_iis_allows() -> None:
    assert found_format(IIS) == "ipSecurity of IIS"
    assert entries(IIS) == ["192.0.64.0/18", "2001:db8::7/128"]
    assert left(IIS) == {
        "what refuses all the rest, or does not": [6],
        "what forgets the addresses of files above": [7],
    }
    assert refusal('<ipSecurity allowUnlisted="false"/><add ipAddress="::1" allowed="true"/>')[1].startswith(
        "has no entries"
    )


@pytest.mark.parametrize("word", ["true", "True"])
def test_a_list_that_lets_in_whoever_is_not_in_it_is_refused(word: str) -> None:
    text = IIS.replace('allowUnlisted="false"', f'allowUnlisted="{word}"')
    problem = f"'allowUnlisted=\"{word}\"' lets everyone in; leave only the addresses that are meant"
    assert refusal(text) == (6, problem)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param('<add ipAddress="192.0.64.5" allowed="false"/>', EXCEPTION, id="an address that is refused"),
        pytest.param('<add ipAddress="192.0.64.5"/>', EXCEPTION, id="an address that is refused by default"),
        pytest.param('<remove ipAddress="192.0.64.5"/>', EXCEPTION, id="an address that is removed"),
        pytest.param(
            '<add domainName="x.example" allowed="true"/>',
            "has no address; a list file has only addresses",
            id="a domain",
        ),
    ],
)
def test_what_a_list_file_cannot_say_of_iis(row: str, problem: str) -> None:
    said = row.strip("</>")
    assert refusal(IIS.replace("<clear/>", row)) == (7, f"{said!a} {problem}")


def test_what_forgets_the_addresses_above_it_is_refused() -> None:
    text = IIS.replace("</ipSecurity>", "<clear/></ipSecurity>")
    assert refusal(text)[1].startswith("'clear' forgets those above; a list file has none")


LAST = "</configuration>"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param(
            IIS.replace('allowed="true"', "allowed=false"),
            8,
            "is not XML (not well-formed (invalid token)); write what IIS reads",
            id="an attribute without quotes",
        ),
        pytest.param(IIS.replace(LAST, ""), 14, "is not XML (mismatched tag); write what IIS reads", id="cut off"),
        pytest.param(
            IIS.replace("<configuration>", "<!DOCTYPE a><configuration>"),
            2,
            "is not XML (not well-formed (invalid token)); write what IIS reads",
            id="a DOCTYPE, in which words could be defined",
        ),
    ],
)
def test_what_is_not_xml_is_refused(text: str, line: int, problem: str) -> None:
    assert refusal(text) == (line, problem)


def test_a_list_outside_a_location_is_a_part_without_a_name() -> None:
    after = '<ipSecurity><add ipAddress="::2" allowed="true"/></ipSecurity>'
    text = IIS.replace(LAST, f"{after}{LAST}")
    assert refusal(text)[1].startswith("holds several lists: 'xmlrpc.php' (line 8), '' (line 13)")
    assert entries(text, "") == ["::2/128"]
