"""What blocks against strangers leave open at each edge, and whom they keep out: asked of the real servers.

An edge runs PHP itself, or passes requests on to a set-up that does. Spellings are sent without a block; those that ran
xmlrpc.php are sent again with each block in place, by a stranger and by a listed client. A block only ever refuses, so
nothing else can run then. What counts is that the script ran, never the status.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from contextlib import contextmanager as manager
from dataclasses import dataclass, replace
from functools import cache, partial

from tests.lab.blocks import COPIED, COPIED_FOR_PROXY, LISTED, NOTHING, STRANGER, Block, ours, rule_for, with_block
from tests.lab.corpus import Sent
from tests.lab.edge import EDGES, in_front
from tests.lab.hosts import hosts
from tests.lab.nesting import spellings
from tests.lab.oracle import answers, ran, write_request
from tests.lab.phpservers import Host
from tests.lab.setups import MULTIVIEWS, SETUPS, Setup
from tests.lab.truth import Truth
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.render.rule import Rule
from xmlrpc_guard.testing import TargetRefused, environ_as

FAMILIES = {"nginx": "nginx", "apache": "Apache", "caddy": "Caddy"}
"""The servers that run PHP by themselves and for which a rule can be rendered, by a set-up's family."""
RUNNING = tuple(setup for setup in SETUPS if setup.sampled and setup.family in FAMILIES)
BEHIND = tuple(setup for setup in SETUPS if setup.sampled and setup.server not in ("nginx 1.31", "php 8.4"))
"""The set-ups that edges pass requests on to; the versions left out differ in nothing here."""
BOTH = ("xmlrpc.php", "xmlrpc")
Hosts = Mapping[str, Host]
Start = Callable[[], AbstractContextManager[Hosts]]


@dataclass(frozen=True)
class Cell:
    """What one edge did for one set-up. The lists hold the requests that ran the script."""

    edge: str
    setup: str
    sent: int
    without: list[Sent]
    """Without a block; these are sent again with each block."""
    copied: list[Sent]
    """With the copied block, for a stranger."""
    rendered: list[Sent]
    """With the rule of ``xmlrpc-guard render``, for a stranger."""
    guarded: list[Sent]
    """What the guard lets a stranger pass, as gunicorn and waitress would ask it."""
    kept_out: list[Sent]
    """What did not run with the rule although a listed client sent it."""
    blocked: list[Sent]
    """Ordinary requests that the rule refuses a stranger, and the guard does not."""


@dataclass(frozen=True)
class Asked:
    """What is sent: spellings by set-up, and ordinary requests."""

    spellings: Mapping[str, Sequence[Sent]]
    ordinary: Sequence[Sent] = ()


def select(
    truth: Truth, setup: Setup, *, passed_on: bool, every: int = 1, nested: int = 0, seed: int = 18
) -> list[Sent]:
    """Choose spellings: what ran the script of a set-up when it was sent there, and so many nested at random.

    Of what ran every ``every``-th; where an edge passes requests on, and changes some of them, also every
    ten-times-``every``-th of what ran only after some other server.
    """
    bit = truth.bit(setup.name)
    ran_directly = [place for place, mask in enumerate(truth.direct) if mask & bit]
    after_others = {place for place, mask in enumerate(truth.anyhow) if mask & bit} - {*ran_directly}
    places = ran_directly[seed % every :: every]
    if passed_on:
        places += sorted(after_others)[seed % (10 * every) :: 10 * every]
    return [*(truth.rows[place].sent for place in places), *(row.sent for row in spellings(nested, seed))]


def run_php(family: str, setups: Sequence[Setup], asked: Asked) -> list[Cell]:
    """Ask set-ups whose own server has the block; all of one family."""
    server = FAMILIES[family]
    blocks = NOTHING, COPIED[server], ours(server, rule_for(runs_php=True))
    return _compare(server, [partial(_with_block, setups, block) for block in blocks], asked)


@manager
def _with_block(setups: Sequence[Setup], block: Block) -> Iterator[Hosts]:
    with hosts([with_block(setup, block) for setup in setups]) as running:
        yield running


