"""The rule for Traefik: a router of higher priority for each host, in a file of the dynamic configuration.

Traefik has no list of denied addresses: those are cut out of the allowed ones before the rule is written. Its
PathRegexp sees a path in which percent signs and slashes are still escaped.
"""

import json
from collections.abc import Iterator, Sequence

from xmlrpc_guard.render.patterns import LAYERED_UNDECODED, escaped_pattern
from xmlrpc_guard.render.rule import Rule, cut_out

PRIORITY = 1_000_000
"""Above the priority of any rule without one of its own, which is the rule's length."""


def render(rule: Rule, hosts: Sequence[str], service: str) -> str:
    """Write the rule for these hosts, whose requests go to ``service`` of the dynamic configuration."""
    return "\n".join((*_head(rule), *_routers(rule, hosts, service), *_middleware(rule), ""))


def _head(rule: Rule) -> Iterator[str]:
    yield "# Who may reach XML-RPC. A file of the dynamic configuration (providers.file)."
    if rule.proxies:
        yield "# The entry point's forwardedHeaders.trustedIPs must name the same proxies:"
        yield from (f"#     {line.cidr}  {line.origin}" for line in rule.proxies)
    yield f"# Written by: {rule.again}"


def _routers(rule: Rule, hosts: Sequence[str], service: str) -> Iterator[str]:
    path = f"PathRegexp(`(?i)(?:{escaped_pattern(rule.scripts)}|{LAYERED_UNDECODED})`)"
    yield from ("http:", "  routers:")
    for number, host in enumerate(hosts):
        yield f"    xmlrpc-guard-{number}:"
        yield f"      rule: {json.dumps(f'Host(`{host}`) && {path}')}"
        yield from (f"      priority: {PRIORITY}", "      middlewares: [xmlrpc-guard]")
        yield f"      service: {json.dumps(service)}"


def _middleware(rule: Rule) -> Iterator[str]:
    yield from ("  middlewares:", "    xmlrpc-guard:", "      ipAllowList:", "        sourceRange:")
    allowed = [*cut_out(rule.allow, rule.deny)]
    yield from (f'          - "{line.cidr}"  # {line.origin}' for line in allowed)
    if not allowed:  # an empty list is an error, and this address is no client's
        yield '          - "255.255.255.255/32"  # no one'
    if rule.proxies:
        yield from ("        ipStrategy:", "          excludedIPs:")
        yield from (f'            - "{line.cidr}"' for line in rule.proxies)
