"""The guard against what real servers did: nothing that ran xmlrpc.php gets past it, nothing ordinary is refused."""

from functools import cache

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
from tests.lab.truth import SHIPPED, Truth, load
from xmlrpc_guard import Request
from xmlrpc_guard.target import path_of
from xmlrpc_guard.testing import EXTENSIONLESS, SPELLINGS
from xmlrpc_guard.testing import ORDINARY as TO_PASS


def table() -> Truth:
    """Give the table, which takes a second to read, so that it is read where it is first needed."""
    return load(SHIPPED)


@cache
def ran_anyhow() -> dict[Sent, bool]:
    """Give for each request whether it ran the script anywhere."""
    return {row.sent: bool(mask) for row, mask in zip(table().rows, table().anyhow, strict=True)}


# The test kit


def test_each_spelling_of_the_test_kit_runs_the_script_somewhere() -> None:
    kit = [*SPELLINGS, *EXTENSIONLESS]
    assert [row for row in kit if not ran_anyhow()[Sent(row.target, headers=row.headers)]] == []


def test_no_ordinary_path_of_the_test_kit_runs_the_script() -> None:
    assert not any(ran_anyhow()[Sent(target)] for target in TO_PASS)


# Nothing gets past


@cache
def ran_directly() -> list[tuple[str, list[str]]]:
    """Give each target that ran the script without a server before PHP's, and the set-ups where it did."""
    masks = zip(table().rows, table().direct, strict=True)
    return [(row.sent.target, table().names(mask)) for row, mask in masks if mask]


@cache
def let_pass(name: str) -> set[str]:
    """Give the targets that ran the script anywhere, and that a policy lets pass."""
    policy, targets = POLICIES[name], {target for target, _ in ran_directly()}
    unguarded = {target for target in targets if not policy.scripts.reached_by(path_of(target))}
    allowed = {target for target in targets if policy.decide(Request(target, peer=STRANGER)).allowed}
    assert unguarded == allowed
    return allowed


def test_the_path_rule_knows_every_target_that_ran_the_script() -> None:
    passed = {setup: let_pass(GUARD_OF_BOTH if setup == MULTIVIEWS else GUARD) for setup in table().setups}
    assert [(setup, target) for target, setups in ran_directly() for setup in setups if target in passed[setup]] == []


def describe(ways: list[WayIn]) -> list[tuple[Sent, list[str]]]:
    return [(table().rows[way.place].sent, table().names(way.mask)) for way in ways]


def test_no_request_that_runs_the_script_after_a_server_passes_the_guard() -> None:
    left = [way for way in of_middleware(table(), GUARD).left if table().names(way.mask) != [MULTIVIEWS]]
    assert describe(left) == []


def test_multiviews_is_open_with_one_name_and_shut_with_both() -> None:
    left = {table().rows[way.place].sent for way in of_middleware(table(), GUARD).left}
    assert left >= {Sent("/xmlrpc"), Sent("/blog/xmlrpc")}
    assert describe(of_middleware(table(), GUARD_OF_BOTH).left) == []


# Nothing is refused that should pass


def test_no_ordinary_url_runs_the_script_and_none_is_blocked() -> None:
    assert not any(ran for row, ran in zip(table().rows, table().anyhow, strict=True) if row.kind == ORDINARY)
    assert blocked(table()) == set()


def test_the_ordinary_urls_that_are_blocked_are_those_of_the_list() -> None:
    assert blocked(table(), ADMITTED) == {row.sent.target for row in table().rows if row.kind == ADMITTED}


def test_a_listed_client_passes_after_any_server_and_the_environ_is_as_it_was() -> None:
    for view in {view for views in table().seen.values() for view in views if view}:
        before = view.environ(LISTED)
        environ = {**before}
        assert passes(guard, environ)
        environ.pop("xmlrpc_guard.decision", None)
        assert environ == before
