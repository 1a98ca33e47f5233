"""A spelling of ``/xmlrpc.php``, made into the same spelling of another endpoint."""

import re
from typing import NamedTuple
from urllib.parse import unquote

NAME, STEM, EXTENSION = "xmlrpc.php", "xmlrpc", ".php"
# What may stand between two letters of the name: backslashes, tabs, escaped bytes.
_GAP = re.compile(r"(?:[^A-Za-z0-9/%]|%[0-9A-Fa-f]{2}){1,2}")
_DIGITS = "0123456789abcdefABCDEF"

_Node = str | tuple["_Node", "_Node", "_Node"]
"""How one character is spelt: as itself, or as an escape whose three signs are spelt in turn."""


class _Letter(NamedTuple):
    """A letter of the name as it stands in a target, and what stands between it and the next."""

    node: _Node
    capital: bool
    gap: str = ""

    def respell(self, char: str) -> str:
        return _write(self.node, char.upper() if self.capital else char)


class _Read(NamedTuple):
    node: _Node
    char: str
    end: int


def _read(text: str, at: int, wanted: str) -> _Read | None:
    """Read one of the wanted characters, spelt in any way."""
    if text[at : at + 1] and text[at] in wanted:
        return _Read(text[at], text[at], at + 1)
    percent = _read_percent(text, at)
    high = percent and _read(text, percent.end, _DIGITS)
    low = high and _read(text, high.end, _DIGITS)
    if percent and high and low and (char := chr(int(high.char + low.char, 16))) in wanted:
        return _Read((percent.node, high.node, low.node), char, low.end)
    return None


def _read_percent(text: str, at: int) -> _Read | None:
    """Read a percent sign, however often it is escaped itself."""
    if text[at : at + 1] != "%":
        return None
    found = _Read("%", "%", at + 1)
    while (two := _read(text, found.end, "2")) and (five := _read(text, two.end, "5")):
        found = _Read((found.node, two.node, five.node), "%", five.end)
    return found


def _write(node: _Node, char: str) -> str:
    """Spell a character as another one was spelt."""
    if isinstance(node, str):
        return char
    percent, high, low = node
    digits = f"{ord(char):02x}"
    return _write(percent, "%") + _write(high, digits[0]) + _write(low, digits[1])


def _read_name(text: str, at: int, name: str) -> tuple[list[_Letter], int] | None:
    """Read a name letter by letter, with gaps within; give the letters and where it ends."""
    letters: list[_Letter] = []
    for wanted in name:
        both = wanted + wanted.upper()
        found, gap = _read(text, at, both), _GAP.match(text, at) if letters else None
        if gap and not found:
            found = _read(text, gap.end(), both)
            letters[-1] = letters[-1]._replace(gap=gap[0])
        if not found:
            return None
        letters.append(_Letter(found.node, found.char != wanted))
        at = found.end
    return letters, at


def _spread(letters: list[_Letter], name: str) -> str:
    """Spell a name of another length: each of its letters as the one that stands about there."""
    written = [""] * len(letters)
    for place, char in enumerate(name):
        at = place * len(letters) // len(name)
        written[at] += letters[at].respell(char)
    return "".join(text + letter.gap for text, letter in zip(written, letters, strict=True))


def _respell_at(target: str, at: int, script: str) -> tuple[str, int] | None:
    """Respell a name that begins at a place; give it, and where the old one ends."""
    if found := _read_name(target, at, NAME):
        letters, end = found
        stem, rest = letters[: len(STEM)], letters[len(STEM) :]
        extension = _spread(rest, EXTENSION) if script.endswith(EXTENSION) else ""
        return _spread(stem, script.removesuffix(EXTENSION)) + extension, end
    if found := _read_name(target, at, STEM):
        letters, end = found
        return _spread(letters, script.partition(".")[0]), end
    return None


def respell(target: str, path: str) -> str:
    r"""Spell the endpoint at a path as ``target`` spells ``/xmlrpc.php``.

    >>> respell("//%78ml\\rpc.php/x", "/my-rpc.php"), respell("/site1/%252578mlrpc.php", "/wp/api.php")
    ('//%6dy-\\rpc.php/x', '/wp/site1/%252561pi.php')
    """
    folder, _, script = path.rpartition("/")
    written, at = [], 0
    before = folder.removeprefix("/") + "/" if folder and not _goes_below(target) else ""
    while at < len(target):
        found = _respell_at(target, at, script) if script != NAME or before else None
        if found:
            written.append(before + found[0])
        else:
            written.append(target[at])
        at = found[1] if found else at + 1
    return (folder if folder and not before else "") + "".join(written)


def _goes_below(target: str) -> bool:
    """Return whether a target may stand in a folder: it begins with a slash, and does not climb out.

    >>> _goes_below("/a/../xmlrpc.php"), _goes_below("/%2e%2e/xmlrpc.php"), _goes_below("x:/?/xmlrpc.php")
    (True, False, False)
    """
    path = target.partition("?")[0]
    for _ in range(4):
        path = unquote(path, "latin-1")
    depth = 0
    for segment in re.split(r"[/\\]", path)[1:]:
        depth += {"..": -1, ".": 0, "": 0}.get(segment, 1)
        if depth < 0:
            return False
    return target.startswith("/")


_LOCAL = "localhost"
_AUTHORITY = re.compile(r"(?i)\A[a-z][a-z0-9+.-]*:[/\\]{2}([^/\\?#]*)|\A//([^/]*\.example)\b")


def address_to(target: str, authority: str) -> str | None:
    """Write the site's own authority into a target that has one; None if it names another host.

    >>> address_to("http://localhost/xmlrpc.php", "blog.example:81"), address_to("http://other.example/", "a")
    ('http://blog.example:81/xmlrpc.php', None)
    """
    found = _AUTHORITY.match(target)
    named = (found[1] or found[2] or "").rpartition("@")[2] if found else ""
    if re.sub(":80$", "", named) not in ("", _LOCAL):
        return None
    return re.sub(r"\blocalhost(:80)?(?=[/\\?]|$)", authority, target, count=1)
