"""One entry of a list: what it covers, or why it is refused and what to write instead."""

import re
from ipaddress import ip_address, ip_network, summarize_address_range

import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import MAPPED, IPAddress, IPNetwork, addresses, networks, read_network, texts, unmapped
from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.published import PUBLISHED, published_entries
from xmlrpc_guard.ranges import Range, merge


def covered(entry: object) -> list[tuple[str, str]]:
    return [(_text(version, first), _text(version, last)) for version, first, last in read_entry(entry)]


def read(text: str) -> list[Range] | None:
    try:
        return list(read_entry(text))
    except ValueError:
        return None


def _text(version: int, number: int) -> str:
    return str(netaddr.IPAddress(number, 4 if version == 4 else 6))


def ranges(*members: IPNetwork) -> list[Range]:
    return [(network.version, int(network[0]), int(network[-1])) for network in map(unmapped, members)]


@pytest.mark.parametrize(
    ("entry", "first", "last"),
    [
        pytest.param("192.0.64.0/18", "192.0.64.0", "192.0.127.255", id="a CIDR covers first to last"),
        pytest.param("203.0.113.7", "203.0.113.7", "203.0.113.7", id="an address covers itself"),
        pytest.param("203.0.113.7/32", "203.0.113.7", "203.0.113.7", id="an address may have its whole prefix"),
        pytest.param("192.0.64.0/255.255.192.0", "192.0.64.0", "192.0.127.255", id="a netmask is a prefix spelt out"),
        pytest.param("203.0.113.7/255.255.255.255", "203.0.113.7", "203.0.113.7", id="a netmask of 32 bits"),
        pytest.param(
            "0.0.0.0/0.0.0.0", "0.0.0.0", "255.255.255.255", id="a netmask of no bits, which is not a wildcard mask"
        ),
        pytest.param("0.0.0.0/0", "0.0.0.0", "255.255.255.255", id="all of IPv4"),
        pytest.param("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", id="all of IPv6 without IPv4"),
        pytest.param("2001:DB8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", id="IPv6 in capitals"),
        pytest.param("::1", "::1", "::1", id="an IPv6 address covers itself"),
        pytest.param("::/127", "::", "::1", id="the IPv6 address of zeros within a range is let be"),
        pytest.param("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7", id="an IPv4-mapped address is IPv4"),
        pytest.param("::ffff:cb00:7107/128", "203.0.113.7", "203.0.113.7", id="an IPv4-mapped address in hexadecimal"),
        pytest.param("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255", id="an IPv4-mapped block is an IPv4 block"),
        pytest.param("::ffff:0:0/96", "0.0.0.0", "255.255.255.255", id="the whole IPv4-mapped block is all of IPv4"),
        pytest.param("::10.0.0.1", "::10.0.0.1", "::10.0.0.1", id="an IPv4-compatible address, long obsolete, is IPv6"),
        pytest.param("192.0.64.1-192.0.127.254", "192.0.64.1", "192.0.127.254", id="a range's first and last address"),
        pytest.param("10.0.0.3 - 10.0.1.2", "10.0.0.3", "10.0.1.2", id="a range with blanks, as whois writes it"),
        pytest.param("10.0.0.3\t-10.0.1.2", "10.0.0.3", "10.0.1.2", id="a range with a tab on one side"),
        pytest.param("10.0.0.3\u201310.0.1.2", "10.0.0.3", "10.0.1.2", id="a range with the dash of a document"),
        pytest.param("10.0.0.3-10.0.0.3", "10.0.0.3", "10.0.0.3", id="a range of one address"),
        pytest.param("2001:db8::-2001:DB8::ff", "2001:db8::", "2001:db8::ff", id="a range of IPv6"),
        pytest.param("::ffff:1.2.3.4-::ffff:1.2.3.9", "1.2.3.4", "1.2.3.9", id="a range of IPv4-mapped IPv6 is IPv4"),
        pytest.param("::-::1:0:0:0", "::", "::1:0:0:0", id="a range around the IPv4-mapped block, from the beginning"),
        pytest.param("0.0.0.0-255.255.255.255", "0.0.0.0", "255.255.255.255", id="a range that is all of IPv4"),
        pytest.param(netaddr.IPAddress("203.0.113.7"), "203.0.113.7", "203.0.113.7", id="a netaddr.IPAddress"),
        pytest.param(netaddr.IPAddress("::ffff:1.2.3.4"), "1.2.3.4", "1.2.3.4", id="an IPv4-mapped netaddr.IPAddress"),
        pytest.param(netaddr.IPNetwork("10.0.0.0/8"), "10.0.0.0", "10.255.255.255", id="a netaddr.IPNetwork"),
        pytest.param(
            netaddr.IPNetwork("::ffff:10.0.0.0/104"),
            "10.0.0.0",
            "10.255.255.255",
            id="an IPv4-mapped netaddr.IPNetwork",
        ),
        pytest.param(netaddr.IPRange("10.0.0.3", "10.0.1.2"), "10.0.0.3", "10.0.1.2", id="a netaddr.IPRange"),
        pytest.param(
            netaddr.IPRange("::ffff:1.2.3.4", "::ffff:1.2.3.9"),
            "1.2.3.4",
            "1.2.3.9",
            id="an IPv4-mapped netaddr.IPRange",
        ),
        pytest.param(
            netaddr.IPRange("0.0.0.0", "0.0.0.1"), "0.0.0.0", "0.0.0.1", id="0.0.0.0 within a range is accepted"
        ),
        pytest.param(netaddr.IPGlob("10.0.1-2.*"), "10.0.1.0", "10.0.2.255", id="a netaddr.IPGlob, which is a range"),
    ],
)
def test_an_entry_that_is_one_range(entry: object, first: str, last: str) -> None:
    assert covered(entry) == [(first, last)]


