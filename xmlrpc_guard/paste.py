"""PasteDeploy's entry point: a guard from the ``[filter:...]`` section of an ini file."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import entries_of
from xmlrpc_guard.policy import Policy, PolicySource
from xmlrpc_guard.sources import File, LivePolicy
from xmlrpc_guard.wsgi import XMLRPCGuard

_ADDRESSES = ("allow", "deny", "trusted_proxies")
_LISTS = (*_ADDRESSES, "scripts")
_FORWARDED_HEADER, _REPORT_ONLY = "forwarded_header", "report_only"
_KEYS = (*_LISTS, _FORWARDED_HEADER, _REPORT_ONLY)
_FILE = "file:"

# The spellings that PasteDeploy's own converters take.
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


def filter_factory(
    global_conf: dict[str, str] | None,  # noqa: ARG001 - PasteDeploy passes [DEFAULT], which holds no setting of ours
    **local_conf: str,
) -> Callable[[WSGIApplication], XMLRPCGuard]:
    """Make a filter from the keys of Policy, and ``report_only``; lists are split at white space and commas.

    ``allow`` is required; ``allow =`` with nothing behind it means nobody. ``file:/etc/office.txt`` stands for the
    entries of a file, which is followed. A key that is not a setting, or a value that cannot be used, raises
    ConfigurationError.

    >>> guard = filter_factory({}, allow="192.0.64.0/18, 203.0.113.7", deny="192.0.64.5")
    >>> guard(lambda environ, start_response: []).decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "203.0.113.7"})
    Decision(Reason.LISTED, '203.0.113.7')
    """
    for key, value in local_conf.items():
        if key not in _KEYS:
            raise ConfigurationError(key, value, f"is set, but {key!a:.60} is not a setting; write {_nearest(key)}")
    if "allow" not in local_conf:
        raise ConfigurationError("allow", None, "is missing; write allow = jetpack, or allow = for nobody")
    settings: dict[str, Any] = {key: split_list(local_conf[key]) for key in _LISTS if key in local_conf}
    settings |= {key: local_conf[key].strip() for key in (_FORWARDED_HEADER,) if key in local_conf}
    policy, report_only = policy_of(settings), _boolean(local_conf.get(_REPORT_ONLY, "false"))
    return lambda app: XMLRPCGuard(app, policy, report_only=report_only)


def policy_of(settings: Mapping[str, Any]) -> PolicySource:
    """Make the policy that these settings ask for: a LivePolicy if an entry of a list is ``file:PATH``.

    >>> policy_of({"allow": ["192.0.64.0/18"], "scripts": ["xmlrpc.php"]}).current().allow
    Networks(['192.0.64.0/18'])
    """
    own, files = dict(settings), dict[str, Any]()
    for setting in filter(settings.__contains__, _ADDRESSES):
        entries: list[Any] = list(
            entries_of(setting, settings[setting])
        )  # what is set-like is one of them, and no text
        own[setting] = [entry for entry in entries if not _names_file(entry)]
        files[setting] = [_file(setting, entry) for entry in entries if _names_file(entry)]
    policy = Policy(**own)
    return LivePolicy(policy, **files) if any(files.values()) else policy


def _names_file(entry: object) -> bool:
    return isinstance(entry, str) and entry.startswith(_FILE)


def _file(setting: str, entry: str) -> File:
    try:
        return File(entry.removeprefix(_FILE))
    except ConfigurationError as error:
        raise ConfigurationError(setting, entry, error.problem) from None


def split_list(text: str) -> list[str]:
    """Split the text of a list at white space and commas.

    >>> split_list("192.0.64.0/18, 203.0.113.7")
    ['192.0.64.0/18', '203.0.113.7']
    """
    return text.replace(",", " ").split()


def _nearest(key: str) -> str:
    near = difflib.get_close_matches(key.lower().replace("-", "_"), _KEYS, n=1)
    return near[0] if near else f"one of {', '.join(_KEYS)}"


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise ConfigurationError(_REPORT_ONLY, text, "is neither true nor false; write one of them") from None
