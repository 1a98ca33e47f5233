"""The header of a list that an update writes: what it says, and that files of earlier versions are recognised."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import networks, unmapped
from xmlrpc_guard.listfile import read_ranges
from xmlrpc_guard.ranges import format_cidr
from xmlrpc_guard.updates.header import format_file, read_date, read_title

# As version 0.1.0 wrote it.
EARLIER = b"""\
# cloudflare: 1 entry; xmlrpc-guard ranges update writes this file anew
# fetched: 2026-11-27T08:00:00Z
# source: https://www.cloudflare.com/ips-v4
# without: 2a06:98c0:3600::103/128, which others use too; hence the many ranges around it
173.245.48.0/20
"""


@given(st.lists(networks, max_size=20))
def test_what_is_written_is_read_back(drawn: list[Any]) -> None:
    data = "".join(f"{network}\n" for network in drawn).encode() + b"# end\n"
    entries = read_ranges(data, "list.txt")
    again = format_file("list", ["https://a.example/"], entries, "2026-11-27T08:00:00Z")
    assert read_ranges(again, "again.txt") == entries
    assert {ip_network(text) for text in map(format_cidr, entries)} == {*map(unmapped, drawn)}


@pytest.mark.parametrize(
    ("data", "date"),
    [
        pytest.param(format_file("x", [], [], "2026-11-27T08:00:00Z"), "2026-11-27T08:00:00Z", id="a written file"),
        pytest.param(EARLIER, "2026-11-27T08:00:00Z", id="a file of an earlier version"),
        pytest.param(b"# fetched: yesterday\r\n", "yesterday", id="a date that another program wrote"),
        pytest.param(b"# fetched: \xff\n", "\ufffd", id="bytes that are not text"),
        pytest.param(b"10.0.0.0/8 # fetched: 2026\n", None, id="a date that does not begin its line"),
        pytest.param(b"# fetched:\n", None, id="no date after the word"),
        pytest.param(b"#" * 5000 + b"\n# fetched: 2026\n", None, id="a date that is too far below"),
        pytest.param(b"", None, id="no bytes"),
    ],
)
def test_the_date_in_a_header(data: bytes, date: str | None) -> None:
    assert read_date(data) == date


@pytest.mark.parametrize(
    ("data", "title"),
    [
        pytest.param(format_file("aws S3", [], [], "2026"), "aws S3", id="a list and its service"),
        pytest.param(EARLIER, "cloudflare", id="a file of an earlier version"),
        pytest.param(b"# \xff: 9 entries; xmlrpc-guard ranges update replaces", "\ufffd", id="bytes that are not text"),
        pytest.param(b"# jetpack: 8 entries\n", None, id="a comment that its owner wrote"),
        pytest.param(b"\n" + format_file("x", [], [], "2026"), None, id="a title that is not in the first line"),
        pytest.param(b"", None, id="no bytes"),
    ],
)
def test_the_title_in_a_header(data: bytes, title: str | None) -> None:
    assert read_title(data) == title


def test_a_header_counts_and_leaves_out_what_may_be_secret() -> None:
    entry = (6, 1, 1)
    for entries, counted in (([], "0 entries"), ([entry], "1 entry"), ([entry] * 2, "2 entries")):
        data = format_file("x", ["https://a/?key=secret", "https://b/"], entries, "2026")
        assert data.splitlines()[:4] == [
            f"# x: {counted}; xmlrpc-guard ranges update replaces this file".encode(),
            b"# fetched: 2026",
            b"# source: https://a/",
            b"# source: https://b/",
        ]
        assert read_title(data) == "x"


def test_a_header_is_read_however_long_its_addresses() -> None:
    data = format_file("x", [f"https://a/{'a' * 9000}"] * 100, [], "2026", [(6, 1, 1)])
    assert (read_title(data), read_date(data)) == ("x", "2026")
    assert read_ranges(data, "list.txt") == []
    assert data.endswith(b"\n# excluded: ::1/128, so the range around it is split into several\n")
