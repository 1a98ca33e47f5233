"""Rules of nginx, Apache and HAProxy, asked of the server itself, and the lists that are converted from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.frontends import Listener, reserved_ports, serving
from tests.real.configuration import USER
from tests.real.fronts import apache, nginx, status
from tests.real.processes import account, folder_of
from tests.real.programs import lacks, path
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import convert
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.ranges import WIDTH, format_address, format_range

pytestmark = lacks("nginx", "nginx-common", "apache2", "libapache2-mod-wsgi-py3", "haproxy")

FORBIDDEN = 403


class Rules(NamedTuple):
    """Rules of a server, as they stand in its configuration."""

    server: str
    site: str
    text: str


NGINX = """
server {{
    listen 127.0.0.1:{port};
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    location / {{
        empty_gif;
        {rules}
    }}
}}
"""
GEO = """
{rules}
server {{
    listen 127.0.0.1:{port};
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    location / {{
        if ($office{number}) {{ return 200; }}
        return 403;
    }}
}}
"""
APACHE = """
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    RemoteIPHeader X-Real-IP
    RemoteIPInternalProxy 127.0.0.1
    <Location />
{rules}
    </Location>
</VirtualHost>
"""
HAPROXY = """
frontend port{port}
    bind 127.0.0.1:{port}
    http-request set-src hdr(x-real-ip)
{rules}
    http-request return status 200 if office
    http-request return status 403
