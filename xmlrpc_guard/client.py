"""Whose request is it? The peer's own, or that of the client which a trusted proxy names in its header."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader, UnreadableHopError
from xmlrpc_guard.frozen import settle
from xmlrpc_guard.networks import Address, Entries, Networks, entries_of, parse_address

MAX_HOPS = 32
"""How many trusted proxies a header may name; a longer one is taken for an attack."""

UNIX_SOCKET = "unix"
"""The entry of ``trusted_proxies`` that trusts every client of the server's unix socket."""

_UNIX_PEERS = frozenset({"", "localhost", "0.0.0.0", "unix:"})  # noqa: S104 - what servers put in REMOTE_ADDR


@dataclass(frozen=True, slots=True, init=False, repr=False)
class TrustedProxies:
    """The peers whose forwarded header is read: networks, and ``"unix"`` for a unix socket; frozen, comparable.

    A list that covers every public address of a family is a ConfigurationError: it would trust everyone.

    >>> TrustedProxies(["10.0.0.0/8", "unix"])
    TrustedProxies(['10.0.0.0/8', 'unix'])
    """

    networks: Networks
    unix: bool

    def __init__(self, entries: Entries = ()) -> None:
        given = list(entries_of("trusted_proxies", entries))
        networks = Networks((entry for entry in given if entry != UNIX_SOCKET), setting="trusted_proxies")
        if networks.covers_everyone:
            raise ConfigurationError("trusted_proxies", given, "trusts everyone; write only your proxies' addresses")
        settle(self, networks=networks, unix=UNIX_SOCKET in given)

    def include(self, peer: str | None, address: Address | None) -> bool:
        """Return whether ``peer`` is a trusted proxy; ``address`` is ``peer``, parsed.

        A peer that is not an address can only be a unix socket's client, by one of the texts that servers give for it.
        """
        return self.unix and peer in _UNIX_PEERS if address is None else self.networks.covers(address[0])

    def __iter__(self) -> Iterator[str]:
        yield from self.networks
        if self.unix:
            yield UNIX_SOCKET

    def __repr__(self) -> str:
        return f"TrustedProxies({list(self)})"


class Caller(NamedTuple):
    """Who makes a request, worked out once and handed to all that decide, forward or report by it."""

    address: Address | None
    """The peer, parsed; None for a unix socket's client, and for what is not an address."""
    trusted: bool
    """Whether the peer is a trusted proxy, so that its header counts."""
    client: Address | None
    """Whose request it is; None where that cannot be known."""


def identify(
    peer: str | None, forwarded: str | None, proxies: TrustedProxies, header: ForwardedHeader = X_FORWARDED_FOR
) -> Caller:
    """Work out who makes a request. An untrusted peer is the client itself, and its header is not read.

    ``peer`` is REMOTE_ADDR; ``forwarded`` is the value of ``header``, its lines joined by commas. None where absent.

    >>> proxies = TrustedProxies(["10.0.0.0/8"])
    >>> identify("10.0.0.7", "192.0.64.5, 203.0.113.9", proxies).client[1]
    '203.0.113.9'
    >>> identify("198.51.100.7", "192.0.64.5", proxies).client[1]
    '198.51.100.7'
    >>> identify("10.0.0.7", "192.0.64.5, evil", proxies).client is None
    True
    """
    address = parse_address(peer)
    if proxies.include(peer, address):
        return Caller(address, True, forwarded_client(forwarded, proxies, header))
    return Caller(address, False, address)


def forwarded_client(
    forwarded: str | None, proxies: TrustedProxies, header: ForwardedHeader = X_FORWARDED_FOR
) -> Address | None:
    """Give the client that a trusted peer's header names; None if the header is absent or names none.

    >>> forwarded_client("192.0.64.5, 203.0.113.9, 10.0.0.7", TrustedProxies(["10.0.0.0/8"]))[1]
    '203.0.113.9'
    """
    if forwarded is None:
        return None
    *_, last = walk(forwarded, proxies, header)
    return last.address if last.is_client else None


class Step(NamedTuple):
    """One element of a forwarded header, as the walk reads it."""

    element: str
    address: Address | None
    """None if it cannot be read; ``problem`` then says why."""
    trusted: bool = False
    """Whether the address is a trusted proxy's."""
    is_client: bool = False
    """Whether the walk ends here with the client."""
    problem: str = ""


def walk(forwarded: str, proxies: TrustedProxies, header: ForwardedHeader = X_FORWARDED_FOR) -> Iterator[Step]:
    """Read a trusted peer's header from its right end up to the client; at least one step, and the last one decides.

    From the right, since each proxy adds what it saw to the end of what it received: the last element is the trusted
    peer's own word, and one further left counts only if everything right of it is a trusted proxy's address. The
    first address that is not is the client; what stands left of it may have been written by the client itself.

    So an element that cannot be read ends the walk without a client. To skip it would let a stranger put an address of
    its choice in front of it; to take the proxy's address instead would let everyone in whom the proxy forwards.
    If every hop is a trusted proxy, the leftmost made the request itself: a proxy's health check, say. And a header of
    more than MAX_HOPS trusted hops is nothing that real proxies write; the bound keeps its cost small.

    >>> [step.address[1] for step in walk("192.0.64.5, 203.0.113.9, 10.0.0.7", TrustedProxies(["10.0.0.0/8"]))]
    ['10.0.0.7', '203.0.113.9']
    """
    end = len(forwarded)
    for hops in range(1, MAX_HOPS + 2):
        try:
            start, address = header.form.last_hop(forwarded, end)
        except UnreadableHopError as error:
            yield Step(error.element, None, problem=error.problem)
            return
        trusted = proxies.networks.covers(address[0])
        is_client = not trusted or (start == 0 and hops <= MAX_HOPS)
        yield Step(forwarded[start:end].strip(" \t"), address, trusted, is_client)
        if is_client or start == 0:
            return
        end = start - 1
