"""How tests wait: how long for what should come, and an application that waits while a test does something."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

PATIENCE = 60  # seconds until what should come is missed: on a busy machine, servers took more than ten


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def answer_when_allowed(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Make the file ``begun`` in the current directory, and answer when there is one named ``go``."""
    Path("begun").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"finished"]
