"""The application of which the matrix learns what a server makes of a request."""

import json
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.lab.corpus import NAMING

READ = (
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_URI", "HTTP_HOST"),
    "SERVER_SOFTWARE",  # by which the proxy knows servers that keep no raw target, but decode without faults
)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer with what a guard and a forwarder read of the request, as JSON.

    It stands in a header, as an answer to HEAD has no body, and in the body, as one to HTTP/0.9 has no headers.
    """
    named = {key for key in environ if key.startswith("HTTP_") and key[5:].replace("_", "-") in NAMING}
    text = json.dumps({key: environ[key] for key in sorted({*READ, *named} & environ.keys())})
    body = f"X-Environ: {text}\r\n".encode()
    start_response("200 OK", [("X-Environ", text), ("Content-Length", str(len(body)))])
    return [body]
