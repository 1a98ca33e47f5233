"""What a policy decides about a call of a client in no list: by the request, and by its body."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bodies import HELLO, MULTICALL, PING, call, inner, multicall
from xmlrpc_guard import ConfigurationError, Decision, Policy, Reason, Request
from xmlrpc_guard.policy import NOT_GUARDED
from xmlrpc_guard.public_calls import PublicCalls
from xmlrpc_guard.target import Scripts

STRANGER, LISTED, DENIED = "203.0.113.9", "192.0.64.5", "192.0.64.6"
OPEN = Policy(allow=["192.0.64.0/18"], deny=[DENIED], public_methods=["demo.*", MULTICALL, "editors"])
BOTH = Policy(allow=[], scripts=["xmlrpc.php", "wp-login.php"], public_methods=["demo.*"])
RENAMED = Policy(
    allow=[], scripts=["xmlrpc.php", "xmlrpc_wp.php"], xmlrpc_endpoints=["XMLRPC_WP.php"], public_methods=["demo.*"]
)
BODY = call(HELLO).encode()


def post(target: str = "/xmlrpc.php", peer: str | None = STRANGER, body: bytes | None = BODY, **more: Any) -> Request:
    return Request(target, peer, method="POST", body=body, **more)


# Whether the call is looked at


@pytest.mark.parametrize(
    ("policy", "request_", "reason"),
    [
        pytest.param(OPEN, post(), "PUBLIC_CALL", id="a public method"),
        pytest.param(OPEN, post(body=None), "UNDECIDED", id="a body that is not read"),
        pytest.param(OPEN, post(peer=LISTED, body=b""), "LISTED", id="a listed client's body is not looked at"),
        pytest.param(OPEN, post(peer=DENIED), "DENY_LISTED", id="a denied client is refused first"),
        pytest.param(OPEN, post(peer=None), "UNKNOWN_PEER", id="an unknown peer is refused first"),
        pytest.param(OPEN, post("/", peer=None), "NOT_GUARDED", id="another page is not looked at"),
        pytest.param(OPEN, post("/x//%78mlrpc.php/y?for=jetpack"), "PUBLIC_CALL", id="every spelling is an endpoint's"),
        *(
            pytest.param(
                OPEN, Request("/xmlrpc.php", STRANGER, method=method, body=BODY), "NOT_LISTED", id=f"by {method}"
            )
            for method in ("GET", "HEAD", "PUT", "post", "POST ", "OPTIONS", "", None)
        ),
        pytest.param(Policy(allow=[]), post(), "NOT_LISTED", id="without public methods the addresses decide"),
        pytest.param(Policy(allow=[], public_methods=[]), post(), "NOT_LISTED", id="an empty list opens nothing"),
        pytest.param(BOTH, post(), "PUBLIC_CALL", id="of two scripts the endpoint is opened"),
        pytest.param(BOTH, post("/wp-login.php"), "NOT_LISTED", id="of two scripts the other is not opened"),
        pytest.param(BOTH, post("/wp-login.php/xmlrpc.php"), "NOT_LISTED", id="a path that reaches both"),
        pytest.param(BOTH, post(paths=["/wp-login.php"]), "NOT_LISTED", id="two views that reach one each"),
        pytest.param(
            BOTH, post("/xmlrpc.php/%77p-login.php"), "NOT_LISTED", id="the other script in an escaped spelling"
        ),
        pytest.param(RENAMED, post("/xmlrpc_wp.php"), "PUBLIC_CALL", id="a renamed endpoint"),
        pytest.param(RENAMED, post("/xmlrpc.php"), "NOT_LISTED", id="the old name of a renamed endpoint"),
    ],
)
def test_which_requests_are_decided_by_their_call(policy: Policy, request_: Request, reason: str) -> None:
    assert policy.decide(request_).reason.name == reason


def test_a_trusted_proxy_without_a_readable_header_is_refused_before_the_call_is_looked_at() -> None:
    policy = Policy(allow=[], trusted_proxies=["10.0.0.5"], public_methods=["demo.*"])
    assert policy.decide(post(peer="10.0.0.5")).reason is Reason.UNREADABLE_FORWARDED
    assert policy.decide(post(peer="10.0.0.5", forwarded=STRANGER)) == Decision(Reason.PUBLIC_CALL, STRANGER, HELLO)


# The call


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        pytest.param(call(HELLO), "PUBLIC_CALL", HELLO, id="a public method"),
        pytest.param(call(PING), "PRIVATE_METHOD", PING, id="a method that is not public"),
        pytest.param(call("DEMO.sayHello"), "PRIVATE_METHOD", "DEMO.sayHello", id="other letters"),
        pytest.param(multicall(*[inner(HELLO)] * 50), "PUBLIC_CALL", MULTICALL, id="a multicall of fifty public calls"),
        pytest.param(multicall(*[inner(HELLO)] * 51), "TOO_MANY_CALLS", "51 calls", id="a multicall of one more"),
        pytest.param(multicall(inner(HELLO), inner(PING)), "PRIVATE_METHOD", PING, id="a multicall with another call"),
        pytest.param(
            multicall(*[inner("wp.getProfile")] * 500), "PRIVATE_METHOD", "wp.getProfile", id="500 calls of another"
        ),
        pytest.param("", "UNREADABLE_CALL", "line 1: the body does not begin with <methodCall>", id="no body"),
        pytest.param(
            "<methodCall>\n<x/>", "UNREADABLE_CALL", "line 2: <x> does not belong here", id="a body of another shape"
        ),
    ],
)
def test_what_a_call_leads_to(body: str, reason: str, detail: str) -> None:
    assert OPEN.decide(post(body=body.encode())) == Decision(Reason[reason], STRANGER, detail)


def test_a_multicall_whose_calls_are_public_is_refused_where_it_is_not_named() -> None:
    policy = Policy(allow=[], public_methods=["*"])
    assert policy.decide(post(body=multicall(inner(HELLO)).encode())).detail == MULTICALL


def test_the_most_calls_of_a_multicall_can_be_set() -> None:
    policy = Policy(allow=[], public_methods=[MULTICALL, HELLO], max_multicall=1)
    bodies = [multicall(*[inner(HELLO)] * number).encode() for number in (0, 1, 2)]
    assert [policy.decide(post(body=body)).allowed for body in bodies] == [True, True, False]


def test_of_two_private_methods_the_first_is_told() -> None:
    calls = PublicCalls(Scripts(["xmlrpc.php"]), public_methods=[MULTICALL])
    assert calls.judge_body(multicall(inner(PING), inner(HELLO)).encode()) == (Reason.PRIVATE_METHOD, PING)


def test_a_body_may_be_as_long_as_the_setting_says_and_no_longer() -> None:
    calls = PublicCalls(Scripts(["xmlrpc.php"]), public_methods=[HELLO], max_body=len(BODY))
    assert calls.judge_body(BODY) == (Reason.PUBLIC_CALL, HELLO)
    assert calls.judge_body(BODY + b"\n") == (Reason.LARGE_BODY, f"more than {len(BODY)} bytes")


def test_what_is_written_of_scripts_that_answer_no_calls() -> None:
    calls = PublicCalls(Scripts(["wp-login.php"]))
    assert (calls.settings["xmlrpc_endpoints"], calls.written) == (None, "")


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        pytest.param(
            Decision(Reason.PRIVATE_METHOD, STRANGER, PING),
            "deny 203.0.113.9: a method that is called is not public: pingback.ping",
            id="a method",
        ),
        pytest.param(
            Decision(Reason.UNREADABLE_CALL, STRANGER, "<\u0393\n>"),
            r"deny 203.0.113.9: the body is not a call that every WordPress reads alike: <\u0393\n>",
            id="text that cannot be printed",
        ),
    ],
)
def test_a_decision_names_what_in_the_body_decided(decision: Decision, text: str) -> None:
    assert str(decision) == text
    assert repr(decision) == f"Decision({decision.reason}, {STRANGER!r}, {decision.detail!r})"


# Discovery


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        pytest.param(Request("/xmlrpc.php?rsd", STRANGER, method="GET"), True, id="as an editor asks"),
        pytest.param(Request("/blog/xmlrpc.php?rsd", STRANGER, method="GET"), True, id="in a directory"),
        pytest.param(
            Request(None, STRANGER, paths="/xmlrpc.php", queries="rsd", method="GET"), True, id="no raw target"
        ),
        pytest.param(Request("/xmlrpc.php?rsd", STRANGER, method="HEAD"), False, id="by HEAD"),
        pytest.param(Request("/xmlrpc.php?rsd", STRANGER, method="get"), False, id="by get in small letters"),
        pytest.param(Request("/xmlrpc.php", STRANGER, method="GET"), False, id="without the query"),
        pytest.param(Request(None, STRANGER, paths="/xmlrpc.php", method="GET"), False, id="without any query"),
        pytest.param(Request("/xmlrpc.php?rsd=1", STRANGER, method="GET"), False, id="with a value"),
        pytest.param(Request("/xmlrpc.php?rsd&a", STRANGER, method="GET"), False, id="with another parameter"),
        pytest.param(Request("/xmlrpc.php?RSD", STRANGER, method="GET"), False, id="in capitals"),
        pytest.param(Request("/xmlrpc.php?%72sd", STRANGER, method="GET"), False, id="with an escape in the query"),
        pytest.param(
            Request("/xmlrpc.php?rsd", STRANGER, queries="a", method="GET"), False, id="two views of the query"
        ),
        pytest.param(Request("/xmlrpc.php%3fa?rsd", STRANGER, method="GET"), False, id="an escape in the path"),
        pytest.param(
            Request("/xmlrpc.php?rsd", STRANGER, paths="/xmlrpc.php?a", method="GET"),
            False,
            id="a question mark in a path",
        ),
        pytest.param(Request("/xmlrpc.php?rsd", DENIED, method="GET"), False, id="a denied client"),
    ],
)
def test_discovery(request_: Request, allowed: bool) -> None:
    assert (OPEN.decide(request_).reason is Reason.PUBLIC_DISCOVERY) is allowed


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        pytest.param({"public_methods": ["editors"]}, True, id="on with editors"),
        pytest.param({"public_methods": ["editors"], "public_rsd": False}, False, id="switched off"),
        pytest.param({"public_methods": ["pingback"]}, False, id="off with another preset"),
        pytest.param({"public_methods": ["pingback"], "public_rsd": True}, True, id="switched on"),
        pytest.param({"public_rsd": True}, True, id="by itself"),
    ],
)
def test_discovery_is_a_switch_of_its_own(settings: dict[str, Any], allowed: bool) -> None:
    policy = Policy(allow=[], **settings)
    assert policy.decide(Request("/xmlrpc.php?rsd", STRANGER, method="GET")).allowed is allowed


def test_discovery_by_itself_opens_no_method() -> None:
    assert Policy(allow=[], public_rsd=True).decide(post()).reason is Reason.NOT_LISTED


def test_discovery_is_an_endpoints_alone() -> None:
    policy = Policy(allow=[], scripts=["xmlrpc.php", "wp-login.php"], public_rsd=True)
    assert not policy.decide(Request("/wp-login.php?rsd", STRANGER, method="GET"))


# Settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"scripts": ["wp-login.php"], "public_methods": ["demo.*"]},
            "public_methods: ['demo.*'] opens nothing, as no script answers calls; name one in xmlrpc_endpoints",
            id="no endpoint",
        ),
        pytest.param(
            {"scripts": ["wp-login.php"], "public_rsd": True},
            "public_methods: [] opens nothing, as no script answers calls; name one in xmlrpc_endpoints",
            id="no endpoint, of which the discovery is asked for",
        ),
        pytest.param(
            {"scripts": ["xmlrpc.php", "a.php"], "xmlrpc_endpoints": ["b.php"]},
            "xmlrpc_endpoints: 'b.php' is not a guarded script; write one of a.php, xmlrpc.php, or add it to scripts",
            id="an endpoint that is none of two guarded scripts",
        ),
        pytest.param(
            {"xmlrpc_endpoints": ["wp-login.php"]},
            "xmlrpc_endpoints: 'wp-login.php' is not a guarded script; write one of xmlrpc.php, or add it to scripts",
            id="an endpoint that is not guarded",
        ),
        pytest.param(
            {"xmlrpc_endpoints": "xmlrpc.php"},
            "xmlrpc_endpoints: 'xmlrpc.php' is one string where a list belongs; write ['xmlrpc.php']",
            id="one string",
        ),
        pytest.param(
            {"xmlrpc_endpoints": [7]},
            "xmlrpc_endpoints: 7 is not a guarded script; write one of xmlrpc.php, or add it to scripts",
            id="a number for a script",
        ),
        pytest.param(
            {"public_rsd": "yes"}, "public_rsd: 'yes' is neither True nor False; write one of them", id="a text"
        ),
        *(
            pytest.param(
                {name: value}, f"{name}: {value!r} is not a whole number above 0; write one", id=f"{name}={value!r}"
            )
            for name in ("max_multicall", "max_body")
            for value in (0, -1, 1.5, True, "7")
        ),
    ],
)
def test_a_setting_that_cannot_be_used_raises(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(allow=[], **settings)
    assert str(caught.value) == message


def test_a_policy_with_public_methods_pastes_back() -> None:
    policy = Policy(
        allow=[],
        scripts=["xmlrpc.php", "a.php"],
        public_methods=["editors"],
        max_multicall=2,
        xmlrpc_endpoints=["a.php"],
        public_rsd=False,
        max_body=10,
    )
    assert repr(policy).endswith(
        "scripts=['a.php', 'xmlrpc.php'], public_methods=['editors'], max_multicall=2, xmlrpc_endpoints=['a.php'], "
        "public_rsd=False, max_body=10)"
    )
    assert eval(repr(policy)) == policy
    assert policy != Policy(allow=[], scripts=["xmlrpc.php", "a.php"])


def test_a_policy_with_presets_shows_no_more_than_was_written() -> None:
    text = repr(Policy(allow=[], public_methods=["editors"]))
    assert text.endswith("scripts=['xmlrpc.php'], public_methods=['editors'])")


def test_what_the_entries_leave_in_doubt_is_a_doubt_of_the_policy() -> None:
    policy = Policy(allow=[], public_methods=["wp.getposts"])
    assert [doubt[:31] for doubt in policy.doubts] == ["public_methods: 'wp.getposts' n"]


# No state that is not decided allows


@given(
    target=st.sampled_from(["/", "/xmlrpc.php", "/xmlrpc.php?rsd", "/wp-login.php", "/xmlrpc.php/wp-login.php"]),
    peer=st.sampled_from([None, "", STRANGER, LISTED, DENIED, "10.0.0.5", "evil"]),
    method=st.sampled_from([None, "", "GET", "POST", "PUT", "post"]),
    body=st.sampled_from([None, b"", BODY, call(PING).encode(), multicall(inner(PING)).encode(), BODY[:30]]),
    methods=st.lists(st.sampled_from(["demo.*", "pingback", "editors", MULTICALL])),
)
def test_a_call_is_allowed_only_if_its_client_is_listed_or_all_that_it_calls_is_public(
    target: str, peer: str | None, method: str | None, body: bytes | None, methods: list[str]
) -> None:
    policy = Policy(
        allow=[LISTED],
        deny=[DENIED],
        trusted_proxies=["10.0.0.5"],
        scripts=["xmlrpc.php", "wp-login.php"],
        public_methods=methods,
    )
    decision = policy.decide(Request(target, peer, method=method, body=body))
    assert bool(decision) == decision.allowed
    if decision == NOT_GUARDED or decision.client == LISTED or not decision:
        return
    assert (decision.client, target) == (STRANGER, target.replace("wp-login", ""))
    if method == "GET":
        assert (target, "editors" in methods) == ("/xmlrpc.php?rsd", True)
    else:
        assert method == "POST"
        needed = {
            BODY: {"demo.*"},
            call(PING).encode(): {"pingback"},
            multicall(inner(PING)).encode(): {"pingback", MULTICALL},
        }
        assert needed[body or b""] <= {*methods}


def test_the_undecided_state_refuses() -> None:
    assert not Decision(Reason.UNDECIDED, STRANGER)
    assert str(Decision(Reason.UNDECIDED, STRANGER)).startswith("deny 203.0.113.9: ")
    assert not Policy(allow=[], public_methods=["demo.*"]).judge(STRANGER)


def test_what_is_shown_of_public_calls() -> None:
    assert repr(PublicCalls(Scripts(["xmlrpc.php"]), public_methods=["pingback.ping"])) == (
        "PublicCalls(methods=PublicMethods(['pingback.ping']), max_multicall=50, endpoints=('xmlrpc.php',), rsd=False, "
        "max_body=1048576)"
    )
