"""Read one entry of an address list strictly: what it covers, or why it is refused and what to write instead.

netaddr reads the addresses and judges the masks, save for plain text that needs neither. This module holds what netaddr
lets through: host bits, wildcard masks, and prefixes that only ``int()`` would take.
"""

import re
from collections.abc import Callable, Iterable
from socket import AF_INET, AF_INET6, inet_pton

import netaddr

from xmlrpc_guard.published import PUBLISHED, PublishedList

Range = tuple[int, int, int]
"""IP version (4 or 6), first and last address, both included, as integers."""

Entry = str | netaddr.IPAddress | netaddr.IPNetwork | netaddr.IPRange | netaddr.IPSet
"""What one entry may be. Text is a CIDR, an address, an address with a netmask, or a published list's name."""

WIDTH = {4: 32, 6: 128}
"""The bits of an address, by IP version."""

_FAMILIES = {4: int(AF_INET), 6: int(AF_INET6)}
_PREFIXES = {str(length): length for length in range(129)}
_IPV4_MAPPED = 0xFFFF  # ::ffff:0:0/96 shifted right by 32 bits, RFC 4291 section 2.5.5.2


def read_entry(entry: object) -> list[Range]:
    """Give the ranges of one entry, IPv4-mapped IPv6 as IPv4; a ValueError holds the problem and the fix.

    >>> [(version, hex(first), hex(last)) for version, first, last in read_entry("192.0.64.0/18")]
    [(4, '0xc0004000', '0xc0007fff')]
    >>> read_entry("192.0.64.1/18")
    Traceback (most recent call last):
    ValueError: has host bits set; write 192.0.64.0/18
    """
    plain = read_plain(entry) if isinstance(entry, str) else None
    return [plain] if plain else read_closely(entry)


def read_plain(text: str) -> Range | None:
    """Read what long lists are full of in a fraction of netaddr's time; None for what needs a closer look.

    >>> read_plain("10.0.0.0/30"), read_plain("10.0.0.0/255.255.255.252"), read_plain("10.0.0.1/30")
    ((4, 167772160, 167772163), None, None)
    """
    host, slash, prefix = text.partition("/")
    version = 6 if ":" in host else 4
    try:
        packed = inet_pton(_FAMILIES[version], host)
        host_bits = (1 << WIDTH[version] - _PREFIXES[prefix]) - 1 if slash else 0
    except (OSError, ValueError, KeyError):  # no address; a NUL, a non-ASCII character, a prefix above 32; no prefix
        return None
    first = int.from_bytes(packed)
    last = first | host_bits
    return None if first & host_bits or not last or last >> 32 == _IPV4_MAPPED else (version, first, last)


def read_closely(entry: object) -> list[Range]:
    """Do what read_entry does, all of it with netaddr."""
    return list(map(_checked, _ranges(entry)))


def _checked(block: Range) -> Range:
    version, first, last = block
    if first >> 32 == _IPV4_MAPPED or last >> 32 == _IPV4_MAPPED:
        if first >> 32 != last >> 32:
            raise ValueError("crosses the edge of ::ffff:0:0/96, which is IPv4; write its IPv4 part as IPv4")
        version, first, last = block = 4, first & 0xFFFFFFFF, last & 0xFFFFFFFF
    if last == 0 and version == 4:  # noqa: PLR2004 - the IP version
        raise ValueError("is nobody's address; write 0.0.0.0/0 if every IPv4 address is meant")
    return block


def _ranges(entry: object) -> Iterable[Range]:
    if isinstance(entry, str):
        return _listed(PUBLISHED[entry]) if entry in PUBLISHED else [_network(entry)]
    if isinstance(entry, netaddr.IPNetwork):
        return [_block(entry.ip, entry.prefixlen)]
    if isinstance(entry, netaddr.IPAddress):
        return [_block(entry, WIDTH[entry.version])]
    if isinstance(entry, netaddr.IPRange):
        return [(entry.version, entry.first, entry.last)]
    if isinstance(entry, netaddr.IPSet):
        return _blocks(entry)
    raise ValueError(_why_not_text(entry))  # one kind of error for every refused entry


