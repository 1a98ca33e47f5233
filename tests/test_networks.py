"""A set of addresses: what it may be made of, which addresses are in it, and that it is a value."""

import copy
import pickle
from collections.abc import Iterable
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

from tests.strategies import (
    NO_ADDRESS,
    IPAddress,
    IPNetwork,
    addresses,
    mutated,
    networks,
    read_address,
    read_network,
    spelt_addresses,
    texts,
    unmapped,
)
from xmlrpc_guard.edges import Gathered
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import Networks, entries_of, merge_gathered, parse_address

LAST_V6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


def merge_members(members: Iterable[IPNetwork]) -> list[IPNetwork]:
    """Merge networks with the standard library, IPv4 first."""
    plain = list(map(unmapped, members))
    v4 = collapse_addresses(network for network in plain if isinstance(network, IPv4Network))
    v6 = collapse_addresses(network for network in plain if isinstance(network, IPv6Network))
    return [*v4, *v6]


# Addresses


@pytest.mark.parametrize(
    ("text", "packed", "canonical"),
    [
        pytest.param("192.0.64.5", "c0004005", "192.0.64.5", id="IPv4 has one spelling"),
        pytest.param("255.255.255.255", "ffffffff", "255.255.255.255", id="the last IPv4 address"),
        pytest.param("2001:db8::1", "20010db8" + "0" * 23 + "1", "2001:db8::1", id="canonical IPv6 stays"),
        pytest.param("2001:0DB8:0:0:0::1", "20010db8" + "0" * 23 + "1", "2001:db8::1", id="IPv6 is made canonical"),
        pytest.param("::", "0" * 32, "::", id="the IPv6 address of zeros is an address"),
        pytest.param(LAST_V6, "f" * 32, LAST_V6, id="the last IPv6 address"),
        pytest.param("::ffff:192.0.64.5", "c0004005", "192.0.64.5", id="IPv4-mapped IPv6 is IPv4"),
        pytest.param("0:0::FFFF:c000:4005", "c0004005", "192.0.64.5", id="IPv4-mapped IPv6 in hexadecimal is IPv4"),
        pytest.param(
            "1:2:3:4:5:6:7.8.9.10",
            "00010002000300040005000607" + "08090a",
            "1:2:3:4:5:6:708:90a",
            id="text after the IPv4 part",
        ),
    ],
)
def test_an_address_is_packed_and_canonical(text: str, packed: str, canonical: str) -> None:
    assert parse_address(text) == (bytes.fromhex(packed), canonical)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="an absent address"),
        pytest.param("", id="an empty text"),
        pytest.param("0.0.0.0", id="0.0.0.0 is not an address"),
        pytest.param("::ffff:0.0.0.0", id="0.0.0.0 as IPv4-mapped IPv6"),
        pytest.param("::ffff:0:0", id="0.0.0.0 as IPv4-mapped IPv6 in hexadecimal"),
        pytest.param("localhost", id="a name"),
        pytest.param("unix:", id="a socket's name"),
        pytest.param("192.0.64.5:80", id="a port"),
        pytest.param("[::1]", id="brackets"),
        pytest.param("192.0.64.0/18", id="a network"),
        pytest.param("192.0.064.5", id="a leading zero"),
        pytest.param("0x7f.0.0.1", id="hexadecimal"),
        pytest.param("127.1", id="fewer than four parts"),
        pytest.param("256.0.0.1", id="a part above 255"),
        pytest.param("3232235777", id="an integer"),
        pytest.param(" 192.0.64.5", id="a space before the address"),
        pytest.param("192.0.64.5\n", id="a line end after the address"),
        pytest.param("192.0.64.5 evil", id="a word after the address"),
        pytest.param("192.0.64.\u0665", id="an Arabic-Indic digit"),
        pytest.param("192.0.64.5\0", id="a NUL in IPv4"),
        pytest.param("::1\0", id="a NUL in IPv6"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param("::\ud800", id="a lone surrogate in what might be IPv6"),
        pytest.param("fe80::1%lo", id="a zone id by name"),
        pytest.param("fe80::1%1", id="a zone id by number"),
        pytest.param("1::2::3", id="two gaps"),
        pytest.param("::10000", id="a group above ffff"),
        pytest.param("::ffff:1.2.3.04", id="a leading zero in an IPv4-mapped address"),
    ],
)
def test_text_that_is_not_an_address(text: str | None) -> None:
    assert parse_address(text) is None


