"""What a text plainly means as one entry: a slow reading of the whole of it, by the standard library and by hand.

None is for a text that means nothing plainly: a part of it is left over, or two readings of it differ.
"""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
    summarize_address_range,
)

from tests.strategies import IPAddress, IPNetwork, unmapped
from xmlrpc_guard.published import PUBLISHED

Plain = list[IPNetwork] | None


def read_plainly(text: str) -> Plain:
    """Give the networks that a text plainly means."""
    text = text.strip()
    for read in _READERS:
        with suppress(ValueError):
            found = read(text)
            if found:
                return list(map(unmapped, found))
    return None


def of_list(name: str) -> list[IPNetwork]:
    """Give the networks of a published list, merged."""
    left = [ip_network(text) for text in PUBLISHED[name].ranges]
    for hole in map(ip_network, PUBLISHED[name].without):
        inside = [network.version == hole.version and hole.subnet_of(network) for network in left]  # type: ignore[arg-type]
        left = [
            part
            for network, has_hole in zip(left, inside, strict=True)
            for part in (network.address_exclude(hole) if has_hole else [network])  # type: ignore[arg-type]
        ]
    return merge(left)


def merge(networks: list[IPNetwork]) -> list[IPNetwork]:
    """Merge networks, IPv4 first."""
    v4 = collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    v6 = collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
    return [*v4, *v6]


def _name(text: str) -> Plain:
    return next((of_list(name) for name in PUBLISHED if text == name or _is_slip_of(name, text)), None)


def _is_slip_of(name: str, text: str) -> bool:
    plain = text.lower()
    if not text.isascii() or not re.fullmatch("[a-z][a-z_-]*", plain):
        return False
    changes = [plain[:at] + plain[at + 1 :] for at in range(len(plain))]  # a letter too many
    swaps = [plain[:at] + plain[at : at + 2][::-1] + plain[at + 2 :] for at in range(len(plain))]
    gaps = [name[:at] + name[at + 1 :] for at in range(len(name))]  # a letter too few; both: another letter
    same_place = any(gap == change for at, gap in enumerate(gaps) for change in changes[at : at + 1])
    return (
        plain == name or name in changes or name in swaps or plain in gaps or (len(plain) == len(name) and same_place)
    )


def _cidr(text: str) -> Plain:
    host, slash, prefix = text.partition("/")
    address = _address(host)
    if not slash or prefix in map(str, range(address.max_prefixlen + 1)):
        return [_around(address, int(prefix or address.max_prefixlen), strict=False)]
    digits = "".join(str(unicodedata.decimal(each)) for each in prefix.strip().removeprefix("+").replace("_", ""))
    is_octal_too = digits[:1] == "0" and not {*digits} & {"8", "9"} and int(digits, 8) != int(digits)
    return None if is_octal_too or prefix[:1] == "\n" else [_around(address, int(digits), strict=True)]


def _around(address: IPAddress, length: int, *, strict: bool) -> IPNetwork:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) and length <= 32 else None
    return ip_network((mapped or address, length), strict=strict)


def _address(text: str) -> IPAddress:
    if "%" in text:
        raise ValueError(text)
    return ip_address(text)


def _mask(text: str) -> Plain:
    host, _, mask = text.partition("/")
    address, bits = _address(host), f"{int(_address(mask)):0{_address(mask).max_prefixlen}b}"
    ones_first, zeros_first = re.fullmatch("1*0*", bits), re.fullmatch("0+1+", bits)
    if len(bits) != address.max_prefixlen or mask == "::1" or not (ones_first or zeros_first):
        return None
    return [_around(address, bits.count("1" if ones_first else "0"), strict=False)]


def _bracketed(text: str) -> Plain:
    inner, bracket, rest = text[1:].partition("]")
    if text[:1] != "[" or not bracket:
        return None
    if rest[:1] == ":":
        return _with_port(_address(inner), rest[1:], least=0)
    return of_list(inner) if inner in PUBLISHED and not rest else _strict(inner + rest)


