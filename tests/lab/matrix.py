"""Every request, through every server, way of forwarding and hop, to every set-up: measured in steps and joined.

What a server makes of a request does not depend on what stands behind it, and what PHP does with a forwarded
request does not depend on who forwarded it. So each server is asked once for its environ, each environ is given once
to each forwarder, each distinct request that comes out is given once to each hop, and each distinct request of all
that is sent once to each set-up.
"""

import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import repeat
from wsgiref.types import WSGIEnvironment

from tests.frontends import COMMANDS, Listener, installed, running
from tests.lab.corpus import Row, Sent
from tests.lab.forwarders import FORWARDERS
from tests.lab.hops import HARMLESS, HOPS, Hops, passed
from tests.lab.oracle import answer, ran, reaching, written
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


def measure(rows: Sequence[Row], hosts: Hosts, servers: Servers, hops: Hops) -> Truth:
    """Ask all of them about these rows."""
    requests = [row.sent for row in rows]
    setups = [setup for setup in SETUPS if setup.name in hosts]
    seen = {name: environs(at, requests) for name, at in servers.items()}
    sent = {way: _forward(way, seen) for way in FORWARDERS}
    forwarded = sorted({out for outs in sent.values() for out in outs.values() if out})
    beyond = {name: dict(zip(forwarded, passed(at, forwarded), strict=True)) for name, at in hops.items()}
    arrived = {*requests, *forwarded, *(out for outs in beyond.values() for out in outs.values() if out)}
    masks = _masks([hosts[setup.name] for setup in setups], arrived)
    direct = [masks[request] for request in requests]
    reached = {way: {key: masks[out] if out else 0 for key, out in outs.items()} for way, outs in sent.items()}
    after = {name: _after(outs, sent, masks) for name, outs in beyond.items()}
    return Truth(
        versions=versions(setups, servers, hops),
        setups=[setup.name for setup in setups],
        rows=list(rows),
        direct=direct,
        seen={name: [_view(environ) if environ else None for environ in given] for name, given in seen.items()},
        through={name: {way: _each(given, reached[way]) for way in FORWARDERS} for name, given in seen.items()},
        hops={hop: {name: _each(given, reached) for name, given in seen.items()} for hop, reached in after.items()},
        rewritten={name: _rewritten(at) for name, at in hops.items()},
        remedies={remedy: _left_open(remedy, setups, hosts, requests, direct) for remedy in REMEDIES},
    )


def _after(
    beyond: Mapping[Sent, Sent | None], sent: Mapping[str, Mapping[str, Sent | None]], masks: Mapping[Sent, int]
) -> dict[str, int]:
    """Give what is reached beyond a hop, by any way of forwarding, by an environ's key."""
    reached: dict[str, int] = {}
    for outs in sent.values():
        for key, out in outs.items():
            last = beyond[out] if out else None
            reached[key] = reached.get(key, 0) | (masks[last] if last else 0)
    return reached


def _each(environs: Iterable[WSGIEnvironment | None], reached: Mapping[str, int]) -> list[int]:
    return [reached[_key(environ)] if environ else 0 for environ in environs]


def _rewritten(hop: Listener) -> dict[str, str | None]:
    """Give what a hop makes of each harmless target."""
    outs = passed(hop, [Sent(target) for target in HARMLESS])
    return {target: out.target if out else None for target, out in zip(HARMLESS, outs, strict=True)}


def environs(at: Listener, requests: Sequence[Sent]) -> list[WSGIEnvironment | None]:
    """Give what a WSGI server puts into environ for each request; None where it answers by itself."""
    with ThreadPoolExecutor(5) as pool:  # some servers let no more than that wait
        answers = pool.map(answer, repeat(at), map(written, requests))
        return [json.loads(told[1]) if (told := _ENVIRON.search(said)) else None for said in answers]


def _key(environ: WSGIEnvironment) -> str:
    return json.dumps(environ)


def _forward(way: str, seen: Seen) -> dict[str, Sent | None]:
    """Give what one way of forwarding makes of each environ, by the environ's key."""
    distinct = {_key(environ): environ for views in seen.values() for environ in views if environ}
    sent = forwarded(FORWARDERS[way], ({**_REST, **environ} for environ in distinct.values()))
    return dict(zip(distinct, sent, strict=True))


def _masks(hosts: Sequence[Host], requests: Iterable[Sent]) -> dict[Sent, int]:
    """Send each request to each set-up."""
    asked = sorted(requests)
    masks = dict.fromkeys(asked, 0)
    reached = reaching(hosts, asked)
    for number, host in enumerate(hosts):
        for place in reached[host.setup.name]:
            masks[asked[place]] |= 1 << number
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
