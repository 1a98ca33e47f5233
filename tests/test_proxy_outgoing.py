"""What goes upstream for a request, and which requests are not forwarded."""

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxying import environ
from xmlrpc_guard.body import RequestError
from xmlrpc_guard.client import TrustedProxies, identify_sender
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.proxy import outgoing
from xmlrpc_guard.proxy.outgoing import Outgoing, prepare
from xmlrpc_guard.testing import SERVERS, TargetRefused, environ_as
from xmlrpc_guard.testing.unix import CONNECTION

PROXY = "10.0.0.5"
STRANGER = "203.0.113.9"


def prepare_from(
    made: WSGIEnvironment, trusted: Iterable[str] = (PROXY, "unix"), header: ForwardedHeader = X_FORWARDED_FOR
) -> Outgoing:
    proxies = TrustedProxies(trusted)
    return prepare(made, identify_sender(made, proxies, header), header)


def prepare_request(**more: Any) -> Outgoing:
    return prepare_from(environ(**more))


def refusal(**more: Any) -> tuple[int, str]:
    with pytest.raises(RequestError) as error:
        prepare_request(**more)
    return error.value.status.value, error.value.problem


TARGETS: list[Any] = [
    pytest.param(
        "/a%2fb/%7E%zz//../?x=%2f&&y#"[:-1],
        "/a%2fb/%7E%zz//../?x=%2f&&y",
        id="an odd target is forwarded byte for byte",
    ),
    pytest.param("//a.example/x", "//a.example/x", id="two slashes begin a path, not a host"),
    pytest.param('/"<>\\^`{|}[]?"<>\\^`{|}[]', '/"<>\\^`{|}[]?"<>\\^`{|}[]', id="what no path should hold but some do"),
    pytest.param("/?", "/?", id="an empty query"),
    pytest.param("http://blog.example/a?b", "/a?b", id="the absolute form: its path"),
    pytest.param("HTTPS://BLOG.example/a", "/a", id="scheme and host have no case"),
    pytest.param("http://blog.example", "/", id="the absolute form without a path"),
    pytest.param(
        "http://blog.example:80/a", "/a", id="the absolute form with the scheme's port, which Host leaves out"
    ),
    pytest.param("https://blog.example:443/a", "/a", id="the absolute form with the port of https"),
    pytest.param("http://blog.example:/a", "/a", id="the absolute form with an empty port"),
]


@pytest.mark.parametrize(("raw", "target"), TARGETS)
@pytest.mark.parametrize("key", ["RAW_URI", "REQUEST_URI"])
def test_the_target_goes_on_as_the_server_received_it(key: str, raw: str, target: str) -> None:
    made = environ()
    del made["RAW_URI"]
    made[key] = raw
    assert prepare_from(made).target == target


BAD_TARGETS: list[Any] = [
    pytest.param("*", id="the asterisk form"),
    pytest.param("", id="an empty target"),
    pytest.param("xmlrpc.php", id="a target without a slash"),
    pytest.param("@evil.example/", id="what a client library would take for user information"),
    pytest.param("blog.example:80", id="the authority form"),
    pytest.param("/a#b", id="a fragment"),
    pytest.param("/a b", id="a space"),
    pytest.param("/a\tb", id="a tab"),
    pytest.param("/a\r\nX: y", id="a line end"),
    pytest.param("/a\x00", id="NUL"),
    pytest.param("/a\x7f", id="DEL"),
    pytest.param("/\xe4", id="a byte that is not ASCII"),
    pytest.param("/\u2028", id="a character that is not a byte"),
    pytest.param("ftp://blog.example/a", id="https in the absolute form"),
    pytest.param("http:/a", id="a scheme without a host"),
    pytest.param("http://evil.example/a", id="another host"),
    pytest.param("http://blog.example:8080/a", id="a port that Host does not name"),
    pytest.param("http://blog.example:443/a", id="the port of another scheme"),
    pytest.param("https://blog.example:80/a", id="the port of http in a target of https"),
    pytest.param("http://blog.example:80:80/a", id="two ports"),
    pytest.param("http://:80/a", id="a port alone"),
    pytest.param("http://user@blog.example/a", id="user information"),
    pytest.param("http://blog.example?b", id="a query without a path"),
    pytest.param("http://blog.example/a#b", id="a fragment in the absolute form"),
    pytest.param("http://blog.example/a\n", id="a line end in the absolute form"),
]


