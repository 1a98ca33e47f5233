"""The corpus as the package ships it: every request that was tried, and the few that find every class of hole.

``python -m tests.lab.shipped`` writes it from the table, without asking any server.

A class of hole is what stands in front (nothing, a remedy, a WSGI server and a way of forwarding, a hop and a server),
a set-up that runs the script nevertheless, and a class of spellings by which it does; the second WordPress, in
``/blog``, has holes of its own. The chosen requests find each of them, those of the first WordPress twice where two
requests do. With a remedy, the set-ups that one request opens together make a class too: such a request tells which
rule stands there.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from heapq import heapify, heappop, heapreplace
from pathlib import Path
from typing import Any, NamedTuple

from tests.frontends import ROOT
from tests.lab.corpus import ORDINARY, Row, Sent
from tests.lab.setups import MULTIVIEWS
from tests.lab.truth import SHIPPED as TABLE
from tests.lab.truth import Truth, load
from xmlrpc_guard.corpus import ANYWHERE, MULTIVIEWS_ONLY, NOWHERE, WHERE, Attempt

SHIPPED = ROOT / "xmlrpc_guard" / "corpus" / "attempts.json.gz"
SECOND = "blog"
"""The folder of the second WordPress."""
TIMES = 2
"""By how many of the chosen requests a hole of the first WordPress is found, if there are so many."""


class Hole(NamedTuple):
    """A class of hole."""

    front: tuple[str, ...]
    setups: str | int
    """The one that runs the script; or the mask of all that one request opens."""
    kind: str = ""
    second: bool = False

    @property
    def times(self) -> int:
        """How often it is to be found."""
        return 1 if self.second or isinstance(self.setups, int) or len(self.front) > 1 else TIMES


Holes = Mapping[Hole, Collection[int]]
"""By class of hole: the places of the rows that find it."""


def situations(truth: Truth) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    """Give what may stand in front of a set-up, with masks of what runs the script nevertheless."""
    yield ("nothing",), truth.direct
    yield from (((remedy,), masks) for remedy, masks in truth.remedies.items())
    for columns in (truth.through, truth.hops):
        yield from (((one, other), masks) for one, each in columns.items() for other, masks in each.items())


def holes(truth: Truth) -> Holes:
    """Give the rows that find each class of hole."""
    found: dict[Hole, list[int]] = defaultdict(list)
    for front, masks in situations(truth):
        for place, mask in enumerate(masks):
            kind, sent = truth.rows[place]
            for setup in truth.names(mask) if mask else ():
                found[Hole(front, setup, kind, SECOND in sent.target)].append(place)
            if mask and front[0] in truth.remedies:
                found[Hole(front, mask)].append(place)
    return found


def choose(found: Holes) -> list[int]:
    """Choose places so that each hole is found so often, each time the one that finds most of what is not found yet.

    >>> choose({Hole(("nothing",), mask): places for mask, places in {1: [1, 2], 2: [2, 3], 3: [3]}.items()})
    [2, 3]
    """
    finds: dict[int, list[Hole]] = defaultdict(list)
    for hole, places in found.items():
        for place in places:
            finds[place].append(hole)
    wanting = {hole: min(hole.times, len(places)) for hole, places in found.items()}
    queue, chosen = [(-len(mine), place) for place, mine in finds.items()], list[int]()
    heapify(queue)
    while queue:
        count, place = queue[0]
        new = sum(wanting[hole] > 0 for hole in finds[place])
        if not new:
            heappop(queue)
        elif new < -count:
            heapreplace(queue, (-new, place))  # it has become worse since it was counted
        else:
            heappop(queue)
            chosen.append(place)
            for hole in finds[place]:
                wanting[hole] -= 1
    return chosen


def sent(tried: Attempt) -> Sent:
    return Sent(tried.target, tried.method, tried.version, tried.headers)


def pack(chosen: list[Attempt], others: list[Attempt]) -> bytes:
    """Write the file that ``read_corpus`` reads."""
    kinds = list(dict.fromkeys(attempt.kind for attempt in (*chosen, *others)))
    rows = [_pack_row(kinds, attempt) for attempt in (*chosen, *others)]
    written = json.dumps({"kinds": kinds, "chosen": len(chosen), "rows": rows}, separators=(",", ":"))
    return gzip.compress(written.encode(), mtime=0)


def _pack_row(kinds: list[str], attempt: Attempt) -> list[Any]:
    row = [kinds.index(attempt.kind), WHERE.index(attempt.where), attempt.target]
    rest = [attempt.method, attempt.version, attempt.headers]
    return row if rest == ["GET", "HTTP/1.1", ()] else [*row, *rest]


def attempt(truth: Truth, place: int) -> Attempt:
    """Give a row as it is shipped."""
    kind, (target, method, version, headers) = truth.rows[place]
    ran = truth.anyhow[place]
    elsewhere = ran & ~truth.bit(MULTIVIEWS)
    where = ANYWHERE if elsewhere else MULTIVIEWS_ONLY if ran else NOWHERE
    return Attempt(kind, where, target, method, version, headers)


def is_tried(row: Row) -> bool:
    """Return whether a row is no ordinary URL."""
    return row.kind != ORDINARY


def build(truth: Truth, found: Holes) -> bytes:
    """Write the file."""
    first = choose(found)
    chosen = {*first}
    rest = [place for place, row in enumerate(truth.rows) if is_tried(row) and place not in chosen]
    return pack(*([attempt(truth, place) for place in places] for places in (first, rest)))


def main(path: Path = SHIPPED) -> None:
    """Write the file into the package."""
    truth = load(TABLE)
    path.write_bytes(build(truth, holes(truth)))


if __name__ == "__main__":
    main()
