"""The programs that docs/reference/stacks.md puts in front besides nginx and Apache: how each runs the page's files.

A front is known by the folder of its files, as the page has them: ``/etc/haproxy/haproxy.cfg`` is HAProxy's.
"""

import shutil
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from tests.frontends import Listener, NotStartedError, get, serving
from tests.http2 import OverTLS
from tests.real.configuration import USER, Conf
from tests.real.fronts import status
from tests.real.processes import account, give
from tests.real.programs import found
from tests.waiting import PATIENCE


@dataclass(frozen=True)
class Front:
    """A program: its command, what the page and what this machine have for where it listens, and what a test adds.

    ``@etc`` is the folder of its files here, ``@root`` the folder of all else that it writes.
    """

    command: str
    page: str
    here: str
    added: Mapping[str, str] = field(default_factory=dict)
    """What else is in its files, by name."""
    needs: str = ""
    """The Debian package, if the program comes from one; other programs lie beside the interpreter."""
    http_2: str = "plain"
    """How it speaks HTTP/2: "plain" at the same port, by "TLS" at another, or not at all."""
    unix: str = ""
    """What stands for ``page`` if it shall listen on a unix socket."""

    def listener_of_http_2(self, at: Listener, tls: Listener) -> Listener | None:
        """Give where it speaks HTTP/2, if it does."""
        return {"plain": at, "TLS": OverTLS(port=tls.port, protocols=("h2",)), "": None}[self.http_2]

    @property
    def installed(self) -> bool:
        return bool(self.program)

    @property
    def program(self) -> str:
        """The program's path; "" if it is not installed. Of Caddy, Debian has another version."""
        if self.needs:
            return next(iter(found(self.needs)), "")
        return shutil.which(self.command.partition(" ")[0], path=sysconfig.get_path("scripts")) or ""


_SQUID = """
cache_effective_user @user
pid_filename @root/squid.pid
access_log none
cache_log @root/squid.log
shutdown_lifetime 0 seconds
"""
_TRAFFIC_SERVER = """
CONFIG proxy.config.admin.user_id STRING @user
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.log.logging_enabled INT 0
"""
_RUNROOT = """
prefix: @root
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/bin
sysconfdir: @etc
datadir: @root
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: @root
runtimedir: @root
logdir: @root
mandir: /usr/share/man
infodir: /usr/share/info
cachedir: @root
"""
FRONTS: dict[str, Front] = {
    "traefik": Front("traefik --configfile=@etc/traefik.yml", 'address: ":80"', 'address: "127.0.0.1:@port"'),
    "haproxy": Front(
        "haproxy -db -f @etc/haproxy.cfg",
        "bind :80",
        "bind 127.0.0.1:@port",
        needs="haproxy",
        unix="bind unix@@@path mode 666",
    ),
    "envoy": Front(
        "envoy -c @etc/envoy.yaml --concurrency 1 --use-dynamic-base-id --log-level error",
        "{socket_address: {address: 0.0.0.0, port_value: 80}}",
        "{socket_address: {address: 127.0.0.1, port_value: @port}}",
        unix="{pipe: {path: @path, mode: 0666}}",
    ),
    "varnish": Front(
        "varnishd -F -a @listen -f @etc/default.vcl -p feature=+http2 -n @root/work -s malloc,16m",
        ":80",
        "127.0.0.1:@port",
        needs="varnish",
        unix="@path,mode=666",
    ),
    "squid": Front(
        "squid -n guard@port -N -f @etc/squid.conf",  # a name for its shared memory, as a second Squid needs its own
        "http_port 80 ",
        "http_port 127.0.0.1:@port ",
        {"squid.conf": _SQUID},
        needs="squid",
        http_2="",
    ),
    "trafficserver": Front(
        "traffic_server --run-root=@etc/runroot.yaml",
        "server_ports STRING 80",
        "server_ports STRING @port:ip-in=127.0.0.1 @tls:ip-in=127.0.0.1:ssl",
        {
            "records.config": _TRAFFIC_SERVER,
            "ip_allow.yaml": "ip_allow: [{apply: in, ip_addrs: 0/0, action: allow, methods: ALL}]\n",
            "storage.config": "@root 16M\n",
            "ssl_multicert.config": "dest_ip=* ssl_cert_name=@etc/cert.pem ssl_key_name=@etc/cert.pem\n",
            "runroot.yaml": _RUNROOT,
        },
        needs="trafficserver",
        http_2="TLS",
    ),
    "nghttpx": Front(
        "nghttpx --conf=@etc/nghttpx.conf --workers=1 --log-level=ERROR",
        "frontend=*,80;",
        "frontend=127.0.0.1,@port;",
        needs="nghttp2-proxy",
        unix="frontend=unix:@path;",
    ),
    "h2o": Front(
        "h2o -m worker -c @etc/h2o.conf",
        "listen: 80",
        "listen:\n  host: 127.0.0.1\n  port: @port",
        {"h2o.conf": "user: @user\nnum-threads: 1\n"},
        needs="h2o",
        unix="listen:\n  type: unix\n  port: @path",
    ),
    "caddy": Front(
        "caddy run --adapter caddyfile --config @etc/Caddyfile",
        "http://:80 {",
        "{\nadmin off\nservers {\nprotocols h1 h2c\n}\n}\nhttp://:@port {\nbind 127.0.0.1",
        unix="{\nadmin off\n}\nhttp:// {\nbind unix/@path",
    ),
}


@contextmanager
def fronting(name: str, files: Mapping[str, str], root: Path, at: Listener, tls: Listener) -> Iterator[None]:
    """Run a front with the page's files, by name, until the block ends; it answers for the site when that begins."""
    front = FRONTS[name]
    etc = root / name
    etc.mkdir()
    give(etc, account(USER))
    root.chmod(0o711)  # Varnish reads its file as a user of its own
    here = Conf(front.unix if at.path else front.here).substitute(port=at.port, tls=tls.port, path=at.path)
    values = {"etc": etc, "root": root, "user": account(USER).pw_name, "listen": here, "port": at.port}
    for file, text in {**dict.fromkeys(front.added, ""), **files}.items():
        own = text.replace(f"/etc/{name}/", f"{etc}/").replace(front.page, here)
        (etc / file).write_text(own + Conf(front.added.get(file, "")).substitute(values), "utf-8")
    if front.http_2 == "TLS":
        certify(etc / "cert.pem")
    _, *options = Conf(front.command).substitute(values).split()
    with serving((front.program, *options), at, root / "front.out"):
        wait_for_site(at)
        yield


def certify(file: Path) -> None:
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(file)
    give(file, account(USER))


def wait_for_site(at: Listener, seconds: float = PATIENCE) -> None:
    """Wait until a front passes requests on: Traefik answers 404 until it has read its routes.

    The server may answer that it does not understand them, or that it does not trust the front.
    """
    end = time.monotonic() + seconds
    while (answer := status(at, "127.0.0.1", get("/"))) not in (200, 400, 403):
        if time.monotonic() > end:
            raise NotStartedError(f"the front at {at} answers {answer}")
        time.sleep(0.05)
