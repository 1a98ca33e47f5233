"""An immutable set of address ranges, and one address as the guard handles it.

Text and netaddr objects are read once, when a set is made. What is kept is where it begins and ends along the line of
all addresses: asking it later is one binary search.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

import netaddr

from xmlrpc_guard.entries import WIDTH, Entry, Range, read_entry
from xmlrpc_guard.errors import ConfigurationError, as_list

Address = tuple[bytes, str]
"""An address: packed in network order (4 or 16 bytes), and as the one text that inet_ntop(3) writes for it."""

V4_BYTES, V6_BYTES = 4, 16
INET, INET6 = int(AF_INET), int(AF_INET6)  # inet_pton takes longer to read an enum's member than an address

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - "this host", never a sender's address (RFC 1122 section 3.2.1.3)
# All that can be a public host: IPv4 below multicast (RFC 5771), and what IPv6 has given out (RFC 4291 section 4).
_EVERYONE = (V4_BYTES, 1 << 24, 224 << 24), (V6_BYTES, 2 << 124, 4 << 124)  # each up to, and without, the last
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

    _v4: "array[int]"
    _v6: tuple[int, ...]  # its addresses are too long for an array

    def __init__(self, entries: "Entries" = (), *, setting: str = "networks") -> None:
        _fill(self, _read(setting, entries))

    def covers(self, packed: bytes) -> bool:
        """Tell whether a packed address, 4 or 16 bytes, lies in one of the ranges."""
        edges = self._v4 if len(packed) == V4_BYTES else self._v6  # no call: each hop of a request comes by here
        return bisect_right(edges, int.from_bytes(packed)) & 1 == 1

    def edges(self, size: int) -> Sequence[int]:
        """Give where the set of ``size``-byte addresses begins and ends: start, end, start, end, ...

        An end is the address behind a range; one that reaches the last address has none. So a member has an odd
        number of edges at or below it.

        >>> list(Networks(["10.0.0.0/30", "255.255.255.255"]).edges(4)) == [0x0A000000, 0x0A000004, 0xFFFFFFFF]
        True
        """
        return self._v4 if size == V4_BYTES else self._v6

    @property
    def covers_everyone(self) -> bool:
        """Whether most public addresses of IPv4 or of IPv6 are in the set: more than three quarters.

        Not all of them, since whoever means everyone often leaves out their own networks.

        >>> Networks(["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"]).covers_everyone
        True
        """
        return any(self._covers_most(*span) for span in _EVERYONE)

    def _covers_most(self, size: int, first: int, behind: int) -> bool:
        bounds = (max(first, min(edge, behind)) for edge in self.edges(size))
        covered = sum(end - start for start, end in zip_longest(bounds, bounds, fillvalue=behind))
        return covered * 4 > (behind - first) * 3

    def overlap(self, other: "Networks") -> "Networks":
        """Give the ranges that are in both sets.

        >>> Networks(["10.0.0.0/8", "::1"]).overlap(Networks(["10.1.0.0/16", "192.0.64.0/18"]))
        Networks(['10.1.0.0/16'])
        """
        both = Networks()
        _fill(both, _common(_ranges(self), _ranges(other)))
        return both

    def __contains__(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and self.covers(parsed[0])

    def __iter__(self) -> Iterator[str]:
        for version, first, last in _ranges(self):
            yield from _cidrs(version, first, last)

    def __bool__(self) -> bool:
        return bool(self._v4 or self._v6)

    def __hash__(self) -> int:
        return hash((self._v4.tobytes(), self._v6))

    def __repr__(self) -> str:
        return f"Networks({list(self)})"


Entries = Iterable[Entry | Networks] | Networks | netaddr.IPSet | netaddr.IPNetwork | netaddr.IPRange
"""What a setting that holds addresses may be."""


def entries_of(setting: str, entries: Entries) -> Iterable[Entry | Networks]:
    """Give the entries of a setting: a set-like object is one of them, never a list of its addresses."""
    if isinstance(entries, Networks | netaddr.IPSet | netaddr.IPNetwork | netaddr.IPRange):
        return [entries]
    return as_list(setting, entries)


def _read(setting: str, entries: Entries) -> Iterator[Range]:
    for entry in entries_of(setting, entries):
        try:
            yield from _ranges(entry) if isinstance(entry, Networks) else read_entry(entry)
        except ValueError as problem:
            raise ConfigurationError(setting, entry, str(problem)) from None


def _fill(networks: Networks, ranges: Iterable[Range]) -> None:
    # First and last as one number, which sorts as the pair does and takes half its memory.
    spans: dict[int, list[int]] = {4: [], 6: []}
    for version, first, last in ranges:
        spans[version].append(first << WIDTH[version] | last)
    object.__setattr__(networks, "_v4", array("I", _edges(spans[4], WIDTH[4])))
    object.__setattr__(networks, "_v6", tuple(_edges(spans[6], WIDTH[6])))


def _edges(spans: list[int], width: int) -> Iterator[int]:
    """Merge ranges that overlap or touch."""
    top = (1 << width) - 1
    end = 0  # of the range that is being merged; nothing ends at the first address
    spans.sort()
    for span in spans:
        first, last = span >> width, span & top
        if first > end or not end:
            yield from (end, first) if end else (first,)
        end = max(end, last + 1)
    if 0 < end <= top:
        yield end


def _ranges(networks: Networks) -> Iterator[Range]:
    """Give back the merged ranges, IPv4 first."""
    for version, size in ((4, V4_BYTES), (6, V6_BYTES)):
        edges = iter(networks.edges(size))
        for start, end in zip_longest(edges, edges, fillvalue=1 << WIDTH[version]):
            yield version, start, end - 1


def _cidrs(version: int, first: int, last: int) -> Iterator[str]:
    """Write a range as the fewest blocks: each time the largest that begins there and does not reach too far."""
    width = WIDTH[version]
    family, size = (INET, V4_BYTES) if width == WIDTH[4] else (INET6, V6_BYTES)
    while first <= last:
        aligned = (first & -first or 1 << width).bit_length() - 1
        host_bits = min(aligned, (last - first + 1).bit_length() - 1)
        yield f"{inet_ntop(family, first.to_bytes(size))}/{width - host_bits}"
        first += 1 << host_bits


def _common(ours: Iterator[Range], theirs: Iterator[Range]) -> Iterator[Range]:
    our, their = next(ours, None), next(theirs, None)
    while our and their:
        (version, first, last), (of_version, of_first, of_last) = our, their
        if version == of_version and first <= of_last and of_first <= last:
            yield version, max(first, of_first), min(last, of_last)
        # Whichever ends first shares nothing further.
        if (version, last) <= (of_version, of_last):
            our = next(ours, None)
        else:
            their = next(theirs, None)
