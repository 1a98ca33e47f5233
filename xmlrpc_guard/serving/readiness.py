"""Tell systemd that a server is ready: that it listens, its settings are usable, and a signal does not end it."""

import logging
import os
import socket

from xmlrpc_guard.text import printable

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

_VARIABLE = "NOTIFY_SOCKET"
"""The variable in which systemd names the socket that waits for this (sd_notify(3)), where a unit has Type=notify."""


def tell_ready() -> None:
    """Say so once, where someone waits for it; a fault is logged, since the unit's start then fails in time."""
    address = os.environ.pop(_VARIABLE, "")  # no child of this process shall say so
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as waiting:
            waiting.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            waiting.sendall(b"READY=1")
    except OSError as error:
        logger.error("%s: %s cannot be told that the server is ready: %s", _VARIABLE, printable(address), error)  # noqa: TRY400