@pytest.mark.parametrize("raw", BAD_TARGETS)
def test_a_target_that_is_not_a_plain_path_is_not_forwarded(raw: str) -> None:
    assert refusal(RAW_URI=raw)[0] == 400


SAME_HOSTS: list[Any] = [
    pytest.param(
        "http://blog.example/a", "blog.example:80", True, id="Host names the scheme's port, the target does not"
    ),
    pytest.param("http://blog.example/a", "blog.example:", True, id="Host has an empty port"),
    pytest.param("http://blog.example:8080/a", "BLOG.example:8080", True, id="a target and a Host of one port"),
    pytest.param("https://blog.example/a", "blog.example:80", False, id="Host names the port of another scheme"),
    pytest.param("http://[2001:db8::1]:80/a", "[2001:DB8::1]", True, id="an IPv6 address, and the scheme's port"),
    pytest.param("http://[2001:db8::1]/a", "[2001:db8::1]:80", True, id="an IPv6 address, and the port in Host"),
    pytest.param("http://[2001:db8::1]/a", "[2001:db8::1:80]", False, id="another IPv6 address"),
    pytest.param(
        "http://[2001:db8::80]/a", "[2001:db8:]:80", False, id="the last part of an IPv6 address is not a port"
    ),
]


@pytest.mark.parametrize(("raw", "host", "same"), SAME_HOSTS)
def test_the_absolute_form_names_the_host_of_the_host_field(raw: str, host: str, same: bool) -> None:
    if same:
        request = prepare_request(RAW_URI=raw, HTTP_HOST=host)
        assert (request.target, request.host) == ("/a", host)
    else:
        assert refusal(RAW_URI=raw, HTTP_HOST=host) == (400, "the target names another host than Host does")


@pytest.mark.parametrize("raw", ["*", "http://blog.example", "HTTP://blog.example:80"])
def test_options_may_be_about_the_server(raw: str) -> None:
    assert prepare_request(REQUEST_METHOD="OPTIONS", RAW_URI=raw).target == "*"
    assert refusal(REQUEST_METHOD="OPTIONS", RAW_URI=raw, HTTP_HOST="")[0] == 400


UNDECODED = "the server keeps no raw target, and leaves escapes in PATH_INFO (or the path has two layers)"
NOT_UTF8 = "the server keeps no raw target, and its PATH_INFO is not the UTF-8 that was sent"
UNICODE = "PATH_INFO is Unicode text: the server breaks PEP 3333"

# Where a server keeps no raw target: its PATH_INFO, what is wrong with it, and whether a known server may give it.
REWRITTEN: list[Any] = [
    pytest.param("/a%20b", UNDECODED, True, id="falcorn, socketify: /a%20b as it was sent"),
    pytest.param("/caf%C3%A9/", UNDECODED, True, id="falcorn, socketify: a permalink as it was sent"),
    pytest.param("/a b%2fc", UNDECODED, True, id="fastpysgi: a slash stays escaped"),
    pytest.param("/\xe4", NOT_UTF8, True, id="fastpysgi, caddysnake: text of letters below U+0100; or the byte E4"),
    pytest.param("/\u20ac", UNICODE, False, id="fastpysgi, caddysnake: text of other letters"),
    pytest.param("/a\xe4\u20ac%20", UNICODE, False, id="all of these"),
    pytest.param("/\xef\xbf\xbd", NOT_UTF8, True, id="hypercorn, a2wsgi, netius: U+FFFD for the byte E4"),
    pytest.param("/\xc3", NOT_UTF8, True, id="half a character"),
]


@pytest.mark.parametrize(("path", "problem", "known"), REWRITTEN)
def test_a_path_from_which_the_target_cannot_be_made_again_is_not_forwarded(
    path: str, problem: str, known: bool
) -> None:
    made = environ(PATH_INFO=path)
    assert prepare_from({**made, "RAW_URI": "/a%20b"}).target == "/a%20b"
    del made["RAW_URI"]
    with pytest.raises(RequestError) as error:
        prepare_from(made)
    assert (error.value.status.value, error.value.problem) == (400, problem)
    made["SERVER_SOFTWARE"] = "Granian"
    if known:
        assert prepare_from(made).target == quote(path.encode("latin-1"))


