"""What a policy would have decided on a line, and what the line leaves open."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.test_properties import WRITERS
from tests.strategies import spelt_addresses
from xmlrpc_guard import Policy, Request
from xmlrpc_guard.audit.judging import CUT, NO_BODY, NO_FORWARDED, NO_PEER, Judge
from xmlrpc_guard.audit.spelling import describe_spelling
from xmlrpc_guard.logs import Logged, LogReader
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.testing import ORDINARY, SPELLINGS

POLICY = Policy(allow=["192.0.64.0/18"], deny=["192.0.64.5"], trusted_proxies=["10.0.0.0/8", "unix"])
OPEN = Policy(allow=["192.0.64.0/18"], public_methods=["pingback"], public_rsd=True)
GUARDED = (b"/xmlrpc.php",)

VERDICTS: list[Any] = [
    pytest.param({"peer": b"192.0.64.7"}, "allowed", "LISTED", "192.0.64.7", id="a listed client"),
    pytest.param({"peer": b"192.0.64.7:80"}, "allowed", "LISTED", "192.0.64.7", id="a listed client with a port"),
    pytest.param({"peer": b"192.0.64.5"}, "refused", "DENY_LISTED", "192.0.64.5", id="a denied client"),
    pytest.param({"peer": b"203.0.113.9"}, "refused", "NOT_LISTED", "203.0.113.9", id="a stranger"),
    pytest.param(
        {"peer": b"::ffff:203.0.113.9"}, "refused", "NOT_LISTED", "203.0.113.9", id="a client in another spelling"
    ),
    pytest.param(
        {"peer": b"203.0.113.9", "forwarded": b"192.0.64.7", "has_forwarded": True},
        *("refused", "NOT_LISTED", "203.0.113.9"),
        id="a stranger's own header is not believed",
    ),
    pytest.param(
        {"peer": b"10.0.0.1", "forwarded": b"192.0.64.7", "has_forwarded": True},
        *("allowed", "LISTED", "192.0.64.7"),
        id="through a trusted proxy",
    ),
    pytest.param(
        {"peer": b"10.0.0.1", "has_forwarded": True},
        *("refused", "UNREADABLE_FORWARDED", "10.0.0.1"),
        id="a trusted proxy whose request had no header",
    ),
    pytest.param(
        {"peer": b"10.0.0.1"}, "unknown", NO_FORWARDED, "10.0.0.1", id="a log that has no place for the header"
    ),
    pytest.param(
        {"unix": True, "forwarded": b"192.0.64.7", "has_forwarded": True},
        *("allowed", "LISTED", "192.0.64.7"),
        id="through a unix socket",
    ),
    pytest.param({"unix": True}, "unknown", NO_FORWARDED, "unix", id="a unix socket in a log without the header"),
    pytest.param(
        {"forwarded": b"192.0.64.7, 10.0.0.1", "has_forwarded": True},
        *("allowed", "LISTED", "192.0.64.7"),
        id="a log with the header alone is read as from a trusted proxy",
    ),
    pytest.param({}, "unknown", NO_PEER, "", id="a log without peers"),
    pytest.param({"peer": b"host.example"}, "unknown", NO_PEER, "host.example", id="a host name in the peer's place"),
    pytest.param(
        {"forwarded": b"evil", "has_forwarded": True},
        *("refused", "UNREADABLE_FORWARDED", ""),
        id="a log with the header alone, which names no address",
    ),
]


@pytest.mark.parametrize(("fields", "verdict", "reason", "client"), VERDICTS)
def test_the_verdict_on_a_guarded_request(fields: dict[str, Any], verdict: str, reason: str, client: str) -> None:
    judged = Judge(POLICY)(Logged(method=b"POST", targets=GUARDED, **fields))
    assert judged is not None
    assert (judged.verdict, judged.reason, judged.client) == (verdict, reason, client)


def test_the_header_alone_says_nothing_if_no_proxy_is_trusted() -> None:
    judged = Judge(Policy(allow=["192.0.64.7"]))(Logged(targets=GUARDED, forwarded=b"192.0.64.7", has_forwarded=True))
    assert judged is not None
    assert (judged.verdict, judged.reason) == ("unknown", NO_PEER)


def test_the_header_alone_is_read_as_the_policy_reads_it() -> None:
    policy = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.1"], forwarded_header="Forwarded")
    judged = Judge(policy)(Logged(targets=GUARDED, forwarded=b"for=192.0.64.7", has_forwarded=True))
    assert judged is not None
    assert (judged.verdict, judged.client) == ("allowed", "192.0.64.7")


def test_a_unix_socket_is_not_trusted_because_another_proxy_is() -> None:
    policy = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.1"])
    judged = Judge(policy)(Logged(unix=True, targets=GUARDED, forwarded=b"192.0.64.7", has_forwarded=True))
    assert judged is not None
    assert (judged.verdict, judged.reason, judged.client) == ("unknown", NO_PEER, "unix")


def test_a_host_name_is_no_client_that_a_server_in_front_found() -> None:
    judged = Judge(POLICY, peer_is_client=True)(Logged(peer=b"host.example", targets=GUARDED))
    assert judged is not None
    assert (judged.verdict, judged.reason, judged.client) == ("unknown", NO_PEER, "host.example")


def test_the_peer_may_be_the_client_that_a_server_in_front_found() -> None:
    judged = Judge(POLICY, peer_is_client=True)(Logged(peer=b"10.0.0.1", targets=GUARDED))
    assert judged is not None
    assert (judged.verdict, judged.reason, judged.client) == ("refused", "NOT_LISTED", "10.0.0.1")


CALLS: list[Any] = [
    pytest.param({"method": b"POST"}, "unknown", NO_BODY, id="a call that its body decides"),
    pytest.param({"method": b"GET", "targets": (b"/xmlrpc.php?rsd",)}, "allowed", "PUBLIC_DISCOVERY", id="discovery"),
    pytest.param({"method": b"GET"}, "refused", "NOT_LISTED", id="a request that is no call"),
    pytest.param(
        {"method": b"GET", "targets": (), "paths": GUARDED}, "refused", "NOT_LISTED", id="a path without its query"
    ),
    pytest.param(
        {"method": b"POST", "targets": (), "paths": GUARDED},
        "unknown",
        NO_BODY,
        id="a call of which the path is logged",
    ),
    pytest.param(
        {"method": b"GET", "targets": (b"/xmlrpc.php?rsd", b"/xmlrpc.php")},
        *("allowed", "PUBLIC_DISCOVERY"),
        id="discovery, where the path stands alone too",
    ),
]


@pytest.mark.parametrize(("fields", "verdict", "reason"), CALLS)
def test_public_calls_are_decided_as_far_as_the_line_goes(fields: dict[str, Any], verdict: str, reason: str) -> None:
    judged = Judge(OPEN)(Logged(**{"peer": b"203.0.113.9", "targets": GUARDED, **fields}))
    assert judged is not None
    assert (judged.verdict, judged.reason, judged.client) == (verdict, reason, "203.0.113.9")


def test_a_call_that_may_be_another_scripts_is_refused() -> None:
    policy = Policy(allow=[], scripts=["xmlrpc.php", "wp-login.php"], public_methods=["pingback"])
    judged = Judge(policy)(
        Logged(peer=b"203.0.113.9", method=b"POST", targets=GUARDED, paths=(b"/xmlrpc.php/wp-login.php",))
    )
    assert judged is not None
    assert (judged.verdict, judged.reason) == ("refused", "NOT_LISTED")


CUTS: list[Any] = [
    pytest.param(b"/aaa", "unknown", id="a path that goes on"),
    pytest.param(b"/aaa?b", None, id="a query that goes on"),
    pytest.param(b"x:/a?b", "unknown", id="no slash first: the question mark belongs to the path"),
    pytest.param(b"/xmlrpc.php", "refused", id="a path that reached the script already"),
]


def test_a_line_that_was_cut_before_its_target_is_unknown() -> None:
    judged = Judge(POLICY)(Logged(peer=b"203.0.113.9", method=b"GET", is_cut=True))
    assert judged is not None
    assert (judged.verdict, judged.reason) == ("unknown", CUT)


@pytest.mark.parametrize(("target", "verdict"), CUTS)
def test_a_cut_target_is_unknown_unless_more_of_it_cannot_matter(target: bytes, verdict: str | None) -> None:
    judged = Judge(POLICY)(Logged(peer=b"203.0.113.9", method=b"GET", targets=(target,), is_cut=True))
    assert (judged and judged.verdict) == verdict
    assert judged is None or judged.client == "203.0.113.9"
    assert judged is None or (judged.reason == CUT) is (judged.spelling == "cut") is (verdict == "unknown")


def test_a_line_may_go_on_if_one_of_its_targets_may() -> None:
    judged = Judge(POLICY)(Logged(peer=b"::ffff:203.0.113.9", targets=(b"/a?b", b"/a"), is_cut=True))
    assert judged is not None
    assert (judged.reason, judged.client) == (CUT, "203.0.113.9")


def test_a_cut_target_of_no_known_client() -> None:
    judged = Judge(POLICY)(Logged(peer=b"a.example", method=b"GET", targets=(b"/a",), is_cut=True))
    assert judged is not None
    assert judged.client == "a.example"


def test_one_guarded_reading_is_enough_and_a_decoded_path_keeps_its_question_mark() -> None:
    assert Judge(POLICY)(Logged(peer=b"::1", targets=(b"/a", b"/xmlrpc.php"))) is not None
    assert Judge(POLICY)(Logged(peer=b"::1", paths=(b"/a?/xmlrpc.php",))) is not None
    assert Judge(POLICY)(Logged(peer=b"::1", targets=(b"/a?/xmlrpc.php",))) is None


def test_what_is_kept_of_a_request() -> None:
    judged = Judge(POLICY)(Logged(peer=b"::1", targets=GUARDED, status=404, agent=b"\xff" * 500))
    assert judged is not None
    assert (judged.agent, judged.status, judged.spelling) == ("\xff" * 200, 404, "plain")


def test_what_is_kept_of_a_request_of_which_the_line_says_little() -> None:
    judged = Judge(POLICY)(Logged(peer=b"::1", targets=GUARDED))
    assert judged is not None
    assert (judged.agent, repr(judged.status)) == ("", "0")


@pytest.mark.parametrize(("form", "write"), WRITERS)
def test_every_spelling_is_found_in_the_logs_of_every_server(form: bytes, write: Callable[[bytes], bytes]) -> None:
    lines = [form % write(spelling.target.encode("latin-1")) for spelling in SPELLINGS if not spelling.headers]
    reader = LogReader(sample=lines)
    judge = Judge(Policy(allow=["192.0.64.7"]))
    judged = [[judge(logged) for logged in reader.read(line)] for line in lines]
    assert [
        line
        for line, found in zip(lines, judged, strict=True)
        if [each and each.verdict for each in found] != ["refused"]
    ] == []


@pytest.mark.parametrize("path", ORDINARY)
def test_no_ordinary_page_is_counted(path: str) -> None:
    assert Judge(POLICY)(Logged(peer=b"::1", targets=(path.encode("latin-1"),))) is None


@given(peer=spelt_addresses, hop=spelt_addresses, target=st.sampled_from(["/xmlrpc.php", "/", "/%78mlrpc.php?a"]))
def test_a_line_that_says_all_is_judged_as_the_request_is(peer: str, hop: str, target: str) -> None:
    judged = Judge(POLICY)(
        Logged(peer=peer.encode(), forwarded=hop.encode(), has_forwarded=True, targets=(target.encode(),))
    )
    decision = POLICY.decide(Request(target, peer, hop))
    assert (judged is None) == (decision.reason.name == "NOT_GUARDED")
    if judged is not None and judged.verdict != "unknown":
        assert (judged.verdict == "allowed", judged.reason) == (decision.allowed, decision.reason.name)


@pytest.mark.parametrize(
    ("path", "spelling"),
    [
        ("http://a.example/xmlrpc.php", "in a folder"),
        ("http://a.example//xmlrpc.php", "doubled slashes"),
        ("/blog/XMLRPC.PHP", "other case"),
        ("/xmlrpc.php.bak", "goes on after the name"),
    ],
)
def test_the_class_of_a_spelling(path: str, spelling: str) -> None:
    assert describe_spelling(["/", path], Scripts(["xmlrpc.php"])) == spelling


@pytest.mark.parametrize(
    ("format_", "line"),
    [
        pytest.param("auto", b"MISS|200|1795950000123|5|1|203.0.113.9|-|https://h/xmlrpc.php|DE|-|6f96|DE", id="Bunny"),
        pytest.param("auto", b'{"ClientIP":"203.0.113.9","ClientRequestURI":"/xmlrpc.php"}', id="Cloudflare"),
        pytest.param("auto", b'{"ip":"203.0.113.9","uri":"/xmlrpc.php"}', id="keys of one's own"),
        pytest.param("#Fields: c-ip cs-uri-stem", b"203.0.113.9 /xmlrpc.php", id="IIS"),
        pytest.param("$remote_addr $request_uri", b"203.0.113.9 /xmlrpc.php", id="a format of nginx'"),
    ],
)
def test_a_request_whose_method_is_not_logged_may_be_a_public_call(format_: str, line: bytes) -> None:
    (logged,) = LogReader(format_, [line]).read(line)
    judged = Judge(OPEN)(logged)
    assert judged is not None
    assert (judged.verdict, judged.reason) == ("unknown", NO_BODY)
