"""Each format as its program writes it: a file of any networks, for the tests that draw them and for the benchmark."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple

Network = IPv4Network | IPv6Network


class Writer(NamedTuple):
    """How a format is written, and which networks it can hold."""

    write: Callable[[list[Network]], str]
    ipv4_only: bool = False
    hosts_only: bool = False
    not_everyone: bool = False

    def holds(self, network: Network) -> bool:
        """Return whether the format can hold a network."""
        too_many = (self.hosts_only and network.num_addresses > 1) or (self.not_everyone and network.prefixlen == 0)
        return not too_many and not (self.ipv4_only and network.version == 6)


@cache
def _values(network: Network) -> dict[str, object]:
    v4 = network.version == 4
    return {
        "cidr": str(network),
        "first": str(network[0]),
        "last": str(network[-1]),
        "length": network.prefixlen,
        "value": network.num_addresses if v4 else network.prefixlen,
        "mask": str(network.netmask) if v4 else network.prefixlen,
        "version": network.version,
        "spaced": f"{network[0]} {network.netmask}" if v4 else str(network),
        "wildcard": f"{network[0]} {network.hostmask}" if v4 else str(network),
        "bracketed": str(network) if v4 else f"[{network[0]}]/{network.prefixlen}",
    }


def _rows(form: str, before: str = "", after: str = "", **limits: bool) -> Writer:
    def write(networks: Iterable[Network]) -> str:
        return before + "".join(form.format_map(_values(network)) for network in networks) + after

    return Writer(write, **limits)


def _json(make: Callable[[list[Network]], Any]) -> Writer:
    return Writer(lambda networks: json.dumps(make(networks), indent=1))


def _by_family(networks: list[Network], version: int) -> list[str]:
    return [str(network) for network in networks if network.version == version]


def _google(networks: list[Network]) -> Any:
    return {"prefixes": [{f"ipv{network.version}Prefix": str(network)} for network in networks]}


def _fastly(networks: list[Network]) -> Any:
    return {"addresses": _by_family(networks, 4), "ipv6_addresses": _by_family(networks, 6)}


def _oracle(networks: list[Network]) -> Any:
    cidrs = [{"cidr": str(network), "tags": ["OCI"]} for network in networks]
    return {"last_updated_timestamp": "2026-10-06", "regions": [{"region": "eu-a", "cidrs": cidrs}]}


def _atlassian(networks: list[Network]) -> Any:
    rows = [{"network": str(network[0]), "mask_len": network.prefixlen, "cidr": str(network)} for network in networks]
    return {"creationDate": "2026-10-06", "syncToken": 1, "items": rows}


_REGISTRY = "x|DE|ipv{version}|{first}|{value}|20261006|allocated\n"

WRITERS: Mapping[str, Writer] = {
    "lines": _rows("{cidr}\n"),
    "lines of ranges": _rows("{first} - {last} ; why\n"),
    "json": _json(lambda networks: [str(network) for network in networks]),
    "json, Google's": _json(_google),
    "json, Fastly's": _json(_fastly),
    "json, Oracle's": _json(_oracle),
    "json, Atlassian's": _json(_atlassian),
    "json, Spamhaus'": _rows('{{"cidr":"{cidr}","sblid":"SBL1"}}\n', after='{"type":"metadata"}\n'),
    "nginx": _rows("allow {cidr};\n", after="deny all;\n"),
    "nginx-geo": _rows("    {cidr} 1;\n", "geo $office {\n    default 0;\n", "}\n"),
    "nginx-geo, ranges": _rows("    {first}-{last} 1;\n", "geo $office {\n    ranges;\n", "}\n"),
    "nginx-realip": _rows("set_real_ip_from {cidr};\n"),
    "apache": _rows("    Require ip {cidr}\n", "<Files xmlrpc.php>\n", "</Files>\n"),
    "apache, the old words": _rows("Allow from {cidr}\n", "Order Deny,Allow\nDeny from all\n"),
    "apache-remoteip": _rows("RemoteIPTrustedProxy {cidr}\n"),
    "haproxy": _rows("acl office src {cidr}\n"),
    "squid": _rows("acl office src {cidr}\n", "http_port 3128\n", "http_access allow office\n"),
    "varnish": _rows('    "{first}"/{length};\n', "acl office {\n", "}\n"),
    "caddy": _rows("    remote_ip {cidr}\n", "@office {\n", "}\n"),
    "traefik": _rows("    - {cidr}\n", "ipAllowList:\n  sourceRange:\n"),
    "hosts-allow": _rows("sshd: {bracketed}\n"),
    "fail2ban": _rows("    {cidr}\n", "[DEFAULT]\nignoreip =\n"),
    "iis": _rows(
        '  <add ipAddress="{first}" subnetMask="{mask}" allowed="true"/>\n',
        '<ipSecurity allowUnlisted="false">\n',
        "</ipSecurity>\n",
    ),
    "ipset": _rows("add office {cidr}\n"),
    "iptables": _rows("-A INPUT -s {cidr} -j ACCEPT\n", not_everyone=True),
    "ufw": _rows("ufw allow from {cidr}\n", not_everyone=True),
    "nft": _rows("    {cidr},\n", "set office {\n  type ipv4_addr;\n  elements = {\n", "} }\n"),
    "nft, rules": _rows("ip saddr {cidr} accept\n"),
    "pf": _rows("  {cidr}\n", "table <office> {\n", "}\n"),
    "routeros": _rows("add address={cidr} list=office\n"),
    "prefix-list": _rows("ip prefix-list office permit {cidr}\n", not_everyone=True),
    "prefix-list, Juniper's": _rows("set policy-options prefix-list office {cidr}\n", not_everyone=True),
    "rpsl": _rows("route: {cidr}\norigin: AS64496\n\n"),
    "tor": _rows("ExitAddress {first} 2026-10-06 10:00:00\n", hosts_only=True),
    "p2p": _rows("office:{first}-{last}\n", ipv4_only=True),
    "dat": _rows("{first} - {last} , 000 , office\n", ipv4_only=True),
    "delegated": _rows(_REGISTRY),
    "firewalld": _rows("  <entry>{cidr}</entry>\n", '<ipset type="hash:net">\n', "</ipset>\n"),
    "firewalld, a zone": _rows('  <source address="{cidr}"/>\n', '<zone>\n  <service name="http"/>\n', "</zone>\n"),
    "csf": _rows("tcp|in|d=443|s={cidr} # office\n"),
    "cisco": _rows(" network-object {spaced}\n", "object-group network office\n"),
    "cisco, IOS's": _rows("access-list 10 permit {wildcard}\n", not_everyone=True),
    "spf": _rows("ip{version}:{cidr} ", '"v=spf1 ', '-all"\n'),
    "items": _rows("  - {cidr}\n", "office:\n"),
    "items, Terraform's": _rows('  "{cidr}",\n', "office = [\n", "]\n"),
    "map": _rows("{cidr} 1\n"),
    "csv": _rows("{cidr},DE,,,\n"),
    "csv, ranges": _rows("office,{first},{last}\n", "name,start,end\n"),
}
"""By format; what comes after a comma tells apart two ways to write one."""


def format_of(name: str) -> str:
    """Give the format that a writer writes."""
    return name.partition(",")[0].partition(" ")[0]
