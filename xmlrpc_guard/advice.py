"""Why an entry is refused, and what to write instead.

An offer never covers more or less than what was plainly meant: text that could be read in two ways is offered neither.
"""

import re
from collections.abc import Callable

import netaddr

from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import WIDTH, Range, format_address, format_cidr, parse_cidr

IPV4_MAPPED = 0xFFFF
"""What ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) has above its last 32 bits."""

_ALL_ZEROS = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - a network of any length begins there


def advise(entry: object) -> str:
    """Say what is wrong with an entry that cannot be read, and what to write instead.

    >>> advise("10/8")
    'is a partial address; write 10.0.0.0/8'
    """
    return _advise_on_text(str(entry)) if isinstance(entry, str | netaddr.IPNetwork) else _advise_on_object(entry)


def _advise_on_object(entry: object) -> str:
    if entry is None or isinstance(entry, bool):
        return "is not an address; remove it"
    if isinstance(entry, int):
        return _offer("is an integer", _text_of(lambda: netaddr.IPAddress(entry)))
    if isinstance(entry, bytes | bytearray):
        return _offer("is bytes, not text", entry.decode("ascii", "replace"))
    return _offer(f"is of type {type(entry).__name__}, neither text nor a netaddr object", str(entry))


def _advise_on_text(text: str) -> str:
    host, _, prefix = text.partition("/")
    address = parse_cidr(host)
    if address:
        return _advise_on_prefix(address, prefix)
    for form, explain in _FORMS:
        if match := re.fullmatch(form, text, re.DOTALL):
            return explain(match)
    return "is not an address, a CIDR range or a published list; write one such as 203.0.113.0/24"


def _offer(problem: str, text: str) -> str:
    """Add what to write instead: ``text``, if it can be read and does not begin at zero."""
    return f"{problem}; write {text if _is_usable(text) else 'an address or a CIDR range, such as 203.0.113.0/24'}"


def _is_usable(text: str) -> bool:
    cidr = parse_cidr(text)
    return cidr[1] > 0 if cidr else text in PUBLISHED


# An address that can be read, and a prefix that cannot, or that leaves host bits.


def _advise_on_prefix(address: Range, prefix: str) -> str:
    version, first, _ = address
    network = parse_cidr(f"{_ALL_ZEROS[version]}/{prefix}")
    mask = None if "/" in prefix else parse_cidr(prefix)
    if network:  # the prefix is good, so the address is to blame
        return _offer("has host bits set", _enclosing(version, first, WIDTH[version] - network[2].bit_length()))
    if mask and mask[0] == version:
        return _advise_on_mask(version, first, mask[1])
    return _advise_on_digits(version, first, prefix)


def _advise_on_mask(version: int, first: int, mask: int) -> str:
    width = WIDTH[version]
    inverted = mask ^ (1 << width) - 1
    if not inverted & inverted + 1:  # ones, then zeros; one of IPv4 can be read
        length = width - inverted.bit_length()
        return _offer("has an IPv6 netmask", _enclosing(version, first, length))
    if not mask & mask + 1:
        return _offer("has a host (wildcard) mask", _enclosing(version, first, width - mask.bit_length()))
    return f"has a netmask with gaps; write a prefix length from 0 to {width}"


def _advise_on_digits(version: int, first: int, prefix: str) -> str:
    # int() takes what a prefix is not: signs, underscores, white space, other scripts' digits. What it makes of
    # them was probably intended.
    problem = f"has a prefix that is not plain digits from 0 to {WIDTH[version]} without leading zeros"
    host = format_address(version, first)
    try:
        reading = f"{host}/{int(prefix)}"
    except ValueError:
        reading = ""
    return _offer(problem, reading if _is_usable(reading) else host)


def _enclosing(version: int, address: int, length: int) -> str:
    """Write the network of this length around an address."""
    if address >> WIDTH[4] == IPV4_MAPPED and length <= WIDTH[4]:  # IPv4 written as IPv6, its prefix as IPv4's
        version, address = 4, address & 0xFFFFFFFF
    host_bits = (1 << WIDTH[version] - length) - 1
    return format_cidr((version, address & ~host_bits, address | host_bits))


