"""A guarded application that refuses in each way there is, at a path of its own, and answers everything else.

MAX_DRAIN and MOST_SECONDS, where they are set, bound what is read away.
"""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard import Policy, XMLRPCGuard, draining
from xmlrpc_guard.proxy import ReverseProxy

draining.MOST_SECONDS = float(os.environ.get("MOST_SECONDS", draining.MOST_SECONDS))
_MOST = int(os.environ.get("MAX_DRAIN", draining.DEFAULT_MAX_DRAIN))
_unreachable = ReverseProxy("unix:/no/such.sock", max_spool=1000, max_drain=_MOST)


def _page(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Read the body, and answer."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"a page"]


def _site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    app: WSGIApplication = _unreachable if environ["PATH_INFO"].startswith("/php") else _page
    return app(environ, start_response)


application = XMLRPCGuard(_site, Policy(allow=[]), max_drain=_MOST)
