"""Blocks: what a list's bytes are read as, and that what is written reads back."""

from ipaddress import collapse_addresses, ip_network
from typing import Any

import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import read_address, read_network, unmapped
from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import Range, collapse, format_cidr, subtract
from xmlrpc_guard.updates.blocks import published_blocks, read_blocks
from xmlrpc_guard.updates.header import fetched, titled, written

addresses = st.ip_addresses().filter(lambda address: read_address(str(address)) is not None)
networks = st.builds(
    lambda address, cut: ip_network(f"{address}/{address.max_prefixlen - cut}", strict=False),
    addresses,
    st.integers(0, 24),
).filter(lambda network: read_network(str(network)) is not None)


def read_network_block(network: Any) -> Range:
    return read_entry(str(network))[0]


def texts(data: bytes) -> list[str]:
    return list(map(format_cidr, read_blocks(data, "list.txt")))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"10.0.0.1\n", ["10.0.0.1/32"], id="an address is a block of one"),
        pytest.param(b"::1\n10.0.0.0/8\n", ["10.0.0.0/8", "::1/128"], id="IPv4 first"),
        pytest.param(b"10.0.0.0/8\n9.0.0.0/8\n", ["9.0.0.0/8", "10.0.0.0/8"], id="sorted as numbers"),
        pytest.param(b"10.0.0.0/255.0.0.0\n10.0.0.0/8\n", ["10.0.0.0/8"], id="each once, however it is written"),
        pytest.param(b"10.0.0.0/8\n10.0.0.0/9\n", ["10.0.0.0/9", "10.0.0.0/8"], id="one within another stays"),
        pytest.param(b"::ffff:10.0.0.0/104\n", ["10.0.0.0/8"], id="IPv4 in IPv6 is IPv4"),
        pytest.param(b"# nobody\n", [], id="nobody"),
        pytest.param(
            b"jetpack\n", [format_cidr(block) for block in published_blocks("jetpack")], id="a published list"
        ),
    ],
)
def test_a_list_is_read_as_sorted_blocks(data: bytes, expected: list[str]) -> None:
    assert texts(data) == expected


def test_an_entry_that_is_none_is_named_by_its_line_and_cut() -> None:
    with pytest.raises(SourceError) as caught:
        read_blocks(b"::1\n" + b"x" * 200 + b"\n", "list.txt")
    assert (caught.value.line, len(str(caught.value)) < 300) == (2, True)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_list_is_read_as_a_guard_takes_it(name: str) -> None:
    assert Networks(map(format_cidr, published_blocks(name))) == Networks([name])
    assert published_blocks(name) == collapse(published_blocks(name))


@given(st.lists(networks, max_size=12))
@example([ip_network("0.0.0.0/1"), ip_network("128.0.0.0/1"), ip_network("::/0")])
@example([ip_network("255.255.255.255"), ip_network("::1")])
def test_merged_blocks_are_what_ipaddress_collapses_them_to(drawn: list[Any]) -> None:
    blocks = [read_network_block(network) for network in drawn]
    of_both = [[n for n in map(unmapped, drawn) if n.version == version] for version in (4, 6)]
    collapsed = [str(network) for family in of_both for network in collapse_addresses(family)]  # type: ignore[type-var]
    assert [*map(format_cidr, collapse(blocks))] == collapsed


@pytest.mark.parametrize(
    ("blocks", "hole", "left"),
    [
        pytest.param("8.8.8.0/29", "8.8.8.3", "8.8.8.0/31 8.8.8.2/32 8.8.8.4/30", id="an address in a block"),
        pytest.param("8.8.8.0/29", "8.8.8.0", "8.8.8.1/32 8.8.8.2/31 8.8.8.4/30", id="its first"),
        pytest.param("8.8.8.0/29", "8.8.8.7", "8.8.8.0/30 8.8.8.4/31 8.8.8.6/32", id="its last"),
        pytest.param("8.8.8.0/31 8.8.8.2/31", "8.8.8.4", "8.8.8.0/31 8.8.8.2/31", id="halves are not joined"),
        pytest.param("8.8.8.8/31", "8.8.8.0/24", "", id="a block in a hole"),
        pytest.param("8.8.8.8/31", "8.8.8.8/31", "", id="a block that is the hole"),
        pytest.param("8.8.8.8/31", "8.8.8.7", "8.8.8.8/31", id="just before it"),
        pytest.param("8.8.8.8/31", "8.8.8.10", "8.8.8.8/31", id="just behind it"),
        pytest.param("::9:808:808", "8.8.8.8", "::9:808:808/128", id="the other family"),
        pytest.param("8.8.8.8/31 8.8.8.8/30", "8.8.8.8", "8.8.8.9/32 8.8.8.10/31", id="what is covered twice"),
    ],
)
def test_what_is_left_without_a_hole(blocks: str, hole: str, left: str) -> None:
    of_list, of_hole = (read_blocks(text.replace(" ", "\n").encode(), "list.txt") for text in (blocks, hole))
    assert " ".join(map(format_cidr, subtract(of_list, of_hole))) == left


