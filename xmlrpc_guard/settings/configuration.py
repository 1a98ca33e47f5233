"""The settings of a run, put together from what several sources give: a higher source replaces a lower one's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from xmlrpc_guard.settings.table import ALL_SETTINGS, SERVING, SETTINGS, Setting
from xmlrpc_guard.settings.texts import read_default, read_text, split_list
from xmlrpc_guard.settings.written import Entry, Settings, Written


class Given(NamedTuple):
    """A setting as one source gives it."""

    entries: Written
    """One entry if the setting is not a list."""
    origin: str
    """Where it was written: a flag, a variable, a line of a file. An empty list has no entry that could say so."""


Source = Mapping[str, Given]
"""What one source gives, by the setting's name."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings that count, with where each was written and what it replaced.

    >>> file = {"allow": give_text(SETTINGS["allow"], "jetpack", "guard.toml:2")}
    >>> flags = {"allow": give_text(SETTINGS["allow"], "203.0.113.7", "--allow")}
    >>> configuration = combine([file, flags])
    >>> configuration.settings()
    Settings(allow=['203.0.113.7'])
    >>> [given.origin for given in configuration.replaced["allow"]]
    ['guard.toml:2']
    """

    given: Source
    replaced: Mapping[str, tuple[Given, ...]]
    """What lower sources gave for the same settings, the highest of them first."""

    def settings(self) -> Settings:
        """Make the settings of the guard; ConfigurationError if they cannot be used, or if allow is not given."""
        rows = {name: given for name, given in self.given.items() if name in SETTINGS}
        return Settings.from_texts({name: _as_argument(SETTINGS[name], given) for name, given in rows.items()})

    def serving(self) -> dict[str, Any]:
        """Give the value of each setting of SERVING: its default where it was not given."""
        return {name: self._serving_value(row) for name, row in SERVING.items()}

    @property
    def names_policy(self) -> bool:
        """Whether any setting of a policy is given."""
        return any(row.of_policy and name in self.given for name, row in SETTINGS.items())

    def _serving_value(self, row: Setting) -> Any:
        given = self.given.get(row.name)
        if given is None:
            return read_default(row)
        values = [entry.value for entry in given.entries]
        return values if row.kind.is_list else values[0]


def combine(sources: Iterable[Source]) -> Configuration:
    """Put sources together, the lowest first."""
    found: dict[str, list[Given]] = {}
    for source in sources:
        for name, given in source.items():
            found.setdefault(name, []).insert(0, given)
    return Configuration(
        {name: highest for name, (highest, *_) in found.items()},
        {name: tuple(lower) for name, (_, *lower) in found.items() if lower},
    )


def give_text(setting: Setting, text: str, origin: str) -> Given:
    """Read the text of a setting, as it stands in a flag or a variable; ConfigurationError if it cannot be read."""
    values = split_list(text) if setting.kind.is_list else [read_text(setting, text)]
    return Given(tuple(Entry(value, origin) for value in values), origin)


def read_texts(texts: Mapping[str, str], origin: str) -> Source:
    """Read texts that all stand in one place, by the setting's name.

    >>> read_texts({"allow": "jetpack"}, "the demo")["allow"].entries
    (Entry(value='jetpack', origin='the demo'),)
    """
    return {name: give_text(ALL_SETTINGS[name], text, origin) for name, text in texts.items()}


def _as_argument(setting: Setting, given: Given) -> Any:
    return list(given.entries) if setting.kind.is_list else given.entries[0]