QUOTED: list[Any] = [
    pytest.param("", "/a/b", "", "/a/b", id="a plain path"),
    pytest.param("", "", "", "/", id="an empty path"),
    pytest.param("/blog", "/a", "x=%zz", "/blog/a?x=%zz", id="a mounted path with a query that is not decoded"),
    pytest.param("", "/\xc3\xa4 #?%\x00", "", "/%C3%A4%20%23%3F%25%00", id="bytes that must be quoted"),
    pytest.param("", "/:@!$&'()*+,;=-._~", "", "/:@!$&'()*+,;=-._~", id="characters that need no quoting"),
    pytest.param("", "/100%/%zz/%4", "", "/100%25/%25zz/%254", id="percent signs that begin no escape"),
    pytest.param("", "http://blog.example/a", "b", "/a?b", id="a whole URL, as wsgiref leaves it there"),
]


@pytest.mark.parametrize(("script", "path", "query", "target"), QUOTED)
def test_where_a_server_keeps_no_target_the_path_is_quoted(script: str, path: str, query: str, target: str) -> None:
    made = environ(SCRIPT_NAME=script, PATH_INFO=path, QUERY_STRING=query)
    del made["RAW_URI"]
    assert prepare_from(made).target == target


@given(
    server=st.sampled_from(sorted(SERVERS)),
    target=st.text(st.characters(max_codepoint=255), max_size=40).map("/".__add__),
)
def test_any_target_is_forwarded_whole_or_not_at_all(server: str, target: str) -> None:
    try:
        made = environ_as(server, target, headers={"Host": "blog.example"})
        forwarded = prepare_from(made).target
    except (RequestError, TargetRefused):
        return
    assert forwarded.startswith("/")
    assert all("!" <= char <= "~" and char != "#" for char in forwarded)
    assert SERVERS[server].raw_key is None or forwarded == target


HOSTS: list[Any] = [
    pytest.param({"HTTP_HOST": "Blog.Example:8080"}, "Blog.Example:8080", id="a name with capitals and a port"),
    pytest.param({"HTTP_HOST": "[2001:db8::1]:80"}, "[2001:db8::1]:80", id="an IPv6 address"),
    pytest.param({"HTTP_HOST": "a_b.example"}, "a_b.example", id="an underscore, which browsers send"),
    pytest.param(
        {"HTTP_HOST": "", "SERVER_PROTOCOL": "HTTP/1.0"}, "server:8000", id="HTTP/1.0 without Host: the server's name"
    ),
    pytest.param(
        {"HTTP_HOST": "", "SERVER_PROTOCOL": "HTTP/1.0", "SERVER_NAME": "/run/gunicorn.sock", "SERVER_PORT": ""},
        "localhost",
        id="HTTP/1.0 on a unix socket, where the server has no name",
    ),
]


@pytest.mark.parametrize(("more", "host"), HOSTS)
def test_host_goes_on_first_and_unchanged(more: dict[str, Any], host: str) -> None:
    assert prepare_request(**more).fields[0] == ("Host", host)


@pytest.mark.parametrize(
    "host",
    ["", "a,b", "a b", "a/b", "user@a", "a:b", "a:80:80", "[::1", "::1", "a\r\nX: y", "a\n", "\xe4", "[fe80::1%25lo]"],
)
def test_a_malformed_host_is_not_forwarded(host: str) -> None:
    assert refusal(HTTP_HOST=host) == (400, "Host is missing or malformed")


