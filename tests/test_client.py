"""The client rule for a trusted peer's header, against the same walk written slowly over ``ipaddress``."""

import copy
import pickle
from cProfile import Profile
from dataclasses import FrozenInstanceError
from ipaddress import ip_network
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any

import netaddr
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import IPAddress, IPNetwork, mutated, networks, read_address, spelt_addresses, unmapped
from xmlrpc_guard.client import MAX_HOPS, Step, TrustedProxies, forwarded_client, walk
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.networks import Networks, parse_address

PROXIES = TrustedProxies(["10.0.0.0/8", "2001:db8::/32", "unix"])
FORWARDED, REAL_IP = ForwardedHeader("Forwarded"), ForwardedHeader("X-Real-IP")


def client(
    forwarded: str | None, proxies: TrustedProxies = PROXIES, header: ForwardedHeader = X_FORWARDED_FOR
) -> str | None:
    found = forwarded_client(forwarded, proxies, header)
    return found and found[1]


# The rule once more, slowly


def slowly_found(forwarded: str | None, trusted: list[IPNetwork]) -> IPAddress | None:
    elements = (forwarded or "").split(",")
    for trusted_hops, hop in enumerate(map(slowly_read, reversed(elements)), start=1):
        if hop is None or not any(hop in network for network in trusted):
            return hop
        if trusted_hops > 32:
            return None
    return slowly_read(elements[0])


def slowly_read(element: str) -> IPAddress | None:
    text = element.strip(" \t")
    host, port = text, "0"
    if text.startswith("["):
        bracketed, _, port = text.rpartition("]:") if "]:" in text else (text.removesuffix("]"), "", "0")
        host = bracketed[1:] if ":" in bracketed and "]" in text else ""
    elif text.count(":") == 1:  # with more it is IPv6, and never cut
        host, _, port = text.partition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    return read_address(host) if is_port else None


# One hop


