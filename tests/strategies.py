"""Addresses and ranges to draw from, and how the standard library reads them: the oracle of several tests."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hypothesis import strategies as st

from xmlrpc_guard.published import PUBLISHED

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

NO_ADDRESS = IPv4Address("0.0.0.0")
_NO_ENTRY = IPv4Network("0.0.0.0/32"), IPv6Network("::/128")  # no sender's address, so no entry of a list
MAPPED = IPv6Network("::ffff:0:0/96")
PREFIXES = {str(length) for length in range(129)} | {str(ip_network(f"0.0.0.0/{n}").netmask) for n in range(33)}

# Where edges meet: the ends of both families and of the IPv4-mapped block, and places well inside.
_ANCHORS = tuple(
    map(
        ip_address,
        (
            "0.0.0.0",
            "10.0.0.0",
            "10.0.1.0",
            "255.255.255.255",
            "::",
            "::ffff:0:0",
            "::ffff:10.0.0.0",
            "::ffff:255.255.255.255",
            "2001:db8::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ),
    )
)


def read_address(text: str | None) -> IPAddress | None:
    """Read an address as ``ipaddress`` does, less what the guard takes for no address."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return None if "%" in str(text) or address == NO_ADDRESS else address


def read_network(text: str) -> IPNetwork | None:
    """Read a CIDR or an address as ``ipaddress`` does, less what the guard takes for a mistake."""
    _, slash, prefix = text.partition("/")
    if "%" in text or (slash and prefix not in PREFIXES):
        return None
    try:
        network = unmapped(ip_network(text))
    except ValueError:
        return None
    return None if network in _NO_ENTRY or _crosses(network) else network


def _crosses(network: IPNetwork) -> bool:
    """Tell whether an IPv6 network ends where the IPv4-mapped block does, and begins before it."""
    return isinstance(network, IPv6Network) and network[-1] == MAPPED[-1]


def unmapped(network: IPNetwork) -> IPNetwork:
    """Give the IPv4 network that an IPv4-mapped one stands for, and any other as it is."""
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def _beside(anchor: IPAddress, steps: int) -> IPAddress:
    top = 2**anchor.max_prefixlen - 1
    return type(anchor)(min(max(int(anchor) + steps, 0), top))


def _around(address: IPAddress, host_bits: int) -> IPNetwork:
    return ip_network(f"{address}/{max(address.max_prefixlen - host_bits, 0)}", strict=False)


def _spelt(address: IPAddress) -> st.SearchStrategy[str]:
    if isinstance(address, IPv4Address):
        high, low = divmod(int(address), 2**16)
        return st.sampled_from([str(address), f"::ffff:{address}", f"0:0::FFFF:{high:X}:{low:x}"])
    return st.sampled_from([str(address), address.exploded, address.compressed.upper()])


addresses = st.builds(_beside, st.sampled_from(_ANCHORS), st.integers(-9, 9)) | st.ip_addresses()
"""Addresses of both families, crowded where edges meet."""

spelt_addresses = addresses.flatmap(_spelt)
"""The same as text, IPv4 also as IPv4-mapped IPv6."""

networks = st.builds(_around, addresses, st.integers(0, 6) | st.integers(0, 128)).filter(
    lambda network: read_network(str(network)) is not None
)
"""Networks that a setting may hold."""

_ODD = "0123456789abcdefxX.:/%[]-+_*, \t\n\0\x0b\xa0\u0661\uff11\ud800"


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Draw a text and change it in one place."""
    text = draw(texts)
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.text(_ODD, max_size=2)) + text[at + draw(st.integers(0, 2)) :]


texts = (st.text() | mutated(networks.map(str))).filter(lambda text: text not in PUBLISHED)
"""Any text at all, some of it nearly a network; no published list's name."""
