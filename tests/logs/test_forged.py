"""What a client may write into a log: a line of another format, as its User-Agent or its name.

A file's first lines vote on its format, and a client may write most of them. What it writes must not hide its request.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.logs.test_properties import by_apache, by_gunicorn, by_nginx, by_nginx_json
from xmlrpc_guard import Policy
from xmlrpc_guard.audit.judging import Judge
from xmlrpc_guard.logs import LogReader

SENT = {
    "haproxy": '192.0.64.7:4 [29/Nov/2026:11:00:00.123] f b/s 0/0/0/7/7 200 5 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"',
    "uwsgi": "[pid: 1|app: 0|req: 5/5] 192.0.64.7 () {2 vars in 25 bytes} [Sun Nov 29 11:00:00 2026] GET / => "
    "generated 2 bytes in 0 msecs (HTTP/1.1 200) 2 headers in 68 bytes (1 switches on core 0)",
    "granian": '[2026-11-29 11:00:00 +0000] 192.0.64.7 - "GET / HTTP/1.1" 200 0.5',
    "envoy": '[2026-11-29T11:00:00.000Z] "GET / HTTP/1.1" 200 - 0 2 0 - "-" "probe/1" "6f96" "a.example" "-"',
    "alb": "http 2026-11-29T11:00:00.1Z app/n 192.0.64.7:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "
    '"GET http://example.org:80/ HTTP/1.1" "probe/1" - -',
    "squid": "1795950000.123      5 192.0.64.7 TCP_MISS/200 370 GET http://a.example/ - HIER_DIRECT/10.0.0.1 text/html",
    "bunny": "MISS|200|1795950000123|370|1234567|192.0.64.7|-|https://a.example/|DE|probe/1|6f96|DE",
    "heroku": 'at=info method=GET path="/" host=a.example fwd="192.0.64.7" dyno=web.1 connect=0ms service=1ms '
    "status=200 bytes=2",
    "npm": '[29/Nov/2026:11:00:00 +0000] - 200 200 - GET https a.example "/" [Client 192.0.64.7] [Length 5] [Gzip -] '
    '[Sent-to 10.0.0.5] "probe/1" "-"',
    "gorouter": 'a.example - [2026-11-29T11:00:00Z] "GET / HTTP/1.1" 200 1 2 "-" "probe/1" "192.0.64.7:1" "10.0.0.1:1" '
    'x_forwarded_for:"192.0.64.7"',
    "ssl-request": '[29/Nov/2026:11:00:00 +0000] 192.0.64.7 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET / HTTP/1.1" 5',
    "combined": '192.0.64.7 - - [29/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1" 200 2 "-" "probe/1"',
    "json": '{"remote_addr":"192.0.64.7","request":"GET / HTTP/1.1","status":200}',
    "w3c": "2026-11-29 11:00:00 192.0.64.7 GET / - 200",
}
TIME = b"29/Nov/2026:11:00:00 +0000"
AGENT = b'203.0.113.9 - - [%b] "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "%%b"' % TIME
NAME = b'203.0.113.9 - %%b [%b] "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "probe/1"' % TIME
BOTH = b'203.0.113.9 - %%b [%b] "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "%%b"' % TIME
NPM = (
    b'[%b] - 200 200 - POST https h "/xmlrpc.php" [Client 203.0.113.9] [Length 5] [Gzip -] [Sent-to h] "%%b" "-"' % TIME
)
BUNNY = b"MISS|200|1795950000123|5|1|203.0.113.9|-|https://h/xmlrpc.php|DE|%b|6f96|DE"
HAPROXY = (
    b"203.0.113.9:4 [29/Nov/2026:11:00:00.123] f b/s 0/0/0/7/7 200 5 - - ---- 1/1/0/0/0 0/0 {%b|} "
    b'"POST /xmlrpc.php HTTP/1.1"'
)
JSON = b'{"remote_addr":"203.0.113.9","request":"POST /xmlrpc.php HTTP/1.1","status":200,"http_user_agent":"%b"}'


def by_haproxy(text: bytes) -> bytes:
    """HAProxy writes more bytes of a captured header otherwise than of a request."""
    return b"".join(bytes([c]) if 31 < c < 127 and c not in b'"#{|}' else b"#%02X" % c for c in text)


def by_bunny(text: bytes) -> bytes:
    """Bunny writes all as it is; a bar would make a line of more fields, which is not read."""
    return text.replace(b"|", b" ")


WRITERS: list[Any] = [
    pytest.param(AGENT, by_nginx, id="a User-Agent, by nginx"),
    pytest.param(AGENT, by_apache, id="a User-Agent, by Apache"),
    pytest.param(AGENT, by_gunicorn, id="a User-Agent, by gunicorn"),
    pytest.param(AGENT, bytes, id="a User-Agent, by Paste, which escapes nothing"),
    pytest.param(NAME, by_nginx, id="a user's name, by nginx"),
    pytest.param(NPM, by_nginx, id="a User-Agent, by Nginx Proxy Manager"),
    pytest.param(BUNNY, by_bunny, id="a User-Agent, by Bunny"),
    pytest.param(HAPROXY, by_haproxy, id="a captured User-Agent, by HAProxy"),
    pytest.param(JSON, by_nginx_json, id="a User-Agent, by nginx as JSON"),
]


LINES = [pytest.param(line.encode(), id=f"a line of {name}'s") for name, line in SENT.items()]


def requests(line: bytes) -> set[tuple[bytes | None, bytes]]:
    """Give the clients and targets that are read from a line, in a log of such lines."""
    found = LogReader(sample=[line]).read(line)
    return {(logged.peer and logged.peer.removesuffix(b":4"), target) for logged in found for target in logged.targets}


@pytest.mark.parametrize("sent", LINES)
@pytest.mark.parametrize(("form", "write"), WRITERS)
def test_the_request_of_a_line_is_found_whatever_its_client_writes(
    form: bytes, write: Callable[[bytes], bytes], sent: bytes
) -> None:
    assert (b"203.0.113.9", b"/xmlrpc.php") in requests(form % write(sent))


@pytest.mark.parametrize("sent", LINES)
def test_nor_does_it_hide_where_one_part_is_its_name_and_the_other_its_user_agent(sent: bytes) -> None:
    words = by_nginx(sent).split(b" ")
    lines = [BOTH % (b" ".join(words[:at]), b" ".join(words[at:])) for at in range(1, len(words))]
    assert [line for line in lines if (b"203.0.113.9", b"/xmlrpc.php") not in requests(line)] == []


BEHIND = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"])
FIELDS = b"#Fields: date time c-ip cs-method cs-uri-stem sc-status "
ROUTER = (
    b'heroku[router]: at=info method=POST path="/xmlrpc.php" host=h fwd="%b, 203.0.113.9" dyno=web.1 connect=0ms '
    b"service=1ms status=200 bytes=5"
)
CLOUD_FOUNDRY = (
    b'192.0.64.7 - [2026-11-29T11:00:00Z] "POST /xmlrpc.php%b HTTP/1.1" 200 1 2 "-" "%b" "10.0.0.1:1" "10.0.0.2:1" '
    b'x_forwarded_for:"203.0.113.9"'
)
ENVOY = b'[2026-11-29T11:00:00Z] "POST /xmlrpc.php HTTP/1.1" 200 - 0 2 0 - "%b, 203.0.113.9" "%b" "6f" "h" "-"'
VARNISH = b'203.0.113.9 - - [%b] "POST http://%%b HTTP/1.1" 200 5 "-" "-"' % TIME
NOT_HIDDEN: list[Any] = [
    pytest.param(
        [b'192.0.64.7,192.0.64.7 203.0.113.9 - - [%b] "POST /xmlrpc.php HTTP/1.1" 200 5' % TIME],
        id="a Host that is a list of addresses, before the peer",
    ),
    pytest.param([ROUTER % b'192.0.64.7" dyno="'], id="an end of the forwarded header, by Heroku"),
    pytest.param([ROUTER % b'"'], id="a quote in the forwarded header, by Heroku"),
    pytest.param([CLOUD_FOUNDRY % (b"", rb"a\"")], id="a Host that is an address, and a quote, by Cloud Foundry"),
    pytest.param([CLOUD_FOUNDRY % (b'?"', b"-")], id="a quote in the query, by Cloud Foundry"),
    pytest.param([ENVOY % (b"192.0.64.7", b'a "b" c')], id="quotes in the User-Agent, by Envoy"),
    pytest.param(
        [b"MISS|200|1795950000123|5|1|203.0.113.9|x|https://a/?|DE||https://h/xmlrpc.php|DE|p|6f96|DE"],
        id="an address in the Referer, by Bunny",
    ),
    pytest.param(
        [
            b"MISS|200|1795950000123|5|1|203.0.113.9|a|b|https://h/xmlrpc.php|DE|"
            + SENT["combined"].encode()
            + b"|6f96|DE"
        ],
        id="a bar in the Referer and a line of another format in the User-Agent, by Bunny",
    ),
    pytest.param([VARNISH % b"a?/xmlrpc.php", VARNISH % b"h/"], id="a Host with a question mark, by Varnish"),
    pytest.param(
        [
            b'203.0.113.9 - - [%b] "POST %b HTTP/1.1" 200 5 "-" "-"' % (TIME, target)
            for target in (b"http://h/?/xmlrpc.php", b"http://h/?/xmlrpc.php", b"/")
        ],
        id="whole addresses in most lines, where not every line has one",
    ),
    pytest.param(
        [
            b'2026-11-29 11:00:00 203.0.113.9 POST /xmlrpc.php 200 {"request_uri":"/","remote_addr":"192.0.64.7"}',
            FIELDS + b"cs(Cookie)",
        ],
        id="JSON in the last column of IIS",
    ),
    pytest.param(
        [b"2026-11-29 11:00:00 203.0.113.9 POST /xml+rpc.php 200 -", FIELDS + b"cs(Cookie)"], id="a blank, by IIS"
    ),
    pytest.param(
        [b'2026-11-29 11:00:00 203.0.113.9 POST /xmlrpc.php 200 "a ""b"" c"', FIELDS + b"cs(User-Agent)"],
        id="quotes in the User-Agent, by Tomcat",
    ),
    pytest.param(
        [rb'{"ip":"203.0.113.9","request":"POST /xmlrpc.php HTTP/1.1","agent":"\x22\x5C\xE9"}'],
        id="a quote in the User-Agent, in nginx' JSON without escape=json",
    ),
    pytest.param(
        [rb'{"ip":"203.0.113.9","request":"POST /xmlrpc.php HTTP/1.1","agent":"\"\v\xe9"}'],
        id="control characters in the User-Agent, in Apache's JSON",
    ),
    pytest.param(
        [b'[%b] 203.0.113.9 - h "a /xmlrpc.php HTTP/1.1" 200 5 "-" "-"' % TIME],
        id="a method of one small letter, where the time is first",
    ),
    pytest.param(
        [rb'[%b] 203.0.113.9 - h "POST /xmlrpc.php?\" HTTP/1.1" 200 5 "-" "-"' % TIME],
        id="a quote in the query, by Apache, where the time is first",
    ),
    pytest.param(
        [b'{"path":"/var/log/a.log","message":"203.0.113.9 - - [%b] \\"POST /xmlrpc.php HTTP/1.1\\" 200 5"}' % TIME],
        id="the path of the log beside its line, by Logstash",
    ),
    pytest.param(
        [
            SENT["uwsgi"]
            .replace("192.0.64.7", "203.0.113.9")
            .replace("GET /", "GET /xmlrpc.php")
            .replace("(HTTP", f"({'a ' * 400}HTTP")
            .encode()
        ],
        id="a long text in the protocol's place, by uWSGI",
    ),
    pytest.param([b'{"ip":"203.0.113.9","request":"/xmlrpc.php"}'], id="JSON with the target as the request"),
]


@pytest.mark.parametrize("log", NOT_HIDDEN)
def test_no_client_is_hidden_or_takes_another_ones_place_by_what_it_sends(log: list[bytes]) -> None:
    """The first line is looked at, in a log that has the others before it."""
    line, *others = log
    reader = LogReader(sample=[*others, line])
    judged = [Judge(BEHIND)(logged) for each in (*others, line) for logged in reader.read(each)]
    assert [(each.verdict, each.client) for each in judged[-1:] if each] == [("refused", "203.0.113.9")]


def test_a_host_before_the_client_is_no_line_of_bunnys() -> None:
    line = SENT["bunny"].encode() + b' 203.0.113.9 - - [%b] "POST /xmlrpc.php HTTP/1.1" 400 5' % TIME
    assert (LogReader(sample=[line]).name, requests(line)) == ("combined", {(b"203.0.113.9", b"/xmlrpc.php")})


HALVES: list[Any] = [
    pytest.param(b'[2026-11-29 11:00:00 +0000] 203.0.113.9 - "GET /xml', id="a line end in the name, by granian"),
    pytest.param(
        b'203.0.113.9:4 [29/Nov/2026:11:00:00.123] f b/s 0/0/0/7/7 200 5 - - ---- 1/1/0/0/0 0/0 {%b|} "' % (b"a" * 900),
        id="a long User-Agent, after which HAProxy's message ends",
    ),
]


@pytest.mark.parametrize("line", HALVES)
def test_a_line_that_ends_before_its_target_does_is_unknown_and_of_its_client(line: bytes) -> None:
    (judged,) = map(Judge(BEHIND), LogReader(sample=[line]).read(line))
    assert judged is not None
    assert (judged.verdict, judged.client) == UNKNOWN[:1] + REFUSED[1:]


def test_a_user_agent_with_many_times_hides_no_request_where_nothing_is_escaped() -> None:
    line = AGENT % (b'[%b] "GET / HTTP/1.1" 200 ' % TIME * 9)
    found = LogReader(sample=[line]).read(line)
    assert [(each.peer, each.targets) for each in found[:2]] == [(b"203.0.113.9", (b"/xmlrpc.php",)), (None, (b"/",))]


@pytest.mark.parametrize(
    ("forwarded", "agent"),
    [
        pytest.param(b'192.0.64.7" "a" "b" "c" "', b"-", id="the fields after it, in the forwarded header"),
        pytest.param(b"192.0.64.7", b'" "a" "b', id="more fields, in the User-Agent"),
    ],
)
def test_of_envoys_fields_none_is_chosen_where_there_are_more_of_them(forwarded: bytes, agent: bytes) -> None:
    line = ENVOY % (forwarded, agent)
    (logged,) = LogReader(sample=[line]).read(line)
    assert (logged.forwarded, logged.has_forwarded, logged.targets) == (None, False, (b"/xmlrpc.php",))


def test_json_of_objects_where_a_request_is_looked_for_is_not_read_as_no_request() -> None:
    line = b'{"req":{"method":"POST","url":"/xmlrpc.php"},"res":{"statusCode":200}}'
    assert LogReader("json").read(line) == ()


BARS = "$host|$remote_addr|$request_uri|$status"
LISTED_FIRST = '$http_x_forwarded_for - $remote_user [$time_local] "$request" $status'
REFUSED, UNKNOWN = ("refused", "203.0.113.9"), ("unknown", "")
PASTED: list[Any] = [
    pytest.param(BARS, b"h|203.0.113.9|/|/../xmlrpc.php|200", REFUSED, id="a bar in the target"),
    pytest.param(
        "$remote_addr|$request_uri|$status|$http_user_agent",
        b"203.0.113.9|/|200|/../xmlrpc.php|404|-",
        REFUSED,
        id="the end of the target in the target, before a user agent",
    ),
    pytest.param(
        "$remote_addr|$request_uri|$status|$http_user_agent",
        b"203.0.113.9|/|200|/|404|-",
        ("unknown", "203.0.113.9"),
        id="the end of the target in the target, which may go on",
    ),
    pytest.param(BARS, b"h|192.0.64.7|/|200|203.0.113.9|/xmlrpc.php|200", UNKNOWN, id="more columns in the Host"),
    pytest.param(
        f"{BARS}|$http_user_agent",
        b"h|192.0.64.7|a|203.0.113.9|/|192.0.64.7|/xmlrpc.php|200|-",
        UNKNOWN,
        id="a client in the Host, and another in the target",
    ),
    pytest.param(
        f"{BARS}|$http_user_agent",
        b"|192.0.64.7||203.0.113.9|/|200|/xmlrpc.php?|200||200|",
        UNKNOWN,
        id="columns in the Host and in the User-Agent, with no target in either",
    ),
    pytest.param(
        LISTED_FIRST,
        b'192.0.64.7, 203.0.113.9 - - [%b] "POST /xmlrpc.php HTTP/1.1" 200' % TIME,
        REFUSED,
        id="a blank in the forwarded header",
    ),
    pytest.param(
        LISTED_FIRST,
        b'192.0.64.7 - a, 203.0.113.9 - - [%b] "POST /xmlrpc.php HTTP/1.1" 200' % TIME,
        UNKNOWN,
        id="the end of the forwarded header in it",
    ),
    pytest.param(
        '"$http_x_forwarded_for" $http_cookie $remote_addr $http_a "$request" $status',
        b'"192.0.64.7" a 10.0.0.1 203.0.113.9 b "POST /xmlrpc.php HTTP/1.1" 200',
        ("unknown", ""),
        id="a proxy in the Cookie",
    ),
    pytest.param(
        '$http_x_forwarded_for $remote_addr - $remote_user "$request" $status',
        b'web nginx: 203.0.113.9 - 192.0.64.7 - a "POST /xmlrpc.php HTTP/1.1" 200',
        UNKNOWN,
        id="what looks like the beginning of syslog, in the forwarded header",
    ),
    pytest.param(
        '$http_x_forwarded_for $remote_addr - $remote_user "$request" $status',
        b'web nginx: 203.0.113.9 10.0.0.1 - - "POST /xmlrpc.php HTTP/1.1" 200',
        REFUSED,
        id="the beginning of syslog, and then the forwarded header",
    ),
    pytest.param(
        "[$time_local] [$request_uri] [$remote_addr] $status",
        b"[%b] [/xmlrpc.php?a[]=1] [203.0.113.9] 200" % TIME,
        REFUSED,
        id="brackets in a target in brackets",
    ),
    pytest.param(
        "$remote_addr $scheme://$host$request_uri $status",
        b"203.0.113.9 https://h/xmlrpc.php 200",
        REFUSED,
        id="a target right after a host",
    ),
    pytest.param("%a %m %U%q %s", b"203.0.113.9 GET /xmlrpc.php?a=b 200", REFUSED, id="a query right after a path"),
    pytest.param(
        "$remote_addr $upstream_response_time $request_uri $status",
        b"203.0.113.9 0.1, 0.2 /xmlrpc.php 200",
        REFUSED,
        id="two servers that were asked",
    ),
    pytest.param(
        "%h %{X-A}i %U %s", b"203.0.113.9 a b /xmlrpc.php 200", REFUSED, id="a blank in a header, by Apache's format"
    ),
    pytest.param(
        "escape=none '\"$http_a\" $remote_addr $request_uri'",
        b'"x" 192.0.64.7 /" 203.0.113.9 /xmlrpc.php',
        UNKNOWN,
        id="quotes in a header, with escape=none",
    ),
]


@pytest.mark.parametrize(("format_", "line", "judged"), PASTED)
def test_of_a_pasted_format_the_columns_are_read_that_no_client_can_have_moved(
    format_: str, line: bytes, judged: tuple[str, str]
) -> None:
    (logged,) = LogReader(format_).read(line)
    found = Judge(BEHIND)(logged)
    assert found is not None
    assert (found.verdict, found.client) == judged
