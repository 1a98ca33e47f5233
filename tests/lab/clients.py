"""``docs/clients.md``: whom others take a request for. ``python -m tests.lab.clients`` measures and writes it."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.lab.compared import LISTED, PROXY, RIGHT, Measured, measure
from tests.lab.differences import ALL, KINDS, Difference, Kind
from tests.lab.forged import DROPPED, INNER, OUTER, Case, cases
from tests.lab.matrix import NEEDED
from tests.lab.resolvers import GUARD, PROGRAMS, Resolver
from tests.real.programs import found

PAGE = Path(__file__).parent.parent.parent / "docs" / "clients.md"

_FRAME = """\
# Whose request others take it for

The same headers, peers and lists of trusted proxies were given to the guard; to nginx (`set_real_ip_from`,
`real_ip_recursive on`) and Apache (`RemoteIPInternalProxy`), running; and to libraries that a Python site might take
instead. This page is written by a program (below); no count in it was typed.

**In short.** Where the header holds plain addresses, the guard, nginx, Apache and uvicorn name the same client. Where
it does not, or is absent, the others name somebody all the same, mostly one of the site's own proxies; the guard mostly
names nobody, and the request is refused. In {believed:,} cases with a trusted peer it never named a client where nginx
or Apache named another one that was no proxy.

## Strangers who forge a header

A site has two proxies and trusts both: `{outer}`, the outer one, and `{inner}`, the inner one, which connects to the
site. A stranger sends one of {headers} headers, full of listed addresses and of the proxies' own, and comes by one of
several ways; by the last two, a proxy is made to drop the header. Each cell counts how often the stranger is taken for
a listed client, and how often for a proxy; the last column, how often named, by the ways that leave any trace.

| | version | {ways} | named |
|---|---|{dashes}---|
{strangers}

- The last way but one is why the guard refuses a trusted peer that sends no header. **The last one it cannot know**: a
  proxy whose neighbour sent nothing writes that neighbour's address, as it does when the neighbour is itself the
  client. So do not list your proxies' own addresses in `allow`, or see to it that no `Connection: X-Forwarded-For`
  makes them leave their own header out; it made Apache do so before 2.4.54, and later ones leave out what mod_headers
  wrote.
- ProxyFix and waitress count: right for one way, wrong for the others, and a stranger chooses the way if the network
  lets them. ProxyFix asks nobody's name who connects.
- A lone quote in what the stranger sends has ProxyFix name a proxy, and waitress answer 400; nginx and Apache answer
  400 to a NUL.
- waitress takes one address for its proxy, no range and no list. `IpWare(proxy_list)` was given the outer proxy, as it
  wants the proxies that the header names. Without a list IpWare guesses, and says so.

## Where they differ, and why

Each row is a kind of difference, with an example: the header, as it comes from `{inner}` to a site that trusts
`{inner}` and `{outer}`, or as the row says; what the first of those named answers; and what the guard does. A dash is a
refusal.

| kind | header | answer | guard | shown by | why not |
|---|---|---|---|---|---|
{kinds}

Where the guard names a client and a server a proxy, that proxy, or another trusted one, wrote the client's address.

## Measuring it again

    python -m tests.lab.clients

in the checkout, on Debian with nginx and Apache. The headers are drawn in `tests/lab/forged.py`, the same each
time; `tests/lab/resolvers.py` asks, `tests/lab/differences.py` holds the table of differences. The suite asks
again each time it runs: every difference must be of a kind that names who shows it, and whoever is named must show it.
Another version than the one above may differ in other kinds.
"""


def page(measured: Measured) -> str:
    """Write the page."""
    ways = list(measured.outcomes[GUARD])
    return _FRAME.format(
        believed=sum(Difference(case, None, None).believed for case in set(cases())),
        headers=measured.outcomes[GUARD][ways[0]].total(),
        inner=INNER,
        outer=OUTER,
        ways=" | ".join(ways),
        dashes="---|" * len(ways),
        strangers=_lines(_stranger_line(resolver, told) for resolver, told in measured.outcomes.items()),
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
    ours = GUARD.answers([kind.case])[0]
    who = "all" if kind.who == ALL else ", ".join(kind.who)
    return f"| {kind.name} | {_told(kind.case)} | {_code(kind.theirs)} | {_code(ours)} | {who} | {kind.why} |"


def _told(case: Case) -> str:
    """Write a case: its header, and its peer and list where they are not the usual ones."""
    peer = "" if case.peer == INNER else f", from `{case.peer}`, where {case.trusted} may be believed"
    header = _code(case.forwarded) if case.lines else "none"
    return header + peer


def _code(text: str | None) -> str:
    if text is None:
        return "-"
    shown = text.replace("\0", "\\0")
    return f"`{shown if len(shown) < 50 else f'{shown[:40]} …'}`"


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m tests.lab.clients", description=__doc__, epilog=NEEDED)
    parser.add_argument("page", type=Path, nargs="?", default=PAGE, help="where to write it")
    flags = parser.parse_args(argv)
    if missing := [program for program in PROGRAMS if not found(program)]:
        parser.error(f"not installed: {', '.join(missing)}")
    flags.page.write_text(page(measure()), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
