"""What working out the client costs, beside other libraries that do so, in one run.

    python -m tests.benchmarks.peers [--requests 200] [--rounds 100]

One trusted proxy connects, and X-Forwarded-For has one address. The contenders of a row take turns. The exit status is
1 if a ratio is over its limit. Others that guard by address need a framework around them, and are not here.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from python_ipware import IpWare
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.benchmarks import contenders as c
from tests.benchmarks import hotpath, report
from xmlrpc_guard import Policy

PEER = "10.0.0.7"
POLICY = Policy(allow=[], trusted_proxies=["10.0.0.0/8"])
Resolve = Callable[[str], object]
"""Gives the client that a value of X-Forwarded-For names."""


def ours(forwarded: str) -> object:
    return POLICY.identify(PEER, forwarded).client


def by_ipware() -> Resolve:
    library = IpWare(proxy_list=[PEER])
    return lambda forwarded: library.get_client_ip(
        {"HTTP_X_FORWARDED_FOR": f"{forwarded}, {PEER}", "REMOTE_ADDR": PEER}
    )[0]


def by_uvicorn() -> Resolve:
    async def nothing(*_: Any) -> Any:
        """Stand for an application, and for what one receives and sends with."""

    middleware = ProxyHeadersMiddleware(nothing, trusted_hosts=["10.0.0.0/8"])

    def resolve(forwarded: str) -> object:
        scope: Any = {"type": "http", "client": (PEER, 0), "headers": [(b"x-forwarded-for", forwarded.encode())]}
        with suppress(StopIteration):  # it waits for nothing
            middleware(scope, nothing, nothing).send(None)
        return scope["client"][0]

    return resolve


def by_proxy_fix() -> Resolve:
    def found(environ: Any, _start_response: object) -> Any:
        return environ["REMOTE_ADDR"]

    fixed = ProxyFix(found)
    return lambda forwarded: fixed({"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": forwarded}, c.start_response)


OTHERS = {
    "werkzeug's ProxyFix, which counts hops": (by_proxy_fix, 1.5),
    "uvicorn's ProxyHeadersMiddleware": (by_uvicorn, 0.8),
    "python-ipware": (by_ipware, 0.2),
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time who works out the client.")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=100, help="turns of each contender (%(default)s)")
    flags = parser.parse_args(argv)
    report.heading("Time, as a ratio")
    make = hotpath.Rounds(flags.requests, 0, {})
    kept = []
    for title, (other, limit) in OTHERS.items():
        row = hotpath.Row(f"client, one hop / {title}", limit, make.resolving(ours), make.resolving(other()))
        kept.append(hotpath.show(row, flags.rounds))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