HEADERS: list[Any] = [
    pytest.param({"HTTP_ACCEPT": "a;q=0.1,  b"}, [("Accept", "a;q=0.1,  b")], id="a value is not touched"),
    pytest.param({"HTTP_X_EMPTY": ""}, [("X-Empty", "")], id="an empty value is forwarded"),
    pytest.param({"HTTP_COOKIE": "\xe4=\t1"}, [("Cookie", "\xe4=\t1")], id="bytes beyond ASCII, and a tab"),
    pytest.param({"CONTENT_TYPE": "text/xml"}, [("Content-Type", "text/xml")], id="Content-Type, as CGI names it"),
    pytest.param(
        {"HTTP_CONTENT_TYPE": "text/xml", "CONTENT_TYPE": ""}, [], id="a second spelling of Content-Type is dropped"
    ),
    pytest.param({"HTTP_PROXY": "http://evil"}, [], id="Proxy, which is a trap for PHP"),
    pytest.param({"HTTP_EXPECT": "100-Continue"}, [], id="Expect is answered by the server"),
    pytest.param({"HTTP_AUTHORIZATION": "Basic x"}, [("Authorization", "Basic x")], id="Authorization goes on"),
    pytest.param(
        dict.fromkeys(
            (
                *("HTTP_KEEP_ALIVE", "HTTP_PROXY_CONNECTION", "HTTP_TE", "HTTP_TRAILER", "HTTP_UPGRADE"),
                *("HTTP_PROXY_AUTHORIZATION", "HTTP_PROXY_AUTHENTICATE", "HTTP_HTTP2_SETTINGS"),
            ),
            "x",
        ),
        [],
        id="fields of this hop are not passed on",
    ),
    pytest.param(
        {"HTTP_CONNECTION": "close, X-A ,\tx-b", "HTTP_X_A": "1", "HTTP_X_B": "2", "HTTP_X_C": "3"},
        [("X-C", "3")],
        id="fields that Connection names are not passed on",
    ),
    pytest.param(
        {"HTTP_CONNECTION": "Content-Type, host, x-forwarded-for, X-Forwarded-Port, via", "CONTENT_TYPE": "a/b"},
        [("Content-Type", "a/b")],
        id="Connection cannot name a field that frames or addresses the request",
    ),
]


@pytest.mark.parametrize(("more", "fields"), HEADERS)
def test_header_fields_go_on(more: dict[str, Any], fields: list[tuple[str, str]]) -> None:
    ours = ["Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Via"]
    names = [name for name, _ in prepare_request(**more).fields]
    assert names[: len(ours)] == ours
    assert prepare_request(**more).fields[len(ours) :] == fields


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("HTTP_X_A", "a\r\nX: y", id="a line end in a value"),
        pytest.param("HTTP_X_A", "a\n", id="a line end at the end of a value"),
        pytest.param("HTTP_X_A", "\x00", id="NUL in a value"),
        pytest.param("HTTP_X_A", "\u20ac", id="a character that is not a byte"),
        pytest.param("HTTP_X A", "a", id="a space in a name"),
        pytest.param("HTTP_TRANSFER_ENCODING ", "chunked", id="a space before the colon, as wsgiref leaves it"),
        pytest.param("HTTP_X:A", "a", id="a colon in a name"),
        pytest.param("HTTP_", "a", id="an empty name"),
        pytest.param("HTTP_\xc4", "a", id="a name beyond ASCII"),
        pytest.param("CONTENT_TYPE", "a\n", id="a line end in Content-Type"),
        pytest.param("HTTP_VIA", "a\n", id="a line end in Via"),
        pytest.param("SERVER_PROTOCOL", "a\n", id="a line end in the version, which Via shows"),
    ],
)
def test_a_field_that_could_be_read_as_another_is_not_forwarded(key: str, value: str) -> None:
    assert refusal(**{key: value})[0] == 400


COOKIES: list[Any] = [
    pytest.param(
        {"SERVER_SOFTWARE": "waitress"}, "a=1; b=2, c=3, d=", "a=1; b=2; c=3; d=", id="lines that waitress joined"
    ),
    pytest.param({"uwsgi.version": b"2.0.31"}, "a=1, b=2; c=3", "a=1; b=2; c=3", id="lines that uWSGI joined"),
    pytest.param({"SERVER_SOFTWARE": "waitress"}, "a=1,b=2", "a=1,b=2", id="a comma in a value"),
    pytest.param({"SERVER_SOFTWARE": "waitress"}, "a=Thu, 1 Jan; b=2", "a=Thu, 1 Jan; b=2", id="a date"),
    pytest.param({"SERVER_SOFTWARE": "waitress"}, 'a={"b": 1, "c=": 2}', 'a={"b": 1, "c=": 2}', id="JSON"),
    pytest.param({"SERVER_SOFTWARE": "waitress"}, "a=1, =2", "a=1, =2", id="no name after the comma"),
    pytest.param({"SERVER_SOFTWARE": "gunicorn/27"}, "a=1, b=2", "a=1, b=2", id="a server that joins by a comma alone"),
    pytest.param({}, "a=1, b=2", "a=1, b=2", id="a server that is not known"),
]