def pass_on(edge: str, behind: Hosts, asked: Asked, *, runs_php: bool = False) -> list[Cell]:
    """Ask an edge in front of set-ups; where those add ``.php``, the rule names both scripts, as the page says.

    With ``runs_php`` the rule is the one for a server that runs PHP itself, which this one does not.
    """
    multiviews = {name: host for name, host in behind.items() if name == MULTIVIEWS}
    others = {name: host for name, host in behind.items() if name != MULTIVIEWS}
    one, both = (rule_for(runs_php=runs_php, scripts=scripts) for scripts in (BOTH[:1], BOTH))
    asked_of = (others, one), (multiviews, both)
    return [cell for some, rule in asked_of if some for cell in _pass_on(edge, some, rule, asked)]


def _pass_on(edge: str, behind: Hosts, rule: Rule, asked: Asked) -> list[Cell]:
    server = EDGES[edge].server
    blocks = NOTHING, COPIED_FOR_PROXY[server], ours(server, rule)
    return _compare(edge, [partial(_behind, edge, behind, block) for block in blocks], asked)


@manager
def _behind(edge: str, behind: Hosts, block: Block) -> Iterator[Hosts]:
    with in_front(edge, block, [host.listener.port for host in behind.values()]) as listeners:
        yield {name: replace(host, listener=at) for (name, host), at in zip(behind.items(), listeners, strict=True)}


def _compare(edge: str, starts: Sequence[Start], asked: Asked) -> list[Cell]:
    """Send to each host what is meant for it, without a block, with the copied one and with the rule."""
    without, copied, rendered = starts
    with without() as running:
        reached = {name: _send(host, asked.spellings[name]) for name, host in running.items()}
    with copied() as running:
        left = {name: _send(host, reached[name]) for name, host in running.items()}
    with rendered() as running:
        return [
            Cell(
                edge,
                name,
                sent=len(asked.spellings[name]),
                without=reached[name],
                copied=left[name],
                rendered=_send(host, reached[name]),
                guarded=[sent for sent in reached[name] if passes_the_guard(sent, _scripts(name))],
                kept_out=_keeps_out(host, reached[name]),
                blocked=[sent for sent in _refused(host, asked.ordinary) if passes_the_guard(sent, _scripts(name))],
            )
            for name, host in running.items()
        ]


def _send(host: Host, requests: Sequence[Sent], source: str = STRANGER) -> list[Sent]:
    return [requests[place] for place in sorted(ran(host, requests, source))]


def _without(some: Iterable[Sent], others: Iterable[Sent]) -> list[Sent]:
    left_out = {*others}
    return [sent for sent in some if sent not in left_out]


def _keeps_out(host: Host, requests: Sequence[Sent]) -> list[Sent]:
    """Give what does not run for a listed client, asked twice: on a busy machine a server may once answer 503."""
    once = _without(requests, _send(host, requests, LISTED))
    return _without(once, _send(host, once, LISTED))


def _refused(host: Host, requests: Sequence[Sent]) -> list[Sent]:
    given = answers(host.listener, [*map(write_request, requests)])
    return [sent for sent, said in zip(requests, given, strict=True) if b" 403 " in said.partition(b"\r\n")[0]]


def _scripts(setup: str) -> tuple[str, ...]:
    return BOTH if setup == MULTIVIEWS else BOTH[:1]


@cache
def passes_the_guard(sent: Sent, scripts: tuple[str, ...]) -> bool:
    """Return whether the guard lets a stranger's request pass under gunicorn or waitress."""
    return any(_allows(_guard(scripts), server, sent) for server in ("gunicorn", "waitress"))


@cache
def _guard(scripts: tuple[str, ...]) -> XMLRPCGuard:
    return XMLRPCGuard(lambda *_: [], Policy(allow=[LISTED], scripts=scripts))


def _allows(guard: XMLRPCGuard, server: str, sent: Sent) -> bool:
    try:
        environ = environ_as(server, sent.target, peer=STRANGER, headers=sent.headers, method=sent.method)
    except TargetRefused:
        return False
    return bool(guard.decide(environ))
