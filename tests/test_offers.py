"""What an error offers to write instead: exactly what the whole text plainly means, or nothing."""

import re
from ipaddress import ip_network
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.plainly import merge, of_list, read_plainly
from tests.strategies import IPAddress, IPNetwork, addresses, mutated, networks, unmapped
from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.settings import Settings

# A sixth of the texts below are offered something.
many = settings(max_examples=10 * settings().max_examples)

ENTRY = re.compile(rf"[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*(/[0-9]+)?|{'|'.join(PUBLISHED)}")
NO_OFFER = ("such as ", "a published list: ", "write its ", "in trusted_proxies only", "127.0.0.1 or ::1")


def problem_of(entry: object, setting: str = "") -> str:
    """Give the problem of an entry, "" if it is accepted."""
    try:
        read_entry(entry, setting)
    except ValueError as error:
        return str(error)
    return ""


def offered(entry: object, setting: str = "") -> list[str]:
    """Give what the error for an entry offers, entry by entry."""
    problem, _, advice = problem_of(entry, setting).rpartition("; write ")
    if not problem or any(each in advice for each in NO_OFFER):
        return []
    return [word for word in advice.split(", ") if ENTRY.fullmatch(word)]


def covered(offers: list[str]) -> list[IPNetwork]:
    return merge([network for offer in offers for network in _networks_of(offer)])


def _networks_of(offer: str) -> list[IPNetwork]:
    return of_list(offer) if offer in PUBLISHED else [unmapped(ip_network(offer))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("203.0.113.0/24 ; SBL1", id="a range with a label, as Spamhaus writes it"),
        pytest.param("203.0.113.0/24;SBL1", id="a label after a semicolon alone"),
        pytest.param("203.0.113.0/24,", id="a comma after a range"),
        pytest.param("203.0.113.0/24, 198.51.100.0/24", id="two ranges with a comma between them"),
        pytest.param("203.0.113.0/24 198.51.100.0/24", id="two ranges with a space between them"),
        pytest.param("203.0.113.0/24\n198.51.100.0/24", id="two ranges with a line end between them"),
        pytest.param("203.0.113.0/24198.51.100.0/24", id="two ranges with nothing between them"),
        pytest.param("2001:db8::/32 office", id="a range of IPv6 and a word"),
        pytest.param("203.0.113.0/24 # office", id="a range and a comment"),
        pytest.param("203.0.113.0/24#office", id="a range and a tag"),
        pytest.param("203.0.113.0/24 !203.0.113.7", id="a range and an exception to it"),
        pytest.param("203.0.113.0/24 except 203.0.113.7", id="a range and an exception in words"),
        pytest.param("!203.0.113.0/24", id="a negated range"),
        pytest.param("10.0.0.0/8x", id="a letter after a prefix"),
        pytest.param("10.0.0.0/33", id="a prefix that is too long"),
        pytest.param("2001:db8::/129", id="a prefix that is too long for IPv6"),
        pytest.param("10.0.0.0/-8", id="a minus sign, which is a negation or a slip"),
        pytest.param("10.0.0.0/", id="a prefix that was forgotten"),
        pytest.param("10.0.0.0/eight", id="a prefix in words"),
        pytest.param("10.0.0.0/8/8", id="two prefixes"),
        pytest.param("10.0.0.0/010", id="a prefix that is ten or, in octal, eight"),
        pytest.param("10.1.2.3/+8", id="host bits and a sloppy prefix: two things to mend"),
        pytest.param("10.0.0.0/ffff::", id="a mask of the other family"),
        pytest.param("2001:db8::1/::1", id="an address after an address"),
        pytest.param("0.0.0.0", id="the address of zeros, which may be meant as everyone"),
        pytest.param("::", id="the address of zeros over IPv6"),
        pytest.param("10.0.0.0:8", id="a colon for the slash of a prefix"),
        pytest.param("192.0.2.5:22", id="a number that is a port, or a prefix with host bits"),
        pytest.param("10.0.0.1:99999", id="a port that is too large"),
        pytest.param("10.0.0.1:80,10.0.0.2:80", id="two addresses with ports"),
        pytest.param("[2001:db8::]:32", id="a colon for the slash, with brackets"),
        pytest.param("[2001:db8::1]:99999", id="a port that is too large, after brackets"),
        pytest.param("[jetpack]:443", id="a port after a list"),
        pytest.param("[2001:db8::/32]:443", id="a port after a range"),
        pytest.param("[::1], [::2]", id="two addresses in brackets"),
        pytest.param("[::ffff:0.0.0.0]", id="the address of zeros as IPv4-mapped IPv6, in brackets"),
        pytest.param("::ffff:10.0.0.0/90", id="a prefix that leads out of the IPv4-mapped block"),
        pytest.param("10.0.0.0%8", id="a per cent sign for the slash"),
        pytest.param("2001:db8::%32", id="a per cent sign for the slash, in IPv6"),
        pytest.param("fe80::%64", id="a per cent sign for the slash, before a prefix of link-local addresses"),
        pytest.param("10.0.0.1%20", id="a blank as an address bar writes it"),
        pytest.param("fe80::1%eth0, fe80::2%eth0", id="two addresses with zones"),
        pytest.param("fe80::1%10.0.0.1", id="an address in place of a zone"),
        pytest.param("10.300", id="a part above 255, which inet_aton spreads over two"),
        pytest.param("192.168.300", id="a part above 255 in a partial address"),
        pytest.param("300", id="a small number"),
        pytest.param("192.168.010", id="a part that is eight or ten"),
        pytest.param("020240101", id="a number that is decimal or octal, or a date"),
        pytest.param("0177.0.0.1", id="four digits of an octet: octal, or padded"),
        pytest.param("10/24", id="a partial address with a part missing"),
        pytest.param("10.1.2/32", id="a partial address whose prefix is of a whole one"),
        pytest.param("10.0.0.1-9", id="a range whose end is a part only"),
        pytest.param("10.0.0.9-10.0.0.1", id="a range that ends before it begins"),
        pytest.param("10.0.0.1-2001:db8::1", id="a range from one family to the other"),
        pytest.param("10.0.0.0/24-10.0.1.0/24", id="a range between ranges"),
        pytest.param("::1-::ffff:10.0.0.1", id="a range into the IPv4-mapped block"),
        pytest.param("nojetpack", id="a published list, negated"),
        pytest.param("x-jetpack", id="a published list that was struck out"),
        pytest.param("private-office", id="a name that begins like a list's"),
        pytest.param("cloud", id="a name that two lists begin with"),
        pytest.param("cloudflare6", id="a name for a part of a list"),
    ],
)
def test_a_text_that_means_no_one_entry_plainly_is_offered_nothing(text: str) -> None:
    assert problem_of(text)
    assert offered(text) == []


