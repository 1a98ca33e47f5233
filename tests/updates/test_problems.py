"""What a new list changes, and what makes it look wrong."""

import pytest
from hypothesis import example, given

from tests.strategies import addresses, read_address, read_network
from xmlrpc_guard.listfile import read_ranges
from xmlrpc_guard.published import ALL_LISTS, PUBLICATIONS, PUBLISHED, Publication
from xmlrpc_guard.ranges import Range, prefix_length, subtract
from xmlrpc_guard.updates.changes import compare
from xmlrpc_guard.updates.problems import find_problems

PLAUSIBLE = Publication(urls=(), shapes=(), families=(4, 6), least=2, most=16, widest={4: 18, 6: 32})
SOUND_V6 = "2600::/48 2600:1::/48 2600:2::/48 2600:3::/48"
SOUND = f"8.8.0.0/24 8.8.2.0/24 8.8.4.0/24 8.8.6.0/24 {SOUND_V6}"
ADJACENT = f"8.8.0.0/24 8.8.1.0/24 8.8.2.0/24 8.8.3.0/24 {SOUND_V6}"


def ranges(text: str) -> list[Range]:
    return read_ranges(text.replace(" ", "\n").encode() + b"\n#", "list")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param("", "", [], id="two empty lists"),
        pytest.param("8.8.8.8 ::1", "::1 8.8.8.8/32", [], id="equal ranges in a different order and spelling"),
        pytest.param("", "8.8.8.8", ["+ 8.8.8.8/32"], id="all is new"),
        pytest.param("8.8.8.8", "", ["- 8.8.8.8/32"], id="all is gone"),
        pytest.param(
            "9.9.9.9 ::1",
            "8.8.8.8 ::2",
            ["+ 8.8.8.8/32", "- 9.9.9.9/32", "- ::1/128", "+ ::2/128"],
            id="changes are sorted by address",
        ),
        pytest.param("8.8.8.0/24", "8.8.8.0/25", ["+ 8.8.8.0/25", "- 8.8.8.0/24"], id="a range cut in half"),
    ],
)
def test_what_changes(old: str, new: str, lines: list[str]) -> None:
    assert compare(ranges(old), ranges(new)).lines == lines


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        pytest.param("", SOUND, [], id="a first list"),
        pytest.param(SOUND, SOUND, [], id="an unchanged list"),
        pytest.param(SOUND, "8.8.0.0/24 8.8.2.0/24 2600::/48 2600:1::/48", [], id="half of the entries is left"),
        pytest.param(
            SOUND,
            SOUND.replace("8.8", "9.9").replace("2600", "2a00"),
            [
                "covers less than half of the IPv4 addresses that it covered",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="entirely different addresses",
        ),
        pytest.param(ADJACENT, f"8.8.0.0/22 {SOUND_V6}", [], id="four entries that became one"),
        pytest.param(f"8.8.0.0/22 {SOUND_V6}", ADJACENT, [], id="one entry that became four"),
        pytest.param(
            f"8.8.0.0/18 9.9.9.9 7.7.7.7 6.6.6.6 {SOUND_V6}",
            f"9.9.9.9 7.7.7.7 6.6.6.6 {SOUND_V6}",
            ["covers less than half of the IPv4 addresses that it covered"],
            id="the widest range of four is gone",
        ),
        pytest.param(
            f"8.8.0.0/30 {SOUND_V6}", f"8.8.0.0/31 9.9.9.9 {SOUND_V6}", [], id="half of the addresses are left"
        ),
        pytest.param(
            f"8.8.0.0/30 {SOUND_V6}",
            f"8.8.0.1 9.9.9.0/24 {SOUND_V6}",
            ["covers less than half of the IPv4 addresses that it covered"],
            id="a quarter of the addresses is left, beside many others",
        ),
        pytest.param(
            f"1.1.1.1 3.3.3.3 5.5.5.5 7.7.7.7 9.9.9.9 {SOUND_V6}",
            f"1.1.1.1 3.3.3.3 {SOUND_V6}",
            [
                "has 2 IPv4 entries where there were 5, fewer than half",
                "covers less than half of the IPv4 addresses that it covered",
            ],
            id="two of five entries are left",
        ),
        pytest.param("8.8.0.0/24 2600::/48", SOUND, [], id="four times as many"),
        pytest.param(
            SOUND,
            "8.8.0.0/24 2600::/48 2600:1::/48",
            [
                "has 1 IPv4 entry where there were 4, fewer than half",
                "covers less than half of the IPv4 addresses that it covered",
            ],
            id="fewer than half of the IPv4 entries",
        ),
        pytest.param(
            SOUND,
            SOUND.rpartition(" 2600:1")[0],
            [
                "has 1 IPv6 entry where there were 4, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="fewer than half of the IPv6 entries, though five of eight are left",
        ),
        pytest.param(
            SOUND,
            "8.8.0.0/24 8.8.2.0/24 8.8.4.0/24",
            [
                "has no IPv6 entry",
                "has 0 IPv6 entries where there were 4, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="a family is gone",
        ),
        pytest.param(
            "", "2600::/48", ["has no IPv4 entry", "has 1 entry, fewer than 2"], id="a first list of too few entries"
        ),
        pytest.param(
            "",
            f"{SOUND} 9.0.0.0/18 9.64.0.0/18 9.128.0.0/18 9.192.0.0/18",
            ["covers 66560 IPv4 addresses, more than 65536"],
            id="more addresses than plausible",
        ),
        pytest.param(
            "",
            f"{SOUND} 9.0.0.0/18 9.64.0.0/18 9.128.0.0/18 9.64.0.0/19 9.64.1.0/24",
            [],
            id="addresses that two ranges cover count once",
        ),
        pytest.param(
            "", f"9.0.0.0/18 9.64.0.0/18 9.128.0.0/18 9.192.0.0/18 {SOUND_V6}", [], id="as many addresses as plausible"
        ),
        pytest.param("", f"{SOUND} 9.0.0.0/17", ["9.0.0.0/17 is wider than /18"], id="a range that is too wide"),
        pytest.param(
            "",
            f"{SOUND} 2a00::/31 2c00::/31",
            ["2a00::/31 is wider than /32, and 1 more such"],
            id="two ranges that are too wide",
        ),
        pytest.param("", f"{SOUND} 10.0.0.0/24", ["10.0.0.0/24 is private"], id="a private range"),
        pytest.param("", f"{SOUND} 0.0.0.1", ["0.0.0.1/32 is no host's address"], id="an address of 0.0.0.0/8"),
        pytest.param(
            "",
            f"{SOUND} 192.0.0.0/22",
            ["192.0.0.0/22 contains addresses that are reserved for protocols"],
            id="a range with reserved addresses in it",
        ),
        pytest.param("", f"{SOUND} ::/96", ["::/96 is special or reserved"], id="an IPv4-compatible range"),
        pytest.param("", f"{SOUND} fe80::/64", ["fe80::/64 is link-local"], id="a link-local range"),
        pytest.param(
            "", f"{SOUND} fec0::/64", ["fec0::/64 is private, formerly site-local"], id="a range that was site-local"
        ),
    ],
)
def test_what_looks_wrong(old: str, new: str, problems: list[str]) -> None:
    assert find_problems(PLAUSIBLE, ranges(old), ranges(new)) == problems


HOLE = ranges("2600::7")


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        pytest.param(SOUND, SOUND, [], id="a file that was written without the hole"),
        pytest.param(
            SOUND,
            "8.8.0.0/24 8.8.2.0/24 2600::/48",
            [
                "has 1 IPv6 entry where there were 4, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="a range around a hole is one entry",
        ),
        pytest.param("2600::7", SOUND, [], id="an excluded address is not a loss"),
        pytest.param(
            "8.8.0.0/24 2600:1::/48 2600:2::/48 2600:3::/48",
            "8.8.0.0/24 2600:1::/48",
            [
                "has 1 IPv6 entry where there were 3, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="a hole outside all ranges does not count as an entry",
        ),
    ],
)
def test_a_hole_neither_counts_nor_hides_a_loss(old: str, new: str, problems: list[str]) -> None:
    assert find_problems(PLAUSIBLE, ranges(old), ranges(new), HOLE) == problems
    assert find_problems(PLAUSIBLE, subtract(ranges(old), HOLE), ranges(new), HOLE) == problems


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        pytest.param("", SOUND, [], id="a first list like the packaged one"),
        pytest.param(
            "",
            f"9.9.9.9 7.7.7.7 6.6.6.6 5.5.5.5 {SOUND_V6}",
            ["covers less than half of the IPv4 addresses that this package's list covers"],
            id="a first list of other addresses",
        ),
        pytest.param(
            "",
            f"8.8.0.0/24 {SOUND_V6}",
            [
                "has 1 IPv4 entry where this package's list has 4, fewer than half",
                "covers less than half of the IPv4 addresses that this package's list covers",
            ],
            id="a first list that was cut",
        ),
        pytest.param(
            "8.8.0.0/24 8.8.2.0/24",
            "8.8.0.0/24 8.8.2.0/24 2a00::/48 2a00:1::/48 2a00:2::/48",
            ["covers less than half of the IPv6 addresses that this package's list covers"],
            id="the first IPv6 of a file of IPv4",
        ),
        pytest.param(
            "9.9.9.9 7.7.7.7 2a00::/48 2a00:1::/48",
            "9.9.9.9 7.7.7.7 2a00::/48 2a00:1::/48",
            [],
            id="a file that is there counts, not the packaged list",
        ),
    ],
)
def test_a_first_list_is_compared_with_the_packaged_one(old: str, new: str, problems: list[str]) -> None:
    assert find_problems(PLAUSIBLE, ranges(old), ranges(new), packaged=ranges(SOUND)) == problems


