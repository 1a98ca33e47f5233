"""The testing kit: what ``blocks`` returns, and that each row of its data does what its sentence says."""

import re
from contextlib import suppress
from ipaddress import ip_address
from itertools import permutations
from typing import Any

import pytest
import webob
import webob.exc

from tests.frontends import ROOT
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.testing import (
    EXTENSIONLESS,
    ORDINARY,
    SERVERS,
    SPELLINGS,
    Spelling,
    TargetRefused,
    blocks,
    environ_as,
)

DOCS = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))
POLICY = Policy(allow=["203.0.113.7"], trusted_proxies=["10.0.0.0/8"])
GUARD = XMLRPCGuard(webob.Response("ok"), POLICY)
REPORTING = XMLRPCGuard(webob.Response("ok"), POLICY, report_only=True)
WITH_EXTENSIONLESS = XMLRPCGuard(webob.Response("ok"), Policy(allow=[], scripts=["xmlrpc.php", "xmlrpc"]))

REQUESTS: list[Any] = [
    pytest.param(GUARD, {}, True, id="a stranger by default"),
    pytest.param(GUARD, {"client": "203.0.113.7"}, False, id="a listed client that connects itself"),
    pytest.param(GUARD, {"client": "203.0.113.7", "peer": "10.0.0.5"}, False, id="a listed client through a proxy"),
    pytest.param(GUARD, {"client": "203.0.113.9", "peer": "10.0.0.5"}, True, id="a stranger through a proxy"),
    pytest.param(
        GUARD,
        {"client": "203.0.113.7", "peer": "192.0.2.1"},
        True,
        id="a listed client through a proxy that is not trusted",
    ),
    pytest.param(
        GUARD,
        {"client": "203.0.113.7", "peer": "10.0.0.5", "headers": {"x-forwarded-for": "8.8.8.8"}},
        True,
        id="a header in headers is sent as it is",
    ),
    pytest.param(
        GUARD,
        {"peer": "10.0.0.5", "headers": [("X-Forwarded-For", "8.8.8.8"), ("X-Forwarded-For", "203.0.113.7")]},
        False,
        id="headers as pairs, so that a line can repeat",
    ),
    pytest.param(REPORTING, {}, False, id="a guard that only reports blocks nothing"),
    pytest.param(
        XMLRPCGuard(webob.Response("ok"), POLICY, denied=webob.exc.HTTPNotFound()),
        {},
        True,
        id="a refusal by 404 is a refusal",
    ),
    pytest.param(XMLRPCGuard(REPORTING, POLICY), {}, True, id="a guard around one that only reports"),
    pytest.param(XMLRPCGuard(GUARD, POLICY, report_only=True), {}, True, id="a guard inside one that only reports"),
]


@pytest.mark.parametrize(("app", "how", "expected"), REQUESTS)
def test_blocks_returns_whether_the_guard_refuses(app: Any, how: dict[str, Any], expected: bool) -> None:
    assert blocks(app, "/xmlrpc.php", **how) is expected


@pytest.mark.parametrize("server", SERVERS)
def test_every_spelling_is_blocked_or_refused_by_the_server_itself(server: str) -> None:
    assert [row for row in SPELLINGS if let_pass(GUARD, row, server)] == []
    assert [row for row in EXTENSIONLESS if let_pass(WITH_EXTENSIONLESS, row, server)] == []


def let_pass(guard: XMLRPCGuard, row: Spelling, server: str) -> bool:
    with suppress(TargetRefused):
        return not blocks(guard, row.target, peer="127.0.0.1", headers=row.headers, server=server)
    return False


@pytest.mark.parametrize("server", SERVERS)
def test_ordinary_targets_pass(server: str) -> None:
    assert [path for path in ORDINARY if blocks(GUARD, path, server=server)] == []


def test_a_guarded_name_without_a_dot_takes_the_whole_segment_and_no_more() -> None:
    assert [path for path in ORDINARY if blocks(WITH_EXTENSIONLESS, path)] == ["/tag/xmlrpc/"]


def test_each_class_of_spellings_has_one_row() -> None:
    rows = [*SPELLINGS, *EXTENSIONLESS]
    assert len({(row.target, row.headers) for row in rows}) == len({row.exercises for row in rows}) == len(rows) == 48


def test_the_header_that_moves_script_name_is_modelled_for_the_peers_that_gunicorn_trusts() -> None:
    environs = [
        environ_as("gunicorn", "/xmlrpc.php", peer=peer, headers={"SCRIPT_NAME": "/xml"})
        for peer in ("127.0.0.1", "8.8.8.8")
    ]
    assert [(environ["SCRIPT_NAME"], environ["PATH_INFO"]) for environ in environs] == [
        ("/xml", "rpc.php"),
        ("", "/xmlrpc.php"),
    ]


