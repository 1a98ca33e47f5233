"""A guard around a reverse proxy, in one call: for a server that takes a call for an application."""

from typing import Any

from xmlrpc_guard.proxy.endpoint import DEFAULT_TIMEOUT
from xmlrpc_guard.proxy.reverse import ReverseProxy
from xmlrpc_guard.proxy.spool import DEFAULT_MAX_SPOOL
from xmlrpc_guard.settings import Settings
from xmlrpc_guard.wsgi import XMLRPCGuard


def application(
    upstream: str,
    *,
    timeout: float | tuple[float, float] = DEFAULT_TIMEOUT,
    max_spool: int | tuple[int, int] = DEFAULT_MAX_SPOOL,
    **settings: Any,
) -> XMLRPCGuard:
    """Make a guard directly around a ReverseProxy; both trust the same proxies.

    ``upstream``, ``timeout`` and ``max_spool`` are ReverseProxy's; the other keywords are named as the settings. A list
    may be one text, split at white space and commas; ``allow=""`` means no one, and ``"file:/etc/office.txt"`` the
    entries of a file, which is followed. Unusable settings raise ConfigurationError.

    >>> guard = application("unix:/run/php.sock", allow="jetpack, 203.0.113.7", trusted_proxies="unix")
    >>> guard.decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.9"}).allowed
    False
    """
    written = Settings.from_texts(settings)
    policy = written.follow()
    options = written.proxy_options
    proxy = ReverseProxy(upstream, timeout=timeout, trusted_proxies=policy, max_spool=max_spool, **options)
    return written.make(XMLRPCGuard, proxy, policy)
