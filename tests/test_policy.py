"""The decision, from a request's values to a reason: in tables, and against the rule written slowly."""

import inspect
import pickle
from ipaddress import ip_network
from typing import Any

import netaddr
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import IPAddress, networks, read_address, spelt_addresses, unmapped
from xmlrpc_guard.client import TrustedProxies
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.peers import UNIX_PEERS
from xmlrpc_guard.policy import NOT_GUARDED, Decision, Policy, Reason
from xmlrpc_guard.request import Request
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.testing.unix import CONNECTION

LAST_V6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

POLICY = Policy(
    allow=["192.0.64.0/18", "2001:db8::/32", "10.0.0.9"],
    deny=["192.0.64.5", "2001:db8::bad"],
    trusted_proxies=["10.0.0.0/8", "unix"],
)
UNIX_TEXTS = [None, "", "localhost", "0.0.0.0", "unix:", "unix", "<local>"]
EVERYONE = Policy(allow=["0.0.0.0/0", "::/0"])
EMPTY = Policy(allow=[])


# Who may


@pytest.mark.parametrize(
    ("peer", "forwarded", "reason", "client"),
    [
        # The peer is the client
        pytest.param("192.0.64.6", None, "LISTED", "192.0.64.6", id="a listed peer"),
        pytest.param("203.0.113.9", None, "NOT_LISTED", "203.0.113.9", id="a peer in no list"),
        pytest.param("192.0.64.5", None, "DENY_LISTED", "192.0.64.5", id="deny is final, though allow covers it"),
        pytest.param("2001:DB8::1", None, "LISTED", "2001:db8::1", id="a listed IPv6 peer, in canonical spelling"),
        pytest.param("2001:db9::1", None, "NOT_LISTED", "2001:db9::1", id="an IPv6 peer in no list"),
        pytest.param("2001:db8::bad", None, "DENY_LISTED", "2001:db8::bad", id="deny is final over IPv6"),
        pytest.param("::ffff:192.0.64.6", None, "LISTED", "192.0.64.6", id="a listed peer in IPv4-mapped spelling"),
        pytest.param(
            "::ffff:192.0.64.5", None, "DENY_LISTED", "192.0.64.5", id="a denied peer in IPv4-mapped spelling"
        ),
        pytest.param("203.0.113.9", "192.0.64.6", "NOT_LISTED", "203.0.113.9", id="a stranger's header is not read"),
        pytest.param("192.0.64.6", "203.0.113.9", "LISTED", "192.0.64.6", id="a listed peer's header is not read"),
        pytest.param("192.0.64.6", "evil", "LISTED", "192.0.64.6", id="a stranger's header may hold anything"),
        pytest.param("192.0.64.5", "192.0.64.6", "DENY_LISTED", "192.0.64.5", id="a denied peer's header is not read"),
        # The peer is a trusted proxy
        pytest.param("10.0.0.5", "192.0.64.6", "LISTED", "192.0.64.6", id="a listed client through a proxy"),
        pytest.param("10.0.0.5", "203.0.113.9", "NOT_LISTED", "203.0.113.9", id="a client in no list through a proxy"),
        pytest.param("10.0.0.5", "192.0.64.5", "DENY_LISTED", "192.0.64.5", id="a denied client through a proxy"),
        pytest.param("10.0.0.5", "192.0.64.6, 203.0.113.9", "NOT_LISTED", "203.0.113.9", id="a forged entry"),
        pytest.param("10.0.0.5", "192.0.64.6, 10.0.0.7", "LISTED", "192.0.64.6", id="a client through two proxies"),
        pytest.param("10.0.0.5", "::ffff:192.0.64.6", "LISTED", "192.0.64.6", id="a client in IPv4-mapped spelling"),
        pytest.param("::ffff:10.0.0.5", "192.0.64.6", "LISTED", "192.0.64.6", id="a proxy in IPv4-mapped spelling"),
        pytest.param("10.0.0.5", "10.0.0.9", "LISTED", "10.0.0.9", id="all hops trusted: the leftmost is listed"),
        pytest.param(
            "10.0.0.5", "10.0.0.8", "NOT_LISTED", "10.0.0.8", id="all hops trusted: the leftmost is not listed"
        ),
        pytest.param("10.0.0.5", None, "UNREADABLE_FORWARDED", None, id="an absent header"),
        pytest.param(
            "10.0.0.9",
            None,
            "UNREADABLE_FORWARDED",
            None,
            id="an absent header never means the proxy, though it is listed",
        ),
        pytest.param("10.0.0.5", " ", "UNREADABLE_FORWARDED", None, id="a blank header"),
        pytest.param("10.0.0.5", "192.0.64.6, evil", "UNREADABLE_FORWARDED", None, id="an unreadable element"),
        pytest.param("10.0.0.5", "0.0.0.0", "UNREADABLE_FORWARDED", None, id="0.0.0.0 as a hop"),
        pytest.param("10.0.0.5", "localhost", "UNREADABLE_FORWARDED", None, id="a socket's name as a hop"),
        pytest.param("10.0.0.5", "", "UNREADABLE_FORWARDED", None, id="a socket's empty name as a hop"),
        # The peer has a port
        pytest.param("203.0.113.9:4711", None, "NOT_LISTED", "203.0.113.9", id="an IPv4 peer with a port"),
        pytest.param("192.0.64.6:4711", None, "LISTED", "192.0.64.6", id="a listed peer with a port"),
        pytest.param("[2001:db8::1]:4711", None, "LISTED", "2001:db8::1", id="an IPv6 peer in brackets with a port"),
        pytest.param("[2001:db8::1]", None, "LISTED", "2001:db8::1", id="an IPv6 peer in brackets"),
        pytest.param("[::ffff:192.0.64.6]:1", None, "LISTED", "192.0.64.6", id="an IPv4-mapped peer with a port"),
        pytest.param("192.0.64.6:0", "evil", "LISTED", "192.0.64.6", id="a listed peer with a port needs no header"),
        pytest.param("10.0.0.5:4711", "192.0.64.6", "LISTED", "192.0.64.6", id="a trusted proxy with a port"),
        pytest.param("10.0.0.5:4711", None, "UNREADABLE_FORWARDED", None, id="a proxy with a port and no header"),
        pytest.param("192.0.64.6:65536", None, "UNKNOWN_PEER", None, id="a port too high"),
        pytest.param("192.0.64.6:", None, "UNKNOWN_PEER", None, id="a colon without a port"),
        pytest.param("192.0.64.6:+1", None, "UNKNOWN_PEER", None, id="a port with a sign"),
        pytest.param("192.0.64.6:1:1", None, "UNKNOWN_PEER", None, id="two ports"),
        pytest.param("0.0.0.0:4711", None, "UNKNOWN_PEER", None, id="0.0.0.0 is no address with a port either"),
        pytest.param("localhost:4711", None, "UNKNOWN_PEER", None, id="a name with a port"),
        pytest.param(":4711", None, "UNKNOWN_PEER", None, id="a port alone"),
        # The peer is not known
        *(
            pytest.param(text, "192.0.64.6", "UNKNOWN_PEER", None, id=f"the text {text!r} proves no unix socket")
            for text in (*UNIX_TEXTS, "unix:/run/site.sock", "::ffff:0.0.0.0")
        ),
        pytest.param(" 10.0.0.5", "192.0.64.6", "UNKNOWN_PEER", None, id="a peer with a space is not an address"),
        pytest.param("fe80::1%lo", "192.0.64.6", "UNKNOWN_PEER", None, id="a peer with a zone id is not an address"),
        pytest.param("evil", None, "UNKNOWN_PEER", None, id="a word is not an address"),
        pytest.param("192.0.64.6\0", None, "UNKNOWN_PEER", None, id="an address with a NUL after it is not an address"),
        pytest.param("\ud800", None, "UNKNOWN_PEER", None, id="text that cannot be encoded is not an address"),
        # The ends
        pytest.param("255.255.255.255", None, "NOT_LISTED", "255.255.255.255", id="the last IPv4 address"),
        pytest.param(LAST_V6, None, "NOT_LISTED", LAST_V6, id="the last IPv6 address"),
        pytest.param("::", None, "NOT_LISTED", "::", id="the IPv6 address of zeros"),
    ],
)
def test_who_may_reach_a_script(peer: str | None, forwarded: str | None, reason: str, client: str | None) -> None:
    assert decisions(POLICY, peer, forwarded) == [Decision(Reason[reason], client)] * 3


