"""An immutable set of address ranges, and one address as the guard handles it.

Text and netaddr objects are read once, when a set is made. A set keeps its edges: where it begins and ends along the
line of all addresses. Looking up an address is then one binary search.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import islice
from operator import add, sub
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import TYPE_CHECKING, Any, Self, Union

from xmlrpc_guard.batches import BATCH, add_batch
from xmlrpc_guard.edges import Gathered, IntArray, Pause, count_within, go_on, join, share
from xmlrpc_guard.entries import EntryValue, read_entry
from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.foreign import netaddr_classes
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.ranges import Range, cut, format_cidr, iterate_ranges

if TYPE_CHECKING:
    import netaddr

Address = tuple[bytes, str]
"""An address: packed in network order (4 or 16 bytes), and as the one text that inet_ntop(3) writes for it."""

V4_BYTES, V6_BYTES = 4, 16
_SIZES = {4: V4_BYTES, 6: V6_BYTES}
LAST_PORT = 65535
INET, INET6 = int(AF_INET), int(AF_INET6)  # inet_pton takes longer to read an enum's member than an address

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - "this host", never a sender's address (RFC 1122 section 3.2.1.3)
# All that can be a public host: IPv4 below multicast (RFC 5771), and what IPv6 has given out (RFC 4291 section 4).
_PUBLIC: tuple[Range, ...] = (4, 1 << 24, (224 << 24) - 1), (6, 2 << 124, (4 << 124) - 1)
_PUBLIC_ADDRESSES = [last - first + 1 for _, first, last in _PUBLIC]
_EVERYONE = 0.75
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


class Networks(Frozen, uncompared=("_public",), init=False):
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

    __slots__ = ("_v4", "_v6", "_public")

    _v4: IntArray
    _v6: IntArray
    _public: tuple[int, ...] | None
    """How many addresses of each of the public ranges are in the set; None until that is asked."""

    def __new__(cls, entries: "Entries" = (), *, setting: str = "networks") -> Self:
        """Read the entries; a set is complete when it is made, and frozen."""
        gathered, wholes = Gathered(), list[Networks]()
        left = iter(entries_of(setting, entries))
        while batch := [*islice(left, BATCH)]:
            if not add_batch(gathered, batch):
                wholes += _add_each(gathered, batch, setting)
        return reduce(cls._join, wholes, cls._of_edges(*gathered.merge()))

    @classmethod
    def _of_edges(cls, v4: IntArray, v6: IntArray, public: tuple[int, ...] | None = None) -> Self:
        networks = object.__new__(cls)
        settle(networks, _v4=v4, _v6=v6, _public=public)
        return networks

    # A short list that changes beside a long one must not take what merging both does. So the public addresses are not
    # counted once more, but only those that are in both.
    def _join(self, other: "Networks") -> Self:
        """Give the set of what either covers."""
        sets: tuple[Networks, ...] = self, other, self.overlap(other)
        ours, theirs, of_both = (each._count_public() for each in sets)  # noqa: SLF001 - its own class
        counts = map(sub, map(add, ours, theirs), of_both)
        v4, v6 = (join(self.edges(size), other.edges(size)) for size in _SIZES.values())
        return self._of_edges(v4, v6, tuple(counts))

    def _count_public(self, pause: Pause = go_on) -> tuple[int, ...]:
        """Count the public addresses of IPv4 in the set, and those of IPv6."""
        counts = self._public
        if counts is None:
            each = (count_within(self.edges(_SIZES[version]), first, last, pause) for version, first, last in _PUBLIC)
            counts = tuple(each)
            settle(self, _public=counts)
        return counts

    def covers(self, packed: bytes) -> bool:
        """Return whether a packed address, 4 or 16 bytes, lies in one of the ranges."""
        edges = self._v4 if len(packed) == V4_BYTES else self._v6  # no call: this runs for each hop of a request
        return bisect_right(edges, int.from_bytes(packed)) & 1 == 1

    def edges(self, size: int) -> IntArray:
        """Give where the set of ``size``-byte addresses begins and ends: start, end, start, end, ...

        An end is the first address after a range; a range that reaches the last address has no end. So an address in
        the set has an odd number of edges at or below it, and any other has an even number.

        >>> list(Networks(["10.0.0.0/30", "255.255.255.255"]).edges(4)) == [0x0A000000, 0x0A000004, 0xFFFFFFFF]
        True
        """
        return self._v4 if size == V4_BYTES else self._v6

    @property
    def public_share(self) -> float:
        """Which part of the public addresses of IPv4 or of IPv6 is in the set: the larger of both, 0 to 1.

        >>> round(Networks(["0.0.0.0/1", "::1"]).public_share, 3)
        0.57
        """
        return max(count / number for count, number in zip(self._count_public(), _PUBLIC_ADDRESSES, strict=True))

    @property
    def covers_everyone(self) -> bool:
        """Whether most public addresses of IPv4 or of IPv6 are in the set: more than three quarters.

        Not all of them: a list that is meant to cover everyone often leaves out its author's own networks.

        >>> Networks(["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"]).covers_everyone
        True
        """
        return self.public_share > _EVERYONE

    def includes(self, other: "Networks") -> bool:
        """Return whether all ranges of another set are in this one.

        >>> Networks(["10.0.0.0/8"]).includes(Networks(["10.1.0.0/16"])), Networks().includes(Networks(["10.1.0.0/16"]))
        (True, False)
        """
        return all(
            count_within(self.edges(_SIZES[version]), first, last) == last - first + 1
            for version, first, last in _iterate_ranges(other)
        )

    def overlap(self, other: "Networks") -> "Networks":
        """Give the ranges that are in both sets.

        >>> Networks(["10.0.0.0/8", "::1"]).overlap(Networks(["10.1.0.0/16", "192.0.64.0/18"]))
        Networks(['10.1.0.0/16'])
        """
        v4, v6 = (share(self.edges(size), other.edges(size)) for size in _SIZES.values())
        return self._of_edges(v4, v6)

    def __contains__(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and self.covers(parsed[0])

    def __iter__(self) -> Iterator[str]:
        for merged in _iterate_ranges(self):
            yield from map(format_cidr, cut(merged))

    def __bool__(self) -> bool:
        return bool(self._v4 or self._v6)

    def __hash__(self) -> int:
        return hash((tuple(self._v4), tuple(self._v6)))

    def __repr__(self) -> str:
        return f"Networks({list(self)})"


def merge_gathered(gathered: Gathered, pause: Pause = go_on) -> Networks:
    """Make a set of the ranges that were gathered; afterwards they are gone there."""
    networks = Networks._of_edges(*gathered.merge(pause))  # noqa: SLF001 - for lists that are read in pieces
    networks._count_public(pause)  # noqa: SLF001 - which each policy asks for, and not in pieces
    return networks


Entries = Union[Iterable[EntryValue | Networks], Networks, "netaddr.IPSet", "netaddr.IPNetwork", "netaddr.IPRange"]
"""What a setting that holds addresses may be."""


def entries_of(setting: str, entries: Entries) -> Iterable[EntryValue | Networks]:
    """Give the entries of a setting: a set-like object is one of them, never a list of its addresses."""
    wholes: tuple[type[Any], ...] = Networks, *netaddr_classes("IPSet", "IPNetwork", "IPRange")
    if isinstance(entries, wholes):
        return [entries]
    return as_list(setting, entries)


def _add_each(gathered: Gathered, entries: Iterable[EntryValue | Networks], setting: str) -> Iterator[Networks]:
    """Add what entries cover, one by one, and give those that are sets themselves."""
    for entry in entries:
        try:
            if isinstance(entry, Networks):
                yield entry
            else:
                gathered.add(read_entry(entry, setting))
        except ValueError as problem:
            raise ConfigurationError(setting, entry, str(problem)) from None


def _iterate_ranges(networks: Networks) -> Iterator[Range]:
    """Give the merged ranges of a set, IPv4 first."""
    for version, size in _SIZES.items():
        yield from iterate_ranges(version, networks.edges(size))
