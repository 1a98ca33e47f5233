"""Addresses with a value, and CSV with and without a head."""

from typing import Any

import pytest

from tests.formats.reading import entries, found_format, left, refusal
from xmlrpc_guard.errors import ConfigurationError

OFF = "is an exception, its value being off; a list file has none"
MAPS: list[Any] = [
    pytest.param("# office\n10.1.2.3/8 1\n::1 1\n", ["10.0.0.0/8", "::1/128"], id="HAProxy's map"),
    pytest.param("10.0.0.0/8\tOK\r\n192.0.2.7\tOK\r\n", ["10.0.0.0/8", "192.0.2.7/32"], id="Postfix' table"),
]


@pytest.mark.parametrize(("text", "expected"), MAPS)
def test_the_addresses_of_a_map(text: str, expected: list[str]) -> None:
    assert found_format(text) == "addresses with a value"
    assert entries(text) == expected


MAPS_REFUSED: list[Any] = [
    pytest.param("10.0.0.0/8 1\n10.1.0.0/16 0\n", 2, f"'10.1.0.0/16 0' {OFF}", id="a value that is off"),
    pytest.param("10.0.0.0/8 OK\n10.1.0.0/16 REJECT\n", 2, f"'10.1.0.0/16 REJECT' {OFF}", id="a refusal"),
    pytest.param(
        "10.0.0.0/8 a\n10.1.0.0/16 b\n", 2, "'10.1.0.0/16 b' has another value than line 1, 'a'", id="two values"
    ),
    pytest.param(
        "10.0.0.0/8 1\n10.1.0.0/16 1 not\n", 2, "'10.1.0.0/16 1 not' is not an address and a value", id="words"
    ),
    pytest.param("10.0.0.0/8 1\n10.1.0.0/16\n", 2, "'10.1.0.0/16' is not an address and a value", id="no value"),
    pytest.param("10.0.0.0/8 1\n!10.1.0.0/16 1\n", 2, "'!10.1.0.0/16' is not an address", id="a negation"),
    pytest.param("10.0.0.0/8 except\n", 1, f"'10.0.0.0/8 except' {OFF}", id="the word except"),
]


@pytest.mark.parametrize(("text", "line", "problem"), MAPS_REFUSED)
def test_values_that_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


GEOFEED = (
    "# prefix,country\n192.0.2.0/24,NL,NL-NH,Amsterdam,1098 XH\n2001:db8::/32,NO,NO-03,Oslo,\n198.51.100.0/24,,,,\n"
)
TABLES: list[Any] = [
    pytest.param(GEOFEED, ["192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24"], id="a geofeed (RFC 8805)"),
    pytest.param("192.0.2.7,DE\n", ["192.0.2.7/32"], id="an address and a country"),
    pytest.param(
        "network,geoname_id,is_proxy\r\n192.0.2.0/24,2921044,0\r\n",
        ["192.0.2.0/24"],
        id="MaxMind's, lines as on Windows",
    ),
    pytest.param("ip_address,ip_type\n192.0.2.0/24,IPv4\n::1,IPv6\n", ["192.0.2.0/24", "::1/128"], id="a column first"),
    pytest.param('"Name";"IP"\n"a; b";"192.0.2.7"\n', ["192.0.2.7/32"], id="semicolons and quotes"),
    pytest.param("name\tip\na\t192.0.2.7\n", ["192.0.2.7/32"], id="tabs"),
    pytest.param("start_ip,end_ip,cc\n192.0.2.1,192.0.2.9,NL\n", ["192.0.2.1-192.0.2.9"], id="the ends of ranges"),
    pytest.param("ip,action\n192.0.2.7,allow\n::1,allow\n", ["192.0.2.7/32", "::1/128"], id="one verdict for all"),
]


@pytest.mark.parametrize(("text", "expected"), TABLES)
def test_the_addresses_of_a_table(text: str, expected: list[str]) -> None:
    assert found_format(text) == "CSV"
    assert entries(text) == expected


COUNTRIES = "network,geo,gate\n192.0.2.0/24,DE,\n198.51.100.0/24,FR,10.0.0.1\n"
PARTS: list[Any] = [
    pytest.param(GEOFEED, ["[country=NL]"], ["192.0.2.0/24"], id="rows of a geofeed"),
    pytest.param(
        GEOFEED, ["[country=NL]", "[country=NO]"], ["192.0.2.0/24", "2001:db8::/32"], id="rows of two countries"
    ),
    pytest.param(COUNTRIES, ["network"], ["192.0.2.0/24", "198.51.100.0/24"], id="a column"),
    pytest.param(COUNTRIES, ["[geo=DE].network"], ["192.0.2.0/24"], id="a column of some rows"),
]


