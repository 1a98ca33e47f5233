"""The proof that a site is the prober's own: it serves a line that only the prober's key can make.

The line is public once it is served, so it must not be enough to have read it: it is derived from a key that never
leaves the prober's machine, and from scheme, host and port. Whoever copies it from another site cannot probe with it.
"""

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from xmlrpc_guard.corpus import ANYWHERE, Attempt
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.probe.answers import SiteAnswer
from xmlrpc_guard.probe.sending import SilenceError, SiteServer
from xmlrpc_guard.probe.site import Site

TOKEN_PATH = "/.well-known/guard-probe.txt"  # noqa: S105 - where it is, not what it is
"""Where the line is served. No segment of it has the name of a script, so that no rule for one keeps it away."""
_LEAST = 32
_OK = 200


class UnprovenError(Exception):
    """A site that does not serve the line: what it did instead."""


def default_key() -> Path:
    """Give the file of this user's key, where the XDG base directory specification has state.

    ConfigurationError for a user without a home, as in a container.
    """
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:
        problem = "is not given, and this user has no home to keep one in; name a file"
        raise ConfigurationError("key", None, problem) from None
    return Path(state) / "xmlrpc-guard" / "probe-key"


def load_key(path: Path) -> bytes:
    """Read the key, or make one; ConfigurationError if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_hex(_LEAST) + "\n")
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError("key", str(path), f"cannot be made ({error.strerror}); name another file") from None
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError("key", str(path), f"cannot be read ({error.strerror}); name another file") from None
    if len(key) < _LEAST:
        raise ConfigurationError("key", str(path), f"has fewer than {_LEAST} bytes in it; delete it for a new one")
    return key


def make_token(key: bytes, site: Site) -> str:
    """Make the line that a site must serve.

    >>> make_token(b"a key", Site("https", "blog.example", 443))
    'guard-probe c8fa65b2967afd2de84cf92c5cc10ef4'
    """
    return f"guard-probe {hmac.new(key, site.origin.encode(), 'sha256').hexdigest()[:32]}"


def find_own(servers: Iterable[SiteServer], token: str) -> SiteServer:
    """Give the first server that answers: on loopback at once, elsewhere if it serves the token.

    UnprovenError if it does not serve it; SilenceError if none answers. No redirect is followed.
    """
    problems: list[str] = []
    for server in servers:
        try:
            if server.is_loopback:
                server.find_own_address()
                return server
            answer = server.ask(Attempt("the token", ANYWHERE, TOKEN_PATH))
        except SilenceError as silence:
            problems.append(f"{server.address}: {silence}")
            continue
        _check(answer, token)
        return server
    raise SilenceError("; ".join(problems))


def _check(answer: SiteAnswer, token: str) -> None:
    if answer.status in range(300, 400):
        raise UnprovenError(f"redirects to {answer.field('location')!a:.100}, which is not followed")
    if answer.status != _OK:
        raise UnprovenError(f"answers {answer.status or 'without a status'}")
    if not hmac.compare_digest(answer.body.strip(), token.encode()):
        raise UnprovenError("holds something else")