@given(spelt_addresses | mutated(spelt_addresses) | st.text())
def test_addresses_are_read_as_the_standard_library_reads_them(text: str) -> None:
    expected = read_address(text)
    parsed = parse_address(text)
    assert (parsed and parsed[0]) == (expected and expected.packed)


@given(spelt_addresses.filter(read_address))
def test_canonical_text_is_one_spelling_per_address(text: str) -> None:
    packed, canonical = parse_address(text) or (b"", "")
    assert ip_address(packed) == ip_address(canonical)
    assert parse_address(canonical) == (packed, canonical)


# What a set may be made of

OFFICE = netaddr.IPSet(["10.0.0.0/30", "10.0.0.4"])


@pytest.mark.parametrize(
    ("entries", "listed"),
    [
        pytest.param([], [], id="an empty list"),
        pytest.param(["10.0.0.0/8"], ["10.0.0.0/8"], id="a CIDR"),
        pytest.param(["203.0.113.7"], ["203.0.113.7/32"], id="an address is listed with its prefix"),
        pytest.param(["2001:DB8:0::1"], ["2001:db8::1/128"], id="IPv6 is listed in its canonical spelling"),
        pytest.param(["::/0", "0.0.0.0/0"], ["0.0.0.0/0", "::/0"], id="IPv4 comes first"),
        pytest.param(["11.0.0.0/8", "10.0.0.0/8"], ["10.0.0.0/7"], id="neighbours that make one block are one block"),
        pytest.param(
            ["10.0.1.0/24", "10.0.0.255"], ["10.0.0.255/32", "10.0.1.0/24"], id="neighbours that make no block stay two"
        ),
        pytest.param(["10.0.0.0/8", "10.1.0.0/16"], ["10.0.0.0/8"], id="a block within another is swallowed"),
        pytest.param(["10.0.0.1", "10.0.0.1"], ["10.0.0.1/32"], id="an entry given twice counts once"),
        pytest.param(
            ["255.255.255.255", LAST_V6], ["255.255.255.255/32", LAST_V6 + "/128"], id="the last address of each family"
        ),
        pytest.param(["::ffff:10.0.0.0/104", "::ffff:11.0.0.0/104"], ["10.0.0.0/7"], id="IPv4-mapped blocks are IPv4"),
        pytest.param(["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"], id="two halves are the whole of IPv4"),
        pytest.param(["::/1", "8000::/1"], ["::/0"], id="two halves are the whole of IPv6"),
        pytest.param(
            ["jetpack"],
            ["54.217.201.243/32", "54.232.116.4/32", "122.248.245.244/32", "192.0.64.0/18", "195.234.108.0/22"],
            id="a published list by name",
        ),
        pytest.param([netaddr.IPAddress("10.0.0.1")], ["10.0.0.1/32"], id="a netaddr.IPAddress"),
        pytest.param([netaddr.IPNetwork("10.0.0.0/8")], ["10.0.0.0/8"], id="a netaddr.IPNetwork"),
        pytest.param([netaddr.IPRange("10.0.0.0", "10.0.0.4")], ["10.0.0.0/30", "10.0.0.4/32"], id="a netaddr.IPRange"),
        pytest.param([OFFICE, "10.0.0.5"], ["10.0.0.0/30", "10.0.0.4/31"], id="a netaddr.IPSet beside text"),
        pytest.param([Networks(OFFICE), "10.0.0.5"], ["10.0.0.0/30", "10.0.0.4/31"], id="Networks beside text"),
        pytest.param(OFFICE, ["10.0.0.0/30", "10.0.0.4/32"], id="an IPSet for the whole"),
        pytest.param(netaddr.IPNetwork("10.0.0.0/8"), ["10.0.0.0/8"], id="an IPNetwork for the whole"),
        pytest.param(
            netaddr.IPRange("10.0.0.1", "10.0.0.2"), ["10.0.0.1/32", "10.0.0.2/32"], id="an IPRange for the whole"
        ),
        pytest.param(Networks(["10.0.0.0/8", "::1"]), ["10.0.0.0/8", "::1/128"], id="Networks for the whole"),
        pytest.param(netaddr.IPSet(), [], id="an empty IPSet"),
        pytest.param(Networks(), [], id="empty Networks"),
        pytest.param((text for text in ["10.0.0.0/8"]), ["10.0.0.0/8"], id="a generator"),
        pytest.param(("10.0.0.0/8",), ["10.0.0.0/8"], id="a tuple"),
        pytest.param({"10.0.0.0/8"}, ["10.0.0.0/8"], id="a set"),
        pytest.param(netaddr.IPNetwork("10.0.0.0/30").subnet(31), ["10.0.0.0/30"], id="netaddr's own generators"),
    ],
)
def test_what_a_set_may_be_made_of(entries: Any, listed: list[str]) -> None:
    assert list(Networks(entries)) == listed


