"""A small site with an XML-RPC door, for trying a guard where no application is at hand."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment
from xmlrpc.server import SimpleXMLRPCDispatcher

import webob

PAGE = "An ordinary page. The XML-RPC door is at /xmlrpc.php.\n"


def demo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve a page at ``/`` and, at ``/xmlrpc.php``, the methods system.listMethods and demo.sayHello."""
    response = _respond(webob.Request(environ))
    return response(environ, start_response)


def _respond(request: webob.Request) -> webob.Response:
    path = request.environ["PATH_INFO"]
    if path == "/":
        return webob.Response(PAGE, content_type="text/plain")
    if path != "/xmlrpc.php":
        return webob.Response("Not found\n", status=404, content_type="text/plain")
    if request.method != "POST":
        return webob.Response("XML-RPC wants POST\n", status=405, content_type="text/plain", allow="POST")
    answer = _dispatcher()._marshaled_dispatch(request.body)  # noqa: SLF001 - what its own server classes call
    return webob.Response(answer.encode() if isinstance(answer, str) else answer, content_type="text/xml")


def _dispatcher() -> SimpleXMLRPCDispatcher:
    dispatcher = SimpleXMLRPCDispatcher(allow_none=False, encoding="utf-8")
    dispatcher.register_introspection_functions()
    dispatcher.register_function(lambda: "Hello!", "demo.sayHello")
    return dispatcher