@pytest.mark.parametrize(
    ("element", "address"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", id="IPv4"),
        pytest.param(" \t203.0.113.9\t ", "203.0.113.9", id="spaces and tabs around it"),
        pytest.param("203.0.113.9:80", "203.0.113.9", id="a port"),
        pytest.param("203.0.113.9:0", "203.0.113.9", id="the lowest port"),
        pytest.param("203.0.113.9:65535", "203.0.113.9", id="the highest port"),
        pytest.param("203.0.113.9:00080", "203.0.113.9", id="a port with leading zeros"),
        pytest.param("2001:db9::1", "2001:db9::1", id="IPv6"),
        pytest.param("2001:DB9:0::1", "2001:db9::1", id="IPv6 in another spelling comes out canonical"),
        pytest.param("2001:db9::80:443", "2001:db9::80:443", id="IPv6 is never cut at its last colon"),
        pytest.param("::1:65535", None, id="IPv6 is not cut even where only a port could make it readable"),
        pytest.param("1:2:3:4:5:6:7:8:80", None, id="nor where it has a group too many"),
        pytest.param("[2001:db9::1]", "2001:db9::1", id="brackets"),
        pytest.param("[2001:db9::1]:65535", "2001:db9::1", id="brackets and the highest port"),
        pytest.param("::ffff:203.0.113.9", "203.0.113.9", id="IPv4-mapped IPv6 is IPv4"),
        pytest.param("[::ffff:203.0.113.9]:80", "203.0.113.9", id="IPv4-mapped IPv6 in brackets, with a port"),
        pytest.param("::ffff:203.0.113.9:80", None, id="but not with a port and no brackets"),
        pytest.param("255.255.255.255", "255.255.255.255", id="the last IPv4 address"),
        pytest.param("::", "::", id="the IPv6 address of zeros"),
        pytest.param("203.0.113.9:65536", None, id="a port too high"),
        pytest.param("[2001:db9::1]:65536", None, id="a port too high behind brackets"),
        pytest.param("203.0.113.9:000080", None, id="a port of six digits"),
        pytest.param("203.0.113.9:", None, id="a colon and no port"),
        pytest.param("[2001:db9::1]:", None, id="brackets, a colon and no port"),
        pytest.param("203.0.113.9:-1", None, id="a negative port"),
        pytest.param("203.0.113.9:+80", None, id="a port with a sign"),
        pytest.param("203.0.113.9: 80", None, id="a space before the port"),
        pytest.param("203.0.113.9:8_0", None, id="a port with an underscore"),
        pytest.param("203.0.113.9:\u0668\u0660", None, id="a port in another script's digits"),
        pytest.param("203.0.113.9:http", None, id="a port by name"),
        pytest.param("203.0.113.9:80:80", None, id="two ports"),
        pytest.param("[203.0.113.9]", None, id="brackets around IPv4"),
        pytest.param("[203.0.113.9]:80", None, id="brackets around IPv4, and a port"),
        pytest.param("[2001:db9::1", None, id="one bracket"),
        pytest.param("2001:db9::1]", None, id="the other bracket"),
        pytest.param("[[2001:db9::1]]", None, id="brackets in brackets"),
        pytest.param("[ 2001:db9::1]", None, id="a space in brackets"),
        pytest.param("[2001:db9::1] :80", None, id="a space behind brackets"),
        pytest.param("[2001:db9::1]80", None, id="a port without its colon"),
        pytest.param("[]", None, id="empty brackets"),
        pytest.param("[fe80::1%lo]", None, id="a zone id in brackets"),
        pytest.param("fe80::1%1", None, id="a zone id"),
        pytest.param("0.0.0.0", None, id="0.0.0.0 is nobody's address"),
        pytest.param("0.0.0.0:80", None, id="nor is it with a port"),
        pytest.param("[::ffff:0.0.0.0]", None, id="nor as IPv4-mapped IPv6"),
        pytest.param("203.0.113.9\x0b", None, id="a vertical tab is not stripped"),
        pytest.param("203.0.113.9\x0c", None, id="nor a form feed"),
        pytest.param("\xa0203.0.113.9", None, id="nor a no-break space"),
        pytest.param("203.0.113.9\n", None, id="nor a line end"),
        pytest.param("203.0.113.9\r", None, id="nor a carriage return"),
        pytest.param("203.0.113.9\0", None, id="nor a NUL"),
        pytest.param("203.0.113.009", None, id="leading zeros"),
        pytest.param("0xcb007109", None, id="hexadecimal"),
        pytest.param("3405803785", None, id="an integer"),
        pytest.param("203.0.113", None, id="three parts"),
        pytest.param("203.0.113.9 evil", None, id="words behind"),
        pytest.param('"203.0.113.9"', None, id="quotes, which belong to another header"),
        pytest.param("for=203.0.113.9", None, id="a parameter, which belongs to another header"),
        pytest.param("unknown", None, id="a word"),
        pytest.param("localhost", None, id="a socket's name names the peer and never a hop"),
        pytest.param("unix:", None, id="nor does another socket's name"),
        pytest.param("unix", None, id="nor the setting's own word"),
        pytest.param("\ud800", None, id="what cannot be encoded"),
        pytest.param("[::\ud800]", None, id="what cannot be encoded, in brackets"),
    ],
)
def test_a_hop_is_read_strictly(element: str, address: str | None) -> None:
    assert client(element) == address
    assert slowly_read(element) == read_address(address)


def test_no_other_character_is_stripped() -> None:
    assert [text for text in map(chr, range(0x3000)) if client(f"{text}203.0.113.9{text}")] == ["\t", " "]


# The walk


