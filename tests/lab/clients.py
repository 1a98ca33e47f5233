"""``docs/evidence/clients.md``: which client others find. ``python -m tests.lab.clients`` measures and writes it."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.lab.compared import LISTED, PROXY, RIGHT, Measured, measure
from tests.lab.differences import ALL, KINDS, Difference, Kind
from tests.lab.forged import DROPPED, INNER, OUTER, cases
from tests.lab.matrix import NEEDED
from tests.lab.resolvers import GUARD, Resolver
from tests.lab.resolving_servers import PROGRAMS
from tests.real.programs import found

PAGE = Path(__file__).parent.parent.parent / "docs" / "evidence" / "clients.md"

_FRAME = """\
# Clients: which one others find

The same headers, peers and lists of trusted proxies were given to the guard; to nginx (`set_real_ip_from`,
`real_ip_recursive on`) and Apache (`RemoteIPInternalProxy`), running; and to libraries that a Python site might take
instead. A program (below) writes this page.

**In short.** Where the header holds plain addresses, the guard, nginx, Apache and uvicorn name the same client. Where
it does not, or is absent, the others still name one, mostly one of the site's own proxies. The guard mostly names none,
and refuses the request. In {trusted:,} cases with a trusted peer it never named a client where nginx or Apache named
another one that was no proxy.

## Strangers who forge a header

A site has two proxies and trusts both: `{outer}`, the outer one, and `{inner}`, the inner one, which connects to the
site. A stranger sends one of {headers} headers, full of listed addresses and of the proxies' own, by one of five
routes. On the last two, a proxy is made to drop the header. Each cell counts how often the stranger is taken for a
listed client, and how often for a proxy. The last column counts how often the stranger's own address is found, over the
first three routes.

| | version | {ways} | named |
|---|---|{dashes}---|
{strangers}

- The fourth route is why the guard refuses a trusted peer that sends no header. **The fifth cannot be known**: a proxy
  whose neighbour sent nothing writes that neighbour's address, as it does when the neighbour is itself the client. So
  do not list your proxies' own addresses in `allow`, or make sure that no client can make them leave out their own
  header. Apache before 2.4.54 did so when a client's request asked for it, and later versions leave out what
  mod_headers wrote.
- ProxyFix and waitress count hops. A count is right for one route and wrong for the others. ProxyFix does not look at
  the address that connects.
- A malformed header can make ProxyFix name a proxy; waitress answers 400 to the same, nginx and Apache to some others.
- waitress takes one address for its proxy, no range and no list. `IpWare(proxy_list)` was given the outer proxy;
  without a list IpWare guesses, and says so.

## Where they differ, and why

Each row is a kind of difference; the fifth column names who gives the third column's answer.

| kind | header | answer | guard | shown by | why not |
|---|---|---|---|---|---|
{kinds}

Where the guard names a client and a server a proxy, that proxy, or another trusted one, wrote the client's address.

## Measuring it again

    python -m tests.lab.clients

in the checkout, on Debian with nginx and Apache. The suite compares again each time it runs: every difference must be
of a kind that names who shows it, and each one named must show it.
"""


def page(measured: Measured) -> str:
    """Write the page."""
    ways = list(measured.outcomes[GUARD])
    return _FRAME.format(
        trusted=sum(Difference(case, None, None).trusted_peer for case in set(cases())),
        headers=measured.outcomes[GUARD][ways[0]].total(),
        inner=INNER,
        outer=OUTER,
        ways=" | ".join(ways),
        dashes="---|" * len(ways),
        strangers=_lines(_stranger_line(resolver, outcomes) for resolver, outcomes in measured.outcomes.items()),
        kinds=_lines(map(_kind_line, KINDS)),
    )


def start_of_row(resolver: Resolver) -> str:
    return f"| {resolver.name} | {resolver.release} |"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _stranger_line(resolver: Resolver, outcomes: dict[str, Counter[str]]) -> str:
    cells = [f"{count[LISTED]} + {count[PROXY]}" for count in outcomes.values()]
    traced = [count for way, count in outcomes.items() if way not in DROPPED]
    named, of = sum(count[RIGHT] for count in traced), sum(count.total() for count in traced)
    return f"{start_of_row(resolver)} {' | '.join(cells)} | {named:,} of {of:,} |"


def _kind_line(kind: Kind) -> str:
    who = "all" if kind.who == ALL else ", ".join(kind.who)
    return f"| {kind.name} | {kind.header} | {kind.theirs} | {kind.ours} | {who} | {kind.why} |"


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m tests.lab.clients", description=__doc__, epilog=NEEDED)
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="where to write it")
    flags = parser.parse_args(argv)
    if missing := [program for program in PROGRAMS if not found(program)]:
        parser.error(f"not installed: {', '.join(missing)}")
    flags.page.write_text(page(measure()), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
