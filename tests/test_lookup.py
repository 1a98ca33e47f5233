"""Several sets in one look-up, against one set after the other."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import netaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import IPAddress, IPNetwork, addresses, networks, unmapped
from xmlrpc_guard.lookup import FirstMatch
from xmlrpc_guard.networks import Networks

TABLE = FirstMatch(
    [
        (Networks(["10.0.0.5", "255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]), "first"),
        (Networks(["10.0.0.0/29", "2001:db8::/32"]), "second"),
        (Networks(["0.0.0.0/0", "2001:db8::/64"]), "third"),
    ],
    "default",
)


@pytest.mark.parametrize(
    ("address", "value"),
    [
        pytest.param("10.0.0.5", "first", id="a set above hides those below it"),
        pytest.param("10.0.0.4", "second", id="just before a single address, the set around it counts"),
        pytest.param("10.0.0.6", "second", id="just after a single address, the set around it counts"),
        pytest.param("10.0.0.0", "second", id="a set's first address is in it"),
        pytest.param("10.0.0.7", "second", id="a set's last address is in it"),
        pytest.param("9.255.255.255", "third", id="the address before a set is not in it"),
        pytest.param("10.0.0.8", "third", id="the address after a set is not in it"),
        pytest.param("255.255.255.254", "third", id="the last IPv4 address but one"),
        pytest.param("255.255.255.255", "first", id="the last IPv4 address has a value of its own"),
        pytest.param("0.0.0.1", "third", id="the first address that 0.0.0.0/0 covers"),
        pytest.param("::", "default", id="the first IPv6 address is in no set"),
        pytest.param("2001:db8::1", "second", id="an IPv6 set hides a smaller one below it"),
        pytest.param("2001:db9::", "default", id="an address after the IPv6 sets gets the default"),
        pytest.param("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "default", id="the last IPv6 address but one"),
        pytest.param("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "first", id="the last IPv6 address can be in a set"),
    ],
)
def test_the_first_set_that_covers_an_address_decides(address: str, value: str) -> None:
    assert TABLE.find(ip_address(address).packed) == value


@pytest.mark.parametrize("address", ["0.0.0.0", "255.255.255.255", "::", "2001:db8::1"])
def test_without_sets_every_address_gets_the_default(address: str) -> None:
    assert FirstMatch([], "default").find(ip_address(address).packed) == "default"


@pytest.mark.parametrize(
    ("first", "step"),
    [
        pytest.param("10.0.0.1", 70_001, id="IPv4"),
        pytest.param("2000::1", 2**112 + 1, id="IPv6"),
    ],
)
def test_a_set_that_begins_and_ends_often_under_one_first_byte(first: str, step: int) -> None:
    members = [ip_address(first) + number * step for number in range(200)]
    table = FirstMatch([(Networks(map(str, members)), "one"), (Networks(["10.0.0.0/9", "2000::/9"]), "half")], "none")
    halves = [ip_network("10.0.0.0/9"), ip_network("2000::/9")]
    for member in members:
        assert table.find(member.packed) == "one"
        for beside in (member - 1, member + 1, member + step // 2):
            assert table.find(beside.packed) == ("half" if any(beside in half for half in halves) else "none")


@pytest.mark.parametrize(("family", "size"), [(IPv4Address, 4), (IPv6Address, 16)], ids=["IPv4", "IPv6"])
def test_each_leading_byte_is_searched_from_its_first_address_to_its_last(
    family: type[IPv4Address | IPv6Address], size: int
) -> None:
    step = 1 << 8 * (size - 1)

    def each(first: int, last: int, leading: range = range(256)) -> Networks:
        """Make a list that has these offsets under each of the leading bytes."""
        ends = ([str(family(byte * step + offset)) for offset in (first, last)] for byte in leading)
        return Networks(netaddr.IPRange(start, end) for start, end in ends)

    odd = each(0, step - 1, range(1, 256, 2))  # the last of them ends with the family
    table = FirstMatch([(each(0, 1), "start"), (each(step - 2, step - 1), "end"), (odd, "odd")], "none")
    for byte in range(256):
        inside = ("none", "odd")[byte % 2]
        values = dict.fromkeys((2, step // 2, step - 3), inside) | {0: "start", 1: "start"}
        values |= {step - 2: "end", step - 1: "end"}
        assert {offset: table.find((byte * step + offset).to_bytes(size)) for offset in values} == values


@given(st.lists(st.lists(networks, max_size=4), max_size=4), st.lists(addresses, min_size=1, max_size=12))
def test_one_look_up_agrees_with_a_search_set_by_set(sets: list[list[IPNetwork]], drawn: list[IPAddress]) -> None:
    plain = [list(map(unmapped, members)) for members in sets]
    table = FirstMatch([(Networks(map(str, members)), number) for number, members in enumerate(sets)], -1)
    # Drawn addresses, and those beside every edge.
    edges = [edge for members in plain for network in members for edge in (network[0], network[-1])]
    for address in [*drawn, *edges]:
        covering = [number for number, members in enumerate(plain) if any(address in network for network in members)]
        assert table.find(address.packed) == min(covering, default=-1)
