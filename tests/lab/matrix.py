"""Every request, through every server, way of forwarding and hop, to every set-up: measured in steps and joined.

What a server makes of a request does not depend on what stands behind it, and what PHP does with a forwarded
request does not depend on who forwarded it. So each server gives its environ once, each environ is given once
to each forwarder, each distinct request that comes out is given once to each hop, and each distinct request of all
that is sent once to each set-up.
"""

import contextlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product, repeat
from wsgiref.types import WSGIEnvironment

from tests.frontends import COMMANDS, Listener, installed, running
from tests.lab.corpus import Row, Sent
from tests.lab.forwarders import FORWARDERS
from tests.lab.hops import HARMLESS, HOPS, Hops, passed
from tests.lab.oracle import answers, ran, write_request
from tests.lab.phpservers import Host
from tests.lab.recorder import forwarded
from tests.lab.setups import NEEDS, REMEDIES, SETUPS, Setup, with_remedy
from tests.lab.truth import Truth, View
from tests.lab.versions import versions
from tests.real.programs import found

_ENVIRON = re.compile(rb"X-Environ: (\{.*\})", re.IGNORECASE)
# What forwarders read beside it.
_REST = {
    "REMOTE_ADDR": "127.0.0.1",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "localhost",
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
}
NEEDED = "Run it in the checkout, on Debian with all that .ci/run installs, in its environment of Python 3.11."
Seen = dict[str, list[WSGIEnvironment | None]]
Hosts = Mapping[str, Host]
Servers = Mapping[str, Listener]


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    """Run the installed WSGI servers until the block ends, each with an application that tells what it sees."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(name, "tests.lab.seen:application"))
            for name in COMMANDS
            if installed(name)
        }


def lacking(setups: Iterable[Setup], names: Iterable[str] = ()) -> list[str]:
    """Name the programs of set-ups and hops, and those of WSGI servers, that are not installed."""
    needs = {program for setup in setups for program in NEEDS[setup.server]}
    programs = sorted(needs | {hop.package for hop in HOPS.values()})
    return [*(name for name in programs if not found(name)), *(name for name in names if not installed(name))]


def measure(rows: Sequence[Row], hosts: Hosts, servers: Servers, hops: Hops, pool: Executor) -> Truth:
    """Ask all of them about these rows, as many at once as the pool has workers."""
    requests = [row.sent for row in rows]
    setups = [setup for setup in SETUPS if setup.name in hosts]
    seen = dict(zip(servers, pool.map(environs, servers.values(), repeat(requests)), strict=True))
    sendings = _send(seen, hops, pool)
    masks = _masks([hosts[setup.name] for setup in setups], {*requests, *sendings.arriving()}, pool)
    direct = [masks[request] for request in requests]
    return Truth(
        versions=versions(setups, servers, hops),
        setups=[setup.name for setup in setups],
        rows=list(rows),
        direct=direct,
        seen={name: [_view(environ) if environ else None for environ in given] for name, given in seen.items()},
        through=_by_server(seen, sendings.reached(masks)),
        hops=_by_hop(seen, sendings.reached_beyond(masks)),
        rewritten={name: _rewritten(at) for name, at in hops.items()},
        remedies={remedy: _left_open(remedy, setups, hosts, requests, direct) for remedy in REMEDIES},
    )


Reached = dict[str, dict[str, int]]


@dataclass(frozen=True)
class _Sendings:
    """What each way of forwarding makes of each environ, by its key, and what each hop makes of that."""

    sent: dict[str, dict[str, Sent | None]]
    beyond: dict[str, dict[Sent, Sent | None]]

    def arriving(self) -> set[Sent]:
        forwarded = {out for outs in self.sent.values() for out in outs.values() if out}
        return forwarded | {out for outs in self.beyond.values() for out in outs.values() if out}

    def reached(self, masks: Mapping[Sent, int]) -> Reached:
        """Give masks by way of forwarding and environ's key."""
        return {way: {key: masks[out] if out else 0 for key, out in outs.items()} for way, outs in self.sent.items()}

    def reached_beyond(self, masks: Mapping[Sent, int]) -> Reached:
        """Give masks by hop and environ's key, by any way of forwarding."""
        reached: Reached = {hop: defaultdict(int) for hop in self.beyond}
        for hop, outs in product(self.beyond, self.sent.values()):
            for key, out in outs.items():
                last = self.beyond[hop][out] if out else None
                reached[hop][key] |= masks[last] if last else 0
        return reached


