"""Lines as servers wrote them on loopback: each gives the target that was sent, its client and its agent."""

from pathlib import Path

import pytest

from tests.frontends import ROOT
from xmlrpc_guard.logs import AUTO, NAMES, LogReader
from xmlrpc_guard.logs.logged import Logged

# By which word the page of access logs has each format.
ON_THE_PAGE = {
    "haproxy": "HAProxy",
    "uwsgi": "uWSGI",
    "granian": "granian",
    "envoy": "Envoy",
    "alb": "Amazon's load balancers",
    "squid": "Squid",
    "bunny": "Bunny",
    "heroku": "Heroku",
    "npm": "Nginx Proxy Manager",
    "gorouter": "Cloud Foundry",
    "ssl-request": "ssl_request_log",
    "combined": "nginx",
    "json": "JSON",
    "w3c": "IIS",
}


def test_the_page_of_access_logs_has_each_format() -> None:
    page = (ROOT / "docs" / "reference" / "audit.md").read_text("utf-8")
    assert {AUTO, *ON_THE_PAGE} == {*NAMES}
    words = " ".join(page.split())  # a name of two words may stand on two lines
    assert [word for word in ON_THE_PAGE.values() if word not in words] == []


RECORDED = Path(__file__).parent / "recorded"
NOON = 1795950000  # at which all of them were evened out

