"""Single lines that naive readers get wrong: what is before the time, what is cut, what two writers ran into one."""

import json
from typing import Any

import pytest

from tests.frontends import ROOT
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.logs import LogReader
from xmlrpc_guard.logs.formats import NAMES
from xmlrpc_guard.logs.logged import NOT_LOGGED, Logged
from xmlrpc_guard.logs.times import read_time

TIME = b"[29/Nov/2026:11:00:00 +0000]"
BUNNY = b"MISS|200|1795950000123|370|1234567|203.0.113.9|https://b.example/|https://a.example/%b|6f96|DE"
TAIL = TIME + b' "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "probe/1"'


def read(line: bytes, format_: str = "auto", header: str = "X-Forwarded-For") -> tuple[Logged, ...]:
    return LogReader(format_, [line], header).read(line)


def read_one(line: bytes, format_: str = "auto", header: str = "X-Forwarded-For") -> Logged:
    (logged,) = read(line, format_, header)
    return logged


PREFIXES: list[Any] = [
    pytest.param(b"203.0.113.9 - - ", b"203.0.113.9", id="a client"),
    pytest.param(b"203.0.113.9 - a b c ", b"203.0.113.9", id="a user name with blanks"),
    pytest.param(b"203.0.113.9 - [x] ", b"203.0.113.9", id="a user name in brackets"),
    pytest.param(b"203.0.113.9 - 10.0.0.1 ", b"203.0.113.9", id="a user name that is an address"),
    pytest.param(b"[2001:db8::9]:4711 - - ", b"[2001:db8::9]:4711", id="brackets and a port"),
    pytest.param(b"example.org:443 203.0.113.9 - - ", b"203.0.113.9", id="a virtual host with its port first"),
    pytest.param(b"203.0.113.9 192.0.2.1 - ", b"203.0.113.9", id="lighttpd: a host that is an address second"),
    pytest.param(b"192.0.2.1 203.0.113.9 - - ", None, id="two addresses, of which either may be the client"),
    pytest.param(b"<134>Nov 29 11:00:00 192.0.2.1 nginx: 203.0.113.9 - - ", b"203.0.113.9", id="syslog of an address"),
    pytest.param(b"Nov  9 11:00:00 web nginx[7]: 203.0.113.9 - - ", b"203.0.113.9", id="syslog with a process"),
    pytest.param(
        b"<174>1 2026-11-29T11:00:00.1+00:00 192.0.2.1 nginx - - - 203.0.113.9 - a ", b"203.0.113.9", id="RFC 5424"
    ),
    pytest.param(
        b'<174>1 2026-11-29T11:00:00Z web nginx 7 access [a b="c"] 203.0.113.9 - - ', b"203.0.113.9", id="its data"
    ),
    pytest.param(b"2026-11-29T11:00:00.1Z stdout F 203.0.113.9 - - ", b"203.0.113.9", id="a container runtime"),
    pytest.param(b"web_1  | 203.0.113.9 - - ", b"203.0.113.9", id="docker compose"),
    pytest.param(b"web.0 nginx: 203.0.113.9 - - ", b"203.0.113.9", id="journald's host and program"),
    pytest.param(
        b"203.0.113.9 evil: 192.0.64.7 ", b"203.0.113.9", id="lighttpd: a client's Host that looks like a program"
    ),
    pytest.param(b'"203.0.113.9 - - ', b"203.0.113.9", id="a quote before the whole line"),
    pytest.param(b'"203.0.113.9" - - ', b"203.0.113.9", id="Twisted: quotes around the address"),
    pytest.param(b"host.example - - ", b"host.example", id="a host name, which is no address"),
    pytest.param(b"- - - ", None, id="Varnish has no client of a bad request"),
    pytest.param(b"\xef\xbb\xbf203.0.113.9 - - ", b"203.0.113.9", id="a byte order mark before the first line"),
    pytest.param(b"\0\0" + b"203.0.113.9 - - ", b"203.0.113.9", id="NULs that a rotation left"),
]


@pytest.mark.parametrize(("prefix", "peer"), PREFIXES)
def test_who_stands_before_the_time(prefix: bytes, peer: bytes | None) -> None:
    logged = read_one(prefix + TAIL)
    assert (logged.peer, logged.unix, logged.targets) == (peer, False, (b"/xmlrpc.php",))


ODD: list[Any] = [
    pytest.param(b'203.0.113.9 - - [29/Nov/2026] "POST /xmlrpc.php HTTP/1.1" 200 5', None, id="a day without a time"),
    pytest.param(
        b'203.0.113.9 - - [9/Nov/2026:11:00:00.5 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5', 1794222000, id="one digit"
    ),
    pytest.param(
        b'203.0.113.9 - - [29/Aug/2023 22:02:58] "POST /xmlrpc.php HTTP/1.1" 200 -', 1693346578, id="Werkzeug's time"
    ),
    pytest.param(
        b'203.0.113.9 - - [2026-11-29T12:00:00+01:00] "POST /xmlrpc.php HTTP/1.1" 200 5', 1795950000, id="ISO 8601"
    ),
    pytest.param(
        b'[29/Nov/2026:11:00:00 +0000] 203.0.113.9 1.3 - a.example "POST /xmlrpc.php HTTP/1.1" 200 5',
        1795950000,
        id="the time first",
    ),
    pytest.param(b'203.0.113.9 - - "POST /xmlrpc.php HTTP/1.1" 200 5', None, id="no time at all"),
    pytest.param(b"203.0.113.9 " + TAIL, 1795950000, id="no columns between client and time"),
    pytest.param(b"203.0.113.9 - - " + TAIL + b"\r\n", 1795950000, id="a line that Windows ended"),
    pytest.param(b"203.0.113.9 - - " + TAIL[:-10], 1795950000, id="cut within the user agent"),
    pytest.param(b"203.0.113.9 - - " + TAIL[: -len(b' 370 "-" "probe/1"')], 1795950000, id="no size"),
]


