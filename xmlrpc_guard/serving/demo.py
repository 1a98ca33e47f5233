"""A small site with XML-RPC, for trying a guard without an application of one's own."""

import re
from collections.abc import Iterable
from shlex import quote
from wsgiref.types import StartResponse, WSGIEnvironment
from xmlrpc.server import SimpleXMLRPCDispatcher

import webob

from xmlrpc_guard.networks import parse_address

_THIS_MACHINE = ("127.0.0.1", "::1", "unix")
_HOST = re.compile(r"\[?([0-9A-Fa-f.:]+?)\]?:[0-9]{1,5}")

_PAGE = "An ordinary page. XML-RPC is at /xmlrpc.php.\n"
_CALL = "<methodCall><methodName>demo.sayHello</methodName></methodCall>"
_INSTRUCTIONS = """\
A demo site: jetpack is allowed, and this machine is a trusted proxy. Try, in another terminal:
  curl -i -H 'X-Forwarded-For: 203.0.113.9' -d '{call}' {url}/xmlrpc.php  # a stranger: {fate}
  curl -i -H 'X-Forwarded-For: 192.0.64.5' -d '{call}' {url}/xmlrpc.php  # Jetpack: allowed
  curl -i {url}/  # an ordinary page: not guarded"""


def make_demo_settings(listen: Iterable[str]) -> dict[str, str]:
    """Give the settings of the guard around the demo site, by the entries at which it listens.

    This machine is trusted so that curl can play any client: by its loopback addresses, and by one at which it listens,
    from which curl then comes.

    >>> make_demo_settings(["192.0.2.7:80", ":8000"])
    {'allow': 'jetpack', 'trusted_proxies': '127.0.0.1, ::1, unix, 192.0.2.7'}
    """
    hosts = [match[1] for match in map(_HOST.fullmatch, listen) if match]
    own = [host for host in hosts if host != "::" and parse_address(host) and host not in _THIS_MACHINE]
    return {"allow": "jetpack", "trusted_proxies": ", ".join((*_THIS_MACHINE, *own))}


def format_instructions(url: str, *, report_only: bool = False) -> str:
    """Return lines for a terminal: the demo's policy, and curl commands that show what a guard does at ``url``.

    >>> print(format_instructions("unix:/run/demo.sock").splitlines()[-1])
      curl -i --unix-socket /run/demo.sock http://localhost/  # an ordinary page: not guarded
    """
    fate = "allowed, since refusals are only reported" if report_only else "refused"
    return _INSTRUCTIONS.format(url=_format_target(url), call=_CALL, fate=fate)


def _format_target(url: str) -> str:
    """Write how curl is to reach a listener."""
    if url.startswith("unix:"):
        return f"--unix-socket {quote(url.removeprefix('unix:'))} http://localhost"
    return url


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