def hops(count: int) -> str:
    return ", ".join(f"10.0.0.{number}" for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", id="one untrusted hop is the client"),
        pytest.param("203.0.113.9, 10.0.0.7", "203.0.113.9", id="a trusted hop is passed over"),
        pytest.param("203.0.113.9, 2001:db8::1, 10.0.0.7", "203.0.113.9", id="and so is one of the other family"),
        pytest.param("192.0.64.5, 203.0.113.9", "203.0.113.9", id="what stands left of the client is not believed"),
        pytest.param("evil, 203.0.113.9", "203.0.113.9", id="nor even read"),
        pytest.param("10.0.0.7, 203.0.113.9", "203.0.113.9", id="nor is a trusted address there"),
        pytest.param("203.0.113.9,10.0.0.7", "203.0.113.9", id="no space behind the comma"),
        pytest.param("203.0.113.9:1, [2001:db8::1]:2, 10.0.0.7:3", "203.0.113.9", id="ports on the way"),
        pytest.param("203.0.113.9, ::ffff:10.0.0.7", "203.0.113.9", id="a trusted hop in IPv4-mapped spelling"),
        pytest.param("10.0.0.7", "10.0.0.7", id="one trusted hop is itself the client"),
        pytest.param("10.0.0.9, 10.0.0.8, 10.0.0.7", "10.0.0.9", id="of trusted hops the leftmost is the client"),
        pytest.param("203.0.113.9, evil", None, id="an unreadable element before the client is found"),
        pytest.param("203.0.113.9, evil, 10.0.0.7", None, id="one behind a trusted hop"),
        pytest.param("203.0.113.9, ", None, id="an empty element at the end"),
        pytest.param("203.0.113.9,, 10.0.0.7", None, id="an empty element on the way"),
        pytest.param(", 10.0.0.7", None, id="an empty element at the start"),
        pytest.param(",203.0.113.9", "203.0.113.9", id="an empty element left of the client is not read"),
        pytest.param(",", None, id="a comma"),
        pytest.param(None, None, id="an absent header"),
        pytest.param("", None, id="an empty header"),
        pytest.param(" \t ", None, id="a blank header"),
        pytest.param("localhost, 10.0.0.7", None, id="a socket's name on the way"),
        pytest.param("203.0.113.9; 10.0.0.7", None, id="a semicolon parts nothing"),
        pytest.param("203.0.113.9 10.0.0.7", None, id="nor does a space"),
        pytest.param(hops(32), "10.0.0.1", id="32 trusted hops: the leftmost"),
        pytest.param(hops(33), None, id="33 trusted hops: an attack"),
        pytest.param("203.0.113.9, " + hops(32), "203.0.113.9", id="32 trusted hops and a client behind them"),
        pytest.param("203.0.113.9, " + hops(33), None, id="33 trusted hops and a client behind them"),
        pytest.param("evil, " + hops(32), None, id="32 trusted hops and nobody behind them"),
        pytest.param("evil, 203.0.113.9, " + hops(32), "203.0.113.9", id="32 trusted hops, a client, and lies"),
        pytest.param("192.0.64.5, " * 100_000 + "203.0.113.9", "203.0.113.9", id="a hundred thousand lies"),
        pytest.param("," * 2**20, None, id="a megabyte of commas"),
        pytest.param("1" * 2**20, None, id="a megabyte of digits"),
        pytest.param("1.2.3.4:" + "1" * 2**20, None, id="a megabyte of a port"),
        pytest.param("[" * 2**20, None, id="a megabyte of brackets"),
        pytest.param(" " * 2**20, None, id="a megabyte of spaces"),
    ],
)
def test_the_walk_from_the_right(forwarded: str | None, found: str | None) -> None:
    assert client(forwarded) == found
    trusted = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]
    assert slowly_found(forwarded, trusted) == read_address(found)


def test_the_limit_is_what_the_rule_says() -> None:
    assert MAX_HOPS == 32


def test_without_trusted_proxies_the_rightmost_hop_is_the_client() -> None:
    assert client("192.0.64.5, 203.0.113.9", TrustedProxies()) == "203.0.113.9"


def test_the_client_comes_packed_and_as_text() -> None:
    assert forwarded_client("::ffff:203.0.113.9", PROXIES) == (bytes([203, 0, 113, 9]), "203.0.113.9")


def decorated(address: str, port: int) -> st.SearchStrategy[str]:
    bracketed = f"[{address}]" if ":" in address else address
    return st.sampled_from([address, f" {address}\t", bracketed, f"{bracketed}:{port}", f"{address}:{port}"])


ELEMENTS = st.tuples(spelt_addresses, st.integers(0, 70_000)).flatmap(lambda parts: decorated(*parts))
HEADERS = st.lists(ELEMENTS | mutated(ELEMENTS), max_size=6).map(",".join) | st.text()


@given(st.lists(networks, max_size=6), HEADERS)
def test_the_walk_agrees_with_the_slow_one(trusted: list[IPNetwork], forwarded: str) -> None:
    assume(not Networks(map(str, trusted)).covers_everyone)
    found = forwarded_client(forwarded, TrustedProxies(map(str, trusted)))
    expected = slowly_found(forwarded, list(map(unmapped, trusted)))
    assert (found and found[0]) == (expected and expected.packed)
    assert found is None or read_address(found[1]) == expected


