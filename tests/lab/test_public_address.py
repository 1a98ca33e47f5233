"""The public address of a site, as PHP hears it: nginx as the page has it, a server with the chain, PHP after it."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xmlrpc.client import Fault, loads

import pytest
import trustme

from tests.frontends import Listener, free_port, serving
from tests.lab.conftest import Ask
from tests.lab.database import lacks_mariadb
from tests.lab.jetpack import Call, send
from tests.lab.php import HTTPS, TCP, UNIX, lacks_apache, lacks_nginx
from tests.lab.visitor import LISTED, Visitor
from tests.lab.wordpress import HOST, WordPress, lacks_wordpress
from tests.manual import read_pages
from tests.real.chains import GUARDED
from tests.real.configuration import USER
from tests.real.fronts import nginx
from tests.real.processes import account, folder_of
from tests.real.programs import lacks, path

pytestmark = [lacks_wordpress, lacks_mariadb, lacks_nginx]

PAGE = read_pages("guides/in-front-of-php", "reference/proxy")
LOCATION = re.findall(r"^    location / \{\n.*?^    \}", PAGE, re.MULTILINE | re.DOTALL)[0]
PORT, PORT_OF_HOST = "X-Forwarded-Port $server_port;", 'X-Forwarded-Port "";'


@dataclass(frozen=True)
class Secure(Listener):
    """Where a server listens that speaks TLS."""

    authority: str = ""

    def connect(self, source: str = "") -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.authority)
        return context.wrap_socket(super().connect(source), server_hostname=HOST)


@dataclass(frozen=True)
class Public:
    """A site at a public address: its scheme and host, the listener there, and the server that runs PHP."""

    wordpress: WordPress
    scheme: str
    listener: Listener
    host: str

    def visit(self, target: str, **fields: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in fields.items()}
        return Visitor(self.listener).get(target, {"Host": self.host, **given})

    def call(self, signed_port: int = 0) -> str:
        """Call as Jetpack does, and give what comes back; under a signature for another port, if one is named."""
        call = Call(host=self.host, scheme=self.scheme)
        signed = replace(call, host=f"{HOST}:{signed_port}") if signed_port else call
        answer = send(Visitor(self.listener, LISTED), call, signed, self.wordpress.jetpack_secret)
        return str(loads(answer.body)[0][0])


PORTS = ("a port of its own", "the scheme's port")


def address(port: str, number: int) -> tuple[str, str]:
    """Give nginx' location and the public host, where nginx itself listens at a port of its own."""
    if port == "a port of its own":
        return LOCATION, f"{HOST}:{number}"
    return LOCATION.replace(PORT, PORT_OF_HOST), HOST


CADDYFILE = re.findall(r"^    http://:8080 \{\n.*?^    \}", PAGE, re.MULTILINE | re.DOTALL)[0]


@contextmanager
def caddy(wordpress: WordPress, caddyfile: str = CADDYFILE) -> Iterator[Listener]:
    """Serve WordPress by Caddy as the page has it, and the PHP-FPM that nginx asks too."""
    with folder_of(account(USER)) as root:
        at = Listener(port=free_port())
        for there, here in {
            ":8080": f":{at.port}",
            "/var/www/html": str(wordpress.folder),
            "/run/php/php-fpm.sock": f"{wordpress.root}/fpm.socket",
        }.items():
            caddyfile = caddyfile.replace(there, here)
        (root / "Caddyfile").write_text(f"{{\nadmin off\n}}\n{caddyfile}", "utf-8")
        home = ("env", f"HOME={root}", f"XDG_CONFIG_HOME={root}", f"XDG_DATA_HOME={root}")
        command = (*home, path("caddy"), "run", "--adapter", "caddyfile", "--config", f"{root}/Caddyfile")
        with serving(command, at, root / "caddy.out"):
            yield at


@contextmanager
def front(root: Path, scheme: str, chain: Listener, location: str, port: int) -> Iterator[Listener]:
    """Run nginx with the page's location, in front of a chain."""
    at, tls = Listener(port=port), ""
    if scheme == "https":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(root / "authority.pem")
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(root / "cert.pem")
        at = Secure(port=port, authority=f"{root}/authority.pem")
        tls = f"ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/cert.pem;"
    onward = location.replace("127.0.0.1:8000", f"127.0.0.1:{chain.port}")
    listen = f"listen 127.0.0.1:{port}{' ssl' if tls else ''};"
    with nginx(root, f"server {{ {listen} {tls}\n{onward}\n}}", Listener(port=port)):
        yield at