@pytest.mark.parametrize("first", ["allow", "deny", "trusted_proxies"])
def test_a_list_is_in_force_as_soon_as_the_policy_is_made(first: str) -> None:
    allow, deny, proxies = (["192.0.64.5"] if name == first else [] for name in ("allow", "deny", "trusted_proxies"))
    policy = Policy(allow=allow, deny=deny, trusted_proxies=proxies)
    reasons = {"allow": "LISTED", "deny": "DENY_LISTED", "trusted_proxies": "UNREADABLE_FORWARDED"}
    assert [each.reason for each in decisions(policy, "192.0.64.5", None)] == [Reason[reasons[first]]] * 3


@pytest.mark.parametrize("peer", UNIX_TEXTS)
@pytest.mark.parametrize(
    ("forwarded", "reason", "client"),
    [
        pytest.param("192.0.64.6", "LISTED", "192.0.64.6", id="a listed client"),
        pytest.param("192.0.64.6, 203.0.113.9", "NOT_LISTED", "203.0.113.9", id="a forged entry"),
        pytest.param("10.0.0.7, evil", "UNREADABLE_FORWARDED", None, id="an unreadable header"),
        pytest.param(None, "UNREADABLE_FORWARDED", None, id="no header"),
    ],
)
def test_a_unix_socket_that_the_server_proves_is_trusted(
    peer: str | None, forwarded: str | None, reason: str, client: str | None
) -> None:
    assert decisions(POLICY, peer, forwarded, unix=True) == [Decision(Reason[reason], client)] * 3
    untrusting = Policy(allow=["0.0.0.0/0"], trusted_proxies=["10.0.0.0/8"])
    assert decisions(untrusting, peer, forwarded, unix=True) == [Decision(Reason.UNKNOWN_PEER)] * 3


