"""WordPress behind the chain: client, WSGI server, guard, proxy, Apache or nginx, PHP."""

import json
import re
import struct
import zlib
from dataclasses import replace
from hashlib import sha1
from random import Random
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from xmlrpc.client import Fault, dumps, loads

import pytest

from tests.frontends import get
from tests.lab.database import lacks_mariadb
from tests.lab.jetpack import Call, send
from tests.lab.kinds import KINDS
from tests.lab.php import TCP, UNIX, lacks_apache, lacks_nginx
from tests.lab.visitor import LISTED, STRANGER, Answer, Body, Visitor, connected, exchange
from tests.lab.wordpress import HOST, Site, lacks_wordpress
from xmlrpc_guard.testing import SPELLINGS, Spelling

pytestmark = [lacks_wordpress, lacks_mariadb]


def pair(server: str, transport: str, chain: str) -> Any:
    """Give a server that runs PHP, and what stands in front of it."""
    return pytest.param(((server, transport), chain), id=f"{server} on {transport}, {chain}", marks=LACKS[server])


LACKS = {"Apache": lacks_apache, "nginx": lacks_nginx}
# Without anything in front, the rows show what a chain must not change. Of the nine pairs these five have each server
# and each chain: what a chain makes of a request does not depend on which server gets it.
BARE = [pair("Apache", TCP, "no guard"), pair("nginx", TCP, "no guard")]
GUARDED = [pair("Apache", TCP, "gunicorn"), pair("nginx", TCP, "waitress"), pair("nginx", UNIX, "gunicorn")]
bare, guarded, everywhere = (
    pytest.mark.parametrize("chain", pairs, indirect=True, scope="session")
    for pairs in (BARE, GUARDED, [*BARE, *GUARDED])
)

STYLE = "/wp-content/themes/plain/style.css"
HELLO = dumps((), "demo.sayHello").encode()
NOISE = Random(2015).randbytes(700_001)


def pieces(body: bytes, size: int = 9973) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


# Pages


@everywhere
@pytest.mark.parametrize(
    ("target", "status", "text"),
    [
        pytest.param("/", 200, "<title>The blog</title>", id="the front page"),
        pytest.param("/hello-world/", 200, "<title>Hello world! &#8211; The blog</title>", id="a pretty permalink"),
        pytest.param("/no-such-page/", 404, "<title>Page not found", id="a missing page"),
        pytest.param("/no-such-file.css", 404, "", id="a missing file"),
        pytest.param("/?s=/xmlrpc.php", 200, "<title>Search Results", id="a search for the guarded name"),
        pytest.param("/wp-json/wp/v2/posts/1?_fields=slug", 200, '{"slug":"hello-world"}', id="the REST API"),
        pytest.param(STYLE, 200, "Theme Name: Plain", id="a static file"),
    ],
)
def test_a_page(target: str, status: int, text: str, chain: Site) -> None:
    answer = Visitor(chain.listener).get(target)
    assert answer.status == status
    assert text in answer.body.decode()


@everywhere
@pytest.mark.parametrize(
    ("target", "location"),
    [
        pytest.param("/?p=1", "/hello-world/", id="a post by its number"),
        pytest.param("/hello-world", "/hello-world/", id="a permalink without its slash"),
        pytest.param("/wp-admin", "/wp-admin/", id="a folder without its slash, where no PHP runs"),
        pytest.param(
            "/wp-admin/",
            f"/wp-login.php?redirect_to=http%3A%2F%2F{HOST}%2Fwp-admin%2F&reauth=1",
            id="a page for those who are logged in",
        ),
    ],
)
def test_a_redirect_keeps_the_public_host_and_is_not_followed(target: str, location: str, chain: Site) -> None:
    answer = Visitor(chain.listener).get(target)
    assert (answer.status // 100, urljoin(f"http://{HOST}", answer.headers["Location"])) == (
        3,
        f"http://{HOST}{location}",
    )


FRAMING = ("date", "connection", "content-length", "transfer-encoding")


def fields(head: bytes) -> list[str]:
    """Give the status line and what says something of the page."""
    return sorted(line for line in head.decode().splitlines() if not line.lower().startswith(FRAMING))


