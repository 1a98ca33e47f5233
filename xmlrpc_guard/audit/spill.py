"""Counts that stay small in memory: what is too much goes to a temporary file of SQLite's."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import starmap
from typing import Any, Self

from xmlrpc_guard.audit.judging import VERDICTS, Judged
from xmlrpc_guard.audit.tally import REFUSALS, Count, InMemory, PlainCount, Sums

MOST_IN_MEMORY = 30_000
"""How many counts are kept in memory: some 20 megabytes."""

# Rows are only added, and equal ones are added up when all are sorted: that takes a third of finding each one's place.
# Sums of bytes are REAL, which have no end, and are exact up to nine petabytes.
_CREATE = """
CREATE TABLE IF NOT EXISTS counts (
    client TEXT, verdict TEXT, agent TEXT, reason TEXT, spelling TEXT, status INTEGER,
    requests INTEGER, first INTEGER, last INTEGER, size REAL
)
"""
_ADD = "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = """
SELECT client, verdict, agent, reason, spelling, status, sum(requests), min(first), max(last), sum(size)
FROM counts WHERE verdict = ?{}
GROUP BY client, agent, reason, spelling, status ORDER BY client, agent, reason, spelling, status
"""
_OF_SOME = " AND client IN (SELECT client FROM wanted)"
# A report wants sums of all clients, and of few all else: adding up in SQLite takes a fourth of the time.
_CLIENTS = f"""
SELECT client, sum(requests), sum(requests * (status IN ({", ".join(map(str, sorted(REFUSALS)))})))
FROM counts WHERE verdict = ? GROUP BY client
"""  # noqa: S608 - numbers of our own


class Spilling:
    """Counts in memory, and in a file from the 30,000th on. The file has no name, and goes when the block ends.

    With a ``path`` the file stays, and another Spilling can take what is in it.

    >>> with Spilling() as counts:
    ...     counts.count(Judged("::1", "refused", "", "NOT_LISTED", "plain", 200), Count(1, 0, 0, 5))
    ...     [judged.client for judged, _ in counts.rows("refused")]
    ['::1']
    """

    def __init__(self, path: str = "") -> None:
        self._memory = InMemory()
        self._path = path
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
            self.save()

    def count_all(self, rows: Sequence[PlainCount]) -> None:
        """Count requests of many kinds; those that memory has no place for are not put there first."""
        if len(self._memory) + len(rows) < MOST_IN_MEMORY:
            self._memory.count_all(rows)
        else:
            self._write(rows)

    def take(self, path: str) -> None:
        """Add what another Spilling has left in its file."""
        file = self._open()
        file.execute("ATTACH ? AS other", (path,))
        file.execute("INSERT INTO counts SELECT * FROM other.counts")
        file.execute("DETACH other")

    def items(self) -> Iterator[tuple[Judged, Count]]:
        """Give all that was counted."""
        return (row for verdict in VERDICTS for row in self.rows(verdict))

    def rows(self, verdict: str, clients: Collection[str] | None = None) -> Iterator[tuple[Judged, Count]]:
        """Give what was counted with a verdict, sorted: text as its code points are, which is UTF-8's order too."""
        if self._file is None:
            yield from self._memory.rows(verdict, clients)
            return
        if clients is not None:
            self._want(clients)
        for client, _, agent, reason, spelling, status, requests, first, last, size in self._ask(
            _SELECT.format("" if clients is None else _OF_SOME), verdict
        ):
            yield Judged(client, verdict, agent, reason, spelling, status), Count(requests, first, last, int(size))

    def clients(self, verdict: str) -> Iterable[Sums]:
        """Give each client that has requests with a verdict."""
        return self._memory.clients(verdict) if self._file is None else starmap(Sums, self._ask(_CLIENTS, verdict))

    def _want(self, clients: Collection[str]) -> None:
        file = self._open()
        file.execute("DROP TABLE IF EXISTS wanted")
        file.execute("CREATE TEMP TABLE wanted (client TEXT PRIMARY KEY)")
        file.executemany("INSERT INTO wanted VALUES (?)", ((client,) for client in clients))

    def _ask(self, question: str, verdict: str) -> Iterator[Any]:
        self.save()
        return self._open().execute(question, (verdict,))

    def save(self) -> None:
        """Move what is in memory to the file."""
        self._write(self._memory.plain())
        self._memory.clear()

    def _write(self, rows: Iterable[PlainCount]) -> None:
        file = self._open()
        file.execute("BEGIN")
        file.executemany(_ADD, starmap(_with_real_size, rows))
        file.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        self._file = self._file or _make_file(self._path)
        return self._file


def _with_real_size(*row: *PlainCount) -> tuple[object, ...]:
    return (*row[:-1], float(row[-1]))


def _make_file(path: str) -> sqlite3.Connection:
    file = sqlite3.connect(path, isolation_level=None)  # without a name, a temporary file
    file.execute("PRAGMA journal_mode = OFF")
    file.execute("PRAGMA synchronous = OFF")
    file.execute("PRAGMA cache_size = -8000")
    file.execute(_CREATE)
    return file
