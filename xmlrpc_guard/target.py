"""Does a request path reach a guarded script, in any spelling that a PHP server was seen to follow?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from xmlrpc_guard.errors import ConfigurationError, as_list

DECODINGS = 8
"""How often a path is percent-decoded. One that still changes then is guarded: Apache decodes once more for
every internal redirect, and no ordinary link is encoded nine times over."""

# What waitress and cheroot leave out of a path wherever it stands, as Python's urlsplit does.
_LEFT_OUT = dict.fromkeys(map(ord, "\t\r\n"))

# An escape that can turn into a letter, a dot, a slash or another escape: all but %80 to %ff, which decode to
# non-ASCII bytes and can at most be left out. Permalinks in most scripts are full of those.
_LIVE_ESCAPE = re.compile(r"%(?![89A-Fa-f][0-9A-Fa-f])")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Scripts:
    """The file names to guard, in any directory; frozen, comparable, and iterable as lower-case text.

    A path reaches a name if one of its segments begins with it, ignoring case: official nginx recipes run
    ``/xmlrpc.php.bak`` and ``/xmlrpc.php-x`` as PHP. A name without a dot must be the whole segment, so that
    ``xmlrpc`` (Apache MultiViews adds the extension) leaves ``/xmlrpc-guide/`` open.

    >>> scripts = Scripts(["xmlrpc.php"])
    >>> scripts.reached_by("/blog//XML%72pc.php/x"), scripts.reached_by("/how-to-block-xmlrpc.php/")
    (True, False)
    """

    mark: str
    """A character that every reached path has unless it is percent-encoded; "" where the names share none."""
    _names: tuple[str, ...]
    _plain: str = field(compare=False)
    _begins: re.Pattern[str] = field(compare=False)

    def __init__(self, names: Iterable[str]) -> None:
        folded = sorted(
            {_fold_name(name) for name in as_list("scripts", names)}, key=lambda name: ("." not in name, name)
        )
        if not folded:
            raise ConfigurationError("scripts", [], "guards nothing; write ['xmlrpc.php']")
        object.__setattr__(self, "mark", _common_mark(folded))
        object.__setattr__(self, "_names", tuple(folded))
        object.__setattr__(self, "_plain", "/" + folded[0])
        object.__setattr__(self, "_begins", _pattern(folded))

    def reached_by(self, path: str) -> bool:
        """Tell whether a path, without its query, reaches a guarded script; any text, in linear time."""
        if path == self._plain:
            return True
        if "\t" in path or "\n" in path or "\r" in path:  # quicker than any one call that finds all three
            path = path.translate(_LEFT_OUT)
        if not path.isascii():
            path = _legible(path)
        return self._named_in(path) or ("%" in path and self._reached_decoded(path))

    def _named_in(self, path: str) -> bool:
        # Containment first: it is what a stylesheet with a dot in its name fails, far cheaper than the pattern.
        flat = path.lower()
        if "\\" in flat:
            flat = flat.replace("\\", "")
        for name in self._names:
            if name in flat:
                return self._begins.search(path) is not None
        return False

    def _reached_decoded(self, path: str) -> bool:
        if self.mark not in path and not _LIVE_ESCAPE.search(path):
            return False
        for _ in range(DECODINGS):
            before, path = path, _legible(unquote(path, "latin-1").translate(_LEFT_OUT))
            if path == before:
                return False
            if self._named_in(path):
                return True
        return unquote(path, "latin-1") != path

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __repr__(self) -> str:
        return f"Scripts({list(self)})"


def path_of(target: str) -> str:
    """Cut a raw request target behind its path.

    A query begins at the first question mark (RFC 9112 section 3.2.1). But PHP's own server skips one behind the
    scheme of a target that does not begin with a slash, so that ``x:/?/xmlrpc.php`` is ``/xmlrpc.php``: such a
    target is not cut.

    >>> path_of("/blog/?p=1"), path_of("x:/?/xmlrpc.php")
    ('/blog/', 'x:/?/xmlrpc.php')
    """
    return target.partition("?")[0] if target[:1] == "/" else target


def _legible(path: str) -> str:
    """Leave out what is not UTF-8, as applications do that decode with ``errors="ignore"`` (Bottle does)."""
    try:
        raw = path.encode("latin-1")
    except UnicodeEncodeError:  # no server's text, but somebody's own: half of a surrogate pair is no character
        whole = path.encode("utf-8", "ignore").decode()
        return path if whole == path else _legible(whole)
    return raw.decode("utf-8", "ignore").encode().decode("latin-1")


# What a name may not be, and what to write instead.
_REFUSED = (
    (r"", "is an empty name; write 'xmlrpc.php'"),
    (r".*[/\\].*", "has a slash, yet a name is guarded in every directory; write the bare name, as 'xmlrpc.php'"),
    (r".*[%?].*", "has a percent or question mark; write the name as the file has it, as 'xmlrpc.php'"),
    (r".*[*,;'\"<>|&#[\]].*", "has a character that belongs to a list or a pattern; write one file name an entry"),
    (r".*:.*", "has a colon, which begins a new segment; write the part behind it, as 'xmlrpc.php'"),
    (r".*[\x00-\x1f\x7f].*", "has a control character; write the bare name, as 'xmlrpc.php'"),
    (r"[. ].*|.* ", "has a dot or space before it, or a space behind it; write the bare name, as 'xmlrpc.php'"),
    (r".*[^\x00-\x7f].*", "is not ASCII, and servers fold its case in different ways; write an ASCII name"),
)


def _fold_name(name: str) -> str:
    if not isinstance(name, str):
        raise ConfigurationError("scripts", name, "is not text; write a file name, as 'xmlrpc.php'")
    for form, problem in _REFUSED:
        if re.fullmatch(form, name, re.DOTALL):
            raise ConfigurationError("scripts", name, problem)
    return name.lower()


def _common_mark(names: list[str]) -> str:
    """Choose a character that every name has and that has no case, or "", which is in every path.

    A path without it, and without escapes, reaches none of the names.
    """
    common = set.intersection(*map(set, names))
    return min((character for character in common if not character.isalpha()), default="")


def _pattern(names: list[str]) -> re.Pattern[str]:
    r"""Compile "a segment begins with one of the names".

    A slash, a backslash and a colon begin a segment; dots, spaces and control characters before the name are
    ignored, and so is a backslash inside it (Caddy). Possessive repeats keep the search linear.
    """
    spelt = "|".join(map(_spelt, names))
    return re.compile(rf"(?:^|[/\\:])[\x00-\x20.\x7f]*+(?:{spelt})", re.IGNORECASE | re.ASCII)


def _spelt(name: str) -> str:
    # Without a dot the segment must end here, as a server that adds the extension sees it: at "?" and "#" too,
    # since a decoded one may be forwarded as it stands.
    end = "" if "." in name else r"[. ]*+(?:[/\\:?#]|\Z)"
    return r"\\*+".join(map(re.escape, name)) + end
