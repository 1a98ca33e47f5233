"""Why an entry is refused, and what to write instead.

An offer covers exactly the one entry that the whole text plainly means, its prefix included: who obeys it must not
deny one address in place of 256, nor trust more than was written. So each form below describes a text from its first
character to its last. Nothing is offered where a part of the text cannot be read, where a prefix is out of range, where
the rest may be another address, a label or a "not", or where two readings differ (``10.0.0.0:8`` is a port, or a
prefix after the wrong sign).
"""

import re
from collections.abc import Callable

from xmlrpc_guard.foreign import netaddr_classes
from xmlrpc_guard.published import PUBLISHED, names_for, nearest_list
from xmlrpc_guard.ranges import (
    IPV4_MAPPED,
    WIDEST,
    WIDTH,
    Range,
    format_address,
    format_cidr,
    parse_cidr,
    prefix_length,
    unmap,
)

_ALL_ZEROS = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - a network of any length begins there
_LAST_PORT = 65535


def advise(entry: object, setting: str = "") -> str:
    """Say what is wrong with an entry that cannot be read, and what to write instead in this setting.

    >>> advise("10/8")
    'is a partial address; write 10.0.0.0/8'
    >>> advise("10.0.0.0/8 ; the office").partition("; write ")[2]
    'an address or a CIDR range, such as 203.0.113.0/24'
    """
    if isinstance(entry, (str, *netaddr_classes("IPNetwork"))):
        return _advise_on_text(str(entry), setting)
    return _advise_on_object(entry)


def _advise_on_object(entry: object) -> str:
    if entry is None or isinstance(entry, bool):
        return "is not an address; remove it"
    if isinstance(entry, int):
        return _offer("is an integer", _read_with_netaddr(entry))
    if isinstance(entry, bytes | bytearray):
        return _offer("is bytes, not text", entry.decode("ascii", "replace"))
    if hasattr(entry, "__fspath__"):
        return f"is a path; {_name_file(str(entry))}"
    return _offer(f"is of type {type(entry).__name__}, neither text nor a netaddr object", str(entry))


def _advise_on_text(text: str, setting: str) -> str:
    host, slash, prefix = text.partition("/")
    address = parse_cidr(host)
    if address and slash:
        return _advise_on_prefix(address, prefix)
    for form, explain in _FORMS:
        if match := re.fullmatch(form, text, re.DOTALL):
            return explain(match, setting)
    return "is not an address, a CIDR range or a published list; write one such as 203.0.113.0/24"


def _offer(problem: str, *texts: str) -> str:
    """Add what to write instead: the texts, if each of them is an entry that is accepted and does not begin at zero."""
    usable = texts and all(map(_is_usable, texts))
    return f"{problem}; write {', '.join(texts) if usable else 'an address or a CIDR range, such as 203.0.113.0/24'}"


def _is_usable(text: str) -> bool:
    cidr = parse_cidr(text)
    unmapped = cidr and unmap(cidr)
    return unmapped[1] > 0 if unmapped else text in PUBLISHED


# An address that can be read, and a prefix that cannot, or that leaves host bits.


def _advise_on_prefix(address: Range, prefix: str) -> str:
    version, first, _ = address
    network = parse_cidr(f"{_ALL_ZEROS[version]}/{prefix}")
    mask = None if "/" in prefix else parse_cidr(prefix)
    if network:  # the prefix is good, so the address is to blame
        return _offer("has host bits set", _unless_too_wide(_enclosing(version, first, prefix_length(network))))
    if mask and mask[0] == version:
        return _advise_on_mask(version, first, mask[1])
    problem = f"has a prefix that is not plain digits from 0 to {WIDTH[version]} without leading zeros"
    return _offer(problem, f"{format_address(version, first)}/{_read_digits(prefix)}")


def _unless_too_wide(text: str) -> str:
    # 203.0.113.0/2 has lost a digit: what it covers is a quarter of IPv4, and not what was meant.
    cidr = parse_cidr(text)
    return text if cidr and prefix_length(cidr) >= WIDEST[cidr[0]] else ""


def _advise_on_mask(version: int, first: int, mask: int) -> str:
    width = WIDTH[version]
    inverted = mask ^ (1 << width) - 1
    if not inverted & inverted + 1:  # ones, then zeros; one of IPv4 can be read
        length = width - inverted.bit_length()
        return _offer("has an IPv6 netmask", _enclosing(version, first, length))
    if not mask & mask + 1:
        wildcard = _enclosing(version, first, width - mask.bit_length())
        return _offer("has a host (wildcard) mask", "" if (version, mask) == _LOOPBACK else wildcard)
    return f"has a netmask with gaps; write a prefix length from 0 to {width}"


_LOOPBACK = (6, 1)  # ::1 after a slash is another address rather than a mask of one bit