def way(server: str, transport: str, scheme: str, chain: str, port: str) -> Any:
    lacking = {"Apache": lacks_apache, "nginx": lacks_nginx, "Caddy": lacks("caddy")}[server]
    name = f"{scheme} on {port}, {chain}, {server} on {transport}"
    return pytest.param((server, transport, scheme, chain, port), id=name, marks=lacking)


UPSTREAMS = [
    ("Apache", TCP, "http"),
    ("Apache", HTTPS, "https"),
    *(("nginx", transport, scheme) for transport in (TCP, UNIX) for scheme in ("http", "https")),
    *(("Caddy", TCP, scheme) for scheme in ("http", "https")),
]
WAYS = [way(*upstream, chain, port) for upstream in UPSTREAMS for chain in GUARDED for port in PORTS]


@pytest.fixture(scope="module", params=WAYS)
def public(request: pytest.FixtureRequest, wordpress: WordPress, at_server: Ask) -> Iterator[Public]:
    server, transport, scheme, chain, port = request.param
    number = free_port()
    location, host = address(port, number)
    at_server("nginx", TCP)  # it comes with PHP-FPM
    with (
        folder_of(account(USER)) as root,
        caddy(wordpress) if server == "Caddy" else nullcontext(at_server(server, transport)) as upstream,
        GUARDED[chain](upstream) as guarded,
        front(root, scheme, guarded, location, number) as listener,
    ):
        yield Public(wordpress, scheme, listener, host)


def test_jetpacks_signature_holds(public: Public) -> None:
    assert public.call() == "the signature holds"


def test_jetpacks_signature_breaks_for_another_port(public: Public) -> None:
    with pytest.raises(Fault, match=r"requested method jetpack\.testConnection does not exist"):
        public.call(signed_port=81)


@pytest.mark.parametrize(
    ("target", "location"),
    [
        pytest.param("/wp-admin", "/wp-admin/", id="by the upstream itself"),
        pytest.param("/hello-world", "/hello-world/", id="by WordPress"),
    ],
)
def test_a_redirect_leads_to_the_public_address(target: str, location: str, public: Public) -> None:
    answer = public.visit(target)
    assert answer.status // 100 == 3
    assert urljoin(f"{public.scheme}://{public.host}/", answer.headers["Location"]) == (
        f"{public.scheme}://{public.host}{location}"
    )


FORGED = {"X_Forwarded_Port": "1", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "gopher"}


@pytest.mark.parametrize("fields", [{}, FORGED], ids=["nothing", "the fields of the public address"])
def test_php_hears_the_public_address_with_any_fields_of_a_client(fields: dict[str, str], public: Public) -> None:
    server = json.loads(public.visit("/echo.php", **fields).body)["server"]
    port = public.host.partition(":")[2] or {"http": "80", "https": "443"}[public.scheme]
    heard = [server[f"HTTP_X_FORWARDED_{name}"] for name in ("PROTO", "HOST", "PORT")]
    assert heard == [public.scheme, public.host, port]


def test_the_upstreams_own_port_breaks_a_signature(wordpress: WordPress, at_server: Ask) -> None:
    site = Public(wordpress, "http", at_server("nginx", TCP), HOST)
    with pytest.raises(Fault, match=r"requested method jetpack\.testConnection does not exist"):
        site.call()


@lacks("caddy")
def test_caddy_takes_the_proxy_for_a_stranger_without_its_setting(wordpress: WordPress, at_server: Ask) -> None:
    at_server("nginx", TCP)
    without = CADDYFILE.replace("trusted_proxies 127.0.0.1/32", "")
    with caddy(wordpress, without) as upstream, GUARDED["waitress"](upstream) as guarded:
        site = Public(wordpress, "https", guarded, HOST)
        server = json.loads(site.visit("/echo.php", X_Forwarded_Proto="https").body)["server"]
    assert (server["HTTP_X_FORWARDED_PROTO"], server["HTTP_X_FORWARDED_FOR"]) == ("http", "127.0.0.1")