@pytest.mark.parametrize(("text", "fields", "expected"), PARTS)
def test_a_part_of_a_table(text: str, fields: list[str], expected: list[str]) -> None:
    assert entries(text, *fields) == expected


TABLES_REFUSED: list[Any] = [
    pytest.param(
        COUNTRIES, [], 2, "has addresses in 2 columns; name one with --field, of network, geo, gate", id="two"
    ),
    pytest.param(
        COUNTRIES, ["[geo=ES].network"], 2, "has no row with geo=ES; its columns are network, geo", id="no row"
    ),
    pytest.param(COUNTRIES, ["ip"], 2, "has no column 'ip'; its columns are network, geo, gate", id="no column"),
    pytest.param(COUNTRIES, ["gate"], 2, "'' is an empty entry; remove it", id="a column with an empty cell"),
    pytest.param("ip,action\n::1,allow\n::2,deny\n", [], 3, f"'::2 deny' {OFF}", id="a verdict that is off"),
    pytest.param("ip,active\n::1,1\n::2,0\n", [], 3, f"'::2 0' {OFF}", id="an entry that is not active"),
    pytest.param(
        "ip,what\n::1,office\n::2,blocked\n", [], 3, f"'::2 blocked' {OFF}", id="a verdict under another name"
    ),
    pytest.param(
        "192.0.2.0/24,allow\n::1,deny\n",
        [],
        1,
        "has 'allow' where a table without a head has a country; write a head, or only addresses, one a line",
        id="a verdict without a head",
    ),
    pytest.param(
        "ip,cc\n::1,NL\n::2\n", [], 3, "has 1 cells, not 2 as the first line; fetch the table again", id="cut off"
    ),
    pytest.param('ip,cc\n::1,NL\n::2,"N\n', [], 3, "is not a line of CSV (unexpected end of data)", id="an open quote"),
    pytest.param("ip,cc\n::1,NL\nx,NL\n", [], 3, "'x' is not an address", id="a word in place of an address"),
    pytest.param("ip,cc\n10.1.2.3/8,NL\n", [], 2, "'10.1.2.3/8' has host bits set; write 10.0.0.0/8", id="host bits"),
]


TABLES_REFUSED += [
    pytest.param(
        "ip,blocked\n::1,no\n::2,yes\n",
        [],
        3,
        "'::2 yes' is an exception, its 'blocked' being on; a list file has none",
        id="a column that takes away",
    ),
    *(
        pytest.param(
            f"ip,status\n::1,ok\n::2,{word}\n",
            [],
            3,
            f"'::2 {word}' is an exception, its value being off; a list file has none",
            id=f"a row that is {word}",
        )
        for word in ("expired", "revoked", "inactive", "blacklisted")
    ),
    *(
        pytest.param(
            f"{head}\n{row}\n",
            [],
            2,
            "has addresses in the column 'blocked_ip', whose name says that they are not let in; name it",
            id=f"a column of blocked addresses: {head}",
        )
        for head, row in (("blocked_ip", "::1"), ("name,blocked_ip", "x,::1"))
    ),
]


def test_rows_that_a_column_does_not_take_away_are_entries() -> None:
    assert entries("ip,isBlocked,banned_by\n::1,no,x\n::2,no,x\n") == ["::1/128", "::2/128"]
    assert entries("name,blocked_ip\nx,::1\n", "blocked_ip") == ["::1/128"]


@pytest.mark.parametrize(("text", "fields", "line", "problem"), TABLES_REFUSED)
def test_what_a_list_file_cannot_say(text: str, fields: list[str], line: int, problem: str) -> None:
    found, why = refusal(text, *fields)
    assert (found, why[: len(problem)]) == (line, problem)


def test_a_path_that_no_table_has_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match=r"^field: 'a.b' is not a part of a table; write a column, or"):
        entries(COUNTRIES, "a.b")


def test_a_table_with_a_head_alone_has_no_entries() -> None:
    assert refusal("network,cc\n", format_="csv")[1].startswith("has no entries in the format csv")
    assert refusal("# none\n", format_="csv")[1].startswith("has no entries in the format csv")


def test_comments_are_left() -> None:
    assert left(GEOFEED) == {"comments": [1]}
