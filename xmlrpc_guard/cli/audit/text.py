"""The report of an audit as lines of text."""

from collections import Counter
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
    "answered: no status says that it was refused. WordPress answers a failed login too, so no one is let in by this",
    "refused already: a status of 4xx, as 403, but not 405 (WordPress itself, to GET) or 499 (the client hung up)",
)
SPELLINGS = {"cut": "unknown: the log cut it"}
ORDER = "in a list of clients or in your notes first, then most answered requests"
_CLIENT_HEAD = ("client", "requests", "answered", "by status", "first and last, UTC", "user agents (their own word)")
_ENTRIES = 5  # of a setting
_AGENT = 60  # characters
_METHODS = 5
_NEEDED = 10


def describe(report: Report) -> Iterator[str]:
    """Write a report as lines."""
    yield from _describe_lines(report)
    yield f"decided by: {describe_policy(report)}"
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


def describe_needed(refused: Counter[str]) -> str:
    """Write which clients of --fail-on-refused would be refused, those of most requests first.

    >>> describe_needed(Counter({"203.0.113.12": 27}))
    'would be refused, and is in --fail-on-refused: 203.0.113.12 (requests 27)'
    """
    named = ", ".join(f"{client} (requests {number})" for client, number in refused.most_common(_NEEDED))
    more = f", and {len(refused) - _NEEDED} more" if len(refused) > _NEEDED else ""
    return f"would be refused, and is in --fail-on-refused: {named}{more}"


def describe_policy(report: Report) -> str:
    """Write the settings that the requests were decided by, as they were given, the first few of each.

    >>> describe_policy({"policy": {"allow": ["jetpack", "::1"], "trusted_proxies": []}})
    'allow jetpack, ::1; trusted_proxies: none'
    """
    return "; ".join(
        f"{name} {', '.join(entries[:_ENTRIES])}{f' and {len(entries) - _ENTRIES} more' * (len(entries) > _ENTRIES)}"
        if entries
        else f"{name}: none"
        for name, entries in report["policy"].items()
    )


def describe_logs(report: Report) -> str:
    """Write how many lines there are, in how many logs of which formats.

    >>> lines = {"read": 2, "passed_over": 5, "unreadable": 0, "blank": 0}
    >>> describe_logs({"lines": lines, "formats": {"combined": 2}}), describe_logs({"lines": lines, "formats": {}})
    ('7 lines in 2 logs (combined), 2 of them read', '7 lines in 0 logs, 2 of them read')
    """
    lines, formats = report["lines"], report["formats"]
    total = sum(lines[kind] for kind in ("read", "passed_over", "unreadable", "blank"))
    number = sum(formats.values())
    names = ", ".join(f"{count} {name}" if len(formats) > 1 else name for name, count in formats.items())
    logs = f"{number} log{'s' * (number != 1)}{f' ({names})' * bool(names)}"
    return f"{total} line{'s' * (total != 1)} in {logs}, {lines['read']} of them read"


def describe_lists(report: Report) -> Iterator[str]:
    """Write which published lists the clients are in that would be refused, and what would let them in."""
    for name, listed in report["refused_clients_in_lists"].items():
        named = ", ".join(each["client"] for each in listed["first"])
        more = ", ..." if listed["clients"] > len(listed["first"]) else ""
        many = f"clients {listed['clients']} ({named}{more}), requests {listed['requests']}"
        advice = f"to let them in: --allow {name}" if lets_in(name) else _PROXIES
        yield f"would be refused, and in the list {name}: {many}; {advice}"


_PROXIES = (
    "no one is let in by it, as these are where proxies are: see --trusted-proxies; where that has it, "
    "these lines name no client"
)


def _describe_lines(report: Report) -> Iterator[str]:
    lines, period = report["lines"], report["period"]
    yield describe_logs(report)
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
    head, *lines = _table(_CLIENT_HEAD, list(map(_client_row, clients)))
    yield head
    for each, line in zip(clients, lines, strict=True):
        yield line
        yield from _evidence(each)


def _client_row(client: Mapping[str, Any]) -> list[str]:
    return [
        client["client"] or "?",
        str(client["requests"]),
        str(client["answered"]),
        " ".join(f"{status}:{number}" for status, number in client["statuses"].items()),
        format_period(client),
        _agents(client["agents"]),
    ]


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
            [
                [SPELLINGS.get(name, name), *(str(counts[verdict]) for verdict in MEANINGS)]
                for name, counts in spellings.items()
            ],
        )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        cells = (
            cell.rjust(width) if cell.isdigit() else cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
