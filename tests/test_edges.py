"""Edges of sets, beside sets of small numbers; and the same in pieces as small as can be."""

from collections.abc import Callable
from functools import partial
from itertools import chain
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmlrpc_guard import edges
from xmlrpc_guard.edges import IntArray, UnmergedRanges, count_within, join, share

TOP = 1 << 32
FEW = TOP - 20  # the addresses that are drawn: the last 20, so that some ranges reach the top

ranges = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)).map(sorted), max_size=9)


def merged(drawn: list[list[int]], width: int = 32, pause: Callable[[], object] = edges.go_on) -> IntArray:
    gathered = UnmergedRanges(width)
    for first, last in drawn:
        gathered.starts.append(FEW + first)
        gathered.ends.append(FEW + last + 1)
    return gathered.merge(pause)


def members(drawn: list[list[int]]) -> set[int]:
    return set(chain.from_iterable(range(FEW + first, FEW + last + 1) for first, last in drawn))


def edges_of(addresses: set[int]) -> list[int]:
    """Give the edges of a set of addresses: those where being in it changes."""
    return [each for each in range(FEW, TOP) if (each in addresses) != (each - 1 in addresses)]


@given(ranges)
@example([[0, 19]])
@example([])
def test_merged_ranges_have_the_edges_of_all_that_they_cover(drawn: list[list[int]]) -> None:
    assert list(merged(drawn)) == edges_of(members(drawn))


@given(ranges, ranges)
def test_two_sets_joined_and_what_they_share(ours: list[list[int]], theirs: list[list[int]]) -> None:
    one, other = merged(ours), merged(theirs)
    assert list(join(one, other)) == edges_of(members(ours) | members(theirs))
    assert list(share(one, other)) == edges_of(members(ours) & members(theirs))


def test_what_is_joined_with_nothing_is_not_copied() -> None:
    one, nothing = merged([[1, 2]]), merged([])
    assert join(one, nothing) is one
    assert join(nothing, one) is one


@given(ranges, st.integers(0, 19), st.integers(0, 19))
def test_the_addresses_of_a_set_within_a_range_are_counted(drawn: list[list[int]], one: int, other: int) -> None:
    first, last = sorted((FEW + one, FEW + other))
    assert count_within(merged(drawn), first, last) == len(members(drawn) & {*range(first, last + 1)})


@pytest.mark.parametrize("width", [pytest.param(32, id="IPv4"), pytest.param(128, id="IPv6")])
@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda random: random.randrange(1 << 31), id="all over"),
        pytest.param(lambda random: (10 << 24) + random.randrange(3000), id="in one place"),
        pytest.param(lambda _: 7, id="the same again and again"),
        pytest.param(partial(next, iter(range(9999))), id="in order"),
    ],
)
def test_numbers_are_sorted_in_pieces_and_with_pauses(
    draw: Callable[[Any], int], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edges, "PIECE", 16)
    random, pauses, gathered = Random(2015), list[bool](), UnmergedRanges(width)
    numbers = [draw(random) for _ in range(2000)]
    gathered.starts.extend(numbers)
    gathered.ends.extend(number + 1 for number in numbers)
    found = gathered.merge(lambda: pauses.append(True))
    addresses = {*numbers}
    assert list(found) == sorted(addresses ^ {each + 1 for each in addresses})
    assert len(pauses) > 2000 / 16


def test_what_was_merged_is_forgotten() -> None:
    gathered = UnmergedRanges(32)
    gathered.starts.append(1)
    gathered.ends.append(2)
    assert [list(gathered.merge()), list(gathered.merge())] == [[1, 2], []]