def _strict(text: str) -> Plain:
    # ip_network takes zones, and leading zeros in a prefix.
    return [ip_network(text)] if "%" not in text and not re.search("/0[0-9]", text) else None


def _port(text: str) -> Plain:
    host, colon, port = text.partition(":")
    return _with_port(IPv4Address(host), port, least=32) if colon else None


def _with_port(address: IPAddress, port: str, *, least: int) -> Plain:
    if port and not (re.fullmatch("[0-9]{1,5}", port) and least <= int(port) <= 65535):
        return None
    with suppress(ValueError):  # a colon may stand for a slash
        if port and ip_network(f"{address}/{int(port)}") != ip_network(address):
            return None
    return [ip_network(address)]


def _zone(text: str) -> Plain:
    host, _, rest = text.partition("%")
    zone, slash, prefix = rest.partition("/")
    address = IPv6Address(host)
    if not address.is_link_local or not re.fullmatch(r"[0-9]+|[A-Za-z][\w-]*(\.[0-9]+)?", zone, re.ASCII):
        return None
    with suppress(ValueError):  # a per cent sign may stand for a slash
        if ip_network(f"{address}/{int(zone)}") != ip_network(address):
            return None
    return _strict(f"{address}{slash}{prefix}")


def _wildcard(text: str) -> Plain:
    octets = text.rstrip("*.").split(".")
    stars = text[len(".".join(octets)) :]
    known = 8 * len(octets)
    return (
        [_beginning(octets, known)] if stars in (".*", ".*.*", ".*.*.*") and len(octets) + len(stars) // 2 < 5 else None
    )


def _partial(text: str) -> Plain:
    host, slash, prefix = text.partition("/")
    octets = host.removesuffix(".").split(".")
    known = 8 * len(octets)
    length = prefix if slash else str(known)
    return [_beginning(octets, int(length))] if known < 32 and length in map(str, range(known + 1)) else None


def _beginning(octets: list[str], length: int) -> IPNetwork:
    return ip_network(f"{'.'.join([*octets, '0', '0', '0'][:4])}/{length}")


def _padded(text: str) -> Plain:
    host, slash, prefix = text.partition("/")
    octets = host.split(".")
    plain = len(octets) == 4 and all(re.fullmatch("[0-9]{1,3}", octet) for octet in octets)
    return _strict(f"{'.'.join(str(int(octet)) for octet in octets)}{slash}{prefix}") if plain else None


def _number(text: str) -> Plain:
    host, slash, prefix = text.partition("/")
    parts = host.split(".")
    *first, last = [_value(part, alone=len(parts) == 1) for part in parts]
    room = 256 ** (4 - len(first))
    if len(parts) > 4 or max([*first, 0]) > 255 or last >= room:
        return None
    if all(re.fullmatch("0*[0-9]+", part) and int(part) < 256 for part in parts) and len(parts) == 4:
        return None  # octal to some, decimal to others
    address = IPv4Address(int.from_bytes(bytes(first)) * room + last)
    return None if int(address) < 1 << 24 else _strict(f"{address}{slash}{prefix}")


def _value(part: str, *, alone: bool) -> int:
    """Read a part of a number; ValueError if it has two readings, or is a slip."""
    if re.fullmatch("0[xX][0-9A-Fa-f]+", part):
        return int(part, 16)
    if not re.fullmatch("[0-9]+", part):
        raise ValueError(part)
    is_octal = part[0] == "0" and len(part) > 1
    unsure = is_octal and int(part) < 1 << 32 if alone else len(part) < 4 if is_octal else int(part) > 255
    if unsure:
        raise ValueError(part)
    return int(part, 8 if is_octal else 10)


def _range(text: str) -> Plain:
    first, last = (_address(end.strip(" \t")) for end in re.split("[-\u2013]", text))
    return list(summarize_address_range(first, last)) if first.version == last.version else None


_READERS: tuple[Callable[[str], Plain], ...] = (
    _name,
    _cidr,
    _mask,
    _bracketed,
    _port,
    _zone,
    _wildcard,
    _partial,
    _padded,
    _number,
    _range,
)
