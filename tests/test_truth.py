"""The guard against what real servers did: nothing that ran xmlrpc.php gets past it, nothing ordinary is refused."""

from functools import cache

import pytest

from tests.lab.corpus import ADMITTED, ORDINARY, Sent
from tests.lab.remedies import (
    GUARD,
    GUARD_OF_BOTH,
    LISTED,
    POLICIES,
    STRANGER,
    WayIn,
    blocked,
    guard,
    of_middleware,
    passes,
)
from tests.lab.setups import MULTIVIEWS
from tests.lab.truth import SHIPPED, load
from xmlrpc_guard import Request
from xmlrpc_guard.target import path_of
from xmlrpc_guard.testing import EXTENSIONLESS, SPELLINGS, Spelling
from xmlrpc_guard.testing import ORDINARY as TO_PASS

TRUTH = load(SHIPPED)
ANYHOW = TRUTH.anyhow
PLACES = {row.sent: place for place, row in enumerate(TRUTH.rows)}


# The test kit


@pytest.mark.parametrize("spelling", [*SPELLINGS, *EXTENSIONLESS], ids=lambda spelling: spelling.exercises)
def test_each_spelling_of_the_test_kit_runs_the_script_somewhere(spelling: Spelling) -> None:
    assert ANYHOW[PLACES[Sent(spelling.target, headers=spelling.headers)]]


def test_no_ordinary_path_of_the_test_kit_runs_the_script() -> None:
    assert not any(ANYHOW[PLACES[Sent(target)]] for target in TO_PASS)


# Nothing gets past


@cache
def let_pass(name: str) -> set[str]:
    """Give the targets that ran the script anywhere, and that a policy lets pass."""
    policy, ran = POLICIES[name], {row.sent.target for row, mask in zip(TRUTH.rows, TRUTH.direct, strict=True) if mask}
    unguarded = {target for target in ran if not policy.scripts.reached_by(path_of(target))}
    allowed = {target for target in ran if policy.decide(Request(target, peer=STRANGER)).allowed}
    assert unguarded == allowed
    return allowed


@pytest.mark.parametrize("setup", TRUTH.setups)
def test_the_path_rule_knows_every_target_that_ran_the_script(setup: str) -> None:
    bit, passed = TRUTH.bit(setup), let_pass(GUARD_OF_BOTH if setup == MULTIVIEWS else GUARD)
    ran = {row.sent.target for row, mask in zip(TRUTH.rows, TRUTH.direct, strict=True) if mask & bit}
    assert ran & passed == set()


def describe(ways: list[WayIn]) -> list[tuple[Sent, list[str]]]:
    return [(TRUTH.rows[way.place].sent, TRUTH.names(way.mask)) for way in ways]


def test_no_request_that_runs_the_script_after_a_server_passes_the_guard() -> None:
    assert describe([way for way in of_middleware(TRUTH, GUARD).left if TRUTH.names(way.mask) != [MULTIVIEWS]]) == []


def test_multiviews_is_open_with_one_name_and_shut_with_both() -> None:
    left = {TRUTH.rows[way.place].sent for way in of_middleware(TRUTH, GUARD).left}
    assert left >= {Sent("/xmlrpc"), Sent("/blog/xmlrpc")}
    assert describe(of_middleware(TRUTH, GUARD_OF_BOTH).left) == []


# Nothing is refused that should pass


def test_no_ordinary_url_runs_the_script_and_none_is_blocked() -> None:
    assert not any(ran for row, ran in zip(TRUTH.rows, ANYHOW, strict=True) if row.kind == ORDINARY)
    assert blocked(TRUTH) == set()


def test_the_ordinary_urls_that_are_blocked_are_those_of_the_list() -> None:
    assert blocked(TRUTH, ADMITTED) == {row.sent.target for row in TRUTH.rows if row.kind == ADMITTED}


def test_a_listed_client_passes_after_any_server_and_the_environ_is_as_it_was() -> None:
    for view in {view for views in TRUTH.seen.values() for view in views if view}:
        environ = view.environ(LISTED)
        assert passes(guard, environ)
        environ.pop("xmlrpc_guard.decision", None)
        assert environ == view.environ(LISTED)
