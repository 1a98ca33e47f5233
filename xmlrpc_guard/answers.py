"""The answers to refused requests, each built once."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def _answering(status: str, body: str, kind: str = "text/plain", *more: tuple[str, str]) -> WSGIApplication:
    """Make the cheapest application that gives an answer: nothing is built per request."""
    whole, empty = (body.encode(),), (b"",)  # hypercorn answers 500 for an iterable without an item
    headers = [
        ("Content-Type", f"{kind}; charset=UTF-8"),
        ("Content-Length", str(len(whole[0]))),
        ("Cache-Control", "no-store"),
        *more,
    ]

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers[:])  # a copy, since a server may change it
        return empty if environ.get("REQUEST_METHOD") == "HEAD" else whole

    return answer


forbidden: WSGIApplication = _answering("403 Forbidden", "Forbidden\n")
"""The default answer to the refused."""

busy: WSGIApplication = _answering("503 Service Unavailable", "Busy\n", "text/plain", ("Retry-After", "5"))
"""The answer to a call while too many bodies are being read."""

FAULT_HEADER = "X-XMLRPC-Guard"
"""The field that tells this project's fault from WordPress' own."""

_FAULT = """<?xml version="1.0" encoding="UTF-8"?>
<methodResponse><fault><value><struct>
<member><name>faultCode</name><value><int>403</int></value></member>
<member><name>faultString</name><value><string>This call is not accepted here.</string></value></member>
</struct></value></fault></methodResponse>
"""

fault: WSGIApplication = _answering("200 OK", _FAULT, "text/xml", (FAULT_HEADER, "refused"))
"""An XML-RPC fault in answer to a refused call: the same for each, so that it shows nothing of the call."""
