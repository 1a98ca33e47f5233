"""A small site with XML-RPC, for trying a guard without an application of one's own."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment
from xmlrpc.server import SimpleXMLRPCDispatcher

import webob

from xmlrpc_guard.policy import Policy

DEMO_SETTINGS = {"allow": "jetpack", "trusted_proxies": "127.0.0.1"}
"""The settings of the guard around the demo site. 127.0.0.1 is trusted so that curl can play any client."""
DEMO_POLICY = Policy(allow=[DEMO_SETTINGS["allow"]], trusted_proxies=[DEMO_SETTINGS["trusted_proxies"]])
"""What they mean."""

_PAGE = "An ordinary page. XML-RPC is at /xmlrpc.php.\n"
_CALL = "<methodCall><methodName>demo.sayHello</methodName></methodCall>"
_INSTRUCTIONS = """\
A demo site: jetpack is allowed, and 127.0.0.1 is a trusted proxy. Try, in another terminal:
  curl -i -H 'X-Forwarded-For: 203.0.113.9' -d '{call}' {url}/xmlrpc.php  # a stranger: refused
  curl -i -H 'X-Forwarded-For: 192.0.64.5' -d '{call}' {url}/xmlrpc.php  # Jetpack: allowed
  curl -i {url}/  # an ordinary page: not guarded"""


def format_instructions(url: str) -> str:
    """Return lines for a terminal: the demo's policy, and curl commands that show what a guard does at ``url``."""
    return _INSTRUCTIONS.format(url=url, call=_CALL)


def demo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve a page at ``/`` and, at ``/xmlrpc.php``, the methods system.listMethods and demo.sayHello."""
    response = _respond(webob.Request(environ))
    return response(environ, start_response)


def _respond(request: webob.Request) -> webob.Response:
    path = request.environ["PATH_INFO"]
    if path == "/":
        return webob.Response(_PAGE, content_type="text/plain")
    if path != "/xmlrpc.php":
        return webob.Response("Not found\n", status=404, content_type="text/plain")
    if request.method != "POST":
        return webob.Response("XML-RPC needs POST\n", status=405, content_type="text/plain", allow="POST")
    answer = _make_dispatcher()._marshaled_dispatch(request.body)  # noqa: SLF001 - as Python's XML-RPC servers do
    return webob.Response(answer.encode() if isinstance(answer, str) else answer, content_type="text/xml")


def _make_dispatcher() -> SimpleXMLRPCDispatcher:
    dispatcher = SimpleXMLRPCDispatcher(allow_none=False, encoding="utf-8")
    dispatcher.register_introspection_functions()
    dispatcher.register_function(lambda: "Hello!", "demo.sayHello")
    return dispatcher
