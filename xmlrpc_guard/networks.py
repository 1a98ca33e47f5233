"""An immutable set of address ranges, and one address as the guard handles it.

Text and netaddr objects are read once, when a set is made. Asking it later is one binary search.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

import netaddr

from xmlrpc_guard.entries import Entry, Range, read_entry
from xmlrpc_guard.errors import ConfigurationError, list_of

Address = tuple[bytes, str]
"""An address: packed in network order (4 or 16 bytes), and as the one text that inet_ntop(3) writes for it."""

V4_BYTES, V6_BYTES = 4, 16
INET, INET6 = int(AF_INET), int(AF_INET6)  # inet_pton takes longer to read an enum's member than an address

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - "this host", never a sender's address (RFC 1122 section 3.2.1.3)
# All that can be a public host: IPv4 below multicast (RFC 5771), and what IPv6 has given out (RFC 4291 section 4).
_EVERYONE = (
    (inet_pton(INET, "1.0.0.0"), inet_pton(INET, "223.255.255.255")),
    (inet_pton(INET6, "2000::"), inet_pton(INET6, "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")),
)
_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, IPv4-mapped (RFC 4291 section 2.5.5.2)


def parse_address(text: str | None) -> Address | None:
    r"""Read an address strictly, as inet_pton(3) does; None for anything else, 0.0.0.0 included.

    IPv4-mapped IPv6 is read as IPv4.

    >>> parse_address("192.0.64.5"), parse_address("::FFFF:192.0.64.5")
    ((b'\xc0\x00@\x05', '192.0.64.5'), (b'\xc0\x00@\x05', '192.0.64.5'))
    >>> [parse_address(text) for text in ("192.0.064.5", "192.0.64.5:80", "fe80::1%lo", "0.0.0.0", None)]
    [None, None, None, None, None]
    """
    if text is None or text == NO_ADDRESS:
        return None
    try:
        if ":" not in text:
            return inet_pton(INET, text), text  # canonical already: inet_pton takes one spelling of IPv4
        packed = inet_pton(INET6, text)
    except (OSError, ValueError):  # no address; a NUL or a non-ASCII character in it
        return None
    if packed.startswith(_MAPPED):
        return parse_address(inet_ntop(INET, packed[len(_MAPPED) :]))
    return packed, inet_ntop(INET6, packed)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Networks:
    """A set of IP address ranges, merged and sorted; frozen, hashable and comparable.

    ``entries`` is an iterable of entries, or one set-like object that stands for the whole: a ``Networks``,
    ``netaddr.IPSet``, ``IPNetwork`` or ``IPRange``. An entry is CIDR text, an address, an address with a
    netmask, the name of a published list (such as ``"jetpack"``), or one of those objects. Anything else raises
    ConfigurationError under the name ``setting``. Iterating gives canonical CIDR text, IPv4 first.

    >>> networks = Networks(["192.0.64.0/255.255.192.0", "192.0.128.0/17", "::ffff:203.0.113.7"])
    >>> networks
    Networks(['192.0.64.0/18', '192.0.128.0/17', '203.0.113.7/32'])
    >>> "192.0.64.5" in networks, "192.0.1.1" in networks
    (True, False)

    The families are apart: neither ``::/0`` nor ``0.0.0.0/0`` covers an address of the other.

    >>> "192.0.64.5" in Networks(["::/0"])
    False
    """

    _v4: tuple[bytes, ...]
    _v6: tuple[bytes, ...]

    def __init__(self, entries: "Entries" = (), *, setting: str = "networks") -> None:
        ranges = list(_read(setting, entries))
        object.__setattr__(self, "_v4", _edges(ranges, 4, V4_BYTES))
        object.__setattr__(self, "_v6", _edges(ranges, 6, V6_BYTES))

    def covers(self, packed: bytes) -> bool:
        """Tell whether a packed address, 4 or 16 bytes, lies in one of the ranges."""
        return bisect_right(self.edges(len(packed)), packed) & 1 == 1

    def edges(self, size: int) -> tuple[bytes, ...]:
        r"""Give the bounds of the merged ranges of ``size``-byte addresses: start, end, start, end, ...

        An end is the last address with a NUL behind it: the smallest bytes greater than the last address, so
        that a range up to 255.255.255.255 has an end too. A member sorts to an odd index.

        >>> Networks(["10.0.0.0/30"]).edges(4)
        (b'\n\x00\x00\x00', b'\n\x00\x00\x03\x00')
        """
        return self._v4 if size == V4_BYTES else self._v6

    @property
    def covers_everyone(self) -> bool:
        """Whether every public address of IPv4 or of IPv6 is in the set.

        >>> Networks(["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"]).covers_everyone
        True
        """
        return any(self._covers_span(first, last) for first, last in _EVERYONE)

    def _covers_span(self, first: bytes, last: bytes) -> bool:
        edges = self.edges(len(first))
        start = bisect_right(edges, first)
        return start & 1 == 1 and edges[start] > last

    def overlap(self, other: "Networks") -> "Networks":
        """Give the ranges that are in both sets.

        >>> Networks(["10.0.0.0/8", "::1"]).overlap(Networks(["10.1.0.0/16", "192.0.64.0/18"]))
        Networks(['10.1.0.0/16'])
        """
        both = Networks()
        object.__setattr__(both, "_v4", tuple(_common(self._v4, other.edges(V4_BYTES))))
        object.__setattr__(both, "_v6", tuple(_common(self._v6, other.edges(V6_BYTES))))
        return both

    def __contains__(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and self.covers(parsed[0])

    def __iter__(self) -> Iterator[str]:
        for family, edges in ((AF_INET, self._v4), (AF_INET6, self._v6)):
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                yield from map(str, netaddr.iprange_to_cidrs(inet_ntop(family, start), inet_ntop(family, end[:-1])))

    def __bool__(self) -> bool:
        return bool(self._v4 or self._v6)

    def __repr__(self) -> str:
        return f"Networks({list(self)})"


Entries = Iterable[Entry | Networks] | Networks | netaddr.IPSet | netaddr.IPNetwork | netaddr.IPRange
"""What a setting that holds addresses may be."""


def entries_of(setting: str, entries: Entries) -> Iterable[Entry | Networks]:
    """Give the entries of a setting: a set-like object is one of them, never a list of its addresses."""
    if isinstance(entries, Networks | netaddr.IPSet | netaddr.IPNetwork | netaddr.IPRange):
        return [entries]
    return list_of(setting, entries)


def _read(setting: str, entries: Entries) -> Iterator[Range]:
    for entry in entries_of(setting, entries):
        try:
            yield from read_entry(netaddr.IPSet(entry) if isinstance(entry, Networks) else entry)
        except ValueError as problem:
            raise ConfigurationError(setting, entry, str(problem)) from None


def _edges(ranges: list[Range], version: int, size: int) -> tuple[bytes, ...]:
    edges: list[bytes] = []
    blocks = sorted([(first, last) for of_version, first, last in ranges if of_version == version])
    for first, last in _merged(blocks):
        edges += first.to_bytes(size, "big"), last.to_bytes(size, "big") + b"\0"
    return tuple(edges)


def _common(ours: tuple[bytes, ...], theirs: tuple[bytes, ...]) -> Iterator[bytes]:
    our = their = 0  # the ranges compared; the one that ends first overlaps nothing further
    while our < len(ours) and their < len(theirs):
        start, end = max(ours[our], theirs[their]), min(ours[our + 1], theirs[their + 1])
        if start < end:
            yield from (start, end)
        if ours[our + 1] == end:
            our += 2
        else:
            their += 2


def _merged(blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start, end = 0, -1  # nothing yet
    for first, last in blocks:
        if first > end + 1:
            if end >= start:
                yield start, end
            start = first
        end = max(end, last)
    if end >= start:
        yield start, end
