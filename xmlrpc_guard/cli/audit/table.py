"""Every client of an audit as a row of CSV."""

import csv
from collections.abc import Iterator
from typing import IO

from xmlrpc_guard.audit.clients import Client, sum_up
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.judging import VERDICTS
from xmlrpc_guard.audit.report import format_time
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.text import printable

_HEAD = (
    *("client", "verdict", "requests", "answered", "refused_already", "first", "last", "bytes", "statuses", "reasons"),
    *("spellings", "agents", "lists", "note", "entry", "methods"),
)
_FORMULAS = ("=", "+", "-", "@")
"""What a spreadsheet takes a cell for a formula by; a client chooses its User-Agent."""


def write_table(tally: Tally, known: Known, file: IO[str]) -> None:
    """Write a line for each client and verdict, sorted by client; nothing in it but printable ASCII."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_HEAD)
    for verdict in VERDICTS:
        for client in sum_up(tally.counts.rows(verdict)):
            writer.writerow(map(_as_cell, _row(client, known)))


def _row(client: Client, known: Known) -> Iterator[object]:
    evidence, total = known.look_up(client.name), client.total
    yield from (client.name, client.verdict, total.requests, client.answered, client.refused_already)
    yield from (format_time(total.first), format_time(total.last), total.size)
    for counts in (client.statuses, client.reasons, client.spellings):
        yield "; ".join(f"{name}: {number}" for name, number in sorted(counts.items()))
    yield "; ".join(agent for agent, _ in client.agents)
    yield from (" ".join(evidence.lists), evidence.note, evidence.entry)
    yield "; ".join(f"{name}: {number}" for name, number in evidence.methods)


def _as_cell(value: object) -> str:
    text = "" if value is None else printable(str(value))
    return f"'{text}" if text.startswith(_FORMULAS) else text
