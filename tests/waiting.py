"""An application whose answer waits for a file, so that a test can do something while a request runs."""

import time
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment


def answer_when_allowed(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Make the file ``begun`` in the current directory, and answer when there is one named ``go``."""
    Path("begun").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"finished"]