# The target of each line in turn, as it was sent; None where there was no request. granian, Traefik and Paste have
# decoded theirs, and Caddy had to give up bytes that are no UTF-8. Squid leaves queries and blanks out, and like
# Varnish writes the host before each target, which no one passes on.
SQUID: list[bytes | None] = [
    b"/plain?",
    b'/q"uote',
    b"/b\\s\\x41",
    b"/h\xc3\xa9",
    b"/x\xff\xfe",
    b"/%78mlrpc.php",
    b"//a/../xmlrpc.php/./b;c?",
    b"/p?",
    b"/absform?",
    None,
    b"/ua1",
    b"/ua2",
    b"/ua3",
    b"/x2",
    b"/au",
    b"/login?",
    b"/xmlrpc.php",
    b"/spc",
    b"*",
]
SENT: list[bytes | None] = [
    b"/plain?a=1",
    b'/q"uote',
    b"/b\\s\\x41",
    b"/h\xc3\xa9",
    b"/%78mlrpc.php",
    b"//a/../xmlrpc.php",
]
TARGETS: dict[str, list[bytes | None]] = {
    "apache": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/h\xc3\xa9",
        b"/x\xff\xfe",
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        b'/p?x="y"&z=\xe9',
        b"http://abs.example/absform?x",
        None,
        None,
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/ua10",
        b"/x2",
        b"/au",
        b"/six",
    ],
    "caddy": [
        b"/plain?a=1",
        b'/q"uote',
        b"/x\xff\xff",
        b"/%78mlrpc.php",
        b"/ua2",
        b"/x2",
        b"/six",
    ],
    "envoy": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        b"/absform?x",
        None,
    ],
    "granian": [
        b"/plain",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/h\xc3\xa9",
        b"/xmlrpc.php",
        b"//a/../xmlrpc.php/./b;c",
        b"/absform",
    ],
    "gunicorn": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        b"http://abs.example/absform?x",
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/ua10",
        b"/au",
        b"/unix",
        b"/six",
    ],
    "h2o": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/x\xff\xfe",
        b"/{a|b}<c>^`'",
        b"/%78mlrpc.php",
        b"http://abs.example/absform?x",
        b"/ua2",
        b"/ua3",
        b"/unix",
    ],
    "haproxy": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        None,
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        None,
        b"/ua2",
        b"/ua3",
        b"/x2",
        b"/unix",
        b"/six",
    ],
    "lighttpd": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/s p c",
        b"/h\xc3\xa9",
        b"/x\xff\xfe",
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        b'/p?x="y"&z=\xe9',
        b"/absform?x",
        None,
        None,
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/ua10",
        b"/ua11",
        b"/au",
        b"/unix",
        b"/six",
        b"*",
        b"/%78mlrpc.php",
    ],
    "nginx": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/h\xc3\xa9",
        b"/x\xff\xfe",
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        b'/p?x="y"&z=\xe9',
        b"http://abs.example/absform?x",
        None,
        None,
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/ua10",
        b"/x2",
        b"/au",
        b"/unix",
        b"/six",
    ],
    "nginx_json": [
        b'/q"uote',
        b"/x\xff\xfe",
        b"/%78mlrpc.php",
        None,
        b"/ua2",
        b"/x2",
    ],
    "paste": [
        b"/plain?a=1",
        b"/q%22uote",
        b"/b%5Cs%5Cx41",
        b"/xmlrpc.php",
        b"/a/../xmlrpc.php/./b%3Bc?x=%20+",
        b"/absform?x",
        b"/ua1",
        b"/ua2",
        b"/ua3",
    ],
    "traefik": [
        b"/plain?a=1",
        b"/q%22uote",
        b"/xmlrpc.php",
        b'/p?x="y"&z=\xe9',
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/x2",
        b"/x3",
    ],
    "uwsgi": [
        b"/plain?a=1",
        b'/q"uote',
        b"/s p c",
        b"/h\xc3\xa9",
        b"/%78mlrpc.php",
        b"http://abs.example/absform?x",
        None,
        b"/unix",
        b"/six",
    ],
    "varnish": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        b"/x\xff\xfe",
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        b"/absform?x",
        b"*",
        None,
        b"/ua2",
        b"/au",
        b"/unix",
        b"/six",
    ],
    "squid": SQUID,
    "squid_combined": SQUID,
    "envoy_json": [
        b"/plain?a=1",
        b'/q"uote',
        b"/b\\s\\x41",
        None,
        None,
        b"/%78mlrpc.php",
        b"//a/../xmlrpc.php/./b;c?x=%20+",
        None,
        b"/absform?x",
        None,
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/x2",
        b"/au",
        b"/login?to=/xmlrpc.php",
        b"/xmlrpc.php",
        None,
        b"*",
    ],
    "traefik_json": [
        b"/plain?a=1",
        b"/q%22uote",
        b"/b%5Cs%5Cx41",
        b"/h%C3%A9",
        b"/x%FF%FE",
        b"/xmlrpc.php",
        b"/xmlrpc.php/b;c?x=%20+",
        b'/p?x="y"&z=\xef\xbf\xbd',
        b"/absform?x",
        b"/ua1",
        b"/ua2",
        b"/ua3",
        b"/x2",
        b"/au",
        b"/login?to=/xmlrpc.php",
        b"/xmlrpc.php",
    ],
    "npm": [*SENT, None, b"/plaintext", None, None, b"/plain?a=1"],
    "ssl_request": [*SENT, b"/", None, b"/half", b"/", b"/h2"],
}
FORMATS = {
    "npm": "npm",
    "ssl_request": "ssl-request",
    **dict.fromkeys(("nginx_json", "caddy", "envoy_json", "traefik_json"), "json"),
    **{name: name for name in ("haproxy", "uwsgi", "granian", "envoy", "squid")},
}


def read(name: str) -> tuple[LogReader, list[Logged]]:
    lines = (RECORDED / f"{name}.log").read_bytes().splitlines(keepends=True)
    reader = LogReader(sample=lines)
    readings = [reader.read(line) for line in lines]
    assert [line for line, found in zip(lines, readings, strict=True) if len(found) != 1] == []
    return reader, [found for (found,) in readings]


@pytest.mark.parametrize("name", TARGETS)
def test_the_target_of_each_line_is_among_its_readings(name: str) -> None:
    reader, logged = read(name)
    assert reader.name == FORMATS.get(name, "combined")
    assert [each.is_request for each in logged] == [target is not None for target in TARGETS[name]]
    missing = [
        (target, each)
        for target, each in zip(TARGETS[name], logged, strict=True)
        if target is not None and target not in (*each.targets, *each.paths)
    ]
    assert missing == []


