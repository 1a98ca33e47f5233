"""PasteDeploy's entry point: a guard from the ``[filter:...]`` section of an ini file."""

from collections.abc import Callable
from wsgiref.types import WSGIApplication

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.settings import SETTINGS, Settings
from xmlrpc_guard.wsgi import XMLRPCGuard

_IN_DEFAULT = (
    "stands in [DEFAULT], by 'set' or on the command line, and PasteDeploy then drops what the filter's section says; "
    "write it in that section alone"
)


def filter_factory(global_conf: dict[str, str] | None, **local_conf: str) -> Callable[[WSGIApplication], XMLRPCGuard]:
    """Make a filter from keys that are named as the settings; lists are split at white space and commas.

    ``allow`` is required; ``allow =`` with nothing after it means no one. ``file:/etc/office.txt`` stands for the
    entries of a file, which is followed. A key that is not a setting, or a value that cannot be used, raises
    ConfigurationError, and so does a setting's name in ``[DEFAULT]``: PasteDeploy (3.1) drops the section's own then.

    >>> guard = filter_factory({}, allow="192.0.64.0/18, 203.0.113.7", deny="192.0.64.5")
    >>> guard(lambda environ, start_response: []).decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.7"})
    Decision(Reason.LISTED, '203.0.113.7')
    """
    above = global_conf or {}
    ini = above.get("__file__", "ini file")
    for name in sorted(above.keys() & SETTINGS.keys()):
        raise ConfigurationError(name, above[name], _IN_DEFAULT, f"{ini}: [DEFAULT]")
    settings = Settings.from_texts(local_conf, lambda name: f"{ini}: {name}")
    policy = settings.follow()  # now: what cannot be used must fail when the file is loaded
    return lambda app: settings.make(XMLRPCGuard, app, policy)