@everywhere
@pytest.mark.parametrize("target", [STYLE, "/", "/hello-world/", "/no-such-page/"])
def test_head_is_get_without_the_body(target: str, chain: Site) -> None:
    head, _, rest = chain.listener.ask(get(target, method="HEAD")).partition(b"\r\n\r\n")
    whole, _, body = chain.listener.ask(get(target)).partition(b"\r\n\r\n")
    assert fields(head) == fields(whole)
    assert rest in (b"", b"0\r\n\r\n")  # waitress ends chunks that it never began, and closes
    assert len(body) > len(rest)


@everywhere
def test_after_a_head_the_connection_serves_on(chain: Site) -> None:
    with connected(chain.listener) as connection:
        answers = [exchange(connection, method, STYLE, None, {"Host": HOST}) for method in ("HEAD", "GET")]
    assert [answer.status for answer in answers] == [200, 200]
    assert b"Theme Name: Plain" in answers[1].body


@everywhere
def test_head_tells_a_files_length(chain: Site) -> None:
    visitor = Visitor(chain.listener)
    length = visitor.ask("HEAD", STYLE).headers["Content-Length"]
    assert int(length) == len(visitor.get(STYLE).body)


@everywhere
@pytest.mark.parametrize(
    ("condition", "validator"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_a_file_that_the_client_has_is_not_sent_again(condition: str, validator: str, chain: Site) -> None:
    visitor = Visitor(chain.listener)
    first = visitor.get(STYLE)
    again = visitor.get(STYLE, {condition: first.headers[validator]})
    assert (first.status, again.status, again.body) == (200, 304, b"")


@everywhere
def test_a_long_answer_without_a_length_arrives_whole(chain: Site) -> None:
    answer = Visitor(chain.listener).get("/long.php")
    assert (answer.status, answer.headers["Content-Length"]) == (200, None)
    assert answer.body == b"".join(bytes([at]) * 9973 for at in range(250))


# What PHP hears


def heard(answer: Answer) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(answer.body)
    return fields


@everywhere
@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/echo.php", id="plain"),
        pytest.param("/echo.php?", id="an empty query"),
        pytest.param("//echo.php?a//b/../c", id="two slashes"),
        pytest.param("/a/../%65cho.php?x=1", id="dots and an escaped letter"),
        pytest.param("/echo.php?a=%2f&a=%2F&b=%zz&c=%", id="escapes in both cases, and broken ones"),
        pytest.param('/echo.php?a+b=c%20d&&=&e[]=1|2^3`{}"<>\\', id="what a tidy client would escape"),
    ],
)
def test_php_hears_the_target_as_it_was_sent(target: str, chain: Site) -> None:
    assert heard(Visitor(chain.listener).get(target))["server"]["REQUEST_URI"] == target


@everywhere
@pytest.mark.parametrize("host", [HOST, "Blog.Example", "blog.example:8080", "192.0.2.1:80"])
def test_php_hears_the_host_as_it_was_sent(host: str, chain: Site) -> None:
    assert heard(Visitor(chain.listener).get("/echo.php", {"Host": host}))["server"]["HTTP_HOST"] == host


@guarded
def test_php_hears_whom_the_request_came_through(chain: Site) -> None:
    server = heard(Visitor(chain.listener, "203.0.113.9, 192.0.2.7").get("/echo.php"))["server"]
    assert server["HTTP_X_FORWARDED_FOR"] == "203.0.113.9, 192.0.2.7, 127.0.0.1"


@everywhere
@pytest.mark.parametrize("chunked", [False, True], ids=["Content-Length", "chunked"])
@pytest.mark.parametrize("body", [b"", b"x", NOISE], ids=["empty", "one byte", "large"])
def test_php_hears_the_body_whole(body: bytes, chunked: bool, chain: Site) -> None:
    sent: Body = iter(pieces(body)) if chunked else body
    arrived = heard(Visitor(chain.listener).post("/echo.php", sent, {"Content-Type": "application/octet-stream"}))
    assert (arrived["length"], arrived["sha1"]) == (len(body), sha1(body).hexdigest())


# An administrator


def log_in(site: Site) -> tuple[Visitor, Answer]:
    visitor = Visitor(site.listener)
    visitor.get("/wp-login.php")
    form = {"log": site.wordpress.user, "pwd": site.wordpress.password, "testcookie": "1"}
    form["redirect_to"] = f"http://{HOST}/wp-admin/"
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    return visitor, visitor.post("/wp-login.php", urlencode(form).encode(), content)


