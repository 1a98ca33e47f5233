"""The ways in which an application may forward a request: each reads another view of its path."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import bottle
from wsgiproxy.proxies import HostProxy

from tests.frontends import Listener
from xmlrpc_guard.proxy.reverse import ReverseProxy


def unquoted_path(environ: WSGIEnvironment) -> str:
    """Forward the path as the server decoded it."""
    return f"{environ['SCRIPT_NAME']}{environ['PATH_INFO']}{_query(environ)}"


def quoted_path(environ: WSGIEnvironment) -> str:
    """Escape the decoded path again, as PEP 3333 has it in "URL Reconstruction"."""
    return quote(f"{environ['SCRIPT_NAME']}{environ['PATH_INFO']}".encode("latin-1")) + _query(environ)


def path_info(environ: WSGIEnvironment) -> str:
    """Forward PATH_INFO alone, as an application does that does not know of SCRIPT_NAME."""
    return f"{environ['PATH_INFO']}{_query(environ)}"


def raw_target(environ: WSGIEnvironment) -> str:
    """Forward the request line's own target, where the server gives it."""
    return str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or quoted_path(environ))


def _query(environ: WSGIEnvironment) -> str:
    return f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""


@dataclass(frozen=True)
class Plain:
    """Forward a request without a body to ``at``, with its target as ``aim`` reads it."""

    aim: Callable[[WSGIEnvironment], str]
    at: Listener

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        target = self.aim(environ)
        if "\r" in target or "\n" in target:  # it would make two requests of one
            start_response("400 Bad Request", [])
            return [b""]
        given = {name[5:].replace("_", "-"): text for name, text in environ.items() if name.startswith("HTTP_")}
        given |= {"CONTENT-LENGTH": "0", "CONNECTION": "close"}
        fields = "".join(f"{name}: {text}\r\n" for name, text in given.items())
        head = f"{environ['REQUEST_METHOD']} {target} HTTP/1.1\r\n{fields}\r\n"
        _, _, body = self.at.ask(head.encode("latin-1")).partition(b"\r\n\r\n")
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


def bottle_path(at: Listener) -> WSGIApplication:
    """Forward the path as an application in Bottle sees it, which leaves out what is not UTF-8."""

    def forward(path: str) -> bytes:
        environ = {**bottle.request.environ, "SCRIPT_NAME": "", "PATH_INFO": quote(path)}
        (answer,) = Plain(unquoted_path, at)(environ, ignored)
        return answer

    framework = bottle.Bottle()
    framework.route("<path:re:.*>", method="ANY", callback=forward)
    application: WSGIApplication = framework
    return application


def ignored(_status: str, _headers: object, _error: object = None) -> Callable[[bytes], object]:
    return bytes


def _plain(aim: Callable[[WSGIEnvironment], str]) -> Callable[[Listener], WSGIApplication]:
    return lambda at: Plain(aim, at)


FORWARDERS: dict[str, Callable[[Listener], WSGIApplication]] = {
    "quoted path": _plain(quoted_path),
    "raw target": _plain(raw_target),
    "unquoted path": _plain(unquoted_path),
    "PATH_INFO": _plain(path_info),
    "Bottle": bottle_path,
    "WSGIProxy2": lambda at: HostProxy(f"http://127.0.0.1:{at.port}"),
    "xmlrpc_guard.proxy": lambda at: ReverseProxy(f"http://127.0.0.1:{at.port}"),
}
