"""What is converted covers exactly a file's own entries, as the standard library reads them, or nothing at all."""

from collections.abc import Iterator
from functools import cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.reading import SOURCE
from tests.formats.writers import WRITERS, Network, format_of
from tests.strategies import networks, unmapped
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import NAMES, convert
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.ranges import format_range

MARK = ip_network("192.0.2.77")
BAD = st.sampled_from(["office.example", "192.0.2.777"])


@cache
def collapse(*drawn: Network) -> list[str]:
    plain = list(map(unmapped, drawn))
    v4 = collapse_addresses(network for network in plain if isinstance(network, IPv4Network))
    v6 = collapse_addresses(network for network in plain if isinstance(network, IPv6Network))
    return [str(network) for family in (v4, v6) for network in family]


def covered(text: str, format_: str | None) -> list[str]:
    """Convert a text, write the list file, and read it as a guard does."""
    entries = convert(text.encode(), SOURCE, format_).entries
    written = [format_range(entry.range) for entry in entries]
    return [respell(text) for text in Networks(written)]


@cache
def respell(text: str) -> str:
    return str(ip_network(text))


def test_every_format_is_written_here() -> None:
    assert {format_of(name) for name in WRITERS} == set(NAMES)


# The same networks are written in every format, as drawing them takes longer than converting them.


@given(st.lists(networks, min_size=1, max_size=9))
def test_a_converted_list_covers_the_files_own_entries(drawn: list[Network]) -> None:
    for name, held in all_that_can_hold(drawn):
        text = WRITERS[name].write(held)
        assert (name, covered(text, format_of(name))) == (name, collapse(*held))
        assert (name, covered(text, None)) == (name, collapse(*held))


@given(st.lists(networks, min_size=1, max_size=5), st.sampled_from(["\r\n", "\n"]), st.sampled_from(["", "\ufeff"]))
def test_line_ends_and_a_byte_order_mark_change_nothing(drawn: list[Network], end: str, mark: str) -> None:
    for name, held in all_that_can_hold(drawn):
        text = mark + WRITERS[name].write(held).replace("\n", end)
        assert (name, covered(text, None)) == (name, collapse(*held))


def all_that_can_hold(drawn: list[Network]) -> Iterator[tuple[str, list[Network]]]:
    """Give each way to write a format, and the networks that it can hold, if there are any."""
    for name, writer in WRITERS.items():
        if held := [network for network in drawn if writer.holds(network)]:
            yield name, held


@given(st.lists(networks, max_size=5), st.lists(networks, max_size=5), BAD)
def test_a_file_with_one_unreadable_entry_is_refused_whole_with_its_line(
    before: list[Network], after: list[Network], bad: str
) -> None:
    for name, held in all_that_can_hold([*before, MARK, *after]):
        text = WRITERS[name].write(held).replace(str(MARK[0]), bad)
        with pytest.raises(SourceError) as raised:
            convert(text.encode(), SOURCE, format_of(name))
        assert bad in text.split("\n")[raised.value.line - 1], name
