"""Every request, through every server and way of forwarding, to every set-up: measured in two steps and joined.

What a server makes of a request does not depend on what stands behind it, and what PHP does with a forwarded
request does not depend on who forwarded it. So each server is asked once for its environ, each environ is given once
to each forwarder, and each distinct request that comes out is sent once to each set-up.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from wsgiref.types import WSGIEnvironment

from tests.backends.forwarders import FORWARDERS
from tests.backends.hosts import Host, hosts
from tests.backends.oracle import reaching, written
from tests.backends.programs import path
from tests.backends.recorder import forwarded
from tests.backends.setups import POST, REQUIRE, SETUPS, Setup, yardstick
from tests.frontends import COMMANDS, running
from tests.spellings.corpus import Row, Sent
from tests.spellings.truth import Truth, View

REMEDIES = (POST, REQUIRE)
_ENVIRON = re.compile(rb"X-Environ: (\{.*\})", re.IGNORECASE)
# What the servers said in a sandbox of no interest, but forwarders read.
_REST = {
    "REMOTE_ADDR": "127.0.0.1",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "localhost",
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
}
Seen = dict[str, list[WSGIEnvironment | None]]


def measure(rows: Sequence[Row], setups: Sequence[Setup] = SETUPS, servers: Iterable[str] = COMMANDS) -> Truth:
    """Ask all of them about these rows."""
    requests = [row.sent for row in rows]
    seen = {server: environs(server, requests) for server in servers}
    sent = {way: _forward(way, seen) for way in FORWARDERS}
    with hosts([*setups, *_remedied(setups)]) as running_hosts:
        plain = [running_hosts[setup.name] for setup in setups]
        masks = _masks(plain, {*requests, *(out for ways in sent.values() for out in ways.values() if out)})
        direct = [masks[request] for request in requests]
        remedies = {remedy: _let_through(remedy, running_hosts, plain, requests, direct) for remedy in REMEDIES}
    through = {
        server: {way: [_reached(environ, sent[way], masks) for environ in views] for way in FORWARDERS}
        for server, views in seen.items()
    }
    views = {server: [environ and _view(environ) for environ in given] for server, given in seen.items()}
    return Truth(_versions(servers), [s.name for s in setups], list(rows), direct, views, through, remedies)


def environs(server: str, requests: Sequence[Sent]) -> list[WSGIEnvironment | None]:
    """Give what a WSGI server puts into environ for each request; None where it answers by itself."""
    with running(server, "tests.apps:seen") as at, ThreadPoolExecutor(16) as pool:
        answers = pool.map(at.ask, map(written, requests))
        return [json.loads(found[1]) if (found := _ENVIRON.search(answer)) else None for answer in answers]


def _key(environ: WSGIEnvironment) -> str:
    return json.dumps(environ)


def _forward(way: str, seen: Seen) -> dict[str, Sent | None]:
    """Give what one way of forwarding makes of each environ, by the environ's key."""
    distinct = {_key(environ): environ for views in seen.values() for environ in views if environ}
    sent = forwarded(FORWARDERS[way], ({**_REST, **environ} for environ in distinct.values()))
    return dict(zip(distinct, sent, strict=True))


def _masks(plain: Sequence[Host], requests: Iterable[Sent]) -> dict[Sent, int]:
    asked = sorted(requests)
    masks = dict.fromkeys(asked, 0)
    reached = reaching(plain, asked)
    for number, host in enumerate(plain):
        for place in reached[host.setup.name]:
            masks[asked[place]] |= 1 << number
    return masks


def _reached(environ: WSGIEnvironment | None, sent: Mapping[str, Sent | None], masks: Mapping[Sent, int]) -> int:
    out = sent[_key(environ)] if environ else None
    return masks[out] if out else 0


def _view(environ: WSGIEnvironment) -> View:
    return View(environ["SCRIPT_NAME"], environ["PATH_INFO"], environ.get("RAW_URI"), environ.get("REQUEST_URI"))


def _remedied(setups: Iterable[Setup]) -> list[Setup]:
    return [found for setup in setups for remedy in REMEDIES if (found := yardstick(setup, remedy))]


def _let_through(
    remedy: str, running_hosts: Mapping[str, Host], plain: Sequence[Host], requests: Sequence[Sent], direct: list[int]
) -> list[int]:
    """Ask again, where a remedy stands, what runs xmlrpc.php where none does."""
    masks = [0] * len(requests)
    for number, host in enumerate(plain):
        guarded = yardstick(host.setup, remedy)
        if guarded:
            places = [place for place, mask in enumerate(direct) if mask >> number & 1]
            reached = reaching([running_hosts[guarded.name]], [requests[place] for place in places])
            for found in reached[guarded.name]:
                masks[places[found]] |= 1 << number
    return masks


_ASKED_FOR_THEIR_VERSION = {
    "Apache": ("apache2", "-v"),
    "nginx": ("nginx", "-v"),
    "PHP": ("php-cli", "-v"),
    "Caddy": ("caddy", "version"),
    "lighttpd": ("lighttpd", "-v"),
}


def _versions(servers: Iterable[str]) -> dict[str, str]:
    found = {}
    for name, (program, flag) in _ASKED_FOR_THEIR_VERSION.items():
        said = subprocess.run([path(program), flag], check=True, capture_output=True, text=True)
        numbers = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
        found[name] = numbers[0] if numbers else said.stdout
    packages = {*servers, "WSGIProxy2"} - {"wsgiref"}
    found |= {name: version(name) for name in sorted(packages)}
    return {**found, "Python": sys.version.split()[0]}