def test_an_ip_set_is_its_ranges() -> None:
    members = netaddr.IPSet(["10.0.0.0/25", "10.0.0.128/25", "::ffff:1.2.3.4", "2001:db8::/127"])
    assert covered(members) == [
        ("10.0.0.0", "10.0.0.255"),
        ("1.2.3.4", "1.2.3.4"),
        ("2001:db8::", "2001:db8::1"),
    ]


def test_an_empty_ip_set_covers_nothing() -> None:
    assert covered(netaddr.IPSet()) == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_name_is_the_entries_of_its_published_list(name: str) -> None:
    assert read_entry(name) == published_entries(name)


PREFIX = "has a prefix that is not plain digits from 0 to 32 without leading zeros; write "
PREFIX6 = "has a prefix that is not plain digits from 0 to 128 without leading zeros; write "
ANY = "write an address or a CIDR range, such as 203.0.113.0/24"
ZERO = "is not a client's address; remove it"
MAPPED_EDGE = "crosses the edge of ::ffff:0:0/96, which is IPv4; write its IPv4 part as IPv4"
NO_SUCH_NAME = (
    "is not an address, and host names are not looked up; write an address or a published list: "
    "jetpack in allow; cloudflare, cloudfront, fastly, sucuri, google-lb, private in trusted_proxies"
)
BACKWARDS = "is a range that ends before it begins; write its first address first"
NO_RANGE = "is not a range; write its first and its last address, such as 203.0.113.0-203.0.113.9"
UNREADABLE = "is not an address, a CIDR range or a published list; write one such as 203.0.113.0/24"

