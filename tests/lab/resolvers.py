"""Whose request is it? Asked of the guard and of Python libraries, each through one small adapter."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from python_ipware import IpWare
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from waitress.proxy_headers import proxy_headers_middleware
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.lab.forged import INNER, SITE, TRUSTED, UNIX, Case
from xmlrpc_guard import Policy

Answer = str | None
Answers = Sequence[Answer]


def over_tcp(case: Case) -> bool:
    return case.peer != UNIX


@dataclass(frozen=True)
class Resolver:
    """A server or library that names the client of each case: as text, or None where it refuses the request."""

    name: str
    release: str
    """The program and its version."""
    ask: Callable[[Sequence[Case]], Answers]
    takes: Callable[[Case], bool] = over_tcp
    """Whether its settings have a form for the case."""

    def answers(self, cases: Sequence[Case]) -> Answers:
        """Give the answer to each case, each sent once."""
        distinct = list(dict.fromkeys(cases))
        found = dict(zip(distinct, self.ask(distinct), strict=True))
        return [found[case] for case in cases]


# The guard


_POLICIES = {name: Policy(allow=[], trusted_proxies=proxies) for name, proxies in TRUSTED.items()}


def _guard(cases: Sequence[Case]) -> Answers:
    return [_POLICIES[case.trusted].judge(case.peer, case.forwarded, unix=case.peer == UNIX).client for case in cases]


GUARD = Resolver("xmlrpc_guard", "as it stands", _guard, lambda _: True)

# Python libraries, called


def _environ(case: Case) -> WSGIEnvironment:
    """Write what a server's environ tells of the client, and no more: nothing else is looked at."""
    forwarded = {} if case.forwarded is None else {"HTTP_X_FORWARDED_FOR": case.forwarded}
    return {"REMOTE_ADDR": case.peer, **forwarded}


Wrap = Callable[[WSGIApplication, Case], WSGIApplication]


def _behind(wrap: Wrap) -> Callable[[Sequence[Case]], Answers]:
    """Ask a WSGI middleware: what is REMOTE_ADDR behind it? None where it answers by itself."""

    def answer(case: Case) -> Answer:
        seen: list[str] = []

        def application(environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
            seen.append(environ["REMOTE_ADDR"])
            return []

        wrap(application, case)(_environ(case), lambda *_: BytesIO().write)
        return seen[0] if seen else None

    return lambda cases: list(map(answer, cases))


def _proxy_fix(count: int) -> Callable[[Sequence[Case]], Answers]:
    return _behind(lambda application, _: ProxyFix(application, x_for=count))


def _waitress(count: int) -> Callable[[Sequence[Case]], Answers]:
    def wrap(application: WSGIApplication, case: Case) -> WSGIApplication:
        proxy = next(iter(case.proxies), None)
        return proxy_headers_middleware(application, proxy, count, trusted_proxy_headers={"x-forwarded-for"})

    return _behind(wrap)


def _one_address(case: Case) -> bool:
    """Return whether the peer is trusted by one address or not at all: waitress takes no ranges."""
    return over_tcp(case) and case.trusted in ("no peer", "one address", SITE)


async def _scoped(cases: Sequence[Case]) -> Answers:
    async def nothing(*_: Any) -> Any:
        """Stand for an application, and for what one receives and sends with."""

    found = []
    for case in cases:
        lines = [(b"x-forwarded-for", line.encode("latin-1")) for line in case.lines]
        scope: Any = {"type": "http", "client": (case.peer, 0), "headers": lines}
        await ProxyHeadersMiddleware(nothing, trusted_hosts=case.proxies)(scope, nothing, nothing)
        found.append(scope["client"][0])
    return found


def _uvicorn(cases: Sequence[Case]) -> Answers:
    return asyncio.run(_scoped(cases))


def _ipware(proxies: Callable[[Case], list[str]]) -> Callable[[Sequence[Case]], Answers]:
    def answer(case: Case) -> Answer:
        found, _ = IpWare(proxy_list=proxies(case)).get_client_ip(_environ(case))
        return found and str(found)

    return lambda cases: list(map(answer, cases))


def _in_the_header(case: Case) -> list[str]:
    """Give the proxies that a header names, all but the one that connects: IpWare wants one entry for each of them."""
    return [entry for entry in case.proxies if entry not in (INNER, "unix")]


def _of(package: str) -> str:
    return f"{package} {version(package)}"


PROXY_FIX_1, PROXY_FIX_2 = "ProxyFix(x_for=1)", "ProxyFix(x_for=2)"
WAITRESS_1, WAITRESS_2 = "waitress, count 1", "waitress, count 2"
UVICORN, IPWARE, IPWARE_LIST = "uvicorn", "IpWare()", "IpWare(proxy_list)"
LIBRARIES = [
    Resolver(PROXY_FIX_1, _of("Werkzeug"), _proxy_fix(1)),
    Resolver(PROXY_FIX_2, _of("Werkzeug"), _proxy_fix(2)),
    Resolver(WAITRESS_1, _of("waitress"), _waitress(1), _one_address),
    Resolver(WAITRESS_2, _of("waitress"), _waitress(2), _one_address),
    Resolver(UVICORN, _of("uvicorn"), _uvicorn),
    Resolver(IPWARE, _of("python-ipware"), _ipware(lambda _: [])),
    Resolver(IPWARE_LIST, _of("python-ipware"), _ipware(_in_the_header)),
]
"""What a Python site might take instead."""