@everywhere
def test_a_login_keeps_every_cookie_and_leads_to_the_dashboard(chain: Site) -> None:
    visitor, answer = log_in(chain)
    cookies = [re.sub("_?[0-9a-f]{32}=.*?;", ";", line) for line in answer.headers.get_all("Set-Cookie", [])]
    assert cookies == [
        "wordpress_test_cookie=WP%20Cookie%20check; path=/",
        "wordpress; path=/wp-content/plugins; HttpOnly",
        "wordpress; path=/wp-admin; HttpOnly",
        "wordpress_logged_in; path=/; HttpOnly",
    ]
    assert (answer.status, answer.headers["Location"]) == (302, f"http://{HOST}/wp-admin/")
    dashboard = visitor.get("/wp-admin/")
    assert dashboard.status == 200
    assert '<span class="display-name">keeper</span>' in dashboard.body.decode()


def png(side: int) -> bytes:
    """Make a picture of noise."""
    row = 3 * side
    rows = b"".join(b"\0" + NOISE[at : at + row] for at in range(0, row * side, row))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = {b"IHDR": head, b"IDAT": zlib.compress(rows), b"IEND": b""}
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def multipart(name: str, file: str, content: bytes) -> bytes:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
    return head.encode() + content + b"\r\n--edge--\r\n"


@everywhere
@pytest.mark.parametrize("chunked", [False, True], ids=["Content-Length", "chunked"])
def test_an_upload_comes_back_byte_for_byte(chunked: bool, chain: Site) -> None:
    keeper, _ = log_in(chain)
    nonce = keeper.get("/wp-admin/admin-ajax.php?action=rest-nonce").body.decode()
    picture = png(400)
    form = multipart("file", "noise.png", picture)
    headers = {"Content-Type": "multipart/form-data; boundary=edge", "X-WP-Nonce": nonce}
    answer = keeper.post("/wp-json/wp/v2/media", iter(pieces(form)) if chunked else form, headers)
    assert answer.status == 201
    back = Visitor(chain.listener).get(urlsplit(json.loads(answer.body)["source_url"]).path)
    assert (back.status, back.headers["Content-Type"]) == (200, "image/png")
    assert back.body == picture


# XML-RPC


def result(answer: Answer) -> Any:
    return loads(answer.body)[0][0]


@everywhere
@pytest.mark.parametrize(
    ("method", "arguments", "expected"),
    [
        pytest.param("demo.sayHello", (), "Hello!", id="demo.sayHello"),
        pytest.param(
            "system.multicall",
            (
                [
                    {"methodName": "demo.sayHello", "params": []},
                    {"methodName": "demo.addTwoNumbers", "params": [3, 4]},
                ],
            ),
            [["Hello!"], [7]],
            id="system.multicall",
        ),
    ],
)
def test_wordpress_answers_a_listed_client(method: str, arguments: tuple[Any, ...], expected: Any, chain: Site) -> None:
    answer = Visitor(chain.listener, LISTED).post("/xmlrpc.php", dumps(arguments, method).encode())
    assert (answer.status, result(answer)) == (200, expected)


def ran(site: Site) -> list[str]:
    """Give the target of each request that ran xmlrpc.php."""
    return site.wordpress.witness.read_text().splitlines()


@everywhere
def test_a_run_of_xmlrpc_php_leaves_a_trace(chain: Site) -> None:
    before = ran(chain)
    Visitor(chain.listener, LISTED).post("/xmlrpc.php?a", HELLO)
    Visitor(chain.listener, LISTED).get("//xmlrpc.php?b")
    assert ran(chain) == [*before, "/xmlrpc.php?a", "//xmlrpc.php?b"]


@guarded
@pytest.mark.parametrize("address", [STRANGER, f"{LISTED}, {STRANGER}", "", f"{LISTED}, unknown"])
@pytest.mark.parametrize("target", ["/xmlrpc.php", "//xmlrpc.php", "/%78mlrpc.php?for=jetpack", "/XMLRPC.php/x"])
def test_the_guard_answers_a_stranger_and_php_does_not_run(target: str, address: str, chain: Site) -> None:
    before = ran(chain)
    answer = Visitor(chain.listener, address).post(target, HELLO)
    assert (answer.status, answer.body) == (403, b"Forbidden\n")
    assert ran(chain) == before


