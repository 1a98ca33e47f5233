"""Proxies that keep connections to a server and send the requests of all their clients over them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from tests.frontends import Listener, free_port
from tests.lab.fronts import FRONTS, fronting
from tests.real.configuration import Conf
from tests.real.fronts import nginx
from tests.real.programs import lacks

Pool = Callable[[Path, Listener, Listener], AbstractContextManager[object]]

_NGINX = Conf("""
upstream pool { server 127.0.0.1:@to; keepalive 8; }
server {
    listen 127.0.0.1:@port;
    client_max_body_size 0;
    location / {
        proxy_pass http://pool;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_request_buffering off;  # or it measures what comes in chunks
    }
}
""")
_HAPROXY = Conf("""
global
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    http-reuse always
frontend all
    bind :80
    default_backend pool
backend pool
    server one 127.0.0.1:@to
""")
_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ENVOY = Conf("""
static_resources:
  listeners:
  - address: {socket_address: {address: 0.0.0.0, port_value: 80}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@@type": type.googleapis.com/@manager
          stat_prefix: all
          use_remote_address: true
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: pool}}]}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: pool
    load_assignment:
      cluster_name: pool
      endpoints:
      - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: @to}}}}]
""")


def _nginx(root: Path, at: Listener, to: Listener) -> AbstractContextManager[object]:
    return nginx(root, _NGINX.substitute(to=to.port, port=at.port), at)


def _haproxy(root: Path, at: Listener, to: Listener) -> AbstractContextManager[object]:
    return fronting("haproxy", {"haproxy.cfg": _HAPROXY.substitute(to=to.port)}, root, at, at)


def _envoy(root: Path, at: Listener, to: Listener) -> AbstractContextManager[object]:
    return fronting("envoy", {"envoy.yaml": _ENVOY.substitute(to=to.port, manager=_MANAGER)}, root, at, at)


POOLS: dict[str, Pool] = {"nginx": _nginx, "haproxy": _haproxy, "envoy": _envoy}


def is_installed(pool: str) -> bool:
    return FRONTS[pool].installed if pool in FRONTS else not lacks("nginx", "nginx-common").args[0]


class Answer(NamedTuple):
    """What came back: 0 for nothing; whether it says that the connection ends; and the status of a second answer."""

    status: int
    ends: bool
    second: int = 0


def post(target: str, body: bytes, *headers: str, chunked: bool = False) -> bytes:
    """Write a request whose connection is kept."""
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = "\r\n".join((f"POST {target} HTTP/1.1", "Host: localhost", *headers, framing, "", ""))
    pieces = [body[at : at + 8000] for at in range(0, len(body), 8000)]
    inside = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n" if chunked else body
    return head.encode() + inside


def ask(at: Listener, *requests: bytes) -> Answer:
    """Send one request or two on one connection, each when the answer before it is there."""
    found: list[tuple[int, bytes]] = []
    with at.connect() as connection, connection.makefile("rb") as answers:
        for request in requests:
            try:
                connection.sendall(request)
                head = b"".join(takewhile(b"\r\n".__ne__, answers))
                answers.read(int((re.findall(rb"(?i)\ncontent-length: *([0-9]+)", head) or [b"0"])[0]))
            except OSError:
                break
            if not head:
                break
            found.append((int(head.split()[1]), head.lower()))
    statuses = [status for status, _ in found] + [0, 0]
    return Answer(statuses[0], any(b"\nconnection: close" in head for _, head in found[:1]), statuses[1])


def free() -> Listener:
    return Listener(port=free_port())
