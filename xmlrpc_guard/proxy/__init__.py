"""In front of PHP: a reverse proxy that sends requests on as they came, alone or with a guard around it.

Under a server that takes a call for an application::

    gunicorn 'xmlrpc_guard.proxy:application("http://127.0.0.1:8080", allow="jetpack")'
"""

from collections.abc import Iterable
from typing import Any

from xmlrpc_guard.paste import policy_of, split_list
from xmlrpc_guard.proxy.reverse import PATIENCE, ReverseProxy
from xmlrpc_guard.wsgi import XMLRPCGuard

__all__ = ["PATIENCE", "ReverseProxy", "application"]


def application(
    upstream: str,
    *,
    allow: str | Iterable[Any],
    deny: str | Iterable[Any] = (),
    trusted_proxies: str | Iterable[Any] = (),
    forwarded_header: str = "X-Forwarded-For",
    scripts: str | Iterable[str] = ("xmlrpc.php",),
    report_only: bool = False,
    timeout: float | tuple[float, float] = PATIENCE,
) -> XMLRPCGuard:
    """Make a guard directly around a ReverseProxy; both trust the same proxies.

    The settings are those of Policy, XMLRPCGuard and ReverseProxy. A list may be one text, split at white space
    and commas; ``allow=""`` means nobody, ``"file:/etc/office.txt"`` the entries of a file, which is followed.
    Unusable settings raise ConfigurationError.

    >>> guard = application("unix:/run/php.sock", allow="jetpack, 203.0.113.7", trusted_proxies="unix")
    >>> guard.decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.9"}).allowed
    False
    """
    policy = policy_of(
        {
            "allow": _listed(allow),
            "deny": _listed(deny),
            "trusted_proxies": _listed(trusted_proxies),
            "forwarded_header": forwarded_header,
            "scripts": _listed(scripts),
        }
    )
    proxy = ReverseProxy(upstream, timeout=timeout, trusted_proxies=policy)
    return XMLRPCGuard(proxy, policy, report_only=report_only)


def _listed(entries: str | Iterable[Any]) -> Iterable[Any]:
    return split_list(entries) if isinstance(entries, str) else entries
