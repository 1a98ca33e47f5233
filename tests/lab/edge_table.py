"""The table of evidence/edge.md: ``python -m tests.lab.edge_table`` asks the servers, for 14 minutes of a processor.

With ``--every 4`` it sends a fourth of the spellings, to each server and set-up others than to the next. The numbers
are kept in ``edge.json`` beside this file; the spellings behind them are not, as some pass somebody's rule.
"""

import argparse
import json
import logging
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from tests.lab.corpus import MUTATED, Sent, ordinary
from tests.lab.edge import EDGES
from tests.lab.edge_order import APACHE, APACHE_LONG, CADDY, NGINX, Trial
from tests.lab.edge_paths import BEHIND, FAMILIES, RUNNING, Asked, Cell, pass_on, run_php, select
from tests.lab.hosts import hosts
from tests.lab.matrix import NEEDED, lacking
from tests.lab.nesting import KIND
from tests.lab.quiet import quiet
from tests.lab.setups import Setup
from tests.lab.truth import SHIPPED, load
from tests.lab.versions import versions

COUNTED = Path(__file__).with_name("edge.json")
PAGE = Path(__file__).parent.parent.parent / "docs" / "evidence" / "edge.md"
BEGIN, END = "<!-- {}: written by tests.lab.{} -->", "<!-- to here -->"
RUNS, PASSES = "runs PHP", "passes on"
_SERVERS = {edge.server for edge in EDGES.values()}
_SUMMED = ("sent", "without", "copied", "rendered", "guarded", "kept_out", "blocked")


@dataclass(frozen=True)
class Counts:
    """What one edge did with all set-ups together: numbers of requests."""

    edge: str
    place: str
    setups: int
    sent: int
    without: int
    copied: int
    rendered: int
    guarded: int
    kept_out: int
    blocked: int
    kinds: dict[str, int]
    """Of what the copied block leaves, how many of each class, the most frequent ones."""


def count(edge: str, place: str, cells: Iterable[Cell]) -> Counts:
    """Sum up the cells of one edge."""
    cells = list(cells)
    sums = {name: sum(_number(getattr(cell, name)) for cell in cells) for name in _SUMMED}
    known = {row.sent: row.kind for row in load(SHIPPED).rows}
    kinds = Counter(known.get(sent, KIND) for cell in cells for sent in cell.copied)
    del kinds[MUTATED]
    return Counts(edge, place, len(cells), **sums, kinds=dict(kinds.most_common(3)))


def _number(given: int | list[Sent]) -> int:
    return given if isinstance(given, int) else len(given)


def measure(every: int, nested: int) -> Iterator[Counts]:
    """Ask each server that runs PHP, then each that passes on, two at once, for as many cores."""
    asked = [*((family, RUNS) for family in FAMILIES), *((edge, PASSES) for edge in EDGES)]
    with ProcessPoolExecutor(2, get_context("spawn"), logging.disable) as pool:
        yield from pool.map(_measure, range(len(asked)), *zip(*asked, strict=True), repeat(every), repeat(nested))


def _measure(number: int, name: str, place: str, every: int, nested: int) -> Counts:
    usual = [row.sent for row in ordinary()]
    if place == RUNS:
        setups = [setup for setup in RUNNING if setup.family == name]
        chosen = _choose(setups, number, passed_on=False, every=every, nested=nested)
        return count(FAMILIES[name], place, run_php(name, setups, Asked(chosen, usual)))
    chosen = _choose(BEHIND, number, passed_on=True, every=every, nested=nested)
    with hosts(BEHIND) as behind:
        return count(name, place, pass_on(name, behind, Asked(chosen, usual[::20])))


def _choose(setups: Iterable[Setup], number: int, *, passed_on: bool, every: int, nested: int) -> dict[str, list[Sent]]:
    """Choose the spellings of each set-up; those nested at random are others for each edge and set-up."""
    truth = load(SHIPPED)
    return {
        setup.name: select(truth, setup, passed_on=passed_on, every=every, nested=nested, seed=1000 * number + place)
        for place, setup in enumerate(setups)
    }


