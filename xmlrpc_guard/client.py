"""Whose request is it, when the peer is a trusted proxy? The header that it writes, read from the right."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader, UnreadableHopError
from xmlrpc_guard.networks import Address, Entries, Networks, entries_of

MAX_HOPS = 32
"""How many trusted proxies a header may name before it is taken for an attack."""

UNIX_SOCKET = "unix"
"""The entry of ``trusted_proxies`` that trusts whoever connects through a unix socket."""

_UNIX_PEERS = frozenset({"", "localhost", "0.0.0.0", "unix:"})  # noqa: S104 - what servers put in REMOTE_ADDR


@dataclass(frozen=True, slots=True, init=False, repr=False)
class TrustedProxies:
    """The peers whose word on a request's earlier hops is believed: networks, and ``"unix"`` for a unix socket; frozen.

    A list that covers every public address of a family is a ConfigurationError: it would believe everyone.

    >>> TrustedProxies(["10.0.0.0/8", "unix"])
    TrustedProxies(['10.0.0.0/8', 'unix'])
    """

    networks: Networks
    unix: bool

    def __init__(self, entries: Entries = ()) -> None:
        listed = list(entries_of("trusted_proxies", entries))
        networks = Networks((entry for entry in listed if entry != UNIX_SOCKET), setting="trusted_proxies")
        if networks.covers_everyone:
            raise ConfigurationError("trusted_proxies", listed, "believes everyone; write only your proxies' addresses")
        object.__setattr__(self, "networks", networks)
        object.__setattr__(self, "unix", UNIX_SOCKET in listed)

    def trust_socket(self, peer: str | None) -> bool:
        """Tell whether ``peer`` is how a server names a unix socket's client, and such clients are trusted."""
        return self.unix and peer in _UNIX_PEERS

    def believes(self, peer: str | None, address: Address | None) -> bool:
        """Tell whether what ``peer``, whose ``address`` that is, says of others is taken for true."""
        return self.trust_socket(peer) if address is None else self.networks.covers(address[0])

    def __iter__(self) -> Iterator[str]:
        yield from self.networks
        if self.unix:
            yield UNIX_SOCKET

    def __repr__(self) -> str:
        return f"TrustedProxies({list(self)})"


def client_address(
    forwarded: str | None, proxies: TrustedProxies, header: ForwardedHeader = X_FORWARDED_FOR
) -> Address | None:
    """Find the client in a trusted peer's header: the first address outside ``proxies``, from the right.

    ``forwarded`` is the header's value, its lines joined by commas; None where absent. Where every hop is
    trusted, the leftmost is the client. None where it cannot be told: the header is absent, an element cannot
    be read before the client is found (what stands left of it may have been written by anybody), or more than
    MAX_HOPS hops are trusted.

    >>> proxies = TrustedProxies(["10.0.0.0/8"])
    >>> client_address("192.0.64.5, 203.0.113.9, 10.0.0.7", proxies)[1]
    '203.0.113.9'
    >>> client_address("192.0.64.5, evil", proxies) is None
    True
    """
    text = forwarded or ""
    end, trusted_hops = len(text), 0
    try:
        while trusted_hops <= MAX_HOPS:
            start, hop = header.last_hop(text, end)
            if not proxies.networks.covers(hop[0]):
                return hop
            trusted_hops += 1
            if start == 0 and trusted_hops <= MAX_HOPS:
                return hop
            end = start - 1
    except UnreadableHopError:
        return None
    return None


class Step(NamedTuple):
    """What the walk makes of one element: its address, whether that is a trusted proxy's, or what is wrong with it."""

    element: str
    address: str | None
    trusted: bool
    problem: str = ""


def walk(forwarded: str, proxies: TrustedProxies, header: ForwardedHeader = X_FORWARDED_FOR) -> Iterator[Step]:
    """Tell the walk of client_address, element by element; it ends where that one does.

    >>> [step.address for step in walk("192.0.64.5, 203.0.113.9, 10.0.0.7", TrustedProxies(["10.0.0.0/8"]))]
    ['10.0.0.7', '203.0.113.9']
    """
    end = len(forwarded)
    for _ in range(MAX_HOPS + 1):
        try:
            start, hop = header.last_hop(forwarded, end)
        except UnreadableHopError as error:
            yield Step(error.element, None, trusted=False, problem=error.problem)
            return
        trusted = proxies.networks.covers(hop[0])
        yield Step(forwarded[start:end].strip(" \t"), hop[1], trusted)
        if start == 0 or not trusted:
            return
        end = start - 1