@pytest.mark.parametrize(("line", "time"), ODD)
def test_an_odd_line_gives_its_request(line: bytes, time: int | None) -> None:
    logged = read_one(line)
    assert (logged.peer, logged.targets, logged.status, logged.time, logged.is_cut) == (
        *(b"203.0.113.9", (b"/xmlrpc.php",)),
        *(200, time, False),
    )


CUT: list[Any] = [
    pytest.param(b'203.0.113.9 - - %b "GET /aaa" 414 177 "-" "-"' % TIME, b"/aaa", id="nginx cut it at 8 KiB"),
    pytest.param(b'203.0.113.9 - - %b "GET /aaa' % TIME, b"/aaa", id="the file ends within the request"),
    pytest.param(
        b'203.0.113.9 - - %b "GET http://a.example/%b HTTP/1.1" 200 5 "-" "-"' % (TIME, b"a" * 254),
        b"/" + b"a" * 254,
        id="as long as what Varnish cuts without a trace",
    ),
    pytest.param(
        b'::1:4 [29/Nov/2026:11:00:00.123] f1 b/s 0/0/0/7/7 200 51 - - ---- 1/1/0/0/0 0/0 "GET /aaa',
        b"/aaa",
        id="HAProxy cut the message",
    ),
    pytest.param(
        b"[pid: 1|app: 0|req: 5/5] ::1 () {2 vars in 25 bytes} [Sun Nov 29 11:00:00 2026] GET /aaa "
        b"=> generated 2 bytes in 0 msecs ( 200) 2 headers in 68 bytes",
        b"/aaa",
        id="uWSGI cut it at a NUL",
    ),
]


@pytest.mark.parametrize(("line", "target"), CUT)
def test_a_target_that_goes_on_is_known_to_be_cut(line: bytes, target: bytes) -> None:
    logged = read_one(line)
    assert (logged.targets[0], logged.is_cut) == (target, True)


HOSTS: list[Any] = [
    pytest.param(b"http://a.example/b?c=/xmlrpc.php", b"/b?c=/xmlrpc.php", id="a path and a query"),
    pytest.param(b"https://[2001:db8::9]:8443", b"/", id="an address with a port, and no path"),
    pytest.param(b"http://a.example*", b"*", id="a target of one star that was put behind the host"),
    pytest.param(
        b"http://a.examplex%3A/b", b"http://a.examplex%3A/b", id="what is no host, so that something else was put there"
    ),
    pytest.param(b"/b", b"/b", id="a path"),
]


@pytest.mark.parametrize(("written", "target"), HOSTS)
def test_the_host_before_a_target_is_no_part_of_it_where_each_line_has_one(written: bytes, target: bytes) -> None:
    line = b'203.0.113.9 - - %b "GET %%b HTTP/1.1" 200 5 "-" "-"' % TIME
    reader = LogReader(
        sample=[line % each for each in (b"http://a.example/", b"http://a.example/b", b"error:invalid-request")]
    )
    assert [each.targets for each in reader.read(line % written)] == [(target,)]


def test_the_host_before_a_target_is_a_part_of_it_where_a_log_has_paths() -> None:
    line = b'203.0.113.9 - - %b "GET %%b HTTP/1.1" 200 5 "-" "-"' % TIME
    reader = LogReader(sample=[line % each for each in (b"http://a.example/", b"http://a.example/", b"/b")])
    assert reader.read(line % b"http://a.example/?b")[0].targets == (b"http://a.example/?b",)


UNREAD: list[Any] = [
    pytest.param(b"", id="a blank line"),
    pytest.param(b"2026/11/29 11:00:00 [error] 7#7: *1 open() failed", id="nginx' error log"),
    pytest.param(b"#Version: 1.0", id="a directive"),
    pytest.param(b"2026-11-29 11:00:00 203.0.113.9 GET", id="columns without a line that names them"),
    pytest.param(b'{"level":"info","logger":"tls"}', id="Caddy's other lines"),
    pytest.param(b'{"request":{"uri":7},"status":', id="JSON that is cut"),
    pytest.param(b"[1, 2]{", id="JSON that is not"),
    pytest.param(b"{" * 5000, id="JSON that only begins"),
    pytest.param((TIME + b' "') * 9, id="more times than two lines have"),
    pytest.param(b"203.0.113.9 - - " + TIME + b' "', id="cut before the request"),
]


@pytest.mark.parametrize("line", UNREAD)
def test_what_is_no_access_line_is_not_read(line: bytes) -> None:
    assert read(line) == ()


def test_two_lines_that_ran_into_one_are_both_read_and_the_second_has_no_client() -> None:
    first = b'203.0.113.9 - - %b "GET /a HTTP/1.1" 200 5 "-" "probe' % TIME
    found = read(first + b"198.51.100.2 - - " + TAIL)
    assert [(each.peer, each.targets) for each in found] == [(b"203.0.113.9", (b"/a",)), (None, (b"/xmlrpc.php",))]


