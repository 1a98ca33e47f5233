"""The decision, from a request's values to a reason: in tables, and against the rule written slowly."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError
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
from xmlrpc_guard.policy import NOT_GUARDED, Decision, Policy, Reason
from xmlrpc_guard.request import Request
from xmlrpc_guard.target import Scripts

LAST_V6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

POLICY = Policy(
    allow=["192.0.64.0/18", "2001:db8::/32", "10.0.0.9"],
    deny=["192.0.64.5", "2001:db8::bad"],
    trusted_proxies=["10.0.0.0/8", "unix"],
)
EVERYONE = Policy(allow=["0.0.0.0/0", "::/0"])
NOBODY = Policy(allow=[])


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
        pytest.param("2001:db8::bad", None, "DENY_LISTED", "2001:db8::bad", id="deny is final over IPv6 too"),
        pytest.param("::ffff:192.0.64.6", None, "LISTED", "192.0.64.6", id="a listed peer in IPv4-mapped spelling"),
        pytest.param("::ffff:192.0.64.5", None, "DENY_LISTED", "192.0.64.5", id="a denied peer in that spelling"),
        pytest.param("203.0.113.9", "192.0.64.6", "NOT_LISTED", "203.0.113.9", id="a stranger's header is not read"),
        pytest.param("192.0.64.6", "203.0.113.9", "LISTED", "192.0.64.6", id="nor is a listed peer's"),
        pytest.param("192.0.64.6", "evil", "LISTED", "192.0.64.6", id="so that it may hold anything"),
        pytest.param("192.0.64.5", "192.0.64.6", "DENY_LISTED", "192.0.64.5", id="nor is a denied peer's"),
        # The peer is a trusted proxy
        pytest.param("10.0.0.5", "192.0.64.6", "LISTED", "192.0.64.6", id="a listed client behind a proxy"),
        pytest.param("10.0.0.5", "203.0.113.9", "NOT_LISTED", "203.0.113.9", id="a client in no list behind a proxy"),
        pytest.param("10.0.0.5", "192.0.64.5", "DENY_LISTED", "192.0.64.5", id="a denied client behind a proxy"),
        pytest.param("10.0.0.5", "192.0.64.6, 203.0.113.9", "NOT_LISTED", "203.0.113.9", id="a forged entry"),
        pytest.param("10.0.0.5", "192.0.64.6, 10.0.0.7", "LISTED", "192.0.64.6", id="a second proxy"),
        pytest.param("10.0.0.5", "::ffff:192.0.64.6", "LISTED", "192.0.64.6", id="a client in IPv4-mapped spelling"),
        pytest.param("::ffff:10.0.0.5", "192.0.64.6", "LISTED", "192.0.64.6", id="a proxy in IPv4-mapped spelling"),
        pytest.param("10.0.0.5", "10.0.0.9", "LISTED", "10.0.0.9", id="all hops trusted: the leftmost may be listed"),
        pytest.param("10.0.0.5", "10.0.0.8", "NOT_LISTED", "10.0.0.8", id="or not"),
        pytest.param("10.0.0.5", None, "UNREADABLE_FORWARDED", None, id="an absent header"),
        pytest.param("10.0.0.9", None, "UNREADABLE_FORWARDED", None, id="never the proxy itself, though it is listed"),
        pytest.param("10.0.0.5", " ", "UNREADABLE_FORWARDED", None, id="a blank header"),
        pytest.param("10.0.0.5", "192.0.64.6, evil", "UNREADABLE_FORWARDED", None, id="an unreadable element"),
        pytest.param("10.0.0.5", "0.0.0.0", "UNREADABLE_FORWARDED", None, id="0.0.0.0 as a hop"),
        pytest.param("10.0.0.5", "localhost", "UNREADABLE_FORWARDED", None, id="a socket's name as a hop"),
        pytest.param("10.0.0.5", "", "UNREADABLE_FORWARDED", None, id="a socket's empty name as a hop"),
        # The peer is a unix socket, or nobody knows
        pytest.param("", "192.0.64.6", "LISTED", "192.0.64.6", id="a unix socket without a name"),
        pytest.param("localhost", "192.0.64.6", "LISTED", "192.0.64.6", id="a unix socket called localhost"),
        pytest.param("0.0.0.0", "192.0.64.6", "LISTED", "192.0.64.6", id="a unix socket called 0.0.0.0"),
        pytest.param("unix:", "203.0.113.9", "NOT_LISTED", "203.0.113.9", id="a unix socket called unix:"),
        pytest.param("", None, "UNREADABLE_FORWARDED", None, id="a unix socket and no header"),
        pytest.param("0.0.0.0", None, "UNREADABLE_FORWARDED", None, id="the same, called 0.0.0.0"),
        pytest.param("", "10.0.0.7, evil", "UNREADABLE_FORWARDED", None, id="a unix socket and an unreadable header"),
        pytest.param(None, "192.0.64.6", "UNKNOWN_PEER", None, id="an absent peer is unknown all the same"),
        pytest.param("unix", "192.0.64.6", "UNKNOWN_PEER", None, id="the setting's own word is no peer"),
        pytest.param("::ffff:0.0.0.0", "192.0.64.6", "UNKNOWN_PEER", None, id="0.0.0.0 has one spelling as a socket"),
        pytest.param("203.0.113.9:80", "192.0.64.6", "UNKNOWN_PEER", None, id="a peer with a port is no address"),
        pytest.param(" 10.0.0.5", "192.0.64.6", "UNKNOWN_PEER", None, id="nor is one with a space"),
        pytest.param("fe80::1%lo", "192.0.64.6", "UNKNOWN_PEER", None, id="nor is one with a zone id"),
        pytest.param("evil", None, "UNKNOWN_PEER", None, id="nor is a word"),
        pytest.param("192.0.64.6\0", None, "UNKNOWN_PEER", None, id="nor is what has a NUL behind it"),
        pytest.param("\ud800", None, "UNKNOWN_PEER", None, id="nor is what cannot be encoded"),
        # The ends
        pytest.param("255.255.255.255", None, "NOT_LISTED", "255.255.255.255", id="the last IPv4 address"),
        pytest.param(LAST_V6, None, "NOT_LISTED", LAST_V6, id="the last IPv6 address"),
        pytest.param("::", None, "NOT_LISTED", "::", id="the IPv6 address of zeros"),
    ],
)
def test_who_may(peer: str | None, forwarded: str | None, reason: str, client: str | None) -> None:
    expected = Decision(Reason[reason], client)
    assert POLICY.judge(peer, forwarded) == expected
    assert POLICY.decide(Request("/xmlrpc.php", peer=peer, forwarded=forwarded)) == expected


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        pytest.param("0.0.0.1", "LISTED", id="the first address that is somebody's"),
        pytest.param("255.255.255.255", "LISTED", id="the last IPv4 address"),
        pytest.param("::", "LISTED", id="the first IPv6 address"),
        pytest.param(LAST_V6, "LISTED", id="the last IPv6 address"),
        pytest.param("0.0.0.0", "UNKNOWN_PEER", id="0.0.0.0 is nobody, even under 0.0.0.0/0"),
        pytest.param("::ffff:0.0.0.0", "UNKNOWN_PEER", id="and so it is as IPv4-mapped IPv6"),
        pytest.param("", "UNKNOWN_PEER", id="a unix socket that is not trusted"),
        pytest.param("localhost", "UNKNOWN_PEER", id="the same by another name"),
        pytest.param(None, "UNKNOWN_PEER", id="an absent peer"),
    ],
)
def test_everyone_is_everyone_with_an_address(peer: str | None, reason: str) -> None:
    assert EVERYONE.judge(peer, "192.0.64.6").reason is Reason[reason]


@pytest.mark.parametrize(
    ("allow", "peer"),
    [
        pytest.param("::/0", "203.0.113.9", id="::/0 does not let IPv4 in"),
        pytest.param("::/0", "::ffff:203.0.113.9", id="nor in IPv4-mapped spelling"),
        pytest.param("0.0.0.0/0", "2001:db8::1", id="0.0.0.0/0 does not let IPv6 in"),
    ],
)
def test_the_families_are_apart(allow: str, peer: str) -> None:
    assert Policy(allow=[allow]).judge(peer).reason is Reason.NOT_LISTED


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.5", "2001:db8::1", "255.255.255.255"])
def test_an_empty_allowlist_means_nobody(peer: str) -> None:
    assert NOBODY.judge(peer, None) == Decision(Reason.NOT_LISTED, peer)


def test_deny_is_final_where_it_covers_a_proxy_that_is_the_leftmost_hop() -> None:
    policy = Policy(allow=["0.0.0.0/0"], deny=["10.0.0.0/8"], trusted_proxies=["10.0.0.0/8"])
    assert policy.judge("10.0.0.5", "10.0.0.7") == Decision(Reason.DENY_LISTED, "10.0.0.7")
    assert policy.judge("10.0.0.5", "203.0.113.9") == Decision(Reason.LISTED, "203.0.113.9")


def slowly_judged(policy: Policy, peer: str | None, forwarded: str | None) -> tuple[str, IPAddress | None]:
    """Judge as DESIGN says, for headers of one element without a port."""
    trusted, deny, allow = (
        list(map(ip_network, held)) for held in (policy.trusted_proxies.networks, policy.deny, policy.allow)
    )
    client = read_address(peer)
    is_socket = policy.trusted_proxies.unix and peer in ("", "localhost", "0.0.0.0", "unix:")
    if client is None and not is_socket:
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
        decision = policy.judge(peer, forwarded)
        assert (decision.reason.name, read_address(decision.client)) == slowly_judged(policy, peer, forwarded)
        assert type(decision) is Decision


# Whose word is taken


@pytest.mark.parametrize(
    ("header", "forwarded", "decided"),
    [
        pytest.param("X-Forwarded-For", "192.0.64.6", Decision(Reason.LISTED, "192.0.64.6"), id="the usual header"),
        pytest.param("Forwarded", "for=192.0.64.6", Decision(Reason.LISTED, "192.0.64.6"), id="RFC 7239's"),
        pytest.param("Forwarded", "192.0.64.6", Decision(Reason.UNREADABLE_FORWARDED), id="not in another's form"),
        pytest.param("X-Real-IP", "192.0.64.6", Decision(Reason.LISTED, "192.0.64.6"), id="one of one address"),
        pytest.param("X-Real-IP", "8.8.8.8, 192.0.64.6", Decision(Reason.UNREADABLE_FORWARDED), id="and of no more"),
    ],
)
def test_the_header_is_read_as_its_name_says(header: str, forwarded: str, decided: Decision) -> None:
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"], forwarded_header=header)
    assert policy.judge("10.0.0.5", forwarded) == decided


HEADERS = st.sampled_from(["X-Forwarded-For", "Forwarded", "X-Real-IP"])
FORGERIES = st.sampled_from(["192.0.64.6", "for=192.0.64.6", "10.0.0.5", ""]) | st.text() | st.none()


@given(HEADERS, spelt_addresses | st.sampled_from(["", "localhost", "nobody"]), FORGERIES)
def test_no_text_from_an_untrusted_peer_changes_its_decision(header: str, peer: str, forged: str | None) -> None:
    policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"], forwarded_header=header)
    assume(peer not in policy.trusted_proxies.networks)
    assert policy.judge(peer, forged) == policy.judge(peer, None)


@pytest.mark.parametrize(
    ("allow", "trusted", "shared"),
    [
        pytest.param(["10.1.0.0/16", "8.8.8.8"], ["10.0.0.0/8", "unix"], "10.1.0.0/16", id="clients among proxies"),
        pytest.param(["0.0.0.0/0"], ["10.0.0.0/8", "::1"], "10.0.0.0/8", id="everybody, and so the proxies"),
        pytest.param(["::ffff:10.0.0.5"], ["10.0.0.5"], "10.0.0.5/32", id="one in two spellings"),
        pytest.param(
            ["10.0.0.0/8", "::1"], ["10.0.0.1", "10.0.0.3", "::1"], "10.0.0.1/32, 10.0.0.3/32, ::1/128", id="three"
        ),
        pytest.param(
            ["10.0.0.0/8"],
            ["10.0.0.1", "10.0.0.3", "10.0.0.5", "10.0.0.7"],
            "10.0.0.1/32, 10.0.0.3/32, 10.0.0.5/32, ...",
            id="of many, three",
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
        pytest.param(Policy(allow=["::1"], trusted_proxies=["10.0.0.0/8"]), id="clients and proxies are others"),
        pytest.param(NOBODY, id="nobody anywhere"),
        pytest.param(
            Policy(allow=["::1"], trusted_proxies=["unix"], forwarded_header="X-Real-IP"), id="a header, and whose"
        ),
    ],
)
def test_what_is_no_doubt(policy: Policy) -> None:
    assert policy.doubts == ()


def test_a_header_of_nobody_is_a_doubt() -> None:
    (doubt,) = Policy(allow=["::1"], forwarded_header="X-Real-IP").doubts
    assert doubt == "forwarded_header is X-Real-IP, but trusted_proxies is empty: it is not read"


# Which requests


@pytest.mark.parametrize(
    ("request_", "guarded"),
    [
        pytest.param(Request("/xmlrpc.php"), True, id="the script"),
        pytest.param(Request("/"), False, id="another page"),
        pytest.param(Request(), False, id="a request without any path reaches nothing"),
        pytest.param(Request("/?s=/xmlrpc.php"), False, id="a raw target ends at its question mark"),
        pytest.param(Request("/wp-login.php?redirect_to=%2Fxmlrpc.php"), False, id="so its query names nothing"),
        pytest.param(Request("/xmlrpc.php?for=jetpack"), True, id="and the query does not hide the script"),
        pytest.param(Request("/xmlrpc.php?/index.php"), True, id="not even if it looks like a path"),
        pytest.param(Request("/foo%3f/../xmlrpc.php"), True, id="an escaped question mark belongs to the path"),
        pytest.param(Request(paths=("/?/../xmlrpc.php",)), True, id="and so does one in a path already decoded"),
        pytest.param(Request(paths=("/", "/xmlrpc.php")), True, id="any view of the path may reach the script"),
        pytest.param(Request("/", paths=("/xmlrpc.php",)), True, id="whatever the raw target says"),
        pytest.param(Request("/xmlrpc.php", paths=("/",)), True, id="and the other way round"),
        pytest.param(Request("/", paths=("/", "/index.php")), False, id="no view reaches it"),
        pytest.param(Request("\ud800\0\xff?"), False, id="any text has an answer"),
    ],
)
def test_which_requests_are_guarded(request_: Request, guarded: bool) -> None:
    decision = EVERYONE.decide(request_)
    assert decision.reason is (Reason.UNKNOWN_PEER if guarded else Reason.NOT_GUARDED)
    assert decision.allowed is not guarded


def test_what_is_not_guarded_is_nobodys_business() -> None:
    assert POLICY.decide(Request("/", peer="192.0.64.5")) is NOT_GUARDED
    assert Decision(Reason.NOT_GUARDED) == NOT_GUARDED


def test_a_policys_own_scripts_decide() -> None:
    policy = Policy(allow=[], scripts=["wp-login.php"])
    assert policy.decide(Request("/wp-login.php", peer="203.0.113.9")).reason is Reason.NOT_LISTED
    assert policy.decide(Request("/xmlrpc.php", peer="203.0.113.9")).reason is Reason.NOT_GUARDED


@given(st.builds(Request, *[st.none() | st.text()] * 3, st.lists(st.text(), max_size=2).map(tuple)))
def test_any_text_leads_to_a_decision(request_: Request) -> None:
    assert POLICY.decide(request_).reason in Reason


# What is said


def test_a_reason_that_does_not_say_it_allows_refuses() -> None:
    assert {reason.name for reason in Reason if reason.allowed} == {"NOT_GUARDED", "LISTED"}


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        pytest.param(Decision(Reason.NOT_GUARDED), "allow: path reaches no guarded script", id="nobody to name"),
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
def test_a_decision_reads_as_a_sentence(decision: Decision, said: str) -> None:
    assert str(decision) == said
    assert decision.allowed is said.startswith("allow")


# What a policy may be made of


def test_what_is_not_given_is_the_least() -> None:
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


def test_a_policys_parts_make_another() -> None:
    parts = {"allow": POLICY.allow, "deny": POLICY.deny, "trusted_proxies": POLICY.trusted_proxies}
    assert Policy(**parts, scripts=POLICY.scripts) == POLICY  # type: ignore[arg-type]


def test_a_policy_is_its_own_source() -> None:
    assert POLICY.current() is POLICY


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        pytest.param({"allow": "jetpack"}, "allow: 'jetpack' is one string where a list belongs", id="allow, a string"),
        pytest.param({"allow": None}, "allow: None is not a list", id="allow, None"),
        pytest.param(
            {"allow": ["unix"]}, "allow: 'unix' is not an address; write it in trusted", id="unix is no client"
        ),
        pytest.param({"allow": ["localhost"]}, "allow: 'localhost' is a host name", id="localhost is no client"),
        pytest.param(
            {"allow": [""]}, "allow: '' is an empty entry; remove it", id="a socket's empty name is no client"
        ),
        pytest.param({"allow": ["0.0.0.0"]}, "allow: '0.0.0.0' is not a client's address", id="0.0.0.0 is no client"),
        pytest.param(
            {"allow": [], "deny": ["192.0.64.1/18"]},
            "deny: '192.0.64.1/18' has host bits set; write 192.0.64.0/18",
            id="deny is checked like allow",
        ),
        pytest.param({"allow": [], "deny": "10.0.0.0/8"}, "deny: '10.0.0.0/8' is one string", id="deny, a string"),
        pytest.param(
            {"allow": [], "trusted_proxies": ["0.0.0.0/0"]},
            "trusted_proxies: ['0.0.0.0/0'] trusts everyone; write only your proxies' addresses",
            id="trusting everyone",
        ),
        pytest.param(
            {"allow": [], "trusted_proxies": "unix"}, "trusted_proxies: 'unix' is one string", id="proxies, a string"
        ),
        pytest.param({"allow": [], "scripts": []}, "scripts: [] guards nothing", id="guarding nothing"),
        pytest.param({"allow": [], "scripts": "xmlrpc.php"}, "scripts: 'xmlrpc.php' is one string", id="scripts, one"),
    ],
)
def test_a_setting_that_cannot_be_used(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**settings_)
    assert str(caught.value).startswith(message)


def test_allow_must_be_given_and_by_name() -> None:
    loosely: Any = Policy
    with pytest.raises(TypeError, match="allow"):
        loosely()
    with pytest.raises(TypeError, match="positional"):
        loosely(["192.0.64.0/18"])


# That all are values

VALUES = [
    pytest.param(
        POLICY,
        "Policy(allow=['10.0.0.9/32', '192.0.64.0/18', '2001:db8::/32'], deny=['192.0.64.5/32', '2001:db8::bad/128'], "
        "trusted_proxies=['10.0.0.0/8', 'unix'], forwarded_header='X-Forwarded-For', scripts=['xmlrpc.php'])",
        id="a policy",
    ),
    pytest.param(
        Policy(allow=[], forwarded_header="x-real-ip"),
        "Policy(allow=[], deny=[], trusted_proxies=[], forwarded_header='x-real-ip', scripts=['xmlrpc.php'])",
        id="least, with another header",
    ),
    pytest.param(
        Request("/x?y", peer="::1", paths=("/x",)),
        "Request(target='/x?y', peer='::1', paths=('/x',))",
        id="a request",
    ),
    pytest.param(Decision(Reason.LISTED, "::1"), "Decision(Reason.LISTED, '::1')", id="a decision"),
    pytest.param(Decision(Reason.UNKNOWN_PEER), "Decision(Reason.UNKNOWN_PEER, None)", id="a decision about nobody"),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_a_repr_can_be_pasted_back(value: object, text: str) -> None:
    assert repr(value) == text
    assert eval(text) == value


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_copies_are_equal_and_count_as_one(value: object, text: str) -> None:
    copies = [copy.deepcopy(value), pickle.loads(pickle.dumps(value)), eval(text)]
    assert len({value, *copies}) == 1


def test_a_pickled_policy_decides_as_before() -> None:
    again = pickle.loads(pickle.dumps(POLICY))
    assert again.judge("10.0.0.5", "192.0.64.6") == Decision(Reason.LISTED, "192.0.64.6")
    assert again.judge("2001:db8::bad", None) == Decision(Reason.DENY_LISTED, "2001:db8::bad")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Policy(allow=["10.0.0.1"]), id="another allow"),
        pytest.param(Policy(allow=[], deny=["10.0.0.1"]), id="another deny"),
        pytest.param(Policy(allow=[], trusted_proxies=["10.0.0.1"]), id="other trusted proxies"),
        pytest.param(Policy(allow=[], trusted_proxies=["unix"]), id="a unix socket more"),
        pytest.param(Policy(allow=[], forwarded_header="Forwarded"), id="another header"),
        pytest.param(Policy(allow=[], scripts=["xmlrpc.php", "xmlrpc"]), id="other scripts"),
    ],
)
def test_policies_with_other_settings_are_others(other: Policy) -> None:
    assert Policy(allow=[]) != other


@pytest.mark.parametrize(
    ("value", "field"),
    [
        pytest.param(POLICY, "allow", id="a policy"),
        pytest.param(Request(), "peer", id="a request"),
        pytest.param(POLICY.allow, "_v4", id="networks"),
    ],
)
def test_values_are_frozen(value: object, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)
    with pytest.raises(FrozenInstanceError):
        delattr(value, field)


@pytest.mark.parametrize("field", ["client", "reason", "allowed"])
def test_a_decision_is_frozen(field: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Decision(Reason.LISTED), field, None)


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
        allow=["10.0.0.1"], deny=["10.0.0.2"], trusted_proxies=["10.0.0.3", "unix"], scripts=["wp-login.php"]
    )
    again = policy.with_added()
    assert {name: getattr(again, name) for name in inspect.signature(Policy).parameters} == {
        name: getattr(policy, name) for name in inspect.signature(Policy).parameters
    }


def test_trust_in_everyone_cannot_be_added() -> None:
    with pytest.raises(ConfigurationError, match="trusts everyone"):
        POLICY.with_added(trusted_proxies=[Networks(["0.0.0.0/0"])])
