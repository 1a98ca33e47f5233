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
from xmlrpc_guard.client import MAX_HOPS, Step, TrustedProxies, forwarded_client, identify, walk
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


def find_slowly(forwarded: str | None, trusted: list[IPNetwork]) -> IPAddress | None:
    elements = (forwarded or "").split(",")
    for trusted_hops, hop in enumerate(map(read_slowly, reversed(elements)), start=1):
        if hop is None or not any(hop in network for network in trusted):
            return hop
        if trusted_hops > 32:
            return None
    return read_slowly(elements[0])


def read_slowly(element: str) -> IPAddress | None:
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
        pytest.param(" \t203.0.113.9\t ", "203.0.113.9", id="spaces and tabs around an address"),
        pytest.param("203.0.113.9:80", "203.0.113.9", id="a port"),
        pytest.param("203.0.113.9:0", "203.0.113.9", id="the lowest port"),
        pytest.param("203.0.113.9:65535", "203.0.113.9", id="the highest port"),
        pytest.param("203.0.113.9:00080", "203.0.113.9", id="a port with leading zeros"),
        pytest.param("2001:db9::1", "2001:db9::1", id="IPv6"),
        pytest.param("2001:DB9:0::1", "2001:db9::1", id="IPv6 in another spelling comes out canonical"),
        pytest.param("2001:db9::80:443", "2001:db9::80:443", id="IPv6 is never cut at its last colon"),
        pytest.param("::1:65535", None, id="IPv6 is not cut even where only a port could make it readable"),
        pytest.param("1:2:3:4:5:6:7:8:80", None, id="IPv6 with a group too many is not cut to fit"),
        pytest.param("[2001:db9::1]", "2001:db9::1", id="brackets"),
        pytest.param("[2001:db9::1]:65535", "2001:db9::1", id="brackets and the highest port"),
        pytest.param("::ffff:203.0.113.9", "203.0.113.9", id="IPv4-mapped IPv6 is IPv4"),
        pytest.param("[::ffff:203.0.113.9]:80", "203.0.113.9", id="IPv4-mapped IPv6 in brackets, with a port"),
        pytest.param("::ffff:203.0.113.9:80", None, id="IPv4-mapped IPv6 with a port needs brackets"),
        pytest.param("255.255.255.255", "255.255.255.255", id="the last IPv4 address"),
        pytest.param("::", "::", id="the IPv6 address of zeros"),
        pytest.param("203.0.113.9:65536", None, id="a port above 65535"),
        pytest.param("[2001:db9::1]:65536", None, id="a port above 65535 after brackets"),
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
        pytest.param("[2001:db9::1", None, id="an opening bracket alone"),
        pytest.param("2001:db9::1]", None, id="a closing bracket alone"),
        pytest.param("[[2001:db9::1]]", None, id="brackets in brackets"),
        pytest.param("[ 2001:db9::1]", None, id="a space in brackets"),
        pytest.param("[2001:db9::1] :80", None, id="a space after brackets"),
        pytest.param("[2001:db9::1]80", None, id="a port without its colon"),
        pytest.param("[]", None, id="empty brackets"),
        pytest.param("[fe80::1%lo]", None, id="a zone id in brackets"),
        pytest.param("fe80::1%1", None, id="a zone id"),
        pytest.param("0.0.0.0", None, id="0.0.0.0 is not a sender's address"),
        pytest.param("0.0.0.0:80", None, id="0.0.0.0 with a port is not a sender's address"),
        pytest.param("[::ffff:0.0.0.0]", None, id="0.0.0.0 as IPv4-mapped IPv6 is not a sender's address"),
        pytest.param("203.0.113.9\x0b", None, id="a vertical tab is not stripped"),
        pytest.param("203.0.113.9\x0c", None, id="a form feed is not stripped"),
        pytest.param("\xa0203.0.113.9", None, id="a no-break space is not stripped"),
        pytest.param("203.0.113.9\n", None, id="a line end is not stripped"),
        pytest.param("203.0.113.9\r", None, id="a carriage return is not stripped"),
        pytest.param("203.0.113.9\0", None, id="a NUL is not stripped"),
        pytest.param("203.0.113.009", None, id="leading zeros"),
        pytest.param("0xcb007109", None, id="hexadecimal"),
        pytest.param("3405803785", None, id="an integer"),
        pytest.param("203.0.113", None, id="three parts"),
        pytest.param("203.0.113.9 evil", None, id="a word after the address"),
        pytest.param('"203.0.113.9"', None, id="quotes, which belong to Forwarded"),
        pytest.param("for=203.0.113.9", None, id="a parameter, which belongs to Forwarded"),
        pytest.param("unknown", None, id="a word"),
        pytest.param("localhost", None, id="localhost names a socket's peer, never a hop"),
        pytest.param("unix:", None, id="unix: names a socket's peer, never a hop"),
        pytest.param("unix", None, id="unix is the setting's word, never a hop"),
        pytest.param("\ud800", None, id="what cannot be encoded"),
        pytest.param("[::\ud800]", None, id="what cannot be encoded, in brackets"),
    ],
)
def test_a_hop_is_read_strictly(element: str, address: str | None) -> None:
    assert client(element) == address
    assert read_slowly(element) == read_address(address)


