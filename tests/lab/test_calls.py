"""Public methods before a real WordPress: under three servers, an editor works, and what is not public never runs."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from xmlrpc.client import Binary, Fault, dumps, loads

import pytest

from tests.bodies import DECLARATION, inner, multicall
from tests.frontends import Listener, free_port, running, serving
from tests.lab.conftest import Ask
from tests.lab.database import lacks_mariadb
from tests.lab.php import TCP, lacks_apache
from tests.lab.visitor import LISTED, Answer, Visitor
from tests.lab.wordpress import Site, WordPress, lacks_wordpress

pytestmark = [lacks_wordpress, lacks_mariadb, lacks_apache]

SETTINGS = {
    "ALLOW": "jetpack",
    "TRUSTED_PROXIES": "127.0.0.1",
    "PUBLIC_METHODS": "editors, system.multicall",
    "DENIED_CALL": "fault",
}


@contextlib.contextmanager
def by_serve() -> Iterator[Listener]:
    front = Listener(port=free_port())
    command = (sys.executable, "-m", "xmlrpc_guard", "serve", "--listen", f"127.0.0.1:{front.port}")
    with tempfile.TemporaryDirectory() as folder, serving(command, front, Path(folder) / "log"):
        yield front


def by(server: str) -> contextlib.AbstractContextManager[Listener]:
    return by_serve() if server == "serve" else running(server, "xmlrpc_guard.app:application")


@pytest.fixture(scope="module", params=["gunicorn", "waitress", "serve"])
def site(request: pytest.FixtureRequest, wordpress: WordPress, at_server: Ask) -> Iterator[Site]:
    upstream = at_server("Apache", TCP)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**SETTINGS, "UPSTREAM": f"http://127.0.0.1:{upstream.port}"}.items():
            patch.setenv(f"XMLRPC_GUARD_{name}", value)
        with by(request.param) as front:
            yield Site(wordpress, front, upstream)


def ran(site: Site) -> list[str]:
    return site.wordpress.witness.read_text().splitlines()


def result(answer: Answer) -> Any:
    return loads(answer.body)[0][0]


class Editor:
    """A desktop editor: it asks for the interfaces, and then calls methods."""

    def __init__(self, site: Site) -> None:
        self.visitor = Visitor(site.listener)
        self.account = site.wordpress.user, site.wordpress.password

    def call(self, method: str, *arguments: Any) -> Any:
        return result(self.visitor.post("/xmlrpc.php", dumps(arguments, method).encode()))

    def call_as_user(self, method: str, first: str, *arguments: Any) -> Any:
        return self.call(method, first, *self.account, *arguments)


# An editor works


def test_an_editor_discovers_the_interfaces(site: Site) -> None:
    answer = Visitor(site.listener).get("/xmlrpc.php?rsd")
    assert answer.status == 200
    assert b'<api name="MetaWeblog"' in answer.body


def test_an_editor_writes_and_deletes_a_post(site: Site) -> None:
    editor = Editor(site)
    (blog,) = editor.call_as_user("blogger.getUsersBlogs", "key")
    post = {"title": "Grüße", "description": "<b>bold</b> ]]>", "categories": ["Uncategorized"]}
    number = editor.call_as_user("metaWeblog.newPost", blog["blogid"], post, True)
    read = editor.call_as_user("metaWeblog.getPost", number)
    assert (read["title"], read["description"]) == ("Grüße", "<b>bold</b> ]]>")
    assert editor.call("blogger.deletePost", "key", number, *editor.account, True) is True


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
@pytest.mark.parametrize("size", [3_000, 700_001], ids="{} bytes".format)
def test_an_editor_uploads_a_file(size: int, chunked: bool, site: Site) -> None:
    editor = Editor(site)
    content = Random(size).randbytes(size)
    file = {"name": "noise.txt", "type": "text/plain", "bits": Binary(content)}
    body = dumps(("1", *editor.account, file), "metaWeblog.newMediaObject").encode()
    pieces = iter([body[at : at + 9973] for at in range(0, len(body), 9973)])
    uploaded = result(editor.visitor.post("/xmlrpc.php", pieces if chunked else body))
    back = Visitor(site.listener).get(uploaded["url"].partition("blog.example")[2])
    assert back.body == content


def test_an_editor_makes_several_public_calls_in_one(site: Site) -> None:
    user = Editor(site).account
    calls = [
        {"methodName": "wp.getPostFormats", "params": ["1", *user]},
        {"methodName": "mt.supportedMethods", "params": []},
    ]
    formats, methods = Editor(site).call("system.multicall", calls)
    assert formats[0]["standard"] == "Standard"
    assert "pingback.ping" in methods[0]


# What is not public never runs

LOGINS = [{"methodName": "wp.getUsersBlogs", "params": ["keeper", f"guess {number}"]} for number in range(500)]
REFUSED = [
    pytest.param(dumps(("http://a.example/", "http://blog.example/hello-world/"), "pingback.ping"), id="pingback.ping"),
    pytest.param(dumps((LOGINS,), "system.multicall"), id="a multicall of 500 logins"),
    pytest.param(multicall(inner("demo.sayHello"), inner("pingback.ping")), id="a multicall with one other call"),
    pytest.param(
        f"{' ' * 80}{DECLARATION}{dumps((), 'mt.supportedMethods')}", id="a body that versions read in two ways"
    ),
    pytest.param(dumps((), "demo.sayHello"), id="a method that is not of the preset"),
    pytest.param("", id="no body"),
]


@pytest.mark.parametrize("kind", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", REFUSED)
def test_a_call_that_is_not_public_does_not_run(body: str, kind: str, site: Site) -> None:
    before = ran(site)
    answer = Visitor(site.listener).post("/xmlrpc.php", body.encode(), {"Content-Type": kind})
    assert answer.headers["X-XMLRPC-Guard"] == "refused"
    with pytest.raises(Fault, match="This call is not accepted here"):
        result(answer)
    assert ran(site) == before


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_another_method_than_post_does_not_run(method: str, site: Site) -> None:
    before = ran(site)
    answer = Visitor(site.listener).ask(method, "/xmlrpc.php", dumps((), "mt.supportedMethods").encode())
    assert (answer.status, ran(site)) == (403, before)


def test_a_listed_client_calls_what_it_likes(site: Site) -> None:
    calls = [{"methodName": "demo.sayHello", "params": []}] * 60
    answer = Visitor(site.listener, LISTED).post("/xmlrpc.php", dumps((calls,), "system.multicall").encode())
    assert result(answer) == [["Hello!"]] * 60