def test_a_line_that_begins_with_a_time_that_no_request_follows_is_read_by_the_next() -> None:
    found = read(b"203.0.113.9 - - " + TIME + b' "GET /a' + b"203.0.113.9 - - " + TAIL)
    assert [(each.peer, each.targets) for each in found] == [(b"203.0.113.9", (b"/xmlrpc.php",))]


def test_a_line_of_a_mebibyte_is_read() -> None:
    target = b"/" + b"a" * (1 << 20)
    logged = read_one(b'203.0.113.9 - - %b "GET %b HTTP/1.1" 414 5 "-" "-"' % (TIME, target))
    assert logged.targets == (target,)


LONG: list[Any] = [
    pytest.param(
        "auto",
        b"x [pid: 1|app: 0|req: 1/1] ::1 () {1 vars in 1 bytes} [x] GET " + b" => generated 1 bytes in 1 msecs (" * 900,
        id="uWSGI",
    ),
    pytest.param('%h %l %u %t "%r"', b"::1 - " + b"[ " * 50_000, id="Apache's brackets"),
    pytest.param('$remote_addr $remote_user [$time_local] "$request"', b"::1 " + b"[ " * 50_000, id="nginx' brackets"),
    pytest.param(
        "$host|$http_a|$http_b|$request_uri|$status", b'"' + b"|/|200" * 16_000 + b'"', id="bars of another format"
    ),
    pytest.param("haproxy", b"a:1 [29/Nov/2026:11:00:00.123] f b/s " * 3_000, id="HAProxy's clients and times"),
    pytest.param("auto", TIME + b' "' + b'a" 20' * 16_000, id="quotes and half a status"),
    pytest.param("bunny", BUNNY[:70] + b"https://a/" + b"|DE" * 30_000, id="Bunny's bars without an end"),
    pytest.param("heroku", b"at=info method=GET path=" + b'"/ host=a=' * 10_000 + b'"', id="Heroku's quotes"),
    pytest.param(
        "envoy", b'[2026-11-29T11:00:00Z] "GET / HTTP/1.1" 200 - ' + b'0 2 0 - "' * 3_000, id="Envoy's numbers"
    ),
    pytest.param("gorouter", b'a - [2026-11-29T11:00:00Z] "' + b"a - [" * 20_000, id="a router's brackets"),
    pytest.param("npm", b"[29/Nov/2026:11:00:00 +0000] " + b"- 200 " * 20_000, id="statuses of many servers"),
    pytest.param("ssl-request", TIME + b' ::1 TLSv1.3 - "' + b'\\"' * 40_000, id="quotes after a backslash"),
]


@pytest.mark.parametrize(("format_", "line"), LONG)
def test_a_long_line_that_nearly_fits_again_and_again_is_not_read(format_: str, line: bytes) -> None:
    assert [logged for logged in read(line, format_) if logged.is_request] == []


PYTHONS: list[Any] = [
    pytest.param(
        '%h:%{remote}p %l %u %t "%m %U %H" %s %b "%{Referer}i" "%{User-Agent}i"',
        b'203.0.113.9:4711 - - [29/Nov/2026:11:00:00 +0000] "POST /a/xmlrpc.php 1.1" 200 370 "-" "probe/1"',
        id="hypercorn, which decodes the path and leaves HTTP/ out",
    ),
    pytest.param(
        '%h:%{remote}p %l %u %t "%m %U" %s %b',
        b'203.0.113.9:4711 - - [29/Nov/2026:11:00:00] "POST /a/xmlrpc.php" 200 370',
        id="daphne, which has no protocol",
    ),
]


@pytest.mark.parametrize(("format_", "line"), PYTHONS)
def test_a_pasted_format_reads_what_servers_of_python_write(format_: str, line: bytes) -> None:
    logged = read_one(line, format_)
    assert (logged.peer, logged.paths, logged.targets, logged.is_cut) == (
        *(b"203.0.113.9", (b"/a/xmlrpc.php",)),
        *((), False),
    )
    assert f"`{format_}`" in (ROOT / "docs/reference/audit.md").read_text("utf-8")


MANY_WAYS: list[Any] = [
    pytest.param("$remote_addr|$host|$request|$status|$http_user_agent", b"::1|" + b"a|" * 20_000, id="bars"),
    pytest.param("%h %l %u %t %r %>s %{User-Agent}i", b"::1 - - [" + b"] [" * 10_000, id="brackets"),
]


@pytest.mark.parametrize(("format_", "line"), MANY_WAYS)
def test_of_a_line_with_too_many_ends_of_columns_nothing_is_known(format_: str, line: bytes) -> None:
    logged = read_one(line, format_)
    assert (logged.peer, logged.targets, logged.is_cut, logged.is_request) == (None, (b"",), True, True)


THIRD: list[Any] = [
    pytest.param(b"203.0.113.7, 10.0.0.1", (b"203.0.113.7, 10.0.0.1", True), id="an address list"),
    pytest.param(b"-", (None, True), id="nothing, in the place that nginx' own format has"),
    pytest.param(b"example.org", (None, False), id="another field"),
]


@pytest.mark.parametrize(("field", "forwarded"), THIRD)
def test_the_third_quoted_field(field: bytes, forwarded: tuple[bytes | None, bool]) -> None:
    logged = read_one(b"10.0.0.1 - - " + TAIL + b' "%b"' % field)
    assert (logged.forwarded, logged.has_forwarded) == forwarded


