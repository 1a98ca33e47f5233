"""What all of them answer: where they differ from the guard, and whom they take a stranger for."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

from tests.lab.differences import Difference, differences
from tests.lab.forged import INNER, OUTER, STRANGER, cases, routes
from tests.lab.quiet import quiet
from tests.lab.resolvers import GUARD, LIBRARIES, Resolver
from tests.lab.resolving_servers import servers
from xmlrpc_guard import Networks

ALLOWED = Networks(["192.0.64.0/18", "198.51.100.0/24", "203.0.113.0/24", "2001:db9::/32"])
LISTED, PROXY, RIGHT, NO_CLIENT = "a listed client", "a proxy", "the stranger", "no client, or nonsense"
Outcomes = dict[str, Counter[str]]


@dataclass(frozen=True)
class Measured:
    """What each of them answered: its differences from the guard, and by route whom it took the stranger for."""

    differences: dict[Resolver, list[Difference]]
    outcomes: dict[Resolver, Outcomes]


@cache
def measure() -> Measured:
    """Ask all of them, once for all tests."""
    with servers() as running, quiet():
        resolvers = [*running, *LIBRARIES]
        return Measured(
            {resolver: differences(resolver, cases()) for resolver in resolvers},
            {resolver: _outcomes(resolver) for resolver in [GUARD, *resolvers]},
        )


def _outcomes(resolver: Resolver) -> Outcomes:
    return {route: Counter(map(_taken_for, resolver.answers(arrived))) for route, arrived in routes().items()}


def _taken_for(answer: str | None) -> str:
    if answer in (INNER, OUTER):
        return PROXY
    if answer == STRANGER:
        return RIGHT
    return LISTED if answer and answer in ALLOWED else NO_CLIENT
