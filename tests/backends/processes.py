"""Servers as child processes, each with a folder that its unprivileged user may enter and others may not."""

import contextlib
import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.frontends import Listener, started, wait_for


def account(name: str) -> pwd.struct_passwd:
    """Give the user that a server's workers run as: the one of that name under root, or else whoever runs the tests."""
    return pwd.getpwnam(name) if os.getuid() == 0 else pwd.getpwuid(os.getuid())


@contextlib.contextmanager
def folder_of(user: pwd.struct_passwd) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give(folder, user)
        yield folder


def give(path: Path, user: pwd.struct_passwd) -> None:
    os.chown(path, user.pw_uid, user.pw_gid)


@contextlib.contextmanager
def serving(command: tuple[str, ...], at: Listener, log: Path, seconds: float = 30) -> Iterator[Listener]:
    """Run a server until the block ends; one that does not come up is an error that quotes what it wrote."""
    with started(command, log):
        try:
            wait_for(at, seconds)
        except TimeoutError as error:
            error.add_note(log.read_text("utf-8"))
            raise
        yield at
