"""What stands in front of PHP: the guard around the proxy, under a WSGI server; or nothing."""

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tests.frontends import Listener, free_port, running, serving

ALLOW, TRUSTED = "jetpack", "127.0.0.1"


def upstream(at: Listener) -> str:
    return f"unix:{at.path}" if at.path else f"http://127.0.0.1:{at.port}"


def by_gunicorn(at: Listener) -> AbstractContextManager[Listener]:
    call = f'application("{upstream(at)}", allow="{ALLOW}", trusted_proxies="{TRUSTED}")'
    return running("gunicorn", f"xmlrpc_guard.proxy:{call}")


@contextlib.contextmanager
def by_waitress(at: Listener) -> Iterator[Listener]:
    front = Listener(port=free_port())
    options = ("--upstream", upstream(at), "--allow", ALLOW, "--trusted-proxies", TRUSTED)
    command = (sys.executable, "-m", "xmlrpc_guard", "serve", *options, "--listen", f"127.0.0.1:{front.port}")
    with tempfile.TemporaryDirectory() as folder, serving(command, front, Path(folder) / "log"):
        yield front


GUARDED: dict[str, Callable[[Listener], AbstractContextManager[Listener]]] = {
    "gunicorn": by_gunicorn,
    "waitress": by_waitress,
}
# The same rows without anything in front: they show what the chain must not change.
CHAINS = {"no guard": nullcontext, **GUARDED}
