"""The judge: what a new list changes, and what makes it look wrong."""

import pytest
from hypothesis import example, given

from tests.strategies import read_address
from tests.updates.test_blocks import addresses
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import format_cidr
from xmlrpc_guard.updates.blocks import published_blocks, read_blocks
from xmlrpc_guard.updates.feeds import FEEDS, Feed, meant
from xmlrpc_guard.updates.judge import difference, doubts

FEED = Feed(urls=(), forms=(), families=(4, 6), least=2, most=16, widest={4: 18, 6: 32})
SOUND_V6 = "2600::/48 2600:1::/48 2600:2::/48 2600:3::/48"
SOUND = f"8.8.0.0/24 8.8.2.0/24 8.8.4.0/24 8.8.6.0/24 {SOUND_V6}"
ADJACENT = f"8.8.0.0/24 8.8.1.0/24 8.8.2.0/24 8.8.3.0/24 {SOUND_V6}"


def blocks(text: str) -> list[tuple[int, int, int]]:
    return read_blocks(text.replace(" ", "\n").encode() + b"\n#", "list")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param("", "", [], id="nothing"),
        pytest.param("8.8.8.8 ::1", "::1 8.8.8.8/32", [], id="the same, in another order and spelling"),
        pytest.param("", "8.8.8.8", ["+ 8.8.8.8/32"], id="all is new"),
        pytest.param("8.8.8.8", "", ["- 8.8.8.8/32"], id="all is gone"),
        pytest.param(
            "9.9.9.9 ::1", "8.8.8.8 ::2", ["+ 8.8.8.8/32", "- 9.9.9.9/32", "- ::1/128", "+ ::2/128"], id="by address"
        ),
        pytest.param("8.8.8.0/24", "8.8.8.0/25", ["+ 8.8.8.0/25", "- 8.8.8.0/24"], id="a range cut in half"),
    ],
)
def test_the_difference(old: str, new: str, lines: list[str]) -> None:
    assert difference(blocks(old), blocks(new)).lines == lines


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("", SOUND, [], id="a first list"),
        pytest.param(SOUND, SOUND, [], id="the same"),
        pytest.param(SOUND, "8.8.0.0/24 8.8.2.0/24 2600::/48 2600:1::/48", [], id="half is left"),
        pytest.param(
            SOUND,
            SOUND.replace("8.8", "9.9").replace("2600", "2a00"),
            [
                "covers less than half of the IPv4 addresses that it covered",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="other addresses altogether",
        ),
        pytest.param(ADJACENT, f"8.8.0.0/22 {SOUND_V6}", [], id="four entries that became one"),
        pytest.param(f"8.8.0.0/22 {SOUND_V6}", ADJACENT, [], id="one that became four"),
        pytest.param(
            f"8.8.0.0/18 9.9.9.9 7.7.7.7 6.6.6.6 {SOUND_V6}",
            f"9.9.9.9 7.7.7.7 6.6.6.6 {SOUND_V6}",
            ["covers less than half of the IPv4 addresses that it covered"],
            id="the wide one of four is gone",
        ),
        pytest.param(f"8.8.0.0/30 {SOUND_V6}", f"8.8.0.0/31 9.9.9.9 {SOUND_V6}", [], id="half of the addresses"),
        pytest.param(
            f"8.8.0.0/30 {SOUND_V6}",
            f"8.8.0.1 9.9.9.0/24 {SOUND_V6}",
            ["covers less than half of the IPv4 addresses that it covered"],
            id="a quarter of them, beside many others",
        ),
        pytest.param(
            f"1.1.1.1 3.3.3.3 5.5.5.5 7.7.7.7 9.9.9.9 {SOUND_V6}",
            f"1.1.1.1 3.3.3.3 {SOUND_V6}",
            [
                "has 2 of IPv4 where there were 5, fewer than half",
                "covers less than half of the IPv4 addresses that it covered",
            ],
            id="two of five",
        ),
        pytest.param("8.8.0.0/24 2600::/48", SOUND, [], id="four times as many"),
        pytest.param(
            SOUND,
            "8.8.0.0/24 2600::/48 2600:1::/48",
            [
                "has 1 of IPv4 where there were 4, fewer than half",
                "covers less than half of the IPv4 addresses that it covered",
            ],
            id="fewer than half, of IPv4 alone",
        ),
        pytest.param(
            SOUND,
            SOUND.rpartition(" 2600:1")[0],
            [
                "has 1 of IPv6 where there were 4, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="of IPv6 alone, though five of eight are left",
        ),
        pytest.param(
            SOUND,
            "8.8.0.0/24 8.8.2.0/24 8.8.4.0/24",
            [
                "has no IPv6 entry",
                "has 0 of IPv6 where there were 4, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="a family is gone",
        ),
        pytest.param(
            "", "2600::/48", ["has no IPv4 entry", "has 1 entries, fewer than 2"], id="too few from the start"
        ),
        pytest.param(
            "",
            f"{SOUND} 9.0.0.0/18 9.64.0.0/18 9.128.0.0/18 9.192.0.0/18",
            ["covers 66560 IPv4 addresses, more than 65536"],
            id="vast",
        ),
        pytest.param(
            "",
            f"{SOUND} 9.0.0.0/18 9.64.0.0/18 9.128.0.0/18 9.64.0.0/19 9.64.1.0/24",
            [],
            id="what is twice covered counts once",
        ),
        pytest.param(
            "", f"9.0.0.0/18 9.64.0.0/18 9.128.0.0/18 9.192.0.0/18 {SOUND_V6}", [], id="as many as it may at most"
        ),
        pytest.param("", f"{SOUND} 9.0.0.0/17", ["9.0.0.0/17 is wider than /18"], id="wide"),
        pytest.param(
            "", f"{SOUND} 2a00::/31 2c00::/31", ["2a00::/31 is wider than /32, and 1 more such"], id="two are wide"
        ),
        pytest.param("", f"{SOUND} 10.0.0.0/24", ["10.0.0.0/24 is private"], id="private"),
        pytest.param("", f"{SOUND} 0.0.0.1", ["0.0.0.1/32 is no host's address"], id="this host"),
        pytest.param(
            "", f"{SOUND} 192.0.0.0/22", ["192.0.0.0/22 holds what is reserved for protocols"], id="holds private"
        ),
        pytest.param("", f"{SOUND} ::/96", ["::/96 is special or reserved"], id="IPv4-compatible"),
        pytest.param("", f"{SOUND} fe80::/64", ["fe80::/64 is link-local"], id="link-local"),
        pytest.param("", f"{SOUND} fec0::/64", ["fec0::/64 is private, formerly site-local"], id="what was site-local"),
    ],
)
def test_what_looks_wrong(old: str, new: str, told: list[str]) -> None:
    assert doubts(FEED, blocks(old), blocks(new)) == told


HOLED = FEED._replace(without=("2600::7/128",))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(SOUND, SOUND, [], id="a list of old, written without a hole"),
        pytest.param(
            SOUND,
            "8.8.0.0/24 8.8.2.0/24 2600::/48",
            [
                "has 1 of IPv6 where there were 4, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="a range around a hole is one entry",
        ),
        pytest.param("2600::7", SOUND, [], id="what is left out is no loss"),
        pytest.param(
            "8.8.0.0/24 2600:1::/48 2600:2::/48 2600:3::/48",
            "8.8.0.0/24 2600:1::/48",
            [
                "has 1 of IPv6 where there were 3, fewer than half",
                "covers less than half of the IPv6 addresses that it covered",
            ],
            id="a hole in none of the ranges is no entry",
        ),
    ],
)
def test_a_hole_neither_counts_nor_hides_a_loss(old: str, new: str, told: list[str]) -> None:
    assert doubts(HOLED, blocks(old), blocks(new)) == told
    assert doubts(HOLED, meant(HOLED, blocks(old)), blocks(new)) == told