@pytest.mark.parametrize(("more", "came", "goes"), COOKIES)
def test_lines_of_cookies_that_a_server_joined_are_cookies_again(more: dict[str, Any], came: str, goes: str) -> None:
    assert dict(prepare_request(HTTP_COOKIE=came, HTTP_X_A=came, **more).fields)["Cookie"] == goes
    assert dict(prepare_request(HTTP_COOKIE=came, HTTP_X_A=came, **more).fields)["X-A"] == came


FORGED = {
    "HTTP_X_FORWARDED_FOR": "192.0.64.5",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "outer.example",
    "HTTP_X_FORWARDED_PORT": "8443",
}
OURS = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "blog.example", "X-Forwarded-Port": "80"}
THEIRS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "outer.example", "X-Forwarded-Port": "8443"}

PROVENANCE: list[Any] = [
    pytest.param({}, {"X-Forwarded-For": STRANGER, **OURS}, id="a client that sends no such field"),
    pytest.param(FORGED, {"X-Forwarded-For": STRANGER, **OURS}, id="a stranger's fields are replaced"),
    pytest.param(
        {**FORGED, "REMOTE_ADDR": PROXY},
        {"X-Forwarded-For": f"192.0.64.5, {PROXY}", **THEIRS},
        id="a trusted peer's fields are kept, and its address is appended",
    ),
    pytest.param(
        {"REMOTE_ADDR": PROXY}, {"X-Forwarded-For": PROXY, **OURS}, id="a trusted peer that sends no such field"
    ),
    pytest.param(
        {"REMOTE_ADDR": f"::FFFF:{PROXY}", "HTTP_X_FORWARDED_FOR": " evil\t"},
        {"X-Forwarded-For": f"evil, {PROXY}", **OURS},
        id="a trusted peer's list is not judged; its address is written canonically",
    ),
    pytest.param(
        {**FORGED, "REMOTE_ADDR": "", "gunicorn.socket": CONNECTION},
        {"X-Forwarded-For": "192.0.64.5", **THEIRS},
        id="a trusted socket has no address to append",
    ),
    pytest.param(
        {"REMOTE_ADDR": "localhost", "gunicorn.socket": CONNECTION},
        OURS,
        id="a trusted socket that sends no such field: no X-Forwarded-For",
    ),
    pytest.param({**FORGED, "REMOTE_ADDR": "a name"}, OURS, id="a peer that is not an address is a stranger"),
    pytest.param(
        {"wsgi.url_scheme": "https"},
        {
            "X-Forwarded-For": STRANGER,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "blog.example",
            "X-Forwarded-Port": "443",
        },
        id="TLS that ended here",
    ),
]


@pytest.mark.parametrize(("more", "fields"), PROVENANCE)
def test_the_fields_about_the_client(more: dict[str, Any], fields: dict[str, Any]) -> None:
    assert {name: value for name, value in prepare_request(**more).fields if name.startswith("X-Forwarded")} == fields


def public_address(**more: Any) -> tuple[str, str, str]:
    fields = dict(prepare_request(**more).fields)
    return fields["X-Forwarded-Proto"], fields["X-Forwarded-Host"], fields["X-Forwarded-Port"]


def proxied(**values: str) -> dict[str, str]:
    """Name fields of a trusted peer's: ``proto="https"`` is X-Forwarded-Proto."""
    return {"REMOTE_ADDR": PROXY, **{f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in values.items()}}


