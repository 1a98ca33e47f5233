"""``docs/spellings.md``, written from the table."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.backends.setups import POST, REQUIRE, SETUPS, Setup, yardstick
from tests.spellings.corpus import ADMITTED, ORDINARY
from tests.spellings.kinds import KINDS
from tests.spellings.remedies import GUARD, blocked, count, outcomes
from tests.spellings.truth import Truth, either

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE, PICTURE = DOCS / "spellings.md", DOCS / "spellings.svg"

_FRAME = """\
# Which paths reach xmlrpc.php

{attacks:,} requests for xmlrpc.php, each in another spelling, were sent byte for byte to {setups} ways to serve
WordPress, and through {servers} WSGI servers and {ways} ways of forwarding to the same. In place of xmlrpc.php lay a
script that says that it ran. This page, its picture and the table behind them are written by
`python -m tests.spellings`; no number in it is from memory.

![How much of each class of spellings reaches the script on each set-up, and what remedies leave open](spellings.svg)

## What the usual remedies leave open

A *way in* is a spelling and a set-up on which it runs the script: {direct:,} of them without anything in front,
{behind:,} behind a WSGI server, counted for each server.

{remedies}

The first rows count only the set-ups that the remedy is written for. On Apache both blocks hold as long as Apache maps
the path to the file by itself: with `ProxyPassMatch` they are never asked, and on case-blind files they are asked for
another name. (Such files are emulated with links, on Linux; Apache on Windows and macOS was not tried.) The two
middlewares are ten lines each: one compares `PATH_INFO`, one searches it for `(?i)/xmlrpc\\.php(/|$)`. What
xmlrpc_guard leaves open with its default setting is MultiViews; see below.

| set-up | ways in | {post} | {require} |
|---|---|---|---|
{per_setup}

## The classes

How many were tried; how many of them ran the script on some set-up, sent directly and behind a WSGI server; on how many
of the {setups} set-ups. ⇥ is a raw tab, ␠ a raw space.

| class | example | tried | directly | behind | set-ups | why |
|---|---|---|---|---|---|---|
{kinds}

## When the server adds `.php` by itself

Apache with `Options MultiViews` answers `/xmlrpc` with xmlrpc.php. With the default `scripts=["xmlrpc.php"]` the
guard leaves {multiviews:,} ways in open there, and none on any other set-up. With
`scripts=["xmlrpc.php", "xmlrpc"]` it leaves none open anywhere. Write both names if MultiViews is on (Debian's Apache
leaves it off, but any `.htaccess` may switch it on), or if rewrite rules of your own add the extension. The price:
`/tag/xmlrpc/` and every other path with the segment `xmlrpc` is refused too. (Under MultiViews such a permalink at the
top, `/xmlrpc/…`, runs xmlrpc.php anyway.)

## What is blocked and should not be

Of {ordinary:,} ordinary URLs of a WordPress, {blocked} were blocked, behind any server. Known to be blocked, and
listed, not counted: {admitted}.

## The set-ups

{described}

Ways of forwarding: {forwarders}.

## What it was measured with

{versions}.

The corpus is `tests/spellings/corpus.py`, the configurations are `tests/backends/setups.py` and `tests/backends/conf/`.
The suite checks the guard against the table without any server; `tests/backends` asks the servers again for a sample,
and sends it through the real chain. `python -m tests.backends.search` looks for spellings that nobody has thought of.
"""


def page(truth: Truth) -> str:
    """Write the page."""
    kinds = Counter(row.kind for row in truth.rows)
    return _FRAME.format(
        attacks=len(truth.rows) - kinds[ORDINARY] - kinds[ADMITTED],
        setups=len(truth.setups),
        servers=len(truth.seen),
        ways=len(_ways(truth)),
        direct=_ways_in(truth.direct),
        behind=count(outcomes(truth)[GUARD].tried),
        remedies=_lines(_remedies(truth)),
        post=POST,
        require=REQUIRE,
        per_setup=_lines(_setup_line(truth, setup) for setup in SETUPS),
        kinds=_lines(_kind_line(truth, kind) for kind in KINDS),
        multiviews=count(outcomes(truth)[GUARD].left),
        ordinary=kinds[ORDINARY],
        blocked=len(blocked(truth)),
        admitted=", ".join(_code(row.sent.target) for row in truth.rows if row.kind == ADMITTED),
        described=_lines(f"- **{setup.name}**: {setup.decides}" for setup in SETUPS),
        forwarders=", ".join(_ways(truth)),
        versions=", ".join(f"{name} {number}" for name, number in truth.versions.items()),
    )


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _code(text: str) -> str:
    for raw, sign in (("\t", "⇥"), (" ", "␠"), ("|", "\\|")):
        text = text.replace(raw, sign)
    return f"`{text}`"


def _ways(truth: Truth) -> list[str]:
    return list(next(iter(truth.through.values())))


def _ways_in(masks: Iterable[int]) -> int:
    return sum(mask.bit_count() for mask in masks)


def _remedies(truth: Truth) -> Iterator[str]:
    yield "| remedy | leaves open |"
    yield "|---|---|"
    for remedy, outcome in outcomes(truth).items():
        left, tried = count(outcome.left), count(outcome.tried)
        yield f"| {remedy} | {left:,} of {tried:,} ({left / tried:.1%}) |"


def _setup_line(truth: Truth, setup: Setup) -> str:
    there = truth.bit(setup.name)
    lets = [
        f"{_ways_in(mask & there for mask in truth.remedies[remedy]):,}" if yardstick(setup, remedy) else "-"
        for remedy in (POST, REQUIRE)
    ]
    return f"| {setup.name} | {_ways_in(mask & there for mask in truth.direct):,} | {' | '.join(lets)} |"


def _kind_line(truth: Truth, kind: str) -> str:
    places = [place for place, row in enumerate(truth.rows) if row.kind == kind]
    direct, behind = ([masks[place] for place in places] for masks in (truth.direct, truth.behind_any()))
    setups = either(direct + behind).bit_count()
    numbers = f"{len(places):,} | {_working(direct):,} | {_working(behind):,} | {setups}"
    return f"| {kind} | {_code(KINDS[kind].example)} | {numbers} | {KINDS[kind].why} |"


def _working(masks: Iterable[int]) -> int:
    return sum(map(bool, masks))
