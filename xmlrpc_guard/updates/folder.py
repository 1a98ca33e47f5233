"""The folder of the file to replace: the usual one is made, any other must be there."""

import os
import shlex
from importlib.util import find_spec

USUAL_FOLDER = "/etc/xmlrpc-guard"
"""Where the docs put list files. Another folder that is missing may be a slip, and no guard would read a file in it."""
_FOLDER_MODE = 0o755  # a list is not secret, and the guard runs as another user


class OutputError(Exception):
    """The file to replace cannot be read or replaced: the message says why."""


def prepare_folder(output: str) -> None:
    """Make the usual folder if it is missing; OutputError, with the command to run, if there is no folder then."""
    if find_spec("fcntl") is None:
        raise OutputError("cannot replace a file on this system, which has no fcntl; run this on Linux")
    folder = os.path.dirname(os.path.realpath(output))  # noqa: PTH120 - text, as given
    if os.path.isdir(folder):  # noqa: PTH112 - text, as given
        return
    reason = "does not exist"
    if folder == USUAL_FOLDER:
        try:
            os.mkdir(folder, _FOLDER_MODE)  # noqa: PTH102 - text, as given
        except OSError as error:
            reason = f"cannot be made ({error.strerror})"
        else:
            return
    raise OutputError(f"{folder} {reason}; run: install -d -m 755 {shlex.quote(folder)}")
