"""``docs/evidence/spellings.md`` and ``spellings-classes.md``, written from the table."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.lab import hoptables
from tests.lab.cells import code
from tests.lab.corpus import ADMITTED, ORDINARY
from tests.lab.kinds import KINDS
from tests.lab.remedies import GUARD, blocked, count, outcomes
from tests.lab.setups import POST, POST_APACHE, POST_NGINX, REQUIRE, REQUIRE_IP, SETUPS, Setup, with_remedy
from tests.lab.truth import Truth, either

EVIDENCE = Path(__file__).parent.parent.parent / "docs" / "evidence"
PAGE, TABLES, PICTURE = (EVIDENCE / f"spellings{end}" for end in (".md", "-classes.md", ".svg"))

_FRAME = """\
# Which paths reach xmlrpc.php

{attacks:,} requests, nearly all for xmlrpc.php in one spelling or another, were sent byte for byte to {setups} ways
to serve WordPress, and through {servers} WSGI servers and {ways} ways of forwarding to the same. In place of
xmlrpc.php lay a script that says that it ran, and a second one in `/blog`. [The classes](spellings-classes.md) has each
class of spelling, the set-ups, and the servers between.

**In short.** An nginx location for one exact path leaves other directories open, and all that nginx or PHP takes for
the script after it has looked for that location. On Apache, a rule for files of that name holds where Apache itself
finds the file, and does not apply where a pattern hands the path to PHP. xmlrpc_guard lets none of these requests
through to any of these set-ups; where the server adds `.php` by itself (MultiViews), it needs
`scripts=["xmlrpc.php", "xmlrpc"]`. Requests are counted here by class; which one passes which rule is not listed.

![How much of each class runs the script, on which set-up, behind which server, and what remedies leave](spellings.svg)

Grey: nothing ran.

## What the usual remedies leave open

For each set-up, how many of the requests run the script, and how many still do with a remedy. "With blog" are those
for the second WordPress, which an exact location does not cover.

| set-up | without | {post} | of these, with blog | {require} |
|---|---|---|---|---|
{per_setup}

What else the post's block leaves on nginx: paths that go on after the script's name, where PHP itself finds the script
(as it does by default) or where the recipe splits the path. Case-blind files are emulated with links, on Linux.

In one number each: a request is counted once for each set-up on which it runs the script, and after WSGI servers once
for each server too. The shares are of this corpus, which was not drawn from attacks.

| remedy | leaves open |
|---|---|
{remedies}

The two middlewares are ten lines each: one compares `PATH_INFO` with the plain path, one searches it for the name as a
segment, in small letters or capitals. What the guard leaves with its default setting is MultiViews.

The blocks, each with its fault:

```apache
# Not enough: {fault_of_post_apache}
# A refused client is redirected to http://127.0.0.1/: it gets 302, not 403.
{post_apache}
```

```nginx
# Not enough: {fault_of_post_nginx}
# An allowed client is sent the script's source, as this location has no fastcgi_pass.
{post_nginx}
```

```apache
# Not enough: {fault_of_require_ip}
{require_ip}
```

## When the server adds `.php` by itself

Apache with `Options MultiViews` answers `/xmlrpc` with xmlrpc.php. With the default `scripts=["xmlrpc.php"]` the
guard lets {multiviews} of the requests pass there, and with `scripts=["xmlrpc.php", "xmlrpc"]` none. Debian's Apache
leaves MultiViews off, but any `.htaccess` may switch it on. Both names refuse each other path with the segment `xmlrpc`
too.

## What no rule on the path can know

- **A prefix that a server after the guard cuts off without its slash**, by nginx' `alias` and `proxy_pass`, Apache's
  `AliasMatch`, lighttpd's `alias.url` or Caddy's `handle_path`: prefix and script then run together into another name.
  Write the slash on both sides, as in `location /wp/ {{ alias /srv/wp/; }}`.
- **A rule that changes the name**, such as one that makes `.php` of another extension: write the other name too, as in
  `scripts=["xmlrpc.php", "xmlrpc.html"]`.
- **Servers that were not tried**: IIS and everything else on Windows, Apache on macOS, file systems that ignore
  zero-width characters (HFS+, case-folding ext4).

## What is blocked and should not be

Of {ordinary:,} ordinary URLs of a WordPress, the guard with its default setting blocks {blocked}, after any server.
Known to be blocked, and listed, not counted: {admitted}:
a name at the beginning of a segment, or after a colon, dots or blanks there; and what is escaped more than eight times.

## Measuring it again

With {versions}.

    python -m tests.lab.spellings                         # writes table, page and picture
    python -m tests.lab.spellings --every 100 --into new  # a part of it, into another folder
    python -m tests.lab.search --seconds 600              # look for spellings that the corpus lacks
    python -m tests.lab.shipped                           # writes what the package ships of the table

in the checkout, on Debian with all that `.ci/run` installs, and Playground:
`npm install --prefix "$VIRTUAL_ENV" @wp-playground/cli@3.1.56 node@24`. The whole takes 10 minutes of a processor;
`--sampled --into new` leaves out {unsampled}. `tests/lab/matrix.py` says how it is measured. The suite checks the guard
against the table, and, where the servers are installed, asks them again for a sample.
"""
_TABLES = """\
# Spellings: classes and set-ups

What stands behind [Spellings](spellings.md), written by the same program.

## The classes

How many were tried; how many of them ran the script on some set-up, sent directly, and on how many set-ups; and the
same after a WSGI server, by any way of forwarding. The example stands for its class. ⇥ is a raw tab, ␠ a raw space.

