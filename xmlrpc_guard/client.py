"""Whose request is it, when the peer is a trusted proxy? The header X-Forwarded-For, read from the right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import Address, Entries, Networks, entries_of, parse_address

MAX_HOPS = 32
"""How many trusted proxies a header may name before it is taken for an attack."""

UNIX_SOCKET = "unix"
"""The entry of ``trusted_proxies`` that trusts whoever connects through a unix socket."""

_UNIX_PEERS = frozenset({"", "localhost", "0.0.0.0", "unix:"})  # noqa: S104 - what servers put in REMOTE_ADDR


@dataclass(frozen=True, slots=True, init=False, repr=False)
class TrustedProxies:
    """The peers whose X-Forwarded-For is believed: networks, and ``"unix"`` for a unix socket; frozen.

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


def client_address(forwarded: str | None, proxies: TrustedProxies) -> Address | None:
    """Find the client in a trusted peer's header: the first address outside ``proxies``, from the right.

    ``forwarded`` is X-Forwarded-For, its lines joined by commas; None where absent. Where every hop is
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
    end = len(text)
    for trusted_hops in range(MAX_HOPS + 1):
        start = text.rfind(",", 0, end) + 1
        hop = _parse_hop(text[start:end])
        if hop is None or not proxies.networks.covers(hop[0]):
            return hop
        if start == 0 and trusted_hops < MAX_HOPS:
            return hop
        end = start - 1
    return None


# A node with a port, as proxies write it; an IPv6 address without brackets keeps all its colons.
_HOST_AND_PORT = re.compile(r"(?:\[([^]]*)\]|([0-9.]+))(?::([0-9]{1,5}))?")
_LAST_PORT = 65535
_LONGEST = 64  # characters; an IPv6 address in brackets and its port are 54 at the most


def _parse_hop(element: str) -> Address | None:
    text = element.strip(" \t")
    return (parse_address(text) or _parse_with_port(text)) if len(text) <= _LONGEST else None


def _parse_with_port(text: str) -> Address | None:
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None or int(match[3] or "0") > _LAST_PORT:
        return None
    bracketed, bare = match[1], match[2]
    return parse_address(bare) if bracketed is None else parse_address(bracketed) if ":" in bracketed else None
