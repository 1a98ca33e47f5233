"""Every request of the corpus through each edge: ``python -m tests.lab.edge_whole`` asks the servers, for minutes.

What an edge makes of a request does not depend on what stands behind it. So each is sent once to each edge, in front of
an upstream that sends back what arrives, and what arrives is looked up in the table of what runs the script on which
set-up. What the table does not have is sent to each set-up. ``edge_table`` sends all the way what is known to run.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from tests.lab.blocks import LISTED, NOTHING, STRANGER, Block, ours, rule_for
from tests.lab.corpus import ORDINARY, Row, Sent
from tests.lab.edge import EDGES, in_front
from tests.lab.edge_paths import BEHIND, BOTH, Hosts, passes_the_guard
from tests.lab.edge_table import PAGE, replace_part
from tests.lab.hops import Echo, passed
from tests.lab.hosts import hosts
from tests.lab.matrix import NEEDED, lacking
from tests.lab.oracle import ran
from tests.lab.quiet import quiet
from tests.lab.setups import MULTIVIEWS
from tests.lab.truth import SHIPPED, load

COUNTED = Path(__file__).with_name("edge_whole.json")
COLUMNS = {
    "sent": "sent",
    "arriving": "arrive, no block",
    "passed": "arrive, `render`",
    "others": "not in the table",
    "reached": "run the script",
    "kept_out": "listed, kept out",
    "blocked": "ordinary",
}


@dataclass(frozen=True)
class Whole:
    """What one edge did with all requests; but for its name, numbers of them."""

    edge: str
    sent: int
    arriving: int
    """Those that it passes on without a rule."""
    passed: int
    """Those that it passes on for a stranger with the rule."""
    others: int
    """What arrives of these and is in no row of the table, each once: sent to each set-up."""
    reached: int
    """Those that run the script on some set-up, a stranger's, with the rule for that set-up."""
    kept_out: int
    """What a listed client sent and did not arrive as it did without a rule."""
    blocked: int
    """Ordinary requests that the rule refuses a stranger and the guard does not."""


@dataclass(frozen=True)
class Asking:
    """An edge that is asked; each answer is what arrives behind it, None where it answers by itself."""

    edge: str
    requests: Sequence[Sent]

    def arriving(self, block: Block, client: str) -> list[Sent | None]:
        with Echo() as upstream, in_front(self.edge, block, [upstream.port]) as (at,):
            return passed(at, self.requests, client)

    def with_rule(self, scripts: Iterable[str], client: str = STRANGER) -> list[Sent | None]:
        rule = rule_for(runs_php=False, scripts=tuple(scripts))
        return self.arriving(ours(EDGES[self.edge].server, rule), client)


def ask(edge: str, rows: Sequence[Row], behind: Hosts) -> Whole:
    """Ask an edge about all rows; where a set-up adds ``.php``, the rule names both scripts."""
    asking = Asking(edge, [row.sent for row in rows])
    without = asking.arriving(NOTHING, STRANGER)
    one, both = asking.with_rule(BOTH[:1]), asking.with_rule(BOTH)
    arrived = {sent for sent in (*one, *both) if sent}
    known = known_to_run()
    others = sorted(arrived - known.keys())
    running = {**known, **run_on(others, behind)}
    return Whole(
        edge,
        sent=len(rows),
        arriving=len([*filter(None, without)]),
        passed=len([*filter(None, one)]),
        others=len(others),
        reached=sum(bool(sent and running[sent] - {MULTIVIEWS}) for sent in one)
        + sum(bool(sent and MULTIVIEWS in running[sent]) for sent in both),
        kept_out=_differ(without, asking.with_rule(BOTH[:1], LISTED)),
        blocked=sum(_blocks(*each) for each in zip(rows, without, one, strict=True)),
    )


def known_to_run() -> dict[Sent, set[str]]:
    """Give for each request of the table the set-ups that stand behind edges and ran the script for it."""
    truth, names = load(SHIPPED), {setup.name for setup in BEHIND}
    return {row.sent: names & {*truth.names(mask)} for row, mask in zip(truth.rows, truth.direct, strict=True)}


def run_on(requests: Sequence[Sent], behind: Hosts) -> dict[Sent, set[str]]:
    """Send requests to each set-up; give for each where it ran the script."""
    running: dict[Sent, set[str]] = {sent: set() for sent in requests}
    for name, host in behind.items():
        for place in ran(host, requests):
            running[requests[place]].add(name)
    return running


def _differ(some: Iterable[Sent | None], others: Iterable[Sent | None]) -> int:
    return sum(one != other for one, other in zip(some, others, strict=True))


def _blocks(row: Row, without: Sent | None, one: Sent | None) -> bool:
    return row.kind == ORDINARY and without != one and passes_the_guard(row.sent, BOTH[:1])


def measure(every: int) -> Iterator[Whole]:
    """Ask all edges, two at once, for as many cores."""
    with ProcessPoolExecutor(2, get_context("spawn"), logging.disable) as pool:
        yield from pool.map(_measure, EDGES, repeat(every))


def _measure(edge: str, every: int) -> Whole:
    with hosts(BEHIND) as behind:
        return ask(edge, load(SHIPPED).rows[::every], behind)


def load_measured() -> list[Whole]:
    return [Whole(**each) for each in json.loads(COUNTED.read_text("utf-8"))]


def table(measured: Iterable[Whole]) -> str:
    """Write a row for each edge."""
    head = f"| server | {' | '.join(COLUMNS.values())} |\n|{'---|' * (len(COLUMNS) + 1)}"
    return "\n".join((head, *(_row(each.edge, asdict(each)) for each in measured)))


def _row(edge: str, numbers: Mapping[str, int]) -> str:
    return f"| {edge} | {' | '.join(f'{numbers[name]:,}' for name in COLUMNS)} |"


def page(text: str) -> str:
    """Give the page with its generated part written again."""
    return replace_part(text, "whole", table(load_measured()), "edge_whole")


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m tests.lab.edge_whole", description="Send the whole corpus through each edge.", epilog=NEEDED
    )
    parser.add_argument("--page", action="store_true", help="measure nothing; write the part of the page again")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th request (%(default)s)")
    parser.add_argument("--into", type=Path, help="write the numbers there, and no page")
    flags = parser.parse_args(argv)
    if not flags.page:
        if missing := lacking(BEHIND):
            parser.error(f"not installed: {', '.join(missing)}")
        with quiet():
            measured = [asdict(each) for each in measure(flags.every)]
        (flags.into or COUNTED).write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    if not flags.into:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