"""
V4, V6 = ["10.1.2.3/8", "192.0.2.7", "198.51.100.64/26"], ["2001:db8:1::5/48", "2001:db8::7"]

RULES: list[Any] = [
    pytest.param(
        Rules("nginx", NGINX, "".join(f"allow {each};\n" for each in V4 + V6) + "deny all;\n"),
        id="allow, host bits too",
    ),
    pytest.param(Rules("nginx", NGINX, "allow '10.0.0.0/8'; deny 'all'; access_log off;"), id="allow with quotes"),
    pytest.param(
        Rules("nginx", GEO, "geo $office{number} {{ default 0;\n" + "".join(f"{each} 1;\n" for each in V4 + V6) + "}}"),
        id="geo, host bits too",
    ),
    pytest.param(
        Rules("nginx", GEO, "geo $office{number} {{ ranges; 10.1.2.3-10.1.2.9 1; 192.0.2.0-192.0.2.255 1; }}"),
        id="geo with ranges",
    ),
    pytest.param(
        Rules("nginx", GEO, "geo $office{number} {{ proxy 192.0.2.0/24; default 0; 10.0.0.0/8 1; 10.1.0.0/16 1; }}"),
        id="geo with a proxy, and a row within another",
    ),
    pytest.param(
        Rules("apache", APACHE, "Require ip 10.1.2.3/16 172.20 192.168.2. 198\nRequire ip 2001:db8:1::5/48\n"),
        id="Require ip, partial addresses too",
    ),
    pytest.param(
        Rules("apache", APACHE, "Require all denied\nRequire ip 10.1.0.0/255.255.0.0 192.0.2.7\n"),
        id="Require all denied beside an address",
    ),
    pytest.param(
        Rules("apache", APACHE, "<RequireAll>\nRequire ip 10.1 10.2\n</RequireAll>\n"), id="one rule of RequireAll"
    ),
    pytest.param(
        Rules(
            "apache", APACHE, "Order Deny,Allow\nAllow from 10.1 192.0.2.0/24\nDeny from all\nAllow from 2001:db8::7\n"
        ),
        id="Deny from all under Order Deny,Allow",
    ),
    pytest.param(Rules("apache", APACHE, "Order Allow,Deny\nAllow from 10.1.\n"), id="Order Allow,Deny without Deny"),
    pytest.param(
        Rules("apache", APACHE, "Deny from all\nAllow from 10.1\nSatisfy All\n"), id="no Order, which is Deny,Allow"
    ),
    pytest.param(
        Rules("haproxy", HAPROXY, f"acl office src -n {' '.join(V4)}\nacl office src -m ip -- {' '.join(V6)}\n"),
        id="acl with flags, host bits too",
    ),
    pytest.param(Rules("haproxy", HAPROXY, "acl office src 10.0.0.0/255.0.0.0 # 192.0.2.7\n"), id="acl with a mask"),
]
OPEN: list[Any] = [
    pytest.param(
        Rules("apache", APACHE, "Order Deny,Allow\nAllow from 10.1\n"), id="Order Deny,Allow without Deny from all"
    ),
    pytest.param(Rules("apache", APACHE, "Allow from 10.1 192.0.2.0/24\n"), id="Allow from alone"),
    pytest.param(
        Rules("apache", APACHE, "Order Deny,Allow\n<IfModule absent>\nDeny from all\n</IfModule>\nAllow from 10.2\n"),
        id="Deny from all under a condition that does not hold",
    ),
]
# What Apache refuses to everyone, and the rules beside it seem to let in.
CLOSED: list[Any] = [
    pytest.param(
        Rules(
            "apache",
            APACHE,
            "<IfModule authz_host_module>\nOrder Allow,Deny\n</IfModule>\n"
            "<IfModule authz_host_module>\nDeny from all\nAllow from 192.0.2.7\n</IfModule>\n",
        ),
        id="an Order in another section of the same condition",
    ),
]
_DEFAULTS = "defaults\n    mode http\n    timeout connect 9s\n    timeout client 9s\n    timeout server 9s\n"
_MODULES = ("authz_host", "access_compat", "remoteip")


def haproxy(root: Path, sites: str, at: Listener) -> Any:
    conf = root / "haproxy.cfg"
    conf.write_text(f"{_DEFAULTS}{sites}", "utf-8")
    return serving((path("haproxy"), "-db", "-f", str(conf)), at, root / "haproxy.out")


def apache_with_modules(root: Path, sites: str, at: Listener) -> Any:
    folder = Path(path("libapache2-mod-wsgi-py3")).parent
    modules = "".join(f"LoadModule {name}_module {folder}/mod_{name}.so\n" for name in _MODULES)
    return apache(root, modules + sites, at)


STARTS = {"nginx": nginx, "apache": apache_with_modules, "haproxy": haproxy}


@contextmanager
def running(server: str, of_server: list[Rules]) -> Iterator[dict[str, Listener]]:
    """Run one server with a site for each of its rules, and give where each site is."""
    with folder_of(account(USER)) as root, reserved_ports(len(of_server)) as ports:
        sites = "".join(
            rules.site.format(port=port, number=port, rules=rules.text.format(number=port))
            for rules, port in zip(of_server, ports, strict=True)
        )
        listeners = {rules.text: Listener(port=port) for rules, port in zip(of_server, ports, strict=True)}
        with STARTS[server](root, sites, next(iter(listeners.values()))):
            yield listeners


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Listener]]:
    every = [row.values[0] for row in RULES + OPEN + CLOSED]
    with (
        running("nginx", [rules for rules in every if rules.server == "nginx"]) as first,
        running("apache", [rules for rules in every if rules.server == "apache"]) as second,
        running("haproxy", [rules for rules in every if rules.server == "haproxy"]) as third,
    ):
        yield {**first, **second, **third}


def lets_in(at: Listener, address: str) -> bool:
    request = f"GET / HTTP/1.0\r\nX-Real-IP: {address}\r\n\r\n".encode()
    return status(at, "127.0.0.1", request) != FORBIDDEN


@pytest.mark.parametrize("rules", RULES)
def test_a_converted_list_lets_in_whom_the_server_lets_in(rules: Rules, sites: dict[str, Listener]) -> None:
    entries = convert(rules.text.format(number=1).encode(), "rules").entries
    networks = Networks(format_range(entry.range) for entry in entries)
    edges = {(entry.range[0], end + step) for entry in entries for end in entry.range[1:] for step in (-1, 0, 1)}
    inside = {(version, end) for version, end in edges if 0 < end < 1 << WIDTH[version]}
    asked = sorted({*(format_address(version, end) for version, end in inside), "203.0.113.9", "2001:db8:ffff::1"})
    answers = {address: lets_in(sites[rules.text], address) for address in asked}
    assert answers == {address: address in networks for address in asked}
    assert True in answers.values()
    assert False in answers.values()


@pytest.mark.parametrize("rules", OPEN)
def test_rules_by_which_the_server_lets_everyone_in_are_refused(rules: Rules, sites: dict[str, Listener]) -> None:
    assert lets_in(sites[rules.text], "203.0.113.9")
    with pytest.raises(SourceError):
        convert(rules.text.encode(), "rules")


@pytest.mark.parametrize("rules", CLOSED)
def test_rules_by_which_the_server_lets_no_one_in_are_refused(rules: Rules, sites: dict[str, Listener]) -> None:
    assert not lets_in(sites[rules.text], "192.0.2.7")
    with pytest.raises(SourceError):
        convert(rules.text.encode(), "rules")
