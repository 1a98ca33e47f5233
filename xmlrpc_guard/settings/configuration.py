"""The settings of a run, put together from a file, the environment and flags: a higher source replaces a lower one."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from wsgiref.types import WSGIApplication

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.files import describe_folder_access
from xmlrpc_guard.policy import PolicySource
from xmlrpc_guard.records import log_sentences
from xmlrpc_guard.settings.environment import read_environment
from xmlrpc_guard.settings.given import Given, GivenSettings
from xmlrpc_guard.settings.serving import SERVING
from xmlrpc_guard.settings.setting import Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG, SETTINGS
from xmlrpc_guard.settings.texts import read_default
from xmlrpc_guard.settings.toml_file import read_toml
from xmlrpc_guard.settings.written import Settings
from xmlrpc_guard.wsgi import XMLRPCGuard

G = TypeVar("G", bound=XMLRPCGuard)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings that count, with where each was written and what it replaced.

    >>> from xmlrpc_guard.settings.given import give_texts
    >>> file, flags = give_texts({"allow": "jetpack"}, "guard.toml:2"), give_texts({"allow": "::1"}, "--allow")
    >>> configuration = combine([file, flags])
    >>> configuration.settings()
    Settings(allow=['::1'])
    >>> [given.origin for given in configuration.replaced["allow"]]
    ['guard.toml:2']
    """

    given: GivenSettings
    replaced: Mapping[str, tuple[Given, ...]]
    """What lower sources gave for the same settings, the highest of them first."""

    def settings(self) -> Settings:
        """Make the settings of the guard; ConfigurationError if they cannot be used, or if allow is not given."""
        if _REQUIRED not in self.given:
            raise ConfigurationError(_REQUIRED, None, _ALLOW_IS_MISSING)
        rows = {name: given for name, given in self.given.items() if name in SETTINGS}
        with self.naming_origins():
            return Settings.from_texts({name: _as_argument(SETTINGS[name], given) for name, given in rows.items()})

    def follow(self) -> PolicySource:
        """Give the policy that the settings describe, which follows the files that they name."""
        with self.naming_origins():
            return self.settings().follow()

    def make(self, kind: type[G], app: WSGIApplication, policy: PolicySource, **options: Any) -> G:
        """Make a guard as ``Settings.make`` does, with a policy that ``follow()`` gave; what is doubted is logged."""
        log_sentences(self.doubts)
        return self.settings().make(kind, app, policy, **options)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What an operator may not have meant about the file: that others may put another in its place."""
        path = self.given[CONFIG.name].entries[0].value if CONFIG.name in self.given else None
        problem = describe_folder_access(path) if path else ""
        return (f"{CONFIG.name}: {path} {problem}",) if problem else ()

    def serving(self) -> dict[str, Any]:
        """Give the value of each setting of SERVING: its default where it was not given."""
        return {name: self._serving_value(row) for name, row in SERVING.items()}

    @property
    def names_policy(self) -> bool:
        """Whether any setting of a policy is given, or a file that may have some."""
        return CONFIG.name in self.given or any(row.of_policy and name in self.given for name, row in SETTINGS.items())

    @contextmanager
    def naming_origins(self) -> Iterator[None]:
        """Add to a ConfigurationError where its setting was written."""
        try:
            yield
        except ConfigurationError as error:
            raise error.at(self._origin_of(error)) from None

    def _origin_of(self, error: ConfigurationError) -> str:
        given = self.given.get(error.setting)
        if given is None:
            return ""
        places = [entry.origin for entry in given.entries if entry.value == error.value]
        origin = places[0] if places else given.origin
        return "" if origin.startswith("--") else origin  # the name of the setting says as much

    def _serving_value(self, row: Setting) -> Any:
        given = self.given.get(row.name)
        if given is None:
            return read_default(row)
        values = [entry.value for entry in given.entries]
        if not values:
            raise ConfigurationError(row.name, [], f"is empty; leave it out, or write {row.example}").at(given.origin)
        return values if row.kind.is_list else values[0]


def read_configuration(flags: GivenSettings, environ: Mapping[str, str]) -> Configuration:
    """Read the environment, and the file that the flags or else the environment names; the flags come first.

    >>> read_configuration({}, {"XMLRPC_GUARD_ALLOW": "jetpack"}).settings()
    Settings(allow=['jetpack'])
    """
    environment = read_environment(environ)
    named = flags.get(CONFIG.name) or environment.get(CONFIG.name)
    file = read_toml(named.entries[0].value) if named else {}
    return combine([file, environment, flags])


def combine(sources: Iterable[GivenSettings]) -> Configuration:
    """Put sources together, the lowest first; ConfigurationError if an empty list would drop entries of a lower one.

    An empty list of those who are let in may: it lets no one in.
    """
    found: dict[str, list[Given]] = {}
    for source in sources:
        for name, given in source.items():
            found.setdefault(name, []).insert(0, given)
    for name, (highest, *lower) in found.items():
        _check_replacement(name, highest, lower)
    return Configuration(
        {name: highest for name, (highest, *_) in found.items()},
        {name: tuple(lower) for name, (_, *lower) in found.items() if lower},
    )


def _check_replacement(name: str, highest: Given, lower: list[Given]) -> None:
    dropped = [given for given in lower if given.entries]
    if dropped and not highest.entries and not ALL_SETTINGS[name].admits:
        problem = f"is empty, and would drop what {dropped[0].origin} says; leave it out, or remove that"
        raise ConfigurationError(name, "", problem)


_REQUIRED = "allow"
_ALLOW_IS_MISSING = 'is not given; write allow = ["jetpack"] under [policy], or allow = [] for no one'


def _as_argument(setting: Setting, given: Given) -> Any:
    return list(given.entries) if setting.kind.is_list else given.entries[0]
