"""Many entries at once are read as each would be by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import networks, spelt_addresses, texts
from xmlrpc_guard import Networks
from xmlrpc_guard.batches import BATCH, add_batch, read_batch
from xmlrpc_guard.edges import Gathered
from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.ranges import Range, parse_plain


def ranges_of(entries: list[Any]) -> list[Range] | None:
    batches = read_batch(entries)
    if batches is None:
        return None
    return [
        (version, start, end - 1) for version, starts, ends in batches for start, end in zip(starts, ends, strict=True)
    ]


@given(st.lists(spelt_addresses | networks.map(str), max_size=6), st.none() | texts)
def test_entries_are_read_as_each_by_itself_or_not_at_all(entries: list[str], odd: str | None) -> None:
    given_texts = entries if odd is None else [*entries, odd]
    found = ranges_of(given_texts)
    if found is not None:
        assert sorted(found) == sorted(each for text in given_texts for each in read_entry(text))


PLAIN = ["10.0.0.0/24", "192.0.2.7", "2001:db8::/32", "::1:0:0:0:1", "10.0.0.0/255.0.0.0", "0.0.0.1", "::1:0:0:0"]


def test_plain_entries_of_both_versions_are_read_at_once() -> None:
    expected = [parse_plain(text) for text in PLAIN]
    assert {*(ranges_of(PLAIN) or ())} == {*expected}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("10.0.0.1/24", id="an entry with host bits"),
        pytest.param("0.0.0.0", id="no client's address"),
        pytest.param("::/0", id="a range around the IPv4-mapped ones"),
        pytest.param("::ffff:10.0.0.1", id="an IPv4-mapped address"),
        pytest.param("10.0.0.0-10.0.0.9", id="a range by its ends"),
        pytest.param("10.0.0.0/24/24", id="two prefixes"),
        pytest.param("10.0.0.0/24/10.0.0.0", id="a slash for the next entry, which has none"),
        pytest.param("10.0.0.0/", id="a slash and nothing"),
        pytest.param("2001:db8::/255.0.0.0", id="a netmask of the other version"),
        pytest.param("10.0.0.0/\u0668", id="a digit that is not ASCII"),
        pytest.param("10.0.0.0\n10.0.0.1", id="two entries in one text"),
        pytest.param("10.0.0.1\0", id="a NUL"),
        pytest.param("jetpack", id="a published list's name"),
        pytest.param("", id="no text"),
        pytest.param(None, id="None"),
    ],
)
def test_an_entry_that_is_not_plain_has_all_of_its_batch_read_one_by_one(entry: Any) -> None:
    gathered = Gathered()
    for entries in ([entry], [*PLAIN, entry], [entry, *PLAIN], [entry, "24"]):
        assert not add_batch(gathered, entries)
    assert not any(spans.starts or spans.ends for spans in gathered.ranges.values())


def test_a_set_of_many_batches_some_of_which_are_not_plain() -> None:
    plain = [f"10.{number >> 8}.{number & 255}.0/24" for number in range(0, 4 * BATCH, 2)]
    odd: list[Any] = ["203.0.113.5-203.0.113.6", Networks(["198.51.100.0/24"])]
    expected = {*plain, "203.0.113.5/32", "203.0.113.6/32", "198.51.100.0/24"}
    for place in (0, BATCH - 1, BATCH, len(plain)):
        assert {*Networks([*plain[:place], *odd, *plain[place:]])} == expected
