"""Every request, through every server and way of forwarding, to every set-up: measured in two steps and joined.

What a server makes of a request does not depend on what stands behind it, and what PHP does with a forwarded
request does not depend on who forwarded it. So each server is asked once for its environ, each environ is given once
to each forwarder, and each distinct request that comes out is sent once to each set-up.
"""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from itertools import repeat
from wsgiref.types import WSGIEnvironment

from tests.frontends import COMMANDS, Listener, installed, running
from tests.lab.corpus import Row, Sent
from tests.lab.forwarders import FORWARDERS
from tests.lab.hosts import Host
from tests.lab.oracle import answer, ran, reaching, written
from tests.lab.recorder import forwarded
from tests.lab.setups import NEEDS, REMEDIES, SETUPS, with_remedy
from tests.lab.truth import Truth, View
from tests.real.programs import found, path

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
NEEDED = "Run it in the checkout, in the environment of the tests, on Debian with the servers that .ci/run installs."
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


def lacking(names: Iterable[str] = ()) -> list[str]:
    """Name the programs of the set-ups, and those of the WSGI servers, that are not installed."""
    programs = sorted({program for needs in NEEDS.values() for program in needs})
    return [*(name for name in programs if not found(name)), *(name for name in names if not installed(name))]


def measure(rows: Sequence[Row], hosts: Hosts, servers: Servers) -> Truth:
    """Ask all of them about these rows."""
    requests = [row.sent for row in rows]
    seen = {name: environs(at, requests) for name, at in servers.items()}
    sent = {way: _forward(way, seen) for way in FORWARDERS}
    masks = _masks(hosts, {*requests, *(out for outs in sent.values() for out in outs.values() if out)})
    direct = [masks[request] for request in requests]
    return Truth(
        versions=_versions(servers),
        setups=[setup.name for setup in SETUPS],
        rows=list(rows),
        direct=direct,
        seen={name: [_view(environ) if environ else None for environ in given] for name, given in seen.items()},
        through={
            name: {way: [_reached(environ, sent[way], masks) for environ in given] for way in FORWARDERS}
            for name, given in seen.items()
        },
        remedies={remedy: _left_open(remedy, hosts, requests, direct) for remedy in REMEDIES},
    )


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


def _masks(hosts: Hosts, requests: Iterable[Sent]) -> dict[Sent, int]:
    """Send each request to each set-up."""
    asked = sorted(requests)
    masks = dict.fromkeys(asked, 0)
    reached = reaching([hosts[setup.name] for setup in SETUPS], asked)
    for number, setup in enumerate(SETUPS):
        for place in reached[setup.name]:
            masks[asked[place]] |= 1 << number
    return masks


def _reached(environ: WSGIEnvironment | None, sent: Mapping[str, Sent | None], masks: Mapping[Sent, int]) -> int:
    out = sent[_key(environ)] if environ else None
    return masks[out] if out else 0


def _view(environ: WSGIEnvironment) -> View:
    path = environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"]
    return View(*path, environ.get("RAW_URI"), environ.get("REQUEST_URI"))


def _left_open(remedy: str, hosts: Hosts, requests: Sequence[Sent], direct: Sequence[int]) -> list[int]:
    """Ask again, where a remedy stands, what runs xmlrpc.php where none does."""
    masks = [0] * len(requests)
    for number, setup in enumerate(SETUPS):
        remedied = with_remedy(setup, remedy)
        if remedied and remedied.name in hosts:
            places = [place for place, mask in enumerate(direct) if mask >> number & 1]
            for reached in ran(hosts[remedied.name], [requests[place] for place in places]):
                masks[places[reached]] |= 1 << number
    return masks


_ASKED_FOR_THEIR_VERSION = {
    "Apache": ("apache2", "-v"),
    "nginx": ("nginx", "-v"),
    "PHP": ("php-cli", "-v"),
    "Caddy": ("caddy", "version"),
    "lighttpd": ("lighttpd", "-v"),
}


def _versions(servers: Iterable[str]) -> dict[str, str]:
    packages = {*servers, "bottle", "WSGIProxy2"} - {"wsgiref"}
    return {**_programs(), **{name: version(name) for name in sorted(packages)}, "Python": sys.version.split()[0]}


@cache
def _programs() -> dict[str, str]:
    versions = {}
    for name, (program, flag) in _ASKED_FOR_THEIR_VERSION.items():
        said = subprocess.run([path(program), flag], check=True, capture_output=True, text=True)
        numbers = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
        assert numbers, said
        versions[name] = numbers[0]
    return versions
