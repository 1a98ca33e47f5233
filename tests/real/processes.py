"""The accounts of servers' workers, and folders that they may enter and others may not."""

import contextlib
import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path


def account(name: str) -> pwd.struct_passwd:
    """Give the user of a server's workers: under root the one of that name, or else the one who runs the tests."""
    return pwd.getpwnam(name) if os.getuid() == 0 else pwd.getpwuid(os.getuid())


@contextlib.contextmanager
def folder_of(user: pwd.struct_passwd) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        give(folder, user)
        yield folder


def give(path: Path, user: pwd.struct_passwd) -> None:
    os.chown(path, user.pw_uid, user.pw_gid)