def test_an_unknown_server_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match="server: 'apache' is not modelled; write one of gunicorn, waitress, granian, "
    ):
        environ_as("apache", "/")


UNGUARDED: list[Any] = [
    pytest.param(webob.Response("ok"), "/xmlrpc.php", id="an application that answers everyone"),
    pytest.param(webob.exc.HTTPForbidden(), "/xmlrpc.php", id="an application's own 403 is no guard's"),
    pytest.param(webob.exc.HTTPForbidden(), "/blog//%78mlrpc.php", id="another spelling"),
]


@pytest.mark.parametrize(("app", "path"), UNGUARDED)
def test_an_application_without_a_guard_is_an_error(app: Any, path: str) -> None:
    with pytest.raises(ValueError, match=r"^app: <.* holds no XMLRPCGuard that decides this request; read the"):
        blocks(app, path)


def asks_a_guard_at_blog(environ: dict[str, Any], start_response: Any) -> Any:
    app = GUARD if environ["PATH_INFO"].startswith("/blog/") else webob.Response("ok")
    return app(environ, start_response)


OTHER_SCRIPTS = XMLRPCGuard(webob.Response("ok"), Policy(allow=[], scripts=["api.php"]))
NOT_REFUSED: list[Any] = [
    pytest.param(OTHER_SCRIPTS, "/xmlrpc.php", id="a guard of other scripts leaves this one open"),
    pytest.param(webob.Response("ok"), "/about", id="a page that reaches no script needs no guard"),
    pytest.param(webob.Response("ok"), "/xmlrpc", id="a name without its extension is no script by default"),
]


@pytest.mark.parametrize(("app", "path"), NOT_REFUSED)
def test_what_no_guard_has_to_decide_on_is_not_blocked(app: Any, path: str) -> None:
    assert not blocks(app, path)


def test_a_guard_of_one_folder_is_no_guard_of_the_others() -> None:
    assert blocks(asks_a_guard_at_blog, "/blog/xmlrpc.php")
    with pytest.raises(ValueError, match="holds no XMLRPCGuard that decides"):
        blocks(asks_a_guard_at_blog, "/xmlrpc.php")


MOVED = next(spelling for spelling in SPELLINGS if spelling.headers)


def naive(environ: dict[str, Any], start_response: Any) -> Any:
    """Look at PATH_INFO alone, in front of a site that a guard protects."""
    app = GUARD if environ["PATH_INFO"] == "/xmlrpc.php" else webob.Response("ok")
    return app(environ, start_response)


def test_a_spelling_is_sent_with_its_headers() -> None:
    assert blocks(naive, MOVED.target, server="gunicorn", peer="127.0.0.1")
    assert not blocks(naive, MOVED, server="gunicorn", peer="127.0.0.1")
    assert not blocks(naive, MOVED, server="gunicorn", peer="127.0.0.1", headers={"Accept": "*/*"})
    environ = environ_as("gunicorn", MOVED, peer="127.0.0.1", headers={"Accept": "*/*"})
    assert (environ["SCRIPT_NAME"], environ["HTTP_ACCEPT"]) == ("/xml", "*/*")


def test_the_pages_loops_over_the_spellings_send_them_whole() -> None:
    """The loops of the guide are the ones that others copy."""
    page = (ROOT / "docs" / "guides" / "testing.md").read_text("utf-8")
    sent = [line.strip() for line in page.splitlines() if re.search(r"\b(blocks|environ_as)\(.*\brow\b", line)]
    assert sent == [
        "assert blocks(application, row, client=STRANGER, server=server, method=method, **BY_PROXY), row.exercises",
        'environ = environ_as(server, row, peer="127.0.0.1", headers=FORGED, method=method)',
    ]
    assert not [name for name in ("README.md", *DOCS) if "in SPELLINGS" in (ROOT / name).read_text("utf-8")]