@given(addresses.map(str))
@example("64:ff9b:1::1")
@example("100::1")
@example("5f00::1")
@example("198.19.255.255")
def test_no_address_that_is_not_global_passes(text: str) -> None:
    address = read_address(text)
    assert address is not None
    assert address.is_global or doubts(FEED, [], blocks(f"{SOUND} {text}"))


@pytest.mark.parametrize("name", sorted({*FEEDS} & {*PUBLISHED}))
def test_the_lists_that_were_seen_pass_with_room_to_grow(name: str) -> None:
    seen = blocks(" ".join(PUBLISHED[name].ranges))
    assert FEEDS[name].without == PUBLISHED[name].without
    assert doubts(FEEDS[name], published_blocks(name), seen) == []
    assert doubts(FEEDS[name], seen, seen) == []
    wider = [
        (version, first, last)
        for version, first, last in seen
        if FEEDS[name].widest[version] < prefix((version, first, last))
    ]
    assert wider == seen


def prefix(block: tuple[int, int, int]) -> int:
    return int(format_cidr(block).partition("/")[2])


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_fetched_over_https_and_limited(name: str) -> None:
    feed = FEEDS[name]
    assert all(url.startswith("https://") for url in feed.urls)
    assert {*feed.families} <= {*feed.widest} == {4, 6}
    assert feed.forms
    assert feed.most < feed.widest[4] >= 9
    assert feed.widest[6] >= 24