def _read_digits(prefix: str) -> str:
    """Give the length that a prefix means, "" for none: a plus sign, a zero or another script's digits do no harm."""
    match = re.fullmatch(r"[ \t]*\+?(\d(?:_?\d){,9})\s*", prefix)
    digits = "".join(str(int(digit)) for digit in match[1].replace("_", "")) if match else ""
    # After a zero, some programs read octal: 010 is 8 to iproute2.
    octal = re.fullmatch("0[0-7]+", digits) and int(digits, 8) != int(digits)
    return "" if octal else digits.lstrip("0")


def _enclosing(version: int, address: int, length: int) -> str:
    """Write the network of this length around an address."""
    if address >> WIDTH[4] == IPV4_MAPPED and length <= WIDTH[4]:  # IPv4 written as IPv6, its prefix as IPv4's
        version, address = 4, address & 0xFFFFFFFF
    host_bits = (1 << WIDTH[version] - length) - 1
    return format_cidr((version, address & ~host_bits, address | host_bits))


# Names, of lists and of files.


def _advise_on_name(match: re.Match[str], setting: str) -> str:
    names = names_for(setting)
    if near := nearest_list(match[0], names):
        return f"is not a published list; write {near}"
    known = ", ".join(names) if len(names) < len(PUBLISHED) else _list_names()
    return f"is not an address, and host names are not looked up; write an address or a published list: {known}"


def _list_names() -> str:
    """Write the names of all published lists, and in which setting each belongs."""
    by_setting: dict[str, list[str]] = {}
    for name, listed in PUBLISHED.items():
        by_setting.setdefault(listed.settings[0], []).append(name)
    return "; ".join(f"{', '.join(names)} in {setting}" for setting, names in by_setting.items())


def _advise_on_path(match: re.Match[str], _: str) -> str:
    return f"looks like the path of a file; {_name_file(match[0])}"


def _name_file(path: str) -> str:
    """Say how a list file is named: in text, neither ``~`` nor white space, commas and colons can be part of a path."""
    named = "file: and its whole path" if re.search(r"[\s,:~]", path) else f"file:{path}"
    return f"write {named} (in code, a sources.File in a LivePolicy)"


# Numbers, as inet_aton(3) and Apache read them.


def _advise_on_number(match: re.Match[str], _: str) -> str:
    host, prefix = match.groups()
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):  # noqa: PLR2004 - of IPv4
        # Octets padded to three digits are what a person aligns. More digits are octal, or are not.
        decimal = ".".join(str(int(part)) for part in parts) if max(map(len, parts)) < 4 else ""  # noqa: PLR2004
        return _offer("has leading zeros, which some read as octal", decimal + prefix)
    return _offer(_describe_base(host), _read_inet_number(parts) + prefix)


def _describe_base(host: str) -> str:
    if "x" in host.lower():
        return "is hexadecimal"
    if re.search(r"\b0[0-9]", host):
        return "is octal"
    return "has a part above 255" if "." in host else "is an integer"


def _read_inet_number(parts: list[str]) -> str:
    """Read a number, or up to four, as inet_aton(3) does; "" where a person may have meant another address."""
    if any(part.isdigit() and _has_two_readings(part, alone=len(parts) == 1) for part in parts):
        return ""
    address = _read_with_netaddr(".".join(parts))
    return "" if address.startswith("0.") else address  # a small number is not the address of a client


def _has_two_readings(part: str, *, alone: bool) -> bool:
    if alone:  # octal, or decimal
        return part.startswith("0") and int(part) < 1 << WIDTH[4]
    if part.startswith("0"):  # octal, or padded
        return 1 < len(part) <= 3  # noqa: PLR2004 - the digits of an octet
    return int(part) > 255  # noqa: PLR2004 - rest of the address to inet_aton, and to a person a slip


def _read_with_netaddr(number: int | str) -> str:
    """Read an integer, or what inet_aton(3) takes; "" for any other."""
    import netaddr  # noqa: PLC0415 - what is refused can wait for it, and a guard that starts need not

    try:
        return str(netaddr.IPAddress(number, flags=netaddr.INET_ATON if isinstance(number, str) else 0))
    except (ValueError, netaddr.AddrFormatError):
        return ""


def _advise_on_partial(match: re.Match[str], _: str) -> str:
    parts = match[1].strip(".").split(".")
    network = f"{_pad(parts)}{match[2] or f'/{8 * len(parts)}'}"
    cidr = parse_cidr(network)
    # With a longer prefix, a part may be missing that is not zero.
    whole = cidr is not None and prefix_length(cidr) <= 8 * len(parts)
    return _offer("is a partial address", network if whole else "")


def _advise_on_wildcard(match: re.Match[str], _: str) -> str:
    parts = [part for part in match[0].split(".") if part != "*"]
    return _offer("is a wildcard form", f"{_pad(parts)}/{8 * len(parts)}")


def _pad(parts: list[str]) -> str:
    return ".".join([*parts, "0", "0", "0"][:4])


# An address, and something beside it.