@pytest.mark.parametrize("peer", ["203.0.113.9", "203.0.113.9:80", "2001:db9::1"])
def test_an_address_counts_more_than_the_unix_socket_that_it_came_by(peer: str) -> None:
    """As middleware around the guard, or a server's PROXY protocol, puts the client into REMOTE_ADDR."""
    assert {row.reason for row in decisions(POLICY, peer, "192.0.64.6", unix=True)} == {Reason.NOT_LISTED}


@pytest.mark.parametrize("server", UNIX_PEERS)
def test_a_server_that_is_named_is_trusted_by_its_own_text_only(server: str) -> None:
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=[f"unix:{server}"])
    for text in UNIX_TEXTS:
        expected = (
            Decision(Reason.LISTED, "192.0.64.6") if text == UNIX_PEERS[server] else Decision(Reason.UNKNOWN_PEER)
        )
        for unix in (False, True):
            assert decisions(policy, text, "192.0.64.6", unix=unix) == [expected] * 3


def decisions(policy: Policy, peer: str | None, forwarded: str | None, *, unix: bool = False) -> list[Decision]:
    """Give what a policy decides by texts, by an environ, and by a request."""
    header, proof = policy.forwarded_header, {"gunicorn.socket": CONNECTION} if unix else {}
    named = {"REMOTE_ADDR": peer, header.key: forwarded}
    environ = {key: value for key, value in named.items() if value is not None} | proof
    request = Request("/xmlrpc.php", peer, {} if forwarded is None else {header.name: forwarded}, unix=unix)
    return [policy.judge(peer, forwarded, unix=unix), policy.judge_environ(environ), policy.decide(request)]


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        pytest.param("0.0.0.1", "LISTED", id="the first address that a sender can have"),
        pytest.param("255.255.255.255", "LISTED", id="the last IPv4 address"),
        pytest.param("::", "LISTED", id="the first IPv6 address"),
        pytest.param(LAST_V6, "LISTED", id="the last IPv6 address"),
        pytest.param("0.0.0.0", "UNKNOWN_PEER", id="0.0.0.0 is not a sender, even under 0.0.0.0/0"),
        pytest.param("::ffff:0.0.0.0", "UNKNOWN_PEER", id="0.0.0.0 as IPv4-mapped IPv6 is not a sender"),
        pytest.param("", "UNKNOWN_PEER", id="an empty text is not an address"),
        pytest.param("localhost", "UNKNOWN_PEER", id="a name is not an address"),
        pytest.param(None, "UNKNOWN_PEER", id="an absent peer"),
    ],
)
def test_everyone_is_everyone_with_an_address(peer: str | None, reason: str) -> None:
    assert {row.reason for row in decisions(EVERYONE, peer, "192.0.64.6")} == {Reason[reason]}


@pytest.mark.parametrize(
    ("allow", "peer"),
    [
        pytest.param("::/0", "203.0.113.9", id="::/0 does not let IPv4 in"),
        pytest.param("::/0", "::ffff:203.0.113.9", id="::/0 does not let IPv4 in as IPv4-mapped IPv6"),
        pytest.param("0.0.0.0/0", "2001:db8::1", id="0.0.0.0/0 does not let IPv6 in"),
    ],
)
def test_the_families_are_apart(allow: str, peer: str) -> None:
    assert Policy(allow=[allow]).judge(peer).reason is Reason.NOT_LISTED


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.5", "2001:db8::1", "255.255.255.255"])
def test_an_empty_allowlist_allows_no_one(peer: str) -> None:
    assert EMPTY.judge(peer, None) == Decision(Reason.NOT_LISTED, peer)


