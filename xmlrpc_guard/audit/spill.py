"""Counts that stay small in memory: what is too much goes to a temporary file of SQLite's."""

import sqlite3
from collections.abc import Iterator
from typing import Self

from xmlrpc_guard.audit.judging import VERDICTS, Judged
from xmlrpc_guard.audit.tally import Count, InMemory

MOST_IN_MEMORY = 30_000
"""How many counts are kept in memory: some 20 megabytes."""

_CREATE = """
CREATE TABLE counts (
    client TEXT, verdict TEXT, agent TEXT, reason TEXT, spelling TEXT, status INTEGER,
    requests INTEGER, first INTEGER, last INTEGER, size INTEGER,
    PRIMARY KEY (verdict, client, agent, reason, spelling, status)
) WITHOUT ROWID
"""
# min and max of SQLite are NULL if one of the two is.
_ADD = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests,
    first = coalesce(min(first, excluded.first), first, excluded.first),
    last = coalesce(max(last, excluded.last), last, excluded.last),
    size = size + excluded.size
"""
_SELECT = "SELECT * FROM counts WHERE verdict = ? ORDER BY client, agent, reason, spelling, status"
_FIELDS = len(Judged._fields)


class Spilling:
    """Counts in memory, and in a file from the 30,000th on. The file has no name, and goes when the block ends.

    >>> with Spilling() as counts:
    ...     counts.count(Judged("::1", "refused", "", "NOT_LISTED", "plain", 200), Count(1, 0, 0, 5))
    ...     [judged.client for judged, _ in counts.rows("refused")]
    ['::1']
    """

    def __init__(self) -> None:
        self._memory = InMemory()
        self._file: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def count(self, judged: Judged, count: Count) -> None:
        """Count requests that were judged alike."""
        self._memory.count(judged, count)
        if len(self._memory) >= MOST_IN_MEMORY:
            self._spill()

    def items(self) -> Iterator[tuple[Judged, Count]]:
        """Give all that was counted."""
        return (row for verdict in VERDICTS for row in self.rows(verdict))

    def rows(self, verdict: str) -> Iterator[tuple[Judged, Count]]:
        """Give what was counted with a verdict, sorted: text as its code points are, which is UTF-8's order too."""
        if self._file is None:
            yield from self._memory.rows(verdict)
            return
        self._spill()
        for row in self._file.execute(_SELECT, (verdict,)):
            yield Judged(*row[:_FIELDS]), Count(*row[_FIELDS:])

    def _spill(self) -> None:
        file = self._file = self._file or _make_file()
        # Sorted, so that each page of the file is written once.
        rows = sorted(self._memory.items(), key=lambda row: (row[0].verdict, row[0].client))
        file.executemany(
            _ADD, ((*judged, count.requests, count.first, count.last, count.size) for judged, count in rows)
        )
        self._memory.clear()


def _make_file() -> sqlite3.Connection:
    file = sqlite3.connect("", isolation_level=None)  # a temporary file
    file.execute("PRAGMA journal_mode = OFF")
    file.execute("PRAGMA synchronous = OFF")
    file.execute("PRAGMA cache_size = -16000")
    file.execute(_CREATE)
    file.execute("BEGIN")
    return file
