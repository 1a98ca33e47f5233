"""One entry in the notation of a tool, as that tool reads it."""

import re

from xmlrpc_guard.advice import advise
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import WIDTH, Range, format_range, parse_cidr, parse_ends


def read_strictly(text: str) -> Range:
    """Read a CIDR, an address, an address with a netmask, or a range's ends; ValueError for all else.

    Unlike in a list file, a published list's name is not an entry: in the file of another tool it is a word.

    >>> read_strictly("192.0.2.0/255.255.255.0") == read_strictly("192.0.2.0-192.0.2.255")
    True
    """
    cidr = parse_cidr(text) or parse_ends(text)
    if cidr is None:
        problems = (problem for form, problem in _WORDS if form.fullmatch(text))
        raise ValueError(next(problems, None) or advise(text))
    return cidr


# What stands for addresses in the files of tools. The advice of a setting would name what only a setting takes.
_WORDS = (
    (
        re.compile("unix|unix:.*|/.*[.]sock(?:et)?"),
        "is not an address but a unix socket, which no list file holds; leave only addresses",
    ),
    (
        re.compile(r"(?:file:|[.~]*/(?![0-9]+$)|[A-Z]:[\\/]).*"),
        "is not an address but a file; convert that one, or put its lines in place of it",
    ),
    (re.compile("[$@%<{].*|.*[$][{].*"), "is not an address but stands for others; write its addresses"),
    (
        re.compile("|".join(map(re.escape, PUBLISHED))),
        "is the name of a published list, which only a list file may hold; write its addresses",
    ),
    (
        re.compile("(?!localhost$)[A-Za-z_][A-Za-z0-9_-]*"),
        "is not an address but a name, and names are not looked up; write its addresses",
    ),
)


def read_masked(text: str) -> Range:
    """Read the same, host bits cut off, as most servers and firewalls do.

    >>> read_masked("192.0.2.7/24") == read_strictly("192.0.2.0/24")
    True
    """
    host, slash, prefix = text.partition("/")
    address = parse_cidr(host) if slash else None
    network = parse_cidr(f"{_ZEROS[address[0]]}/{prefix}") if address else None
    if not address or not network or address[0] != network[0]:
        return read_strictly(text)
    version, first, _ = address
    host_bits = network[2]
    return version, first & ~host_bits, first | host_bits


_ZEROS = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - a network of any length begins there
_PARTIAL = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.([0-9]{1,3}))?\.?")


def read_partial(text: str) -> Range:
    """Read the same, and the beginning of an IPv4 address for all that begin so, as Apache and TCP wrappers do.

    >>> read_partial("10.1") == read_partial("10.1.") == read_strictly("10.1.0.0/16")
    True
    """
    match = _PARTIAL.fullmatch(text)
    if not match:
        return read_masked(text)
    octets = [octet for octet in match.groups() if octet]
    plain = [octet for octet in octets if str(int(octet)) == octet]  # others may be octal
    return read_strictly(f"{'.'.join([*plain, '0', '0', '0'][:4])}/{8 * len(octets)}" if plain == octets else text)


def widen(text: str, length: int) -> str:
    """Give the entry of a set whose entries stand for networks of a prefix length.

    >>> widen("192.0.2.7", 24), widen("192.0.2.7-192.0.3.1", 24), widen("192.0.0.0/16", 24), widen("x", 24)
    ('192.0.2.0/24', '192.0.2.0/23', '192.0.0.0/16', 'x')
    """
    try:
        version, first, last = read_masked(text)
    except ValueError:
        return text
    host_bits = (1 << max(WIDTH[version] - length, 0)) - 1
    return format_range((version, first & ~host_bits, last | host_bits))