def test_deny_is_final_where_it_covers_a_proxy_that_is_the_leftmost_hop() -> None:
    policy = Policy(allow=["0.0.0.0/0"], deny=["10.0.0.0/8"], trusted_proxies=["10.0.0.0/8"])
    assert policy.judge("10.0.0.5", "10.0.0.7") == Decision(Reason.DENY_LISTED, "10.0.0.7")
    assert policy.judge("10.0.0.5", "203.0.113.9") == Decision(Reason.LISTED, "203.0.113.9")


def judge_slowly(policy: Policy, peer: str | None, forwarded: str | None, unix: bool) -> tuple[str, IPAddress | None]:
    """Judge by the rule itself, for headers of one element without a port."""
    trusted, deny, allow = (
        list(map(ip_network, held)) for held in (policy.trusted_proxies.networks, policy.deny, policy.allow)
    )
    client = read_address(peer)
    if client is None and not (policy.trusted_proxies.unix and unix):
        return "UNKNOWN_PEER", None
    if client is None or any(client in network for network in trusted):
        client = read_address(forwarded)
    if client is None:
        return "UNREADABLE_FORWARDED", None
    if any(client in network for network in deny):
        return "DENY_LISTED", client
    return "LISTED" if any(client in network for network in allow) else "NOT_LISTED", client


LISTS = st.lists(networks, max_size=5).map(lambda members: [str(network) for network in members])
TEXTS = st.none() | spelt_addresses | st.sampled_from(["", "localhost", "0.0.0.0", "unix:", "unix", "evil"]) | st.text()


@given(LISTS, LISTS, LISTS, st.booleans(), st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
def test_judging_agrees_with_the_slow_rule(
    allow: list[str],
    deny: list[str],
    trusted: list[str],
    unix: bool,
    callers: list[tuple[str | None, str | None]],
) -> None:
    assume(not Networks(trusted).covers_everyone)
    policy = Policy(allow=allow, deny=deny, trusted_proxies=[*trusted, *["unix"] * unix])
    held = [unmapped(ip_network(text)) for text in (*allow, *deny, *trusted)]
    ends = [str(end) for network in held for end in (network[0], network[-1])]
    for peer, forwarded in [*callers, *((end, "203.0.113.9") for end in ends), *(("", end) for end in ends)]:
        for proven in (False, True):
            decision, *others = decisions(policy, peer, forwarded, unix=proven)
            slowly = judge_slowly(policy, peer, forwarded, proven)
            assert (decision.reason.name, read_address(decision.client)) == slowly
            assert others == [decision] * 2
            assert type(decision) is Decision


# Whose word is taken


@pytest.mark.parametrize(
    ("header", "forwarded", "decided"),
    [
        pytest.param(
            "X-Forwarded-For",
            "192.0.64.6",
            Decision(Reason.LISTED, "192.0.64.6"),
            id="X-Forwarded-For is a list of addresses",
        ),
        pytest.param(
            "Forwarded", "for=192.0.64.6", Decision(Reason.LISTED, "192.0.64.6"), id="Forwarded is a list of elements"
        ),
        pytest.param(
            "Forwarded",
            "192.0.64.6",
            Decision(Reason.UNREADABLE_FORWARDED),
            id="Forwarded does not hold bare addresses",
        ),
        pytest.param("X-Real-IP", "192.0.64.6", Decision(Reason.LISTED, "192.0.64.6"), id="X-Real-IP is one address"),
        pytest.param(
            "X-Real-IP", "8.8.8.8, 192.0.64.6", Decision(Reason.UNREADABLE_FORWARDED), id="X-Real-IP is not a list"
        ),
    ],
)
def test_the_header_is_read_as_its_name_says(header: str, forwarded: str, decided: Decision) -> None:
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"], forwarded_header=header)
    assert policy.judge("10.0.0.5", forwarded) == decided


HEADERS = st.sampled_from(["X-Forwarded-For", "Forwarded", "X-Real-IP"])
FORGERIES = st.sampled_from(["192.0.64.6", "for=192.0.64.6", "10.0.0.5", ""]) | st.text() | st.none()


@given(HEADERS, spelt_addresses | st.sampled_from(["", "localhost", "evil"]), FORGERIES)
def test_no_text_from_an_untrusted_peer_changes_its_decision(header: str, peer: str, forged: str | None) -> None:
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"], forwarded_header=header)
    assume(peer not in policy.trusted_proxies.networks)
    assert policy.judge(peer, forged) == policy.judge(peer, None)


@pytest.mark.parametrize(
    ("allow", "trusted", "shared"),
    [
        pytest.param(["10.1.0.0/16", "8.8.8.8"], ["10.0.0.0/8", "unix"], "10.1.0.0/16", id="clients among proxies"),
        pytest.param(["8.0.0.0/8", "10.0.0.0/8"], ["10.1.0.0/16", "::1"], "10.1.0.0/16", id="proxies among clients"),
        pytest.param(["::ffff:10.0.0.5"], ["10.0.0.5"], "10.0.0.5/32", id="a proxy in two spellings"),
        pytest.param(
            ["10.0.0.0/8", "::1"],
            ["10.0.0.1", "10.0.0.3", "::1"],
            "10.0.0.1/32, 10.0.0.3/32, ::1/128",
            id="three proxies are named",
        ),
        pytest.param(
            ["10.0.0.0/8"],
            ["10.0.0.1", "10.0.0.3", "10.0.0.5", "10.0.0.7"],
            "10.0.0.1/32, 10.0.0.3/32, 10.0.0.5/32, ...",
            id="of many proxies three are named",
        ),
    ],
)
def test_proxies_in_the_allowlist_are_a_doubt(allow: list[str], trusted: list[str], shared: str) -> None:
    (doubt,) = Policy(allow=allow, trusted_proxies=trusted).doubts
    lists = f"{'are' if ',' in shared else 'is'} in both trusted_proxies and allow"
    assert doubt == f"{shared} {lists}: requests that such a proxy makes itself are allowed"


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(
            Policy(allow=["::1"], trusted_proxies=["10.0.0.0/8"]), id="clients and proxies are different addresses"
        ),
        pytest.param(EMPTY, id="empty lists"),
        pytest.param(
            Policy(allow=["::1"], trusted_proxies=["unix"], forwarded_header="X-Real-IP"),
            id="a header and a proxy that sends it",
        ),
    ],
)
def test_settings_without_a_doubt(policy: Policy) -> None:
    assert policy.doubts == ()


