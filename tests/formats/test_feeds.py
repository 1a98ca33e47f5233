"""Feeds: Tor's exits, PeerGuardian's and eMule's lists, and the registries' statistics."""

import pytest

from tests.formats.reading import entries, found_format, left, refusal

TOR = """\
@type tordnsel 1.0
Downloaded 2026-10-06 13:02:00
ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2026-10-06 10:00:00
LastStatus 2026-10-06 11:00:00
ExitAddress 192.0.2.7 2026-10-06 10:30:00
ExitAddress 2001:db8::7 2026-10-06 10:30:01
"""


def test_the_addresses_of_tors_exits() -> None:
    assert found_format(TOR) == "Tor's exit addresses"
    assert entries(TOR) == ["192.0.2.7/32", "2001:db8::7/128"]
    assert left(TOR) == {"what else is known of an exit": [1, 2, 3, 4, 5]}
    assert refusal(f"{TOR}NotARecord 192.0.2.8\n") == (
        8,
        "'NotARecord 192.0.2.8' is not a line of exit addresses; fetch the list again",
    )


P2P = "# a list\nSome: Organization, Ltd:192.0.2.0-192.0.2.255\nother:198.51.100.1-198.51.100.9\n"


def test_the_ranges_of_peerguardian() -> None:
    assert found_format(P2P) == "PeerGuardian's lists"
    assert entries(P2P) == ["192.0.2.0/24", "198.51.100.1-198.51.100.9"]
    assert refusal(f"{P2P}cut off:192.0.2.0-192.0.2\n")[0] == 4


DAT = "# a list\n001.002.003.000 - 001.002.003.255 , 000 , label, more\n010.000.000.001 - 010.000.000.009 , 127 , x\n"


def test_the_ranges_of_emule() -> None:
    assert found_format(DAT) == "eMule's lists"
    assert entries(DAT) == ["1.2.3.0/24", "10.0.0.1-10.0.0.9"]
    assert refusal(f"{DAT}010.000.000.005 - 010.000.000.005 , 200 , let in\n")[1].startswith(
        "'010.000.000.005 - 010.000.000.005 , 200 , let in' is an exception, its level being above 127; a list file"
    )
    assert refusal(f"{DAT}cut off\n") == (4, "'cut off' is not a range, a level and a label; fetch the list again")


DELEGATED = """\
2|ripencc|20261006|7|19830705|20261005|+0200
ripencc|*|ipv4|*|4|summary
ripencc|*|ipv6|*|1|summary
ripencc|*|asn|*|1|summary
ripencc|DE|asn|1|1|20010101|allocated|x
ripencc|DE|ipv4|192.0.2.0|256|20010101|allocated|x
ripencc|DE|ipv4|198.51.100.0|768|20010101|assigned|x
ripencc|FR|ipv4|203.0.113.0|256|20010101|allocated|x
ripencc||ipv4|10.0.0.0|256||available
ripencc|DE|ipv6|2001:db8::|32|20010101|allocated|x
"""


def test_the_ranges_of_a_country() -> None:
    assert refusal(DELEGATED)[1] == (
        "holds several lists: 'DE' (line 6), 'FR' (line 8); name the one that is meant with --field"
    )
    assert entries(DELEGATED, "DE") == ["192.0.2.0/24", "198.51.100.0-198.51.102.255", "2001:db8::/32"]
    assert left(DELEGATED, "DE") == {
        "what describes the file": [1],
        "records of what is not given out, or of AS numbers": [5, 9],
    }


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        pytest.param(
            ("ripencc|FR|ipv4|203.0.113.0|256|20010101|allocated|x\n", ""),
            9,
            "has 3 records of ipv4, not the 4 that it says; fetch it again",
            id="a record too few",
        ),
        pytest.param(
            ("|32|20010101|allocated|x", "|3"), 10, "'ripencc|DE|ipv6|2001:db8::|3' is not a record", id="cut off"
        ),
        pytest.param(("|192.0.2.0|256", "|192.0.2.0|x"), 6, "'ripencc|DE|ipv4|192.0.2.0|x|", id="a count that is none"),
        pytest.param(
            ("*|1|summary", "*|x|summary"), 10, "has 1 records of ipv6, not the -1 that", id="a sum that is none"
        ),
    ],
)
def test_a_file_that_is_damaged_is_refused(change: tuple[str, str], line: int, problem: str) -> None:
    found, why = refusal(DELEGATED.replace(*change), "DE")
    assert (found, why[: len(problem)]) == (line, problem)


@pytest.mark.parametrize("count", ["257", "9999999999", "9" * 5000], ids=["by one", "far", "of many digits"])
def test_a_range_beyond_the_last_address_is_refused(count: str) -> None:
    found, why = refusal(f"x|DE|ipv4|255.255.255.0|{count}|20010101|allocated\n")
    assert (found, why[:25]) == (1, "'x|DE|ipv4|255.255.255.0|")


def test_a_range_may_end_with_the_last_address() -> None:
    assert entries("x|DE|ipv4|255.255.255.0|256|20010101|allocated\n") == ["255.255.255.0/24"]


def test_a_level_of_more_digits_than_python_reads_is_refused() -> None:
    found, why = refusal(f"10.0.0.1 - 10.0.0.2 , {'9' * 5000} , x\n", format_="dat")
    assert (found, "is not a range, a level and a label" in why) == (1, True)
