"""The report of an audit as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xmlrpc_guard.audit.evidence import lets_in
from xmlrpc_guard.audit.report import ALLOWED, REFUSED, UNKNOWN, Report

LINES = {
    "passed_over": "passed over: no guarded script's name can be in them",
    "unreadable": "of no format that is known",
    "unreadable_naming_a_script": "of these with a guarded script's name in them",
    "no_request": "no request at all (TLS on a plain port, silence)",
    "ambiguous": "with several readings, each of which was judged",
    "outside_the_period": "outside of --since and --until",
    "without_a_time": "without a time that could be read",
    "blank": "blank, or a remark that begins with #",
}
MEANINGS = {ALLOWED: "would be allowed", REFUSED: "would be refused", UNKNOWN: "cannot be told"}
EXPLAINED = (
    "answered: nothing has refused it until now. WordPress answers a failed login as well, so no one is let in by this",
    "refused already: the answer had a status of 4xx, as 403 or 404",
)
ORDER = "those in a published list or in your notes first, then most answered requests"
_AGENT = 60  # characters
_METHODS = 5


def describe(report: Report) -> Iterator[str]:
    """Write a report as lines."""
    yield from _describe_lines(report)
    yield ""
    yield from _table(
        ["requests for a guarded script", "all", "answered", "refused already", "clients"],
        [
            [MEANINGS[verdict], *map(str, (row["all"], row["answered"], row["refused_already"], row["clients"]))]
            for verdict, row in report["requests"].items()
        ],
    )
    yield from (f"cannot be told: {number} x {reason}" for reason, number in report["unknown_because"].items())
    yield from EXPLAINED
    yield from describe_lists(report)
    for verdict in (REFUSED, UNKNOWN):
        yield from _describe_clients(report, verdict)
    yield from _describe_spellings(report["spellings"])


def describe_lists(report: Report) -> Iterator[str]:
    """Write which published lists the clients are in that would be refused, and what would let them in."""
    for name, listed in report["refused_clients_in_lists"].items():
        many = f"clients {listed['clients']}, requests {listed['requests']}"
        advice = f"to let them in: --allow {name}" if lets_in(name) else _PROXIES
        yield f"would be refused, and in the list {name}: {many}; {advice}"


_PROXIES = "no one is let in by it, as these are where proxies are: see --trusted-proxies"


def _describe_lines(report: Report) -> Iterator[str]:
    lines, period = report["lines"], report["period"]
    names = ", ".join(f"{number} {name}" for name, number in report["formats"].items())
    total = sum(lines[kind] for kind in ("read", "passed_over", "unreadable", "blank"))
    yield f"{total} lines ({names}), {lines['read']} of them read"
    yield from (f"  {lines[kind]} {meaning}" for kind, meaning in LINES.items() if lines.get(kind))
    yield from (f"  {problem}" for problem in report["problems"])
    if period["first"]:
        yield f"requests for a guarded script from {period['first']} to {period['last']}"


def _describe_clients(report: Report, verdict: str) -> Iterator[str]:
    clients = report["clients"][verdict]
    if not clients:
        return
    total = report["requests"][verdict]["clients"]
    shown = f", {len(clients)} of {total}" if len(clients) < total else ""
    yield ""
    yield f"{MEANINGS[verdict]}, by client{shown} ({ORDER})"
    rows = [
        [
            each["client"] or "?",
            str(each["requests"]),
            " ".join(f"{status}:{number}" for status, number in each["statuses"].items()),
            format_period(each),
            _agents(each["agents"]),
        ]
        for each in clients
    ]
    lines = list(_table(["client", "requests", "by status", "first and last", "user agents (their own word)"], rows))
    yield lines[0]
    for each, line in zip(clients, lines[1:], strict=True):
        yield line
        yield from _evidence(each)


def _evidence(client: Mapping[str, Any]) -> Iterator[str]:
    if client["lists"]:
        yield f"    is in the published list {', '.join(client['lists'])}"
    if client["note"]:
        yield f"    your note: {client['note']}"
    if client["methods"]:
        yield f"    called, by the guard's log: {format_methods(client)}"
    if client["entry"]:
        yield f"    to let it in: --allow {client['entry']}"


def format_methods(client: Mapping[str, Any]) -> str:
    """Write which methods a client called, and how often, as far as a line has room."""
    methods = [f"{each['method']} ({each['records']})" for each in client["methods"]]
    more = [f"and {len(methods) - _METHODS} more"] if len(methods) > _METHODS else []
    return ", ".join([*methods[:_METHODS], *more])


def format_period(client: Mapping[str, Any]) -> str:
    """Write when a client was seen first and last, to the minute."""
    first, last = (format_minute(client[key]) for key in ("first", "last"))
    return first if first == last else f"{first} - {last}"


def format_minute(time: str | None) -> str:
    """Write a time of the report to the minute.

    >>> format_minute("2026-11-29T11:00:07Z"), format_minute(None)
    ('2026-11-29 11:00', '?')
    """
    return (time or "?")[:16].replace("T", " ")


def _agents(agents: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(each["agent"] or "none" for each in agents)[:_AGENT]


def _describe_spellings(spellings: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    if spellings:
        yield ""
        yield from _table(
            ["spelling of the path", *MEANINGS.values()],
            [[name, *(str(counts[verdict]) for verdict in MEANINGS)] for name, counts in spellings.items()],
        )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        cells = (
            cell.rjust(width) if cell.isdigit() else cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
