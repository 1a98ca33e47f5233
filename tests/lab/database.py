"""A MariaDB of one's own: a new data directory, a unix socket, no network."""

import contextlib
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.frontends import Listener, serving
from tests.real.processes import account, folder_of, give
from tests.real.programs import lacks, path

USER = "mysql"
CREATE = """\
CREATE DATABASE wordpress;
CREATE USER wordpress@localhost IDENTIFIED BY '{password}';
GRANT ALL ON wordpress.* TO wordpress@localhost;
"""

lacks_mariadb = lacks("mariadb-server", "mariadb-install-db")


@dataclass(frozen=True)
class Database:
    """A database behind a unix socket; it and its user are named ``wordpress``."""

    folder: Path
    password: str = field(default_factory=secrets.token_hex)

    @property
    def socket(self) -> str:
        return f"{self.folder}/socket"

    @property
    def script(self) -> Path:
        return self.folder / "create.sql"

    @property
    def options(self) -> tuple[str, ...]:
        # Aria alone: to make InnoDB's files would take longer than all the rest.
        storage = ("--skip-innodb", "--default-storage-engine=Aria", f"--datadir={self.folder}/data")
        return ("--no-defaults", f"--user={account(USER).pw_name}", *storage)


@contextlib.contextmanager
def mariadb() -> Iterator[Database]:
    """Run a MariaDB server until the block ends."""
    with folder_of(account(USER)) as folder:
        folder.chmod(0o711)  # PHP must reach the socket; the data directory stays closed
        database = Database(folder)
        _create(database)
        options = (*database.options, f"--init-file={database.script}", "--skip-networking")
        command = (path("mariadb-server"), *options, f"--socket={database.socket}")
        with serving(command, Listener(path=database.socket), folder / "mariadb.log"):
            yield database


def _create(database: Database) -> None:
    database.script.touch(0o600)  # it holds the password
    give(database.script, account(USER))
    database.script.write_text(CREATE.format(password=database.password), "utf-8")
    subprocess.run([path("mariadb-install-db"), *database.options, "--skip-test-db"], check=True, capture_output=True)