def test_no_other_character_is_stripped() -> None:
    assert [text for text in map(chr, range(0x3000)) if client(f"{text}203.0.113.9{text}")] == ["\t", " "]


# The walk


def write_hops(count: int) -> str:
    return ", ".join(f"10.0.0.{number}" for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", id="one untrusted hop is the client"),
        pytest.param("203.0.113.9, 10.0.0.7", "203.0.113.9", id="a trusted hop is passed over"),
        pytest.param(
            "203.0.113.9, 2001:db8::1, 10.0.0.7", "203.0.113.9", id="trusted hops of both families are passed over"
        ),
        pytest.param(
            "192.0.64.5, 203.0.113.9", "203.0.113.9", id="an allowed address left of the client does not count"
        ),
        pytest.param("evil, 203.0.113.9", "203.0.113.9", id="an unreadable element left of the client is not read"),
        pytest.param("10.0.0.7, 203.0.113.9", "203.0.113.9", id="a trusted address left of the client does not count"),
        pytest.param("203.0.113.9,10.0.0.7", "203.0.113.9", id="no space after the comma"),
        pytest.param("203.0.113.9:1, [2001:db8::1]:2, 10.0.0.7:3", "203.0.113.9", id="ports on the way"),
        pytest.param("203.0.113.9, ::ffff:10.0.0.7", "203.0.113.9", id="a trusted hop in IPv4-mapped spelling"),
        pytest.param("10.0.0.7", "10.0.0.7", id="one trusted hop is itself the client"),
        pytest.param(
            "10.0.0.9, 10.0.0.8, 10.0.0.7", "10.0.0.9", id="where all hops are trusted, the leftmost is the client"
        ),
        pytest.param("203.0.113.9, evil", None, id="an unreadable element before the client is found"),
        pytest.param("203.0.113.9, evil, 10.0.0.7", None, id="an unreadable element before a trusted hop"),
        pytest.param("203.0.113.9, ", None, id="an empty element at the end"),
        pytest.param("203.0.113.9,, 10.0.0.7", None, id="an empty element on the way"),
        pytest.param(", 10.0.0.7", None, id="an empty element at the start"),
        pytest.param(",203.0.113.9", "203.0.113.9", id="an empty element left of the client is not read"),
        pytest.param(",", None, id="a comma"),
        pytest.param(None, None, id="an absent header"),
        pytest.param("", None, id="an empty header"),
        pytest.param(" \t ", None, id="a blank header"),
        pytest.param("localhost, 10.0.0.7", None, id="a socket's name on the way"),
        pytest.param("203.0.113.9; 10.0.0.7", None, id="a semicolon separates nothing"),
        pytest.param("203.0.113.9 10.0.0.7", None, id="a space separates nothing"),
        pytest.param(write_hops(32), "10.0.0.1", id="32 trusted hops: the leftmost"),
        pytest.param(write_hops(33), None, id="33 trusted hops: an attack"),
        pytest.param("203.0.113.9, " + write_hops(32), "203.0.113.9", id="a client, then 32 trusted hops"),
        pytest.param("203.0.113.9, " + write_hops(33), None, id="a client, then 33 trusted hops: an attack"),
        pytest.param("evil, " + write_hops(32), None, id="an unreadable element, then 32 trusted hops"),
        pytest.param(
            "evil, 203.0.113.9, " + write_hops(32),
            "203.0.113.9",
            id="an unreadable element, a client, then 32 trusted hops",
        ),
        pytest.param("192.0.64.5, " * 100_000 + "203.0.113.9", "203.0.113.9", id="a hundred thousand forged elements"),
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
    assert find_slowly(forwarded, trusted) == read_address(found)


def test_the_limit_is_what_the_rule_says() -> None:
    assert MAX_HOPS == 32


def test_without_trusted_proxies_the_rightmost_hop_is_the_client() -> None:
    assert client("192.0.64.5, 203.0.113.9", TrustedProxies()) == "203.0.113.9"


def test_the_client_comes_packed_and_as_text() -> None:
    assert forwarded_client("::ffff:203.0.113.9", PROXIES) == (bytes([203, 0, 113, 9]), "203.0.113.9")


def decorate(address: str, port: int) -> st.SearchStrategy[str]:
    bracketed = f"[{address}]" if ":" in address else address
    return st.sampled_from([address, f" {address}\t", bracketed, f"{bracketed}:{port}", f"{address}:{port}"])


ELEMENTS = st.tuples(spelt_addresses, st.integers(0, 70_000)).flatmap(lambda parts: decorate(*parts))
HEADERS = st.lists(ELEMENTS | mutated(ELEMENTS), max_size=6).map(",".join) | st.text()


@given(st.lists(networks, max_size=6), HEADERS)
def test_the_walk_agrees_with_the_slow_one(trusted: list[IPNetwork], forwarded: str) -> None:
    assume(not Networks(map(str, trusted)).covers_everyone)
    found = forwarded_client(forwarded, TrustedProxies(map(str, trusted)))
    expected = find_slowly(forwarded, list(map(unmapped, trusted)))
    assert (found and found[0]) == (expected and expected.packed)
    assert found is None or read_address(found[1]) == expected


@given(
    st.lists(st.sampled_from(["10.0.0.1", "10.255.0.1:80", "203.0.113.9", "evil"]), min_size=25, max_size=45), st.data()
)
def test_long_walks_agree_with_the_slow_one(lies: list[str], data: st.DataObject) -> None:
    trusted = data.draw(st.integers(28, 36))
    forwarded = ",".join([*lies, *["10.0.0.1"] * trusted])
    assert read_address(client(forwarded)) == find_slowly(forwarded, [ip_network("10.0.0.0/8")])


# The same walk along other headers


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        pytest.param("for=203.0.113.9", "203.0.113.9", id="one untrusted hop is the client"),
        pytest.param(
            'for=203.0.113.9, for="10.0.0.7:80";by=10.0.0.8', "203.0.113.9", id="a trusted hop is passed over"
        ),
        pytest.param(
            'for=192.0.64.5,for="[2001:db9::1]:80"',
            "2001:db9::1",
            id="an allowed element left of the client does not count",
        ),
        pytest.param('x="evil, for=203.0.113.9', "203.0.113.9", id="an open quote left of the client is not read"),
        pytest.param(
            "for=10.0.0.9, for=10.0.0.7", "10.0.0.9", id="where all hops are trusted, the leftmost is the client"
        ),
        pytest.param("for=203.0.113.9, for=_hidden, for=10.0.0.7", None, id="a proxy that hides the client"),
        pytest.param("for=203.0.113.9, for=unknown", None, id="a proxy that does not know the client"),
        pytest.param("for=203.0.113.9, by=10.0.0.7", None, id="an element without for="),
        pytest.param("for=203.0.113.9, for=10.0.0.7;for=10.0.0.7", None, id="an element with two for="),
        pytest.param('for=203.0.113.9, for="10.0.0.7', None, id="broken quoting"),
        pytest.param("for=203.0.113.9, 10.0.0.7", None, id="the form of X-Forwarded-For"),
        pytest.param(None, None, id="an absent header"),
        pytest.param("", None, id="an empty header"),
        pytest.param(", ".join(["for=10.0.0.7"] * 32), "10.0.0.7", id="32 trusted hops: the leftmost"),
        pytest.param(", ".join(["for=10.0.0.7"] * 33), None, id="33 trusted hops: an attack"),
        pytest.param(
            'for="' + "," * 2**20 + '", for=203.0.113.9', "203.0.113.9", id="a megabyte of commas in a forged element"
        ),
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
        pytest.param("10.0.0.7", "10.0.0.7", id="a trusted proxy that makes the request itself"),
        pytest.param("192.0.64.5, 203.0.113.9", None, id="more than one address"),
        pytest.param("203.0.113.9,10.0.0.7", None, id="two addresses, the last a trusted proxy's"),
        pytest.param("203.0.113.9,", None, id="an address and an empty line"),
        pytest.param("", None, id="an empty header"),
        pytest.param(None, None, id="an absent header"),
    ],
)
def test_a_header_of_one_address(forwarded: str | None, found: str | None) -> None:
    assert client(forwarded, header=REAL_IP) == found