@given(st.lists(networks, max_size=6), networks)
def test_what_is_left_is_what_netaddr_leaves(drawn: list[Any], hole: Any) -> None:
    left = subtract([read_network_block(network) for network in drawn], [read_network_block(hole)])
    expected = netaddr.IPSet(map(str, map(unmapped, drawn))) - netaddr.IPSet([str(unmapped(hole))])
    assert netaddr.IPSet(map(format_cidr, left)) == expected


@given(st.lists(networks, max_size=20))
def test_whatever_is_written_is_read_back(drawn: list[Any]) -> None:
    data = "".join(f"{network}\n" for network in drawn).encode() + b"# end\n"
    blocks = read_blocks(data, "list.txt")
    again = written("list", ["https://a.example/"], blocks, "2026-11-27T08:00:00Z")
    assert read_blocks(again, "again.txt") == blocks
    assert {ip_network(text) for text in map(format_cidr, blocks)} == {*map(unmapped, drawn)}


@pytest.mark.parametrize(
    ("data", "date"),
    [
        pytest.param(written("x", [], [], "2026-11-27T08:00:00Z"), "2026-11-27T08:00:00Z", id="as it is written"),
        pytest.param(b"# fetched: yesterday\r\n", "yesterday", id="as somebody else wrote it"),
        pytest.param(b"# fetched: \xff\n", "\ufffd", id="no text"),
        pytest.param(b"10.0.0.0/8 # fetched: 2026\n", None, id="not at the beginning of a line"),
        pytest.param(b"# fetched:\n", None, id="nothing"),
        pytest.param(b"#" * 5000 + b"\n# fetched: 2026\n", None, id="too far below"),
        pytest.param(b"", None, id="no bytes"),
    ],
)
def test_the_date_in_a_header(data: bytes, date: str | None) -> None:
    assert fetched(data) == date


def test_a_header_counts_and_leaves_out_what_may_be_secret() -> None:
    block = read_blocks(b"::1\n", "list.txt")[0]
    for blocks, counted in (([], "0 entries"), ([block], "1 entry"), ([block] * 2, "2 entries")):
        data = written("x", ["https://a/?key=secret", "https://b/"], blocks, "2026")
        assert data.splitlines()[:4] == [
            f"# x: {counted}; xmlrpc-guard ranges update writes this file anew".encode(),
            b"# fetched: 2026",
            b"# source: https://a/",
            b"# source: https://b/",
        ]
        assert titled(data) == "x"


def test_a_header_is_read_whatever_it_was_fetched_from() -> None:
    data = written("x", [f"https://a/{'a' * 9000}"] * 100, [], "2026", ["::1/128"])
    assert (titled(data), fetched(data)) == ("x", "2026")
    assert read_blocks(data, "list.txt") == []
    assert data.endswith(b"\n# without: ::1/128, which others use too; hence the many ranges around it\n")


@pytest.mark.parametrize(
    ("data", "title"),
    [
        pytest.param(written("aws S3", [], [], "2026"), "aws S3", id="a list and its service"),
        pytest.param(b"# \xff: 9 entries; xmlrpc-guard ranges update writes this file anew", "\ufffd", id="no text"),
        pytest.param(b"# jetpack: 8 entries\n", None, id="somebody's own comment"),
        pytest.param(b"\n" + written("x", [], [], "2026"), None, id="not in the first line"),
        pytest.param(b"", None, id="no bytes"),
    ],
)
def test_the_title_in_a_header(data: bytes, title: str | None) -> None:
    assert titled(data) == title
