"""A request as a line of an access log holds it."""

from typing import NamedTuple

from xmlrpc_guard.peers import parse_peer


class Logged(NamedTuple):
    r"""A request as one line of a log holds it, in bytes; None, or nothing, for what the line does not say.

    >>> Logged(peer=b"203.0.113.9", method=b"POST", targets=(b"/xmlrpc.php",), status=200).is_request
    True
    """

    peer: bytes | None = None
    """The address that connected, or what the server writes in its place: a host name, say."""
    unix: bool = False
    """Whether the server writes that the peer came by a unix socket."""
    forwarded: bytes | None = None
    """The value of the forwarded header."""
    has_forwarded: bool = False
    """Whether the line has a place for that header, so that None means: the request had none."""
    method: bytes | None = None
    """None for what was no request: bytes of TLS, silence."""
    targets: tuple[bytes, ...] = ()
    """The target as it was sent. Several, if the line can be read in several ways."""
    paths: tuple[bytes, ...] = ()
    """The path as the server had decoded it: a question mark in it belongs to the path."""
    is_cut: bool = False
    """Whether the target goes on after what the line has of it."""
    status: int | None = None
    size: int | None = None
    """Bytes of the answer."""
    agent: bytes | None = None
    """The User-Agent field."""
    time: int | None = None
    """Seconds since 1970, in UTC."""

    @property
    def is_request(self) -> bool:
        """Whether this was an HTTP request at all."""
        return self.method is not None


NOT_LOGGED = b"POST"
"""The method of a request of which a log does not say it: that of calls, whose body no log has. By any other, requests
that a public method may let in would be decided."""

Readings = tuple[Logged, ...]
"""What a line can mean: nothing, one request, or several readings of which any may be the true one."""

UNREAD: Readings = ()


def absent(text: bytes | None) -> bytes | None:
    """Give None for what a log writes for nothing.

    >>> absent(b"-"), absent(b""), absent(b"probe/1")
    (None, None, b'probe/1')
    """
    return None if text in (b"", b"-") else text


def number(text: bytes | None) -> int | None:
    """Read a number of up to 18 digits; None for anything else.

    >>> number(b"200"), number(b"-"), number(None)
    (200, None, None)
    """
    return int(text) if text and len(text) <= _MOST_DIGITS and text.isdigit() else None


_MOST_DIGITS = 18


def is_address(word: bytes) -> bool:
    """Return whether a word is an address, with or without a port, as a guard reads a peer.

    >>> is_address(b"[2001:db8::9]:4711"), is_address(b"203.0.113.9"), is_address(b"example.org:80")
    (True, True, False)
    """
    return parse_peer(word.decode("latin-1")) is not None


def is_address_list(text: bytes) -> bool:
    """Return whether a text is a list of addresses, as X-Forwarded-For holds.

    >>> is_address_list(b"203.0.113.7, 198.51.100.2"), is_address_list(b"-"), is_address_list(b"a, b")
    (True, False, False)
    """
    return len(text) <= _LONGEST_LIST and all(is_address(word.strip(b" \t")) for word in text.split(b","))


_LONGEST_LIST = 2000  # bytes: 32 hops of the longest addresses
