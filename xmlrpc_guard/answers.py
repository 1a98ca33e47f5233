"""The answers to refused requests, each built once."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob


def _rendered(response: webob.Response) -> WSGIApplication:
    """Freeze a response into the cheapest application that gives it: nothing is built per request."""
    status, headers, whole = response.status, response.headerlist, (response.body,)
    empty = (b"",)  # hypercorn answers 500 for an iterable without an item

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers[:])  # a copy, since a server may change it
        return empty if environ.get("REQUEST_METHOD") == "HEAD" else whole

    return answer


forbidden: WSGIApplication = _rendered(
    webob.Response("Forbidden\n", status=403, content_type="text/plain", cache_control="no-store")
)
"""The default answer to the refused."""

busy: WSGIApplication = _rendered(
    webob.Response("Busy\n", status=503, content_type="text/plain", cache_control="no-store", retry_after=5)
)
"""The answer to a call while too many bodies are being read."""

FAULT_HEADER = "X-XMLRPC-Guard"
"""The field that tells this project's fault from WordPress' own."""

_FAULT = """<?xml version="1.0" encoding="UTF-8"?>
<methodResponse><fault><value><struct>
<member><name>faultCode</name><value><int>403</int></value></member>
<member><name>faultString</name><value><string>This call is not accepted here.</string></value></member>
</struct></value></fault></methodResponse>
"""

_marked = webob.Response(_FAULT, content_type="text/xml", cache_control="no-store")
_marked.headers[FAULT_HEADER] = "refused"
fault: WSGIApplication = _rendered(_marked)
"""An XML-RPC fault in answer to a refused call: the same for each, so that it shows nothing of the call."""
