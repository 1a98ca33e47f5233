"""Whose request is it? The peer's own, or that of the client which a trusted proxy names in its header."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader, UnreadableHopError
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.networks import Address, Entries, Networks, entries_of
from xmlrpc_guard.peers import UNIX_PEERS, UNIX_SOCKET, is_unix_socket, parse_peer, why_no_sign

MAX_HOPS = 32
"""How many trusted proxies a header may name; a longer one is taken for an attack."""


class TrustedProxies(Frozen):
    """The peers whose forwarded header is read: networks, and a unix socket's clients; frozen, comparable.

    ``"unix"`` trusts those whom the server proves to come by a unix socket (peers.is_unix_socket). Where a server
    proves nothing, ``"unix:hypercorn"`` trusts by the text that this server gives for them and for no one else.
    A list that covers every public address of a family is a ConfigurationError: it would trust everyone.

    >>> TrustedProxies(["10.0.0.0/8", "unix"])
    TrustedProxies(['10.0.0.0/8', 'unix'])
    """

    __slots__ = ("networks", "unix", "unix_servers")

    networks: Networks
    unix: bool
    unix_servers: tuple[str, ...]
    """The servers whose text for a unix socket's client is trusted."""

    def __init__(self, entries: Entries = ()) -> None:
        given = list(entries_of("trusted_proxies", entries))
        servers = set(filter(None, map(_read_unix_server, given)))
        ranges = (entry for entry in given if entry != UNIX_SOCKET and not _read_unix_server(entry))
        networks = Networks(ranges, setting="trusted_proxies")
        if networks.covers_everyone:
            raise ConfigurationError("trusted_proxies", given, "trusts everyone; write only your proxies' addresses")
        settle(self, networks=networks, unix=UNIX_SOCKET in given, unix_servers=tuple(sorted(servers)))

    def include(self, peer: str | None, address: Address | None, *, unix: bool = False) -> bool:
        """Return whether ``peer`` is a trusted proxy; ``address`` is ``peer``, parsed.

        A peer that is not an address can only be a unix socket's client: by ``unix``, the server's proof, or by the
        text that a server which is named gives for one.
        """
        if address is not None:
            return self.networks.covers(address[0])
        return (self.unix and unix) or any(UNIX_PEERS[server] == peer for server in self.unix_servers)

    def __iter__(self) -> Iterator[str]:
        yield from self.networks
        if self.unix:
            yield UNIX_SOCKET
        yield from (f"{UNIX_SOCKET}:{server}" for server in self.unix_servers)

    def __repr__(self) -> str:
        return f"TrustedProxies({list(self)})"


def _read_unix_server(entry: object) -> str:
    """Give the server that an entry ``unix:SERVER`` names; "" for any other entry, a socket's path among them."""
    named = _UNIX_SERVER.fullmatch(entry) if isinstance(entry, str) else None
    server = named[1].lower() if named else ""
    if server and (problem := why_no_sign(server)):
        raise ConfigurationError("trusted_proxies", entry, problem)
    return server


_UNIX_SERVER = re.compile(rf"{UNIX_SOCKET}:([A-Za-z0-9_.-]+)")


class Caller(NamedTuple):
    """Who makes a request, worked out once and handed to all that decide, forward or report by it."""

    address: Address | None
    """The peer, parsed; None for a unix socket's client, and for what is not an address."""
    trusted: bool
    """Whether the peer is a trusted proxy, so that its header counts."""
    client: Address | None
    """Whose request it is; None where that cannot be known."""


def identify(
    peer: str | None,
    forwarded: str | None,
    proxies: TrustedProxies,
    header: ForwardedHeader = X_FORWARDED_FOR,
    *,
    unix: bool = False,
) -> Caller:
    """Work out who makes a request. An untrusted peer is the client itself, and its header is not read.

    ``peer`` is REMOTE_ADDR; ``forwarded`` is the value of ``header``, its lines joined by commas. None where absent.
    ``unix`` says that the server proves the peer to be a unix socket's client; an address in its place counts more.

    >>> proxies = TrustedProxies(["10.0.0.0/8"])
    >>> identify("10.0.0.7", "192.0.64.5, 203.0.113.9", proxies).client[1]
    '203.0.113.9'
    >>> identify("198.51.100.7", "192.0.64.5", proxies).client[1]
    '198.51.100.7'
    >>> identify("10.0.0.7", "192.0.64.5, evil", proxies).client is None
    True
    """
    address = parse_peer(peer)
    if proxies.include(peer, address, unix=unix):
        return Caller(address, True, forwarded_client(forwarded, proxies, header))
    return Caller(address, False, address)


def identify_sender(environ: WSGIEnvironment, proxies: TrustedProxies, header: ForwardedHeader) -> Caller:
    """Work out who makes the request that a WSGI environ describes.

    >>> environ = {"REMOTE_ADDR": "10.0.0.7:4711", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    >>> identify_sender(environ, TrustedProxies(["10.0.0.0/8"]), X_FORWARDED_FOR).client[1]
    '203.0.113.9'
    """
    unix = proxies.unix and is_unix_socket(environ)  # which takes a dozen look-ups
    return identify(environ.get("REMOTE_ADDR"), environ.get(header.key), proxies, header, unix=unix)


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