def test_no_entries_at_all_are_an_empty_set() -> None:
    assert list(Networks()) == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param("10.0.0.0/8", "is one string where a list belongs; write ['10.0.0.0/8']", id="a bare CIDR"),
        pytest.param("jetpack", "is one string where a list belongs; write ['jetpack']", id="a bare name"),
        pytest.param(b"10.0.0.0/8", "is not a list; write deny=[...]", id="bytes"),
        pytest.param(8, "is not a list; write deny=[...]", id="an integer"),
        pytest.param(None, "is not a list; write deny=[...]", id="None, which is not an empty list"),
        pytest.param(netaddr.IPAddress("10.0.0.1"), "is not a list; write deny=[...]", id="a bare netaddr.IPAddress"),
        pytest.param(netaddr.IPNetwork("10.0.0.1/8"), "has host bits set; write 10.0.0.0/8", id="an IPNetwork's host"),
    ],
)
def test_what_a_set_may_not_be_made_of(entries: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Networks(entries, setting="deny")
    assert (caught.value.setting, caught.value.problem) == ("deny", message)
    assert caught.value.value is entries


@pytest.mark.parametrize(
    "entry", ["192.0.64.1/18", "", None, True, 5, "jetpak", netaddr.IPNetwork("10.0.0.1/8")], ids=repr
)
def test_a_refused_entry_is_the_value_of_the_error_wherever_it_stands(entry: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Networks(["10.0.0.0/8", entry, "11.0.0.0/8"], setting="allow")
    assert (caught.value.setting, caught.value.value) == ("allow", entry)


def test_an_error_names_no_setting_but_its_own_where_none_is_given() -> None:
    with pytest.raises(ConfigurationError, match=r"^networks: '10/8' is a partial address; write 10\.0\.0\.0/8$"):
        Networks(["10/8"])


@pytest.mark.parametrize("whole", [OFFICE, Networks(OFFICE), OFFICE.iprange()], ids=repr)
def test_a_set_like_object_is_one_entry_and_never_a_list_of_its_addresses(whole: Any) -> None:
    assert entries_of("allow", whole) == [whole]


@example(["10.0.0.0/8"])
@example(["::1", "1"])
@given(st.lists(texts, max_size=2))
def test_any_text_at_all_makes_a_set_or_a_configuration_error(entries: list[str]) -> None:
    readings = list(map(read_network, entries))
    assert list_or_refuse(entries) == (None if None in readings else merge_members(filter(None, readings)))


def list_or_refuse(entries: list[str]) -> list[IPNetwork] | None:
    try:
        return list(map(ip_network, Networks(entries)))
    except ConfigurationError:
        return None


# Which addresses are in it


@pytest.mark.parametrize(
    ("address", "entries", "is_in"),
    [
        pytest.param("192.0.64.0", ["192.0.64.0/18"], True, id="a range's first address is in it"),
        pytest.param("192.0.127.255", ["192.0.64.0/18"], True, id="a range's last address is in it"),
        pytest.param("192.0.63.255", ["192.0.64.0/18"], False, id="the address before a range is not in it"),
        pytest.param("192.0.128.0", ["192.0.64.0/18"], False, id="the address after a range is not in it"),
        pytest.param("255.255.255.255", ["255.255.255.255"], True, id="the last IPv4 address can be a range"),
        pytest.param(
            "255.255.255.254",
            ["255.255.255.255"],
            False,
            id="the last IPv4 address but one is not in the range of the last",
        ),
        pytest.param("255.255.255.255", ["0.0.0.0/0"], True, id="0.0.0.0/0 reaches the last IPv4 address"),
        pytest.param("0.0.0.1", ["0.0.0.0/0"], True, id="0.0.0.0/0 begins with 0.0.0.1"),
        pytest.param("0.0.0.0", ["0.0.0.0/0"], False, id="0.0.0.0 is not in 0.0.0.0/0"),
        pytest.param("::ffff:0.0.0.0", ["0.0.0.0/0", "::/0"], False, id="0.0.0.0 as IPv4-mapped IPv6 is in no set"),
        pytest.param(LAST_V6, [LAST_V6], True, id="the last IPv6 address can be a range"),
        pytest.param(LAST_V6, ["::/0"], True, id="::/0 reaches the last IPv6 address"),
        pytest.param("::", ["::/0"], True, id="::/0 begins with the first IPv6 address"),
        pytest.param("10.0.0.1", ["::/0"], False, id="::/0 does not cover IPv4"),
        pytest.param("::ffff:10.0.0.1", ["::/0"], False, id="::/0 does not cover IPv4 in IPv4-mapped spelling"),
        pytest.param("2001:db8::1", ["0.0.0.0/0"], False, id="0.0.0.0/0 does not cover IPv6"),
        pytest.param("::ffff:10.0.0.1", ["10.0.0.0/8"], True, id="an IPv4-mapped address is in IPv4 ranges"),
        pytest.param("10.0.0.1", ["::ffff:10.0.0.0/104"], True, id="an IPv4 address is in IPv4-mapped ranges"),
        pytest.param("::10.0.0.1", ["10.0.0.0/8"], False, id="an IPv4-compatible address is not in IPv4 ranges"),
        pytest.param("2001:DB8:0:0::1", ["2001:db8::/32"], True, id="an IPv6 address in another spelling"),
        pytest.param("10.0.0.1", [], False, id="no address is in an empty set"),
        pytest.param("localhost", ["0.0.0.0/0"], False, id="a name is in no set"),
        pytest.param("10.0.0.1:80", ["0.0.0.0/0"], False, id="an address with a port is in no set"),
        pytest.param("\ud800", ["0.0.0.0/0", "::/0"], False, id="text that cannot be encoded is in no set"),
    ],
)
def test_which_addresses_are_in_a_set(address: str, entries: list[str], is_in: bool) -> None:
    assert (address in Networks(entries)) is is_in


@given(st.lists(networks, max_size=8), st.lists(spelt_addresses, max_size=8))
def test_membership_agrees_with_the_standard_library(members: list[IPNetwork], spelt: list[str]) -> None:
    plain = list(map(unmapped, members))
    held = Networks(map(str, members))
    edges = [str(edge) for network in plain for edge in (network[0], network[-1])]
    for text in [*spelt, *edges]:
        address = read_address(text)
        assert (text in held) == (address is not None and any(address in network for network in plain))


@given(st.lists(networks, max_size=8))
def test_merging_agrees_with_the_standard_library(members: list[IPNetwork]) -> None:
    held = Networks(map(str, members))
    assert list(map(ip_network, held)) == merge_members(members)
    assert bool(held) is bool(members)


V4 = (st.ip_addresses(v=4) | addresses).filter(lambda address: address.version == 4 and address != NO_ADDRESS)
V6 = (st.ip_addresses(v=6) | addresses).filter(
    lambda address: address.version == 6 and address not in ip_network("::/64")
)


@given(st.tuples(V4, V4) | st.tuples(V6, V6))
def test_a_range_agrees_with_the_standard_library(pair: tuple[IPAddress, IPAddress]) -> None:
    first, last = sorted(pair, key=int)
    held = Networks(netaddr.IPRange(str(first), str(last)))
    assert list(map(ip_network, held)) == list(summarize_address_range(first, last))


@given(st.lists(networks, max_size=8), st.lists(networks, max_size=3))
def test_what_a_set_includes_agrees_with_the_standard_library(
    members: list[IPNetwork], others: list[IPNetwork]
) -> None:
    held = merge_members(members)
    includes = all(any(_is_within(other, network) for network in held) for other in merge_members(others))
    assert Networks(map(str, members)).includes(Networks(map(str, others))) is includes


def _is_within(inner: Any, outer: Any) -> bool:
    return bool(inner.version == outer.version and inner.subnet_of(outer))


_LOW = IPv4Network("0.0.0.0/1").address_exclude(IPv4Network("0.0.0.0/8"))
PUBLIC: list[list[Any]] = [[*_LOW, ip_network("128.0.0.0/2"), ip_network("192.0.0.0/3")], [ip_network("2000::/3")]]


@given(st.lists(networks, max_size=8))
def test_the_public_share_agrees_with_the_standard_library(members: list[IPNetwork]) -> None:
    held: list[Any] = merge_members(members)
    shares = []
    for public in PUBLIC:
        inside = [each for each in held if each.version == public[0].version]
        common = [one if _is_within(one, other) else other for one in inside for other in public if one.overlaps(other)]
        shares.append(sum(each.num_addresses for each in common) / sum(each.num_addresses for each in public))
    assert Networks(map(str, members)).public_share == pytest.approx(max(shares))


ONE_OF_IPV4, ONE_OF_IPV6 = 1 / (223 << 24), 1 / (1 << 125)


@pytest.mark.parametrize(
    ("address", "share"),
    [
        pytest.param("0.255.255.255", 0, id="the last address of this network is not public"),
        pytest.param("1.0.0.0", ONE_OF_IPV4, id="the first public address of IPv4"),
        pytest.param("223.255.255.255", ONE_OF_IPV4, id="the last public address of IPv4"),
        pytest.param("224.0.0.0", 0, id="the first address of multicast is not public"),
        pytest.param("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, id="the address below what IPv6 has given out"),
        pytest.param("2000::", ONE_OF_IPV6, id="the first public address of IPv6"),
        pytest.param("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ONE_OF_IPV6, id="the last public address of IPv6"),
        pytest.param("4000::", 0, id="the address above what IPv6 has given out"),
    ],
)
def test_which_addresses_are_public(address: str, share: float) -> None:
    assert Networks([address]).public_share == share


def test_the_public_addresses_of_a_long_list_are_counted_with_pauses() -> None:
    def gather() -> Gathered:
        gathered = Gathered()
        gathered.add((4, first, first) for first in range(1 << 24, (1 << 24) + 200_000, 2))
        return gathered

    pauses, pauses_of_merging = list[bool](), list[bool]()
    merge_gathered(gather(), lambda: pauses.append(True))
    gather().merge(lambda: pauses_of_merging.append(True))
    assert len(pauses) > len(pauses_of_merging)


@pytest.mark.parametrize(
    ("entries", "covers"),
    [
        pytest.param([], False, id="an empty set covers no family"),
        pytest.param(["10.0.0.0/8", "2001:db8::/32"], False, id="parts of both families"),
        pytest.param(["0.0.0.0/0"], True, id="all of IPv4"),
        pytest.param(["::/0"], True, id="all of IPv6"),
        pytest.param(["128.0.0.0/1", "0.0.0.0/1"], True, id="all of IPv4 in two halves"),
        pytest.param(["8000::/1", "::/1"], True, id="all of IPv6 in two halves"),
        pytest.param(["::ffff:0:0/96"], True, id="all of IPv4 as IPv4-mapped IPv6"),
        pytest.param([netaddr.IPSet(["0.0.0.0/0"])], True, id="all of IPv4 as an IPSet"),
        pytest.param(["0.0.0.0/1"], False, id="half of IPv4"),
        pytest.param(["8000::/1"], False, id="the half of IPv6 that is not given out"),
        pytest.param(["2000::/3"], True, id="all of IPv6 that has been given out"),
        pytest.param(["2000::/4", "3000::/5"], False, id="three quarters of the IPv6 that is given out"),
        pytest.param(
            ["2000::/4", "3000::/5", "3800::/32"], True, id="more than three quarters of the IPv6 that is given out"
        ),
        pytest.param(
            [netaddr.IPSet(["::/0"]) - netaddr.IPSet(["2001:db8::/32"])], True, id="all of IPv6 but one network"
        ),
        pytest.param(
            [netaddr.IPSet(["0.0.0.0/0"]) - netaddr.IPSet(["10.0.0.0/8"])], True, id="all of IPv4 but a private network"
        ),
        pytest.param(["255.0.0.0/8", "224.0.0.0/4", "0.0.0.0/8"], False, id="what cannot be a public host"),
        pytest.param(["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], True, id="all of IPv4 below multicast"),
        pytest.param(["1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6"], False, id="a small part of IPv4"),
    ],
)
def test_whether_a_set_covers_everyone_of_a_family(entries: Any, covers: bool) -> None:
    assert Networks(entries).covers_everyone is covers


# What two sets share


@pytest.mark.parametrize(
    ("ours", "theirs", "shared"),
    [
        pytest.param([], ["10.0.0.0/8"], [], id="nothing is shared with an empty set"),
        pytest.param(["10.0.0.0/8"], ["10.0.0.0/8"], ["10.0.0.0/8"], id="a set shares all it has with itself"),
        pytest.param(["10.0.0.0/8"], ["10.1.0.0/16"], ["10.1.0.0/16"], id="a range in another is what they share"),
        pytest.param(["10.0.0.0/9"], ["10.128.0.0/9"], [], id="neighbours share nothing"),
        pytest.param(
            [netaddr.IPRange("10.0.0.0", "10.0.0.5")],
            [netaddr.IPRange("10.0.0.4", "10.0.0.9")],
            ["10.0.0.4/31"],
            id="two ranges that cross share the middle",
        ),
        pytest.param(
            ["10.0.0.0/8"],
            ["9.0.0.0/8", "10.0.0.1", "10.0.0.3", "11.0.0.0/8"],
            ["10.0.0.1/32", "10.0.0.3/32"],
            id="many ranges and one around some of them share those",
        ),
        pytest.param(
            ["255.255.255.255"],
            ["0.0.0.0/0"],
            ["255.255.255.255/32"],
            id="the last IPv4 address is shared with all of IPv4",
        ),
        pytest.param(
            [LAST_V6, "::/127"],
            ["::/0"],
            ["::/127", LAST_V6 + "/128"],
            id="the ends of IPv6 are shared with all of IPv6",
        ),
        pytest.param(["0.0.0.0/0"], ["::/0"], [], id="the families share nothing"),
        pytest.param(["::ffff:10.0.0.1"], ["10.0.0.0/8"], ["10.0.0.1/32"], id="IPv4-mapped IPv6 is shared with IPv4"),
    ],
)
def test_what_two_sets_share(ours: list[Any], theirs: list[Any], shared: list[str]) -> None:
    assert list(Networks(ours).overlap(Networks(theirs))) == shared
    assert list(Networks(theirs).overlap(Networks(ours))) == shared


@given(st.lists(networks, max_size=8), st.lists(networks, max_size=8))
def test_what_two_sets_share_agrees_with_netaddr(ours: list[IPNetwork], theirs: list[IPNetwork]) -> None:
    shared = Networks(map(str, ours)).overlap(Networks(map(str, theirs)))
    one, other = (netaddr.IPSet(str(unmapped(network)) for network in members) for members in (ours, theirs))
    assert list(shared) == [str(network) for network in (one & other).iter_cidrs()]
    assert shared == Networks(list(shared))


# That it is a value


@given(st.lists(networks, max_size=8))
def test_a_set_is_equal_to_what_its_repr_its_entries_and_its_copies_make(members: list[IPNetwork]) -> None:
    held = Networks(map(str, members))
    for again in (eval(repr(held)), Networks(held), Networks([held]), Networks(list(held)), copy.deepcopy(held)):
        assert again == held
        assert hash(again) == hash(held)
    assert pickle.loads(pickle.dumps(held)) == held


def test_sets_are_equal_if_they_cover_the_same_addresses() -> None:
    assert Networks(["10.0.0.0/9", "10.128.0.0/255.128.0.0"]) == Networks([netaddr.IPNetwork("10.0.0.0/8")])
    assert Networks(["10.0.0.0/8"]) != Networks(["10.0.0.0/9"])
    assert Networks(["0.0.0.0/0"]) != Networks(["::/0"])


def test_a_set_does_not_follow_the_list_or_the_netaddr_object_it_was_made_of() -> None:
    texts, office = ["10.0.0.0/8"], netaddr.IPSet(["11.0.0.0/8"])
    held = Networks([*texts, office])
    texts.append("12.0.0.0/8")
    office.add("13.0.0.0/8")
    assert list(held) == ["10.0.0.0/7"]


@pytest.mark.parametrize(
    ("size", "edges"),
    [
        pytest.param(4, [0x0A000000, 0x0A000004, 0xFFFFFFFF], id="what reaches the last IPv4 address has no end"),
        pytest.param(16, [0, 2, 2**128 - 1], id="what reaches the last IPv6 address has no end"),
    ],
)
def test_the_edges_of_the_merged_ranges(size: int, edges: list[int]) -> None:
    assert list(Networks(["255.255.255.255", "10.0.0.0/30", "::/127", LAST_V6]).edges(size)) == edges