def _listed(published: PublishedList) -> Iterable[Range]:
    return _blocks(netaddr.IPSet(published.ranges) - netaddr.IPSet(published.without))


def _blocks(entry: netaddr.IPSet) -> Iterable[Range]:
    # By CIDR: a range would join ::ffff:0:0/96 to what lies beside it, and hide that it is IPv4.
    return [(block.version, block.first, block.last) for block in entry.iter_cidrs()]


def _network(text: str) -> Range:
    host, slash, prefix = text.partition("/")
    address = _address(host)
    if address is None:
        raise ValueError(_why_unreadable(text))
    width = WIDTH[address.version]
    length = _PREFIXES.get(prefix, width + 1) if slash else width
    return _block(address, length if length <= width else _mask_length(address, prefix))


def _address(text: str) -> netaddr.IPAddress | None:
    try:
        return netaddr.IPAddress(text, 6 if ":" in text else 4, netaddr.INET_PTON)
    except (netaddr.AddrFormatError, ValueError):
        return None


def _block(address: netaddr.IPAddress, length: int) -> Range:
    version, first = address.version, int(address)
    host_bits = (1 << WIDTH[version] - length) - 1
    if first & host_bits:
        raise ValueError(_offer("has host bits set", _cidr(address, length)))
    return version, first, first | host_bits


def _cidr(address: netaddr.IPAddress, length: int) -> str:
    if address.version == 6 and int(address) >> 32 == _IPV4_MAPPED and length <= WIDTH[4]:  # noqa: PLR2004
        address = netaddr.IPAddress(int(address) & 0xFFFFFFFF, 4)  # with the prefix of an IPv4 network
    return str(netaddr.IPNetwork(f"{address}/{length}").cidr)


def _offer(problem: str, text: str) -> str:
    """Say what to write instead: ``text``, if it can be used and does not begin at zero."""
    return f"{problem}; write {text if _usable(text) else 'an address or a CIDR range, such as 203.0.113.0/24'}"


def _usable(text: str) -> bool:
    host, slash, prefix = text.partition("/")
    address = _address(host)
    if address is None:
        return text in PUBLISHED
    width = WIDTH[address.version]
    length = _PREFIXES.get(prefix, width + 1) if slash else width
    return length <= width and int(address) > 0 and not int(address) & (1 << width - length) - 1


def _mask_length(address: netaddr.IPAddress, text: str) -> int:
    mask = _address(text)
    if mask is None or mask.version != address.version:
        raise ValueError(_why_no_prefix(address, text))
    width = WIDTH[mask.version]
    length = width - (~int(mask) & (1 << width) - 1).bit_length()  # of the leading ones
    if mask.is_netmask() and mask.version == 4:  # noqa: PLR2004 - the IP version
        return length
    if mask.is_netmask():
        raise ValueError(_offer("has an IPv6 netmask, which nobody writes", _cidr(address, length)))
    if mask.is_hostmask():
        raise ValueError(_offer("has a host (wildcard) mask", _cidr(address, width - int(mask).bit_length())))
    raise ValueError(f"has a netmask with gaps; write a prefix length from 0 to {width}")


def _why_no_prefix(address: netaddr.IPAddress, prefix: str) -> str:
    # int() takes what a prefix is not: signs, underscores, white space, other scripts' digits. What it makes of
    # them was probably meant.
    problem = f"has a prefix that is not plain digits from 0 to {WIDTH[address.version]} without leading zeros"
    try:
        meant = f"{address}/{int(prefix)}"
    except ValueError:
        meant = ""
    return _offer(problem, meant if _usable(meant) else str(address))


def _why_not_text(entry: object) -> str:
    if entry is None or isinstance(entry, bool):
        return "is no address; remove it"
    if isinstance(entry, int):
        return _offer("is an integer", _reading(lambda: netaddr.IPAddress(entry)))
    if isinstance(entry, bytes | bytearray):
        return _offer("is bytes, not text", entry.decode("ascii", "replace"))
    return _offer(f"is of type {type(entry).__name__}, neither text nor a netaddr object", str(entry))


