"""PasteDeploy's entry point: a guard from the ``[filter:...]`` section of an ini file."""

from collections.abc import Callable
from wsgiref.types import WSGIApplication

from xmlrpc_guard.settings import Settings
from xmlrpc_guard.wsgi import XMLRPCGuard


def filter_factory(global_conf: dict[str, str] | None, **local_conf: str) -> Callable[[WSGIApplication], XMLRPCGuard]:
    """Make a filter from keys that are named as the settings; lists are split at white space and commas.

    ``allow`` is required; ``allow =`` with nothing after it means no one. ``file:/etc/office.txt`` stands for the
    entries of a file, which is followed. A key that is not a setting, or a value that cannot be used, raises
    ConfigurationError. ``[DEFAULT]``, which PasteDeploy passes too, holds no setting.

    >>> guard = filter_factory({}, allow="192.0.64.0/18, 203.0.113.7", deny="192.0.64.5")
    >>> guard(lambda environ, start_response: []).decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.7"})
    Decision(Reason.LISTED, '203.0.113.7')
    """
    ini = (global_conf or {}).get("__file__", "ini file")
    settings = Settings.from_texts(local_conf, lambda name: f"{ini}: {name}")
    policy = settings.follow()  # now: what cannot be used must fail when the file is loaded
    return lambda app: settings.make(XMLRPCGuard, app, policy)
