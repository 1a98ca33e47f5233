"""The report of an audit as one page of HTML that needs nothing else: no script, no file, no network."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from xmlrpc_guard.audit.judging import VERDICTS
from xmlrpc_guard.audit.report import REFUSED, UNKNOWN, Report
from xmlrpc_guard.cli.audit.spans import Span, join_spans
from xmlrpc_guard.cli.audit.text import (
    EXPLAINED,
    LINES,
    MEANINGS,
    ORDER,
    SPELLINGS,
    describe_lists,
    describe_logs,
    describe_policy,
    format_methods,
    format_minute,
)
from xmlrpc_guard.logs.times import read_time
from xmlrpc_guard.text import printable

_LEAD = (
    "A guard lets the clients in its allowlist reach WordPress' xmlrpc.php, and refuses all others. This page says "
    "what it would have done with the requests in these access logs. Nothing is refused yet."
)
_ORDER = f"{ORDER[0].upper()}{ORDER[1:]}. What a client calls itself is its own word: anyone may write Jetpack there."
_SPELLINGS = (
    "How the path was written: plain is /xmlrpc.php. Servers run the others too, and a guard refuses them alike."
)
_BARS = 60
_HEIGHT = 120
_STYLE = """
:root{color-scheme:light dark;--allowed:#2e7d32;--refused:#c62828;--unknown:#b26a00;--line:#8886}
@media(prefers-color-scheme:dark){:root{--allowed:#81c784;--refused:#ef9a9a;--unknown:#ffcc80}}
body{font:1rem/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.t{white-space:nowrap}tr:has(+tr>.more)>td{border:0}
.more{overflow-wrap:anywhere;font-size:.85rem;opacity:.8;padding-left:1rem}
.more div{position:sticky;left:1rem;max-width:calc(100vw - 4rem)}
svg{width:100%;height:8rem;display:block;border-bottom:1px solid var(--line)}
.allowed{fill:var(--allowed);color:var(--allowed)}.refused{fill:var(--refused);color:var(--refused)}
.unknown{fill:var(--unknown);color:var(--unknown)}.small{font-size:.85rem;opacity:.8}
@media(max-width:40rem){th,td{padding-right:.5rem}table{font-size:.85rem}.clients thead{display:none}
.clients tr:not(:has(.more)),.clients .more{display:block}
.clients td[data-of]{display:inline-block;border:0;text-align:left;overflow-wrap:anywhere}
.clients td[data-of]:first-child{display:block;font-weight:bold}
.clients td[data-of]:not(:first-child)::before{content:attr(data-of) " ";opacity:.7}}
"""


def write_page(report: Report) -> str:
    """Write the page. Whatever a client sent is printable ASCII in it, and escaped."""
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>Who would be refused</title><style>{_STYLE}</style></head><body><main>",
            *_body(report),
            "</main></body></html>\n",
        ]
    )


def _body(report: Report) -> Iterator[str]:
    yield "<h1>Who would be refused</h1>"
    yield f"<p>{_text(_LEAD)}</p>"
    yield f"<p>Decided by: {_sentence(describe_policy(report))}.</p>"
    yield from _chart(join_spans(report, _BARS))
    head = ["requests for a guarded script", "all", "answered", "refused already", "clients"]
    yield _table(head, ([MEANINGS[name], *row.values()] for name, row in report["requests"].items()))
    yield from (
        f"<p>cannot be told: {number} &times; {_text(why)}</p>" for why, number in report["unknown_because"].items()
    )
    yield from (f'<p class="small">{_text(sentence)}.</p>' for sentence in EXPLAINED)
    yield from (f"<p>{_sentence(sentence)}</p>" for sentence in describe_lists(report))
    yield from _clients(report, REFUSED)
    yield from _clients(report, UNKNOWN)
    yield from _spellings(report)
    yield from _logs(report)


def _spellings(report: Report) -> Iterator[str]:
    if not report["spellings"]:
        return
    yield "<h2>Spellings of the path</h2>"
    yield f'<p class="small">{_text(_SPELLINGS)}</p>'
    yield _table(
        ["spelling", *MEANINGS.values()],
        ([SPELLINGS.get(name, name), *row.values()] for name, row in report["spellings"].items()),
    )


def _logs(report: Report) -> Iterator[str]:
    yield f"<h2>Lines of the logs</h2><p>{_text(describe_logs(report))}.</p>"
    lines = report["lines"]
    if rows := [[lines[kind], meaning] for kind, meaning in LINES.items() if lines.get(kind)]:
        yield _table(["lines", "which"], rows)
    yield from (f"<p>{_text(problem)}</p>" for problem in report["problems"])


def _chart(spans: Sequence[Span]) -> Iterator[str]:
    """Draw a bar for each span of time, stacked by verdict."""
    if not spans:
        return
    most = max(span.total for span in spans)
    yield f'<svg viewBox="0 0 {len(spans)} {_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="over time">'
    for at, span in enumerate(spans):
        below = float(_HEIGHT)
        for verdict, requests in zip(VERDICTS, span.requests, strict=True):
            height = requests * _HEIGHT / most
            below -= height
            yield f'<rect class="{verdict}" x="{at}" y="{below:.2f}" width=".85" height="{height:.2f}"/>'
    names = ", ".join(f'<span class="{verdict}">&#9632;</span> {MEANINGS[verdict]}' for verdict in VERDICTS)
    period = f"{spans[0].start} to {spans[-1].start} UTC{_width_of(spans)}"
    yield f'</svg><p class="small">{period}; at most {most} requests in a bar: {names}</p>'


def _width_of(spans: Sequence[Span]) -> str:
    """Write how long each span is, if there are several."""
    starts = [read_time(f"{span.start}:00".encode()) or 0 for span in spans[:2]]
    hours = (starts[-1] - starts[0]) // 3600
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f", {number} {unit}{'s' * (number != 1)} a bar" * bool(hours)


def _clients(report: Report, verdict: str) -> Iterator[str]:
    clients = report["clients"][verdict]
    if not clients:
        return
    total = report["requests"][verdict]["clients"]
    yield f"<h2>Clients: {MEANINGS[verdict]} ({len(clients)} of {total})</h2>"
    yield f'<p class="small">{_text(_ORDER)}</p>'
    yield '<div class="wide clients"><table><thead><tr>'
    yield "".join(f"<th{_NUMBER * (name in _COUNTS)}>{name}</th>" for name in _CLIENT_HEAD)
    yield "</tr></thead><tbody>"
    for client in clients:
        cells = zip(_numbers_of(client), _CLIENT_HEAD, strict=True)
        yield f"<tr>{''.join(_cell(value, name) for value, name in cells)}</tr>"
        yield f'<tr><td class="more" colspan="{len(_CLIENT_HEAD)}"><div>{_words_of(client)}</div></td></tr>'
    yield "</tbody></table></div>"


_COUNTS = frozenset(("requests", "answered"))
_CLIENT_HEAD = ("client", "requests", "answered", "first, UTC", "last, UTC", "status: requests")


def _numbers_of(client: Mapping[str, Any]) -> list[object]:
    statuses = " ".join(f"{status}:{number}" for status, number in client["statuses"].items())
    times = (format_minute(client[key]) for key in ("first", "last"))
    return [client["client"] or "?", client["requests"], client["answered"], *times, statuses]


def _words_of(client: Mapping[str, Any]) -> str:
    """Write what is known of a client, what it called, and what it calls itself."""
    words = [f"Is in the published list {name}." for name in client["lists"]]
    words += [f"Your note: {client['note']}."] if client["note"] else []
    words += [f"To let it in: --allow {client['entry']}."] if client["entry"] else []
    words += [f"Called, by the guard's log: {format_methods(client)}."] if client["methods"] else []
    agents = ", ".join(each["agent"] or "nothing" for each in client["agents"])
    return f"{_sentence(' '.join(words))} {_text(f'Calls itself: {agents}')}".strip()


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [list(row) for row in rows]
    counts = {at for row in cells for at, value in enumerate(row) if isinstance(value, int)}
    names = "".join(f"<th{_NUMBER * (at in counts)}>{_text(name)}</th>" for at, name in enumerate(head))
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in cells)
    return f'<div class="wide"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: object, name: str = "") -> str:
    """Write a cell; ``name`` is its column's, which stands before it where a screen is too narrow for columns."""
    of = f' data-of="{name}"' if name else ""
    kind = _NUMBER if isinstance(value, int) else _UNBROKEN * bool(_MINUTE.fullmatch(str(value)))
    return f"<td{kind}{of}>{_text(value)}</td>"


_NUMBER, _UNBROKEN = ' class="n"', ' class="t"'
_MINUTE = re.compile(r"[0-9-]{10} [0-9:]{5}")  # which is not to be broken in two
_FLAG = re.compile(r"(?<!\S)--[a-z-]+")


def _text(value: object) -> str:
    return escape(printable("" if value is None else str(value)))


def _sentence(text: str) -> str:
    """Write a sentence of our own, whose flags are not to be broken after their dashes."""
    return _FLAG.sub(lambda flag: f'<span class="t">{flag[0]}</span>', _text(text))
