"""Which of several changed lists become active together: no combination of them may trust everyone."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

from xmlrpc_guard.client import TrustedProxies
from xmlrpc_guard.live.watched import Watched, find_trust_problem

T = TypeVar("T")


def activate_fitting(lists: Sequence[Watched], own: TrustedProxies) -> list[Watched]:
    """Activate each list's latest reading, and refuse those that would trust everyone beside the others and ``own``."""

    def find_problem(activated: AbstractSet[Watched]) -> str:
        readings = [watched.latest if watched in activated else watched.active for watched in proxies]
        return find_trust_problem([*own, *(reading.networks for reading in readings)])

    proxies = [watched for watched in lists if watched.setting == "trusted_proxies"]
    problems = choose_fitting(proxies, find_problem)
    return [watched.refuse(problems[watched]) if problems.get(watched) else watched.activate() for watched in lists]


# If all changes fit together, all are made, even if some would not fit alone. If not, they are tried one by one, in the
# order of the lists, each beside those accepted so far and the active entries of all others. A refused one may fit
# later, when a list that shrinks has made room, so the refused ones are tried again, round by round, until a round
# accepts none. That ends, since every other round accepts at least one, and what is accepted stays accepted: it was
# tried together with all that came before. What is refused at the end does not fit beside what was accepted.
def choose_fitting(candidates: Sequence[T], find_problem: Callable[[AbstractSet[T]], str]) -> dict[T, str]:
    """Return the problem of each candidate, "" for the accepted ones, which fit together.

    ``find_problem`` returns what is wrong when these candidates are accepted and the others are not; "" if nothing is.

    >>> choose_fitting([4, 3, 2], lambda accepted: "too heavy" if sum(accepted) > 6 else "")
    {4: '', 3: 'too heavy', 2: ''}
    """
    if not find_problem({*candidates}):
        return dict.fromkeys(candidates, "")
    problems: dict[T, str] = {}
    accepted: set[T] = set()
    while True:
        refused = [candidate for candidate in candidates if candidate not in accepted]
        for candidate in refused:
            problems[candidate] = find_problem({*accepted, candidate})
            if not problems[candidate]:
                accepted.add(candidate)
        if accepted.isdisjoint(refused):
            return problems
