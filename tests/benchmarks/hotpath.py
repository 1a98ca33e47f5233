"""What the guard costs a request, as ratios to named contenders timed in the same run.

    python -m tests.benchmarks.hotpath [--requests 200] [--rounds 400] [--ranges 100000]

Every request has fresh strings and its own path. The two contenders of a row take turns, and the fastest round
stands for each: all else that the machine does only adds. Times differ between machines and minutes; the ratios
are what is to be compared. Beside them stand the median of the turns' own ratios and the middle half of these, which
show how quiet the machine was. The exit status is 1 if one is over its limit.
"""

import argparse
import gc
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple, TypeVar

import netaddr
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.benchmarks import children, report
from tests.benchmarks import contenders as c
from xmlrpc_guard import Networks
from xmlrpc_guard.client import TrustedProxies, forwarded_client
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.listfile import read_networks
from xmlrpc_guard.records import logger

FORWARDED = ForwardedHeader("Forwarded")
GUARD = "from xmlrpc_guard import Policy, XMLRPCGuard"
Item = TypeVar("Item")
Constant = TypeVar("Constant")
Round = Callable[[], float]
"""Does a contender's work once more, and gives the seconds that it took."""


class Row(NamedTuple):
    title: str
    limit: float
    contender: Round
    baseline: Round
    weight: int = 1  # how many times fewer rounds than the others this row can afford


def table(make: "Rounds") -> list[Row]:
    guard, empty, naive, fixed = c.guard(c.inner), c.Passing(c.inner), c.Naive(c.inner), ProxyFix(c.inner)
    many, few = c.guard(c.inner, c.spread(make.ranges)), c.guard(c.inner, c.spread(8))
    versioned, upload = c.asset_with_version, c.escaped_upload
    ask, read, build, importing = make.asking, make.reading, make.building, make.importing
    return [
        Row("ordinary path / empty class", 1.75, ask(guard, c.ordinary), ask(empty, c.ordinary)),
        Row("ordinary path, RAW_URI / empty class", 1.9, ask(guard, c.ordinary_raw), ask(empty, c.ordinary_raw)),
        Row("path and query, both raw keys / empty class", 2.3, ask(guard, c.with_query), ask(empty, c.with_query)),
        Row("static asset / empty class", 2.25, ask(guard, c.static_asset), ask(empty, c.static_asset)),
        Row("asset with ?ver=, both raw keys / empty class", 2.9, ask(guard, versioned), ask(empty, versioned)),
        Row("non-ASCII permalink / empty class", 1.9, ask(guard, c.non_ascii), ask(empty, c.non_ascii)),
        Row("the same, RAW_URI / empty class", 4.4, ask(guard, c.non_ascii_raw), ask(empty, c.non_ascii_raw)),
        Row("upload with an escaped name, RAW_URI / empty class", 4.8, ask(guard, upload), ask(empty, upload)),
        Row("ordinary path / werkzeug's ProxyFix", 0.4, ask(guard, c.ordinary), ask(fixed, c.ordinary)),
        Row("denied request / naive guard", 0.027, ask(guard, c.stranger), ask(naive, c.stranger)),
        Row("denied, all ranges / 8 ranges", 2.5, ask(many, c.stranger_anywhere), ask(few, c.stranger_anywhere)),
        Row("Networks of all ranges / netaddr.IPSet", 0.18, build(Networks), build(netaddr.IPSet), 50),
        Row("the same, IPv6", 0.25, build(Networks, c.spread_v6), build(netaddr.IPSet, c.spread_v6), 50),
        Row(
            "a list file of all ranges with comments / netaddr.IPSet", 0.25, make.list_file(), build(netaddr.IPSet), 50
        ),
        Row("client, 1,000 forged entries / one hop", 2.5, read(c.forged), read(c.one_hop)),
        Row("Forwarded, one hop / X-Forwarded-For", 4, read(c.forwarded, FORWARDED), read(c.one_hop)),
        Row("the same with ports and IPv6", 4, read(c.forwarded_with_port, FORWARDED), read(c.one_hop_with_port)),
        Row(
            "Forwarded, 64 KB forged / one hop", 2.5, read(c.forged_forwarded, FORWARDED), read(c.forwarded, FORWARDED)
        ),
        Row("Forwarded, 64 KB of quotes / one hop", 400, read(c.quotes, FORWARDED), read(c.forwarded, FORWARDED), 50),
        Row(
            "import of a guard / of webob.exc, netaddr",
            0.5,
            importing(GUARD),
            importing("import webob.exc, netaddr"),
            20,
        ),
    ]


