"""An application that tells what its server makes of a request, and forwards what it is not asked to tell."""

import json
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.apps import forwarded

TELLING = "/tell"


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer to a path that begins with /tell, with JSON; pass all else to the guard and proxy of ``tests.apps``."""
    if not environ["PATH_INFO"].startswith(TELLING):
        return forwarded(environ, start_response)
    told = {key: value for key, value in environ.items() if isinstance(value, str)}
    text = json.dumps({**told, "terminated": bool(environ.get("wsgi.input_terminated"))}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]