LATER: list[Any] = [
    pytest.param(b' 0.123 "203.0.113.7, 10.0.0.1"', (b"203.0.113.7, 10.0.0.1", True), id="Pantheon: after the time"),
    pytest.param(b' 0.1 0.2 "-"', (None, True), id="nothing after two times"),
    pytest.param(b' 0.1 "example.org"', (None, False), id="another field after the time"),
    pytest.param(b' 0.1 "203.0.113.7" 5', (None, False), id="not the last field"),
    pytest.param(
        b' vhost=a.example pid=1 request_time=5 forwarded_for="203.0.113.7, 10.0.0.1" request_id="v-1"',
        (b"203.0.113.7, 10.0.0.1", True),
        id="Acquia: with its name",
    ),
    pytest.param(b' vhost=a forwarded_for="-" location="x"', (None, True), id="nothing, with its name"),
]


@pytest.mark.parametrize(("after", "forwarded"), LATER)
def test_x_forwarded_for_after_the_user_agent(after: bytes, forwarded: tuple[bytes | None, bool]) -> None:
    logged = read_one(b"10.0.0.1 - - " + TAIL + after)
    assert (logged.forwarded, logged.has_forwarded, logged.agent) == (*forwarded, b"probe/1")
    two_blanks = read_one(b"10.0.0.1 - - " + TAIL.replace(b'] "', b']  "') + after)
    assert (two_blanks.peer, two_blanks.forwarded, two_blanks.time) == (b"10.0.0.1", forwarded[0], 1795950000)


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param(b'x\\" vhost=1 forwarded_for=\\"192.0.64.7\\"', id="the name of the column"),
        pytest.param(b'x\\" 0.1 \\"192.0.64.7', id="a time and an address"),
        pytest.param(b"x\\x22 0.1 \\x22192.0.64.7", id="a time and an address, by nginx"),
    ],
)
def test_a_user_agent_is_no_x_forwarded_for(agent: bytes) -> None:
    assert read_one(b"203.0.113.9 - - " + TAIL.replace(b"probe/1", agent)).has_forwarded is False


def test_x_forwarded_for_is_not_taken_for_another_header() -> None:
    logged = read_one(b"10.0.0.1 - - " + TAIL + b' "203.0.113.7"', header="X-Real-IP")
    assert (logged.forwarded, logged.has_forwarded) == (None, False)


def test_columns_after_the_user_agent_do_not_belong_to_it() -> None:
    assert read_one(b"10.0.0.1 - - " + TAIL + b'rt=0.3 uct="0.0"').agent == b"probe/1"