BASES = st.one_of(
    networks.map(str),
    addresses.map(str),
    st.sampled_from(["jetpack", "cloudflare", "private", "10.*", "192.168.1.*", "10/8", "172.16", "192.168.1."]),
    st.sampled_from(["192.000.064.000/18", "0x7f000001", "017700000001", "0300.1", "3232235777", "10.0.0.0/0.0.0.255"]),
    st.tuples(addresses, addresses).map(lambda ends: f"{ends[0]}-{ends[1]}"),
    st.tuples(addresses, st.integers(0, 40)).map(lambda pair: f"{pair[0]}-{_later(*pair)}"),
)


def _later(address: IPAddress, steps: int) -> IPAddress:
    return type(address)(min(int(address) + steps, 2**address.max_prefixlen - 1))


PREFIXES = st.one_of(
    st.integers(-3, 140).map(str),
    st.sampled_from(["+8", "08", "010", " 8", "8 ", "1_6", "\u0668", "\uff18", "8x", "", "8/8", "0.0.0.255", "::ff"]),
)
ENDS = st.one_of(
    st.integers(0, 99999).map(lambda port: f":{port}"),
    st.sampled_from([":", "%eth0", "%1", "%64", "%lo, ::2%lo", "/", "/8", ".", ".*"]),
)
LABELS = st.sampled_from(["SBL1", "office", "!10.0.0.1", "10.0.0.1", "::1/128", "not", "24", "x", "8"])
SEPARATORS = st.sampled_from([" ", ",", ";", " ; ", ", ", "\n", "\t", "|", "#", " # ", " !", "\r\n", "\xa0"])
ALMOST = st.one_of(
    BASES,
    st.tuples(BASES, PREFIXES).map("/".join),
    st.tuples(BASES, ENDS).map("".join),
    BASES.map(lambda base: f"[{base}]"),
    st.tuples(BASES, ENDS).map(lambda pair: f"[{pair[0]}]{pair[1]}"),
    st.tuples(BASES, SEPARATORS, LABELS | BASES).map("".join),
    st.tuples(BASES, BASES).map("".join),
    st.tuples(st.sampled_from([" ", "!", "-", "~", "not "]), BASES).map("".join),
)


