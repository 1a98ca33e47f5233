"""Read one entry of an address list strictly: what it covers, or why it is refused and what to write instead.

netaddr reads the addresses and judges the masks. This module holds what netaddr lets through: host bits,
wildcard masks, and prefixes that only ``int()`` would take.
"""

import difflib
import re
from collections.abc import Callable, Iterator

import netaddr

from xmlrpc_guard.published import PUBLISHED

Range = tuple[int, int, int]
"""IP version (4 or 6), first and last address, both included, as integers."""

Entry = str | netaddr.IPAddress | netaddr.IPNetwork | netaddr.IPRange | netaddr.IPSet
"""What one entry may be. Text is a CIDR, an address, an address with a netmask, or a published list's name."""

_WIDTH = {4: 32, 6: 128}
_PREFIXES = {str(length): length for length in range(129)}
_IPV4_MAPPED = 0xFFFF  # ::ffff:0:0/96 shifted right by 32 bits, RFC 4291 section 2.5.5.2


def read_entry(entry: object) -> Iterator[Range]:
    """Yield the ranges of one entry, IPv4-mapped IPv6 as IPv4; a ValueError holds the problem and the fix.

    >>> [(version, hex(first), hex(last)) for version, first, last in read_entry("192.0.64.0/18")]
    [(4, '0xc0004000', '0xc0007fff')]
    >>> list(read_entry("192.0.64.1/18"))
    Traceback (most recent call last):
    ValueError: has host bits set; write 192.0.64.0/18
    """
    for version, first, last in _ranges(entry):
        if version == 6 and first >> 32 == last >> 32 == _IPV4_MAPPED:  # noqa: PLR2004 - the IP version
            version, first, last = 4, first & 0xFFFFFFFF, last & 0xFFFFFFFF  # noqa: PLW2901
        if (version, last) == (4, 0):
            raise ValueError("is nobody's address; write 0.0.0.0/0 if every IPv4 address is meant")
        yield version, first, last


def _ranges(entry: object) -> Iterator[Range]:
    if isinstance(entry, str):
        yield from map(_network, PUBLISHED[entry].ranges if entry in PUBLISHED else [entry])
    elif isinstance(entry, netaddr.IPNetwork):
        yield _block(entry.ip, entry.prefixlen)
    elif isinstance(entry, netaddr.IPAddress):
        yield _block(entry, _WIDTH[entry.version])
    elif isinstance(entry, netaddr.IPRange):
        yield entry.version, entry.first, entry.last
    elif isinstance(entry, netaddr.IPSet):
        yield from ((block.version, block.first, block.last) for block in entry.iter_ipranges())
    else:
        raise ValueError(_why_not_text(entry))  # noqa: TRY004 - one kind of error for every refused entry


def _network(text: str) -> Range:
    host, slash, prefix = text.partition("/")
    address = _address(host)
    if address is None:
        raise ValueError(_why_unreadable(text))
    return _block(address, _length(address, prefix) if slash else _WIDTH[address.version])


def _address(text: str) -> netaddr.IPAddress | None:
    try:
        return netaddr.IPAddress(text, flags=netaddr.INET_PTON)
    except (netaddr.AddrFormatError, ValueError):
        return None


def _block(address: netaddr.IPAddress, length: int) -> Range:
    first, host_bits = int(address), (1 << _WIDTH[address.version] - length) - 1
    if first & host_bits:
        raise ValueError(f"has host bits set; write {_cidr(address, length)}")
    return address.version, first, first | host_bits


def _cidr(address: netaddr.IPAddress, length: int) -> str:
    return str(netaddr.IPNetwork(f"{address}/{length}").cidr)


def _length(address: netaddr.IPAddress, prefix: str) -> int:
    length = _PREFIXES.get(prefix)
    if length is not None and length <= _WIDTH[address.version]:
        return length
    mask = _address(prefix)
    if mask is not None and mask.version == address.version:
        return _mask_length(address, mask)
    raise ValueError(_why_no_prefix(address, prefix))


def _mask_length(address: netaddr.IPAddress, mask: netaddr.IPAddress) -> int:
    width = _WIDTH[mask.version]
    length = width - (~int(mask) & (1 << width) - 1).bit_length()  # of the leading ones
    if mask.is_netmask() and mask.version == 4:  # noqa: PLR2004 - the IP version
        return length
    if mask.is_netmask():
        raise ValueError(f"has an IPv6 netmask, which nobody writes; write {_cidr(address, length)}")
    if mask.is_hostmask():
        raise ValueError(f"has a host (wildcard) mask; write {_cidr(address, width - int(mask).bit_length())}")
    raise ValueError(f"has a netmask with gaps; write a prefix length from 0 to {width}")


