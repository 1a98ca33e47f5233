"""The rule for Caddy: a matcher and a ``handle`` for each site, in front of its other handles.

Where it stands decides: in Caddy's own order ``error`` and ``respond`` come after ``handle``, so that by themselves
they are not reached in a site that is written with handles. And it is ``respond``, since ``error`` goes on to the
site's handle_errors, which may run the very script.
"""

from collections.abc import Iterator

from xmlrpc_guard.render.addresses import TOO_MANY, list_form
from xmlrpc_guard.render.rule import Rule, RuleLines


def render(rule: Rule) -> str:
    """Write the rule; it belongs into each site, in front of its other handles."""
    return "\n".join((*_head(rule), *_matcher(rule), *_refusal(rule), ""))


def render_apart(rule: Rule, lists: str) -> tuple[str, str]:
    """Write the rule and its lists: a matcher, without which Caddy does not take the rule."""
    return "\n".join((*_head(rule), f"import {lists}", *_refusal(rule), "")), "\n".join((*_matcher(rule), ""))


def _head(rule: Rule) -> Iterator[str]:
    yield "# Who may reach XML-RPC. Import this file in each site, in front of every handle of its own: a handle above"
    yield "# it that has a matcher undoes it, as does a rewrite inside a handle that leads to the script."
    if rule.proxies:
        yield "# It needs Caddy 2.7 or later, for client_ip. The proxies belong into the global options:"
        yield "#"
        yield "#     servers {"
        yield f"#         trusted_proxies static {' '.join(line.cidr for line in rule.proxies)}"
        yield "#         trusted_proxies_strict"
        yield "#     }"
        yield "#"
    if rule.report_only:
        yield "# It needs Caddy 2.8 or later, for log_append."
    yield f"# Written by: {rule.again}"


def _matcher(rule: Rule) -> Iterator[str]:
    for setting, lines in (("allow", rule.allow), ("deny", rule.deny), ("trusted_proxies", rule.proxies)):
        yield from (f"# {setting}: {line.cidr}: {line.origin}" for line in lines)
    address = "client_ip" if rule.proxies else "remote_ip"
    yield "@xmlrpc_guard {"
    yield from _path(rule)
    yield "    not {"
    yield f"        {address} {_networks(rule.allow)}"
    refused = (*rule.deny, *rule.proxies)
    if refused:
        yield f"        not {address} {_networks(refused)}"
    if rule.proxies:
        yield from ("        not {", f"            remote_ip {_networks(rule.proxies)}")
        form = list_form(with_ports=False)
        yield f'            not vars_regexp {{http.request.header.X-Forwarded-For}} "(?i){form}"'
        yield "        }"
        yield f'        not vars_regexp {{http.request.header.X-Forwarded-For}} "{TOO_MANY}"'
    yield from ("    }", "}")


def _path(rule: Rule) -> Iterator[str]:
    path = f'vars_regexp {{http.request.uri.path}} "(?i){rule.decoded_path}"'
    if rule.runs_php:
        yield f"    {path}"
        return
    # Caddy takes a target such as a:80/x for a scheme and what it leaves alone: it has no path, and is sent on.
    target = f'vars_regexp {{http.request.uri}} "(?i){rule.odd_target}"'
    yield from ("    not {", f"        not {path}", f"        not {target}", "    }")


def _networks(lines: RuleLines) -> str:
    return " ".join(line.cidr for line in lines) or "255.255.255.255/32"


def _refusal(rule: Rule) -> Iterator[str]:
    if rule.report_only:
        yield "log_append @xmlrpc_guard xmlrpc_guard would-refuse"
    else:
        yield from ("handle @xmlrpc_guard {", "    respond 403", "}")
