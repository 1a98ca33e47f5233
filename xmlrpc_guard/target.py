"""Does a request path reach a guarded script? Every spelling that reached one on a tested PHP server counts."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, takewhile
from operator import itemgetter

from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.text import is_one_slip

DECODINGS = 8
"""How often a path is percent-decoded. One that would still change after that is guarded: Apache decodes once more for
every internal redirect, and no ordinary link is encoded nine times over."""

WORDPRESS_SCRIPT = "xmlrpc.php"
"""The file of every WordPress that answers XML-RPC."""

# What some server removes from a path, wherever it stands: waitress, cheroot and Python's urlsplit a tab and line ends,
# Squid all white space if there is a blank, tab or line end in the target (uri_whitespace strip, its default).
_REMOVED = dict.fromkeys(map(ord, " \t\n\v\f\r"))

# An escape that can become a letter, a dot, a slash or part of another escape: all but %80 to %ff, which decode to
# bytes beyond ASCII, and those can only vanish. Permalinks in most of the world's scripts are full of them.
_LIVE_ESCAPE = re.compile(r"%(?![89A-Fa-f][0-9A-Fa-f])")


class Scripts(Frozen, uncompared=("_anywhere", "_begins")):
    """The file names to guard, in any directory; frozen, comparable, and iterable as lower-case text.

    A path reaches a name if one of its segments begins with it, ignoring case: official nginx recipes run
    ``/xmlrpc.php.bak`` and ``/xmlrpc.php-x`` as PHP. A name without a dot must be the whole segment, so that
    ``xmlrpc`` (Apache MultiViews adds the extension) leaves ``/xmlrpc-guide/`` open.

    >>> scripts = Scripts(["xmlrpc.php"])
    >>> scripts.reached_by("/blog//XML%72pc.php/x"), scripts.reached_by("/how-to-block-xmlrpc.php/")
    (True, False)
    """

    __slots__ = ("plain", "mark", "rare", "ending", "_names", "_anywhere", "_begins")

    plain: str
    """A path that reaches one of them, as it is mostly written."""
    mark: str
    """A character that every reached path has unless it is percent-encoded; "" where the names share none.

    It is no letter, no digit, and none of the signs of an escape."""
    rare: tuple[str, ...]
    """Two letters, each in both cases, that every reached path has in one case unless they are percent-encoded.

    None is a hexadecimal digit; "" stands for those that the names lack. The rarest in the paths of sites come first.
    """
    ending: tuple[str, ...]
    """One more such letter, which a reached path has after its first mark, or anywhere if there is no mark."""
    _names: tuple[str, ...]
    _anywhere: re.Pattern[str]
    """Any of the names, without the blanks in them, as they are looked for in paths without blanks."""
    _begins: re.Pattern[str]

    def __init__(self, names: Iterable[str]) -> None:
        folded = sorted(
            {_read_script_name(name) for name in as_list("scripts", names)}, key=lambda name: ("." not in name, name)
        )
        if not folded:
            raise ConfigurationError("scripts", [], "guards nothing; write ['xmlrpc.php']")
        self._compile(folded)
        self._check_misspelt()

    def _compile(self, names: list[str]) -> None:
        solid = [name.replace(" ", "") for name in names]
        mark = _common_mark(solid)
        first = _rarest_letter(solid)
        ending = _rarest_letter([name.partition(mark)[2] for name in solid]) if mark else _rarest_letter(solid, first)
        settle(
            self,
            mark=mark,
            rare=(*_in_both_cases(first), *_in_both_cases(_rarest_letter(solid, first, ending))),
            ending=_in_both_cases(ending),
            _names=tuple(names),
            _anywhere=re.compile(_any_of(sorted(solid))),
            plain=f"/{names[0]}",
            _begins=_compile_names(solid),
        )

    def _check_misspelt(self) -> None:
        # A slip in the one name that every site has would leave it open, and look like another file's name.
        for name in self._names:
            if is_one_slip(name, WORDPRESS_SCRIPT) and not self.reached_by(f"/{WORDPRESS_SCRIPT}"):
                problem = (
                    f"is one slip away from {WORDPRESS_SCRIPT}, which stays open; write {WORDPRESS_SCRIPT!r}, or both"
                )
                raise ConfigurationError("scripts", name, problem)

    def without(self, names: Collection[str]) -> "Scripts | None":
        """Give the scripts of other names than these; None if that is none."""
        others = [name for name in self._names if name not in names]
        if not others:
            return None
        scripts = object.__new__(Scripts)
        scripts._compile(others)  # which is not a setting, so that the check for slips does not apply
        return scripts

    def reached_by(self, path: str) -> bool:
        """Return whether a path, without its query, reaches a guarded script; any text, in linear time."""
        if path == self.plain:
            return True
        if self.mark not in path and "%" not in path:  # what is removed below leaves it without a mark
            return False
        # Broken bytes before blanks: two that stand round a blank are a letter without it. One server may drop them
        # and another the blank.
        if not path.isascii():
            path = _drop_broken_utf8(path)
        if " " in path or not path.isprintable():  # what is removed is among what cannot be printed
            path = path.translate(_REMOVED)
        return self._named_in(path) or ("%" in path and self._reached_decoded(path))

    def _named_in(self, path: str) -> bool:
        # Containment first: it is far cheaper than the pattern, and almost no path of a site contains a name. It
        # rejects nothing that the pattern finds: a name in either case, with backslashes between its characters.
        flat = path.lower()
        if "\\" in flat:
            flat = flat.replace("\\", "")
        return self._anywhere.search(flat) is not None and self._begins.search(path) is not None

    def _reached_decoded(self, path: str) -> bool:
        if self.mark not in path and not _LIVE_ESCAPE.search(path):
            return False
        from urllib.parse import unquote  # noqa: PLC0415 - slow to import, and wanted for few paths

        for _ in range(DECODINGS):
            before, path = path, _drop_broken_utf8(unquote(path, "latin-1")).translate(_REMOVED)
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
    """Return the path of a raw request target: all before the first question mark (RFC 9112 section 3.2.1).

    But a target that does not begin with a slash is its own path: PHP's own server skips a question mark after a
    scheme, so that ``x:/?/xmlrpc.php`` is ``/xmlrpc.php``.

    >>> path_of("/blog/?p=1"), path_of("x:/?/xmlrpc.php")
    ('/blog/', 'x:/?/xmlrpc.php')
    """
    return target.partition("?")[0] if target[:1] == "/" else target


def _drop_broken_utf8(path: str) -> str:
    """Remove bytes that are not UTF-8, as applications do that decode with ``errors="ignore"`` (Bottle does)."""
    try:
        raw = path.encode("latin-1")
    except UnicodeEncodeError:  # text of a caller, not of a server; half of a surrogate pair is not a character
        whole = path.encode("utf-8", "ignore").decode()
        return path if whole == path else _drop_broken_utf8(whole)
    return raw.decode("utf-8", "ignore").encode().decode("latin-1")


# What a name must not be, and what to write instead.
_UNUSABLE_NAMES = (
    (r"", "is an empty name; write 'xmlrpc.php'"),
    (r".*[/\\].*", "has a slash, but a name is guarded in every directory; write the bare name, as 'xmlrpc.php'"),
    (r".*[%?].*", "has a percent or question mark; write the name as the file has it, as 'xmlrpc.php'"),
    (r".*[*,;'\"<>|&#[\]].*", "has a character of a list or a pattern; write one file name per entry"),
    (r".*:.*", "has a colon, which begins a new segment; write the part after it, as 'xmlrpc.php'"),
    (r".*[\x00-\x1f\x7f].*", "has a control character; write the bare name, as 'xmlrpc.php'"),
    (r"[. ].*|.* ", "begins with a dot or a space, or ends with a space; write the bare name, as 'xmlrpc.php'"),
    (r".*[^\x00-\x7f].*", "is not ASCII, and servers differ in how they ignore its case; write an ASCII name"),
)


def _read_script_name(name: str) -> str:
    if not isinstance(name, str):
        raise ConfigurationError("scripts", name, "is not text; write a file name, as 'xmlrpc.php'")
    for form, problem in _UNUSABLE_NAMES:
        if re.fullmatch(form, name, re.DOTALL):
            raise ConfigurationError("scripts", name, problem)
    return name.lower()


def _common_mark(names: list[str]) -> str:
    """Choose a character that every name has and no escape (of URLs, or quoted-printable); "" if there is none."""
    common = set.intersection(*map(set, names)) - {"="}
    return min((character for character in common if not character.isalnum()), default="")


# By the share of WordPress' own scripts, styles and pictures that have them in their path: z 4 %, x 8 %, n all. The
# hexadecimal digits are left out, since escapes have them.
_BY_RARITY = "zxqvhgyjkromtuliwspn"


def _rarest_letter(texts: list[str], *others: str) -> str:
    """Choose the rarest letter that every text has, other than some; "", which every path has, if there is none."""
    common = set.intersection(*map(set, texts)).difference(others)
    return next((letter for letter in _BY_RARITY if letter in common), "")


def _in_both_cases(letter: str) -> tuple[str, str]:
    return letter, letter.upper()


def _any_of(names: Sequence[str]) -> str:
    """Write a pattern for any of the sorted names, in which no two alternatives begin with the same character.

    So a search tries a few alternatives at each character, however many names there are.
    """
    if not names[0]:  # what one name adds to another is not looked for
        return ""
    alternatives = []
    for _, several in groupby(names, key=itemgetter(0)):
        alike = [*several]
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(alike[0], alike[-1], strict=False)))
        alternatives.append(re.escape(alike[0][:shared]) + _any_of([name[shared:] for name in alike]))
    return f"(?:{'|'.join(alternatives)})"


def _compile_names(names: list[str]) -> re.Pattern[str]:
    r"""Compile "a segment begins with one of the names".

    A slash, a backslash and a colon begin a segment; dots and control characters before the name are ignored, and
    so are backslashes inside it (Caddy 2.6). White space is gone by then. Possessive repeats keep the search linear.
    """
    spellings = "|".join(map(_name_pattern, names))
    return re.compile(rf"(?:^|[/\\:])[\x00-\x1f.\x7f]*+(?:{spellings})", re.IGNORECASE | re.ASCII)


def _name_pattern(name: str) -> str:
    # Without a dot the segment must end here, in the eyes of a server that adds the extension: at "?" and "#" too,
    # since a proxy may forward a decoded one as it is.
    end = "" if "." in name else r"[.]*+(?:[/\\:?#]|\Z)"
    return r"\\*+".join(map(re.escape, name)) + end