# What it must never do, in any header


def in_forwarded(element: str) -> str:
    text = element.strip(" \t").replace("\\", "").replace('"', "")
    return f'for="[{text}]"' if text.count(":") > 1 and "[" not in text else f'for="{text}"'


def write_header(header: ForwardedHeader, elements: list[str]) -> str:
    return ",".join(map(in_forwarded, elements) if header is FORWARDED else elements)


LISTS = pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED], ids=str)
HOPS = st.sampled_from(["10.0.0.1", "10.255.0.1:80", "[2001:db8::1]:443", "::ffff:10.0.0.2", "203.0.113.9", "evil"])
LIES = st.text('",;=\\ for[]:1.a') | st.lists(HOPS | ELEMENTS).map(",".join)


@LISTS
@given(LIES, st.lists(HOPS | ELEMENTS, max_size=5))
def test_the_answer_is_canonical(header: ForwardedHeader, lies: str, elements: list[str]) -> None:
    found = forwarded_client(f"{lies},{write_header(header, elements)}", PROXIES, header)
    if found is not None:
        packed, text = found
        address = read_address(text)
        assert address is not None
        assert (address.packed, inet_ntop(AF_INET if address.version == 4 else AF_INET6, packed)) == (packed, text)


@LISTS
@given(LIES, st.lists(HOPS, max_size=4))
def test_the_client_is_a_trusted_proxy_only_if_every_hop_is_one(
    header: ForwardedHeader, lies: str, elements: list[str]
) -> None:
    text = f"{lies},{write_header(header, elements)}"
    found = forwarded_client(text, PROXIES, header)
    trusts_all = all(step.trusted for step in walk(text, PROXIES, header))
    assert found is None or PROXIES.networks.covers(found[0]) is trusts_all