| class | example | tried | directly | on | after a server | on | why |
|---|---|---|---|---|---|---|---|
{kinds}

## The set-ups

{described}

## The ways of forwarding

- **quoted path**: SCRIPT_NAME and PATH_INFO, escaped again, as PEP 3333 reconstructs a URL.
- **raw target**: RAW_URI or REQUEST_URI, or the quoted path where a server gives neither.
- **unquoted path**: SCRIPT_NAME and PATH_INFO as they are.
- **PATH_INFO**: it alone, as it is.
- **Bottle**: its request's path, escaped again.
- **WSGIProxy2**: its HostProxy. **xmlrpc_guard.proxy**: the embedded one, which refuses much of this by itself.

## Servers between the proxy and PHP

A server that stands after the proxy and before PHP may change the target once more. Each of these got all that the ways
of forwarding send, with nothing about paths in its configuration. How many requests run the script on some set-up only
with the server in between, on how many set-ups, and of which classes they are, besides several at once and one byte
changed:

| server | requests | on | classes |
|---|---|---|---|
{added}

The guard knows all of them. What each server makes of harmless targets: "kept" is byte for byte, "refused" an answer of
its own. Jetpack's signature covers the path and the query, so WordPress refuses a signed request whose target was
changed.

{rewritten}
"""


def write_pages(truth: Truth) -> dict[Path, str]:
    """Write the page and its tables, by the file in which each stands."""
    return {PAGE: _fill(_FRAME, truth), TABLES: _fill(_TABLES, truth)}


def _fill(frame: str, truth: Truth) -> str:
    kinds = Counter(row.kind for row in truth.rows)
    return frame.format(
        attacks=len(truth.rows) - kinds[ORDINARY] - kinds[ADMITTED],
        setups=len(truth.setups),
        unsampled="; ".join(setup.name for setup in SETUPS if not setup.sampled),
        servers=len(truth.seen),
        ways=len(next(iter(truth.through.values()))),
        remedies=_lines(_remedies(truth)),
        post=POST,
        require=REQUIRE,
        post_apache=POST_APACHE.strip(),
        post_nginx=POST_NGINX.strip(),
        require_ip=REQUIRE_IP.strip(),
        fault_of_post_apache=_fault(truth, POST, "Apache"),
        fault_of_post_nginx=_fault(truth, POST, "nginx"),
        fault_of_require_ip=_fault(truth, REQUIRE, "Apache"),
        per_setup=_lines(_setup_line(truth, setup) for setup in SETUPS if setup.name in truth.setups),
        kinds=_lines(_kind_line(truth, kind) for kind in KINDS),
        multiviews=len({way.place for way in outcomes(truth)[GUARD].left}),
        ordinary=kinds[ORDINARY],
        blocked=len(blocked(truth)),
        admitted=", ".join(code(row.sent.target) for row in truth.rows if row.kind == ADMITTED),
        described=_lines(f"- **{setup.name}**: {setup.decides}" for setup in SETUPS),
        added=_lines(hoptables.added(truth)),
        rewritten=_lines(hoptables.rewritten(truth)),
        versions=", ".join(f"{family(name)} {number}" for name, number in truth.versions.items()),
    )


def family(name: str) -> str:
    """Give a program's name without the version that parts it from another of the name.

    >>> family("nginx 1.31"), family("WSGIProxy2")
    ('nginx', 'WSGIProxy2')
    """
    return re.sub(r" [0-9.]+$", "", name)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _remedies(truth: Truth) -> Iterator[str]:
    for remedy, outcome in outcomes(truth).items():
        left, tried = count(outcome.left), count(outcome.tried)
        yield f"| {remedy} | {left:,} of {tried:,} ({left / tried:.1%}) |"


def _fault(truth: Truth, remedy: str, server: str) -> str:
    """Say in words what a block leaves open: no request stands beside a rule that it passes."""
    tried, left = outcomes(truth)[f"{remedy}, {server}"]
    on = either(way.mask for way in left).bit_count()
    return f"{count(left):,} of {count(tried):,} requests still run xmlrpc.php, on {on} set-ups."


def _setup_line(truth: Truth, setup: Setup) -> str:
    there = truth.bit(setup.name)
    without = _working(mask & there for mask in truth.direct)
    cells = [_left(truth, setup, POST), _left(truth, setup, POST, "blog"), _left(truth, setup, REQUIRE)]
    return f"| {setup.name} | {without:,} | {' | '.join(cells)} |"


def _left(truth: Truth, setup: Setup, remedy: str, within: str = "") -> str:
    """Count what a remedy leaves of the requests with some text in them; a dash where it is for another server."""
    if not with_remedy(setup, remedy):
        return "-"
    there, left = truth.bit(setup.name), zip(truth.rows, truth.remedies[remedy], strict=True)
    return f"{_working(mask & there for row, mask in left if within in row.sent.target):,}"


def _kind_line(truth: Truth, kind: str) -> str:
    places = truth.places[kind]
    numbers = [len(places)]
    for masks in ([masks[place] for place in places] for masks in (truth.direct, truth.behind_any)):
        numbers += [_working(masks), either(masks).bit_count()]
    return f"| {kind} | {code(KINDS[kind].example)} | {' | '.join(f'{n:,}' for n in numbers)} | {KINDS[kind].why} |"


def _working(masks: Iterable[int]) -> int:
    return sum(map(bool, masks))
