"""The report on a tally: plain values, as JSON has them, that the text, the page and the table are written from."""

from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest
from time import gmtime, strftime
from typing import Any

from xmlrpc_guard.audit.clients import Client, count_up, sum_up
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.judging import ALLOWED, REFUSED, UNKNOWN, VERDICTS
from xmlrpc_guard.audit.tally import KINDS, Tally

Report = dict[str, Any]
"""What ``--json`` prints; docs/reference/audit.md names it."""

TOP = 20
"""How many clients a report shows, if no other number is wanted."""


def build_report(tally: Tally, known: Known, top: int = TOP) -> Report:
    """Build the report: known clients first, then by answered requests, ``top`` of each verdict, 0 for all."""
    sums = _Sums(known)
    shown = {verdict: _first(sums.see(tally, verdict), top) for verdict in VERDICTS}
    return {
        "lines": {kind: tally.lines[kind] for kind in KINDS},
        "problems": sorted(tally.problems),
        "formats": dict(sorted(tally.formats.items())),
        "period": {"first": format_time(tally.period.first), "last": format_time(tally.period.last)},
        "requests": {verdict: sums.requests(verdict) for verdict in VERDICTS},
        "unknown_because": dict(sorted(sums.reasons[UNKNOWN].items())),
        "spellings": {name: dict(counts) for name, counts in sorted(sums.spellings.items())},
        "refused_clients_in_lists": dict(sorted(sums.lists.items())),
        "clients": {verdict: [_describe(client, known) for client in shown[verdict]] for verdict in VERDICTS},
        "over_time": {
            "seconds": tally.spans.width,
            "spans": [
                {"from": format_time(start), **dict(zip(VERDICTS, row, strict=True))} for start, row in tally.spans
            ],
        },
    }


class _Sums:
    """What is summed up over all clients, while the first of them are picked."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.clients: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._already: Counter[str] = Counter()
        self.reasons: dict[str, dict[str, int]] = {verdict: {} for verdict in VERDICTS}
        self.spellings: dict[str, dict[str, int]] = {}
        self.lists: dict[str, dict[str, int]] = {}

    def see(self, tally: Tally, verdict: str) -> Iterator[Client]:
        """Give the clients of one verdict, and add each to the sums."""
        for client in sum_up(tally.counts.rows(verdict)):
            self._add(client)
            yield client

    def _add(self, client: Client) -> None:
        verdict = client.verdict
        client.is_known = self._known.speaks_for(client.name)
        self.clients[verdict] += 1
        self._requests[verdict] += client.total.requests
        self._already[verdict] += client.refused_already
        for reason, number in client.reasons.items():
            count_up(self.reasons[verdict], reason, number)
        for name, number in client.spellings.items():
            if name not in self.spellings:
                self.spellings[name] = dict.fromkeys(VERDICTS, 0)
            self.spellings[name][verdict] += number
        for name in self._known.lists_of(client.name) if verdict == REFUSED else ():
            listed = self.lists.setdefault(name, {"clients": 0, "requests": 0})
            listed["clients"] += 1
            listed["requests"] += client.total.requests

    def requests(self, verdict: str) -> dict[str, int]:
        """Give the numbers of one verdict."""
        total, already = self._requests[verdict], self._already[verdict]
        return {"all": total, "answered": total - already, "refused_already": already, "clients": self.clients[verdict]}


def _first(clients: Iterator[Client], top: int) -> list[Client]:
    return sorted(clients, key=_rank) if top == 0 else nsmallest(top, clients, key=_rank)


def _rank(client: Client) -> tuple[bool, int, int, str]:
    return client.rank


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
