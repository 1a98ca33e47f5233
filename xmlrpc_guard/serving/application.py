"""Load the WSGI application that MODULE:APP names."""

import importlib
import pkgutil
import sys
import sysconfig
from traceback import FrameSummary, extract_tb
from typing import cast
from wsgiref.types import WSGIApplication

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.text import describe_error


def load_application(name: str) -> WSGIApplication:
    """Import a module and return the application in it; modules of the current directory are found, as by python -m.

    ConfigurationError if ``name`` is not MODULE:APP, if it cannot be loaded, or if it is not callable. An error that
    the module raises is shown with the line that raised it, and with the last line of the site's own that led there.

    >>> load_application("xmlrpc_guard.serving.demo:demo").__name__
    'demo'
    """
    if not all(name.partition(":")):
        raise ConfigurationError("application", name, "is not MODULE:APP; write 'mysite.wsgi:application'")
    sys.path.insert(0, "")
    try:
        app = pkgutil.resolve_name(name)
    except BaseException as error:  # noqa: BLE001 - the module may raise anything when it is imported, SystemExit too
        problem = f"cannot be loaded: {describe_error(error).removesuffix(': ')}{_describe_origin(error)}"
        raise ConfigurationError("application", name, problem) from None
    if not callable(app):
        raise ConfigurationError("application", name, "is not callable; write the name of a WSGI application")
    return cast(WSGIApplication, app)


def _describe_origin(error: BaseException) -> str:
    """Name the line that raised an error; nothing for one that the import itself raised."""
    frames = [frame for frame in extract_tb(error.__traceback__) if not _imports(frame)]
    own = [frame for frame in frames if not frame.filename.startswith(_INSTALLED)]
    places = [f"{frame.filename}:{frame.lineno}" for frame in (*frames[-1:], *own[-1:])]
    return f" (raised at {', from '.join(dict.fromkeys(places))})" if places else ""


_INSTALLED = tuple({sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")})


def _imports(frame: FrameSummary) -> bool:
    return frame.filename in (__file__, pkgutil.__file__, importlib.__file__) or frame.filename.startswith(
        "<frozen importlib"
    )