# Forms of text that people write.


def _advise_on_name(match: re.Match[str]) -> str:
    import difflib  # noqa: PLC0415 - slow to import, and wanted for a misspelt name only

    near = difflib.get_close_matches(match[0].lower(), PUBLISHED, n=1)
    if near:
        return f"is not a published list; write {near[0]}"
    known = ", ".join(PUBLISHED)
    return f"is not an address, and host names are not looked up; write an address or a published list: {known}"


def _advise_on_number(match: re.Match[str]) -> str:
    # Octets of 255 and less with leading zeros read one way here and another there: only the decimal reading is
    # what a person meant. The rest is as inet_aton(3) has it.
    host, prefix = match.groups()
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):  # noqa: PLR2004 - of IPv4
        decimal = ".".join(str(int(part)) for part in parts)
        return _offer("has leading zeros, which some read as octal", decimal + prefix)
    return _offer(_base(host), _text_of(lambda: netaddr.IPAddress(host, flags=netaddr.INET_ATON)) + prefix)


def _base(host: str) -> str:
    if "x" in host.lower():
        return "is hexadecimal"
    if re.search(r"\b0[0-9]", host):
        return "is octal"
    return "has a part above 255" if "." in host else "is an integer"


def _text_of(read: Callable[[], netaddr.IPAddress]) -> str:
    try:
        return str(read())
    except (ValueError, netaddr.AddrFormatError):
        return ""


def _advise_on_partial(match: re.Match[str]) -> str:
    parts = match[1].strip(".").split(".")
    return _offer("is a partial address", f"{_pad(parts)}{match[2] or f'/{8 * len(parts)}'}")


def _advise_on_wildcard(match: re.Match[str]) -> str:
    parts = [part for part in match[0].split(".") if part != "*"]
    return _offer("is a wildcard form", f"{_pad(parts)}/{8 * len(parts)}")


def _pad(parts: list[str]) -> str:
    return ".".join([*parts, "0", "0", "0"][:4])


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NUMBER = "(?:0[xX][0-9A-Fa-f]{1,32}|[0-9]{1,39})"
_QUAD = rf"{_OCTET}(?:\.{_OCTET}){{3}}"

# The first that fits explains; each explanation ends with the text to write instead.
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"\s*", lambda _: "is an empty entry; remove it"),
    (r"\s.*|.*\s", lambda match: _offer("has white space around it", match[0].strip())),
    (r"unix", lambda _: "is not an address; write it in trusted_proxies only"),
    (r"(?i:unix:?)", lambda _: "is not an address; write 'unix' for a unix socket, in trusted_proxies only"),
    (r"localhost", lambda _: "is a host name; write 127.0.0.1 or ::1"),
    (r"file:.*", lambda _: "names a file, which only a LivePolicy reads; write a sources.File in a LivePolicy"),
    (r"([0-9A-Fa-f:.]+)%[^/]*(/.*)?", lambda match: _offer("has a zone id", match[1] + (match[2] or ""))),
    (r"\[(.*)\](?::[0-9]*)?(/.*)?", lambda match: _offer("has brackets", match[1] + (match[2] or ""))),
    (rf"({_QUAD}):[0-9]*", lambda match: _offer("has a port", match[1])),
    (rf"{_OCTET}(?:\.{_OCTET}){{0,2}}(?:\.\*){{1,3}}", _advise_on_wildcard),
    (rf"({_OCTET}(?:\.{_OCTET}){{0,2}}\.?)((?:/[0-9]+)?)", _advise_on_partial),
    (rf"({_NUMBER}(?:\.{_NUMBER}){{0,3}})((?:/.*)?)", _advise_on_number),
    (r"[0-9A-Fa-f:.]+-[0-9A-Fa-f:.]+", lambda _: "is a range; write its CIDRs, or a netaddr.IPRange"),
    (r"[A-Za-z][A-Za-z0-9_-]*", _advise_on_name),
    (r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]+\.?", lambda _: "is a host name; write its addresses"),
)
