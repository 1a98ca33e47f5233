"""What working out the client costs, and deciding about it, beside other libraries that do so, in one run.

    python -m tests.benchmarks.peers [--requests 200] [--rounds 100]

One trusted proxy connects, and X-Forwarded-For has one address; or a client is looked for in eight ranges, by its text.
The contenders of a row take turns. Some libraries are not needed for anything else here, and a row whose library is
missing says so: ``pip install forwarded guard-core``, and ``pip install --no-deps django-middlewall``, which asks for a
Django of 2016 and a netaddr of 2019. The exit status is 1 if a ratio is over its limit.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from math import nan
from types import SimpleNamespace
from typing import Any

import netaddr
import webob
from python_ipware import IpWare
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.benchmarks import contenders as c
from tests.benchmarks import hotpath, report
from xmlrpc_guard import Policy

PEER = "10.0.0.7"
POLICY = Policy(allow=[], trusted_proxies=["10.0.0.0/8"])
GUARDED = Policy(allow=c.EIGHT_RANGES)
Resolve = Callable[[str], object]
"""Gives the client that a value of X-Forwarded-For names, or whether an address is allowed."""


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


def by_forwarded() -> Resolve:
    library: Any = import_module("forwarded")
    return lambda forwarded: library.client_from_x_forwarded(forwarded, PEER, trusted=["10.0.0.0/8"])


def by_guard_core() -> Resolve:
    library: Any = import_module("guard_core.sync.utils")
    config = _guard_core_config(trusted_proxies=["10.0.0.0/8"])

    def resolve(forwarded: str) -> object:
        headers = {"X-Forwarded-For": forwarded}
        return library.extract_client_ip(
            SimpleNamespace(client_host=PEER, headers=headers, state=SimpleNamespace()), config
        )

    return resolve


def _guard_core_config(**given: object) -> Any:
    models: Any = import_module("guard_core.models")
    return models.SecurityConfig(enable_redis=False, **given)


OTHERS = {
    "werkzeug's ProxyFix, which counts hops": (by_proxy_fix, 1.5),
    "uvicorn's ProxyHeadersMiddleware": (by_uvicorn, 0.8),
    "python-ipware": (by_ipware, 0.2),
    "forwarded": (by_forwarded, 0.25),
    "guard-core": (by_guard_core, 0.2),
}


def decide(address: str) -> object:
    return GUARDED.judge(address)


def by_webob_and_netaddr() -> Resolve:
    allow = netaddr.IPSet(c.EIGHT_RANGES)
    return lambda address: netaddr.IPAddress(str(webob.Request({"REMOTE_ADDR": address}).client_addr)) in allow


def by_middlewall() -> Resolve:
    settings: Any = import_module("django.conf").settings
    if not settings.configured:
        settings.configure(MIDDLEWALL_WHITELIST=c.EIGHT_RANGES)
    with warnings.catch_warnings(action="ignore"):  # it is old
        library: Any = import_module("middlewall.middleware")

    def allowed(address: str) -> object:
        with suppress(library.PermissionDenied):
            library.WhitelistMiddleware.process_request(None, SimpleNamespace(META={"REMOTE_ADDR": address}))
            return True
        return False

    return allowed


def allowed_by_guard_core() -> Resolve:
    library: Any = import_module("guard_core.sync.utils")
    config = _guard_core_config(whitelist=c.EIGHT_RANGES)
    return lambda address: library.is_ip_allowed(address, config)


DECIDERS = {
    "a WebOb request and a netaddr set": (by_webob_and_netaddr, 0.2),
    "django-middlewall": (by_middlewall, 0.05),
    "guard-core": (allowed_by_guard_core, 0.1),
}


LIBRARIES = ("forwarded", "guard-core", "python-ipware", "django-middlewall", "Django")


def find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Time who works out the client.")
    parser.add_argument("--requests", type=int, default=200, help="requests in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=100, help="turns of each contender (%(default)s)")
    flags = parser.parse_args(argv)
    report.heading("Time, as a ratio")
    make = hotpath.Rounds(flags.requests, 0, {})
    report.FIGURES.update({name: find_version(name) for name in LIBRARIES})
    kept = [
        show(hotpath.Row(f"{what} / {title}", limit, make.resolving(function), bool), make, other, flags.rounds)
        for what, function, others in (("client, one hop", ours, OTHERS), ("in eight ranges", decide, DECIDERS))
        for title, (other, limit) in others.items()
    ]
    return 0 if all(kept) else 1


def show(row: hotpath.Row, make: hotpath.Rounds, other: Callable[[], Resolve], rounds: int) -> bool:
    """Measure a row, unless its library is missing."""
    try:
        baseline = make.resolving(other())
    except ImportError as error:
        report.note(row.title, f"{error.name} is not installed", nan)
        return True
    return hotpath.show(row._replace(baseline=baseline), rounds)


if __name__ == "__main__":
    sys.exit(main())
