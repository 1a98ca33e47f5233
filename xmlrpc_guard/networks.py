"""An immutable set of address ranges, and addresses as the guard handles them: packed bytes in network order.

Text and netaddr objects are read once, when the set is made. Asking it later is one binary search.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

import netaddr

from xmlrpc_guard.entries import Entry, Range, read_entry
from xmlrpc_guard.errors import ConfigurationError, list_of

Address = tuple[bytes, str]
"""An address as the guard handles it: packed in network order (4 or 16 bytes), and as canonical text (RFC 5952)."""

V4_BYTES, V6_BYTES = 4, 16

_INET, _INET6 = int(AF_INET), int(AF_INET6)  # an enum's member costs as much again as the call it is given to
_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2
_UNSPECIFIED = "0.0.0.0"  # noqa: S104 - means "no address" (RFC 1122 section 3.2.1.3)


def parse_address(text: object) -> Address | None:
    r"""Read an address strictly, as inet_pton(3) does; None for anything else, 0.0.0.0 included.

    IPv4-mapped IPv6 is IPv4.

    >>> parse_address("192.0.64.5"), parse_address("::FFFF:192.0.64.5")
    ((b'\xc0\x00@\x05', '192.0.64.5'), (b'\xc0\x00@\x05', '192.0.64.5'))
    >>> [parse_address(text) for text in ("192.0.064.5", "192.0.64.5:80", "fe80::1%lo", "0.0.0.0", None)]
    [None, None, None, None, None]
    """
    try:
        if ":" not in text:  # type: ignore[operator]
            # What inet_pton takes for IPv4 is canonical already: it has no second spelling.
            return None if text == _UNSPECIFIED else (inet_pton(_INET, text), text)  # type: ignore[arg-type, return-value]
        packed = inet_pton(_INET6, text)  # type: ignore[arg-type]
    except (OSError, ValueError, TypeError):  # unreadable; NUL or non-ASCII in it; no text at all
        return None
    if packed.startswith(_MAPPED):
        return parse_address(inet_ntop(_INET, packed[12:]))
    return packed, inet_ntop(_INET6, packed)


class Networks:
    """A set of IP address ranges, merged and sorted; frozen, hashable and comparable.

    ``entries`` is an iterable of entries, or one set-like object that stands for the whole: a ``Networks``,
    ``netaddr.IPSet``, ``IPNetwork`` or ``IPRange``. An entry is CIDR text, an address, an address with a
    netmask, the name of a published list (``"jetpack"``), or one of those objects. Anything else raises
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

    __slots__ = ("_v4", "_v6")

    _v4: tuple[bytes, ...]
    _v6: tuple[bytes, ...]

    def __init__(self, entries: "Entries" = (), *, setting: str = "networks") -> None:
        ranges = sorted(_read(setting, entries))
        object.__setattr__(self, "_v4", _edges(ranges, 4, V4_BYTES))
        object.__setattr__(self, "_v6", _edges(ranges, 6, V6_BYTES))

    def covers(self, packed: bytes) -> bool:
        """Tell whether a packed address, 4 or 16 bytes, lies in one of the ranges."""
        edges = self._v4 if len(packed) == V4_BYTES else self._v6
        return bisect_right(edges, packed) & 1 == 1

    def edges(self, size: int) -> tuple[bytes, ...]:
        """Give the bounds of the merged ranges, for addresses of ``size`` bytes: start, end, start, end, ...

        An end is the last address with a NUL behind it: the smallest bytes greater than the last address, so
        that the range up to 255.255.255.255 has an end too. A member sorts to an odd index.
        """
        return self._v4 if size == V4_BYTES else self._v6

    @property
    def covers_a_family(self) -> bool:
        """Whether every IPv4 or every IPv6 address is in the set."""
        return self._v4 == _WHOLE_V4 or self._v6 == _WHOLE_V6

    def __contains__(self, address: object) -> bool:
        parsed = parse_address(address)
        return parsed is not None and self.covers(parsed[0])

    def __iter__(self) -> Iterator[str]:
        for family, edges in ((AF_INET, self._v4), (AF_INET6, self._v6)):
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                yield from map(str, netaddr.iprange_to_cidrs(inet_ntop(family, start), inet_ntop(family, end[:-1])))

    def __bool__(self) -> bool:
        return bool(self._v4 or self._v6)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Networks) and (self._v4, self._v6) == (other._v4, other._v6)

    def __hash__(self) -> int:
        return hash((self._v4, self._v6))

    def __repr__(self) -> str:
        return f"Networks({list(self)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot set {name!r}: Networks is immutable")

    def __reduce__(self) -> tuple[type["Networks"], tuple[list[str]]]:
        return Networks, (list(self),)


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
    for first, last in _merged(ranges, version):
        edges += first.to_bytes(size, "big"), last.to_bytes(size, "big") + b"\0"
    return tuple(edges)


def _merged(ranges: list[Range], version: int) -> Iterator[tuple[int, int]]:
    start, end = -1, -2  # before every address, and empty
    for of_version, first, last in ranges:
        if of_version != version:
            continue
        if first > end + 1:
            if end >= start:
                yield start, end
            start = first
        end = max(end, last)
    if end >= start:
        yield start, end


_WHOLE_V4 = _edges([(4, 0, 2**32 - 1)], 4, V4_BYTES)
_WHOLE_V6 = _edges([(6, 0, 2**128 - 1)], 6, V6_BYTES)