@given(
    st.lists(st.sampled_from(["10.0.0.1", "10.255.0.1:80", "203.0.113.9", "evil"]), min_size=25, max_size=45), st.data()
)
def test_long_walks_agree_with_the_slow_one(lies: list[str], data: st.DataObject) -> None:
    trusted = data.draw(st.integers(28, 36))
    forwarded = ",".join([*lies, *["10.0.0.1"] * trusted])
    assert read_address(client(forwarded)) == slowly_found(forwarded, [ip_network("10.0.0.0/8")])


# The same walk along other headers


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        pytest.param("for=203.0.113.9", "203.0.113.9", id="one untrusted hop is the client"),
        pytest.param(
            'for=203.0.113.9, for="10.0.0.7:80";by=10.0.0.8', "203.0.113.9", id="a trusted hop is passed over"
        ),
        pytest.param('for=192.0.64.5,for="[2001:db9::1]:80"', "2001:db9::1", id="what stands left is not believed"),
        pytest.param('x="evil, for=203.0.113.9', "203.0.113.9", id="nor even read, though a quote is open in it"),
        pytest.param("for=10.0.0.9, for=10.0.0.7", "10.0.0.9", id="of trusted hops the leftmost is the client"),
        pytest.param("for=203.0.113.9, for=_hidden, for=10.0.0.7", None, id="a proxy that hides who asked"),
        pytest.param("for=203.0.113.9, for=unknown", None, id="a proxy that does not know"),
        pytest.param("for=203.0.113.9, by=10.0.0.7", None, id="an element without for="),
        pytest.param("for=203.0.113.9, for=10.0.0.7;for=10.0.0.7", None, id="one with two"),
        pytest.param('for=203.0.113.9, for="10.0.0.7', None, id="broken quoting"),
        pytest.param("for=203.0.113.9, 10.0.0.7", None, id="another header's form"),
        pytest.param(None, None, id="an absent header"),
        pytest.param("", None, id="an empty header"),
        pytest.param(", ".join(["for=10.0.0.7"] * 32), "10.0.0.7", id="32 trusted hops: the leftmost"),
        pytest.param(", ".join(["for=10.0.0.7"] * 33), None, id="33 trusted hops: an attack"),
        pytest.param('for="' + "," * 2**20 + '", for=203.0.113.9', "203.0.113.9", id="a megabyte of lies"),
        pytest.param('"' * 2**20, None, id="a megabyte of quotes"),
        pytest.param("\\" * 2**20 + '"', None, id="a megabyte of escapes"),
        pytest.param("for=203.0.113.9;" * 2**16, None, id="a megabyte of one element"),
    ],
)
def test_the_walk_along_forwarded(forwarded: str | None, found: str | None) -> None:
    assert client(forwarded, header=FORWARDED) == found


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", id="the client"),
        pytest.param("10.0.0.7", "10.0.0.7", id="a trusted proxy that asks for itself"),
        pytest.param("192.0.64.5, 203.0.113.9", None, id="more than one address"),
        pytest.param("203.0.113.9,10.0.0.7", None, id="more than one, though the last is a proxy's"),
        pytest.param("203.0.113.9,", None, id="one, and an empty line"),
        pytest.param("", None, id="none"),
        pytest.param(None, None, id="an absent header"),
    ],
)
def test_a_header_of_one_address(forwarded: str | None, found: str | None) -> None:
    assert client(forwarded, header=REAL_IP) == found


# What it must never do, whatever is written


def in_forwarded(element: str) -> str:
    text = element.strip(" \t").replace("\\", "").replace('"', "")
    return f'for="[{text}]"' if text.count(":") > 1 and "[" not in text else f'for="{text}"'


def said(header: ForwardedHeader, elements: list[str]) -> str:
    return ",".join(map(in_forwarded, elements) if header is FORWARDED else elements)


LISTS = pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED], ids=str)
HOPS = st.sampled_from(["10.0.0.1", "10.255.0.1:80", "[2001:db8::1]:443", "::ffff:10.0.0.2", "203.0.113.9", "evil"])
LIES = st.text('",;=\\ for[]:1.a') | st.lists(HOPS | ELEMENTS).map(",".join)


