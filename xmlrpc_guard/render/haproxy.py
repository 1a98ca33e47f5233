"""The rule for HAProxy: lines for each ``frontend``, before its other rules.

HAProxy has no walk over a header, so it is written out hop by hop. A fetch that finds nothing leaves a variable as it
was, and a condition on nothing is false: hence each step refuses what it cannot read before it reads it.
"""

from collections.abc import Iterator

from xmlrpc_guard.render.addresses import IPV4, IPV6
from xmlrpc_guard.render.patterns import possessive
from xmlrpc_guard.render.rule import Line, Rule, RuleLines, cut_out

HOPS = 5
"""How many trusted proxies a header may name: HAProxy counts elements from the right up to ten."""


def render(rule: Rule) -> str:
    """Write the rule; it belongs into each frontend, before its other rules."""
    return "\n".join((*_head(rule), *_path(rule), *_lists(rule), *_client(rule), *_refusal(rule), ""))


def render_apart(rule: Rule, lists: str) -> tuple[str, str]:
    """Write the rule and its lists: a map from networks to what they are, which ends with a network for its end.

    HAProxy reads a map that is empty or cut off, so the rule asks for that network too, and refuses all without it.
    """
    written = (*_head(rule), *_path(rule), *_lists_apart(lists), *_client(rule), _refuse("!xmlrpc_guard_whole"))
    return "\n".join((*written, *_refusal(rule), "")), "\n".join((*_map(rule), ""))


_LOOPBACK_AS_IPV4 = Line("0.0.0.1/32", "what HAProxy takes ::1 for where it compares it with IPv4, and no client's")
_END = Line("255.255.255.254/31", "the end of the lists")


def _lists_apart(lists: str) -> Iterator[str]:
    yield f"    acl xmlrpc_guard_whole str(255.255.255.254),map_ip({lists}) -m str whole"
    for name in ("allow", "proxy"):
        yield f"    acl xmlrpc_guard_{name} {_CLIENT},map_ip({lists}) -m str {name}"
    yield from ("    acl xmlrpc_guard_deny always_false", *_addresses())


def _map(rule: Rule) -> Iterator[str]:
    """Write each network once, since the longest that holds an address counts: neither is within another list's."""
    proxies = list(cut_out(rule.proxies, [_END, _LOOPBACK_AS_IPV4]))
    allowed = cut_out(rule.allow, [*rule.deny, *proxies, _END, _LOOPBACK_AS_IPV4])
    if rule.deny:
        yield "# The denied addresses are cut out of the allowed ones."
    for name, lines in (("proxy", proxies), ("allow", allowed), ("whole", [_END])):
        for line in lines:
            yield from (f"# {line.origin}", f"{line.cidr} {name}")


def _head(rule: Rule) -> Iterator[str]:
    yield "    # Who may reach XML-RPC. These lines belong into each frontend, before its other http-request rules:"
    yield "    # a rule above them that sets the path, or allows a request, undoes them."
    yield f"    # Written by: {rule.again}"


def _path(rule: Rule) -> Iterator[str]:
    # The converter gives nothing for an escape that is none, and the second line is then false: hence the first.
    # A target that does not begin with a slash has no path here, and is sent on as it is.
    patterns = {"path": rule.raw_path, "path,url_dec": rule.decoded_path, "url": rule.odd_target}
    for form, pattern in patterns.items():
        yield f"    acl xmlrpc_guard_path {form} -m reg -i '{possessive(pattern)}'"


def _lists(rule: Rule) -> Iterator[str]:
    for setting, lines in (("allow", rule.allow), ("deny", rule.deny)):
        yield from _acl(setting, lines)
    yield from _acl("proxy", rule.proxies)
    yield from _addresses()


def _addresses() -> Iterator[str]:
    # Such addresses also match the IPv4 network that they hold: a client may have them at will.
    yield f"    acl xmlrpc_guard_holds_ipv4 {_CLIENT} -m ip 2002::/16 ::/96"
    yield f"    acl xmlrpc_guard_loopback {_CLIENT} -m ip ::1"


def _acl(name: str, lines: RuleLines) -> Iterator[str]:
    for line in cut_out(lines, [_LOOPBACK_AS_IPV4]):
        yield f"    acl xmlrpc_guard_{name} {_CLIENT} -m ip {line.cidr}  # {line.origin}"
    if not lines:
        yield f"    acl xmlrpc_guard_{name} always_false"


def _client(rule: Rule) -> Iterator[str]:
    yield "    http-request set-var(txn.xmlrpc_guard_client) src"
    yield _refuse("xmlrpc_guard_holds_ipv4 !xmlrpc_guard_loopback")
    if rule.proxies:
        yield "    # X-Forwarded-For from the right, for as long as the client is a trusted proxy."
        for hop in range(1, HOPS + 1):
            yield from _step(hop)
        yield _refuse("xmlrpc_guard_proxy")


def _step(hop: int) -> Iterator[str]:
    """Take one element of the header for the client, if the client was a trusted proxy until now."""
    element = f"req.hdr(x-forwarded-for,-{hop})"
    walking = "{ var(txn.xmlrpc_guard_walking) -m bool }"
    yield "    http-request set-var(txn.xmlrpc_guard_walking) bool(false)"
    yield "    http-request set-var(txn.xmlrpc_guard_walking) bool(true) if xmlrpc_guard_proxy"
    yield f"    acl xmlrpc_guard_readable_{hop} {element} -m reg -i '{_FORM}'"
    yield _refuse(f"{walking} !xmlrpc_guard_readable_{hop}")
    yield f"    http-request unset-var(txn.xmlrpc_guard_client) if {walking}"
    yield f"    http-request set-var(txn.xmlrpc_guard_client) req.hdr_ip(x-forwarded-for,-{hop}) if {walking}"
    yield _refuse(f"!{{ {_CLIENT} -m found }}")
    yield _refuse("xmlrpc_guard_holds_ipv4 !xmlrpc_guard_loopback")


def _refusal(rule: Rule) -> Iterator[str]:
    yield _refuse("xmlrpc_guard_deny")
    yield _refuse("!xmlrpc_guard_allow")
    refused = "xmlrpc_guard_path { var(txn.xmlrpc_guard_refused) -m bool }"
    if rule.report_only:
        yield f"    http-request capture str(xmlrpc_guard:would-refuse) len 25 if {refused}"
    else:
        yield f"    http-request deny deny_status 403 if {refused}"


def _refuse(condition: str) -> str:
    return f"    http-request set-var(txn.xmlrpc_guard_refused) bool(true) if {condition}"


_CLIENT = "var(txn.xmlrpc_guard_client)"
_FORM = rf"^[ \x09]*(?:{IPV4}|{IPV6})[ \x09]*$"
