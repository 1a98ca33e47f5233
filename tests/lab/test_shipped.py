"""The corpus that is shipped is what was measured, and the chosen few find every class of hole of the table."""

from collections import Counter
from functools import cache
from gzip import decompress

import pytest

from tests.lab.corpus import ORDINARY
from tests.lab.setups import POST, REMEDIES, REQUIRE
from tests.lab.shipped import SECOND, SHIPPED, Holes, attempt, build, holes, sent
from tests.lab.truth import SHIPPED as TABLE
from tests.lab.truth import Truth, load
from xmlrpc_guard.corpus import read_corpus


def table() -> Truth:
    return load(TABLE)


@cache
def recorded_holes() -> Holes:
    return holes(table())


def test_it_is_every_request_of_the_table_but_the_ordinary_ones() -> None:
    corpus = read_corpus()
    measured = [attempt(table(), place) for place, row in enumerate(table().rows) if row.kind != ORDINARY]
    assert Counter((*corpus.chosen, *corpus.others)) == Counter(measured)


def chosen_places() -> set[int]:
    chosen = {sent(tried) for tried in read_corpus().chosen}
    return {place for place, row in enumerate(table().rows) if row.sent in chosen}


def test_the_chosen_few_find_every_class_of_hole_of_the_table() -> None:
    found, chosen = recorded_holes(), chosen_places()
    assert len(found) > 80_000
    assert [hole for hole, places in found.items() if chosen.isdisjoint(places)] == []


@pytest.mark.parametrize("remedy", REMEDIES)
def test_what_a_remedy_leaves_open_is_found_twice_where_two_requests_show_it(remedy: str) -> None:
    found = {hole: places for hole, places in recorded_holes().items() if hole.front == (remedy,)}
    chosen = chosen_places()
    once = [hole for hole, places in found.items() if len(chosen.intersection(places)) < min(hole.times, len(places))]
    assert once == []
    assert len(found) > {POST: 150, REQUIRE: 15}[remedy]


def test_the_first_half_of_the_chosen_few_does_not_find_every_class_of_hole() -> None:
    half = {sent(tried) for tried in read_corpus().chosen[: len(read_corpus().chosen) // 2]}
    places = {place for place, row in enumerate(table().rows) if row.sent in half}
    assert not all(places.intersection(found) for found in recorded_holes().values())


def test_the_second_wordpress_has_holes_of_its_own() -> None:
    assert {hole.second for hole in recorded_holes()} == {True, False}
    assert any(SECOND in tried.target for tried in read_corpus().chosen)


def test_it_is_what_the_command_writes() -> None:
    assert decompress(build(table(), recorded_holes())) == decompress(SHIPPED.read_bytes())