@dataclass(frozen=True)
class Rounds:
    """What a round of each kind of work is, at the sizes of this run."""

    requests: int
    ranges: int
    environment: Mapping[str, str]

    def asking(self, app: Callable[..., object], make: Callable[[int], object]) -> Round:
        return timed(self._batches(make), _for_each(app, c.start_response))

    def reading(self, make: Callable[[int], str], header: ForwardedHeader = X_FORWARDED_FOR) -> Round:
        proxies = TrustedProxies(["10.0.0.0/8"])
        return timed(self._batches(make), _for_each(partial(forwarded_client, header=header), proxies))

    def resolving(self, resolve: Callable[[str], object]) -> Round:
        return timed(self._batches(c.one_hop), lambda texts: [resolve(text) for text in texts])

    def building(self, kind: Callable[[Sequence[str]], object], make: Callable[[int], list[str]] = c.spread) -> Round:
        texts = make(self.ranges)
        random.Random(0).shuffle(texts)
        return timed(texts.copy, kind)

    def list_file(self) -> Round:
        texts = c.spread(self.ranges)
        random.Random(0).shuffle(texts)
        return timed(lambda: c.commented(texts), lambda data: read_networks(data, "list"))

    def importing(self, statement: str) -> Round:
        timing = f"from time import perf_counter as now; start = now(); {statement}; print(now() - start)"
        children.run(timing, self.environment)  # compiles what it imports
        return lambda: float(children.run(timing, self.environment).stdout)

    def _batches(self, make: Callable[[int], Item]) -> Callable[[], list[Item]]:
        numbers = count()
        return lambda: [make(number) for number in islice(numbers, self.requests)]


def _for_each(function: Callable[[Item, Constant], object], constant: Constant) -> Callable[[Sequence[Item]], object]:
    def loop(items: Sequence[Item]) -> None:
        for item in items:
            function(item, constant)

    return loop


def timed(prepare: Callable[[], Item], work: Callable[[Item], object]) -> Round:
    """Give rounds of ``work``, each on what is prepared for it before the clock starts."""

    def one_round() -> float:
        item = prepare()
        gc.disable()
        start = perf_counter()
        work(item)
        seconds = perf_counter() - start
        gc.enable()
        return seconds

    return one_round


Turns = list[tuple[float, float]]
"""The seconds of a contender and of its baseline, turn by turn."""


def take_turns(row: Row, rounds: int) -> Turns:
    return [(row.contender(), row.baseline()) for _ in range(max(1, rounds // row.weight))]


def measured(turns: Turns) -> float:
    """Give how many times the baseline's time the contender takes: the fastest turn of each."""
    return min(contender for contender, _ in turns) / min(baseline for _, baseline in turns)


def spread_of(turns: Turns) -> str:
    """Write the median of the turns' own ratios, and between what the middle half of them lies."""
    ratios = [contender / baseline for contender, baseline in turns]
    low, middle, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return f"median {middle:.3g}, {low:.3g} to {high:.3g}"


def show(row: Row, rounds: int) -> bool:
    """Measure a row, and print it beside its limit."""
    turns = take_turns(row, rounds)
    return report.row(row.title, measured(turns), row.limit, spread=spread_of(turns))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time the guard beside other middleware.")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=400, help="turns of each contender (%(default)s)")
    parser.add_argument("--ranges", type=int, default=100_000, help="ranges in a long list (%(default)s)")
    flags = parser.parse_args(argv)
    logger.disabled = True
    report.heading(f"Time, as a ratio; {flags.ranges:,} ranges in all")
    with children.compiling() as environment:
        rows = table(Rounds(flags.requests, flags.ranges, environment))
        kept = [show(row, flags.rounds) for row in rows]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