PUBLIC: list[Any] = [
    pytest.param(proxied(proto="https"), "https blog.example 443", id="the port is the scheme's if none is named"),
    pytest.param({"HTTP_HOST": "blog.example:8080"}, "http blog.example:8080 8080", id="Host may name a port"),
    pytest.param({"HTTP_HOST": "[2001:db8::1]"}, "http [2001:db8::1] 80", id="an IPv6 address is not a port"),
    pytest.param({"HTTP_HOST": "[2001:db8::1]:81"}, "http [2001:db8::1]:81 81", id="an IPv6 address and a port"),
    pytest.param({"HTTP_HOST": "blog.example:"}, "http blog.example: 80", id="a colon without a port names none"),
    pytest.param({"HTTP_HOST": "blog.example:99999"}, "http blog.example:99999 80", id="a port that is out of range"),
    pytest.param(
        {**proxied(host="outer.example:8443"), "HTTP_HOST": "inner:8080"},
        "http outer.example:8443 8443",
        id="the public host's port, not that of the host between two proxies",
    ),
    pytest.param(proxied(port="8443"), "http blog.example 8443", id="a trusted peer's port needs no other field"),
    pytest.param(proxied(port="08443"), "http blog.example 8443", id="a port has one spelling"),
    *(
        pytest.param(proxied(proto="https", port=port), "https blog.example 443", id=f"{port!r} is not a port")
        for port in ("", "0", "65536", "99999999", "-1", "+443", "4 43", "0x1bb", "\u0664\u0664", "x", "8443;")
    ),
    pytest.param(proxied(proto="https,http"), "https blog.example 443", id="two lines: the outermost proxy's scheme"),
    pytest.param(proxied(proto="https, http, http"), "https blog.example 443", id="a list of schemes"),
    pytest.param(proxied(proto=" ,\thttps ,http"), "https blog.example 443", id="empty elements do not count"),
    pytest.param(proxied(proto="http,https"), "http blog.example 80", id="a site on http whose proxies speak TLS"),
    pytest.param(proxied(proto="HTTPS"), "https blog.example 443", id="a scheme has no case, but PHP compares it"),
    pytest.param(proxied(proto="httpshttp"), "http blog.example 80", id="lines that a server runs together"),
    pytest.param(proxied(proto="evil"), "http blog.example 80", id="what is not a scheme"),
    pytest.param(
        {**proxied(proto="evil"), "wsgi.url_scheme": "https"},
        "https blog.example 443",
        id="what is not a scheme, where TLS ends here",
    ),
    pytest.param(proxied(port="8443, 80"), "http blog.example 8443", id="a list of ports"),
    pytest.param(proxied(port="evil, 8443"), "http blog.example 80", id="a list that begins with what is not a port"),
    pytest.param(proxied(host="outer.example, a, b"), "http outer.example 80", id="a list of hosts"),
    pytest.param(
        proxied(host="evil.example, BLOG.example, inner"),
        "http blog.example 80",
        id="Host is among the hosts: a client can write the first where a proxy only adds",
    ),
    pytest.param(proxied(host="evil.example/x"), "http blog.example 80", id="what is not a host"),
    pytest.param(proxied(host="a b, c"), "http blog.example 80", id="a list that begins with what is not a host"),
    pytest.param(
        {"HTTP_X.FORWARDED.PORT": "1", "HTTP_X_FORWARDED.PORT": "1", "HTTP_X_FORWARDED_PORT": "1"},
        "http blog.example 80",
        id="a stranger's port, in any spelling",
    ),
]


@pytest.mark.parametrize(("more", "address"), PUBLIC)
def test_the_public_address_is_one_value_each(more: dict[str, Any], address: str) -> None:
    assert " ".join(public_address(**more)) == address


@pytest.mark.parametrize("peer", [PROXY, STRANGER])
@pytest.mark.parametrize("word", ["FOR", "PROTO", "HOST", "PORT"])
def test_no_twin_of_these_fields_goes_on(word: str, peer: str) -> None:
    twins = [f"HTTP_X{first}FORWARDED{second}{word}" for first in "_.!~" for second in "_.!~"]
    names = [name for name, _ in prepare_request(REMOTE_ADDR=peer, **dict.fromkeys(twins, "1")).fields]
    assert [name for name in names if name.startswith("X")] == [
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
    ]


NAMED = {"HTTP_X_REAL_IP": "192.0.64.5", "HTTP_FORWARDED": "for=192.0.64.6, for=192.0.64.7", **FORGED}


@pytest.mark.parametrize(
    ("header", "more", "fields"),
    [
        pytest.param(
            "Forwarded",
            {**NAMED, "REMOTE_ADDR": PROXY},
            {
                "X-Forwarded-For": f"192.0.64.7, {PROXY}",
                "X-Real-Ip": "192.0.64.5",
                "Forwarded": NAMED["HTTP_FORWARDED"],
            },
            id="a trusted peer names the client in Forwarded",
        ),
        pytest.param(
            "X-Real-IP",
            {**NAMED, "REMOTE_ADDR": PROXY, "HTTP_X_REAL_IP": "evil"},
            {"X-Forwarded-For": f"unknown, {PROXY}", "X-Real-Ip": "evil", "Forwarded": NAMED["HTTP_FORWARDED"]},
            id="a trusted peer names no address in X-Real-IP",
        ),
        pytest.param(
            "X-Real-IP",
            NAMED,
            {"X-Forwarded-For": STRANGER, "Forwarded": NAMED["HTTP_FORWARDED"]},
            id="a stranger's X-Real-IP does not arrive",
        ),
    ],
)
def test_the_fields_about_the_client_where_x_forwarded_for_is_not_read(
    header: str, more: dict[str, Any], fields: dict[str, Any]
) -> None:
    made = dict(prepare_from(environ(**more), [PROXY], ForwardedHeader(header)).fields)
    assert {name: made[name] for name in ("X-Forwarded-For", "X-Real-Ip", "Forwarded") if name in made} == fields


