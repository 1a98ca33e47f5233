"""A WordPress of one's own: a copy of the installed one, with what ``site`` adds to it, and a database."""

import contextlib
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.frontends import Listener
from tests.lab.database import Database, mariadb
from tests.lab.php import write_ini
from tests.real.configuration import USER
from tests.real.processes import account, folder_of, give
from tests.real.programs import lacks, path

HERE = Path(__file__).parent
HOST = "blog.example"

lacks_wordpress = lacks("wordpress", "php-cli", "php-mysql")


@dataclass(frozen=True)
class WordPress:
    """An installed site: the folder that holds it and what its servers need, and its secrets."""

    root: Path
    user: str = "keeper"
    password: str = field(default_factory=secrets.token_urlsafe)
    jetpack_secret: str = field(default_factory=secrets.token_urlsafe)

    @property
    def folder(self) -> Path:
        return self.root / "wordpress"

    @property
    def witness(self) -> Path:
        """The log to which every run of xmlrpc.php adds a line."""
        return self.root / "witness.log"


@dataclass(frozen=True)
class Site:
    """A WordPress, and where it is asked: at the front of a chain, which may be its own server."""

    wordpress: WordPress
    listener: Listener
    server: Listener


@contextlib.contextmanager
def installed() -> Iterator[WordPress]:
    """Install WordPress, and drop it when the block ends."""
    with folder_of(account(USER)) as root, mariadb() as database:
        site = WordPress(root)
        _copy(site)
        _configure(site, database)
        _install(site)
        yield site


def _copy(site: WordPress) -> None:
    # Debian's own settings and rules stay behind; its links into other packages become files.
    left_out = shutil.ignore_patterns("wp-config.php", ".htaccess", "akismet")
    shutil.copytree(path("wordpress"), site.folder, ignore=left_out, ignore_dangling_symlinks=True)
    shutil.copytree(HERE / "site", site.folder, dirs_exist_ok=True)
    uploads = site.folder / "wp-content/uploads"
    uploads.mkdir()
    site.witness.touch()
    for written in (uploads, site.witness):
        give(written, account(USER))


def _configure(site: WordPress, database: Database) -> None:
    settings = {
        "mysqli.default_socket": database.socket,
        "wordpress.database_password": database.password,
        "wordpress.user": site.user,
        "wordpress.password": site.password,
        "jetpack.secret": site.jetpack_secret,
    }
    write_ini(site.root, settings)


def _install(site: WordPress) -> None:
    user = account(USER)
    command = (path("php-cli"), "-c", str(site.root))
    with (HERE / "install.php").open() as script:
        subprocess.run(
            command, stdin=script, cwd=site.folder, user=user.pw_uid, group=user.pw_gid, check=True, capture_output=True
        )
