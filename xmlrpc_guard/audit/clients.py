"""Each client of a tally in turn, summed up: without holding more than one of them, and its best-known agents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from xmlrpc_guard.audit.judging import Judged
from xmlrpc_guard.audit.tally import REFUSALS, Count

T = TypeVar("T")
MOST_AGENTS = 3
"""The User-Agents of a client that are kept: those of most requests."""


@dataclass(slots=True)
class Client:
    """The requests of one client with one verdict."""

    name: str
    verdict: str
    total: Count = field(default_factory=Count)
    refused_already: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    spellings: dict[str, int] = field(default_factory=dict)
    agents: list[tuple[str, int]] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """The requests that were not refused until now, by their status."""
        return self.total.requests - self.refused_already


def sum_up(rows: Iterable[tuple[Judged, Count]]) -> Iterator[Client]:
    """Sum up rows, sorted by client and verdict.

    >>> row = Judged("::1", "refused", "probe/1", "NOT_LISTED", "plain", 200), Count(2, 0, 60, 10)
    >>> [(client.name, client.answered, client.agents) for client in sum_up([row])]
    [('::1', 2, [('probe/1', 2)])]
    """
    for (name, verdict), group in groupby(rows, key=lambda row: row[0][:2]):
        client = Client(name, verdict)
        client.agents = _keep_most(_count_agents(client, group))
        yield client


def _count_agents(client: Client, rows: Iterable[tuple[Judged, Count]]) -> Iterator[tuple[str, int]]:
    """Add rows to a client, and give each agent with its requests: there may be millions of them."""
    for agent, group in groupby(rows, key=lambda row: row[0].agent):
        requests = 0
        for judged, count in group:
            requests += count.requests
            _add(client, judged, count)
        yield agent, requests


def _keep_most(agents: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    most: list[tuple[str, int]] = []
    for each in agents:  # of which nearly every client has one: heapq.nsmallest takes longer to begin
        most = sorted([*most, each], key=lambda each: (-each[1], each[0]))[:MOST_AGENTS] if most else [each]
    return most


def _add(client: Client, judged: Judged, count: Count) -> None:
    client.total.add(count)
    client.refused_already += count.requests * (judged.status in REFUSALS)
    _count_up(client.reasons, judged.reason, count.requests)
    _count_up(client.statuses, judged.status, count.requests)
    _count_up(client.spellings, judged.spelling, count.requests)


def _count_up(sums: dict[T, int], key: T, number: int) -> None:
    """Add to one of some sums; a Counter does so too, and takes as long to make as all else that a client needs."""
    sums[key] = sums.get(key, 0) + number