@pytest.mark.parametrize(
    "key", ["HTTP_X.FORWARDED.FOR", "HTTP_X_FORWARDED.FOR", "HTTP_X!FORWARDED!FOR", "HTTP_X.REAL.IP", "HTTP_x_real_ip"]
)
def test_a_strangers_value_does_not_arrive_by_a_name_that_servers_fold(key: str) -> None:
    made = {**environ(), key: "192.0.64.5"}
    fields = prepare_from(made, [PROXY], ForwardedHeader("X-Real-IP")).fields
    assert "192.0.64.5" not in dict(fields).values()


@pytest.mark.parametrize(
    ("peer", "arrives"),
    [(PROXY, True), (STRANGER, False)],
    ids=["a trusted proxy's X-Real-IP stays", "a stranger's X-Real-IP does not arrive"],
)
def test_connection_cannot_take_away_the_header_that_is_read(peer: str, arrives: bool) -> None:
    made = environ(REMOTE_ADDR=peer, HTTP_X_REAL_IP="192.0.64.5", HTTP_CONNECTION="close, X-Real-IP")
    fields = prepare_from(made, [PROXY], ForwardedHeader("X-Real-IP")).fields
    assert ("X-Real-Ip" in dict(fields)) is arrives


@pytest.mark.parametrize(
    ("more", "via"),
    [
        pytest.param({}, "1.1 xmlrpc_guard", id="a request without Via"),
        pytest.param({"HTTP_VIA": "1.0 a"}, "1.0 a, 1.1 xmlrpc_guard", id="a request with Via of an earlier proxy"),
        pytest.param({"SERVER_PROTOCOL": "HTTP/1.0"}, "1.0 xmlrpc_guard", id="a request in HTTP/1.0"),
        pytest.param({"SERVER_PROTOCOL": ""}, "1.1 xmlrpc_guard", id="a server that does not give the version"),
    ],
)
def test_via_is_added(more: dict[str, Any], via: str) -> None:
    assert dict(prepare_request(**more).fields)["Via"] == via