ITSELF: list[Any] = [
    pytest.param("gunicorn", "xmlrpc.php", "does not begin with a slash", id="gunicorn, no slash"),
    pytest.param("gunicorn", "/xml\trpc.php", "has a blank or a control character", id="gunicorn, a tab"),
    pytest.param("gunicorn", "/xml\xffrpc.php", "has a character that is not ASCII", id="gunicorn, a byte above 127"),
    pytest.param("waitress", "/xml\xffrpc.php", "has a character that is not ASCII", id="waitress, a byte above 127"),
    pytest.param("granian", "/xml\trpc.php", "has a blank or a control character", id="granian, a tab"),
    pytest.param("granian", "/xml\xffrpc.php", "is not UTF-8", id="granian, a byte that is not UTF-8"),
    pytest.param("granian", "a/xmlrpc.php", "does not begin with a slash", id="granian, no slash"),
    pytest.param("cheroot", "http://a/xmlrpc.php", "does not begin with a slash", id="cheroot, the absolute form"),
    pytest.param("cheroot", "/xmlrpc.php#x", "has a number sign", id="cheroot, a fragment"),
    pytest.param("cheroot", "//xmlrpc.php", "begins with two slashes", id="cheroot, two slashes"),
    pytest.param("cheroot", "/xml\xffrpc.php", "has a character that is not ASCII", id="cheroot, a byte above 127"),
    pytest.param("wsgiref", "/xml\trpc.php", "has a blank or a control character", id="wsgiref, a tab"),
]


@pytest.mark.parametrize(("server", "target", "reason"), ITSELF)
def test_a_target_that_a_server_answers_itself_is_an_error_with_the_server_and_the_reason(
    server: str, target: str, reason: str
) -> None:
    problem = (
        f"server: {server} answers {target!a} itself, since the target {reason}; leave it out, or name another server"
    )
    with pytest.raises(TargetRefused) as raised:
        blocks(GUARD, target, server=server)
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        pytest.param(
            {"client": "192.0.64.500", "peer": "10.0.0.5"},
            "client: '192.0.64.500' is not an address; write one such as 198.51.100.7",
            id="a client that a proxy forwards",
        ),
        pytest.param(
            {"client": "192.0.64.500"},
            "client: '192.0.64.500' is not an address; write one such as 198.51.100.7",
            id="a client that connects itself",
        ),
        pytest.param(
            {"client": "203.0.113.0/24", "peer": "10.0.0.5"},
            "client: '203.0.113.0/24' is not an address; write one such as 198.51.100.7",
            id="a range for a client",
        ),
        pytest.param(
            {"client": "unix"},
            "client: 'unix' is not an address; write one such as 198.51.100.7",
            id="a unix socket, which is a peer",
        ),
        pytest.param(
            {"client": ip_address("192.0.64.5")},
            "client: IPv4Address('192.0.64.5') is not text; write one such as 198.51.100.7",
            id="an address that is no text",
        ),
        pytest.param(
            {"peer": "10.0.0.500"},
            "peer: '10.0.0.500' is not an address; write one such as 198.51.100.7",
            id="a peer",
        ),
    ],
)
def test_a_client_that_is_not_an_address_is_an_error_that_names_it(how: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is compared
        blocks(GUARD, "/xmlrpc.php", **how)
    assert str(raised.value) == problem


def test_a_unix_socket_is_a_peer() -> None:
    guard = XMLRPCGuard(webob.Response("ok"), Policy(allow=["203.0.113.7"], trusted_proxies=["unix"]))
    assert not blocks(guard, "/xmlrpc.php", client="203.0.113.7", peer="unix", server="gunicorn")


HEADERS = ["X-Forwarded-For", "Forwarded", "X-Real-IP"]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("client", ["203.0.113.7", "2001:db8::7"])
def test_the_header_that_the_guard_reads_may_be_named(header: str, client: str) -> None:
    policy = Policy(allow=[client], trusted_proxies=["10.0.0.5"], forwarded_header=header)
    guard = XMLRPCGuard(webob.Response("ok"), policy)
    assert not blocks(guard, "/xmlrpc.php", client=client, peer="10.0.0.5", forwarded_header=header.lower())
    assert blocks(guard, "/xmlrpc.php", peer="10.0.0.5", forwarded_header=header)
    assert blocks(guard, "/xmlrpc.php", peer="10.0.0.5", headers={header: "evil"}, forwarded_header=header)


@pytest.mark.parametrize(("read", "written"), list(permutations(HEADERS, 2)))
def test_a_header_that_the_guard_does_not_read_is_an_error(read: str, written: str) -> None:
    guard = XMLRPCGuard(webob.Response("ok"), Policy(allow=[], trusted_proxies=["10.0.0.5"], forwarded_header=read))
    with pytest.raises(ValueError, match=f"^forwarded_header: the guard finds no address in '{written}'; name"):
        blocks(guard, "/xmlrpc.php", peer="10.0.0.5", forwarded_header=written)


def test_a_body_is_there_to_read() -> None:
    environ = environ_as("waitress", "/xmlrpc.php?x", method="POST", body=b"<methodCall/>")
    assert (environ["wsgi.input"].read(), environ["CONTENT_LENGTH"]) == (b"<methodCall/>", "13")
    assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("POST", "x")
