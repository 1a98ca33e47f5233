"""Keep strangers away from WordPress' /xmlrpc.php, in front of any WSGI application.

>>> from xmlrpc_guard import Policy, Request
>>> policy = Policy(allow=["192.0.64.0/18"])
>>> print(policy.decide(Request("/%78mlrpc.php", peer="203.0.113.9")))
deny 203.0.113.9: client is not in the allowlist
"""

# Each name is imported when it is first used: a command is ready for Ctrl-C before half a second of imports, and an
# application imports what it needs. ``__init__.pyi`` says the same to type checkers.
_HOMES = {
    "ConfigurationError": "errors",
    "Decision": "policy",
    "Networks": "networks",
    "Policy": "policy",
    "Reason": "policy",
    "Request": "request",
    "Settings": "settings",
    "XMLRPCGuard": "wsgi",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - nothing is imported before it is used

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
