"""What the server around a guard does to the peer's address and to headers, as far as that can be seen."""

import os
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.records import log_sentences

_ALLOWED_BY = "--forwarded-allow-ips"
_ALLOWED_BY_VARIABLES = ("FORWARDED_ALLOW_IPS", "UVICORN_FORWARDED_ALLOW_IPS")

_ANYONE = (
    "uvicorn takes REMOTE_ADDR from a header of any peer, as forwarded_allow_ips is {}: any client is who it says; "
    "start uvicorn with --no-proxy-headers, and name the proxy in trusted_proxies"
)
_RUN_TOGETHER = (
    "bjoern joins the lines of a header without a separator, and two of them may be another client's address; "
    "the proxy must send one line, as nginx does by proxy_set_header"
)
_REWRITTEN = (
    "the server took REMOTE_ADDR from a header, as uvicorn does by proxy_headers, and trusts whom forwarded_allow_ips "
    "names; start uvicorn with --no-proxy-headers, and name the proxy in trusted_proxies"
)


def doubts_about_server(
    modules: Container[str], environment: Mapping[str, str], arguments: Sequence[str]
) -> Iterator[str]:
    """Doubt what a process shows of its server: the modules that it has loaded, its environment and its arguments.

    >>> [doubt.partition(",")[0] for doubt in doubts_about_server({"uvicorn"}, {"FORWARDED_ALLOW_IPS": "*"}, [])]
    ['uvicorn takes REMOTE_ADDR from a header of any peer']
    """
    if "uvicorn" in modules and _reads_header(environment, arguments):
        yield from map(_ANYONE.format, _find_anyone(environment, arguments)[:1])
    if "bjoern" in modules:
        yield _RUN_TOGETHER


def log_doubts_about_server() -> None:
    """Log what this process shows of its server."""
    log_sentences(doubts_about_server(sys.modules, os.environ, sys.argv))


def _reads_header(environment: Mapping[str, str], arguments: Sequence[str]) -> bool:
    off = environment.get("UVICORN_PROXY_HEADERS", "true").lower() in ("0", "false", "no", "off", "n", "f")
    return not off and "--no-proxy-headers" not in arguments


def _find_anyone(environment: Mapping[str, str], arguments: Sequence[str]) -> list[str]:
    """Give what trusts anyone: a star that stands alone, and ranges of all addresses of a family in a list.

    uvicorn takes a star beside other entries, or with a blank, for the name of a host, which no peer has.
    """
    given = [environment.get(name, "") for name in _ALLOWED_BY_VARIABLES]
    given += [value for flag, value in pairwise(arguments) if flag == _ALLOWED_BY]
    given += [each.removeprefix(f"{_ALLOWED_BY}=") for each in arguments if each.startswith(f"{_ALLOWED_BY}=")]
    ranges = [name.strip() for value in given for name in value.split(",") if name.strip().endswith("/0")]
    return [value for value in given if value == "*"] + ranges


def is_peer_rewritten(environ: WSGIEnvironment) -> bool:
    """Return whether a server under ASGI, as by a2wsgi, has put a header's address into REMOTE_ADDR.

    uvicorn gives it port 0 then, unless the header names one. No client connects from port 0.
    """
    client = environ["asgi.scope"].get("client") if "asgi.scope" in environ else None
    return client is not None and client[1] == 0


class RewrittenPeers:
    """Logs once that the server takes REMOTE_ADDR from a header."""

    def __init__(self) -> None:
        self._logged = False

    def look(self, environ: WSGIEnvironment) -> None:
        """Look at one request."""
        if not self._logged and is_peer_rewritten(environ):
            self._logged = True
            log_sentences([_REWRITTEN])
