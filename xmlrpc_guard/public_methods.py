"""The methods that anyone may call, compiled from names, patterns and presets."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.methods import METHOD_NAME, MULTICALL
from xmlrpc_guard.wordpress import METHODS, PRESETS, SHORT_BODY, Preset

SETTING = "public_methods"

_PATTERN = re.compile(rf"(?:{METHOD_NAME.pattern}|[*?]|\[!?{METHOD_NAME.pattern}\])+")
_WILD = re.compile(r"[*?[]")


class _Rule(NamedTuple):
    """One name or pattern, and whether it adds what it names or takes it away."""

    adds: bool
    text: str
    pattern: re.Pattern[str]

    def names(self, method: str) -> bool:
        """Return whether this is about a method. No pattern adds system.multicall, but one may take it away."""
        reaches = not (self.adds and method == MULTICALL and _WILD.search(self.text))
        return reaches and self.pattern.fullmatch(method) is not None


class PublicMethods(Frozen, uncompared=("_rules",)):
    """The methods that anyone may call; frozen, comparable, and iterable as it was written.

    An entry is a method's name, a shell pattern (``wp.*``) or a preset's name; ``!`` in front takes away what it
    names. Of the entries that name a method, the last one decides. Names are compared as WordPress does: exactly.
    ``system.multicall`` is added by its name alone, not by a pattern, since it makes any number of other calls.

    >>> public = PublicMethods(["wp.*", "!wp.delete*", "pingback"])
    >>> public.covers("wp.newPost"), public.covers("wp.deletePost"), public.covers("pingback.ping")
    (True, False, True)
    """

    __slots__ = ("entries", "_rules")

    entries: tuple[str, ...]
    _rules: tuple["_Rule", ...]

    def __init__(self, entries: Iterable[str] = ()) -> None:
        written = tuple(as_list(SETTING, entries))
        settle(self, entries=written, _rules=tuple(rule for entry in written for rule in _read_entry(entry)))

    def covers(self, name: str) -> bool:
        """Return whether anyone may call a method."""
        deciding = (rule.adds for rule in reversed(self._rules) if rule.names(name))
        return next(deciding, False)

    @property
    def max_body(self) -> int:
        """The bytes of the longest call that its presets need; 1 MiB without one."""
        return max((preset.max_body for preset in self._presets), default=SHORT_BODY)

    @property
    def rsd(self) -> bool:
        """Whether one of its presets needs the discovery of the endpoint."""
        return any(preset.rsd for preset in self._presets)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What an operator may not have meant: entries that name none of WordPress' methods, or that change nothing.

        >>> PublicMethods(["wp.getposts"]).doubts
        ("public_methods: 'wp.getposts' names no method of WordPress; write 'wp.getPosts', if it is not a plugin's",)
        """
        own = (entry for entry in self.entries if entry.removeprefix("!") not in PRESETS)
        closed = self and not any(rule.adds for rule in self._rules)
        return (
            *map(_doubt_names, (entry for entry in own if not _named(entry))),
            *([f"{SETTING}: each entry takes away, so that no call is public; write first what is"] if closed else []),
            *map(_doubt_order, filter(self._gives_back, self.entries)),
        )

    def _gives_back(self, entry: str) -> bool:
        """Return whether an entry takes methods away, and later ones add all of them again."""
        return entry.startswith("!") and all(map(self.covers, _named(entry) or [entry.removeprefix("!")]))

    @property
    def _presets(self) -> list[Preset]:
        return [PRESETS[entry] for entry in self.entries if entry in PRESETS]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __repr__(self) -> str:
        return f"PublicMethods({list(self.entries)})"


def _read_entry(entry: object) -> list[_Rule]:
    if not isinstance(entry, str):
        raise ConfigurationError(SETTING, entry, "is not text; write a method's name, as 'wp.getPosts'")
    adds, text = not entry.startswith("!"), entry.removeprefix("!")
    if text not in PRESETS:
        return [_make_rule(entry, text, adds)]
    texts = PRESETS[text].entries
    if not adds and any(each.startswith("!") for each in texts):
        raise ConfigurationError(SETTING, entry, "takes away a preset that takes away; write what is to be called")
    return [_make_rule(entry, each.removeprefix("!"), adds and not each.startswith("!")) for each in texts]


def _find_near(text: str, names: Iterable[str], alike: float = 0.6) -> list[str]:
    import difflib  # noqa: PLC0415 - for names that are wrong only

    return difflib.get_close_matches(text, list(names), n=1, cutoff=alike)


def _make_rule(entry: str, text: str, adds: bool) -> _Rule:
    near = [] if "." in text else _find_near(text, PRESETS, 0.8)
    if near:
        raise ConfigurationError(SETTING, entry, f"is not a preset; write {near[0]!r}")
    if not _PATTERN.fullmatch(text):
        raise ConfigurationError(SETTING, entry, "is neither a method's name nor a pattern; write one, as 'wp.*'")
    return _Rule(adds, text, re.compile(translate(text)))


def _named(entry: str) -> list[str]:
    """Give the methods of WordPress that an entry names."""
    rules = _read_entry(entry)
    return [method for method in METHODS if any(rule.names(method) for rule in rules)]


def _doubt_names(entry: str) -> str:
    text = entry.removeprefix("!")
    near = [] if _WILD.search(text) else _find_near(text, METHODS)
    offer = f"write {near[0]!r}, if it is not a plugin's" if near else "it must be a plugin's"
    return f"{SETTING}: {entry!r} names no method of WordPress; {offer}"


def _doubt_order(entry: str) -> str:
    return f"{SETTING}: what {entry!r} takes away, a later entry adds again; write it last"
