"""The frozen lists: that they are what was published, and that their readers cannot change them."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from tests.frontends import ROOT
from tests.strategies import IPAddress, IPNetwork, addresses
from xmlrpc_guard import Networks, Policy, Reason, Request
from xmlrpc_guard.published import (
    ALL_LISTS,
    ARRAY,
    LINES,
    OBJECTS,
    PUBLICATIONS,
    PUBLISHED,
    PublishedList,
    published_entries,
)
from xmlrpc_guard.ranges import format_cidr, overlaps

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


class Facts(NamedTuple):
    """What a copy of the source states, beside the ranges themselves."""

    source: str
    seen: str
    v4: int
    widest_v4: int
    v4_addresses: int
    v6: int = 0
    widest_v6: int = 128


# How many addresses the IPv4 ranges of a list cover was counted by others, for Cloudflare and Fastly.
FACTS = {
    "jetpack": Facts("https://jetpack.com/ips-v4.txt", "2025", 8, 18, 16384 + 1024 + 3),
    "cloudflare": Facts("https://www.cloudflare.com/ips/", "2026-09-17", 15, 13, 1524736, 7, 29),
    "cloudfront": Facts("https://ip-ranges.amazonaws.com/ip-ranges.json", "2026-10-06", 46, 16, 343616, 35, 36),
    "fastly": Facts("https://api.fastly.com/public-ip-list", "2026-09-17", 19, 16, 304128, 2, 32),
    "sucuri": Facts(
        "https://docs.sucuri.net/website-firewall/sucuri-firewall-troubleshooting-guide/",
        "2026-10-14",
        4,
        22,
        3 * 1024 + 512,
        1,
        29,
    ),
    "google-lb": Facts(
        "https://cloud.google.com/load-balancing/docs/firewall-rules", "2026-11", 2, 16, 65536 + 1024, 2, 64
    ),
    "private": Facts("https://www.rfc-editor.org/rfc/rfc6890", "2013-04", 5, 8, 2**24 * 2 + 2**20 + 2**16 * 2, 3, 7),
}
PUBLIC = [name for name in PUBLISHED if name != "private"]


def test_jetpack_is_the_list_of_2019_with_the_range_of_2015() -> None:
    assert sorted(PUBLISHED["jetpack"].ranges) == sorted(OF_2015 + OF_2019)


def test_jetpack_covers_five_separate_ranges() -> None:
    assert list(map(str, collapse_addresses(of_ipv4("jetpack")))) == [
        "54.217.201.243/32",
        "54.232.116.4/32",
        "122.248.245.244/32",
        "192.0.64.0/18",
        "195.234.108.0/22",
    ]


def test_each_list_has_its_facts() -> None:
    """A new list needs a row of FACTS, counted in a copy of its source, at its place in PUBLISHED."""
    assert list(FACTS) == list(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_list_is_what_its_source_published(name: str) -> None:
    v4, v6 = of_ipv4(name), of_ipv6(name)
    assert FACTS[name] == Facts(
        PUBLISHED[name].source,
        PUBLISHED[name].seen,
        v4=len(v4),
        widest_v4=widest(v4),
        v4_addresses=sum(network.num_addresses for network in collapse_addresses(v4)),
        v6=len(v6),
        widest_v6=widest(v6),
    )


def of_ipv4(name: str) -> list[IPv4Network]:
    return [IPv4Network(text) for text in PUBLISHED[name].ranges if ":" not in text]


def of_ipv6(name: str) -> list[IPv6Network]:
    return [IPv6Network(text) for text in PUBLISHED[name].ranges if ":" in text]


def widest(networks: Iterable[IPv4Network | IPv6Network]) -> int:
    return min((network.prefixlen for network in networks), default=128)


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


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_service_publishes_is_public(name: str) -> None:
    assert [text for text in PUBLISHED[name].ranges if not ip_network(text).is_global] == []


def test_no_address_is_in_two_lists() -> None:
    pairs = [*combinations(PUBLISHED, 2)]
    assert [(a, b) for one, other in pairs for a in of_ipv4(one) for b in of_ipv4(other) if a.overlaps(b)] == []
    assert [(a, b) for one, other in pairs for a in of_ipv6(one) for b in of_ipv6(other) if a.overlaps(b)] == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_manual_shows_the_list_with_its_source_and_its_date(name: str) -> None:
    listed, row = PUBLISHED[name], rf"^\| `{name}` \| .* \| (<.*>) \| (.*) \|$"
    shown = re.search(row, (ROOT / "docs/reference/lists.md").read_text("utf-8"), re.MULTILINE)
    assert shown, f"docs/reference/lists.md needs a row | `{name}` | whose | <{listed.source}> | {listed.seen} |"
    assert shown.groups() == (f"<{listed.source}>", listed.seen)


# As proxies


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
def test_a_list_names_proxies_from_its_first_address_to_its_last(name: str, last: bool) -> None:
    policy = Policy(allow=["203.0.113.7"], trusted_proxies=[name])
    for text in PUBLISHED[name].ranges:
        peer = str(ip_network(text)[-1 if last else 0])
        assert policy.decide(Request("/xmlrpc.php", peer, "192.0.2.1, 203.0.113.7")).reason is Reason.LISTED


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_address_outside_the_list_is_not_a_proxy(name: str) -> None:
    policy = Policy(allow=["203.0.113.7"], trusted_proxies=[name])
    assert policy.decide(Request("/xmlrpc.php", "198.51.100.1", "203.0.113.7")).client == "198.51.100.1"


def test_lists_and_ranges_stand_side_by_side() -> None:
    policy = Policy(allow=["jetpack"], trusted_proxies=["cloudflare", "private", "198.51.100.1", "unix"])
    hops = "8.8.8.8, 192.0.64.5, 104.16.0.1, 198.51.100.1"
    assert policy.decide(Request("/xmlrpc.php", "10.0.0.5", hops)).client == "192.0.64.5"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        pytest.param("cloudflare", "104.28.207.1", id="Cloudflare's WARP and Apple's Private Relay"),
        pytest.param(
            "cloudflare", "2a06:98c0:3600::103", id="a Worker, which is not a proxy but has an address of theirs"
        ),
        pytest.param("fastly", "140.248.34.186", id="Private Relay by Fastly"),
        pytest.param("fastly", "146.75.168.134", id="Private Relay by Fastly from a second range"),
        pytest.param("fastly", "2a04:4e41:1318::1", id="Private Relay by Fastly over IPv6"),
    ],
)
def test_users_of_a_service_are_not_its_proxies(name: str, address: str) -> None:
    policy = Policy(allow=["jetpack"], trusted_proxies=[name])
    peer = str(of_ipv4(name)[0][1])
    assert policy.decide(Request("/xmlrpc.php", peer, f"192.0.64.5, {address}")).client == address


def test_a_client_on_a_private_network_is_a_proxy_and_what_it_wrote_is_trusted() -> None:
    policy = Policy(allow=["jetpack"], trusted_proxies=["private"])
    assert policy.decide(Request("/xmlrpc.php", "10.0.0.1", "192.0.64.5, 10.1.2.3")).reason is Reason.LISTED


def less(network: IPNetwork, without: IPNetwork) -> Iterable[IPNetwork]:
    within = network.version == without.version and without.subnet_of(network)  # type: ignore[arg-type]
    return network.address_exclude(without) if within else [network]  # type: ignore[arg-type]


ENTRIES = [
    pytest.param("jetpack", 8, id="jetpack, of which three ranges lie within another"),
    pytest.param("cloudflare", 21 + 99, id="cloudflare, of which one range has a hole"),
    pytest.param("cloudfront", 81, id="cloudfront"),
    pytest.param("fastly", 21, id="fastly"),
    pytest.param("sucuri", 5, id="sucuri"),
    pytest.param("google-lb", 4, id="google-lb"),
    pytest.param("private", 8, id="private"),
]


def test_the_entries_of_each_list_are_counted() -> None:
    """A new list needs a row of ENTRIES, at its place in PUBLISHED."""
    assert [row.values[0] for row in ENTRIES] == list(PUBLISHED)


@pytest.mark.parametrize(("name", "count"), ENTRIES)
def test_how_many_entries_a_list_has(name: str, count: int) -> None:
    listed, entries = PUBLISHED[name], published_entries(name)
    assert (len(entries), entries) == (count, sorted(entries))
    assert not any(overlaps(entry, hole) for entry in entries for hole in listed.excluded)
    holes = list(map(ip_network, listed.without))
    whole = {text for text in listed.ranges if not any(overlap(ip_network(text), hole) for hole in holes)}
    assert whole <= {*map(format_cidr, entries)}
    assert len(whole) == len(listed.ranges) - len(holes)


def overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)


def test_lists_that_can_only_be_downloaded_have_names_that_no_setting_takes() -> None:
    assert {*ALL_LISTS} - {*PUBLISHED} == {"aws", "quic-cloud"}
    assert {*ALL_LISTS} - {*PUBLICATIONS} == {"private"}  # and these no one can download
    assert [name for name, publication in PUBLICATIONS.items() if publication.needs_service] == ["aws"]


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_each_shape_in_which_a_list_is_published_is_one_that_a_download_may_have(name: str) -> None:
    assert {*PUBLICATIONS[name].shapes} <= {LINES, ARRAY, *OBJECTS}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_list_covers_what_was_published_less_what_is_excluded(name: str) -> None:
    covered = list(map(ip_network, PUBLISHED[name].ranges))
    for without in map(ip_network, PUBLISHED[name].without):
        covered = [left for network in covered for left in less(network, without)]
    assert Networks([name]) == Networks(map(str, covered))


# What is private


@pytest.mark.parametrize("text", PUBLISHED["private"].ranges)
def test_a_private_range_ends_where_the_standard_library_says(text: str) -> None:
    network = ip_network(text)
    first, last = network[0], network[-1]
    around = [first - 1, first, last, last + 1]
    assert [str(address) in Networks(["private"]) for address in around] == [False, True, True, False]
    assert [address.is_private and not address.is_unspecified for address in around] == [False, True, True, False]


@given(addresses)
def test_the_private_list_holds_nothing_public_and_all_of_loopback_and_link_local(address: IPAddress) -> None:
    held = str(address) in Networks(["private"])
    mapped = getattr(address, "ipv4_mapped", None) or address
    assert held <= mapped.is_private
    assert held >= (mapped.is_loopback or mapped.is_link_local)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("100.64.0.1", id="what carriers share among customers, RFC 6598"),
        pytest.param("0.0.0.0", id="the address of zeros"),
        pytest.param("::", id="the address of zeros over IPv6"),
        pytest.param("192.0.2.1", id="an address for documents, RFC 5737"),
        pytest.param("198.18.0.1", id="an address for benchmarks, RFC 2544"),
        pytest.param("240.0.0.1", id="a reserved address, RFC 1112"),
        pytest.param("255.255.255.255", id="the broadcast address"),
        pytest.param("224.0.0.1", id="a multicast address"),
        pytest.param("fec0::1", id="a site-local address, which RFC 3879 did away with"),
        pytest.param("2001:db8::1", id="an IPv6 address for documents, RFC 3849"),
        pytest.param("64:ff9b::a00:1", id="10.0.0.1 through a translator, RFC 6052"),
    ],
)
def test_an_address_that_is_not_in_the_private_list(address: str) -> None:
    assert address not in Networks(["private"])


def test_the_lists_cannot_be_changed() -> None:
    table: Any = PUBLISHED
    with pytest.raises(TypeError):
        table["jetpack"] = PublishedList(source="", seen="", ranges=())
    with pytest.raises(AttributeError):
        table["jetpack"].ranges = ()
