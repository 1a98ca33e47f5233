"""The requests that are tried on real servers, compactly: the test kit and the probe read this one file.

``attempts.json.gz`` is written by ``python -m tests.lab.shipped`` from the table of docs/evidence/spellings.md.
"""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from xmlrpc_guard.corpus.spellings import Spelling

ANYWHERE, MULTIVIEWS_ONLY, NOWHERE = "anywhere", "where the extension is added", "nowhere"
"""Where an attempt was seen to run xmlrpc.php: on some set-up, only where the server adds ``.php``, on none."""

WHERE = ANYWHERE, MULTIVIEWS_ONLY, NOWHERE
"""The same in the order in which the file has them."""


class Attempt(NamedTuple):
    """A request that might reach xmlrpc.php. Text stands for bytes, as latin-1."""

    kind: str
    """The class of spellings that it belongs to, such as ``more slashes``."""
    where: str
    """One of ANYWHERE, MULTIVIEWS_ONLY and NOWHERE."""
    target: str
    """As in the request line."""
    method: str = "GET"
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()


class Corpus(NamedTuple):
    """All attempts: first the chosen ones, best first; then the others, in the order of the table."""

    chosen: tuple[Attempt, ...]
    others: tuple[Attempt, ...]


@cache
def read_corpus() -> Corpus:
    """Read the whole corpus, once.

    >>> chosen, others = read_corpus()
    >>> len(chosen) <= 150 < len(others)
    True
    """
    packed: dict[str, Any] = json.loads(gzip.decompress((files(__name__) / "attempts.json.gz").read_bytes()))
    attempts = tuple(_unpack(packed["kinds"], *row) for row in packed["rows"])
    return Corpus(attempts[: packed["chosen"]], attempts[packed["chosen"] :])


def _unpack(kinds: list[str], kind: int, where: int, target: str, *rest: Any) -> Attempt:
    method, version, headers = rest or ("GET", "HTTP/1.1", ())
    return Attempt(kinds[kind], WHERE[where], target, method, version, tuple((name, text) for name, text in headers))


def every_spelling(*, extensionless: bool = False) -> Iterator[Spelling]:
    """Give every target, with its headers, that ran xmlrpc.php on some server when all of them were tried.

    They are thousands; ``SPELLINGS`` has one for each class. With ``extensionless``, those too that run it only where
    the server adds ``.php``. ``exercises`` is the name of the class.

    >>> sum(1 for _ in every_spelling()) > 10_000
    True
    """
    wanted = (ANYWHERE, MULTIVIEWS_ONLY) if extensionless else (ANYWHERE,)
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Spelling] = {}
    for attempt in (*read_corpus().chosen, *read_corpus().others):
        if attempt.where in wanted:
            found.setdefault((attempt.target, attempt.headers), Spelling(attempt.target, attempt.kind, attempt.headers))
    return iter(found.values())