def status_of(spelling: Spelling, site: Site) -> int:
    """Request a spelling of the script as a stranger."""
    headers = (f"{name}: {text}" for name, text in spelling.headers)
    answer = site.listener.ask(get(spelling.target, f"X-Forwarded-For: {STRANGER}", *headers))
    return int(answer.split()[1])


@guarded
def test_no_spelling_makes_php_run(chain: Site) -> None:
    before = ran(chain)
    statuses = [(spelling, status_of(spelling, chain)) for spelling in SPELLINGS]
    assert [(spelling, status) for spelling, status in statuses if status not in (400, 403)] == []
    assert ran(chain) == before


@bare
def test_spellings_make_php_run_where_no_guard_stands(chain: Site) -> None:
    before = ran(chain)
    for spelling in SPELLINGS:
        status_of(spelling, chain)
    reached = set(ran(chain)[len(before) :])
    assert reached >= {"/xmlrpc.php", "//xmlrpc.php", "/./xmlrpc.php", "/%78mlrpc.php"}


# Of each class one spelling, but for those that the proxy passes on for no client.
SPELT = sorted(
    {kind.example for kind in KINDS.values() if re.fullmatch(r"/[!-~]*", kind.example) and "#" not in kind.example}
)


def says_hello(site: Site, target: str, client: str) -> bool:
    """Return whether xmlrpc.php answers ``demo.sayHello`` at a raw target."""
    fields = (f"X-Forwarded-For: {client}", "Content-Type: text/xml", f"Content-Length: {len(HELLO)}")
    return b"<string>Hello!</string>" in site.listener.ask(get(target, *fields, method="POST") + HELLO)


@guarded
def test_each_spelling_that_wordpress_knows_serves_a_listed_client_and_no_stranger(
    chain: Site,
) -> None:
    php = replace(chain, listener=chain.server)
    known = [target for target in SPELT if says_hello(php, target, STRANGER)]
    assert set(known) >= {"/xmlrpc.php", "//xmlrpc.php", "/a/../xmlrpc.php", "/%2e/xmlrpc.php", "/%78mlrpc.php"}
    assert [target for target in SPELT if says_hello(chain, target, LISTED)] == known
    assert [target for target in SPELT if says_hello(chain, target, STRANGER)] == []


# Jetpack

CALL = Call()


@guarded
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="as Jetpack sends it"),
        pytest.param({"path": "//xmlrpc.php"}, id="with two slashes"),
        pytest.param({"path": "/%78mlrpc.php"}, id="with an escaped letter"),
        pytest.param(
            {"query": f"{CALL.query}&a=%2f+%7e&b="}, id="with other escapes in the query than a tidy client's"
        ),
        pytest.param({"host": "BLOG.example"}, id="with capitals in the host"),
        pytest.param({"host": "blog.example:8080"}, id="with a port"),
        pytest.param({"body": CALL.body + b"\r\n\0\v\t \n"}, id="with a body that ends oddly"),
    ],
)
def test_a_signature_holds_after_the_chain(change: dict[str, Any], chain: Site) -> None:
    call = replace(CALL, **change)
    answer = send(Visitor(chain.listener, LISTED), call, call, chain.wordpress.jetpack_secret)
    assert result(answer) == "the signature holds"


@everywhere
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"body": CALL.body + b"\n"}, id="body"),
        pytest.param({"query": CALL.query.replace("nonce=a", "nonce=b")}, id="query"),
        pytest.param({"query": f"{CALL.query}&x"}, id="parameters"),
        pytest.param({"path": "//xmlrpc.php"}, id="path"),
        pytest.param({"host": "blag.example"}, id="host"),
        pytest.param({"host": "blog.example:81"}, id="port"),
    ],
)
def test_a_signature_breaks_with_one_change_in(change: dict[str, Any], chain: Site) -> None:
    changed = replace(CALL, **change)
    answer = send(Visitor(chain.listener, LISTED), changed, CALL, chain.wordpress.jetpack_secret)
    with pytest.raises(Fault, match=r"requested method jetpack\.testConnection does not exist"):
        result(answer)
