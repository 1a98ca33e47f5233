"""Ranges of addresses, and the arithmetic on them: merge, cut into CIDRs, subtract, count, read and write.

A range is three numbers. A list of a million entries makes a million of them, so a range is a plain tuple, and where
many are held at once it is by their edges.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from xmlrpc_guard.edges import V4_WIDTH, V6_WIDTH, Gathered

Range = tuple[int, int, int]
"""IP version (4 or 6), first and last address, both included, as integers."""

WIDTH = {4: V4_WIDTH, 6: V6_WIDTH}
"""The bits of an address, by IP version."""

WIDEST = {4: 8, 6: 16}
"""The shortest prefix that one network has: IANA hands out no more of IPv4 at once, and no registry more of IPv6."""

IPV4_MAPPED = 0xFFFF
"""What ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) has above its last 32 bits."""

_BYTES = {4: 4, 6: 16}
FAMILIES = {4: int(AF_INET), 6: int(AF_INET6)}
"""What the socket module calls each IP version; an enum's member takes inet_pton longer to read than an address."""


def _netmask(length: int) -> str:
    return inet_ntop(AF_INET, ((1 << 32) - (1 << 32 - length)).to_bytes(4))


HOST_BITS = {
    version: {str(length): (1 << width - length) - 1 for length in range(width + 1)} for version, width in WIDTH.items()
}
HOST_BITS[4] |= {_netmask(length): (1 << 32 - length) - 1 for length in range(33)}
"""What may follow the slash, by IP version: a prefix length, or the netmask of IPv4 that means the same; with the bits
that each leaves to the host."""


def parse_cidr(text: str) -> Range | None:
    """Read a CIDR, an address, or an IPv4 address with a netmask; None for any other text, and where host bits are set.

    Strict: the address as inet_pton(3) takes it, the prefix in plain digits. IPv4-mapped IPv6 is IPv6 here.

    >>> parse_cidr("10.0.0.0/30"), parse_cidr("10.0.0.0/255.255.255.252"), parse_cidr("::1")
    ((4, 167772160, 167772163), (4, 167772160, 167772163), (6, 1, 1))
    >>> [parse_cidr(text) for text in ("10.0.0.1/30", "10.0.0.0/+30", "10.0.0/24", "localhost")]
    [None, None, None, None]
    """
    host, slash, prefix = text.partition("/")
    version = 6 if ":" in host else 4
    try:
        first = int.from_bytes(inet_pton(FAMILIES[version], host))
        host_bits = HOST_BITS[version][prefix] if slash else 0
    except (OSError, ValueError, KeyError):  # not an address; a NUL or a non-ASCII character in it; not a prefix
        return None
    return None if first & host_bits else (version, first, first | host_bits)


# Two addresses, a hyphen or an en dash between them, and blanks around it.
_ENDS = re.compile(r"([0-9A-Fa-f:.]+)[ \t]*[-\u2013][ \t]*([0-9A-Fa-f:.]+)")


def parse_ends(text: str) -> Range | None:
    """Read a range that is written by its first and last address; None for any other text.

    Of one IP version, and not backwards. IPv4-mapped IPv6 is IPv6 here.

    >>> parse_ends("10.0.0.0 - 10.0.0.9"), parse_ends("::1-::2")
    ((4, 167772160, 167772169), (6, 1, 2))
    >>> [parse_ends(text) for text in ("10.0.0.9-10.0.0.0", "10.0.0.0-9", "10.0.0.0-::1", "10.0.0.0/8-11.0.0.0/8")]
    [None, None, None, None]
    """
    match = _ENDS.fullmatch(text)
    if not match:
        return None
    first, last = match.groups()
    version = 6 if ":" in first else 4
    family = FAMILIES[version]
    try:
        start, end = int.from_bytes(inet_pton(family, first)), int.from_bytes(inet_pton(family, last))
    except OSError:  # not an address, or one of the other version
        return None
    return (version, start, end) if start <= end else None


def parse_plain(text: str) -> Range | None:
    """Read a text as ``parse_cidr`` or as ``parse_ends`` does, whichever reads it.

    >>> parse_plain("10.0.0.0/30") == parse_plain("10.0.0.0-10.0.0.3"), parse_plain("localhost")
    (True, None)
    """
    # Without the sign, the other reader is not tried: each takes longer to say no than yes.
    return parse_ends(text) if "-" in text or "\u2013" in text else parse_cidr(text)


def unmap(each: Range) -> Range | None:
    """Give a range of IPv4-mapped IPv6 as IPv4, any other as it is, and None for one that would be of both.

    >>> unmap((6, 0xFFFF0A000000, 0xFFFF0A0000FF)), unmap((6, 1, 0xFFFF0A000000))
    ((4, 167772160, 167772415), None)
    """
    _, first, last = each
    begin, end = first >> 32, last >> 32
    if begin == end == IPV4_MAPPED:
        return 4, first & 0xFFFFFFFF, last & 0xFFFFFFFF
    # A range around the block is of IPv6 alone if it begins at ::, as every CIDR around it does. If it begins later,
    # one of the CIDRs that it is cut into is the block itself, which would be read as IPv4.
    is_around = first == 0 and end > IPV4_MAPPED
    return None if begin <= IPV4_MAPPED <= end and not is_around else each