@LISTS
@given(LIES, LIES, st.lists(st.sampled_from(["10.0.0.1", "10.255.0.1:80", "[2001:db8::1]:443"]), max_size=5))
def test_nothing_left_of_the_first_untrusted_hop_changes_the_client(
    header: ForwardedHeader, lies: str, others: str, trusted: list[str]
) -> None:
    written = write_header(header, ["203.0.113.9", *trusted])
    assert {client(f"{before},{written}", header=header) for before in (lies, others)} == {"203.0.113.9"}


@LISTS
@given(st.lists(HOPS | ELEMENTS, min_size=1, max_size=6), st.data())
def test_lines_are_one_list(header: ForwardedHeader, elements: list[str], data: st.DataObject) -> None:
    # Servers join lines by a comma, some with a space after it.
    parted = "".join(
        data.draw(st.sampled_from([",", ", ", " ,\t"])) + write_header(header, [element]) for element in elements[1:]
    )
    assert client(write_header(header, elements[:1]) + parted, header=header) == client(
        write_header(header, elements), header=header
    )


@pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED, REAL_IP], ids=str)
@given(st.text() | st.text('",;=\\ for[]:1.a\0\ud800'))
def test_no_text_raises(header: ForwardedHeader, text: str) -> None:
    found = client(text, header=header)
    assert found is None or read_address(found)