@given(ALMOST | mutated(ALMOST) | st.text("0123456789abcdefx.:/%[]-*, ", max_size=20))
@example("203.0.113.0/24 ; SBL1")
@many
def test_what_is_offered_covers_exactly_what_the_text_plainly_means(text: str) -> None:
    offers, meant = offered(text), read_plainly(text)
    assert not offers or covered(offers) == merge(meant or [])
    assert all(map(read_entry, offers))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("10.1.2.3/8", ["10.0.0.0/8"], id="host bits"),
        pytest.param("::ffff:10.1.2.3/8", ["10.0.0.0/8"], id="IPv4-mapped IPv6 with a prefix of IPv4"),
        pytest.param("10.0.0.0/\u0661\u0660", ["10.0.0.0/10"], id="digits of another script"),
        pytest.param("10.0.0.0/010", None, id="a prefix that may be octal"),
        pytest.param("10.0.0.0/0.0.0.255", ["10.0.0.0/24"], id="a wildcard mask"),
        pytest.param("2001:db8::/ffff:ffff::", ["2001:db8::/32"], id="a netmask of IPv6"),
        pytest.param("2001:db8::/ffff::ffff", None, id="a mask with a gap"),
        pytest.param("[jetpack]", [*PUBLISHED["jetpack"].ranges], id="a list's name in brackets"),
        pytest.param("[2001:db8::1]:443", ["2001:db8::1/128"], id="brackets and a port"),
        pytest.param("[2001:db8::]:32", None, id="brackets and what may be a prefix"),
        pytest.param("10.0.0.1:80000", None, id="a port out of range"),
        pytest.param("fe80::1%eth0/128", ["fe80::1/128"], id="a zone"),
        pytest.param("fe80::%64", None, id="a zone that may be a prefix"),
        pytest.param("2001:db8::1%eth0", None, id="a zone where there is none"),
        pytest.param("10.*.*", ["10.0.0.0/8"], id="a wildcard form"),
        pytest.param("172.16/12", ["172.16.0.0/12"], id="a partial address"),
        pytest.param("010.000.000.001", ["10.0.0.1/32"], id="padded octets"),
        pytest.param("0177.0.0.0001", None, id="padded octets, or octal ones"),
        pytest.param("0x7f.1", ["127.0.0.1/32"], id="hexadecimal"),
        pytest.param("0x7f.300", None, id="a part above 255"),
        pytest.param("0x7f.0x0.0x0.0x100", None, id="a last part without room"),
        pytest.param("10.0.0.1-10.0.0.2", ["10.0.0.1/32", "10.0.0.2/32"], id="a range"),
        pytest.param("10.0.0.1-::1", None, id="no range"),
        pytest.param("jetapck", [*PUBLISHED["jetpack"].ranges], id="a slip in a list's name"),
        pytest.param("anything else", None, id="words"),
    ],
)
def test_the_slow_reading_itself(text: str, meant: list[str] | None) -> None:
    assert merge(read_plainly(text) or []) == merge(list(map(ip_network, meant or [])))


@given(BASES, SEPARATORS, LABELS | BASES)
@many
def test_nothing_is_offered_for_an_entry_with_more_after_it(base: str, separator: str, more: str) -> None:
    assert offered(base + separator + more) == []


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        pytest.param("[10.0.0.0/8]", ["10.0.0.0/8"], id="a list of one entry, as text"),
        pytest.param("fe80::1%eth0.100", ["fe80::1"], id="the zone of a VLAN"),
        pytest.param("jetapck", ["jetpack"], id="two letters of a name that are swapped"),
        pytest.param("cloud-flare", ["cloudflare"], id="a name with a dash"),
    ],
)
def test_what_is_plainly_meant_is_offered(text: str, offers: list[str]) -> None:
    assert offered(text) == offers


# By setting


def settings_with(setting: str, entry: object) -> dict[str, Any]:
    return {"allow": [], setting: [entry]}


def problem_in(setting: str, entry: object) -> str:
    with pytest.raises(ConfigurationError) as raised:
        Policy(**settings_with(setting, entry))
    assert raised.value.setting == setting
    return raised.value.problem


HOST = "is not an address, and host names are not looked up; write an address or a published list: "
PROXIES = "cloudflare, cloudfront, fastly, sucuri, google-lb, private"


