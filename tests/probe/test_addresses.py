"""Whether the address that asks proves anything."""

from typing import Any

import pytest

from xmlrpc_guard import Policy
from xmlrpc_guard.probe.addresses import STRANGER, find_address_doubts, find_lists

NOBODY = Policy(allow=[])
ROWS: list[Any] = [
    pytest.param("203.0.114.9", "203.0.114.1", NOBODY, [], id="a stranger's address"),
    pytest.param(
        "192.0.64.7", "203.0.114.1", NOBODY, ["is in the published list jetpack, which"], id="a published one"
    ),
    pytest.param(
        "192.168.1.5", "203.0.114.1", NOBODY, ["is a private address: the site sees another one"], id="behind a router"
    ),
    pytest.param("192.168.1.5", "192.168.1.9", NOBODY, [], id="in one private network"),
    pytest.param("fe80::1%lo", "fe80::2%lo", NOBODY, [], id="on one link"),
    pytest.param(
        "192.0.64.7", "203.0.114.1", Policy(allow=["192.0.64.7"]), ["is in allow: that it reaches"], id="a listed one"
    ),
    pytest.param(
        "192.0.64.7",
        "203.0.114.1",
        Policy(allow=["192.0.64.7"], deny=["192.0.64.7"]),
        ["is in the published list jetpack"],
        id="one that is denied although it is listed",
    ),
]


@pytest.mark.parametrize(("own", "site", "policy", "doubts"), ROWS)
def test_why_an_address_may_prove_nothing(own: str, site: str, policy: Policy, doubts: list[str]) -> None:
    found = list(find_address_doubts(own, site, policy, from_proxy=False))
    assert len(found) == len(doubts)
    assert [doubt for doubt, each in zip(doubts, found, strict=True) if f"{own} {doubt}" not in each] == []


def test_the_stranger_is_in_no_list() -> None:
    assert find_lists(STRANGER) == []


def test_what_is_no_address_is_in_no_list() -> None:
    assert find_lists("unix") == []