@LISTS
@given(LIES, st.lists(HOPS | ELEMENTS, max_size=5))
def test_the_answer_is_canonical(header: ForwardedHeader, lies: str, elements: list[str]) -> None:
    found = forwarded_client(f"{lies},{said(header, elements)}", PROXIES, header)
    if found is not None:
        packed, text = found
        address = read_address(text)
        assert address is not None
        assert (address.packed, inet_ntop(AF_INET if address.version == 4 else AF_INET6, packed)) == (packed, text)


@LISTS
@given(LIES, st.lists(HOPS, max_size=4))
def test_it_is_a_trusted_proxy_only_if_every_hop_is_one(
    header: ForwardedHeader, lies: str, elements: list[str]
) -> None:
    text = f"{lies},{said(header, elements)}"
    found = forwarded_client(text, PROXIES, header)
    trusts_all = all(step.trusted for step in walk(text, PROXIES, header))
    assert found is None or PROXIES.networks.covers(found[0]) is trusts_all


@LISTS
@given(LIES, LIES, st.lists(st.sampled_from(["10.0.0.1", "10.255.0.1:80", "[2001:db8::1]:443"]), max_size=5))
def test_nothing_left_of_the_first_untrusted_hop_changes_it(
    header: ForwardedHeader, lies: str, others: str, trusted: list[str]
) -> None:
    written = said(header, ["203.0.113.9", *trusted])
    assert {client(f"{before},{written}", header=header) for before in (lies, others)} == {"203.0.113.9"}


@LISTS
@given(st.lists(HOPS | ELEMENTS, min_size=1, max_size=6), st.data())
def test_lines_are_one_list(header: ForwardedHeader, elements: list[str], data: st.DataObject) -> None:
    # Servers join lines by a comma, some with a space behind it.
    parted = "".join(
        data.draw(st.sampled_from([",", ", ", " ,\t"])) + said(header, [element]) for element in elements[1:]
    )
    assert client(said(header, elements[:1]) + parted, header=header) == client(said(header, elements), header=header)


@pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED, REAL_IP], ids=str)
@given(st.text() | st.text('",;=\\ for[]:1.a\0\ud800'))
def test_no_text_raises(header: ForwardedHeader, text: str) -> None:
    found = client(text, header=header)
    assert found is None or read_address(found)


def calls(forwarded: str, header: ForwardedHeader) -> int:
    """Count the functions, Python's and C's, that are called to find a client."""
    profile = Profile()
    profile.runcall(forwarded_client, forwarded, PROXIES, header)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize(
    ("header", "lie"),
    [
        pytest.param(X_FORWARDED_FOR, "10.0.0.1,", id="hops without end"),
        pytest.param(X_FORWARDED_FOR, "[:", id="brackets and colons"),
        pytest.param(FORWARDED, "for=10.0.0.1,", id="elements without end"),
        pytest.param(FORWARDED, "for=10.0.0.1;", id="pairs without end"),
        pytest.param(FORWARDED, '"",', id="quoted strings without end"),
        pytest.param(FORWARDED, '\\"', id="escaped quotes without end"),
        pytest.param(REAL_IP, "10.0.0.1,", id="addresses where one belongs"),
    ],
)
def test_the_work_does_not_grow_with_what_is_written(header: ForwardedHeader, lie: str) -> None:
    short, long = (lie * (size // len(lie)) + said(header, ["10.0.0.1"]) for size in (2**16, 2**18))
    assert calls(long, header) < calls(short, header) + 100


# The walk, step by step


def step(element: str, address: str, *, trusted: bool = True, is_client: bool = False) -> Step:
    return Step(element, parse_address(address), trusted, is_client)


@pytest.mark.parametrize(
    ("header", "forwarded", "steps"),
    [
        pytest.param(
            X_FORWARDED_FOR,
            "192.0.64.5, 203.0.113.9:80 , 10.0.0.7",
            [step("10.0.0.7", "10.0.0.7"), step("203.0.113.9:80", "203.0.113.9", trusted=False, is_client=True)],
            id="up to the client",
        ),
        pytest.param(
            FORWARDED,
            "for=10.0.0.9, for=10.0.0.7",
            [step("for=10.0.0.7", "10.0.0.7"), step("for=10.0.0.9", "10.0.0.9", is_client=True)],
            id="up to the last, where all are trusted",
        ),
        pytest.param(
            X_FORWARDED_FOR,
            "203.0.113.9, evil, 10.0.0.7",
            [step("10.0.0.7", "10.0.0.7"), Step("evil", None, problem="is not an address")],
            id="up to what cannot be read",
        ),
        pytest.param(
            X_FORWARDED_FOR,
            "10.0.0.7," * 40 + "10.0.0.7",
            [step("10.0.0.7", "10.0.0.7")] * 33,
            id="up to one more than may be",
        ),
    ],
)
def test_the_steps_of_the_walk(header: ForwardedHeader, forwarded: str, steps: list[Step]) -> None:
    assert list(walk(forwarded, PROXIES, header)) == steps


@pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED, REAL_IP], ids=str)
@given(LIES, st.lists(HOPS, max_size=4), st.integers(0, 34))
def test_the_last_step_decides(header: ForwardedHeader, lies: str, elements: list[str], trusted: int) -> None:
    text = f"{lies},{said(header, [*elements, *['10.0.0.1'] * trusted])}"
    *others, last = walk(text, PROXIES, header)
    found = last.address[1] if last.address and (len(others) < MAX_HOPS or not last.trusted) else None
    assert client(text, header=header) == found
    assert last.is_client == (found is not None)
    assert all(step.trusted for step in others)
    assert bool(last.problem) == (last.address is None)