REFUSED = [
    # Host bits
    pytest.param("192.0.64.1/18", "has host bits set; write 192.0.64.0/18", id="host bits before a prefix"),
    pytest.param("192.0.64.1/255.255.192.0", "has host bits set; write 192.0.64.0/18", id="host bits before a netmask"),
    pytest.param("2001:db8::1/64", "has host bits set; write 2001:db8::/64", id="host bits in IPv6"),
    pytest.param("203.0.113.0/2", "has host bits set; " + ANY, id="host bits, since the prefix has lost a digit"),
    pytest.param(
        "2001:db8::1/6", "has host bits set; " + ANY, id="host bits in IPv6, since the prefix has lost a digit"
    ),
    pytest.param(
        netaddr.IPNetwork("10.0.0.1/8"), "has host bits set; write 10.0.0.0/8", id="host bits in an IPNetwork"
    ),
    # Masks
    pytest.param("192.0.64.0/0.0.63.255", "has a host (wildcard) mask; write 192.0.64.0/18", id="a wildcard mask"),
    pytest.param(
        "10.1.2.3/0.0.0.255", "has a host (wildcard) mask; write 10.1.2.0/24", id="a wildcard mask, host bits"
    ),
    pytest.param("fe80::/::ffff", "has a host (wildcard) mask; write fe80::/112", id="a wildcard mask in IPv6"),
    pytest.param(
        "2001:db8::/ffff:ffff::",
        "has an IPv6 netmask; write 2001:db8::/32",
        id="a netmask in IPv6, which only netaddr reads",
    ),
    pytest.param(
        "10.0.0.0/255.0.255.0",
        "has a netmask with gaps; write a prefix length from 0 to 32",
        id="a netmask that is not a run of ones",
    ),
    pytest.param(
        "fe80::/ffff::ffff",
        "has a netmask with gaps; write a prefix length from 0 to 128",
        id="an IPv6 netmask that is not a run of ones",
    ),
    # Prefixes that int() reads, and others
    pytest.param("192.0.64.0/+18", PREFIX + "192.0.64.0/18", id="a prefix with a plus sign"),
    pytest.param("0.0.0.0/-0", PREFIX + ANY.removeprefix("write "), id="a minus sign before a prefix"),
    pytest.param("10.0.0.0/1_6", PREFIX + "10.0.0.0/16", id="a prefix with an underscore"),
    pytest.param("10.0.0.0/08", PREFIX + "10.0.0.0/8", id="a prefix with a leading zero"),
    pytest.param("10.0.0.0/ 8", PREFIX + "10.0.0.0/8", id="a space before the prefix"),
    pytest.param("10.0.0.0/\u0668", PREFIX + "10.0.0.0/8", id="a prefix in Arabic-Indic digits"),
    pytest.param("10.0.0.0/\uff18", PREFIX + "10.0.0.0/8", id="a prefix in full-width digits"),
    pytest.param("2001:db8::/+32", PREFIX6 + "2001:db8::/32", id="a plus sign in IPv6"),
    pytest.param(
        "10.1.2.3/+8", PREFIX + ANY.removeprefix("write "), id="a plus sign before a prefix that leaves host bits"
    ),
    pytest.param("1.2.3.4/33", PREFIX + ANY.removeprefix("write "), id="an IPv4 prefix of more than 32"),
    pytest.param("::1/129", PREFIX6 + ANY.removeprefix("write "), id="an IPv6 prefix of more than 128"),
    pytest.param("1.2.3.4/-1", PREFIX + ANY.removeprefix("write "), id="a prefix below zero"),
    pytest.param("1.2.3.4/", PREFIX + ANY.removeprefix("write "), id="a slash with nothing after it"),
    pytest.param("1.2.3.4/eight", PREFIX + ANY.removeprefix("write "), id="a prefix in words"),
    pytest.param("1.2.3.4/8/8", PREFIX + ANY.removeprefix("write "), id="two prefixes"),
    pytest.param("1.2.3.4/ffff::", PREFIX + ANY.removeprefix("write "), id="an IPv6 mask on an IPv4 address"),
    pytest.param("::1/255.0.0.0", PREFIX6 + ANY.removeprefix("write "), id="an IPv4 mask on an IPv6 address"),
    pytest.param("1.2.3.4/" + "9" * 5000, PREFIX + ANY.removeprefix("write "), id="more digits than int() reads"),
    # What a fix must not do
    pytest.param("10.1/8", "is a partial address; " + ANY, id="a fix with host bits is not offered"),
    pytest.param("10/99", "is a partial address; " + ANY, id="a fix with a prefix too long is not offered"),
    pytest.param("0.0.0.0:80", "has a port; " + ANY, id="a fix of 0.0.0.0 is not offered"),
    pytest.param("1.2.3.4/0.0.0.0", "has host bits set; " + ANY, id="a fix of all of IPv4 is not offered"),
    pytest.param("[caf\xe9\n]", "has brackets; " + ANY, id="a fix that is not an address is not offered"),
    pytest.param("256.1.1.1", "has a part above 255; " + ANY, id="a part above 255 is named"),
    pytest.param("0x7f.0.0.0/8", "is hexadecimal; write 127.0.0.0/8", id="a fix keeps the prefix"),
    pytest.param("10.0.0.0/-" + "9" * 30, PREFIX + ANY.removeprefix("write "), id="a prefix far below zero"),
    # The edge of the IPv4-mapped block
    pytest.param("::fffe:0:0/95", MAPPED_EDGE, id="an IPv6 block that ends where the IPv4-mapped one does"),
    pytest.param(
        netaddr.IPRange("::1", "::ffff:1.2.3.4"), MAPPED_EDGE, id="an IPv6 range that ends within the IPv4-mapped block"
    ),
    pytest.param(
        netaddr.IPSet(["::fffe:0:0/96", "::ffff:0:0/96"]),
        MAPPED_EDGE,
        id="an IPSet that has joined IPv6 and the IPv4-mapped block",
    ),
    pytest.param("::ffff:10.0.0.0/8", "has host bits set; write 10.0.0.0/8", id="an IPv4 prefix after the IPv6 form"),
    # The address of zeros
    pytest.param("0.0.0.0", ZERO, id="0.0.0.0 is not a sender's address"),
    pytest.param("0.0.0.0/32", ZERO, id="0.0.0.0 with its whole prefix"),
    pytest.param("::ffff:0.0.0.0", ZERO, id="0.0.0.0 as IPv4-mapped IPv6"),
    pytest.param("::", ZERO, id=":: is not a sender's address"),
    pytest.param("0:0::0/128", ZERO, id=":: with its whole prefix, in another spelling"),
    pytest.param(netaddr.IPAddress("::"), ZERO, id=":: as a netaddr.IPAddress"),
    pytest.param(netaddr.IPAddress("0.0.0.0"), ZERO, id="0.0.0.0 as a netaddr.IPAddress"),
    pytest.param(netaddr.IPSet(["0.0.0.0/32", "10.0.0.0/8"]), ZERO, id="0.0.0.0 as a block of an IPSet"),
    # Partial forms
    pytest.param("10/8", "is a partial address; write 10.0.0.0/8", id="one part of an address with a prefix"),
    pytest.param("172.16/12", "is a partial address; write 172.16.0.0/12", id="two parts with a prefix"),
    pytest.param("192.168.1/24", "is a partial address; write 192.168.1.0/24", id="three parts with a prefix"),
    pytest.param("10", "is a partial address; write 10.0.0.0/8", id="one part alone, as Apache has it"),
    pytest.param("192.168.", "is a partial address; write 192.168.0.0/16", id="two parts and a dot, as Apache has it"),
    pytest.param("192.168.1", "is a partial address; write 192.168.1.0/24", id="three parts alone"),
    pytest.param("192.168.1.*", "is a wildcard form; write 192.168.1.0/24", id="an asterisk for the last part"),
    pytest.param("10.*", "is a wildcard form; write 10.0.0.0/8", id="one asterisk for three parts"),
    pytest.param("10.*.*.*", "is a wildcard form; write 10.0.0.0/8", id="three asterisks"),
    # Zone ids, brackets, ports, ranges, white space
    pytest.param("fe80::1%eth0", "has a zone id; write fe80::1", id="a zone id by name"),
    pytest.param("fe80::1%1", "has a zone id; write fe80::1", id="a zone id by number"),
    pytest.param("fe80::%eth0/64", "has a zone id; write fe80::/64", id="a zone id before a prefix"),
    pytest.param("[::1]", "has brackets; write ::1", id="brackets, as in an address bar"),
    pytest.param("[::1]:80", "has brackets; write ::1", id="brackets and a port"),
    pytest.param("[2001:db8::]/32", "has brackets; write 2001:db8::/32", id="brackets and a prefix"),
    pytest.param("1.2.3.4:80", "has a port; write 1.2.3.4", id="a port"),
    pytest.param("1.2.3.4:", "has a port; write 1.2.3.4", id="the colon of a port"),
    pytest.param("10.0.0.9-10.0.0.1", BACKWARDS, id="a range that ends before it begins"),
    pytest.param("::2-::1", BACKWARDS, id="a range of IPv6 that ends before it begins"),
    pytest.param("10.0.0.1-9", NO_RANGE, id="a range whose end is its last part"),
    pytest.param("10.0.0.1-::9", NO_RANGE, id="a range from IPv4 to IPv6"),
    pytest.param("10.0.0.0-::ffff:10.0.0.9", NO_RANGE, id="a range from an IPv4 address to its IPv4-mapped form"),
    pytest.param("010.0.0.1-10.0.0.9", NO_RANGE, id="a range whose first address has a leading zero"),
    pytest.param("::1-::ffff:10.0.0.1", MAPPED_EDGE, id="a range of IPv6 that ends within the IPv4-mapped block"),
    pytest.param("::ffff:0.0.0.1-::1:0:0:1", MAPPED_EDGE, id="a range that begins within the IPv4-mapped block"),
    pytest.param("::1-::1:0:0:1", MAPPED_EDGE, id="a range around the IPv4-mapped block"),
    pytest.param("0.0.0.0-0.0.0.0", ZERO, id="a range of the address of zeros alone"),
    pytest.param("10.0.0.0/24-10.0.1.0/24", PREFIX + ANY.removeprefix("write "), id="a range between ranges"),
    pytest.param("10.0.0.1-10.0.0.9-10.0.0.20", UNREADABLE, id="three addresses with dashes"),
    pytest.param("10.0.0.1 \u2014 10.0.0.9", UNREADABLE, id="an em dash between two addresses"),
    pytest.param("10.0.0.1\n-10.0.0.9", UNREADABLE, id="a line end within a range"),
    pytest.param(" 10.0.0.1-10.0.0.9", "has white space around it; " + ANY, id="a space before a range"),
    pytest.param(" 10.0.0.0/8", "has white space around it; write 10.0.0.0/8", id="a space before an entry"),
    pytest.param("1.2.3.4\n", "has white space around it; write 1.2.3.4", id="a line end, as a file gives"),
    pytest.param("10.0.0.0/8\n", PREFIX + "10.0.0.0/8", id="a line end after a prefix, which int() ignores"),
    pytest.param("\xa0jetpack", "has white space around it; write jetpack", id="a no-break space before a name"),
    pytest.param("10/8;", UNREADABLE, id="a partial address and a semicolon"),
    # Other bases
    pytest.param("0x7f000001", "is hexadecimal; write 127.0.0.1", id="one hexadecimal number"),
    pytest.param("0xC0.0.0x40.1", "is hexadecimal; write 192.0.64.1", id="hexadecimal parts"),
    pytest.param("0XA.1", "is hexadecimal; write 10.0.0.1", id="hexadecimal with a capital X"),
    pytest.param("017700000001", "is octal; write 127.0.0.1", id="one octal number"),
    pytest.param("0177.1", "is octal; write 127.0.0.1", id="octal parts"),
    pytest.param("0256.0.0.1", "is octal; write 174.0.0.1", id="a part that is octal, or above 255"),
    pytest.param("3232235777", "is an integer; write 192.168.1.1", id="one decimal number as text"),
    pytest.param("99999999999", "is an integer; " + ANY, id="a number too large for IPv4"),
    pytest.param(
        "010.0.0.1",
        "has leading zeros, which some read as octal; write 10.0.0.1",
        id="a leading zero, which some read as octal",
    ),
    pytest.param(
        "192.000.064.000/18",
        "has leading zeros, which some read as octal; write 192.0.64.0/18",
        id="leading zeros before a prefix",
    ),
    # Not text
    pytest.param(3232235777, "is an integer; write 192.168.1.1", id="an integer"),
    pytest.param(1, "is an integer; write 0.0.0.1", id="a small integer"),
    pytest.param(-1, "is an integer; " + ANY, id="a negative integer, which is not an address"),
    pytest.param(2**128, "is an integer; " + ANY, id="an integer too large for IPv6"),
    pytest.param(True, "is not an address; remove it", id="True, which netaddr reads as 0.0.0.1"),
    pytest.param(False, "is not an address; remove it", id="False, which netaddr reads as 0.0.0.0"),
    pytest.param(None, "is not an address; remove it", id="None"),
    pytest.param(b"10.0.0.0/8", "is bytes, not text; write 10.0.0.0/8", id="bytes"),
    pytest.param(bytearray(b"\xff"), "is bytes, not text; " + ANY, id="bytes that are not ASCII"),
    pytest.param(1.5, "is of type float, neither text nor a netaddr object; " + ANY, id="a float"),
    pytest.param(
        ip_address("10.0.0.1"),
        "is of type IPv4Address, neither text nor a netaddr object; write 10.0.0.1",
        id="an address of the standard library",
    ),
    pytest.param(
        ["10.0.0.0/8"],
        "is of type list, neither text nor a netaddr object; " + ANY,
        id="a list within a list",
    ),
    # Names
    pytest.param("jetpak", "is not a published list; write jetpack", id="a list's name misspelt"),
    pytest.param("JetPack", "is not a published list; write jetpack", id="a list's name in capitals"),
    pytest.param("cloudfare", "is not a published list; write cloudflare", id="cloudflare misspelt"),
    pytest.param("akamai", NO_SUCH_NAME, id="a name unlike every published list's"),
    pytest.param("unix", "is not an address; write it in trusted_proxies only", id="unix outside trusted_proxies"),
    pytest.param("server", NO_SUCH_NAME, id="a host's name without a dot"),
    pytest.param("localhost", "is a host name; write 127.0.0.1 or ::1", id="localhost, whose addresses are known"),
    pytest.param(
        "file:/etc/office.txt",
        "names a file, which only a LivePolicy reads; write a sources.File in a LivePolicy",
        id="a file, as text settings name it",
    ),
    pytest.param(
        "unix:",
        "is not an address; write 'unix' for a unix socket, in trusted_proxies only",
        id="a unix socket, as some servers have it",
    ),
    pytest.param("example.com", "is a host name; write its addresses", id="a host's name"),
    pytest.param("www.example.com.", "is a host name; write its addresses", id="a host's name with its last dot"),
    # Nothing at all
    pytest.param("", "is an empty entry; remove it", id="an empty entry"),
    pytest.param(" \t\n", "is an empty entry; remove it", id="an entry of white space"),
    pytest.param("/", UNREADABLE, id="a slash"),
    pytest.param("*", UNREADABLE, id="an asterisk, which does not mean everyone"),
    pytest.param("\u0661.2.3.4", UNREADABLE, id="an address in Arabic-Indic digits"),
    pytest.param("1.2.3.4\0", UNREADABLE, id="a NUL after an address"),
    pytest.param("1.2.3.4 evil", UNREADABLE, id="words after an address"),
    pytest.param("1.2.3.4.5", UNREADABLE, id="five parts"),
    pytest.param("::1::", UNREADABLE, id="two gaps in IPv6"),
    pytest.param("\ud800", UNREADABLE, id="a lone surrogate"),
]


