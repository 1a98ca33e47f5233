"""A guarded application that lets caches keep its answers, in a way for each first segment of the path."""

from collections.abc import Iterable
from hashlib import sha256
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.real.guards import LISTED
from xmlrpc_guard import Policy, XMLRPCGuard

EXPIRES = ("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")
LIFETIMES = {
    "silent": [],
    "public": [("Cache-Control", "public, max-age=600")],
    "expires": [EXPIRES],
    "expires-first": [EXPIRES, ("Cache-Control", "max-age=600")],
    "nginx": [("X-Accel-Expires", "600")],
    "surrogate": [("Surrogate-Control", "max-age=600"), ("Cache-Control", "no-cache")],
}


def _site(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with the page, or that the client has it; a POST is answered with the hash of its body."""
    way = environ["PATH_INFO"].split("/")[1]
    headers = [("Content-Type", "text/plain"), ("ETag", '"1"'), *LIFETIMES[way]]
    if environ.get("HTTP_IF_NONE_MATCH") == '"1"':
        start_response("304 Not Modified", headers)
        return []
    start_response("200 OK", headers)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return [sha256(body).hexdigest().encode()]


_POLICY = Policy(allow=[LISTED], trusted_proxies=["127.0.0.1"])
_guard = XMLRPCGuard(_site, _POLICY)
_reporting_guard = XMLRPCGuard(_site, _POLICY, report_only=True)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Guard every path; only report where its last segment says so."""
    guard = _reporting_guard if environ["PATH_INFO"].endswith("/reported") else _guard
    return guard(environ, start_response)
