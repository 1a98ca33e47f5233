"""The corpus that is shipped: it is what was measured, it is small, and the chosen few find every class of hole."""

from collections import Counter
from functools import cache
from gzip import decompress
from itertools import islice

import pytest
import webob

from tests.lab.corpus import ORDINARY, Sent
from tests.lab.setups import POST, REMEDIES, REQUIRE
from tests.lab.shipped import SECOND, SHIPPED, Holes, attempt, build, holes
from tests.lab.truth import SHIPPED as TABLE
from tests.lab.truth import Truth, load
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.corpus import ANYWHERE, Attempt, Corpus, read_corpus
from xmlrpc_guard.corpus.spellings import EXTENSIONLESS, SPELLINGS
from xmlrpc_guard.testing import blocks, every_spelling


def table() -> Truth:
    return load(TABLE)


@cache
def recorded_holes() -> Holes:
    return holes(table())


def sent(tried: Attempt) -> Sent:
    return Sent(tried.target, tried.method, tried.version, tried.headers)


def test_it_takes_at_most_200_kb() -> None:
    assert SHIPPED.stat().st_size <= 200_000


def test_it_is_every_request_of_the_table_but_the_ordinary_ones() -> None:
    corpus = read_corpus()
    measured = [attempt(table(), place) for place, row in enumerate(table().rows) if row.kind != ORDINARY]
    assert Counter((*corpus.chosen, *corpus.others)) == Counter(measured)


def test_the_test_kits_rows_are_in_it() -> None:
    kept = {sent(tried) for tried in (*read_corpus().chosen, *read_corpus().others)}
    assert [row for row in (*SPELLINGS, *EXTENSIONLESS) if Sent(row.target, headers=row.headers) not in kept] == []


def test_the_chosen_few_by_get_and_post_are_at_most_300_requests() -> None:
    assert 100 < 2 * len(read_corpus().chosen) <= 300


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


# What the test kit gives of it


def test_every_spelling_ran_the_script_somewhere_and_each_is_there_once() -> None:
    every = list(every_spelling())
    assert len({(row.target, row.headers) for row in every}) == len(every) == 12_404
    more = {*every_spelling(extensionless=True)} - {*every}
    assert {row.exercises for row in more} >= {"the name without its extension"}
    assert {row.target for row in EXTENSIONLESS} <= {row.target for row in more}


def test_a_guard_blocks_every_spelling_and_another_filter_does_not() -> None:
    guard = XMLRPCGuard(webob.Response("ok"), Policy(allow=["203.0.113.7"]))
    sample = [row for row in islice(every_spelling(), 0, None, 7) if row.target.isascii() and not row.headers]
    assert len(sample) > 1_000
    assert [row for row in sample if not blocks(guard, row)] == []
    assert not all("/xmlrpc.php" in row.target for row in sample)


def test_an_attempt_is_a_plain_get_unless_it_says_otherwise() -> None:
    assert isinstance(read_corpus(), Corpus)
    assert sent(Attempt("the plain path", ANYWHERE, "/xmlrpc.php")) == Sent("/xmlrpc.php")