def test_a_header_without_trusted_proxies_is_a_doubt() -> None:
    (doubt,) = Policy(allow=["::1"], forwarded_header="X-Real-IP").doubts
    assert doubt == "forwarded_header is X-Real-IP, but trusted_proxies is empty: it is not read"


@pytest.mark.parametrize(
    ("scripts", "doubts"),
    [
        pytest.param(["xmlrpc.php"], 0, id="the script itself"),
        pytest.param(["XML-RPC", "xmlrpc.php"], 0, id="the script and another"),
        pytest.param(["xmlrpc."], 0, id="a beginning of its name"),
        pytest.param(["wp-login.php"], 1, id="another script alone"),
        pytest.param(["xmlrpc"], 1, id="the name without its extension, which is another segment"),
    ],
)
def test_scripts_that_leave_xmlrpc_php_open_are_a_doubt(scripts: list[str], doubts: int) -> None:
    assert (
        list(Policy(allow=["::1"], scripts=scripts).doubts)
        == ["scripts does not guard xmlrpc.php: if there is such a file, anyone may call it; name it too"] * doubts
    )


@pytest.mark.parametrize(
    "name", ["xmlprc.php", "xmlrcp.php", "xml-rpc.php", "xmlrpc.phps", "xmlrpc2.php", "xmlrpcphp", "mlrpc.php"]
)
def test_a_slip_in_the_name_of_xmlrpc_php_is_refused_where_that_stays_open(name: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"is one slip away from xmlrpc.php, which stays open; write 'xmlrpc.php', or both"
    ):
        Policy(allow=[], scripts=[name])
    assert name in Policy(allow=[], scripts=[name, "xmlrpc.php"]).scripts