# Whom a header is believed from


@pytest.mark.parametrize(
    ("entries", "listed"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param(["10.0.0.5"], ["10.0.0.5/32"], id="an address"),
        pytest.param(["unix"], ["unix"], id="whoever comes through a unix socket"),
        pytest.param(["unix", "10.0.0.0/8", "unix"], ["10.0.0.0/8", "unix"], id="unix is listed last and once"),
        pytest.param((text for text in ["10.0.0.5", "unix"]), ["10.0.0.5/32", "unix"], id="a generator, read once"),
        pytest.param(netaddr.IPSet(["10.0.0.0/8"]), ["10.0.0.0/8"], id="an IPSet for the whole"),
        pytest.param(netaddr.IPNetwork("10.0.0.0/8"), ["10.0.0.0/8"], id="an IPNetwork for the whole"),
        pytest.param(netaddr.IPRange("10.0.0.0", "10.0.0.3"), ["10.0.0.0/30"], id="an IPRange for the whole"),
        pytest.param(Networks(["10.0.0.0/8"]), ["10.0.0.0/8"], id="Networks for the whole"),
        pytest.param(PROXIES, ["10.0.0.0/8", "2001:db8::/32", "unix"], id="another policy's trusted proxies"),
        pytest.param(
            [netaddr.IPAddress("10.0.0.1"), netaddr.IPSet(["10.0.0.2"]), Networks(["10.0.0.3"]), "unix"],
            ["10.0.0.1/32", "10.0.0.2/31", "unix"],
            id="netaddr objects beside unix",
        ),
        pytest.param(["0.0.0.0/1", "8000::/1"], ["0.0.0.0/1", "8000::/1"], id="half of each family, if somebody must"),
    ],
)
def test_who_may_be_trusted(entries: Any, listed: list[str]) -> None:
    assert list(TrustedProxies(entries)) == listed


