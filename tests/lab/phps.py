"""The versions of PHP and of WordPress' XML-RPC classes that a body is run in."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.lab.fetch_phps import PHP_7_4, PHP_8_5, WORDPRESS
from tests.real.programs import found

FOLDER = Path(os.environ.get("LAB_PHPS", "/opt/xmlrpc-guard-phps"))


class PHP(NamedTuple):
    """A PHP: its command, and what its process needs in the environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def _fetched(package: str) -> PHP:
    native = FOLDER / package.rpartition("/")[2]
    command = (f"{native}/php/php", "-n", "-d", f"extension_dir={native}/php/modules", "-d", "extension=xml")
    return PHP(command, {"LD_LIBRARY_PATH": f"{native}/lib"})


PHPS: Mapping[str, PHP] = {
    "7.4": _fetched(PHP_7_4),
    "8.2": PHP((*found("php-cli")[-1:],), {}),
    "8.5": _fetched(PHP_8_5),
}
CLASSES: Mapping[str, Path] = {
    "6.1": Path("/usr/share/wordpress/wp-includes/IXR"),
    "6.5": FOLDER / WORDPRESS / "wp-includes/IXR",
}

lacks_phps = pytest.mark.skipif(
    not all((found("php-cli"), found("wordpress"), FOLDER.is_dir())),
    reason="not installed: php-cli, wordpress, or what tests.lab.fetch_phps fetches",
)