def _advise_on_port(match: re.Match[str], _: str) -> str:
    host, port = match.groups()
    return _offer("has a port", host if not port or WIDTH[4] <= int(port) <= _LAST_PORT else "")


def _advise_on_bracketed_port(match: re.Match[str], _: str) -> str:
    host, port = match.groups()
    is_port = not port or (int(port) <= _LAST_PORT and not _is_other_prefix(host, port))
    return _offer("has brackets", host if is_port and "/" not in host and host not in PUBLISHED else "")


def _is_other_prefix(host: str, number: str) -> bool:
    """Return whether a number beside an address may be its prefix after the wrong sign, and means more than it."""
    return parse_cidr(f"{host}/{number.lstrip('0')}") not in (None, parse_cidr(host))


def _advise_on_zone(match: re.Match[str], _: str) -> str:
    host, zone, prefix = match.groups()
    cidr = parse_cidr(host)
    plain = cidr and cidr[1] >> 118 == _LINK_LOCAL and not _is_other_prefix(host, zone)
    return _offer("has a zone id", f"{host}{prefix}" if plain else "")


_LINK_LOCAL = 0xFE80 >> 6  # the first ten bits of fe80::/10, whose addresses have zones (RFC 4007)


def _advise_on_range(match: re.Match[str], _: str) -> str:
    first, last = map(parse_cidr, match.groups())
    if first and last and first[0] == last[0]:
        return "is a range that ends before it begins; write its first address first"
    return "is not a range; write its first and its last address, such as 203.0.113.0-203.0.113.9"


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NUMBER = "(?:0[xX][0-9A-Fa-f]{1,32}|[0-9]{1,39})"
_QUAD = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_END = r"(?=[0-9A-Fa-f]*[:.])[0-9A-Fa-f:.]+"  # of a range: an address, or nearly one
_ZONE = r"[0-9]{1,10}|[A-Za-z][A-Za-z0-9_-]*(?:\.[0-9]+)?"
_PART = r"[^\s/\\,;:*?]+"  # of a path
_LIST_FILE = rf"{_PART}\.(?i:txt|json|csv|lst|list|conf|cfg|ini|ips|ipset|netset)"
_SOCKET = rf"(?://)?(?:/{_PART})+"
_UNIX_PATH = (
    "is the path of a unix socket; write 'unix', in trusted_proxies only, for all sockets that the server listens on"
)
_UNIX = "is not an address; write 'unix' for a unix socket, in trusted_proxies only"

Explain = Callable[[re.Match[str], str], str]

# The first that fits explains; each explanation ends with the text to write instead.
_FORMS: tuple[tuple[str, Explain], ...] = (
    (r"\s*", lambda *_: "is an empty entry; remove it"),
    (r"\s.*|.*\s", lambda match, _: _offer("has white space around it", match[0].strip())),
    (r"unix", lambda *_: "is not an address; write it in trusted_proxies only"),
    (r"(?i:u+n+i+x+|unix[-_]?socket|unix:)", lambda *_: _UNIX),
    (rf"unix:{_SOCKET}|{_SOCKET}\.sock(?:et)?", lambda *_: _UNIX_PATH),
    (r"localhost", lambda *_: "is a host name; write 127.0.0.1 or ::1"),
    (r"file:.*", lambda *_: "names a file, which only a LivePolicy reads; write a sources.File in a LivePolicy"),
    (rf"({_END})%({_ZONE})((?:/.*)?)", _advise_on_zone),
    (r"\[(.*)\]:([0-9]{0,5})", _advise_on_bracketed_port),
    (r"\[(.*)\]((?:/.*)?)", lambda match, _: _offer("has brackets", match[1] + match[2])),
    (rf"({_QUAD}):([0-9]{{0,5}})", _advise_on_port),
    (rf"{_OCTET}(?:\.{_OCTET}){{0,2}}(?:\.\*){{1,3}}", _advise_on_wildcard),
    (rf"({_OCTET}(?:\.{_OCTET}){{0,2}}\.?)((?:/[0-9]+)?)", _advise_on_partial),
    (rf"({_NUMBER}(?:\.{_NUMBER}){{0,3}})((?:/[0-9]*)?)", _advise_on_number),
    (rf"({_END})[ \t]*[-\u2013][ \t]*([0-9A-Fa-f:.]+)", _advise_on_range),
    (rf"(?:~|\.\.?)?(?:/{_PART})*/{_LIST_FILE}|(?:[A-Za-z0-9_-]+/)*{_LIST_FILE}", _advise_on_path),
    (rf"(?!.*\.php)(?=.*[A-Za-z]{{2}})(?:(?:~|\.\.?)/{_PART}|/{_PART}/{_PART})(?:/{_PART})*", _advise_on_path),
    (r"[A-Za-z][A-Za-z0-9_-]*", _advise_on_name),
    (r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]+\.?", lambda *_: "is a host name; write its addresses"),
)
