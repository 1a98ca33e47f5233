"""The rule for HAProxy: lines for each ``frontend``, before its other rules.

HAProxy has no walk over a header, so it is written out hop by hop. A fetch that finds nothing leaves a variable as it
was, and a condition on nothing is false: hence each step refuses what it cannot read before it reads it.
"""

from collections.abc import Iterator

from xmlrpc_guard.render.addresses import IPV4, IPV6
from xmlrpc_guard.render.rule import Lines, Rule

HOPS = 5
"""How many trusted proxies a header may name: HAProxy counts elements from the right up to ten."""


def render(rule: Rule) -> str:
    """Write the rule; it belongs into each frontend, before its other rules."""
    return "\n".join((*_head(rule), *_path(rule), *_lists(rule), *_client(rule), *_refusal(rule), ""))


def _head(rule: Rule) -> Iterator[str]:
    yield "    # Who may reach XML-RPC. These lines belong into each frontend, before its other http-request rules:"
    yield "    # a rule above them that sets the path, or allows a request, undoes them."
    yield f"    # Written by: {rule.again}"


def _path(rule: Rule) -> Iterator[str]:
    # The converter gives nothing for an escape that is none, and the second line is then false: hence the first.
    yield f"    acl xmlrpc_guard_path path -m reg -i '{rule.raw_path}'"
    yield f"    acl xmlrpc_guard_path path,url_dec -m reg -i '{rule.decoded_path}'"


def _lists(rule: Rule) -> Iterator[str]:
    for setting, lines in (("allow", rule.allow), ("deny", rule.deny)):
        yield from _acl(setting, lines)
    yield from _acl("proxy", rule.proxies)
    # Such addresses also match the IPv4 network that they hold: a client may have them at will.
    yield f"    acl xmlrpc_guard_holds_ipv4 {_CLIENT} -m ip 2002::/16 ::/96"
    yield f"    acl xmlrpc_guard_loopback {_CLIENT} -m ip ::1"


def _acl(name: str, lines: Lines) -> Iterator[str]:
    for line in lines:
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
