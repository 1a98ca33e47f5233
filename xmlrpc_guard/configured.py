"""A guard and what it stands around, as a configuration describes them: for ``serve``, and for ``xmlrpc_guard.app``."""

import atexit
import os
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from wsgiref.types import WSGIApplication

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.metrics.reading import make_number_reader
from xmlrpc_guard.policy import PolicySource
from xmlrpc_guard.proxy.endpoint import DEFAULT_TIMEOUT
from xmlrpc_guard.proxy.reverse import ReverseProxy
from xmlrpc_guard.serving.application import load_application
from xmlrpc_guard.serving.listening import check_listen_entry
from xmlrpc_guard.serving.private import check_private_entry
from xmlrpc_guard.settings.configuration import Configuration
from xmlrpc_guard.wsgi import XMLRPCGuard

DEFAULT_LOG = "sampled"
"""Which refusals are logged where the setting is not given: a server's log is to survive a flood."""


def make_guard(configuration: Configuration) -> XMLRPCGuard:
    """Make a guard around the application or the upstream that a configuration names; ConfigurationError for neither.

    >>> from xmlrpc_guard.settings.configuration import read_configuration
    >>> environ = {"XMLRPC_GUARD_ALLOW": "jetpack", "XMLRPC_GUARD_UPSTREAM": "http://127.0.0.1:8080"}
    >>> guard = make_guard(read_configuration({}, environ))
    >>> print(guard.decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.9"}))
    deny 203.0.113.9: client is not in the allowlist
    """
    policy = configuration.follow()
    app = make_application(configuration, policy)
    if app is None:
        problem = "is not given, nor is upstream; write one of them"
        raise ConfigurationError("application", None, problem)
    return configuration.make(XMLRPCGuard, app, policy, log=DEFAULT_LOG)


def show_status(configuration: Configuration, guard: XMLRPCGuard) -> None:
    """Serve the status page that a configuration names, in a thread, for as long as this process runs.

    Each process of a server listens at the same port, and any of them may answer.
    """
    entry = configuration.serving()["status"]
    if entry is not None:
        with configuration.naming_origins():
            _show_status(entry, guard)


def _show_status(entry: str, guard: XMLRPCGuard) -> None:
    if not _TCP.fullmatch(entry):
        problem = "cannot be shared by the processes of a server; write 127.0.0.1:9100"
        raise ConfigurationError("status", entry, problem)
    try:
        from xmlrpc_guard.serving.page import serving_page  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as missing:
        problem = f"needs {missing.name}; run: pip install 'xmlrpc_guard[cli]'"
        raise ConfigurationError("status", entry, problem) from None
    page = serving_page(entry, make_number_reader(guard), reuse_port=True)
    page.__enter__()
    atexit.register(_end_page, page, os.getpid())


_TCP = re.compile(r"[^:]+:[0-9]+|\[.+\]:[0-9]+")


def _end_page(page: AbstractContextManager[object], process: int) -> None:
    if os.getpid() == process:  # a forked one has not its thread
        page.__exit__(None, None, None)


def check_serving(configuration: Configuration, policy: PolicySource) -> None:
    """Raise ConfigurationError for what ``serve`` would refuse; no application is loaded, and nothing listens."""
    serving = configuration.serving()
    with configuration.naming_origins():
        for entry in serving["listen"]:
            check_listen_entry("listen", entry)
        if serving["status"] is not None:
            check_private_entry(serving["status"])
    if serving["upstream"] is not None:
        load_named(configuration)  # which refuses both of them before it loads one
    make_proxy(configuration, policy)


def make_application(configuration: Configuration, policy: PolicySource) -> WSGIApplication | None:
    """Load the application, or make the reverse proxy, that a configuration names; None if it names neither."""
    app, proxy = load_named(configuration), make_proxy(configuration, policy)
    return proxy if app is None else app


def load_named(configuration: Configuration) -> WSGIApplication | None:
    """Load the application that a configuration names; None if it names none, ConfigurationError beside an upstream."""
    with configuration.naming_origins():
        serving = configuration.serving()
        name = serving["application"]
        if name is not None and serving["upstream"] is not None:
            raise ConfigurationError("application", name, "is given together with upstream; write one of them")
        return None if name is None else load_application(name)


def make_proxy(configuration: Configuration, policy: PolicySource) -> ReverseProxy | None:
    """Make the reverse proxy to the upstream that a configuration names; None if it names none.

    ConfigurationError too for what is set and has no upstream.
    """
    with configuration.naming_origins():
        serving = configuration.serving()
        limits = {"timeout": (DEFAULT_TIMEOUT.connect, serving["timeout"]), "max_spool": serving["max_spool"]}
        upstream = serving["upstream"]
        if upstream is None:
            _refuse_without_upstream(configuration, limits)
            return None
        options = {"log": DEFAULT_LOG, **limits, **configuration.settings().proxy_options}
        return ReverseProxy(upstream, trusted_proxies=policy, **options)


def _refuse_without_upstream(configuration: Configuration, names: Iterable[str]) -> None:
    for name in names:
        if name in configuration.given:
            value = configuration.given[name].entries[0].value
            raise ConfigurationError(name, value, "needs an upstream; write upstream = http://HOST:PORT too")
