"""What is offered for a name that is not a setting's: a setting that plainly was meant, or nothing.

An offer that does something else than what was meant is worse than none: the one who takes it may switch a guard off.
So a name is offered for itself in another spelling, for one slip in it, and for a word that means the like elsewhere.
Likeness alone counts only between long names that begin alike: "port" is not "report_only", nor "disallow" "allow".
"""

import difflib
from collections.abc import Iterable, Mapping

from xmlrpc_guard.settings.table import ALL_SETTINGS
from xmlrpc_guard.text import is_one_slip

_SHORTEST = 4  # letters: with fewer, one slip makes another word, and with fewer than the next, two do
_SHORTEST_ALIKE = 9
_ALIKE = 0.9


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Give the one of several names, flags or keys, that a misspelt one plainly means; None if none or two of them.

    >>> nearest_name("trusted-proxy", ["trusted_proxies", "allow"]), nearest_name("--port", ["--report-only"])
    ('trusted_proxies', None)
    >>> nearest_name("port", ["listen", "report_only"])
    'listen'
    """
    spellings = {spelling: each for each in names for spelling in (_fold(each), *_words(each))}
    plain = _fold(name)
    if plain in spellings:
        return spellings[plain]
    meant = {
        each for spelling, each in spellings.items() if len(spelling) >= _SHORTEST and is_one_slip(plain, spelling)
    }
    return meant.pop() if len(meant) == 1 else None if meant else _nearest_spelling(plain, spellings)


def _nearest_spelling(plain: str, spellings: Mapping[str, str]) -> str | None:
    alike = [spelling for spelling in spellings if len(spelling) >= _SHORTEST_ALIKE and spelling[:2] == plain[:2]]
    near = difflib.get_close_matches(plain, alike, n=1, cutoff=_ALIKE)
    return spellings[near[0]] if near else None


def offer_name(name: str, names: Iterable[str]) -> str:
    """Say which name to write in place of a misspelt one, or between which to choose.

    >>> offer_name("alow", ["allow", "deny"]), offer_name("colour", ["allow", "deny"])
    ('allow', 'one of allow, deny')
    """
    listed = list(names)
    return nearest_name(name, listed) or f"one of {', '.join(listed)}"


def _fold(name: str) -> str:
    return name.lower().lstrip("-").replace("-", "_")


def _words(name: str) -> tuple[str, ...]:
    row = ALL_SETTINGS.get(_fold(name))
    return row.words if row else ()
