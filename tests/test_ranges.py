"""Range arithmetic, beside what ``ipaddress`` and ``netaddr`` make of the same addresses."""

from collections.abc import Callable
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
    summarize_address_range,
)
from typing import Any

import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import IPNetwork, mutated
from xmlrpc_guard.ranges import (
    WIDEST,
    WIDTH,
    Range,
    collapse,
    contains,
    count_addresses,
    cut,
    format_address,
    format_cidr,
    format_range,
    merge,
    overlaps,
    parse_cidr,
    parse_ends,
    parse_plain,
    prefix_length,
    subtract,
    unmap,
)

TOP = {version: (1 << width) - 1 for version, width in WIDTH.items()}


def _near(version: int) -> st.SearchStrategy[int]:
    """Draw addresses that often meet: near both ends and near one place in the middle."""
    places = st.sampled_from([0, 5 << WIDTH[version] - 8, TOP[version]])
    return st.builds(lambda at, step: min(max(at + step, 0), TOP[version]), places, st.integers(-9, 9))


def _range(version: int) -> st.SearchStrategy[Range]:
    return st.tuples(_near(version), _near(version)).map(lambda ends: (version, min(ends), max(ends)))


ranges = st.lists(_range(4) | _range(6), max_size=8)
ANY_NETWORK: st.SearchStrategy[IPNetwork] = st.ip_addresses().flatmap(
    lambda address: st.integers(0, address.max_prefixlen).map(
        lambda length: ip_network(f"{address}/{length}", strict=False)
    )
)


def networks_of(each: Range) -> list[Any]:
    """Give the networks of a range, as the standard library cuts it."""
    version, first, last = each
    kind = type(ip_address("0.0.0.0" if version == 4 else "::"))
    return [*summarize_address_range(kind(first), kind(last))]


def as_ip_set(members: list[Range]) -> netaddr.IPSet:
    return netaddr.IPSet([str(network) for each in members for network in networks_of(each)])


def as_networks(cidrs: list[Range]) -> list[IPNetwork]:
    # As values: inet_ntop(3) writes ::0.1.0.0 where the standard library writes ::1:0.
    return [ip_network(format_cidr(cidr)) for cidr in cidrs]


# CIDR text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("10.0.0.0/8", (4, 0x0A000000, 0x0AFFFFFF), id="a CIDR"),
        pytest.param("10.0.0.1", (4, 0x0A000001, 0x0A000001), id="an address"),
        pytest.param("10.0.0.0/255.0.0.0", (4, 0x0A000000, 0x0AFFFFFF), id="an IPv4 address with a netmask"),
        pytest.param("0.0.0.0/0", (4, 0, TOP[4]), id="all of IPv4"),
        pytest.param("0.0.0.0/0.0.0.0", (4, 0, TOP[4]), id="all of IPv4 with a netmask"),
        pytest.param("::/0", (6, 0, TOP[6]), id="all of IPv6"),
        pytest.param("::FFFF:10.0.0.1", (6, 0xFFFF0A000001, 0xFFFF0A000001), id="an IPv4-mapped address is IPv6"),
        pytest.param("10.0.0.1/8", None, id="host bits"),
        pytest.param("10.0.0.0/33", None, id="a prefix that is too long"),
        pytest.param("10.0.0.0/", None, id="a prefix that is missing"),
        pytest.param("10.0.0.0/08", None, id="a prefix with a leading zero"),
        pytest.param("10.0.0.0/8/8", None, id="two prefixes"),
        pytest.param("::/::", None, id="a netmask of IPv6"),
        pytest.param("::/255.0.0.0", None, id="a netmask of IPv4 on an address of IPv6"),
        pytest.param("10.0.0.0/0.255.255.255", None, id="a wildcard mask"),
        pytest.param("10.0.0", None, id="a partial address"),
        pytest.param("10.0.0.1\0", None, id="a NUL after an address"),
        pytest.param("\ud800", None, id="text that cannot be encoded"),
        pytest.param("jetpack", None, id="a name"),
        pytest.param("", None, id="no text"),
    ],
)
def test_what_text_is_read_as(text: str, expected: Range | None) -> None:
    assert parse_cidr(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("10.0.0.0-10.0.0.9", (4, 0x0A000000, 0x0A000009), id="two addresses of IPv4"),
        pytest.param("FD00::-fd00::FF", (6, 0xFD << 120, (0xFD << 120) + 0xFF), id="two addresses of IPv6"),
        pytest.param("fd00::\t \u2013 \tFD00::ff", (6, 0xFD << 120, (0xFD << 120) + 0xFF), id="blanks and an en dash"),
        pytest.param("10.0.0.1-10.0.0.1", (4, 0x0A000001, 0x0A000001), id="an address twice"),
        pytest.param("10.0.0.9-10.0.0.0", None, id="backwards"),
        pytest.param("10.0.0.0-::1", None, id="one of each IP version"),
        pytest.param("10.0.0.0-9", None, id="a part of an address"),
        pytest.param("10.0.0.0-", None, id="nothing after the dash"),
        pytest.param("-10.0.0.9", None, id="nothing before the dash"),
        pytest.param("10.0.0.0-10.0.0.5-10.0.0.9", None, id="three addresses"),
        pytest.param(" 10.0.0.0-10.0.0.9", None, id="a blank at the beginning"),
        pytest.param("10.0.0.0-10.0.0.9 ", None, id="a blank at the end"),
        pytest.param("10.0.0.0/8-11.0.0.0/8", None, id="two CIDRs"),
    ],
)
def test_what_two_addresses_are_read_as(text: str, expected: Range | None) -> None:
    assert parse_ends(text) == parse_plain(text) == expected