BODIES: list[Any] = [
    pytest.param({}, 0, [], id="no body"),
    pytest.param({"CONTENT_LENGTH": ""}, 0, [], id="an empty CONTENT_LENGTH, as PEP 3333 allows"),
    pytest.param({"CONTENT_LENGTH": "0"}, 0, [("Content-Length", "0")], id="a CONTENT_LENGTH of 0"),
    pytest.param({"CONTENT_LENGTH": "007"}, 7, [("Content-Length", "7")], id="a length, in one spelling"),
    pytest.param(
        {"CONTENT_LENGTH": "7", "HTTP_CONTENT_LENGTH": "7"},
        7,
        [("Content-Length", "7")],
        id="a length that the server passes twice",
    ),
    pytest.param(
        {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input_terminated": True},
        None,
        [("Transfer-Encoding", "chunked")],
        id="chunks, where the server decodes them",
    ),
    pytest.param(
        {"SERVER_PROTOCOL": "HTTP/2", "wsgi.input_terminated": True},
        None,
        [("Transfer-Encoding", "chunked")],
        id="HTTP/2, where a body need not be announced",
    ),
    pytest.param(
        {"SERVER_PROTOCOL": "HTTP/2", "wsgi.input_terminated": True, "CONTENT_LENGTH": "7"},
        7,
        [("Content-Length", "7")],
        id="HTTP/2, with a length",
    ),
    pytest.param(
        {"SERVER_PROTOCOL": "HTTP/2", "wsgi.input": io.BytesIO(b"<x/>")},
        4,
        [("Content-Length", "4")],
        id="HTTP/2, where the server has the whole body but announces nothing",
    ),
]


@pytest.mark.parametrize(("more", "length", "fields"), BODIES)
def test_where_the_body_ends(more: dict[str, Any], length: int | None, fields: list[tuple[str, str]]) -> None:
    request = prepare_request(REQUEST_METHOD="POST", **more)
    framing = [field for field in request.fields if field[0] in ("Content-Length", "Transfer-Encoding")]
    assert (request.length, framing) == (length, fields)


MEASURED: list[Any] = [
    pytest.param("POST", 2, ["2"], True, id="chunks that are all there get a length"),
    pytest.param("POST", 0, ["0"], True, id="no chunk in a POST"),
    pytest.param("GET", 0, [], True, id="no chunk in a GET"),
    pytest.param("GET", 2, ["2"], True, id="chunks in a GET"),
    pytest.param("POST", 2, ["7"], False, id="a length that was known stays"),
]


@pytest.mark.parametrize(("method", "length", "lengths", "chunked"), MEASURED)
def test_a_body_that_is_there_has_a_length(method: str, length: int, lengths: list[str], chunked: bool) -> None:
    request = prepare_request(REQUEST_METHOD=method, **CHUNKED if chunked else {"CONTENT_LENGTH": "7"}).with_length(
        length
    )
    assert [value for name, value in request.fields if name == "Content-Length"] == lengths
    assert request.length == int(lengths[0] if lengths else 0)
    assert "Transfer-Encoding" not in dict(request.fields)


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

BAD_REQUESTS: list[Any] = [
    pytest.param({"CONTENT_LENGTH": "-1"}, 400, id="a body whose end is in doubt"),
    pytest.param({"HTTP_TRANSFER_ENCODING": "chunked"}, 411, id="chunks that the server leaves in the body"),
    pytest.param({"HTTP_EXPECT": "a-miracle"}, 417, id="an expectation that cannot be met"),
    pytest.param({"HTTP_VIA": "1.1 xmlrpc_guard, " * 5}, 508, id="a loop"),
    pytest.param({"REQUEST_METHOD": "CONNECT"}, 501, id="a tunnel"),
    pytest.param({"REQUEST_METHOD": "GET /\r\nX:"}, 400, id="a method with more text after it"),
    pytest.param({"REQUEST_METHOD": ""}, 400, id="no method"),
]


@pytest.mark.parametrize(("more", "status"), BAD_REQUESTS)
def test_a_request_that_two_servers_could_read_differently_is_not_forwarded(more: dict[str, Any], status: int) -> None:
    assert refusal(**more)[0] == status


@pytest.mark.parametrize(
    ("more", "repeatable"),
    [
        pytest.param({"REQUEST_METHOD": "GET"}, True, id="GET"),
        pytest.param({"REQUEST_METHOD": "HEAD"}, True, id="HEAD"),
        pytest.param({"REQUEST_METHOD": "POST"}, False, id="POST"),
        pytest.param({"REQUEST_METHOD": "PUT"}, False, id="PUT is idempotent, but what changes things is sent once"),
        pytest.param({"REQUEST_METHOD": "get"}, False, id="get in small letters is not GET"),
        pytest.param({"CONTENT_LENGTH": "1"}, False, id="a GET whose body is read only once"),
        pytest.param(CHUNKED, False, id="a GET whose body comes in chunks"),
    ],
)
def test_what_may_be_sent_twice(more: dict[str, Any], repeatable: bool) -> None:
    assert prepare_request(**more).repeatable is repeatable


KEYS = {"HTTP_TE": "", "HTTP_X_A": "X-A", "HTTP_X-A": "X-A", "HTTP_PROXY": "", "HTTP_KEEP_ALIVE": "", "X_A": ""}


@given(st.lists(st.sampled_from([*KEYS]), unique=True))
def test_which_fields_go_on_does_not_depend_on_what_came_before(keys: list[str]) -> None:
    fields = prepare_request(**dict.fromkeys(keys, "a")).fields
    assert [name for name, value in fields if value == "a"] == [*filter(None, map(KEYS.__getitem__, keys))]


def test_no_more_names_are_remembered_than_a_site_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_MOST_NAMES", 20)
    outgoing.names_without.cache_clear()
    for number in range(50):
        assert (f"X-{number}", "a") in prepare_request(**{f"HTTP_X_{number}": "a"}).fields
    assert 0 < len(outgoing.names_without(X_FORWARDED_FOR.key)) <= 20
