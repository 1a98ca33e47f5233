"""A document root whose xmlrpc.php says that it ran."""

import contextlib
from itertools import product
from pathlib import Path

from tests.lab.parts import NAME
from tests.lab.setups import Setup
from tests.real.configuration import USER
from tests.real.processes import account, give

WORD = b"the marker ran"
ID = "X-Id"
# The word stands here from behind, so that the file sent as a text does not say that it ran.
MARKER = """<?php
file_put_contents('{log}', ($_SERVER['HTTP_X_ID'] ?? '') . "\\n", FILE_APPEND);
echo strrev('{word}');
"""
# Files that a WordPress has beside it: scripts that say their name, and what looks like them where it is no script.
OTHERS = (
    *("index.php", "wp-login.php", "wp-cron.php", "wp-admin/index.php", "wp-admin/admin-ajax.php", "readme.html"),
    *("wp-includes/class-wp-xmlrpc-server.php", "wp-content/themes/example/style.css", "wp-content/index.php"),
)


def plant(setup: Setup, folder: Path, log: Path) -> None:
    """Fill a folder with what a set-up serves; its scripts add the ids of the requests that run them to a log."""
    folder.mkdir()
    log.touch()
    give(log, account(USER))
    (folder / ".htaccess").write_text(setup.htaccess, "utf-8")
    marker = MARKER.format(log=log, word=WORD.decode()[::-1])
    for base in {"", *setup.folders}:
        for other in OTHERS:
            path = folder / base / other
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"<?php echo '{other}';\n", "utf-8")
    for base in setup.folders:
        (folder / base / NAME).write_text(marker, "utf-8")
        if setup.ignores_case:
            _link_all_cases(folder / base / NAME)


def _link_all_cases(path: Path) -> None:
    """Emulate a file system that ignores case: a link for each way to write the name; 512 for nine letters."""
    for letters in product(*({letter, letter.upper()} for letter in path.name)):
        with contextlib.suppress(FileExistsError):
            path.with_name("".join(letters)).hardlink_to(path)