@pytest.mark.parametrize(("entry", "problem"), REFUSED)
def test_an_entry_that_is_refused(entry: object, problem: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        list(read_entry(entry))
    assert str(caught.value) == problem


QUAD_OR_COLONS = re.compile(rf"([0-9]+(\.[0-9]+){{3}}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(/[0-9]+)?|{'|'.join(PUBLISHED)}")


def find_offer(problem: str) -> list[str]:
    """Find the addresses, ranges and names that a problem says to write."""
    words = problem.rpartition("write ")[2].replace("'", " ").replace(",", " ").split()
    return [word for word in words if QUAD_OR_COLONS.fullmatch(word)]


def test_what_a_refusal_offers_is_accepted() -> None:
    offers = [(row.values[0], offer) for row in REFUSED for offer in find_offer(str(row.values[1]))]
    assert [(entry, offer) for entry, offer in offers if offer == entry or not list(read_entry(offer))] == []


def test_most_refusals_offer_something() -> None:
    assert sum(bool(find_offer(str(row.values[1]))) for row in REFUSED) > len(REFUSED) / 2


MASKED = [ip_network(f"255.255.255.255/{length}", strict=False) for length in range(33)]


def test_every_netmask_is_read_as_the_standard_library_reads_it() -> None:
    assert [list(read_entry(network.with_netmask)) for network in MASKED] == list(map(ranges, MASKED))


@pytest.mark.parametrize("network", MASKED[1:32], ids=str)
def test_every_wildcard_mask_is_refused_with_the_standard_librarys_reading(network: IPNetwork) -> None:
    with pytest.raises(ValueError, match=rf"^has a host \(wildcard\) mask; write {network}$"):
        list(read_entry(network.with_hostmask))


ZEROS = 0, int(MAPPED[0])
DASHES = st.sampled_from(["-", " - ", "\t-", "- ", "\u2013", " \u2013 "])


@given(addresses, addresses, DASHES)
def test_a_range_covers_what_the_standard_library_says(first: IPAddress, last: IPAddress, dash: str) -> None:
    read_back = read(f"{first}{dash}{last}")
    if first.version != last.version or int(first) > int(last) or int(last) in ZEROS or crosses_mapped(first, last):
        assert read_back is None
    else:
        cidrs = ranges(*summarize_address_range(first, last))
        assert read_back is not None
        assert list(merge(read_back)) == list(merge(cidrs))


def crosses_mapped(first: IPAddress, last: IPAddress) -> bool:
    """Return whether a range has a part of the IPv4-mapped block, or goes around it without being CIDRs around it."""
    around = first.version == 6 and 0 < int(first) < int(MAPPED[0]) and int(last) > int(MAPPED[-1])
    return around or [address in MAPPED for address in (first, last)].count(True) == 1


@given(networks)
def test_a_network_covers_what_the_standard_library_says(network: IPNetwork) -> None:
    expected = ranges(network)
    assert list(read_entry(str(network))) == expected
    assert list(read_entry(netaddr.IPNetwork(str(network)))) == expected


@given(st.lists(networks.filter(lambda network: network.version == 4), max_size=6))
def test_the_ranges_of_an_ip_set_cover_its_members(members: list[IPNetwork]) -> None:
    held = netaddr.IPSet(map(str, members))
    expected = netaddr.IPSet()
    for version, first, last in read_entry(held):
        expected.add(netaddr.IPRange(_text(version, first), _text(version, last)))
    assert expected == held


@example("10.0.0.0/8")
@example("10.0.0.1/8")
@given(texts)
def test_any_text_is_read_as_the_standard_library_does_or_refused(text: str) -> None:
    network = read_network(text)
    assert read(text) == (ranges(network) if network else None)