PROXIES = "a list of proxies: any client is allowed that comes through one of them"
WIDE = "which is more than one network has: is its prefix what was meant?"
ALLOWED: list[Any] = [
    pytest.param(["jetpack", "10.0.0.0/8", "fe80::/10", "2001:db8::/32"], [], id="networks"),
    pytest.param(["cloudflare"], [f"allow holds all of cloudflare, {PROXIES}"], id="a published list of proxies"),
    pytest.param(
        ["fastly", "::1", "cloudfront"],
        [f"allow holds all of cloudfront, {PROXIES}", f"allow holds all of fastly, {PROXIES}"],
        id="two such lists among others",
    ),
    pytest.param(["private"], [f"allow holds all of private, {PROXIES}"], id="the private networks"),
    pytest.param(
        ["192.0.0.0/2"],
        [
            f"allow holds 192.0.0.0/2, 1,073,741,824 addresses, {WIDE}",
        ],
        id="a prefix that has lost a digit",
    ),
    pytest.param(
        ["2600::/15"],
        [
            f"allow holds 2600::/15, {2**113:,} addresses, {WIDE}",
        ],
        id="a wide range of IPv6",
    ),
    pytest.param(
        ["0.0.0.0/0"],
        ["allow holds 100% of the public addresses of a family: strangers are allowed"],
        id="all of IPv4, and so each list of proxies",
    ),
    pytest.param(
        ["2000::/4", "3000::/5"],
        ["allow holds 75% of the public addresses of a family: strangers are allowed"],
        id="most of IPv6, in pieces",
    ),
]


@pytest.mark.parametrize(("allow", "doubts"), ALLOWED)
def test_an_allowlist_of_strangers_is_a_doubt(allow: list[str], doubts: list[str]) -> None:
    assert list(Policy(allow=allow).doubts) == doubts


@pytest.mark.parametrize(
    ("proxies", "doubts"),
    [
        pytest.param(["10.0.0.0/8", "private", "cloudflare", "google-lb", "unix"], [], id="networks, and each list"),
        pytest.param(["0.0.0.0/1"], ["0.0.0.0/1, 2,147,483,648 addresses"], id="half of the world"),
        pytest.param(
            ["2000::/4", "128.0.0.0/7"], ["128.0.0.0/7, 33,554,432", f"2000::/4, {2**124:,}"], id="both families"
        ),
    ],
)
def test_proxies_that_are_more_than_a_network_are_a_doubt(proxies: list[str], doubts: list[str]) -> None:
    found = Policy(allow=["203.0.113.7"], trusted_proxies=proxies).doubts
    assert [doubt[: len(begin) + 22] for doubt, begin in zip(found, doubts, strict=True)] == [
        f"trusted_proxies holds {begin}" for begin in doubts
    ]


def test_a_long_list_is_not_searched_for_wide_ranges() -> None:
    single = [f"10.{number >> 8}.{number & 255}.0/25" for number in range(5001)]
    assert Policy(allow=[*single, "192.0.0.0/2"]).doubts == ()


# Which requests


@pytest.mark.parametrize(
    ("request_", "guarded"),
    [
        pytest.param(Request("/xmlrpc.php"), True, id="the script"),
        pytest.param(Request("/"), False, id="an ordinary page"),
        pytest.param(Request(), False, id="a request without any path reaches nothing"),
        pytest.param(Request("/?s=/xmlrpc.php"), False, id="a raw target ends at its question mark"),
        pytest.param(
            Request("/wp-login.php?redirect_to=%2Fxmlrpc.php"), False, id="a script in the query is not requested"
        ),
        pytest.param(Request("/xmlrpc.php?for=jetpack"), True, id="a query does not hide the script"),
        pytest.param(
            Request("/xmlrpc.php?/index.php"), True, id="a query that looks like a path does not hide the script"
        ),
        pytest.param(Request("/foo%3f/../xmlrpc.php"), True, id="an escaped question mark belongs to the path"),
        pytest.param(
            Request(paths=("/?/../xmlrpc.php",)), True, id="a question mark in a decoded path belongs to the path"
        ),
        pytest.param(Request(paths=("/", "/xmlrpc.php")), True, id="any view of the path may reach the script"),
        pytest.param(Request("/", paths=("/xmlrpc.php",)), True, id="a decoded path counts beside any raw target"),
        pytest.param(Request("/xmlrpc.php", paths=("/",)), True, id="a raw target counts beside any decoded path"),
        pytest.param(Request("/", paths=("/", "/index.php")), False, id="no view reaches the script"),
        pytest.param(Request("\ud800\0\xff?"), False, id="any text has an answer"),
    ],
)
def test_which_requests_are_guarded(request_: Request, guarded: bool) -> None:
    decision = EVERYONE.decide(request_)
    assert decision.reason is (Reason.UNKNOWN_PEER if guarded else Reason.NOT_GUARDED)
    assert decision.allowed is not guarded


def test_a_path_that_is_not_guarded_is_not_judged() -> None:
    assert POLICY.decide(Request("/", peer="192.0.64.5")) is NOT_GUARDED
    assert Decision(Reason.NOT_GUARDED) == NOT_GUARDED


