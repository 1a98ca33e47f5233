"""Serving without the command line, and without click: the listener, loading an application, the demo site."""

import sys
from pathlib import Path
from typing import Any

import pytest
import webob

from tests.frontends import Listener, free_port, get, started, wait_for
from xmlrpc_guard.serving.application import load_application
from xmlrpc_guard.serving.demo import demo, make_demo_settings


@pytest.mark.parametrize(
    ("listen", "own"),
    [
        pytest.param("127.0.0.1:8000", [], id="a loopback address is trusted anyway"),
        pytest.param("192.0.2.7:80", ["192.0.2.7"], id="an address of this machine"),
        pytest.param("[2001:db8::7]:80", ["2001:db8::7"], id="an IPv6 address of this machine"),
        pytest.param("0.0.0.0:80", [], id="all IPv4 addresses are no one's"),
        pytest.param("[::]:80", [], id="all addresses are no one's"),
        pytest.param("site.example:80", [], id="a host name"),
        pytest.param("unix:/run/x", [], id="a unix socket"),
    ],
)
def test_the_demo_trusts_the_address_that_it_listens_at(listen: str, own: list[str]) -> None:
    assert make_demo_settings([listen])["trusted_proxies"].split(", ")[3:] == own


CALL = b"<methodCall><methodName>%s</methodName></methodCall>"


@pytest.mark.usefixtures("_module_in_the_current_directory")
def test_a_module_of_the_current_directory_is_loaded() -> None:
    assert load_application("site_of_this_test:app").__name__ == "print"


@pytest.fixture
def _module_in_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    Path("site_of_this_test.py").write_text("app = print")


DEMO: list[Any] = [
    pytest.param("GET", "/", b"", 200, "An ordinary page.", id="an ordinary page"),
    pytest.param("GET", "/other", b"", 404, "Not found", id="a page that it does not have"),
    pytest.param("GET", "/xmlrpc.php", b"", 405, "XML-RPC needs POST", id="XML-RPC by GET"),
    pytest.param("POST", "/xmlrpc.php", CALL % b"demo.sayHello", 200, "<string>Hello!</string>", id="demo.sayHello"),
    pytest.param("POST", "/xmlrpc.php", CALL % b"system.listMethods", 200, "demo.sayHello", id="system.listMethods"),
    pytest.param("POST", "/xmlrpc.php", CALL % b"wp.getUsersBlogs", 200, "not supported", id="an unknown method"),
    pytest.param("POST", "/xmlrpc.php", b"rubbish", 200, "<fault>", id="a body that is not XML"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "text"), DEMO)
def test_the_demo_site(method: str, path: str, body: bytes, status: int, text: str) -> None:
    response = webob.Request.blank(path, method=method, body=body).send(demo)
    assert (response.status_int, text in response.text) == (status, True)


WITHOUT_CLICK = """
import sys
sys.modules["click"] = None
from xmlrpc_guard import XMLRPCGuard
from xmlrpc_guard.serving.application import load_application
from xmlrpc_guard.serving.listening import open_listeners
from xmlrpc_guard.serving.server import run_server
from xmlrpc_guard import Settings
from xmlrpc_guard.serving.demo import make_demo_settings
settings = Settings.from_texts(make_demo_settings(sys.argv[1:]))
with open_listeners("listen", sys.argv[1:]) as listeners:
    run_server(settings.guard(load_application("xmlrpc_guard.serving.demo:demo")), listeners)
"""


def test_click_is_not_needed_to_serve(tmp_path: Path) -> None:
    listener = Listener(port=free_port())
    command = (sys.executable, "-W", "ignore", "-c", WITHOUT_CLICK, f"127.0.0.1:{listener.port}")
    with started(command, tmp_path / "log"):
        wait_for(listener)
        answers = [
            listener.ask(get(path, "X-Forwarded-For: 203.0.113.9")).split(b" ")[1] for path in ("/", "/xmlrpc.php")
        ]
    assert answers == [b"200", b"403"]
