"""Can these logs answer at all? Not if they name the proxy in place of the clients."""

from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.policy import Policy

_FEWEST = 20  # lines, of which a share says something
_NEARLY_ALL = 0.9


def find_obstacle(tally: Tally, policy: Policy, *, peer_is_client: bool = False) -> str:
    """Say why the logs of a tally cannot tell who is refused, and what would; "" if they can.

    The first lines of each log are looked at, whatever they ask for. If nearly all have one peer, that is a proxy: the
    forwarded header must be in the log, and the policy must trust the peer. The like goes for a log without peers.

    >>> tally = Tally()
    >>> tally.peers["10.0.0.5"] = 400
    >>> print(find_obstacle(tally, Policy(allow=["jetpack"]))[:76])
    400 of the first 400 lines have the peer 10.0.0.5, and none a place for X-Fo
    """
    lines = tally.peers.total()
    if peer_is_client or lines < _FEWEST:
        return ""
    peer, number = tally.peers.most_common(1)[0]
    if number < lines * _NEARLY_ALL:
        return ""
    named = f"{number} of the first {lines} lines have {f'the peer {peer}' if peer else 'no peer'}"
    if not tally.sampled_headers:
        return f"{named}, and none a place for {policy.forwarded_header}; {_describe_column(policy)}"
    if not _is_trusted(peer, policy):
        who = f"{peer}" if peer else "and the address that connects to the site"
        return f"{named}, and a forwarded header that no one is trusted for; write --trusted-proxies {who}{_OR_CLIENT}"
    return ""


_OR_CLIENT = ", or --peer-is-client if these are the clients' own addresses"


def _is_trusted(peer: str, policy: Policy) -> bool:
    if not peer:
        return any(policy.trusted_proxies)
    unix = peer == "unix"
    return policy.identify(None if unix else peer, None, unix=unix).trusted


def _describe_column(policy: Policy) -> str:
    name = policy.forwarded_header.name
    nginx = f'"$http_{name.lower().replace("-", "_")}"'
    return f"write {nginx} at the end of nginx' log_format, \"%{{{name}}}i\" of Apache's LogFormat{_OR_CLIENT}"