def count_calls(forwarded: str, header: ForwardedHeader) -> int:
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
    short, long = (lie * (size // len(lie)) + write_header(header, ["10.0.0.1"]) for size in (2**16, 2**18))
    assert count_calls(long, header) < count_calls(short, header) + 100


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
            id="the walk ends at the client",
        ),
        pytest.param(
            FORWARDED,
            "for=10.0.0.9, for=10.0.0.7",
            [step("for=10.0.0.7", "10.0.0.7"), step("for=10.0.0.9", "10.0.0.9", is_client=True)],
            id="the walk ends at the leftmost hop where all are trusted",
        ),
        pytest.param(
            FORWARDED,
            "for=10.0.0.9;by=_x",
            [step("for=10.0.0.9;by=_x", "10.0.0.9", is_client=True)],
            id="an element is shown to its last letter",
        ),
        pytest.param(
            FORWARDED,
            "for=_hidden, for=10.0.0.7",
            [step("for=10.0.0.7", "10.0.0.7"), Step("for=_hidden", None, problem="hides the client")],
            id="the walk ends at an element that names no client, which is shown alone",
        ),
        pytest.param(
            X_FORWARDED_FOR,
            "203.0.113.9, evil, 10.0.0.7",
            [step("10.0.0.7", "10.0.0.7"), Step("evil", None, problem="is not an address")],
            id="the walk ends at what cannot be read",
        ),
        pytest.param(
            X_FORWARDED_FOR,
            "10.0.0.7," * 40 + "10.0.0.7",
            [step("10.0.0.7", "10.0.0.7")] * 33,
            id="the walk ends one hop after the limit",
        ),
    ],
)
def test_the_steps_of_the_walk(header: ForwardedHeader, forwarded: str, steps: list[Step]) -> None:
    assert list(walk(forwarded, PROXIES, header)) == steps


@pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED, REAL_IP], ids=str)
@given(LIES, st.lists(HOPS, max_size=4), st.integers(0, 34))
def test_the_last_step_decides(header: ForwardedHeader, lies: str, elements: list[str], trusted: int) -> None:
    text = f"{lies},{write_header(header, [*elements, *['10.0.0.1'] * trusted])}"
    *others, last = walk(text, PROXIES, header)
    found = last.address[1] if last.address and (len(others) < MAX_HOPS or not last.trusted) else None
    assert client(text, header=header) == found
    assert last.is_client == (found is not None)
    assert all(step.trusted for step in others)
    assert bool(last.problem) == (last.address is None)


# Which peers are trusted


@pytest.mark.parametrize(
    ("entries", "listed"),
    [
        pytest.param([], [], id="an empty list"),
        pytest.param(["10.0.0.5"], ["10.0.0.5/32"], id="an address"),
        pytest.param(["unix"], ["unix"], id="the clients of a unix socket"),
        pytest.param(["unix", "10.0.0.0/8", "unix"], ["10.0.0.0/8", "unix"], id="unix is listed last and once"),
        pytest.param((text for text in ["10.0.0.5", "unix"]), ["10.0.0.5/32", "unix"], id="a generator, read once"),
        pytest.param(netaddr.IPSet(["10.0.0.0/8"]), ["10.0.0.0/8"], id="an IPSet for the whole"),
        pytest.param(netaddr.IPNetwork("10.0.0.0/8"), ["10.0.0.0/8"], id="an IPNetwork for the whole"),
        pytest.param(netaddr.IPRange("10.0.0.0", "10.0.0.3"), ["10.0.0.0/30"], id="an IPRange for the whole"),
        pytest.param(Networks(["10.0.0.0/8"]), ["10.0.0.0/8"], id="Networks for the whole"),
        pytest.param(PROXIES, ["10.0.0.0/8", "2001:db8::/32", "unix"], id="the TrustedProxies of a policy"),
        pytest.param(
            [netaddr.IPAddress("10.0.0.1"), netaddr.IPSet(["10.0.0.2"]), Networks(["10.0.0.3"]), "unix"],
            ["10.0.0.1/32", "10.0.0.2/31", "unix"],
            id="netaddr objects beside unix",
        ),
        pytest.param(["0.0.0.0/1", "8000::/1"], ["0.0.0.0/1", "8000::/1"], id="half of each family"),
    ],
)
def test_what_may_be_trusted(entries: Any, listed: list[str]) -> None:
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
        pytest.param(["::ffff:0:0/97", "::ffff:128.0.0.0/97"], EVERYONE, id="all of IPv4 in two IPv4-mapped halves"),
        pytest.param(netaddr.IPNetwork("0.0.0.0/0"), EVERYONE, id="all of IPv4 as an IPNetwork"),
        pytest.param(netaddr.IPSet(["0.0.0.0/1", "128.0.0.0/1"]), EVERYONE, id="all of IPv4 as an IPSet"),
        pytest.param(
            "unix", "is one string where a list belongs; write ['unix']", id="unix as text in place of a list"
        ),
        pytest.param(
            "*", "is one string where a list belongs; write ['*']", id="an asterisk as text in place of a list"
        ),
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
            id="localhost is not an entry",
        ),
        pytest.param([""], "is an empty entry; remove it", id="an empty text is not an entry"),
        pytest.param(["10/8"], "is a partial address; write 10.0.0.0/8", id="an entry that any setting refuses"),
        pytest.param(b"unix", "is not a list; write trusted_proxies=[...]", id="bytes in place of a list"),
        pytest.param(None, "is not a list; write trusted_proxies=[...]", id="None in place of a list"),
    ],
)
def test_what_may_not_be_trusted(entries: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TrustedProxies(entries)
    assert (caught.value.setting, caught.value.problem) == ("trusted_proxies", problem)


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        pytest.param("unix:hypercorn", "unix:hypercorn", id="a server by name"),
        pytest.param("unix:uWSGI", "unix:uwsgi", id="a server's name has no case"),
    ],
)
def test_a_server_whose_unix_socket_is_trusted_is_named(entry: str, kept: str) -> None:
    proxies = TrustedProxies([entry, "10.0.0.5", entry])
    assert list(proxies) == ["10.0.0.5/32", kept]
    assert proxies == TrustedProxies(proxies) != TrustedProxies(["10.0.0.5", "unix"])
    assert repr(proxies) == f"TrustedProxies(['10.0.0.5/32', '{kept}'])"


