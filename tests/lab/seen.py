"""An application that answers with what a WSGI server makes of a request."""

import json
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.lab.corpus import NAMING

READ = (
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_URI", "HTTP_HOST"),
    "SERVER_SOFTWARE",  # by which the proxy knows servers that keep no raw target, but decode without faults
)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with what a guard and a forwarder read of the request, as a header field X-Environ in JSON.

    The field stands among the headers, since an answer to HEAD has no body, and is the body too, since an answer to
    HTTP/0.9 has no headers.
    """
    text = json.dumps({key: environ[key] for key in sorted(environ) if key in READ or names_a_path(key)})
    body = f"X-Environ: {text}\r\n".encode()
    start_response("200 OK", [("X-Environ", text), ("Content-Length", str(len(body)))])
    return [body]


def names_a_path(key: str) -> bool:
    """Return whether a key is that of a header by which a client may name a path or a method."""
    return key.startswith("HTTP_") and key.removeprefix("HTTP_").replace("_", "-") in NAMING
