"""The frozen lists: that they are what was published, and that they cannot be changed by whoever reads them."""

import re
from ipaddress import IPv4Network, collapse_addresses, ip_network
from typing import Any

import pytest

from xmlrpc_guard.published import PUBLISHED, PublishedList

# https://jetpack.com/ips-v4.txt as last seen, in 2025: the seven of 2019 and the range of 2015.
OF_2015 = ["192.0.64.0/18"]
OF_2019 = [
    "122.248.245.244/32",
    "54.217.201.243/32",
    "54.232.116.4/32",
    "192.0.80.0/20",
    "192.0.96.0/20",
    "192.0.112.0/20",
    "195.234.108.0/22",
]


def test_jetpack_is_the_list_of_2019_with_the_range_of_2015() -> None:
    assert sorted(PUBLISHED["jetpack"].ranges) == sorted(OF_2015 + OF_2019)


def test_jetpack_says_where_and_when_it_was_seen() -> None:
    assert (PUBLISHED["jetpack"].source, PUBLISHED["jetpack"].seen) == ("https://jetpack.com/ips-v4.txt", "2025")


def test_jetpack_covers_five_separate_ranges() -> None:
    assert [str(network) for network in collapse_addresses(map(IPv4Network, PUBLISHED["jetpack"].ranges))] == [
        "54.217.201.243/32",
        "54.232.116.4/32",
        "122.248.245.244/32",
        "192.0.64.0/18",
        "195.234.108.0/22",
    ]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_name_is_lower_case_and_cannot_be_taken_for_an_address(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_-]*", name)
    assert name != "unix"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_list_is_dated_sourced_and_holds_strict_cidrs_once_each(name: str) -> None:
    listed = PUBLISHED[name]
    assert re.fullmatch(r"20[0-9]{2}(-[01][0-9](-[0-3][0-9])?)?", listed.seen)
    assert listed.source.startswith("https://")
    assert [str(ip_network(text)) for text in listed.ranges] == list(dict.fromkeys(listed.ranges))
    assert listed.ranges


def test_nobody_can_change_the_lists_for_all_others() -> None:
    table: Any = PUBLISHED
    with pytest.raises(TypeError):
        table["jetpack"] = PublishedList(source="", seen="", ranges=())
    with pytest.raises(AttributeError):
        table["jetpack"].ranges = ()