def _why_unreadable(text: str) -> str:
    for form, explain in _FORMS:
        if match := re.fullmatch(form, text, re.DOTALL):
            return explain(match)
    return "is not an address, a CIDR range or a known list; write one such as 203.0.113.0/24"


def _unknown_name(match: re.Match[str]) -> str:
    import difflib  # noqa: PLC0415 - slow to import, and wanted for a misspelt name only

    near = difflib.get_close_matches(match[0].lower(), PUBLISHED, n=1)
    known = ", ".join(PUBLISHED)
    return (
        f"is not a known list; write {near[0]}"
        if near
        else f"is no address, and host names are not looked up; the known lists: {known}"
    )


def _other_base(match: re.Match[str]) -> str:
    # Octets of 255 and less with leading zeros read one way here and another there: only the decimal reading is
    # what a person meant. The rest is as inet_aton(3) has it.
    host, prefix = match.groups()
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):  # noqa: PLR2004 - of IPv4
        decimal = ".".join(str(int(part)) for part in parts)
        return _offer("has leading zeros, which some take as octal", decimal + prefix)
    reading = _reading(lambda: netaddr.IPAddress(host, flags=netaddr.INET_ATON))
    return _offer(_kind(host), reading + prefix)


def _kind(host: str) -> str:
    if "x" in host.lower():
        return "is hexadecimal"
    if re.search(r"\b0[0-9]", host):
        return "is octal"
    return "has a part above 255" if "." in host else "is an integer"


def _reading(read: Callable[[], netaddr.IPAddress]) -> str:
    try:
        return str(read())
    except (ValueError, netaddr.AddrFormatError):
        return ""


def _partial(match: re.Match[str]) -> str:
    parts = match[1].strip(".").split(".")
    return _offer("is a partial address", f"{_padded(parts)}{match[2] or f'/{8 * len(parts)}'}")


def _wildcard(match: re.Match[str]) -> str:
    parts = [part for part in match[0].split(".") if part != "*"]
    return _offer("is a wildcard form", f"{_padded(parts)}/{8 * len(parts)}")


def _padded(parts: list[str]) -> str:
    return ".".join([*parts, "0", "0", "0"][:4])


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NUMBER = "(?:0[xX][0-9A-Fa-f]{1,32}|[0-9]{1,39})"
_QUAD = rf"{_OCTET}(?:\.{_OCTET}){{3}}"

# Forms that people write, most telling first. Each explanation ends with the text to write instead.
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"\s*", lambda _: "is an empty entry; remove it"),
    (r"\s.*|.*\s", lambda match: _offer("has white space around it", match[0].strip())),
    (r"unix", lambda _: "is no address; it is for trusted_proxies alone"),
    (r"(?i:unix:?)", lambda _: "is no address; a unix socket is 'unix', in trusted_proxies alone"),
    (r"localhost", lambda _: "is a host name; write 127.0.0.1 or ::1"),
    (r"file:.*", lambda _: "names a file, which only a LivePolicy follows; give that one a sources.File"),
    (r"([0-9A-Fa-f:.]+)%[^/]*(/.*)?", lambda match: _offer("has a zone id", match[1] + (match[2] or ""))),
    (r"\[(.*)\](?::[0-9]*)?(/.*)?", lambda match: _offer("has brackets", match[1] + (match[2] or ""))),
    (rf"({_QUAD}):[0-9]*", lambda match: _offer("has a port", match[1])),
    (rf"{_OCTET}(?:\.{_OCTET}){{0,2}}(?:\.\*){{1,3}}", _wildcard),
    (rf"({_OCTET}(?:\.{_OCTET}){{0,2}}\.?)((?:/[0-9]+)?)", _partial),
    (rf"({_NUMBER}(?:\.{_NUMBER}){{0,3}})((?:/.*)?)", _other_base),
    (r"[0-9A-Fa-f:.]+-[0-9A-Fa-f:.]+", lambda _: "is a range; write its CIDRs, or a netaddr.IPRange"),
    (r"[A-Za-z][A-Za-z0-9_-]*", _unknown_name),
    (r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]+\.?", lambda _: "is a host name; write its addresses"),
)