def table(measured: "Measured") -> str:
    """Write what blocks leave open, as a table and a list."""
    rows = "\n".join(_row(counts) for counts in measured.counts)
    asked = ", ".join(f"{name.partition(' ')[0]} {number}" for name, number in measured.versions.items())
    with_versions = textwrap.fill(f"With {asked}.", 120)
    return f"""\
| server | set-ups | sent | no block | copied block | `render` | the guard | listed, kept out | ordinary |
|---|---|---|---|---|---|---|---|---|
{rows}

{with_versions}

{textwrap.fill(_left(measured.counts), 120)}"""


def _left(counts: Iterable[Counts]) -> str:
    """Say what the copied blocks of all servers leave open most; one changed byte is not counted."""
    kinds = sum((Counter(each.kinds) for each in counts), Counter[str]())
    named = ", ".join(f'"{kind}" ({number:,})' for kind, number in kinds.most_common(3))
    return f"Besides one changed byte, the copied blocks leave these [classes](spellings.md) open most: {named}."


def _row(counts: Counts) -> str:
    numbers = (getattr(counts, name) for name in _SUMMED)
    return f"| {counts.edge}: {counts.place} | {counts.setups} | {' | '.join(f'{number:,}' for number in numbers)} |"


def order_table() -> str:
    """Write what the trials of the order show."""
    return "\n\n".join(f"### {server}\n\n{_lists(trials)}" for server, trials in _ORDERS)


def _lists(trials: Iterable[Trial]) -> str:
    undone, held = ([_mark_names(each.name) for each in trials if each.holds is holds] for holds in (False, True))
    listed = "\n".join(f"- {name}" for name in undone)
    holds_with = textwrap.fill(f"It holds with {'; '.join(held)}.", 120)
    return f"Undone by:\n\n{listed}\n\n{holds_with}"


_ORDERS = (
    ("nginx 1.22, 1.31", NGINX),
    ("Apache, up to 20 networks", APACHE),
    ("Apache, more than 20 networks", APACHE_LONG),
    ("Caddy 2.6, 2.11", CADDY),
)


def _mark_names(text: str) -> str:
    """Mark the directives and variables that a text has as code."""
    return re.sub(r"<\w+>|\b\w+_\w+\b", r"`\g<0>`", text)


@dataclass(frozen=True)
class Measured:
    """What is kept: the counts, and the versions of the servers."""

    versions: dict[str, str]
    counts: list[Counts]


def load_measured() -> Measured:
    kept = json.loads(COUNTED.read_text("utf-8"))
    return Measured(kept["versions"], [Counts(**each) for each in kept["counts"]])


def save_measured(counts: Iterable[Counts], path: Path) -> None:
    """Write the numbers, each as soon as it is known."""
    known: list[Counts] = []
    asked = versions(RUNNING, (), ("HAProxy", "Traefik"))
    names = {name: number for name, number in asked.items() if name.partition(" ")[0] in _SERVERS}
    for each in counts:
        known.append(each)
        path.write_text(json.dumps(asdict(Measured(names, known)), indent=1) + "\n", "utf-8")


def page(text: str, measured: Measured) -> str:
    """Give the page with its generated parts written again."""
    return replace_part(replace_part(text, "order", order_table()), "table", table(measured))


def replace_part(text: str, name: str, part: str, program: str = "edge_table") -> str:
    """Give a page with one generated part written again."""
    before, begin, rest = text.partition(BEGIN.format(name, program))
    return f"{before}{begin}\n\n{part}\n\n{END}{rest.partition(END)[2]}"


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m tests.lab.edge_table", description="Measure what blocks leave open at each edge.", epilog=NEEDED
    )
    parser.add_argument("--page", action="store_true", help="measure nothing; write the part of the page again")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th spelling (%(default)s)")
    parser.add_argument("--nested", type=int, default=150, help="so many spellings nested at random for each set-up")
    parser.add_argument("--into", type=Path, help="write the numbers there, and no page")
    flags = parser.parse_args(argv)
    if not flags.page:
        if missing := lacking([*RUNNING, *BEHIND]):
            parser.error(f"not installed: {', '.join(missing)}")
        with quiet():
            save_measured(measure(flags.every, flags.nested), flags.into or COUNTED)
    if not flags.into:
        PAGE.write_text(page(PAGE.read_text("utf-8"), load_measured()), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
