"""Can these logs answer at all? Not if they name the proxy in place of the clients."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from xmlrpc_guard.audit.evidence import Known, lets_in
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import Logged
from xmlrpc_guard.logs.w3c import lacks_columns
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.peers import UNIX_SOCKET, parse_peer
from xmlrpc_guard.policy import Policy

_FEWEST = 20  # lines, of which a share says something
_NEARLY_ALL = 0.9
_SEVERAL = 3  # addresses: one alone may end in a zero
# Of which the last part was taken away: the last number, or the half that names the machine in its network.
_MASKED = re.compile(r"(?:\d{1,3}\.){3}(?:0|[xX*]{1,3})|[0-9A-Fa-f:]*::")
_NO_COLUMNS = (
    "has lines of IIS and none that names their columns; put the line that IIS writes at the top of each file "
    "before them, or write it as --format, such as --format '#Fields: date time s-ip cs-method cs-uri-stem "
    "cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'"
)


def find_missing_columns(sample: Iterable[bytes]) -> str:
    """Say why the first lines of a log cannot be read, and what would help; "" if it is not for want of columns.

    >>> find_missing_columns([b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1" 200 2'])
    ''
    """
    return _NO_COLUMNS if lacks_columns(sample) else ""


def find_masked(sample: Iterable[Logged]) -> str:
    """Say that the clients' addresses are not whole, which no list of addresses can be compared with; "" if they are.

    >>> find_masked([Logged(peer=b"203.0.113.9"), Logged(peer=b"203.0.113.0")])
    ''
    """
    logged = [(each.peer.decode("latin-1"), each.has_forwarded) for each in sample if each.peer]
    masked = Counter(peer for peer, _ in logged if _MASKED.fullmatch(peer))
    is_share = masked.total() >= max(_FEWEST, len(logged) * _NEARLY_ALL)
    if not is_share or len(masked) < _SEVERAL or any(has_forwarded for _, has_forwarded in logged):
        return ""
    named = f"{masked.total()} of the first {len(logged)} lines have an address like {next(iter(masked))}"
    return (
        f"{named}, whose last part was taken away; let whole addresses be logged for as long as you audit{_OR_CLIENT}"
    )


def find_obstacle(tally: Tally, policy: Policy, *, peer_is_client: bool = False) -> str:
    """Say why the logs of a tally cannot tell who is refused, and what would; "" if they can.

    The first lines of each log are looked at, whatever they ask for. If nearly all have one peer, that is a proxy, as
    are those of a CDN: the forwarded header must be in the log, and the policy must trust them. The like goes for a log
    without peers.

    >>> tally = Tally()
    >>> tally.peers["10.0.0.5"] = 400
    >>> print(find_obstacle(tally, Policy(allow=["jetpack"]))[:76])
    400 of the first 400 lines have the peer 10.0.0.5, and none a place for X-Fo
    """
    peers = _without_own(tally)
    lines = peers.total()
    if peer_is_client or lines < _FEWEST:
        return ""
    name, proxies = _find_most(peers)
    number = proxies.total()
    if number < lines * _NEARLY_ALL or not (problem := _find_problem(name, proxies, tally, policy)):
        return ""
    return f"{number} of the first {lines} lines have {_describe_peers(name, proxies)}, and {problem}"


def _find_most(peers: Counter[str]) -> tuple[str, Counter[str]]:
    """Give the peer that most lines have, or the published list of proxies: a CDN has many addresses."""
    known, named = Known(), dict[str, Counter[str]]()
    for peer, number in peers.items():
        lists = (name for name in known.lists_of(peer) if not lets_in(name) and name != "private")
        named.setdefault(next(lists, peer), Counter())[peer] = number
    return max(named.items(), key=lambda item: item[1].total())


def _describe_peers(name: str, proxies: Collection[str]) -> str:
    if name not in proxies:
        return f"peers of the list {name}"
    return f"the peer {name}" if name else "no peer"


def _without_own(tally: Tally) -> Counter[str]:
    """Leave out what a machine asks itself, past the proxy: where most other requests have the header, and this none.

    One alone says nothing: a stranger may write the header too.
    """
    others = Counter({peer: number for peer, number in tally.peers.items() if not _asks_itself(peer, tally)})
    silent = sum(tally.headerless[peer] for peer in others)
    return others if tally.sampled_clients > silent else tally.peers


def _asks_itself(peer: str, tally: Tally) -> bool:
    address = parse_peer(peer)
    return address is not None and _LOOPBACK.covers(address[0]) and tally.headerless[peer] == tally.peers[peer]


_LOOPBACK = Networks(["127.0.0.0/8", "::1"])


def _find_problem(name: str, proxies: Counter[str], tally: Tally, policy: Policy) -> str:
    if 2 * tally.sampled_headers < _without_own(tally).total():  # a client may have written what looks like it
        number = f"only {tally.sampled_headers}" if tally.sampled_headers else "none"
        return f"{number} a place for {policy.forwarded_header}; {_describe_column(policy)}"
    trusted = sum(number for peer, number in proxies.items() if _is_trusted(peer, policy))
    if trusted >= proxies.total() * _NEARLY_ALL:
        return ""
    if _is_host_name(name, proxies):
        return "a host name is trusted for nothing; let the server log addresses, Apache by HostnameLookups Off"
    if all(tally.headerless[peer] == tally.peers[peer] for peer in proxies):
        return f"none names a client in {policy.forwarded_header}; {_describe_silence(name, proxies)}{_OR_CLIENT}"
    who = name or "and the address that connects to the site"
    write = "if this is a proxy of yours, write" if _is_anyone(name) else "write"
    return f"a forwarded header that no one is trusted for; {write} --trusted-proxies {who}{_OR_CLIENT}"


def _is_anyone(name: str) -> bool:
    """Return whether a peer, and no list's name, may be a client that writes the header: not to be trusted unseen."""
    address = parse_peer(name)
    return address is not None and not _PRIVATE.covers(address[0])


_PRIVATE = Networks(["private"])


def _is_host_name(name: str, proxies: Collection[str]) -> bool:
    return name in proxies and name not in ("", UNIX_SOCKET) and parse_peer(name) is None


def _describe_silence(name: str, proxies: Collection[str]) -> str:
    if name not in proxies:
        return "let the log have the header that they write; if it is another one, name it by --forwarded-header"
    return (
        "if a proxy connects from there, let it write the header; if the machine asks itself, leave its lines out "
        f"(grep -v '^{name} ' LOG | xmlrpc-guard audit ... -)"
    )


_OR_CLIENT = ", or --peer-is-client if these are the clients' own addresses"


def _is_trusted(peer: str, policy: Policy) -> bool:
    if not peer:
        return any(policy.trusted_proxies)
    return policy.identify(peer, None, unix=peer == UNIX_SOCKET).trusted


def _describe_column(policy: Policy) -> str:
    name = policy.forwarded_header.name
    nginx = f'"$http_{name.lower().replace("-", "_")}"'
    apache = f'"%{{{name}}}i"'
    return (
        f"write {nginx} at the end of nginx' log_format, {apache} of Apache's LogFormat, and --since the time when it "
        f"is there{_OR_CLIENT}"
    )