def test_a_policys_own_scripts_decide() -> None:
    policy = Policy(allow=[], scripts=["wp-login.php"])
    assert policy.decide(Request("/wp-login.php", peer="203.0.113.9")).reason is Reason.NOT_LISTED
    assert policy.decide(Request("/xmlrpc.php", peer="203.0.113.9")).reason is Reason.NOT_GUARDED


@given(st.builds(Request, *[st.none() | st.text()] * 3, st.lists(st.text(), max_size=2).map(tuple)))
def test_any_text_leads_to_a_decision(request_: Request) -> None:
    assert POLICY.decide(request_).reason in Reason


# Decisions as sentences


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        pytest.param(Decision(Reason.NOT_GUARDED), "allow: path reaches no guarded script", id="no client to name"),
        pytest.param(
            Decision(Reason.LISTED, "192.0.64.6"), "allow 192.0.64.6: client is in the allowlist", id="a listed client"
        ),
        pytest.param(
            Decision(Reason.NOT_LISTED, "203.0.113.9"),
            "deny 203.0.113.9: client is not in the allowlist",
            id="a client in no list",
        ),
        pytest.param(
            Decision(Reason.DENY_LISTED, "::1"), "deny ::1: client is in the denylist", id="a client in the denylist"
        ),
        pytest.param(Decision(Reason.UNKNOWN_PEER), "deny: peer is not an address", id="an unknown peer"),
        pytest.param(
            Decision(Reason.UNREADABLE_FORWARDED),
            "deny: forwarded header of a trusted proxy is absent or unreadable",
            id="an unreadable header",
        ),
    ],
)
def test_a_decision_reads_as_a_sentence(decision: Decision, sentence: str) -> None:
    assert str(decision) == sentence
    assert decision.allowed is sentence.startswith("allow")


# What a policy may be made of


def test_settings_that_are_left_out_are_the_strictest() -> None:
    assert Policy(allow=[]) == Policy(allow=[], deny=[], trusted_proxies=[], scripts=["xmlrpc.php"])


def test_a_policy_holds_what_it_was_made_of_merged_and_typed() -> None:
    policy = Policy(
        allow=["jetpack"],
        deny=netaddr.IPSet(["10.0.0.0/9", "10.128.0.0/9"]),
        trusted_proxies=["unix", "10.0.0.5"],
        scripts=["XMLRPC.php"],
    )
    assert policy.allow == Networks(["jetpack"])
    assert policy.deny == Networks(["10.0.0.0/8"])
    assert policy.trusted_proxies == TrustedProxies(["10.0.0.5", "unix"])
    assert policy.scripts == Scripts(["xmlrpc.php"])


def test_a_policy_can_be_made_of_the_parts_of_one() -> None:
    parts = {"allow": POLICY.allow, "deny": POLICY.deny, "trusted_proxies": POLICY.trusted_proxies}
    assert Policy(**parts, scripts=POLICY.scripts) == POLICY  # type: ignore[arg-type]


def test_a_policy_is_its_own_source() -> None:
    assert POLICY.current() is POLICY


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        pytest.param(
            {"allow": "jetpack"}, "allow: 'jetpack' is one string where a list belongs", id="allow is one string"
        ),
        pytest.param({"allow": None}, "allow: None is not a list", id="allow is None"),
        pytest.param(
            {"allow": ["unix"]}, "allow: 'unix' is not an address; write it in trusted", id="unix is not a client"
        ),
        pytest.param({"allow": ["localhost"]}, "allow: 'localhost' is a host name", id="localhost is not a client"),
        pytest.param(
            {"allow": [""]}, "allow: '' is an empty entry; remove it", id="a socket's empty name is not a client"
        ),
        pytest.param(
            {"allow": ["0.0.0.0"]}, "allow: '0.0.0.0' is not a client's address", id="0.0.0.0 is not a client"
        ),
        pytest.param(
            {"allow": [], "deny": ["192.0.64.1/18"]},
            "deny: '192.0.64.1/18' has host bits set; write 192.0.64.0/18",
            id="deny with an unusable entry",
        ),
        pytest.param({"allow": [], "deny": "10.0.0.0/8"}, "deny: '10.0.0.0/8' is one string", id="deny is one string"),
        pytest.param(
            {"allow": [], "trusted_proxies": ["0.0.0.0/0"]},
            "trusted_proxies: ['0.0.0.0/0'] trusts everyone; write only your proxies' addresses",
            id="trusted_proxies covers everyone",
        ),
        pytest.param(
            {"allow": [], "trusted_proxies": "unix"},
            "trusted_proxies: 'unix' is one string",
            id="trusted_proxies is one string",
        ),
        pytest.param({"allow": [], "scripts": []}, "scripts: [] guards nothing", id="scripts is empty"),
        pytest.param(
            {"allow": [], "scripts": "xmlrpc.php"}, "scripts: 'xmlrpc.php' is one string", id="scripts is one string"
        ),
    ],
)
def test_a_setting_that_cannot_be_used(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**settings_)
    assert str(caught.value).startswith(message)


