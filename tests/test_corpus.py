"""The corpus that is shipped: it is small, and the test kit gives what is in it."""

from importlib.resources import files
from itertools import islice

import webob

from tests.lab.corpus import Sent
from tests.lab.shipped import sent
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.corpus import ANYWHERE, Attempt, Corpus, read_corpus
from xmlrpc_guard.corpus.spellings import EXTENSIONLESS, SPELLINGS
from xmlrpc_guard.testing import blocks, every_spelling


def test_it_takes_at_most_200_kb() -> None:
    assert len((files("xmlrpc_guard.corpus") / "attempts.json.gz").read_bytes()) <= 200_000


def test_the_test_kits_rows_are_in_it() -> None:
    kept = {sent(tried) for tried in (*read_corpus().chosen, *read_corpus().others)}
    assert [row for row in (*SPELLINGS, *EXTENSIONLESS) if Sent(row.target, headers=row.headers) not in kept] == []


def test_the_chosen_few_by_get_and_post_are_at_most_300_requests() -> None:
    assert 100 < 2 * len(read_corpus().chosen) <= 300


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
