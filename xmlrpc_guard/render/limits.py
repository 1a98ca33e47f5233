"""What a server in front cannot decide as the guard does, and whether it may be left out of its rule."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xmlrpc_guard.render.rule import Rule

NGINX, APACHE, CADDY, HAPROXY, TRAEFIK = "nginx", "apache", "caddy", "haproxy", "traefik"
SERVERS = (NGINX, APACHE, CADDY, HAPROXY, TRAEFIK)
EXPANDED: Mapping[str, str] = {APACHE: "\\\n", CADDY: "{$", TRAEFIK: "{{"}
"""What a server replaces even in a comment: there the next line, a variable of its environment, a template.

No rule has it of itself, but the name of a file may have it.
"""


class EdgeNeeds(NamedTuple):
    """What of the settings decides whether a server can say them all."""

    forwarded_header: str
    files: tuple[tuple[str, str], ...]
    """The entries that name list files, each with its setting."""
    overlap: tuple[str, ...]
    """The ranges that are in allow and in trusted_proxies."""
    unknown: tuple[str, ...]
    """Settings that are given, and by which the guard lets requests through that no rule can."""


class Limit(NamedTuple):
    """Something that a rule cannot express."""

    name: str
    """The name to write after ``--accept``."""
    sentence: str
    accept: bool
    """Whether it may be left out: then more is refused, or a list is as old as the rule."""


def find_limits(server: str, rule: Rule, written: EdgeNeeds, *, apart: bool = False) -> Iterator[Limit]:
    """Give what a server cannot express of a rule; ``apart`` says that the lists are in a file of their own.

    >>> rule = Rule((), (), (), True, ("xmlrpc.php",), False, False, "")
    >>> written = EdgeNeeds("X-Forwarded-For", (("allow", "file:/a"),), (), ())
    >>> [limit.name for limit in find_limits("nginx", rule, written)]
    ['unix', 'live-lists']
    """
    yield from _find_of_clients(rule, written)
    yield from _find_of_lists(server, written, apart=apart)
    if written.overlap:
        sentence = f"{', '.join(written.overlap)} is in allow and in trusted_proxies: its own requests are refused"
        yield Limit("overlap", sentence, accept=True)
    if rule.report_only and server == TRAEFIK:
        yield Limit("report_only", "report_only: Traefik has no form that only logs", accept=False)
    if rule.runs_php and server in (HAPROXY, TRAEFIK):
        yield Limit("runs-php", "--runs-php: this server passes requests on; write --passes-on", accept=False)
    for name in written.unknown:
        yield Limit(name, f"{name} is left out: what it allows is refused", accept=True)


def _find_of_clients(rule: Rule, written: EdgeNeeds) -> Iterator[Limit]:
    if written.forwarded_header != "X-Forwarded-For" and rule.behind_proxies:
        sentence = f"forwarded_header is {written.forwarded_header}, and no rule reads any but X-Forwarded-For"
        yield Limit("forwarded_header", sentence, accept=False)
    if rule.unix:
        yield Limit("unix", "trusted_proxies has 'unix': a unix socket's client is refused", accept=True)


def _find_of_lists(server: str, written: EdgeNeeds, *, apart: bool) -> Iterator[Limit]:
    for _, file in [each for each in written.files if not apart or _is_outside(server, each[0])][:1]:
        sentence = f"{file} is a file that the guard follows: here its entries stay as they are now"
        yield Limit("live-lists", sentence, accept=True)
    if apart and server == TRAEFIK:
        sentence = "--lists: Traefik passes all through if a list is missing, and reads a new rule by itself"
        yield Limit("lists", f"{sentence}; write the rule in one file", accept=False)


def _is_outside(server: str, setting: str) -> bool:
    """Return whether a list also stands in the server's own settings, which no file of lists changes."""
    return server == CADDY and setting == "trusted_proxies"
