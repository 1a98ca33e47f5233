"""What an operator may not have meant by a policy: a sentence for each doubt."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.methods import MULTICALL
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.public_calls import PublicCalls
from xmlrpc_guard.ranges import WIDEST, count_addresses, parse_cidr, prefix_length
from xmlrpc_guard.target import WORDPRESS_SCRIPT, Scripts

_MOST_SHOWN = 3  # ranges, in a sentence that names some
_MOST_OF_A_FAMILY = 0.5
# Edges. A longer list is a file that a program wrote, and each of its ranges would be looked at.
_LONGEST_BY_HAND = 10_000


def doubts_about_scripts(scripts: Scripts) -> Iterator[str]:
    """Doubt scripts that leave the script open which every WordPress has."""
    if not scripts.reached_by(f"/{WORDPRESS_SCRIPT}"):
        yield f"scripts does not guard {WORDPRESS_SCRIPT}: if there is such a file, anyone may call it; name it too"


def doubts_about_allow(allow: Networks) -> Iterator[str]:
    """Doubt an allowlist that most of the world, or any client of a service, is in."""
    if allow.public_share > _MOST_OF_A_FAMILY:
        yield f"allow holds {allow.public_share:.0%} of the public addresses of a family: strangers are allowed"
        return
    for wide in _find_wide(allow):
        yield f"allow holds {wide}, which is more than one network has: is its prefix what was meant?"
    for name, proxies in _proxies().items():
        if allow.includes(proxies):
            yield f"allow holds all of {name}, a list of proxies: any client is allowed that comes through one of them"


def doubts_about_proxies(allow: Networks, proxies: Networks) -> Iterator[str]:
    """Doubt proxies that are more than a network, or that are allowed themselves."""
    for wide in _find_wide(proxies):
        yield f"trusted_proxies holds {wide}: each may name any client; name the address that the proxy connects from"
    shared = list(islice(allow.overlap(proxies), _MOST_SHOWN + 1))
    ranges = ", ".join(shared if len(shared) <= _MOST_SHOWN else [*shared[:_MOST_SHOWN], "..."])
    if shared:
        lists = f"{'is' if len(shared) == 1 else 'are'} in both trusted_proxies and allow"
        yield f"{ranges} {lists}: requests that such a proxy makes itself are allowed"


def doubts_about_header(header: ForwardedHeader, *, has_proxies: bool) -> Iterator[str]:
    """Doubt a header that is named and not read."""
    if header != X_FORWARDED_FOR and not has_proxies:
        yield describe_unread(header)


def describe_unread(header: object) -> str:
    """Say that a header is not read."""
    return f"forwarded_header is {header}, but trusted_proxies is empty: it is not read"


def doubts_about_calls(given: Mapping[str, object], calls: PublicCalls) -> Iterator[str]:
    """Say which settings of calls, as they were given, change nothing.

    >>> list(doubts_about_calls({"max_body": 100}, PublicCalls(Scripts(["xmlrpc.php"]))))
    ['max_body is 100, but public_methods is empty: no call is read']
    """
    if not calls.methods:
        yield from (f"{name} is {given[name]}, but public_methods is empty: no call is read" for name in given)
    elif "max_multicall" in given and not calls.methods.covers(MULTICALL):
        yield f"max_multicall is {given['max_multicall']}, but {MULTICALL} is not in public_methods: it is refused"


def _find_wide(networks: Networks) -> Iterator[str]:
    if sum(len(networks.edges(size)) for size in (4, 16)) > _LONGEST_BY_HAND:
        return
    for text in networks:
        cidr = parse_cidr(text)
        if cidr and prefix_length(cidr) < WIDEST[cidr[0]] and Networks([text]).public_share:
            yield f"{text}, {count_addresses([cidr]):,} addresses"


@cache
def _proxies() -> Mapping[str, Networks]:
    from xmlrpc_guard.published import PUBLISHED  # noqa: PLC0415 - a module for each list

    return {name: Networks([name]) for name, row in PUBLISHED.items() if not row.of_clients}