def _send(seen: Seen, hops: Hops, pool: Executor) -> _Sendings:
    distinct = {_key(environ): environ for views in seen.values() for environ in views if environ}
    outs = pool.map(_forward, FORWARDERS, repeat(list(distinct.values())))
    sent = {way: dict(zip(distinct, each, strict=True)) for way, each in zip(FORWARDERS, outs, strict=True)}
    arriving = sorted(_Sendings(sent, {}).arriving())
    passed_on = pool.map(passed, hops.values(), repeat(arriving))
    beyond = {hop: dict(zip(arriving, each, strict=True)) for hop, each in zip(hops, passed_on, strict=True)}
    return _Sendings(sent, beyond)


def _by_server(seen: Seen, reached: Reached) -> dict[str, dict[str, list[int]]]:
    return {name: {way: _each(given, masks) for way, masks in reached.items()} for name, given in seen.items()}


def _by_hop(seen: Seen, reached: Reached) -> dict[str, dict[str, list[int]]]:
    return {hop: {name: _each(given, masks) for name, given in seen.items()} for hop, masks in reached.items()}


def _each(environs: Iterable[WSGIEnvironment | None], reached: Mapping[str, int]) -> list[int]:
    return [reached[_key(environ)] if environ else 0 for environ in environs]


def _rewritten(hop: Listener) -> dict[str, str | None]:
    """Give what a hop makes of each harmless target."""
    outs = passed(hop, [Sent(target) for target in HARMLESS])
    return {target: out.target if out else None for target, out in zip(HARMLESS, outs, strict=True)}


def environs(at: Listener, requests: Sequence[Sent]) -> list[WSGIEnvironment | None]:
    """Give what a WSGI server puts into environ for each request; None where it answers by itself."""
    given = answers(at, [*map(write_request, requests)], at_once=5)  # some servers let no more than that wait
    return [json.loads(match[1]) if (match := _ENVIRON.search(text)) else None for text in given]


def _key(environ: WSGIEnvironment) -> str:
    return json.dumps(environ)


def _forward(way: str, environs: Iterable[WSGIEnvironment]) -> list[Sent | None]:
    """Give what one way of forwarding makes of each environ."""
    return list(forwarded(FORWARDERS[way], ({**_REST, **environ} for environ in environs)))


def _masks(hosts: Sequence[Host], requests: Iterable[Sent], pool: Executor) -> dict[Sent, int]:
    """Send each request to each set-up; to slow ones first, which would else keep one worker when all others rest."""
    sent = sorted(requests)
    masks = dict.fromkeys(sent, 0)
    numbers = sorted(range(len(hosts)), key=lambda number: hosts[number].setup.sampled)
    for number, places in zip(numbers, pool.map(ran, [hosts[n] for n in numbers], repeat(sent)), strict=True):
        for place in places:
            masks[sent[place]] |= 1 << number
    return masks


def _view(environ: WSGIEnvironment) -> View:
    path = environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"]
    return View(*path, environ.get("RAW_URI"), environ.get("REQUEST_URI"))


def _left_open(
    remedy: str, setups: Sequence[Setup], hosts: Hosts, requests: Sequence[Sent], direct: Sequence[int]
) -> list[int]:
    """Ask again, where a remedy stands, what runs xmlrpc.php where none does."""
    masks = [0] * len(requests)
    for number, setup in enumerate(setups):
        remedied = with_remedy(setup, remedy)
        if remedied and remedied.name in hosts:
            places = [place for place, mask in enumerate(direct) if mask >> number & 1]
            for reached in ran(hosts[remedied.name], [requests[place] for place in places]):
                masks[places[reached]] |= 1 << number
    return masks
