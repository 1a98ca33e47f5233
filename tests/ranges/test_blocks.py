"""Blocks: what a list's bytes are read as, and that what is written reads back."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import read_address, read_network, unmapped
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges.blocks import published_blocks, read_blocks, text_of
from xmlrpc_guard.ranges.written import fetched, written

addresses = st.ip_addresses().filter(lambda address: read_address(str(address)) is not None)
networks = st.builds(
    lambda address, cut: ip_network(f"{address}/{address.max_prefixlen - cut}", strict=False),
    addresses,
    st.integers(0, 24),
).filter(lambda network: read_network(str(network)) is not None)


def texts(data: bytes) -> list[str]:
    return list(map(text_of, read_blocks(data, "list.txt")))


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
        pytest.param(b"jetpack\n", [text_of(block) for block in published_blocks("jetpack")], id="a published list"),
    ],
)
def test_a_list_is_read_as_sorted_blocks(data: bytes, expected: list[str]) -> None:
    assert texts(data) == expected


def test_an_entry_that_is_none_is_named_by_its_line_and_cut() -> None:
    with pytest.raises(SourceError) as caught:
        read_blocks(b"::1\n" + b"x" * 200 + b"\n", "list.txt")
    assert (caught.value.line, len(str(caught.value)) < 300) == (2, True)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_list_is_read_as_its_ranges(name: str) -> None:
    assert sorted(map(text_of, published_blocks(name))) == sorted(PUBLISHED[name].ranges)


@given(st.lists(networks, max_size=20))
def test_whatever_is_written_is_read_back(drawn: list[Any]) -> None:
    data = "".join(f"{network}\n" for network in drawn).encode() + b"# end\n"
    blocks = read_blocks(data, "list.txt")
    again = written("list", ["https://a.example/"], blocks, "2026-11-27T08:00:00Z")
    assert read_blocks(again, "again.txt") == blocks
    assert {ip_network(text) for text in map(text_of, blocks)} == {*map(unmapped, drawn)}


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
        assert data.splitlines()[:3] == [
            f"# x: {counted}; xmlrpc-guard ranges update writes this file anew".encode(),
            b"# source: https://a/",
            b"# source: https://b/",
        ]
