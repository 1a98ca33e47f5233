"""Does the address that asks prove anything? A listed one is let in, and a trusted proxy's is not looked at."""

from collections.abc import Iterator
from ipaddress import ip_address

from xmlrpc_guard.networks import Networks, parse_address
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.published import PUBLISHED

STRANGER = "198.51.100.7"
"""The client that is named with --from-proxy: it is reserved for documentation (RFC 5737), so that no list has it."""
_PRIVATE = "private"
_AS_A_STRANGER = (
    "to ask as a stranger would, ask from an address that is in no list, or on the machine of a trusted proxy with "
    "--from-proxy"
)


def forwarded_field(policy: Policy) -> dict[str, str]:
    """Give the header field by which a trusted proxy would name the stranger.

    >>> forwarded_field(Policy(allow=[], forwarded_header="Forwarded"))
    {'Forwarded': 'for=198.51.100.7'}
    """
    header = policy.forwarded_header.name
    return {header: f"for={STRANGER}" if header.lower() == "forwarded" else STRANGER}


def find_lists(address: str) -> list[str]:
    """Name the published lists that an address is in, but for the one of private networks.

    >>> find_lists("192.0.64.7"), find_lists("127.0.0.1")
    (['jetpack'], [])
    """
    parsed = parse_address(address)
    if parsed is None:
        return []
    return [name for name in PUBLISHED if name != _PRIVATE and Networks([name]).covers(parsed[0])]


def why_refused(own: str, policy: Policy, *, from_proxy: bool) -> str:
    """Say why a guard with these settings refuses an address that is no stranger's; "" if it does not.

    >>> why_refused("10.0.0.5", Policy(allow=[], trusted_proxies=["10.0.0.5"]), from_proxy=False)
    'a trusted proxy that sends no X-Forwarded-For is refused for that alone; ask with --from-proxy'
    """
    if from_proxy or not policy.identify(own, None).trusted:
        return ""
    header = policy.forwarded_header.name
    return f"a trusted proxy that sends no {header} is refused for that alone; ask with --from-proxy"


def find_address_doubts(own: str, site: str, policy: Policy, *, from_proxy: bool) -> Iterator[str]:
    """Say why what is found from an address may prove nothing, a line each."""
    yield from _doubts_as_proxy(own, policy) if from_proxy else _doubts_as_client(own, policy)
    if ip_address(own.partition("%")[0]).is_private and not ip_address(site.partition("%")[0]).is_private:
        yield f"{own} is a private address: the site sees another one, which may be in a list"


def _doubts_as_proxy(own: str, policy: Policy) -> Iterator[str]:
    if policy.identify(own, None).trusted:
        return
    header = policy.forwarded_header.name
    yield (
        f"each request says {header}: {STRANGER}, as one that a proxy forwards for a stranger; a guard reads that "
        f"only if {own} is in its trusted_proxies"
    )
    if [*policy.trusted_proxies]:
        yield f"{own} is not in the trusted_proxies of these settings, so that the guard takes it for the client"


def _doubts_as_client(own: str, policy: Policy) -> Iterator[str]:
    if policy.identify(own, None).trusted:
        yield f"{own} is a trusted proxy, and is refused without {policy.forwarded_header.name}; {_AS_A_STRANGER}"
    elif policy.judge(own).allowed:
        yield f"{own} is in allow: that it reaches XML-RPC proves nothing; {_AS_A_STRANGER}"
    elif lists := find_lists(own):
        yield f"{own} is in the published list {', '.join(lists)}, which your guard may let in; {_AS_A_STRANGER}"
