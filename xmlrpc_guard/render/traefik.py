"""The rule for Traefik: routers of higher priority for each host, in a file of the dynamic configuration.

A router is either for requests over TLS or for those without, so each host needs two.

Traefik has no list of denied addresses: those are cut out of the allowed ones before the rule is written. Its
PathRegexp sees a path in which percent signs and slashes are still escaped.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from xmlrpc_guard.render.patterns import LAYERED_UNDECODED, escaped_pattern
from xmlrpc_guard.render.rule import Rule, cut_out

PRIORITY = 1_000_000
"""Above the priority of any rule without one of its own, which is the rule's length."""


class TraefikSite(NamedTuple):
    """What the routers of a site say of it, and the rule's have to repeat."""

    service: str
    hosts: tuple[str, ...]
    """None for all hosts."""
    tls_options: str
    entry_points: tuple[str, ...] = ()
    """None for all default ones."""

    @property
    def name(self) -> str:
        """The name of the site's routers: of two of one name, in two files, Traefik leaves out the second."""
        return f"xmlrpc-guard-{sha256(repr(tuple(self)).encode()).hexdigest()[:8]}"


def render(rule: Rule, site: TraefikSite) -> str:
    """Write the rule for a site."""
    return "\n".join((*_head(rule, site), *_routers(rule, site), *_middleware(rule, site), ""))


def _head(rule: Rule, site: TraefikSite) -> Iterator[str]:
    yield "# Who may reach XML-RPC. A file of the dynamic configuration (providers.file)."
    yield "# A service of another provider has its name behind it: site@docker. Traefik leaves out a router whose"
    yield "# service it does not know, and so the rule; it says so in its log alone."
    if not site.entry_points:
        yield "# It is asked on all entry points; if one of yours has asDefault, on those that have it alone."
    if rule.proxies:
        yield "# The entry point's forwardedHeaders.trustedIPs must name the same proxies:"
        yield from (f"#     {line.cidr}  {line.origin}" for line in rule.proxies)
    yield f"# Written by: {rule.again}"


def _routers(rule: Rule, site: TraefikSite) -> Iterator[str]:
    path = f"PathRegexp(`(?i)(?:{escaped_pattern(rule.scripts)}|{LAYERED_UNDECODED})`)"
    options = f"{{options: {json.dumps(site.tls_options)}}}" if site.tls_options else "{}"
    yield from ("http:", "  routers:")
    for number, host in enumerate(site.hosts or [""]):
        condition = _host(host, named=bool(site.tls_options))
        for name, tls in ((f"{site.name}-{number}", ""), (f"{site.name}-{number}-tls", f"      tls: {options}")):
            yield from (f"    {name}:", f"      rule: {json.dumps(condition + path)}")
            yield from (f"      priority: {PRIORITY}", f"      middlewares: [{site.name}]")
            yield f"      service: {json.dumps(site.service)}"
            if site.entry_points:
                yield f"      entryPoints: {json.dumps(site.entry_points)}"
            yield from filter(None, [tls])


def _host(host: str, *, named: bool) -> str:
    """Write the condition for a host; none for all hosts.

    A router that names a host has a say in that host's TLS options, and where two routers differ, Traefik falls back to
    its own: the site's would be lost. A pattern names no host. With options other than Traefik's own it is no help: a
    router of such a host must have the same, or Traefik answers 421.
    """
    if not host:
        return ""
    return f"Host(`{host}`) && " if named else f"HostRegexp(`(?i)^{host.replace('.', '[.]')}[.]?$`) && "


def _middleware(rule: Rule, site: TraefikSite) -> Iterator[str]:
    yield from ("  middlewares:", f"    {site.name}:", "      ipAllowList:", "        sourceRange:")
    allowed = [*cut_out(rule.allow, rule.deny)]
    yield from (f'          - "{line.cidr}"  # {line.origin}' for line in allowed)
    if not allowed:  # an empty list is an error, and this address is no client's
        yield '          - "255.255.255.255/32"  # no one'
    if rule.proxies:
        yield from ("        ipStrategy:", "          excludedIPs:")
        yield from (f'            - "{line.cidr}"' for line in rule.proxies)
