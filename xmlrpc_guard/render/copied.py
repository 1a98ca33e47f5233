"""A copy of a server's configuration with a rule in its place, so that a test changes nothing."""

import os
import shutil
from functools import reduce
from pathlib import Path
from typing import NamedTuple


class ConfigurationCopy(NamedTuple):
    """A copy of a server's configuration."""

    original: Path
    folder: Path
    copied: Path
    config: Path
    places: list[Path]
    """Where the rule is in it."""

    def rename(self, text: str) -> str:
        """Name the files as those that they are copies of."""
        return text.replace(str(self.copied), str(self.folder))


def copy_configuration(
    config: Path, rule: Path, output: str, root: Path, lists: tuple[str, str] | None
) -> ConfigurationCopy | None:
    """Copy the folder of a configuration, with the rule in its place; None if that place is not in the folder.

    A file names others by their full path, so that the folder's name is replaced in the copies: what they include is
    then the copy.
    """
    folder, place = config.resolve().parent, Path(output).resolve()
    if not config.is_file() or not place.is_relative_to(folder):
        return None
    copied = root / "copy"
    shutil.copytree(folder, copied, symlinks=False, ignore=_find_dangling)
    links = (path for path in folder.rglob("*") if path.resolve() == place)
    places = [copied / path.relative_to(folder) for path in {place, *links}]
    for each in places:
        shutil.copyfile(rule, each)
    names = sorted({str(folder), str(config.absolute().parent)}, key=len, reverse=True)  # one may lead to the other
    _replace_within(copied, [*filter(None, [lists]), *((name, str(copied)) for name in names)])
    return ConfigurationCopy(config, folder, copied, copied / config.resolve().relative_to(folder), places)


def _replace_within(folder: Path, names: list[tuple[str, str]]) -> None:
    for path in filter(Path.is_file, folder.rglob("*")):
        path.write_bytes(reduce(replace_name, names, path.read_bytes()))


def _find_dangling(folder: str, names: list[str]) -> list[str]:
    # copytree has a switch for it, but looks for what a relative link leads to in the current folder.
    return [name for name in names if not Path(folder, name).exists()]


def replace_name(data: bytes, names: tuple[str, str] | None) -> bytes:
    """Give a file's bytes with the second of two names in place of the first.

    >>> replace_name(b"include /etc/a;", ("/etc/a", "/tmp/a"))
    b'include /tmp/a;'
    """
    return data.replace(os.fsencode(names[0]), os.fsencode(names[1])) if names else data