EVERYONE = "trusts everyone; write only your proxies' addresses"


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        pytest.param(["0.0.0.0/0"], EVERYONE, id="all of IPv4"),
        pytest.param(["::/0"], EVERYONE, id="all of IPv6"),
        pytest.param(["10.0.0.5", "::/0", "unix"], EVERYONE, id="all of IPv6 beside others"),
        pytest.param(["0.0.0.0/1", "128.0.0.0/1"], EVERYONE, id="all of IPv4 in two halves"),
        pytest.param(["8000::/1", "::/1"], EVERYONE, id="all of IPv6 in two halves"),
        pytest.param(["::ffff:0:0/96"], EVERYONE, id="all of IPv4 as IPv4-mapped IPv6"),
        pytest.param(["::ffff:0:0/97", "::ffff:128.0.0.0/97"], EVERYONE, id="the same in two halves"),
        pytest.param(netaddr.IPNetwork("0.0.0.0/0"), EVERYONE, id="all of IPv4 as an IPNetwork"),
        pytest.param(netaddr.IPSet(["0.0.0.0/1", "128.0.0.0/1"]), EVERYONE, id="all of IPv4 as an IPSet"),
        pytest.param("unix", "is one string where a list belongs; write ['unix']", id="a bare unix"),
        pytest.param("*", "is one string where a list belongs; write ['*']", id="a bare asterisk"),
        pytest.param(
            ["Unix"],
            "is not an address; write 'unix' for a unix socket, in trusted_proxies only",
            id="unix in capitals",
        ),
        pytest.param(
            [" unix"],
            "has white space around it; write an address or a CIDR range, such as 203.0.113.0/24",
            id="unix with a space",
        ),
        pytest.param(
            ["localhost"],
            "is a host name; write 127.0.0.1 or ::1",
            id="what a socket's peer is called",
        ),
        pytest.param([""], "is an empty entry; remove it", id="what a socket's peer is mostly called"),
        pytest.param(["10/8"], "is a partial address; write 10.0.0.0/8", id="an entry that any setting refuses"),
        pytest.param(b"unix", "is not a list; write trusted_proxies=[...]", id="bytes"),
        pytest.param(None, "is not a list; write trusted_proxies=[...]", id="None"),
    ],
)
def test_who_may_not_be_trusted(entries: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TrustedProxies(entries)
    assert (caught.value.setting, caught.value.problem) == ("trusted_proxies", problem)


@pytest.mark.parametrize(
    ("peer", "named"),
    [
        pytest.param("", True, id="gunicorn, granian and cheroot"),
        pytest.param("localhost", True, id="waitress"),
        pytest.param("0.0.0.0", True, id="uWSGI"),
        pytest.param("unix:", True, id="nginx, as its log has it"),
        pytest.param(None, False, id="an absent peer is unknown all the same"),
        pytest.param("unix", False, id="the setting's own word is no peer"),
        pytest.param("LOCALHOST", False, id="capitals are another name"),
        pytest.param(" ", False, id="a space is no empty text"),
        pytest.param("127.0.0.1", False, id="an address is no socket"),
        pytest.param("10.0.0.5", False, id="nor is a trusted one"),
    ],
)
def test_a_unix_socket_is_trusted_by_the_names_that_servers_give_it(peer: str | None, named: bool) -> None:
    assert PROXIES.include(peer, None) is named
    assert not TrustedProxies(["10.0.0.0/8"]).include(peer, None)


# That it is a value


def test_trusted_proxies_are_equal_if_they_trust_the_same() -> None:
    assert TrustedProxies(["unix", "10.0.0.0/9", "10.128.0.0/9"]) == TrustedProxies(["10.0.0.0/8", "unix"])
    assert hash(TrustedProxies(["unix"])) == hash(TrustedProxies(["unix", "unix"]))
    assert TrustedProxies(["10.0.0.0/8"]) != TrustedProxies(["10.0.0.0/8", "unix"])
    assert TrustedProxies(["10.0.0.0/8"]) != TrustedProxies(["10.0.0.0/9"])


def test_trusted_proxies_survive_their_repr_and_their_copies() -> None:
    assert repr(PROXIES) == "TrustedProxies(['10.0.0.0/8', '2001:db8::/32', 'unix'])"
    for again in (eval(repr(PROXIES)), copy.deepcopy(PROXIES), pickle.loads(pickle.dumps(PROXIES))):
        assert again == PROXIES


def test_trusted_proxies_are_frozen() -> None:
    proxies: Any = TrustedProxies()
    with pytest.raises(FrozenInstanceError):
        proxies.unix = True


def test_a_long_element_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it holds: an expression that looks back at colons took a minute for 60,000 of them."""
    lengths: list[int] = []
    monkeypatch.setattr("xmlrpc_guard.forwarded.parse_address", lambda text: lengths.append(len(text)))
    for text in ("[" + ":" * 10**6, "[1" + ":1" * 10**6, "1" * 10**6, "[" + "]" * 10**6, " " * 10**6 + "1"):
        assert forwarded_client(f"192.0.64.5, {text}", TrustedProxies(["10.0.0.0/8"])) is None
    assert set(lengths) == {1}