def format_address(version: int, address: int) -> str:
    """Write an address in the one spelling that inet_ntop(3) has for it.

    >>> format_address(4, 0xC0004005), format_address(6, 1)
    ('192.0.64.5', '::1')
    """
    return inet_ntop(FAMILIES[version], address.to_bytes(_BYTES[version]))


def format_cidr(cidr: Range) -> str:
    """Write a range that is one CIDR, such as those that ``cut`` gives.

    >>> format_cidr((4, 0xC0004000, 0xC0007FFF))
    '192.0.64.0/18'
    """
    return f"{format_address(cidr[0], cidr[1])}/{prefix_length(cidr)}"


def format_range(each: Range) -> str:
    """Write a range: as a CIDR if it is one, or else by its first and last address.

    >>> format_range((4, 0xC0004000, 0xC0007FFF)), format_range((4, 0xC0004000, 0xC0004002))
    ('192.0.64.0/18', '192.0.64.0-192.0.64.2')
    """
    version, first, last = each
    host_bits = last - first
    if host_bits & (host_bits + 1) or first & host_bits:
        return f"{format_address(version, first)}-{format_address(version, last)}"
    return format_cidr(each)


def prefix_length(cidr: Range) -> int:
    """Give the prefix length of a range that is one CIDR.

    >>> prefix_length((4, 8, 9))
    31
    """
    version, first, last = cidr
    return WIDTH[version] - (last - first).bit_length()


def cut(whole: Range) -> Iterator[Range]:
    """Cut a range into the fewest CIDRs, in order.

    >>> list(cut((4, 8, 12)))
    [(4, 8, 11), (4, 12, 12)]
    """
    # Each time the largest that begins here: its size is a power of two, which divides its first address (every one
    # divides zero) and is no more than what is left.
    version, first, last = whole
    while first <= last:
        left = last - first + 1
        size = min(first & -first or left, 1 << left.bit_length() - 1)
        yield version, first, first + size - 1
        first += size


def merge(ranges: Iterable[Range]) -> Iterator[Range]:
    """Give the fewest ranges that cover the same addresses, IPv4 first, sorted: none of them overlap or touch.

    >>> list(merge([(6, 1, 1), (4, 8, 9), (4, 10, 11), (4, 9, 9), (4, 13, 13)]))
    [(4, 8, 11), (4, 13, 13), (6, 1, 1)]
    """
    gathered = Gathered()
    gathered.add(ranges)
    for version, edges in zip(WIDTH, gathered.merge(), strict=True):
        yield from iterate_ranges(version, edges)


def iterate_ranges(version: int, edges: Iterable[int]) -> Iterator[Range]:
    """Give the ranges between edges.

    >>> list(iterate_ranges(4, [8, 12, 0xFFFFFFFF]))
    [(4, 8, 11), (4, 4294967295, 4294967295)]
    """
    each = iter(edges)
    for start, end in zip_longest(each, each, fillvalue=1 << WIDTH[version]):
        yield version, start, end - 1


def collapse(ranges: Iterable[Range]) -> list[Range]:
    """Give the fewest CIDRs that cover the same addresses, sorted.

    >>> collapse([(4, 8, 9), (4, 10, 11), (4, 12, 12)])
    [(4, 8, 11), (4, 12, 12)]
    """
    return [cidr for merged in merge(ranges) for cidr in cut(merged)]


def subtract(ranges: Iterable[Range], holes: Iterable[Range]) -> list[Range]:
    """Give what is left of each range without the holes, sorted; those that a hole touches are cut into CIDRs.

    >>> subtract([(4, 0, 7), (4, 8, 9), (4, 4, 4)], [(4, 4, 4)])
    [(4, 0, 3), (4, 5, 5), (4, 6, 7), (4, 8, 9)]
    """
    left = {*ranges}
    for hole in holes:
        left = {part for each in left for part in _subtract_one(each, hole)}
    return sorted(left)


def _subtract_one(whole: Range, hole: Range) -> Iterator[Range]:
    version, first, last = whole
    if overlaps(whole, hole):
        _, start, end = hole
        yield from cut((version, first, start - 1))
        yield from cut((version, end + 1, last))
    else:
        yield whole


def overlaps(one: Range, other: Range) -> bool:
    """Return whether two ranges have an address in common.

    >>> overlaps((4, 8, 9), (4, 9, 12)), overlaps((4, 8, 9), (6, 8, 9))
    (True, False)
    """
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def contains(outer: Range, inner: Range) -> bool:
    """Return whether all of ``inner`` lies within ``outer``.

    >>> contains((4, 8, 12), (4, 9, 12)), contains((4, 9, 12), (4, 8, 12))
    (True, False)
    """
    return outer[0] == inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2]


def count_addresses(ranges: Iterable[Range]) -> int:
    """Count the addresses that ranges cover; one that several cover counts once.

    >>> count_addresses([(4, 8, 9), (4, 9, 12)])
    5
    """
    return sum(last - first + 1 for _, first, last in merge(ranges))