JSON: list[Any] = [
    pytest.param(
        b'{"ClientIP":"203.0.113.9","ClientRequestURI":"/a","EdgeResponseStatus":403}',
        Logged(peer=b"203.0.113.9", method=NOT_LOGGED, targets=(b"/a",), status=403),
        id="Cloudflare, whose job leaves the method out",
    ),
    pytest.param(
        b'{"request":{"remote_addr":"::1:80","method":"POST","uri":"/a","headers":{"X-Real-Ip":["203.0.113.7"]}},'
        b'"ts":"2026-11-29T11:00:00Z","size":3}',
        Logged(
            peer=b"::1:80",
            forwarded=b"203.0.113.7",
            has_forwarded=True,
            method=b"POST",
            targets=(b"/a",),
            size=3,
            time=1795950000,
        ),
        id="an older Caddy, with the header that counts",
    ),
    pytest.param(
        b'{"ClientAddr":"203.0.113.9:1","RequestPath":"/a","RequestMethod":"GET","DownstreamStatus":200,'
        b'"request_X-Real-Ip":"203.0.113.7","time":"2026-11-29T11:00:00Z","request_User-Agent":"probe/1"}',
        Logged(
            peer=b"203.0.113.9:1",
            forwarded=b"203.0.113.7",
            has_forwarded=True,
            method=b"GET",
            targets=(b"/a",),
            status=200,
            agent=b"probe/1",
            time=1795950000,
        ),
        id="Traefik",
    ),
    pytest.param(
        b'{"ClientIP":"203.0.113.9","ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeResponseStatus":403,'
        b'"EdgeStartTimestamp":1795950000000000000}',
        Logged(peer=b"203.0.113.9", method=b"GET", targets=(b"/a",), status=403, time=1795950000),
        id="Cloudflare, with its time in nanoseconds",
    ),
    pytest.param(
        b'{"httpRequest":{"requestMethod":"GET","requestUrl":"https://a.example/a","status":200,"remoteIp":"::1",'
        b'"responseSize":"44"},"timestamp":"2026-11-29T11:00:00Z"}',
        Logged(peer=b"::1", method=b"GET", targets=(b"/a",), status=200, size=44, time=1795950000),
        id="Google's load balancer, with sizes as text",
    ),
    pytest.param(
        b'{"ClientIP":"203.0.113.9","ClientRequestMethod":"GET","ClientRequestPath":"/a","EdgeResponseStatus":403}',
        Logged(peer=b"203.0.113.9", method=b"GET", targets=(b"/a",), status=403),
        id="Cloudflare, with the path alone",
    ),
    pytest.param(
        b'{"source":{"ip":"203.0.113.9"},"url":{"original":"/a?b"},"http":{"request":{"method":"GET"},"response":'
        b'{"status_code":200}},"user_agent":{"original":"probe/1"},"@timestamp":"2026-11-29T11:00:00.000Z"}',
        Logged(peer=b"203.0.113.9", method=b"GET", targets=(b"/a?b",), status=200, agent=b"probe/1", time=1795950000),
        id="the Elastic Common Schema",
    ),
    pytest.param(
        b'{"client":{"ip":"::1"},"url":{"path":"/a"}}',
        Logged(peer=b"::1", method=NOT_LOGGED, targets=(b"/a",)),
        id="less of it: a request all the same",
    ),
    pytest.param(
        b'{"MESSAGE":[%b]}'
        % b",".join(b"%d" % byte for byte in b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a HTTP/1.1" 200 5'),
        Logged(peer=b"::1", method=b"GET", targets=(b"/a",), status=200, size=5, time=1795950000),
        id="journald keeps a line as the numbers of its bytes",
    ),
    pytest.param(
        b'{"properties":{"clientIp":"203.0.113.9","httpMethod":"POST","requestUri":"https://a.example:443/a?b",'
        b'"httpStatusCode":"200","responseBytes":"5","userAgent":"probe/1"},"time":"2026-11-29T11:00:00.1234567Z"}',
        Logged(
            peer=b"203.0.113.9",
            method=b"POST",
            targets=(b"/a?b",),
            status=200,
            size=5,
            agent=b"probe/1",
            time=1795950000,
        ),
        id="Azure's Front Door, among a record's properties",
    ),
    pytest.param(
        b'{"timestamp":1795950000123,"action":"BLOCK","httpRequest":{"clientIp":"203.0.113.9","uri":"/a",'
        b'"httpMethod":"GET","headers":[{"name":"user-agent","value":"probe/1"},{"name":"Host","value":"a"},7]}}',
        Logged(peer=b"203.0.113.9", method=b"GET", targets=(b"/a",), status=403, agent=b"probe/1", time=1795950000),
        id="Amazon's firewall, which blocked",
    ),
    pytest.param(
        b'{"httpRequest":{"clientIp":"::1","uri":"/a","httpMethod":"GET","headers":null},"action":"ALLOW"}',
        Logged(peer=b"::1", method=b"GET", targets=(b"/a",)),
        id="Amazon's firewall, which let it through",
    ),
    pytest.param(
        b'{"remote_addr":"unix:","request_uri":"/a","status":"200","http_x_real_ip":"","time":1e999}',
        Logged(unix=True, has_forwarded=True, method=NOT_LOGGED, targets=(b"/a",), status=200),
        id="nginx with keys named like its variables, and a time that is none",
    ),
    pytest.param(
        b'{"ip":"::1","uri":"/a?/b","method":"POST","status":-1}',
        Logged(peer=b"::1", method=b"POST", targets=(b"/a?/b",), paths=(b"/a?/b",)),
        id="a path that may be decoded or not is read in both ways",
    ),
    pytest.param(
        b'{"path":"/\\ud800a"}', Logged(method=NOT_LOGGED, targets=(b"/a",), paths=(b"/a",)), id="half a surrogate pair"
    ),
    pytest.param(b'{"request":"","uri":"","st":408}', Logged(status=408), id="no request"),
    pytest.param(
        b'{"client_ip":"203.0.113.9","request":"POST","url":"/a","request_user_agent":"probe/1","response_status":200}',
        Logged(peer=b"203.0.113.9", method=b"POST", targets=(b"/a",), status=200, agent=b"probe/1"),
        id="Fastly, with the method alone as the request",
    ),
    pytest.param(
        b'{"reqTimeSec":"1795950000","bytes":"5","cliIP":"203.0.113.9","statusCode":"206","reqMethod":"GET",'
        b'"reqPath":"a/b","UA":"probe%2F1+x"}',
        Logged(
            peer=b"203.0.113.9",
            method=b"GET",
            targets=(b"/a/b",),
            status=206,
            size=5,
            agent=b"probe/1 x",
            time=1795950000,
        ),
        id="Akamai's DataStream",
    ),
    pytest.param(
        b'{"type":"cloud_monitor","start":"1795950000.807","message":{"status":"200","cliIP":"203.0.113.9",'
        b'"reqMethod":"GET","reqPath":"/a","bytes":"5"}}',
        Logged(peer=b"203.0.113.9", method=b"GET", targets=(b"/a",), status=200, size=5, time=1795950000),
        id="Akamai's Cloud Monitor",
    ),
    pytest.param(
        b'{"log":"203.0.113.9 - - [29/Nov/2026:11:00:00 +0000] \\"GET /a HTTP/1.1\\" 200 5\\n","stream":"stdout"}',
        Logged(peer=b"203.0.113.9", method=b"GET", targets=(b"/a",), status=200, size=5, time=1795950000),
        id="docker keeps a server's line in JSON",
    ),
]


@pytest.mark.parametrize(("line", "logged"), JSON)
def test_json_lines(line: bytes, logged: Logged) -> None:
    assert read_one(line, header="X-Forwarded-For" if b'"log"' in line or b"MESSAGE" in line else "X-Real-IP") == logged


def test_a_load_balancers_line() -> None:
    line = (
        b"h2 2026-11-29T11:00:00.186641Z app/site/50dc 203.0.113.9:2817 10.0.0.1:80 0.000 0.048 0.000 403 403 34 366 "
        b'"GET https://a.example:443/q\\"%22 HTTP/2.0" "probe/1" ECDHE TLSv1.2 arn:x'
    )
    assert read_one(line) == Logged(
        peer=b"203.0.113.9:2817",
        method=b"GET",
        targets=(b'/q\\"%22', b'/q"%22'),
        status=403,
        size=366,
        agent=b"probe/1",
        time=1795950000,
    )


def test_a_line_of_the_classic_load_balancer_does_not_begin_with_the_protocol() -> None:
    line = b"2026-11-29T11:00:00.9Z site 203.0.113.9:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 0 57 "
    assert read_one(line + b'"GET https://a.example:443/a HTTP/1.1" "probe/1" - -') == Logged(
        peer=b"203.0.113.9:2817",
        method=b"GET",
        targets=(b"/a",),
        status=200,
        size=57,
        agent=b"probe/1",
        time=1795950000,
    )


BUNNYS: list[Any] = [
    pytest.param(b"a?b|DE|probe/1", (b"/a?b",), b"probe/1", id="a region and a user agent"),
    pytest.param(b"a|WA2|probe|1", (b"/a",), b"probe|1", id="a bar in the user agent"),
    pytest.param(b"a|-|/xmlrpc.php|DE|-", (b"/a|-|/xmlrpc.php",), None, id="a bar in the address"),
    pytest.param(
        b"a|DE|b|/xmlrpc.php|DE|-",
        (b"/a", b"/a|DE|b|/xmlrpc.php"),
        b"b|/xmlrpc.php|DE|-",
        id="what may be the region, twice: each reading counts",
    ),
]


@pytest.mark.parametrize(("rest", "targets", "agent"), BUNNYS)
def test_bunnys_lines(rest: bytes, targets: tuple[bytes, ...], agent: bytes | None) -> None:
    assert read_one(BUNNY % rest) == Logged(
        peer=b"203.0.113.9", method=NOT_LOGGED, targets=targets, status=200, size=370, agent=agent, time=1795950000
    )


ROUTED = Logged(
    forwarded=b"203.0.113.7", has_forwarded=True, method=b"POST", targets=(b"/a",), status=200, size=5, time=1795950000
)
HEROKU = (
    b'heroku[router]: at=info method=POST path="%b" host=a.example request_id=7c28 fwd="203.0.113.7" dyno=web.1 '
    b"connect=0ms service=1ms status=200 bytes=5 protocol=https"
)
HEROKUS: list[Any] = [
    pytest.param(b"2026-11-29T11:00:00.1+00:00 " + HEROKU % b"/a", ROUTED, id="as its command prints it"),
    pytest.param(
        b"<158>1 2026-11-29T11:00:00.1+00:00 host heroku router - " + HEROKU[16:] % b"/a", ROUTED, id="as it is drained"
    ),
    pytest.param(
        b"2026-11-29T11:00:00Z " + (HEROKU % b"/a").replace(b'path="/a"', b"path=/a"), ROUTED, id="as it was in 2014"
    ),
    pytest.param(
        b"2026-11-29T11:00:00Z " + HEROKU % b'/a"/xmlrpc.php',
        ROUTED._replace(targets=(b'/a"/xmlrpc.php',)),
        id="a quote in the path",
    ),
    pytest.param(
        (b"2026-11-29T11:00:00Z " + HEROKU % b"/a")
        .replace(b"at=info", b'at=error code=H12 desc="Request timeout"')
        .replace(b"status=200 bytes=5", b"status=503 bytes="),
        ROUTED._replace(status=503, size=None),
        id="an error",
    ),
    pytest.param(HEROKU % b"/a", ROUTED._replace(time=None), id="without a time"),
]


@pytest.mark.parametrize(("line", "logged"), HEROKUS)
def test_lines_of_herokus_router(line: bytes, logged: Logged) -> None:
    assert read_one(line) == logged


@pytest.mark.parametrize(
    "name", [pytest.param("heroku", id="Heroku's"), pytest.param("gorouter", id="Cloud Foundry's")]
)
def test_what_a_client_sends_is_no_line_of_a_router(name: str) -> None:
    sent = (
        HEROKU[16:] % b"/a"
        + b' x - [2026-11-29T11:00:00Z] "GET / HTTP/1.1" 200 1 2 "-" "-" 10.0.0.1:1 x_forwarded_for:""'
    )
    by_nginx = sent.replace(b'"', b"\\x22")
    for line in (b"203.0.113.9 - %b %b" % (by_nginx, TAIL), b'203.0.113.9 - - %b"%b"' % (TAIL[:-9], by_nginx)):
        assert read(line, name) == ()
        assert read_one(line).targets == (b"/xmlrpc.php",)
        assert read_one(json.dumps({"log": line.decode()}).encode()).targets == (b"/xmlrpc.php",)


NPM = (
    b'[29/Nov/2026:11:00:00 +0000] %b - POST https a.example "/q\\x22" [Client 203.0.113.9] [Length 5] [Gzip %b '
    b'"p\\x22" "-"'
)
NPMS: list[Any] = [
    pytest.param(NPM % (b"- 200 200", b"-] [Sent-to 10.0.0.5]"), id="a proxy"),
    pytest.param(
        NPM % (b"HIT 502, 200 200", b"2.45] [Sent-to 10.0.0.15:8080]"), id="a proxy with a cache and two servers"
    ),
    pytest.param(NPM % (b"- - 200", b"-] [Sent-to a]"), id="a proxy that did not ask"),
    pytest.param(NPM % (b"200", b"-]"), id="a redirection"),
    pytest.param(b"npm-1  | " + NPM % (b"200", b"-]"), id="by docker compose"),
]


@pytest.mark.parametrize("line", NPMS)
def test_lines_of_nginx_proxy_manager(line: bytes) -> None:
    assert read_one(line) == Logged(
        peer=b"203.0.113.9", method=b"POST", targets=(b'/q"',), status=200, size=5, agent=b'p"', time=1795950000
    )


def test_a_line_of_nginx_proxy_manager_without_a_request() -> None:
    line = (NPM % (b"400", b"-]")).replace(b'"/q\\x22"', b'"-"')
    assert (read_one(line).method, read_one(line).targets) == (None, ())


GOROUTER = (
    b'a.example - [%b] "GET /a HTTP/1.1" 200 42 5 "-" "probe/1" %b x_forwarded_for:"203.0.113.7, 10.0.0.1" x:"https"'
)
GOROUTERS: list[Any] = [
    pytest.param(
        b"2026-11-29T11:00:00.2+0000 [RTR/0] OUT "
        + GOROUTER % (b"2026-11-29T11:00:00.200Z", b'"10.0.0.1:1001" "10.0.0.2:8080"'),
        id="as its command prints it",
    ),
    pytest.param(GOROUTER % (b"29/11/2026:11:00:00 +0000", b"10.0.0.1:1001"), id="as it was in 2015"),
]


@pytest.mark.parametrize("line", GOROUTERS)
def test_lines_of_cloud_foundrys_router(line: bytes) -> None:
    assert read_one(line) == Logged(
        peer=b"10.0.0.1:1001",
        forwarded=b"203.0.113.7, 10.0.0.1",
        has_forwarded=True,
        method=b"GET",
        targets=(b"/a",),
        status=200,
        size=5,
        agent=b"probe/1",
        time=1795950000,
    )


@pytest.mark.parametrize(
    ("end", "size"),
    [pytest.param(b"403", 403, id="a size that looks like a status"), pytest.param(b"-", None, id="none")],
)
def test_apaches_log_of_encryption_has_no_status(end: bytes, size: int | None) -> None:
    line = b'%b 203.0.113.9 TLSv1.3 TLS_AES_256_GCM_SHA384 "POST /q\\"/xmlrpc.php HTTP/1.1" %b' % (TIME, end)
    logged = read_one(line)
    assert (logged.peer, logged.method, logged.status, logged.size) == (b"203.0.113.9", b"POST", None, size)
    assert b'/q"/xmlrpc.php' in logged.targets
    assert logged.time == 1795950000


def test_squids_lines() -> None:
    line = b"1795950000.335      7 203.0.113.9 TCP_MISS/200 216 POST http://a.example/a%2f - FIRSTUP_PARENT/10.0.0.1 -"
    assert read_one(line) == Logged(
        peer=b"203.0.113.9",
        method=b"POST",
        targets=(b"/a%2f",),
        status=200,
        size=216,
        time=1795950000,
    )
    line = b"1795950000.335      0 203.0.113.9 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -"
    assert read_one(line) == Logged(peer=b"203.0.113.9", size=0, time=1795950000)


@pytest.mark.parametrize("path", [pytest.param(b"/\xff", id="no UTF-8"), pytest.param(b"/\xc5\x82", id="no Latin-1")])
def test_what_granian_does_not_write_stays_as_it_is(path: bytes) -> None:
    assert read_one(b'[2026-11-29 11:00:00 +0000] ::1 - "GET %b HTTP/1.1" 200 0.5' % path).paths == (path,)


FIELDS = b"#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status cs(User-Agent)"


def test_the_columns_of_iis_are_those_that_the_last_directive_names() -> None:
    line = b"2026-11-29 11:00:00 203.0.113.9 POST /a?/xmlrpc.php - 200 probe+1%41"
    reader = LogReader("w3c")
    assert reader.read(line) == reader.read(FIELDS) == reader.read(b"#Date: 2026") == ()
    assert reader.read(line) == (
        Logged(
            peer=b"203.0.113.9",
            method=b"POST",
            paths=(b"/a?/xmlrpc.php",),
            status=200,
            agent=b"probe 1A",
            time=1795950000,
        ),
    )
    assert reader.read(line + b" more") == ()


def test_a_log_without_the_column_of_the_method_has_requests() -> None:
    reader = LogReader("#Fields: date time c-ip cs-uri-stem c-status")
    (logged,) = reader.read(b"2026-11-29 11:00:00 203.0.113.9 /a 200")
    assert (logged.method, logged.paths, logged.status) == (NOT_LOGGED, (b"/a",), 200)
    assert LogReader("#Fields: date time c-ip cs-method sc-status").read(b"2026-11-29 11:00:00 ::1 GET 200") == ()


def test_the_columns_of_iis_may_be_named_by_the_format() -> None:
    line = b"2026-11-29 11:00:00 203.0.113.9 POST /a - 200 probe/1"
    reader = LogReader(FIELDS.decode(), [line])
    assert reader.name == "w3c"
    (logged,) = reader.read(line)
    assert (logged.peer, logged.paths) == (b"203.0.113.9", (b"/a",))


def test_columns_in_quotes_may_hold_blanks() -> None:
    reader = LogReader("w3c")
    reader.read(b"#Fields:   date-local time-local c-ip cs-method cs-uri cs(User-Agent) cs(Cookie) sc-status")
    line = b'2026-11-29 11:00:00 "203.0.113.9" GET "a.example/a" "probe 1" "" 200'
    found = Logged(peer=b"203.0.113.9", method=b"GET", paths=(b"/a",), status=200, agent=b"probe 1", time=1795950000)
    assert reader.read(line) == (found,)
    assert reader.read(line.replace(b'"a.example/a"', b"-")) == (found._replace(method=None, paths=()),)
    assert reader.read(line + b' "more"') == ()


def test_cloudfront_without_its_first_lines_is_known_by_its_columns() -> None:
    columns = [b"2026-11-29", b"11:00:00", b"FRA1", b"7", b"203.0.113.9", b"GET", b"d.example", b"/a%2520b", b"200"]
    line = b"\t".join([*columns, *[b"-"] * 10, b"192.0.2.7,+10.0.0.1", *[b"-"] * 13])
    logged = read_one(line)
    assert (logged.targets, logged.forwarded, logged.size) == ((b"/a%2520b",), b"192.0.2.7, 10.0.0.1", 7)


PASTED: list[Any] = [
    pytest.param(
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent"',
        b'203.0.113.9 - u s [29/Nov/2026:11:00:00 +0000] "GET /q\\x22 HTTP/1.1" 200 5 "a\\x5Cb"',
        Logged(
            peer=b"203.0.113.9", method=b"GET", targets=(b'/q"',), status=200, size=5, agent=b"a\\b", time=1795950000
        ),
        id="nginx' string alone",
    ),
    pytest.param(
        "log_format main escape=default '$remote_addr $realip_remote_addr [$time_iso8601] '\n"
        "    '\"$http_x_forwarded_for\" ${request_method} $request_uri';",
        b'203.0.113.9 10.0.0.1 [2026-11-29T11:00:00+00:00] "203.0.113.9, 10.0.0.2" GET /a',
        Logged(
            peer=b"10.0.0.1",
            forwarded=b"203.0.113.9, 10.0.0.2",
            has_forwarded=True,
            method=b"GET",
            targets=(b"/a",),
            time=1795950000,
        ),
        id="the directive, with the peer as it was before realip",
    ),
    pytest.param(
        'log_format j escape=json \'{"a":"$remote_addr","r":"$request"}\';',
        b'{"a":"unix:","r":"GET /q\\"\\u0001 HTTP/1.1"}',
        Logged(unix=True, method=b"GET", targets=(b'/q"\x01',)),
        id="escape=json",
    ),
    pytest.param(
        "escape=none '$remote_addr|$uri|$status'",
        b'203.0.113.9|/a?/b"|200',
        Logged(peer=b"203.0.113.9", method=NOT_LOGGED, paths=(b'/a?/b"',), status=200),
        id="escape=none, and a path that nginx decoded",
    ),
    pytest.param(
        r'LogFormat "%v %{c}a %h %u %t \"%r\" %>s %b \"%{User-Agent}i\" \"%{X-Forwarded-For}i\" %D%%" all',
        b'a.example 10.0.0.1 203.0.113.9 - [29/Nov/2026:11:00:00 +0000] "GET /a HTTP/1.1" 200 - "p" "-" 12%',
        Logged(
            peer=b"10.0.0.1",
            has_forwarded=True,
            method=b"GET",
            targets=(b"/a",),
            status=200,
            agent=b"p",
            time=1795950000,
        ),
        id="Apache's directive, with the peer as it was before mod_remoteip",
    ),
    pytest.param(
        "%a %m %U%q %{%s}t %s",
        b"<13>Nov 29 11:00:00 web httpd: 203.0.113.9 GET /a 1795950000 200",
        Logged(peer=b"203.0.113.9", method=b"GET", paths=(b"/a",), status=200),
        id="Apache's string alone, after syslog",
    ),
    pytest.param("$status $request", b"400 -", Logged(status=400), id="no request"),
    pytest.param("x $request_uri", b"x -", Logged(), id="no target"),
]


@pytest.mark.parametrize(("format_", "line", "logged"), PASTED)
def test_a_format_from_a_configuration(format_: str, line: bytes, logged: Logged) -> None:
    assert read(line, format_) == (logged,)


def test_json_escapes_that_are_none_stay() -> None:
    assert read_one(b"/a\\", "escape=json $request_uri").targets == (b"/a\\",)


@pytest.mark.parametrize(
    ("format_", "problem"),
    [
        pytest.param(
            "apache",
            f"is not known; write one of {', '.join(NAMES)}, or paste ",
            id="no name",
        ),
        pytest.param(
            "$remote_addr", "has no column with the request; write a log's whole format", id="no request in nginx'"
        ),
        pytest.param(
            "%h %u", "has no column with the request; write a log's whole format", id="no request in Apache's"
        ),
    ],
)
def test_a_format_that_cannot_be_used(format_: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^format: '{format_.replace('$', '[$]')}' {problem}"):
        LogReader(format_)


def test_a_file_without_lines_is_taken_for_combined() -> None:
    assert LogReader().name == "combined"


def test_lines_of_another_format_than_most_are_read_too() -> None:
    reader = LogReader(sample=[b"203.0.113.9 - - " + TAIL, b"worker 1 started"])
    assert reader.read(b'{"path":"/a"}') == (Logged(method=NOT_LOGGED, targets=(b"/a",), paths=(b"/a",)),)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"29/Brumaire/2026:11:00:00", id="no month"),
        pytest.param(b"2026-13-29T11:00:00Z", id="a thirteenth month"),
        pytest.param(b"0000-11-29T11:00:00Z", id="the year 0"),
        pytest.param(b"99", id="a number that is no time"),
        pytest.param(b"noon", id="a word"),
    ],
)
def test_a_time_that_is_none(text: bytes) -> None:
    assert read_time(text) is None


def test_a_time_west_of_greenwich() -> None:
    assert (
        read_time(b"2026-11-29T06:00:00-05:00") == read_time(b"29/Nov/2026:11:00:00 +0000") == read_time(b"1795950000")
    )
