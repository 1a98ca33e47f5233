"""Where the numbers of a guard are read: in its process, or in what the processes of a server share."""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.metrics.numbers import CountedGuard, GuardNumbers, numbers_of
from xmlrpc_guard.text import describe_error

if TYPE_CHECKING:
    from xmlrpc_guard.metrics.shared import Share

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable whose folder the processes of a server share, as prometheus_client names it."""


def make_number_reader(guard: CountedGuard) -> Callable[[], GuardNumbers]:
    """Make the function that gives a guard's numbers: those of all processes if SHARED_FOLDER is set, or its own.

    >>> from xmlrpc_guard import Policy, XMLRPCGuard
    >>> read = make_number_reader(XMLRPCGuard(lambda environ, start_response: [], Policy(allow=["jetpack"])))
    >>> read().processes == (os.getpid(),)
    True
    """
    folder = os.environ.get(SHARED_FOLDER)
    return partial(_read_shared, folder, _open_share(guard, folder)) if folder else lambda: numbers_of(guard.status())


def _open_share(guard: CountedGuard, folder: str) -> "Share":
    try:
        from xmlrpc_guard.metrics.shared import Share  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        problem = "needs prometheus_client; run: pip install 'xmlrpc_guard[metrics]'"
        raise ConfigurationError(SHARED_FOLDER, folder, problem) from None
    try:
        return Share(guard)
    except OSError as error:
        problem = f"cannot be used ({error.strerror}); create it, empty, for this user to write"
        raise ConfigurationError(SHARED_FOLDER, folder, problem) from None


def _read_shared(folder: str, share: "Share") -> GuardNumbers:
    from xmlrpc_guard.metrics.shared import read_shared  # noqa: PLC0415 - an extra, imported already

    share.refresh()
    try:
        return read_shared(folder)
    except Exception as error:  # a process that was killed may leave half a file, and others may write there
        problem = f"holds what cannot be read ({describe_error(error)}); empty it before the server starts"
        raise ConfigurationError(SHARED_FOLDER, folder, problem) from error