MAPPED = 0xFFFF << 32


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        pytest.param((4, 0, TOP[4]), (4, 0, TOP[4]), id="IPv4 stays what it is"),
        pytest.param((6, MAPPED, MAPPED + TOP[4]), (4, 0, TOP[4]), id="all of IPv4-mapped IPv6 is all of IPv4"),
        pytest.param((6, MAPPED + 10, MAPPED + 20), (4, 10, 20), id="a part of IPv4-mapped IPv6 is IPv4"),
        pytest.param((6, 0, TOP[6]), (6, 0, TOP[6]), id="all of IPv6 is IPv6"),
        pytest.param((6, 0, MAPPED * 2), (6, 0, MAPPED * 2), id="a range from :: over the mapped block is IPv6"),
        pytest.param((6, 1, TOP[6]), None, id="a range from ::1 over the mapped block would be of both"),
        pytest.param((6, 0, MAPPED), None, id="a range from :: into the mapped block would be of both"),
        pytest.param((6, 0, MAPPED + TOP[4]), None, id="a range from :: to the block's end would be of both"),
        pytest.param((6, MAPPED, MAPPED + TOP[4] + 1), None, id="a range out of the mapped block would be of both"),
        pytest.param((6, MAPPED + TOP[4], TOP[6]), None, id="a range from the block's last address would be of both"),
        pytest.param((6, 0, MAPPED - 1), (6, 0, MAPPED - 1), id="all below the mapped block is IPv6"),
        pytest.param(
            (6, MAPPED + TOP[4] + 1, TOP[6]), (6, MAPPED + TOP[4] + 1, TOP[6]), id="all above the mapped block is IPv6"
        ),
        pytest.param((6, MAPPED >> 1, MAPPED >> 1), (6, MAPPED >> 1, MAPPED >> 1), id="::7fff:8000:0 is IPv6"),
        pytest.param((6, MAPPED << 1, MAPPED << 1), (6, MAPPED << 1, MAPPED << 1), id="::1:fffe:0:0 is IPv6"),
    ],
)
def test_which_ranges_of_ipv6_are_ipv4(each: Range, expected: Range | None) -> None:
    assert unmap(each) == expected


@pytest.mark.parametrize(
    ("each", "text"),
    [
        pytest.param((4, 0xC0004000, 0xC0007FFF), "192.0.64.0/18", id="one network"),
        pytest.param((4, 0xC0004001, 0xC0004001), "192.0.64.1/32", id="one address"),
        pytest.param((4, 0xC0004000, 0xC0004002), "192.0.64.0-192.0.64.2", id="three addresses"),
        pytest.param((4, 0xC0004001, 0xC0004002), "192.0.64.1-192.0.64.2", id="two addresses of two networks"),
    ],
)
def test_how_a_range_is_written(each: Range, text: str) -> None:
    assert format_range(each) == text


@given(_range(4) | _range(6))
def test_a_range_is_written_as_a_cidr_if_it_is_one_and_reads_back(each: Range) -> None:
    written, cidrs = format_range(each), networks_of(each)
    assert ("/" in written) == (len(cidrs) == 1)
    assert (parse_cidr(written) or parse_ends(written)) == each


@given(ANY_NETWORK)
def test_text_is_read_as_the_standard_library_reads_it(network: IPNetwork) -> None:
    expected = (network.version, int(network[0]), int(network[-1]))
    assert parse_cidr(str(network)) == parse_cidr(network.exploded) == expected
    assert as_networks([expected]) == [network]
    assert prefix_length(expected) == network.prefixlen


@given(mutated(ANY_NETWORK.map(str)))
def test_text_that_the_standard_library_refuses_is_not_read(text: str) -> None:
    try:
        network = ip_network(text)
    except ValueError:
        assert parse_cidr(text) is None
    else:
        # It also takes zone ids, wildcard masks and prefixes with leading zeros.
        assert parse_cidr(text) in {None, (network.version, int(network[0]), int(network[-1]))}