@pytest.mark.parametrize("name", TARGETS)
def test_the_time_of_each_line_is_read(name: str) -> None:
    assert {each.time for each in read(name)[1]} == {NOON}


@pytest.mark.parametrize("name", TARGETS)
def test_no_whole_line_is_taken_for_one_that_was_cut(name: str) -> None:
    assert [each for each in read(name)[1] if each.is_cut] == []


CLIENTS = [
    pytest.param("nginx", b"/au", b"127.0.0.1", id="a user name with a blank stands between client and time"),
    pytest.param("lighttpd", b"/six", b"::1", id="lighttpd's second column is the host"),
    pytest.param("haproxy", b"/six", b"::1", id="HAProxy writes a port after an IPv6 address without brackets"),
    pytest.param("uwsgi", b"/six", b"::1", id="uWSGI names the client after its process"),
    pytest.param("traefik", b"/x3", b"203.0.113.7:1234", id="a port belongs to what the log has"),
    pytest.param("caddy", b"/six", b"::1", id="Caddy nests the client"),
    pytest.param("granian", b"/plain", b"127.0.0.1", id="granian's time comes first"),
    pytest.param("envoy", b"/plain?a=1", None, id="Envoy does not name the peer"),
    pytest.param("traefik", b"/x2", None, id="Traefik has X-Forwarded-For in the place of the peer"),
]


@pytest.mark.parametrize(("name", "target", "peer"), CLIENTS)
def test_the_peer_of_a_line(name: str, target: bytes, peer: bytes | None) -> None:
    assert [each.peer for each in read(name)[1] if target in (*each.targets, *each.paths)] == [peer]


@pytest.mark.parametrize("name", ["nginx", "lighttpd", "haproxy", "gunicorn", "uwsgi", "h2o", "varnish"])
def test_a_unix_sockets_client_is_one_under_each_of_its_names(name: str) -> None:
    unix = [each for each in read(name)[1] if each.targets[-1:] in ([b"/unix"], (b"/unix",))]
    assert [(each.unix, each.peer) for each in unix] == [(True, None)]


@pytest.mark.parametrize("name", ["nginx", "nginx_json", "caddy", "traefik", "haproxy", "envoy", "envoy_json"])
def test_the_forwarded_header_is_read_where_a_line_has_a_place_for_it(name: str) -> None:
    found = [each for each in read(name)[1] if each.forwarded]
    assert {each.has_forwarded for each in found} == {True}
    assert found[0].forwarded == b"203.0.113.7, 198.51.100.2"


@pytest.mark.parametrize(
    "name", ["apache", "lighttpd", "gunicorn", "uwsgi", "h2o", "varnish", "paste", "granian", "squid"]
)
def test_a_line_without_a_place_for_the_forwarded_header_says_so(name: str) -> None:
    assert {(each.forwarded, each.has_forwarded) for each in read(name)[1]} == {(None, False)}


@pytest.mark.parametrize(
    ("name", "agents"),
    [
        ("nginx", [b'a "quoted" b', b'a\\b\\"c\\', b"\xc3\xa9 \xff|{}#"]),
        ("apache", [b'a "quoted" b', b'a\\b\\"c\\', b"\xc3\xa9 \xff|{}#"]),
        ("lighttpd", [b'a "quoted" b', b'a\\b\\"c\\', b"\xc3\xa9 \xff|{}#"]),
        ("haproxy", [b'a\\b\\"c\\', b"\xc3\xa9 \xff|{}#"]),
        ("caddy", [b'a\\b\\"c\\']),
        ("nginx_json", [b'a\\b\\"c\\']),
        ("varnish", [b'a\\b\\"c\\']),
        ("gunicorn", [b'a "quoted" b']),
        ("paste", [b'a "quoted" b']),
        ("npm", [b'pro"be/1']),
    ],
)
def test_a_user_agent_is_as_it_was_sent(name: str, agents: list[bytes]) -> None:
    found = [each.agent for each in read(name)[1]]
    assert [agent for agent in agents if agent not in found] == []
