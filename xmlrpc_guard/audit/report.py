"""The report on a tally: plain values, as JSON has them, that the text, the page and the table are written from."""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from time import gmtime, strftime
from typing import Any

from xmlrpc_guard.audit.clients import Client, sum_up
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.judging import ALLOWED, REFUSED, UNKNOWN, VERDICTS
from xmlrpc_guard.audit.tally import KINDS, Counts, Sums, Tally

Report = dict[str, Any]
"""What ``--json`` prints; docs/reference/audit.md names it."""

TOP = 20
"""How many clients a report shows, if no other number is wanted."""
IN_A_LIST = 3
"""How many clients of a published list a report names."""


def build_report(tally: Tally, known: Known, top: int = TOP) -> Report:
    """Build the report: known clients first, then by answered requests, ``top`` of each verdict, 0 for all."""
    seen = {verdict: _Seen(known) for verdict in VERDICTS}
    first = {verdict: seen[verdict].find_first(tally.counts.clients(verdict), top) for verdict in VERDICTS}
    shown = {verdict: _sum_up(tally.counts, verdict, names, top) for verdict, names in first.items()}
    return {
        "lines": {kind: tally.lines[kind] for kind in KINDS},
        "problems": sorted(tally.problems),
        "formats": dict(sorted(tally.formats.items())),
        "period": {"first": format_time(tally.period.first), "last": format_time(tally.period.last)},
        "requests": {verdict: seen[verdict].requests() for verdict in VERDICTS},
        "unknown_because": _count_reasons(tally),
        "spellings": _count_spellings(tally),
        "refused_clients_in_lists": dict(sorted(seen[REFUSED].lists.items())),
        "clients": {verdict: [_describe(client, known) for client in shown[verdict]] for verdict in VERDICTS},
        "over_time": {
            "seconds": tally.spans.width,
            "spans": [
                {"from": format_time(start), **dict(zip(VERDICTS, row, strict=True))} for start, row in tally.spans
            ],
        },
    }


_Rank = tuple[bool, int, int, str]
"""The order of a report: known clients first, which a flood of strangers would hide, then by what was answered.

Whose requests were answered most would miss them most. The last is the client's name.
"""


class _Seen:
    """What is summed up over all clients of a verdict, while the first of them are picked."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._clients = self._requests = self._already = 0
        self.lists: dict[str, dict[str, Any]] = {}

    def find_first(self, clients: Iterable[Sums], top: int) -> list[str]:
        """Give the names of the clients that a report shows, in its order."""
        ranks = map(self._rank, clients)
        return [name for _, _, _, name in (sorted(ranks) if top == 0 else nsmallest(top, ranks))]

    def _rank(self, sums: Sums) -> _Rank:
        name, requests, already = sums
        lists = self._known.lists_of(name)
        self._clients += 1
        self._requests += requests
        self._already += already
        for each in lists:
            listed = self.lists.setdefault(each, {"clients": 0, "requests": 0, "first": []})
            listed["clients"] += 1
            listed["requests"] += requests
            listed["first"] = _add_first(listed["first"], name, requests)
        return not self._known.speaks_for(name, lists), already - requests, -requests, name

    def requests(self) -> dict[str, int]:
        """Give the numbers of the verdict."""
        answered = self._requests - self._already
        return {
            "all": self._requests,
            "answered": answered,
            "refused_already": self._already,
            "clients": self._clients,
        }


def _sum_up(counts: Counts, verdict: str, names: Sequence[str], top: int) -> list[Client]:
    """Sum up the clients of some names, which are all clients if ``top`` is 0."""
    found = {client.name: client for client in sum_up(counts.rows(verdict, set(names) if top else None))}
    return [found[name] for name in names]


def _count_reasons(tally: Tally) -> dict[str, int]:
    """Count the requests of which nothing can be told, by why."""
    reasons = Counter[str]()
    for (verdict, reason, _), requests in tally.spellings.items():
        if verdict == UNKNOWN:
            reasons[reason] += requests
    return dict(sorted(reasons.items()))


def _count_spellings(tally: Tally) -> dict[str, dict[str, int]]:
    """Count the requests of each spelling, by verdict."""
    found: dict[str, dict[str, int]] = {}
    for (verdict, _, spelling), requests in tally.spellings.items():
        found.setdefault(spelling, dict.fromkeys(VERDICTS, 0))[verdict] += requests
    return dict(sorted(found.items()))


def _add_first(first: list[dict[str, Any]], name: str, requests: int) -> list[dict[str, Any]]:
    shown = [*first, {"client": name, "requests": requests}]
    return sorted(shown, key=lambda each: (-each["requests"], each["client"]))[:IN_A_LIST]


def _describe(client: Client, known: Known) -> dict[str, Any]:
    evidence = known.look_up(client.name)
    return {
        "client": client.name,
        "requests": client.total.requests,
        "answered": client.answered,
        "refused_already": client.refused_already,
        "first": format_time(client.total.first),
        "last": format_time(client.total.last),
        "bytes": client.total.size,
        "statuses": {str(status or "unknown"): number for status, number in sorted(client.statuses.items())},
        "reasons": dict(sorted(client.reasons.items())),
        "spellings": dict(sorted(client.spellings.items())),
        "agents": [{"agent": agent, "requests": number} for agent, number in client.agents],
        "lists": list(evidence.lists),
        "note": evidence.note,
        "entry": evidence.entry,
        "methods": [{"method": name, "records": number} for name, number in evidence.methods],
    }


def format_time(seconds: int | None) -> str | None:
    """Write a time as RFC 3339 does, in UTC.

    >>> format_time(1795950000), format_time(None)
    ('2026-11-29T11:00:00Z', None)
    """
    return None if seconds is None else strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


__all__ = ["ALLOWED", "REFUSED", "TOP", "UNKNOWN", "Report", "build_report", "format_time"]
