"""Load the WSGI application that MODULE:APP names."""

import sys
from pkgutil import resolve_name
from traceback import format_exception_only
from typing import cast
from wsgiref.types import WSGIApplication

from xmlrpc_guard.errors import ConfigurationError


def load_application(name: str) -> WSGIApplication:
    """Import a module and return the application in it; modules of the current directory are found, as by python -m.

    ConfigurationError if ``name`` is not MODULE:APP, if it cannot be loaded, or if it is not callable.

    >>> load_application("xmlrpc_guard.serving.demo:demo").__name__
    'demo'
    """
    if not all(name.partition(":")):
        raise ConfigurationError("application", name, "is not MODULE:APP; write 'mysite.wsgi:application'")
    sys.path.insert(0, "")
    try:
        app = resolve_name(name)
    except BaseException as error:  # noqa: BLE001 - the module may raise anything when it is imported, SystemExit too
        reason = format_exception_only(error)[-1].strip()
        raise ConfigurationError("application", name, f"cannot be loaded: {reason}") from None
    if not callable(app):
        raise ConfigurationError("application", name, "is not callable; write the name of a WSGI application")
    return cast(WSGIApplication, app)
