"""Read one entry of an address list strictly: the ranges that it covers, or a ValueError with what to write instead."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Union

from xmlrpc_guard.foreign import netaddr_classes
from xmlrpc_guard.ranges import Range, parse_cidr, parse_plain, unmap

if TYPE_CHECKING:
    import netaddr

EntryValue = Union[str, "netaddr.IPAddress", "netaddr.IPNetwork", "netaddr.IPRange", "netaddr.IPSet"]
"""What one entry may be. Text is a CIDR, an address, an address with a netmask, a range's first and last address with a
hyphen or an en dash between them, or a published list's name."""


def read_entry(entry: object, setting: str = "") -> list[Range]:
    """Give the ranges of one entry, IPv4-mapped IPv6 as IPv4; a ValueError holds the problem and the fix.

    ``setting`` is where the entry stands, if that is known: what to write instead depends on it.

    >>> [(version, hex(first), hex(last)) for version, first, last in read_entry("192.0.64.0/18")]
    [(4, '0xc0004000', '0xc0007fff')]
    >>> read_entry("192.0.64.1/18")
    Traceback (most recent call last):
    ValueError: has host bits set; write 192.0.64.0/18
    """
    plain = parse_plain(entry) if isinstance(entry, str) else None  # what long lists are full of
    return [check_range(plain)] if plain else [check_range(each) for each in _read_other(entry, setting)]


def check_range(each: Range) -> Range:
    """Give a range of IPv4-mapped IPv6 as IPv4, and any other as it is; ValueError for those that no client has."""
    unmapped = unmap(each)
    if unmapped is None:
        raise ValueError("crosses the edge of ::ffff:0:0/96, which is IPv4; write its IPv4 part as IPv4")
    if unmapped[2] == 0:
        # 0.0.0.0, "this host" (RFC 1122 section 3.2.1.3), and ::, "the absence of an address" (RFC 4291 section
        # 2.5.2): no one sends from them, and they are often meant as everyone.
        raise ValueError("is not a client's address; remove it")
    return unmapped


def _read_other(entry: object, setting: str) -> Iterable[Range]:
    from xmlrpc_guard.published import PUBLISHED, published_entries  # noqa: PLC0415 - a module for each list

    if isinstance(entry, str) and entry in PUBLISHED:
        return published_entries(entry)
    if isinstance(entry, netaddr_classes("IPRange")):
        return [(entry.version, entry.first, entry.last)]
    if isinstance(entry, netaddr_classes("IPSet")):
        # By CIDR: a range would join ::ffff:0:0/96 to what lies beside it, and hide that it is IPv4.
        return [(cidr.version, cidr.first, cidr.last) for cidr in entry.iter_cidrs()]
    cidr = parse_cidr(str(entry)) if isinstance(entry, netaddr_classes("IPAddress", "IPNetwork")) else None
    if cidr is None:
        from xmlrpc_guard.advice import advise  # noqa: PLC0415 - its many patterns are for what is refused

        raise ValueError(advise(entry, setting))  # one kind of error for every refused entry
    return [cidr]