# That it is a value


def test_a_pickled_policy_decides_as_before() -> None:
    again = pickle.loads(pickle.dumps(POLICY))
    assert again.judge("10.0.0.5", "192.0.64.6") == Decision(Reason.LISTED, "192.0.64.6")
    assert again.judge("2001:db8::bad", None) == Decision(Reason.DENY_LISTED, "2001:db8::bad")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Policy(allow=["10.0.0.1"]), id="a different allow"),
        pytest.param(Policy(allow=[], deny=["10.0.0.1"]), id="a different deny"),
        pytest.param(Policy(allow=[], trusted_proxies=["10.0.0.1"]), id="different trusted proxies"),
        pytest.param(Policy(allow=[], trusted_proxies=["unix"]), id="a unix socket in addition"),
        pytest.param(Policy(allow=[], forwarded_header="Forwarded"), id="a different header"),
        pytest.param(Policy(allow=[], scripts=["xmlrpc.php", "xmlrpc"]), id="different scripts"),
    ],
)
def test_policies_with_different_settings_differ(other: Policy) -> None:
    assert Policy(allow=[]) != other


def test_a_decision_is_true_if_it_allows() -> None:
    assert [bool(Decision(reason)) for reason in Reason] == [reason.allowed for reason in Reason]


# More in its lists


def test_what_is_added_is_there_beside_what_was_there() -> None:
    more = POLICY.with_added(
        allow=[Networks(["203.0.113.9"]), Networks(["::2"])],
        deny=[Networks(["203.0.113.10"])],
        trusted_proxies=[Networks(["172.16.0.1"])],
    )
    assert more == Policy(
        allow=["192.0.64.0/18", "2001:db8::/32", "10.0.0.9", "203.0.113.9", "::2"],
        deny=["192.0.64.5", "2001:db8::bad", "203.0.113.10"],
        trusted_proxies=["10.0.0.0/8", "172.16.0.1", "unix"],
    )
    assert more.decide(Request("/xmlrpc.php", peer="203.0.113.9")).reason is Reason.LISTED


@pytest.mark.parametrize("setting", ["allow", "deny"])
def test_a_list_that_joins_no_other_is_shared(setting: str) -> None:
    networks = Networks(["10.0.0.0/8"])
    more = Policy(allow=[]).with_added(**{setting: [networks, Networks()]})
    assert getattr(more, setting) is networks
    assert getattr(more.with_added(), setting) is networks


def test_with_nothing_added_every_setting_is_as_it_was() -> None:
    policy = Policy(
        allow=["10.0.0.1"],
        deny=["10.0.0.2"],
        trusted_proxies=["10.0.0.3", "unix"],
        forwarded_header="X-Real-IP",
        scripts=["wp-login.php"],
        public_methods=["pingback"],
        max_multicall=3,
        xmlrpc_endpoints=["wp-login.php"],
        public_rsd=True,
        max_body=9,
    )
    again = policy.with_added()
    given = {*inspect.signature(Policy).parameters} - policy.calls.settings.keys()
    assert {name: getattr(again, name) for name in given} == {name: getattr(policy, name) for name in given}
    assert again.calls.settings == policy.calls.settings


@pytest.mark.parametrize("method", ["GET", "POST"], ids=["a page", "a call of which there is no body"])
def test_who_makes_a_request_that_public_calls_leave_open_is_told(method: str) -> None:
    decided = Policy(allow=[], public_methods=["pingback"]).decide(
        Request("/xmlrpc.php", peer="203.0.113.9", method=method)
    )
    assert decided.client == "203.0.113.9"


def test_trust_in_everyone_cannot_be_added() -> None:
    with pytest.raises(ConfigurationError, match="trusts everyone"):
        POLICY.with_added(trusted_proxies=[Networks(["0.0.0.0/0"])])


def test_a_policy_that_is_passed_no_proof_takes_no_peer_for_a_unix_socket() -> None:
    policy = Policy(allow=["192.0.2.7"], trusted_proxies=["unix"])
    assert policy.judge("", "192.0.2.7").reason is Reason.UNKNOWN_PEER
    assert policy.judge("", "192.0.2.7", unix=True).reason is Reason.LISTED
    assert not policy.identify("", "192.0.2.7").trusted