@pytest.mark.parametrize(
    ("setting", "known"),
    [
        pytest.param("allow", "jetpack", id="clients to let through"),
        pytest.param("deny", "jetpack", id="clients to refuse"),
        pytest.param("trusted_proxies", PROXIES, id="proxies"),
    ],
)
def test_a_name_that_is_not_known_is_answered_with_the_lists_for_its_setting(setting: str, known: str) -> None:
    assert problem_in(setting, "nginx") == HOST + known


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        pytest.param("trusted_proxies", "jetpak", id="clients where proxies belong"),
        pytest.param("allow", "cloudfare", id="a service's proxies where clients belong"),
        pytest.param("allow", "privat", id="private networks where clients belong"),
    ],
)
def test_a_misspelt_list_is_offered_only_in_its_setting(setting: str, name: str) -> None:
    assert problem_in(setting, name).startswith(HOST)


def test_a_misspelt_list_is_offered_in_its_setting() -> None:
    assert problem_in("trusted_proxies", "cloudfare") == "is not a published list; write cloudflare"
    assert problem_in("deny", "jetpak") == "is not a published list; write jetpack"


SOCKET = "is not an address; write 'unix' for a unix socket, in trusted_proxies only"
SOCKET_PATH = (
    "is the path of a unix socket; write 'unix', in trusted_proxies only, for all sockets that the server listens on"
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("unixx", SOCKET, id="a letter twice"),
        pytest.param("UNIX", SOCKET, id="capitals"),
        pytest.param("unix_socket", SOCKET, id="in two words"),
        pytest.param("unix:/run/x.sock", SOCKET_PATH, id="a path as gunicorn and nginx write it"),
        pytest.param("unix:///run/x", SOCKET_PATH, id="a path as a URL"),
        pytest.param("/run/x.sock", SOCKET_PATH, id="a path alone"),
        pytest.param("unit", HOST + PROXIES, id="a word that may be a host's name"),
        pytest.param("linux", HOST + PROXIES, id="a word that ends in ux"),
    ],
)
def test_unix_is_offered_where_a_unix_socket_is_plainly_meant(text: str, problem: str) -> None:
    assert problem_in("trusted_proxies", text) == problem


FILE = "(in code, a sources.File in a LivePolicy)"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "/tmp/office.txt",
            f"looks like the path of a file; write file:/tmp/office.txt {FILE}",
            id="the whole path of a file",
        ),
        pytest.param(
            "office.txt", f"looks like the path of a file; write file:office.txt {FILE}", id="the name of a file"
        ),
        pytest.param(
            "lists/cdn.json",
            f"looks like the path of a file; write file:lists/cdn.json {FILE}",
            id="a file in a folder",
        ),
        pytest.param(
            "/etc/guard/office",
            f"looks like the path of a file; write file:/etc/guard/office {FILE}",
            id="a path without an ending",
        ),
        pytest.param(
            "./office", f"looks like the path of a file; write file:./office {FILE}", id="a path that begins with a dot"
        ),
        pytest.param(
            "~/office.txt",
            f"looks like the path of a file; write file: and its whole path {FILE}",
            id="a path from home, which only a shell reads",
        ),
        pytest.param(PurePosixPath("jetpack"), f"is a path; write file:jetpack {FILE}", id="a path with a list's name"),
        pytest.param(
            PurePosixPath("/my lists/a"), f"is a path; write file: and its whole path {FILE}", id="a path with a space"
        ),
    ],
)
def test_a_path_is_answered_with_how_a_file_is_named(text: object, problem: str) -> None:
    assert problem_in("allow", text) == problem


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/24", id="a prefix alone"),
        pytest.param("/10.0.0.0/8", id="a slash before a range"),
        pytest.param("/xmlrpc.php", id="a script at the root"),
        pytest.param("/blog/xmlrpc.php", id="a script in a folder"),
        pytest.param("jetpack.com/ips-v4.txt", id="an address of the web without its scheme"),
        pytest.param("https://jetpack.com/ips-v4.txt", id="an address of the web"),
        pytest.param("office.example", id="a host's name"),
        pytest.param("10.0.0.0/office.txt", id="an address before a name"),
    ],
)
def test_what_is_not_plainly_a_path_is_not_taken_for_one(text: str) -> None:
    assert "file" not in problem_in("allow", text)


def test_a_file_is_read_where_the_error_says_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "office.txt"
    path.write_text("203.0.113.7\n")
    (offer,) = re.findall(r"write (file:\S+)", problem_in("allow", str(path)))
    assert Settings(allow=[offer]).follow().current().allow == Networks(["203.0.113.7"])
