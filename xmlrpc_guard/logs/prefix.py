"""What stands before the time: the client, perhaps a virtual host or a syslog header before it, and user names."""

import re
from typing import NamedTuple

from xmlrpc_guard.logs.logged import is_address, is_address_list

# Of syslog (RFC 5424, and what was before it), a container runtime, docker compose: up to the server's own words.
_HEADER = re.compile(
    rb"<\d{1,3}>1 (?:\S+ ){5}(?:-|\[[^]]*\]) (?:\xef\xbb\xbf)?|"
    rb"(?:<\d{1,3}>)?(?:\d )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) "
    rb"(?:\S+ [^ :\[\]]+(?:\[\d+\])?: |std(?:out|err) [FP] )|[\w.-]+ +\| |"
    rb"[A-Za-z][\w.-]* [A-Za-z][\w.-]*: "  # journald's host and program; lighttpd begins with an address
)
# With no other word before the user's: a client may write a list into its Host, which some logs have before the peer.
_LIST = re.compile(rb"[0-9A-Fa-f:.\[\]]+(?:, ?[0-9A-Fa-f:.\[\]]+)+(?= -(?: |\Z)| ?\Z)")
_UNIX = re.compile(rb"unix:\S*|localhost|0[.]0[.]0[.]0|/\S+")
# OpenLiteSpeed may put a whole line in quotes, and Twisted does the address.
_QUOTED = re.compile(rb'\A"(?:([^" ]+)")?')
_NO_USER = b" - - "
_LIGHTTPD = 3  # words: the client, the host that was asked for, the user


class Prefix(NamedTuple):
    """Who a line names in front of its time."""

    peer: bytes | None
    forwarded: bytes | None = None
    unix: bool = False


def read_prefix(prefix: bytes) -> Prefix:
    """Read what stands before the time; a peer of None is one that the line does not name for certain.

    A list of addresses is what Traefik and Paste write in the client's place: X-Forwarded-For, and no peer. Of two
    addresses that may each be the client, none is chosen.

    >>> read_prefix(b"203.0.113.9 - u s ").peer, read_prefix(b"example.org:80 203.0.113.9 - - ").peer
    (b'203.0.113.9', b'203.0.113.9')
    >>> read_prefix(b"203.0.113.7, 198.51.100.2 - - ")
    Prefix(peer=None, forwarded=b'203.0.113.7, 198.51.100.2', unix=False)
    >>> read_prefix(b"198.51.100.2 203.0.113.7 - - "), read_prefix(b" - - ").unix
    (Prefix(peer=None, forwarded=None, unix=False), True)
    """
    if prefix.endswith(_NO_USER) and is_address(peer := prefix[: -len(_NO_USER)]):
        return Prefix(peer)  # as nearly all lines begin; what is below finds the same
    rest = _QUOTED.sub(rb"\1", skip_header(prefix))
    listed = _LIST.match(rest)
    if listed and is_address_list(listed[0]):
        return Prefix(None, listed[0])
    if not rest or rest[:1] == b" ":
        return Prefix(None, unix=True)
    return _choose(rest.split())


def skip_header(line: bytes) -> bytes:
    """Cut off what syslog, a container runtime or docker compose puts before a server's own line.

    >>> skip_header(b"<134>Nov 29 11:00:00 web nginx[7]: ::1 - -"), skip_header(b"web_1  | ::1 - -")
    (b'::1 - -', b'::1 - -')
    """
    header = _HEADER.match(line)
    return line[header.end() :] if header else line


def _choose(words: list[bytes]) -> Prefix:
    named = words[: words.index(b"-")] if b"-" in words else words
    addresses = [word for word in named if is_address(word)]
    if len(addresses) == 1 or (addresses and addresses[0] == words[0] and len(words) == _LIGHTTPD):
        return Prefix(addresses[0])
    if addresses or not named:
        return Prefix(None)
    return Prefix(None, unix=True) if _UNIX.fullmatch(named[0]) else Prefix(named[0])