@given(addresses.map(str).filter(read_network))
@example("64:ff9b:1::1")
@example("100::1")
@example("5f00::1")
@example("198.19.255.255")
def test_no_address_that_is_not_global_passes(text: str) -> None:
    address = read_address(text)
    assert address is not None
    assert address.is_global or find_problems(PLAUSIBLE, [], ranges(f"{SOUND} {text}"))


@pytest.mark.parametrize("name", sorted({*PUBLICATIONS} & {*PUBLISHED}))
def test_the_lists_as_last_seen_pass_with_room_to_grow(name: str) -> None:
    listed, publication = ALL_LISTS[name], PUBLICATIONS[name]
    seen = ranges(" ".join(listed.ranges))
    assert find_problems(publication, listed.entries, seen, listed.excluded) == []
    assert find_problems(publication, seen, seen, listed.excluded) == []
    assert [each for each in seen if publication.widest[each[0]] >= prefix_length(each)] == []
    assert len(seen) >= 1.5 * publication.least, "least leaves room for a list that shrinks by a third"


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_a_list_is_downloaded_over_https_and_limited(name: str) -> None:
    publication = PUBLICATIONS[name]
    assert all(url.startswith("https://") for url in publication.urls)
    assert {*publication.families} <= {*publication.widest} == {4, 6}
    assert publication.shapes
    assert publication.most < publication.widest[4] >= 9, "most leaves room for two entries of the widest"
    assert publication.widest[6] >= 24