KNOWN = (
    "names no server that is known; write 'unix', or unix: and one of aiohttp-wsgi, cheroot, eventlet, flup, gevent, "
    "granian, gunicorn, hypercorn, nginx, tornado, uvicorn, uwsgi, waitress, werkzeug"
)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param(
            "unix:bjoern",
            "is no sign: bjoern gives 0.0.0.0 for each client over IPv6; listen on TCP and write the proxy's address",
            id="a server that gives a TCP client a unix socket's text",
        ),
        pytest.param(
            "unix:pyvoy",
            "is no sign: pyvoy gives no client an address; use another server",
            id="a server that gives every client one text",
        ),
        pytest.param("unix:caddysnake", "has an address, 127.0.0.1; write that", id="a server that gives an address"),
        pytest.param("unix:socketify", "has an address, 127.0.0.1; write that", id="another such server"),
        pytest.param(
            "unix:", "is not an address; write 'unix' for a unix socket, in trusted_proxies only", id="no server's name"
        ),
        pytest.param("unix:apache", KNOWN, id="a server that is not known"),
        pytest.param("unix:gunicorn2", KNOWN, id="a server that is nearly known"),
        pytest.param("unix:my_server", KNOWN, id="a name with an underscore"),
        pytest.param("unix:my.server", KNOWN, id="a name with a dot"),
        pytest.param(
            "unix:hypercorn,granian",
            "is not an address, a CIDR range or a published list; write one such as 203.0.113.0/24",
            id="a known server's name with more after it",
        ),
    ],
)
def test_a_server_whose_text_is_no_sign_is_refused(entry: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TrustedProxies(["10.0.0.5", entry])
    assert (caught.value.setting, caught.value.value, caught.value.problem) == ("trusted_proxies", entry, problem)


def test_without_the_servers_proof_a_peer_is_no_unix_socket() -> None:
    proxies = TrustedProxies(["unix"])
    assert not proxies.include("", None)
    assert not identify("", "192.0.2.7", proxies).trusted


def test_what_cannot_be_read_is_no_trusted_proxys() -> None:
    (step,) = walk("evil", PROXIES)
    assert (step.trusted, step.is_client) == (False, False)


# That it is a value


def test_trusted_proxies_are_equal_if_their_addresses_are() -> None:
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
    """A pattern that looks back at colons would take quadratic time, so the length is checked first."""
    lengths: list[int] = []
    monkeypatch.setattr("xmlrpc_guard.forwarded.parse_address", lambda text: lengths.append(len(text)))
    for text in ("[" + ":" * 10**6, "[1" + ":1" * 10**6, "1" * 10**6, "[" + "]" * 10**6, " " * 10**6 + "1"):
        assert forwarded_client(f"192.0.64.5, {text}", TrustedProxies(["10.0.0.0/8"])) is None
    assert set(lengths) == {1}
