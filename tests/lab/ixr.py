"""Which methods WordPress runs for a body, and which a reader sees in it."""

import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from xmlrpc.client import loads

from tests.lab.phps import CLASSES, PHPS
from xmlrpc_guard.methods import MULTICALL, UnreadableBodyError, read_methods
from xmlrpc_guard.wordpress import METHODS

DRIVER = Path(__file__).with_name("ixr.php")
Names = tuple[str, ...]


class Reading(NamedTuple):
    """A version of PHP, one of WordPress, and whether the body is trimmed first, as up to WordPress 5.4."""

    php: str
    wordpress: str
    trimmed: bool

    def __str__(self) -> str:
        return f"PHP {self.php}, WordPress {self.wordpress}{', trimmed' if self.trimmed else ''}"


READINGS = (
    *(Reading(php, wordpress, trimmed=False) for php, wordpress in product(PHPS, CLASSES)),
    *(Reading(php, "6.1", trimmed=True) for php in PHPS),
)


def run(reading: Reading, bodies: Sequence[bytes]) -> list[Names]:
    """Give the methods that ran for each body, in order."""
    php = PHPS[reading.php]
    command = (*php.command, str(DRIVER), str(CLASSES[reading.wordpress]), *(["trimmed"] if reading.trimmed else []))
    sent = b"".join([f"{' '.join(METHODS)}\n".encode(), *(b"%d\n%s" % (len(body), body) for body in bodies)])
    done = subprocess.run(command, input=sent, env=php.environment, capture_output=True, check=True)
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(bodies), done.stderr.decode()
    return [tuple(line.split()) for line in lines]


def run_in_all(bodies: Sequence[bytes], readings: Iterable[Reading] = READINGS) -> list[set[str]]:
    """Give for each body the methods that any of the versions ran."""
    ran: list[set[str]] = [set() for _ in bodies]
    for reading in readings:
        for names, more in zip(ran, run(reading, bodies), strict=True):
            names.update(more)
    return ran


# Readers: each gives the names that it sees, or None for a body that it does not read.
Reader = Callable[[bytes], Names | None]


def guard(body: bytes) -> Names | None:
    try:
        return read_methods(body)
    except UnreadableBodyError:
        return None


def by_pattern(body: bytes) -> Names | None:
    """Search for the elements, as many filters do."""
    first = re.search(rb"<methodName>\s*([^<]*?)\s*</methodName>", body)
    inner = re.findall(rb"<name>\s*methodName\s*</name>\s*<value>\s*(?:<string>)?\s*([^<]*?)\s*<", body)
    return None if first is None else tuple(name.decode("latin-1") for name in (first[1], *inner))


def by_standard_library(body: bytes) -> Names | None:
    """Let xmlrpc.client read the body."""
    try:
        arguments, method = loads(body)
    except Exception:  # noqa: BLE001 - it raises errors of many kinds
        return None
    return None if method is None else (method.strip(), *_inner(method.strip(), arguments))


def _inner(method: str, arguments: tuple[Any, ...]) -> list[str]:
    calls = arguments[0] if method == MULTICALL and arguments and isinstance(arguments[0], list) else []
    names = [call.get("methodName") for call in calls if isinstance(call, dict)]
    return [name.strip() for name in names if isinstance(name, str)]


def by_tree(body: bytes) -> Names | None:
    """Look for the names where the specification puts them, in the tree that ElementTree makes."""
    try:
        root = ET.fromstring(body.strip())
    except Exception:  # noqa: BLE001 - a codec may raise what it likes
        return None
    name = _text(root.find("methodName"))
    calls = root.findall("params/param/value/array/data/value/struct") if name == MULTICALL else []
    members = [member for call in calls for member in call.findall("member")]
    inner = [_text(member.find("value")) for member in members if _text(member.find("name")) == "methodName"]
    return (name, *inner) if root.tag == "methodCall" and name else None


def _text(element: ET.Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


READERS: dict[str, Reader] = {
    "this reader": guard,
    "a regular expression": by_pattern,
    "xmlrpc.client.loads": by_standard_library,
    "ElementTree": by_tree,
}


class Counts(NamedTuple):
    """What a reader makes of bodies that were run."""

    bodies: int
    """How many ran a method."""
    read: int
    """How many of these it reads."""
    missed: int
    """How many of those ran a method that it does not see."""
    let_through: int
    """How many of those ran a forbidden one, where it sees no forbidden one."""
    harmless: int
    """How many ran permitted methods alone, in all versions, and are not read."""


def count(read: Reader, bodies: Sequence[bytes], ran: Sequence[set[str]], permitted: frozenset[str]) -> Counts:
    """Compare what a reader sees with what ran."""
    rows = [(read(body), names) for body, names in zip(bodies, ran, strict=True) if names]
    seen = [({*names}, ran_names) for names, ran_names in rows if names is not None]
    missed = sum(not ran_names <= names for names, ran_names in seen)
    let_through = sum(names <= permitted and not ran_names <= permitted for names, ran_names in seen)
    harmless = sum(names is None and ran_names <= permitted for names, ran_names in rows)
    return Counts(len(rows), len(seen), missed, let_through, harmless)