def _why_no_prefix(address: netaddr.IPAddress, prefix: str) -> str:
    # int() takes what a prefix is not: signs, underscores, white space, other scripts' digits. What it makes of
    # them was probably meant, unless that is a wider block than the address begins.
    width = _WIDTH[address.version]
    try:
        _block(address, int(prefix))
        fix = _cidr(address, int(prefix))
    except (ValueError, netaddr.AddrFormatError):
        fix = f"{address}/{width} for the one address"
    return f"has a prefix that is not plain digits from 0 to {width} without leading zeros; write {fix}"


def _why_not_text(entry: object) -> str:
    if entry is None or isinstance(entry, bool):
        return "is no address; remove it"
    if isinstance(entry, int):
        return f"is an integer; write the address as text{_meant(lambda: netaddr.IPAddress(entry))}"
    if isinstance(entry, bytes | bytearray):
        return f"is bytes; write text: {entry.decode('ascii', 'backslashreplace')!r:.60}"
    return f"is of type {type(entry).__name__}; write text or a netaddr object: {str(entry)!r:.60}"


def _why_unreadable(text: str) -> str:
    for form, explain in _FORMS:
        if match := form.fullmatch(text):
            return explain(match)
    return "is not an address, a CIDR range or a known list; write one such as 192.0.64.0/18"


def _unknown_name(match: re.Match[str]) -> str:
    near = difflib.get_close_matches(match[0].lower(), PUBLISHED, n=1)
    known = ", ".join(PUBLISHED)
    return f"is not a known list; write {near[0]}" if near else f"is not a known list; the known ones: {known}"


def _other_base(match: re.Match[str]) -> str:
    # Octets of 255 and less with leading zeros read one way here and another there: only the decimal reading is
    # what a person meant. The rest is as inet_aton(3) has it.
    host, prefix = match.groups()
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):  # noqa: PLR2004 - of IPv4
        decimal = ".".join(str(int(part)) for part in parts)
        return f"has leading zeros, which some take as octal; write {decimal}{prefix}"
    kind = "hexadecimal" if "x" in host.lower() else "octal" if host.startswith("0") else "an integer"
    return f"is {kind}; write decimal parts{_meant(lambda: netaddr.IPAddress(host, flags=netaddr.INET_ATON))}"


def _meant(reading: Callable[[], netaddr.IPAddress]) -> str:
    try:
        return f": {reading()}"
    except (ValueError, netaddr.AddrFormatError):
        return ""


def _partial(match: re.Match[str]) -> str:
    parts = match[1].strip(".").split(".")
    padded = ".".join([*parts, "0", "0", "0"][:4])
    return f"is a partial address; write {padded}{match[2] or f'/{8 * len(parts)}'}"


def _wildcard(match: re.Match[str]) -> str:
    parts = [part for part in match[0].split(".") if part != "*"]
    padded = ".".join([*parts, "0", "0", "0", "0"][:4])
    return f"is a wildcard form; write {padded}/{8 * len(parts)}"


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NUMBER = "(?:0[xX][0-9A-Fa-f]{1,32}|[0-9]{1,39})"
_QUAD = rf"{_OCTET}(?:\.{_OCTET}){{3}}"

# Forms that people write, most telling first. Each explanation ends with the text to write instead.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(form, re.DOTALL), explain)
    for form, explain in (
        (r"\s*", lambda _: "is an empty entry; remove it"),
        (r"\s.*|.*\s", lambda match: f"has white space around it; write {match[0].strip():.60}"),
        (r"unix", lambda _: "is no address; it is for trusted_proxies alone"),
        (r"([0-9A-Fa-f:.]+)%[^/]*(/.*)?", lambda match: f"has a zone id; write {match[1]}{match[2] or ''}"),
        (r"\[(.*)\](?::[0-9]*)?(/.*)?", lambda match: f"has brackets; write {match[1]}{match[2] or ''}"),
        (rf"({_QUAD}):[0-9]*", lambda match: f"has a port; write {match[1]}"),
        (rf"{_OCTET}(?:\.{_OCTET}){{0,2}}(?:\.\*){{1,3}}", _wildcard),
        (rf"({_OCTET}(?:\.{_OCTET}){{0,2}}\.?)((?:/[0-9]+)?)", _partial),
        (rf"({_NUMBER}(?:\.{_NUMBER}){{0,3}})((?:/.*)?)", _other_base),
        (r"[0-9A-Fa-f:.]+-[0-9A-Fa-f:.]+", lambda _: "is a range; write its CIDRs, or a netaddr.IPRange"),
        (r"[A-Za-z][A-Za-z0-9_-]*", _unknown_name),
        (r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]+\.?", lambda _: "is a host name; write its addresses"),
    )
)
