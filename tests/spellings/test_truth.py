"""The guard against what real servers did: no request that ran xmlrpc.php gets past it, and no ordinary one is kept."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.spellings.corpus import ADMITTED, COMBINED, NAMED, ORDINARY, Row, Sent, attacks, ordinary
from tests.spellings.kinds import KINDS
from tests.spellings.page import PAGE, PICTURE, page
from tests.spellings.plot import plot
from tests.spellings.remedies import (
    GUARD,
    GUARD_OF_BOTH,
    LISTED,
    MIDDLEWARES,
    POLICIES,
    STRANGER,
    WayIn,
    blocked,
    guard,
    outcomes,
    passes,
)
from tests.spellings.setups import MULTIVIEWS, REMEDIES, SETUPS
from tests.spellings.truth import Truth, View, load, save
from xmlrpc_guard import Request
from xmlrpc_guard.target import path_of
from xmlrpc_guard.testing import EXTENSIONLESS, SPELLINGS, Spelling
from xmlrpc_guard.testing import ORDINARY as TO_PASS

TRUTH = load()
NOWHERE = ("other encodings", "a part of the name", NAMED)
ANYHOW = TRUTH.anyhow()


def places_of(kind: str) -> list[int]:
    return [place for place, row in enumerate(TRUTH.rows) if row.kind == kind]


# The table itself: it must be whole, and of the corpus as it is, or what follows shows nothing


def test_the_table_is_of_this_corpus() -> None:
    assert TRUTH.rows == [*attacks(), *ordinary()], "rebuild it: python -m tests.spellings"


def test_the_corpus_is_large_and_repeats_nothing() -> None:
    assert len({row.sent for row in TRUTH.rows}) == len(TRUTH.rows) > 10_000
    assert len(ordinary()) > 300


def test_the_table_is_of_these_set_ups() -> None:
    assert TRUTH.setups == [setup.name for setup in SETUPS]


def test_each_class_has_its_sentence() -> None:
    assert {row.kind for row in TRUTH.rows} - {ORDINARY, ADMITTED} == set(KINDS)


@pytest.mark.parametrize("setup", TRUTH.setups)
def test_a_set_up_runs_the_plain_path_and_not_all(setup: str) -> None:
    ran = [bool(mask & TRUTH.bit(setup)) for mask in TRUTH.direct]
    plain = [row.sent in (Sent("/xmlrpc.php"), Sent("/wp/xmlrpc.php")) for row in TRUTH.rows]
    assert any(both for both in map(all, zip(ran, plain, strict=True)))
    assert 100 < sum(ran) < len(ran) / 2


@pytest.mark.parametrize("server", TRUTH.seen)
def test_a_server_passes_on_much_that_runs_the_script(server: str) -> None:
    assert sum(view is None for view in TRUTH.seen[server]) < len(TRUTH.rows) / 2
    for masks in TRUTH.through[server].values():
        assert sum(map(bool, masks)) > 1000


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_and_its_example_work_somewhere_or_are_said_not_to(kind: str) -> None:
    worked = [TRUTH.rows[place].sent.target for place in places_of(kind) if ANYHOW[place]]
    assert bool(worked) is (kind not in NOWHERE)
    assert KINDS[kind].example in (worked or [TRUTH.rows[place].sent.target for place in places_of(kind)])


PLACES = {row.sent: place for place, row in enumerate(TRUTH.rows)}


@pytest.mark.parametrize("spelling", [*SPELLINGS, *EXTENSIONLESS], ids=lambda spelling: spelling.exercises)
def test_what_users_are_given_to_try_works_somewhere(spelling: Spelling) -> None:
    assert ANYHOW[PLACES[Sent(spelling.target, headers=spelling.headers)]]


def test_what_users_are_told_must_pass_runs_the_script_nowhere() -> None:
    assert not any(ANYHOW[PLACES[Sent(target)]] for target in TO_PASS)


def test_a_table_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    row = Row(COMBINED, Sent("/\xe9", "POST", "HTTP/1.0", (("SCRIPT_NAME", "/x"),)))
    view = View("", "/\xe9", "a", None, "/\xe9?a")
    truth = Truth(
        {"nginx": "1"}, ["a", "b"], [row, row], [1, 2], {"s": [view, None]}, {"s": {"w": [3, 0]}}, {"r": [0, 1]}
    )
    save(truth, tmp_path / "table")
    assert vars(load(tmp_path / "table")) == vars(truth)
    assert list(tmp_path.iterdir()) == [tmp_path / "table"]


# Nothing gets past


@pytest.mark.parametrize("setup", TRUTH.setups)
def test_the_path_rule_knows_every_target_that_ran_the_script(setup: str) -> None:
    policy = POLICIES[GUARD_OF_BOTH if setup == MULTIVIEWS else GUARD]
    ran = [row.sent.target for row, mask in zip(TRUTH.rows, TRUTH.direct, strict=True) if mask & TRUTH.bit(setup)]
    assert [target for target in ran if not policy.scripts.reached_by(path_of(target))] == []
    assert [target for target in ran if policy.decide(Request(target, peer=STRANGER)).allowed] == []


def told(ways: list[WayIn]) -> list[tuple[Sent, list[str]]]:
    return [(TRUTH.rows[way.place].sent, TRUTH.names(way.mask)) for way in ways]


def test_no_way_in_is_left_open_behind_any_server() -> None:
    assert told([way for way in outcomes(TRUTH)[GUARD].left if TRUTH.names(way.mask) != [MULTIVIEWS]]) == []


def test_multiviews_is_open_with_one_name_and_shut_with_both() -> None:
    left = outcomes(TRUTH)
    assert {TRUTH.rows[way.place].sent for way in left[GUARD].left} >= {Sent("/xmlrpc"), Sent("/blog/xmlrpc")}
    assert told(left[GUARD_OF_BOTH].left) == []


def test_the_usual_remedies_leave_something_open() -> None:
    left = {remedy: len(outcome.left) for remedy, outcome in outcomes(TRUTH).items()}
    assert [remedy for remedy, number in left.items() if number == 0] == [GUARD_OF_BOTH]
    assert set(MIDDLEWARES) < set(left)
    assert set(TRUTH.remedies) == set(REMEDIES)


# Nothing is kept that should pass


def test_no_ordinary_url_runs_the_script_and_none_is_blocked() -> None:
    assert not any(ANYHOW[place] for place in places_of(ORDINARY))
    assert blocked(TRUTH) == set()


def test_what_is_blocked_all_the_same_is_what_is_listed() -> None:
    assert blocked(TRUTH, ADMITTED) == {row.sent.target for row in TRUTH.rows if row.kind == ADMITTED}


@pytest.mark.parametrize("server", TRUTH.seen)
def test_a_listed_client_passes_and_the_environ_is_as_it_was(server: str) -> None:
    for view in filter(None, TRUTH.seen[server]):
        environ = view.environ(LISTED)
        assert passes(guard, environ)
        environ.pop("xmlrpc_guard.decision", None)
        assert environ == view.environ(LISTED)


# What is generated from it


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == page(TRUTH), "write it again: python -m tests.spellings --page"


def drawn(path: Path) -> list[str]:
    """Give the texts of a picture, whatever version of its library drew it."""
    return [text.text or "" for text in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_is_what_the_table_says(tmp_path: Path) -> None:
    plot(TRUTH, tmp_path / "picture.svg")
    texts = drawn(tmp_path / "picture.svg")
    assert texts == drawn(PICTURE), "draw it again: python -m tests.spellings --page"
    assert {*TRUTH.setups, *KINDS, *outcomes(TRUTH)} <= set(texts)


def test_the_page_names_the_versions_of_all_that_was_asked() -> None:
    assert {"Apache", "nginx", "PHP", "Caddy", "lighttpd", "gunicorn", "WSGIProxy2", "Python"} <= set(TRUTH.versions)
    assert all(re.fullmatch(r"\d+(\.\d+)+\w*", number) for number in TRUTH.versions.values())