def test_every_netmask_is_read_as_the_standard_library_reads_it() -> None:
    networks = [IPv4Network((0xFFFFFFFF << 32 - length & 0xFFFFFFFF, length)) for length in range(33)]
    expected = [(4, int(network[0]), int(network[-1])) for network in networks]
    assert [parse_cidr(network.with_netmask) for network in networks] == expected


@given(st.ip_addresses())
def test_an_address_is_written_as_the_standard_library_writes_it(address: Any) -> None:
    expected = ip_address(format_address(address.version, int(address)))
    assert expected == address


# Merging and cutting


@given(_range(4) | _range(6))
@example((4, 0, TOP[4]))
@example((6, 0, TOP[6]))
@example((6, TOP[6], TOP[6]))
def test_a_range_is_cut_as_the_standard_library_cuts_it(whole: Range) -> None:
    assert as_networks([*cut(whole)]) == networks_of(whole)


@given(ranges)
def test_ranges_are_merged_as_netaddr_merges_them(drawn: list[Range]) -> None:
    expected = [(r.version, r.first, r.last) for v in (4, 6) for r in _netaddr_ranges(drawn, v)]
    assert [*merge(drawn)] == expected


def _netaddr_ranges(drawn: list[Range], version: int) -> Any:
    return as_ip_set([each for each in drawn if each[0] == version]).iter_ipranges()


@given(ranges)
def test_collapsed_ranges_are_what_the_standard_library_collapses_them_to(drawn: list[Range]) -> None:
    networks = [network for each in drawn for network in networks_of(each)]
    v4 = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    v6 = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    assert as_networks(collapse(drawn)) == [*v4, *v6]


# Two lists


@pytest.mark.parametrize(
    ("texts", "hole", "left"),
    [
        pytest.param("8.8.8.0/29", "8.8.8.3", "8.8.8.0/31 8.8.8.2/32 8.8.8.4/30", id="an address inside a range"),
        pytest.param("8.8.8.0/29", "8.8.8.0", "8.8.8.1/32 8.8.8.2/31 8.8.8.4/30", id="the first address of a range"),
        pytest.param("8.8.8.0/29", "8.8.8.7", "8.8.8.0/30 8.8.8.4/31 8.8.8.6/32", id="the last address of a range"),
        pytest.param("8.8.8.0/31 8.8.8.2/31", "8.8.8.4", "8.8.8.0/31 8.8.8.2/31", id="two halves stay two"),
        pytest.param("8.8.8.8/31", "8.8.8.0/24", "", id="a range inside a hole"),
        pytest.param("::9:808:808", "8.8.8.8", "::9:808:808/128", id="a hole of the other family"),
        pytest.param("8.8.8.8/31 8.8.8.8/30", "8.8.8.8", "8.8.8.9/32 8.8.8.10/31", id="an address in two ranges"),
    ],
)
def test_what_is_left_of_ranges_with_a_hole(texts: str, hole: str, left: str) -> None:
    whole = [cidr for text in texts.split() if (cidr := parse_cidr(text))]
    holes = [cidr for text in hole.split() if (cidr := parse_cidr(text))]
    assert " ".join(map(format_cidr, subtract(whole, holes))) == left


@given(ranges, ranges)
def test_what_is_left_is_what_netaddr_leaves(drawn: list[Range], holes: list[Range]) -> None:
    left = subtract(drawn, holes)
    assert as_ip_set(left) == as_ip_set(drawn) - as_ip_set(holes)
    assert {each for each in drawn if not any(overlaps(each, hole) for hole in holes)} <= {*left}
    assert left == sorted({*left})


def _members(each: Range) -> set[tuple[int, int]]:
    version, first, last = each
    return {(version, address) for address in range(first, last + 1)}


SMALL = st.tuples(st.sampled_from([4, 6]), st.integers(0, 9), st.integers(0, 9)).filter(lambda each: each[1] <= each[2])


@given(SMALL, SMALL)
def test_two_ranges_as_sets_of_addresses(one: Range, other: Range) -> None:
    assert overlaps(one, other) == bool(_members(one) & _members(other))
    assert contains(one, other) == (_members(one) >= _members(other))


@given(st.lists(SMALL, max_size=6))
def test_an_address_counts_once(drawn: list[Range]) -> None:
    assert count_addresses(drawn) == len(set().union(*map(_members, drawn)))


@pytest.mark.parametrize("function", [merge, collapse, count_addresses])
def test_no_ranges_are_nothing(function: Callable[..., Any]) -> None:
    assert not list(function([])) if function is not count_addresses else function([]) == 0


def test_the_widest_networks_that_one_registry_hands_out() -> None:
    assert WIDEST == {4: 8, 6: 16}
